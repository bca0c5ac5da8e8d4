"""Who works: the workers of this machine that live, and those of others that have a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..core.history import RunFilter
from ..core.ids import WorkerId
from ..core.ports import Liveness, RunHistory
from ..core.runs import Run, RunStatus

#: How far back it is told what a worker did.
_PAST = timedelta(minutes=30)
_MOST_PAST = 20
_MOST_RUNNING = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerView:
    id: WorkerId
    #: What people call it.
    name: str
    host: str
    #: Whether it is a worker of this machine and data directory, of which it is known at once whether it lives.
    here: bool
    state: Literal["busy", "idle", "silent"]
    started_at: datetime | None
    #: What it runs now.
    run: Run | None
    #: What it ended lately, the newest first.
    past: Sequence[Run]


def look(liveness: Liveness, history: RunHistory) -> Sequence[WorkerView]:
    """By name. A worker that has a run and does not live is ``silent`` until the sweep ends its run."""
    alive = liveness.alive()
    running = {
        run.worker: run
        for run in history.page(RunFilter(statuses=frozenset({RunStatus.RUNNING})), limit=_MOST_RUNNING).items
        if run.worker
    }
    past: dict[str, list[Run]] = {}
    for run in history.latest_of_workers(datetime.now(UTC) - _PAST):
        if run.worker and run.status.is_final:
            past.setdefault(run.worker, []).append(run)
    known = {*alive, *(WorkerId(worker) for worker in running)}
    views = [_view(worker, alive, liveness, running, past) for worker in known]
    return sorted(views, key=lambda view: (not view.here, view.host, len(view.name), view.name))


def _view(
    worker: WorkerId,
    alive: Mapping[WorkerId, datetime],
    liveness: Liveness,
    running: Mapping[str, Run],
    past: Mapping[str, list[Run]],
) -> WorkerView:
    host, _, rest = worker.partition(":")
    run = running.get(worker)
    lives = worker in alive or liveness.is_alive(worker)
    return WorkerView(
        id=worker,
        name=rest.partition(":")[2] or worker,
        host=host,
        here=worker in alive,
        # None: another machine's, of which the lease will tell.
        state="silent" if lives is False else "idle" if run is None else "busy",
        started_at=alive.get(worker),
        run=run,
        past=past.get(worker, [])[:_MOST_PAST],
    )
