"""Runs that take the result of an earlier one that was the same: `reusable` has one row for each thing that is the same.

The row names a run as soon as that is submitted, so that of two at the same moment the second waits for the first; whoever
finishes one whose inputs are still what they were makes it ready. It is written in the transactions that submit and finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, delete, insert, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..core.ids import ArtifactId, Digest, RunId, new_artifact_id
from ..core.runs import FINAL, Reused, Run, RunStatus
from .prepared import Prepared, Transaction
from .tables import artifacts, awaited_runs, reusable, runs

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
_HELD = Prepared(
    select(reusable.c.run, reusable.c.is_ready).where(reusable.c.key == _key),
    [reusable.c.run, reusable.c.is_ready],
)
_LOCKED = Prepared(select(runs).where(runs.c.id == _run).with_for_update(), runs.c)
_TAKE_OVER = Prepared(
    update(reusable).where(reusable.c.key == _key, ~reusable.c.is_ready).values(run=_run),
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


def taken_values(hot: Transaction, values: Mapping[str, Any]) -> tuple[dict[str, Any], Any] | None:
    """The columns of a new run that takes an earlier result, and the row of that run; None where there is none."""
    source = hot.one(READY, {"of_key": values["reuse_key"]})
    if source is None:
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


def join(hot: Transaction, dialect: str, run: str, key: str) -> Any:
    """Of a run that waits or is queued, what it becomes: it takes a result, waits for a run that is under way, or is queued
    for the others to wait for. Its row as it is then; None where it stays as it is.
    """
    hot.execute(_OFFER[dialect], {"key": key, "run": run, "is_ready": False})
    for _ in range(_TRIES):
        held = hot.one(_HELD, {"of_key": key})
        if held is None or held.run == run:
            return None
        # Locked: it neither ends nor is tried again between this look and the commit.
        other = hot.one(_LOCKED, {"of_run": held.run})
        if other is None or hot.one(_HELD, {"of_key": key}) != held:
            continue
        if held.is_ready and other.status == _SUCCEEDED:
            return take(hot, run, other)
        if other.status not in _FINAL and not other.cancel_requested:
            hot.execute(_MARK_AWAITED, {"of_run": other.id})
            hot.execute(_WAIT_FOR[dialect], {"awaited": other.id, "run": run, "is_open": True})
            return hot.one(_WAITS, {"of_run": run})
        hot.execute(_TAKE_OVER, {"of_key": key, "of_run": run})
        return None
    return None


def join_all(hot: Transaction, dialect: str, new: Sequence[Run]) -> dict[str, Any]:
    """As `join` of those of some new runs that may take a result: rows of those that are not as they were, by id."""
    found = {run.id: join(hot, dialect, run.id, str(run.reuse_key)) for run in takers(new)}
    return {run: row for run, row in found.items() if row is not None}


def joined_again(hot: Transaction, dialect: str, run: str, key: str) -> Any:
    """As `join`, of a run that waited for another one which has ended: its row where it waits no longer."""
    row = join(hot, dialect, run, key)
    if row is None:
        return hot.one(_QUEUE, {"of_run": run, "now": datetime.now(UTC)})
    return None if row.status == _WAITING else row


def take(hot: Transaction, run: str, source: Any) -> Any:
    """The row of a run that was not claimed and has the other one's result now."""
    keep_artifacts(hot, run, 0, source)
    return hot.one(_TAKE_UNCLAIMED, {"of_run": run, **_taken(source)})


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
