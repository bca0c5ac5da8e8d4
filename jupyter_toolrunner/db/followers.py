"""Runs that wait for others, in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update

from ..core.after import After
from ..core.errors import Conflict, InvalidRequest
from ..core.followers import Verdict, verdict
from ..core.ids import RunId
from ..core.runs import Reason, Run, RunError, RunStatus
from .prepared import within
from .reuse import joined_again, lock
from .rows import run_of
from .tables import awaited_runs, runs

_WAITING = RunStatus.WAITING.value
_FINAL = [status.value for status in RunStatus if status.is_final]


class SqlFollowerStore:
    """`core.ports.FollowerStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def release(self, ended: RunId) -> Sequence[Run]:
        with self._engine.begin() as connection:
            return _released(connection, ended)

    def ended(self) -> Sequence[RunId]:
        open_ones = (
            select(awaited_runs.c.awaited)
            .distinct()
            .join(runs, runs.c.id == awaited_runs.c.awaited)
            .where(awaited_runs.c.is_open, runs.c.status.in_(_FINAL))
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


def first_status(connection: Connection, after: After) -> RunStatus:
    """Of a run that is to wait for these; from now on they know of it.

    Raises InvalidRequest where it could never start.
    """
    # Locked, always in the same order: none of them ends unseen between this look and the commit.
    connection.execute(
        select(runs.c.number).where(runs.c.id.in_(after.runs)).order_by(runs.c.number).with_for_update()
    )
    marked = connection.execute(
        update(runs).where(runs.c.id.in_(after.runs)).values(awaited=True).returning(runs)
    ).all()
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


def keep_awaited(connection: Connection, run: Run, status: RunStatus) -> None:
    assert run.after is not None
    is_open = status is RunStatus.WAITING
    rows = [{"awaited": each, "run": run.id, "is_open": is_open} for each in run.after.runs]
    connection.execute(insert(awaited_runs), rows)


def status_again(connection: Connection, row: Row[Any]) -> RunStatus:
    """Of a run that is tried again by hand. Raises Conflict where what it waits for has to be mended first."""
    found = _awaited(connection, row.id)
    if not row.after:
        return RunStatus.QUEUED
    decided = verdict(After.from_json(row.after).rule, [RunStatus(each.status) for each in found])
    if decided is None:
        _set_open(connection, awaited_runs.c.run == row.id, to=True)
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
        _set_open(connection, awaited_runs.c.awaited == one, awaited_runs.c.run.in_(still_wait), to=True)
        failed = (runs.c.id.in_(of_it), runs.c.reason == Reason.UPSTREAM.value)
        connection.execute(select(runs.c.id).where(*failed).order_by(runs.c.number).with_for_update())
        revived = (
            connection.execute(update(runs).where(*failed).values(_waits()).returning(runs.c.id))
            .scalars()
            .all()
        )
        _set_open(connection, awaited_runs.c.run.in_(revived), to=True)
        left += revived


def _released(connection: Connection, ended: RunId) -> list[Run]:
    changed: list[Run] = []
    left: list[str] = [ended]
    while left:
        one, last = left.pop(), ""
        _lock_waiting(connection, one)
        # Asked for one by one: when one of them is to be waited for by the others, these wait for it already.
        while (run := _next_of(connection, one, last)) is not None:
            last = run
            row = _settled(connection, run)
            if row is None:
                continue
            changed.append(run_of(row))
            if row.awaited and row.status in _FINAL:
                left.append(row.id)
    return changed


def _next_of(connection: Connection, awaited: str, last: str) -> str | None:
    """The run that waits for it, behind another one."""
    of_it = select(awaited_runs.c.run).where(
        awaited_runs.c.awaited == awaited, awaited_runs.c.is_open, awaited_runs.c.run > last
    )
    found: str | None = connection.scalar(of_it.order_by(awaited_runs.c.run).limit(1))
    return found


def _lock_waiting(connection: Connection, awaited: str) -> None:
    of_it = (
        select(runs.c.id, runs.c.reuse_key)
        .join(awaited_runs, awaited_runs.c.run == runs.c.id)
        .where(awaited_runs.c.awaited == awaited, awaited_runs.c.is_open)
    )
    if connection.dialect.name == "postgresql":
        found = connection.execute(of_it).all()
        keys = {row.reuse_key for row in found if row.reuse_key is not None}
        lock(within(connection), "postgresql", [row.id for row in found], keys)


def waits_for_result(row: Any) -> bool:
    """Whether the run waits for another one that is the same, to take its result."""
    return row.status == _WAITING and not row.after and row.ready_at is None and bool(row.reuse_key)


def stop_waiting(connection: Connection, run: str) -> None:
    """The run is not told of any other's end."""
    _set_open(connection, awaited_runs.c.run == run, to=False)


def _settled(connection: Connection, run: str) -> Row[Any] | None:
    """The run where it waits no longer since now."""
    row = connection.execute(select(runs).where(runs.c.id == run).with_for_update()).one()
    if waits_for_result(row):
        stop_waiting(connection, run)
        joined: Row[Any] | None = joined_again(
            within(connection), connection.dialect.name, run, row.reuse_key
        )
        return joined
    if row.status != _WAITING or not row.after:
        # Somebody canceled it meanwhile.
        _set_open(connection, awaited_runs.c.run == run, to=False)
        return None
    found = _awaited(connection, run)
    decided = verdict(After.from_json(row.after).rule, [RunStatus(each.status) for each in found])
    if decided is None:
        # These ends have been seen: the next one decides.
        seen = [each.id for each in found if each.status in _FINAL]
        _set_open(connection, awaited_runs.c.run == run, awaited_runs.c.awaited.in_(seen), to=False)
        return None
    _set_open(connection, awaited_runs.c.run == run, to=False)
    return connection.execute(
        update(runs).where(runs.c.id == run).values(_values(found, decided)).returning(runs)
    ).one()


def _values(found: Sequence[Row[Any]], decided: Verdict) -> Mapping[str, Any]:
    now = datetime.now(UTC)
    if decided is Verdict.STARTS:
        return {"status": RunStatus.QUEUED.value, "queued_at": now}
    if decided is Verdict.IS_SKIPPED:
        return {"status": RunStatus.SKIPPED.value, "finished_at": now}
    error = RunError(
        type="upstream",
        message=_said(found, decided),
        hint="Retry that run; this one follows by itself.",
    )
    return {
        "status": RunStatus.FAILED.value,
        "reason": Reason.UPSTREAM.value,
        "error": error.to_json(),
        "finished_at": now,
    }


def _said(found: Sequence[Row[Any]], decided: Verdict) -> str:
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


def _awaited(connection: Connection, run: str) -> Sequence[Row[Any]]:
    named = select(awaited_runs.c.awaited).where(awaited_runs.c.run == run)
    return connection.execute(select(runs).where(runs.c.id.in_(named)).order_by(runs.c.number)).all()


def _set_open(connection: Connection, *which: ColumnElement[bool], to: bool) -> None:
    connection.execute(update(awaited_runs).where(*which).values(is_open=to))
