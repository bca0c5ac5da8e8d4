"""Runs that take the result of an earlier one that was the same: `reusable` has one row for each thing that is the same.

The row names a run as soon as that is submitted, so that of two at the same moment the second waits for the first; whoever
finishes one whose inputs are still what they were makes it ready. It is written in the transactions that submit and finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    insert,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from ..core.ids import ArtifactId, Digest, RunId, new_artifact_id
from ..core.runs import FINAL, Reused, Run, RunStatus
from .prepared import Prepared, Transaction
from .tables import artifacts, attempts, awaited_runs, reusable, runs

_SUCCEEDED, _RUNNING, _WAITING, _QUEUED = (
    status.value for status in (RunStatus.SUCCEEDED, RunStatus.RUNNING, RunStatus.WAITING, RunStatus.QUEUED)
)
_FINAL = frozenset(status.value for status in FINAL)
#: Looks for one that stays the same while it is locked.
_TRIES = 5

_key = bindparam("of_key", type_=String)
_run = bindparam("of_run", type_=String)


def _offer(make: Any) -> Any:
    return make(reusable).on_conflict_do_nothing()


def _publish(make: Any) -> Any:
    made = make(reusable)
    changed = {"run": made.excluded.run, "is_ready": made.excluded.is_ready}
    return made.on_conflict_do_update(index_elements=["key"], set_=changed)


def _wait_for(make: Any) -> Any:
    made = make(awaited_runs)
    return made.on_conflict_do_update(
        index_elements=["awaited", "run"], set_={"is_open": made.excluded.is_open}
    )


_BY_DIALECT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_OFFER = {name: Prepared(_offer(make)) for name, make in _BY_DIALECT.items()}
_PUBLISH = {name: Prepared(_publish(make)) for name, make in _BY_DIALECT.items()}
_WAIT_FOR = {name: Prepared(_wait_for(make)) for name, make in _BY_DIALECT.items()}
#: What `runs` has of the run whose result can be taken.
READY = Prepared(
    select(runs)
    .join(reusable, reusable.c.run == runs.c.id)
    .where(reusable.c.key == _key, reusable.c.is_ready, runs.c.status == _SUCCEEDED),
    runs.c,
)
#: What the files of that run hold.
CONTENTS = Prepared(
    select(artifacts.c.digest)
    .join(runs, and_(runs.c.id == artifacts.c.run, runs.c.attempt == artifacts.c.attempt))
    .join(reusable, reusable.c.run == runs.c.id)
    .where(reusable.c.key == _key, reusable.c.is_ready),
    [artifacts.c.digest],
)
DROP = Prepared(delete(reusable).where(reusable.c.key == _key, reusable.c.is_ready))
#: What `reusable` has of a key.
HELD = Prepared(
    select(reusable.c.run, reusable.c.is_ready).where(reusable.c.key == _key),
    [reusable.c.run, reusable.c.is_ready],
)
_ROW = Prepared(select(runs).where(runs.c.id == _run), runs.c)
_ids = bindparam("of_ids", type_=postgresql.ARRAY(String))
_HOLDERS = Prepared(select(reusable.c.run).where(reusable.c.key == any_(_ids)), [reusable.c.run])
_LOCK = Prepared(
    select(runs.c.id).where(runs.c.id == any_(_ids)).order_by(runs.c.number).with_for_update(), [runs.c.id]
)
_TAKE_OVER = Prepared(
    update(reusable).where(reusable.c.key == _key, ~reusable.c.is_ready).values(run=_run),
)
_before = bindparam("before", type_=String)
_ORDER = (runs.c.priority, runs.c.queue_place, runs.c.number)


def _waiting(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of `awaited_runs`, those that wait for a result of the key, and for no other thing."""
    return exists().where(
        runs.c.id == awaited_runs.c.run,
        runs.c.id != _run,
        runs.c.reuse_key == _key,
        runs.c.status == _WAITING,
        runs.c.after.is_(None),
        runs.c.ready_at.is_(None),
        *which,
    )


