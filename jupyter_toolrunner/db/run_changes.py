"""Changes to runs that stores of several things make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, func, insert, null, select

from ..core.runs import Run, RunStatus
from . import reuse
from .prepared import within
from .rows import run_of, run_values
from .run_queries import chain_of
from .tables import runs
from .turns import last_place

#: Those that can be run again.
AGAIN = (RunStatus.FAILED.value, RunStatus.CANCELED.value)

_earlier = runs.alias("earlier")
_made_from = bindparam("made_from", type_=String)
INSERT = insert(runs).values(
    chain=func.coalesce(
        select(chain_of(_earlier.c)).where(_earlier.c.id == _made_from).scalar_subquery(), _made_from
    ),
    queue_place=last_place(),
)


def requeued(attempts: int) -> Mapping[str, Any]:
    """What a run becomes that waits for one more attempt."""
    return {
        "status": RunStatus.QUEUED.value,
        "reason": None,
        "error": null(),
        "progress": null(),
        "worker": None,
        "cancel_requested": False,
        "attempts_left": attempts,
        "queued_at": datetime.now(UTC),
        "started_at": None,
        "finished_at": None,
    }


def canceled() -> Mapping[str, Any]:
    """What a run becomes that is canceled while it waits."""
    return {
        "status": RunStatus.CANCELED.value,
        "reason": None,
        "error": null(),
        "ready_at": None,
        "cancel_requested": True,
        "finished_at": datetime.now(UTC),
    }


def new_values(run: Run, attempts: int) -> dict[str, Any]:
    return run_values(run, datetime.now(UTC)) | {
        "attempts_left": attempts,
        "made_from": run.origin,
        "of_owner": run.owner,
        "of_priority": run.priority.rank,
    }


def insert_run(connection: Connection, run: Run, attempts: int) -> Run:
    """Keep a new run, with its number, in a transaction that does more than that."""
    row = connection.execute(INSERT.returning(runs), new_values(run, attempts)).one()
    joined = reuse.join_all(within(connection), connection.dialect.name, [run])
    return run_of(joined.get(run.id, row))


def insert_runs(connection: Connection, new: Sequence[Run], attempts: int) -> None:
    connection.execute(INSERT, [new_values(run, attempts) for run in new])
    reuse.join_all(within(connection), connection.dialect.name, new)
