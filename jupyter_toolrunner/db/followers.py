"""Runs that wait for others, in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    String,
    bindparam,
    insert,
    select,
    text,
    update,
)

from ..core.after import After
from ..core.errors import Conflict, InvalidRequest
from ..core.followers import Verdict, verdict
from ..core.ids import RunId
from ..core.runs import Reason, Run, RunError, RunStatus
from .dialect import AMONG, given_of
from .prepared import Prepared, Transaction, transaction
from .reuse import joined_again, lock
from .rows import run_of
from .tables import awaited_runs, runs

_WAITING = RunStatus.WAITING.value
_FINAL = [status.value for status in RunStatus if status.is_final]

_run = bindparam("of_run", type_=String)
_awaited_run = bindparam("of_awaited", type_=String)
#: What is looked at of a run that others wait for.
_LOOKED_AT = (runs.c.id, runs.c.number, runs.c.tool, runs.c.status)
#: These runs, in a dialect.
_THESE = {dialect: text(among.format("runs.id", "given", "VARCHAR")) for dialect, among in AMONG.items()}
_NAMED = {
    dialect: Prepared(select(*_LOOKED_AT).where(these).order_by(runs.c.number), _LOOKED_AT)
    for dialect, these in _THESE.items()
}
_MARK_AWAITED = {
    dialect: Prepared(update(runs).where(these, ~runs.c.awaited).values(awaited=True))
    for dialect, these in _THESE.items()
}
_AWAITED = Prepared(
    select(*_LOOKED_AT)
    .join(awaited_runs, awaited_runs.c.awaited == runs.c.id)
    .where(awaited_runs.c.run == _run)
    .order_by(runs.c.number),
    _LOOKED_AT,
)
_INSERT_AWAITED = Prepared(insert(awaited_runs))
_OPEN = Prepared(update(awaited_runs).where(awaited_runs.c.run == _run).values(is_open=True))
_CLOSE = Prepared(update(awaited_runs).where(awaited_runs.c.run == _run).values(is_open=False))
_CLOSE_SEEN = {
    dialect: Prepared(
        update(awaited_runs)
        .where(awaited_runs.c.run == _run, text(among.format("awaited_runs.awaited", "given", "VARCHAR")))
        .values(is_open=False)
    )
    for dialect, among in AMONG.items()
}
#: The run that waits for one, behind another one.
_NEXT_OF = Prepared(
    select(awaited_runs.c.run)
    .where(
        awaited_runs.c.awaited == _awaited_run,
        awaited_runs.c.is_open,
        awaited_runs.c.run > bindparam("behind", type_=String),
    )
    .order_by(awaited_runs.c.run)
    .limit(1),
    [awaited_runs.c.run],
)
_WAIT_FOR = Prepared(
    select(runs.c.id, runs.c.reuse_key)
    .join(awaited_runs, awaited_runs.c.run == runs.c.id)
    .where(awaited_runs.c.awaited == _awaited_run, awaited_runs.c.is_open),
    [runs.c.id, runs.c.reuse_key],
)
_LOCKED = Prepared(select(runs).where(runs.c.id == _run).with_for_update(), runs.c)
_START = Prepared(
    update(runs)
    .where(runs.c.id == _run)
    .values(status=RunStatus.QUEUED.value, queued_at=bindparam("now", type_=runs.c.queued_at.type))
    .returning(runs),
    runs.c,
)
#: The end of a run that never starts.
_END = Prepared(
    update(runs)
    .where(runs.c.id == _run)
    .values(
        status=bindparam("new_status"),
        reason=bindparam("new_reason"),
        error=bindparam("new_error"),
        finished_at=bindparam("now"),
    )
    .returning(runs),
    runs.c,
)


class SqlFollowerStore:
    """`core.ports.FollowerStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect.name
        # What the machine's end takes of it, the sweep does once more.
        self._relaxed = engine.execution_options(relaxed=True)
        self._reader = engine.execution_options(read_only=True)

    def release(self, ended: RunId) -> Sequence[Run]:
        with transaction(self._relaxed) as hot:
            return _released(hot, self._dialect, ended)

    def ended(self) -> Sequence[RunId]:
        open_ones = (
            select(awaited_runs.c.awaited)
            .distinct()
            .join(runs, runs.c.id == awaited_runs.c.awaited)
            # Written as in the index, or SQLite reads all that was ever waited for.
            .where(text("awaited_runs.is_open"), runs.c.status.in_(_FINAL))
        )
        with self._reader.begin() as connection:
            return [RunId(run) for run in connection.execute(open_ones).scalars()]

    def awaited(self, run: RunId) -> Sequence[Run]:
        named = select(awaited_runs.c.awaited).where(awaited_runs.c.run == run)
        return self._numbered(runs.c.id.in_(named))

    def followers(self, run: RunId, *, limit: int) -> Sequence[Run]:
        named = select(awaited_runs.c.run).where(awaited_runs.c.awaited == run)
        return self._numbered(runs.c.id.in_(named), limit)

    def _numbered(self, which: ColumnElement[bool], limit: int | None = None) -> Sequence[Run]:
        with self._reader.begin() as connection:
            found = connection.execute(select(runs).where(which).order_by(runs.c.number).limit(limit))
            return [run_of(row) for row in found]


def first_status(hot: Transaction, dialect: str, after: After) -> RunStatus:
    """Of a run that is to wait for these; from now on they know of it.

    Raises InvalidRequest where it could never start.
    """
    # None of them ends unseen between this look and the commit.
    lock(hot, dialect, after.runs)
    given = {"given": given_of(dialect, after.runs)}
    hot.execute(_MARK_AWAITED[dialect], given)
    marked = hot.all(_NAMED[dialect], given)
    decided = verdict(after.rule, [RunStatus(row.status) for row in marked])
    if decided is None:
        return RunStatus.WAITING
    if decided is Verdict.STARTS:
        return RunStatus.QUEUED
    raise InvalidRequest(
        f"It would never start: {_said(marked, decided)}",
        field="after",
        hint="Nothing was submitted. Retry that run first, or leave it out.",
    )


def keep_awaited(hot: Transaction, run: Run, status: RunStatus) -> None:
    assert run.after is not None
    is_open = status is RunStatus.WAITING
    rows = [{"awaited": each, "run": run.id, "is_open": is_open} for each in run.after.runs]
    hot.execute_each(_INSERT_AWAITED, rows)


def status_again(hot: Transaction, row: Any) -> RunStatus:
    """Of a run that is tried again by hand. Raises Conflict where what it waits for has to be mended first."""
    if not row.after:
        return RunStatus.QUEUED
    found = _awaited(hot, row.id)
    decided = verdict(After.from_json(row.after).rule, [RunStatus(each.status) for each in found])
    if decided is None:
        hot.execute(_OPEN, {"of_run": row.id})
        return RunStatus.WAITING
    if decided is Verdict.STARTS:
        return RunStatus.QUEUED
    raise Conflict(
        f"Run #{row.number} cannot start: {_said(found, decided)}",
        hint="Nothing was changed. Retry that run; this one follows by itself.",
    )


def revive(connection: Connection, again: Iterable[str]) -> None:
    """What failed because these runs did waits for them again, and what failed because of that."""
    left = list(again)
    while left:
        one = left.pop()
        of_it = select(awaited_runs.c.run).where(awaited_runs.c.awaited == one)
        # What waits for others too has been told of its end, and will be once more.
        still_wait = select(runs.c.id).where(runs.c.id.in_(of_it), runs.c.status == _WAITING)
        _set_open(connection, awaited_runs.c.awaited == one, awaited_runs.c.run.in_(still_wait))
        failed = (runs.c.id.in_(of_it), runs.c.reason == Reason.UPSTREAM.value)
        connection.execute(select(runs.c.id).where(*failed).order_by(runs.c.number).with_for_update())
        revived = (
            connection.execute(update(runs).where(*failed).values(_waits()).returning(runs.c.id))
            .scalars()
            .all()
        )
        _set_open(connection, awaited_runs.c.run.in_(revived))
        left += revived


def _released(hot: Transaction, dialect: str, ended: RunId) -> list[Run]:
    changed: list[Run] = []
    left: list[str] = [ended]
    while left:
        one, behind = left.pop(), ""
        _lock_waiting(hot, dialect, one)
        # Asked for one by one: when one of them is to be waited for by the others, these wait for it already.
        while (found := hot.one(_NEXT_OF, {"of_awaited": one, "behind": behind})) is not None:
            behind = found.run
            row = _settled(hot, dialect, found.run)
            if row is None:
                continue
            changed.append(run_of(row))
            if row.awaited and row.status in _FINAL:
                left.append(row.id)
    return changed


def _lock_waiting(hot: Transaction, dialect: str, awaited: str) -> None:
    if dialect == "postgresql":
        found = hot.all(_WAIT_FOR, {"of_awaited": awaited})
        keys = {row.reuse_key for row in found if row.reuse_key is not None}
        lock(hot, dialect, [row.id for row in found], keys)


def waits_for_result(row: Any) -> bool:
    """Whether the run waits for another one that is the same, to take its result."""
    return row.status == _WAITING and not row.after and row.ready_at is None and bool(row.reuse_key)


def stop_waiting(hot: Transaction, run: str) -> None:
    """The run is not told of any other's end."""
    hot.execute(_CLOSE, {"of_run": run})


def _settled(hot: Transaction, dialect: str, run: str) -> Any:
    """The run where it waits no longer since now, else None."""
    row = hot.one(_LOCKED, {"of_run": run})
    if waits_for_result(row):
        stop_waiting(hot, run)
        return joined_again(hot, dialect, run, row.reuse_key)
    if row.status != _WAITING or not row.after:
        # Somebody canceled it meanwhile.
        stop_waiting(hot, run)
        return None
    found = _awaited(hot, run)
    decided = verdict(After.from_json(row.after).rule, [RunStatus(each.status) for each in found])
    if decided is None:
        # These ends have been seen: the next one decides.
        seen = [each.id for each in found if each.status in _FINAL]
        hot.execute(_CLOSE_SEEN[dialect], {"of_run": run, "given": given_of(dialect, seen)})
        return None
    stop_waiting(hot, run)
    return _decided(hot, run, found, decided)


def _decided(hot: Transaction, run: str, found: Sequence[Any], decided: Verdict) -> Any:
    now = {"of_run": run, "now": datetime.now(UTC)}
    if decided is Verdict.STARTS:
        return hot.one(_START, now)
    if decided is Verdict.IS_SKIPPED:
        skipped = RunStatus.SKIPPED.value
        return hot.one(_END, {**now, "new_status": skipped, "new_reason": None, "new_error": None})
    error = RunError(
        type="upstream",
        message=_said(found, decided),
        hint="Retry that run; this one follows by itself.",
    )
    failed = {
        "new_status": RunStatus.FAILED.value,
        "new_reason": Reason.UPSTREAM.value,
        "new_error": error.to_json(),
    }
    return hot.one(_END, {**now, **failed})


def _said(found: Sequence[Any], decided: Verdict) -> str:
    if decided is Verdict.IS_SKIPPED:
        return "it waits for a failure, and all of the runs that it waits for ended without one."
    bad = next(row for row in found if row.status in _FINAL and row.status != RunStatus.SUCCEEDED.value)
    ended = {"failed": "failed", "canceled": "was canceled", "skipped": "was skipped"}[bad.status]
    return f"run #{bad.number} ({bad.tool}), which it waits for, {ended}."


def _waits() -> Mapping[str, Any]:
    return {
        "status": _WAITING,
        "reason": None,
        "error": None,
        "finished_at": None,
        "queued_at": datetime.now(UTC),
    }


def _awaited(hot: Transaction, run: str) -> list[Any]:
    return hot.all(_AWAITED, {"of_run": run})


def _set_open(connection: Connection, *which: ColumnElement[bool]) -> None:
    connection.execute(update(awaited_runs).where(*which).values(is_open=True))