def _moving(*which: ColumnElement[bool]) -> Prepared:
    return Prepared(
        update(awaited_runs)
        .where(awaited_runs.c.awaited == _before, awaited_runs.c.is_open, _waiting(*which))
        .values(awaited=_run)
    )


_again = awaited_runs.alias("again")
#: They would be there twice.
_CLEAR = Prepared(
    delete(awaited_runs).where(
        awaited_runs.c.awaited == _run,
        ~awaited_runs.c.is_open,
        exists().where(_again.c.run == awaited_runs.c.run, _again.c.awaited == _before, _again.c.is_open),
    )
)
_MOVE = _moving()
_MOVE_BEHIND = _moving(
    runs.c.owner == bindparam("of_owner", type_=String),
    tuple_(*_ORDER) > tuple_(*(bindparam(f"of_{column.name}", type_=column.type) for column in _ORDER)),
)
_STEP_BACK = Prepared(
    update(runs)
    .where(
        runs.c.id == _run,
        runs.c.attempt == bindparam("of_attempt", type_=runs.c.attempt.type),
        runs.c.status == _RUNNING,
        ~runs.c.cancel_requested,
    )
    .values(
        status=_WAITING,
        worker=None,
        lease_until=None,
        started_at=None,
        ready_at=None,
        attempts_left=runs.c.attempts_left + 1,
        reuse_key=_key,
    )
    .returning(runs),
    runs.c,
)
_NEVER_BEGUN = Prepared(
    delete(attempts).where(
        attempts.c.run == _run, attempts.c.number == bindparam("of_attempt", type_=attempts.c.number.type)
    )
)
_FORGET = Prepared(delete(reusable).where(reusable.c.run == _run, ~reusable.c.is_ready))
_MARK_AWAITED = Prepared(update(runs).where(runs.c.id == _run).values(awaited=True))
_WAITS = Prepared(update(runs).where(runs.c.id == _run).values(status=_WAITING).returning(runs), runs.c)
_QUEUE = Prepared(
    update(runs)
    .where(runs.c.id == _run)
    .values(status=_QUEUED, queued_at=bindparam("now", type_=runs.c.queued_at.type))
    .returning(runs),
    runs.c,
)
_INSERT_ARTIFACT = Prepared(insert(artifacts))
#: As `ARTIFACTS`. Locked: they are not freed between this look and the commit.
_MADE = Prepared(
    select(artifacts).where(artifacts.c.run == _run).order_by(artifacts.c.id).with_for_update(read=True),
    artifacts.c,
)


def _taking(*which: ColumnElement[bool]) -> Prepared:
    taken = (
        update(runs)
        .where(runs.c.id == _run, *which)
        .values(
            status=_SUCCEEDED,
            reason=None,
            error=null(),
            progress=null(),
            lease_until=None,
            ready_at=None,
            # It took no time: what is learnt of how long runs take is not learnt of it.
            started_at=None,
            finished_at=bindparam("now", type_=runs.c.finished_at.type),
            reused=bindparam("taken_from", type_=runs.c.reused.type),
        )
        .returning(runs)
    )
    return Prepared(taken, runs.c)


_TAKE_UNCLAIMED = _taking(or_(runs.c.status == _WAITING, runs.c.status == _QUEUED))
_TAKE_CLAIMED = _taking(
    and_(
        runs.c.attempt == bindparam("of_attempt", type_=runs.c.attempt.type),
        runs.c.status == _RUNNING,
        ~runs.c.cancel_requested,
    )
)


def lock(hot: Transaction, dialect: str, which: Iterable[str], keys: Iterable[str] = ()) -> None:
    """Runs, and those that are named for these keys: none of them ends, or is tried again, before the commit.

    Always in the order of their numbers: no two transactions wait for each other.
    """
    # SQLite has one who writes.
    if dialect != "postgresql":
        return
    ids, of_keys = set(which), sorted(set(keys))
    if of_keys:
        ids |= {row.run for row in hot.all(_HOLDERS, {"of_ids": of_keys})}
    if ids:
        hot.all(_LOCK, {"of_ids": sorted(ids)})


