"""Whose run is next: owners take turns, limits and holds let others by, and of one owner's runs the first goes.

All that waits is looked at by the first run of each owner, tool and version alone, from one to the next through an index:
how many runs wait behind these changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    Subquery,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from ..core.queue import Limits
from ..core.runs import RunStatus
from .tables import queue_rules, queue_turns, runs, workers

#: Written out: SQLite takes a partial index only where the query says so itself, not for a bound value.
QUEUED: ColumnElement[str] = literal_column(f"'{RunStatus.QUEUED.value}'")
RUNNING: ColumnElement[str] = literal_column(f"'{RunStatus.RUNNING.value}'")
#: Room between two runs, for others that people put there.
PLACE_STEP = 1024
_LANE = ("owner", "tool", "version")
_ORDER = ("priority", "queue_place", "number")
#: The most that an unset limit lets by.
_NO_LIMIT = 2**31 - 1


def last_place() -> ScalarSelect[int]:
    """Behind all that waits of an owner and priority, and all that was asked for. Takes ``of_owner``, ``of_priority``.

    Not a time: clocks are set back, and those of two machines differ.
    """
    newest = select(((func.coalesce(func.max(runs.c.number), 0) + 1) * PLACE_STEP).label("place"))
    line = select((runs.c.queue_place + PLACE_STEP).label("place")).where(
        runs.c.status == QUEUED,
        runs.c.owner == bindparam("of_owner", type_=String),
        runs.c.priority == bindparam("of_priority", type_=Integer),
    )
    last = line.order_by(runs.c.queue_place.desc(), runs.c.number.desc()).limit(1).subquery()
    both = union_all(newest, select(last.c.place)).subquery()
    return select(func.max(both.c.place)).scalar_subquery()


def limit_values(limits: Limits) -> dict[str, int]:
    """What `next_run` takes."""
    return {
        "total_limit": _NO_LIMIT if limits.total is None else limits.total,
        "user_limit": _NO_LIMIT if limits.user is None else limits.user,
    }


def heads(depth: int = len(_LANE)) -> CTE:
    """The first queued run of each owner, tool and version; with a ``depth`` of 1 that of each owner."""
    keys = _LANE[:depth]
    columns = [runs.c[name] for name in ("number", *_LANE, *_ORDER[:-1])]
    beginning = _first(sorted_by=keys).scalar_subquery()
    walk = select(*columns).where(runs.c.number == beginning).cte("heads", recursive=True)
    following = runs.alias("following")
    # One after the other: a comparison of rows would lead over all that are equal.
    steps = [
        _first(
            *(_same(walk, name) for name in keys[:place]), _beyond(walk, keys[place]), sorted_by=keys[place:]
        )
        .correlate(walk)
        .scalar_subquery()
        for place in reversed(range(depth))
    ]
    step = steps[0] if depth == 1 else func.coalesce(*steps)
    return walk.union_all(
        select(*(following.c[column.name] for column in columns)).select_from(
            walk.join(following, following.c.number == step)
        )
    )


def _same(walk: CTE, name: str) -> Callable[[Any], ColumnElement[bool]]:
    return lambda later: later[name] == walk.c[name]


def _beyond(walk: CTE, name: str) -> Callable[[Any], ColumnElement[bool]]:
    return lambda later: later[name] > walk.c[name]


def _first(
    *which: Callable[[Any], ColumnElement[bool]], sorted_by: Sequence[str] = _LANE
) -> Select[tuple[int]]:
    """The number of the first queued run for which all of this holds."""
    one = runs.alias()
    return (
        select(one.c.number)
        .where(one.c.status == QUEUED, *(make(one.c) for make in which))
        .order_by(*_named(one, *sorted_by, *_ORDER))
        .limit(1)
    )


def next_run(
    *which: Callable[[Any], ColumnElement[bool]], worker: bool = False, first_alone: bool = False
) -> Select[tuple[int]]:
    """The number of the run that is next. Takes ``total_limit`` and ``user_limit``, with ``worker`` also ``for_worker``.

    ``which``: what else must hold of the table of the first runs, such as that a place has the version.
    ``first_alone``: only the first run of the owner whose turn it is, which is sooner found; there may be others.
    """
    first = heads(1) if first_alone else heads()
    busy = (
        select(runs.c.owner, runs.c.tool, func.count().label("runs"))
        .where(runs.c.status == RUNNING)
        .group_by(runs.c.owner, runs.c.tool)
        .cte("busy")
    )

    def running(*of: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(select(func.sum(busy.c.runs)).where(*of).scalar_subquery(), 0)

    whole, rule = queue_rules.alias("whole"), queue_rules.alias("rule")
    of_owner = running(busy.c.owner == first.c.owner)
    turn = func.coalesce(queue_turns.c.turn, 0)
    open_ = [
        ~exists().where(whole.c.tool == literal_column("''"), whole.c.held_by.is_not(None)),
        of_owner < bindparam("user_limit"),
        running() < bindparam("total_limit"),
    ]
    if worker:
        told = exists().where(
            workers.c.id == bindparam("for_worker", type_=String), workers.c.told.is_not(None)
        )
        open_.append(~told)
    in_turn = select(first).outerjoin(queue_turns, queue_turns.c.owner == first.c.owner).where(*open_)
    order = (of_owner, turn, *_named(first, *_ORDER))
    best: CTE | Subquery
    if first_alone:
        best = in_turn.order_by(*order).limit(1).subquery("best")
        found = select(best.c.number).outerjoin(rule, rule.c.tool == best.c.tool)
    else:
        best = first
        found = in_turn.with_only_columns(first.c.number).outerjoin(rule, rule.c.tool == first.c.tool)
    found = found.where(
        rule.c.held_by.is_(None),
        or_(rule.c.max_running.is_(None), running(busy.c.tool == best.c.tool) < rule.c.max_running),
        *(make(best.c) for make in which),
    )
    return found if first_alone else found.order_by(*order).limit(1)


def _served(make: Any) -> Any:
    owner = bindparam("owner", type_=String)
    ends = [
        select(runs.c.owner).where(runs.c.status == QUEUED).order_by(by).limit(1).scalar_subquery()
        for by in (runs.c.owner, runs.c.owner.desc())
    ]
    turns = queue_turns.alias("turns")
    following = select(func.coalesce(func.max(turns.c.turn), 0) + 1).scalar_subquery()
    made = make(queue_turns).from_select(
        ["owner", "turn"],
        select(owner, following).where(or_(ends[0] != owner, ends[1] != owner)),
        include_defaults=False,
    )
    return made.on_conflict_do_update(index_elements=["owner"], set_={"turn": made.excluded.turn})


#: That an owner had a turn, where runs of others wait too.
SERVED = {"sqlite": _served(sqlite.insert), "postgresql": _served(postgresql.insert)}


def _named(columns: Any, *names: str) -> list[ColumnElement[Any]]:
    return [columns.c[name] for name in names]