def taken_values(
    hot: Transaction, dialect: str, values: Mapping[str, Any]
) -> tuple[dict[str, Any], Any] | None:
    """The columns of a new run that takes an earlier result, and the row of that run; None where there is none."""
    source = hot.one(READY, {"of_key": values["reuse_key"]})
    if source is None:
        return None
    lock(hot, dialect, [source.id])
    # Its files may have been freed meanwhile.
    if hot.one(READY, {"of_key": values["reuse_key"]}) != source:
        return None
    taken = {
        "status": _SUCCEEDED,
        "finished_at": datetime.now(UTC),
        "reused": reused_of(source).to_json(),
    }
    return {**values, **taken}, source


def keep_artifacts(hot: Transaction, run: str, attempt: int, source: Any) -> list[Any]:
    """The files of the other run are this one's too; their bytes are kept once. Rows of them."""
    made = [one for one in hot.all(_MADE, {"of_run": source.id}) if one.attempt == source.attempt]
    copies = [one._replace(id=ArtifactId(new_artifact_id()), run=run, attempt=attempt) for one in made]
    if copies:
        hot.execute_each(_INSERT_ARTIFACT, [dict(one._asdict()) for one in copies])
    return copies


def join(hot: Transaction, dialect: str, run: str, key: str, *, is_new: bool = True) -> Any:
    """Of a run that waits or is queued, what it becomes: it takes a result, waits for a run that is under way, or is queued
    for the others to wait for. Its row as it is then; None where it stays as it is.

    It waits for none that it would go before: that one takes its turn, or this one's result.
    """
    held = _held(hot, dialect, run, key)
    if held is None:
        return None
    me, other, is_ready = held
    if is_ready and other.status == _SUCCEEDED:
        return take(hot, me, other)
    if other.status in _FINAL or other.cancel_requested:
        _take_over(hot, key, other.id, me)
    elif other.status == _RUNNING or _goes_before(other, me, is_new):
        _await(hot, dialect, run, other.id)
        return hot.one(_WAITS, {"of_run": run})
    return None


def join_claimed(
    hot: Transaction, dialect: str, run: RunId, fence: int, key: Digest
) -> tuple[Any, list[Any]] | None:
    """As `join`, in an attempt that has not begun: it takes a result, or waits for one that runs already, and the attempt
    was none then; the row and those of its artifacts. Else None: it is the one that others wait for.
    """
    held = _held(hot, dialect, run, key)
    if held is None:
        return None
    me, other, is_ready = held
    if me.attempt != fence or me.status != _RUNNING or me.cancel_requested:
        return None
    if is_ready and other.status == _SUCCEEDED:
        return take_claimed(hot, run, fence, other)
    if other.status != _RUNNING or other.cancel_requested:
        _take_over(hot, key, other.id, me)
        return None
    if me.after:
        # It would wait for those again too.
        return None
    row = hot.one(_STEP_BACK, {"of_run": run, "of_attempt": fence, "of_key": key})
    hot.execute(_NEVER_BEGUN, {"of_run": run, "of_attempt": fence})
    _await(hot, dialect, run, other.id)
    return row, []


def _held(hot: Transaction, dialect: str, run: str, key: str) -> tuple[Any, Any, bool] | None:
    """The run, the one that is named for the key, and whether that one's result can be taken; both locked.

    None where it is the run itself, from now on or before.
    """
    hot.execute(_OFFER[dialect], {"key": key, "run": run, "is_ready": False})
    for _ in range(_TRIES):
        held = hot.one(HELD, {"of_key": key})
        if held is None or held.run == run:
            return None
        lock(hot, dialect, [run, held.run])
        me, other = hot.one(_ROW, {"of_run": run}), hot.one(_ROW, {"of_run": held.run})
        if other is not None and hot.one(HELD, {"of_key": key}) == held:
            return me, other, held.is_ready
    return None


def _goes_before(other: Any, me: Any, is_new: bool) -> bool:
    """Whether the other one, which is queued, is claimed sooner whatever other people do."""
    if other.status != _QUEUED or other.owner != me.owner:
        return False
    if is_new:
        # Of those that are submitted at once one has the lower number, and another one may be here first.
        return bool(other.priority <= me.priority)
    places = [(row.priority, row.queue_place, row.number) for row in (other, me)]
    return places[0] < places[1]


def _await(hot: Transaction, dialect: str, run: str, other: str) -> None:
    hot.execute(_MARK_AWAITED, {"of_run": other})
    hot.execute(_WAIT_FOR[dialect], {"awaited": other, "run": run, "is_open": True})


def _take_over(hot: Transaction, key: str, before: str, me: Any) -> None:
    """The run is the one that is waited for, at once by all that may wait for it."""
    hot.execute(_TAKE_OVER, {"of_key": key, "of_run": me.id})
    hot.execute(_CLEAR, {"of_run": me.id, "before": before})
    who = {"of_run": me.id, "of_key": key, "before": before}
    if me.status == _RUNNING:
        hot.execute(_MOVE, who)
    else:
        places = {f"of_{column.name}": getattr(me, column.name) for column in _ORDER}
        hot.execute(_MOVE_BEHIND, {**who, "of_owner": me.owner, **places})
    hot.execute(_MARK_AWAITED, {"of_run": me.id})


def join_all(hot: Transaction, dialect: str, new: Sequence[Run]) -> dict[str, Any]:
    """As `join` of those of some new runs that may take a result: rows of those that are not as they were, by id."""
    some = takers(new)
    lock(hot, dialect, (), [str(run.reuse_key) for run in some])
    found = {run.id: join(hot, dialect, run.id, str(run.reuse_key)) for run in some}
    return {run: row for run, row in found.items() if row is not None}


def joined_again(hot: Transaction, dialect: str, run: str, key: str) -> Any:
    """As `join`, of a run that waited for another one which has ended: its row where it waits no longer."""
    row = join(hot, dialect, run, key, is_new=False)
    if row is None:
        return hot.one(_QUEUE, {"of_run": run, "now": datetime.now(UTC)})
    return None if row.status == _WAITING else row


def take(hot: Transaction, me: Any, source: Any) -> Any:
    """The row of a run that is not claimed and has the other one's result now."""
    keep_artifacts(hot, me.id, me.attempt, source)
    return hot.one(_TAKE_UNCLAIMED, {"of_run": me.id, **_taken(source)})


def take_claimed(hot: Transaction, run: RunId, fence: int, source: Any) -> tuple[Any, list[Any]] | None:
    """As `take`, in an attempt that has not begun; None where somebody else has the run, or wants its end."""
    row = hot.one(_TAKE_CLAIMED, {"of_run": run, "of_attempt": fence, **_taken(source)})
    return None if row is None else (row, keep_artifacts(hot, run, fence, source))


def publish(hot: Transaction, dialect: str, run: RunId, key: Digest | None) -> None:
    """A run has succeeded. ``key``: of what it was the run of, from its start to its end; None where that changed."""
    if key is not None:
        hot.execute(_PUBLISH[dialect], {"key": key, "run": run, "is_ready": True})
    hot.execute(_FORGET, {"of_run": run})


def forget(hot: Transaction, run: str) -> None:
    """The run is to become another one than was submitted."""
    hot.execute(_FORGET, {"of_run": run})


def reused_of(source: Any) -> Reused:
    return Reused(
        run=RunId(source.id), number=source.number, owner=source.owner, finished_at=source.finished_at
    )


def takers(new: Iterable[Run]) -> list[Run]:
    """Those of some new runs that may take a result, in an order in which no two who submit wait for each other."""
    which = [run for run in new if run.reuse and run.reuse_key and run.after is None]
    return sorted(which, key=lambda run: (run.reuse_key, run.id))


def _taken(source: Any) -> dict[str, Any]:
    return {"now": datetime.now(UTC), "taken_from": reused_of(source).to_json()}
