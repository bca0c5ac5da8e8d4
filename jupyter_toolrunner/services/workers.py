"""Who works: the workers of all machines, what each does, and how people drain, stop and scale them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..core.errors import Ambiguous, InvalidRequest, NotFound
from ..core.events import Event
from ..core.history import RunFilter
from ..core.ids import WorkerId
from ..core.ports import CrewKeeper, EventStream, Liveness, RunHistory, WorkerStore
from ..core.runs import Run, RunStatus
from ..core.workers import MOST_WORKERS, Crew, Order, Worker, name_of
from .heartbeat import BEAT, ENDED_LISTED, FORGOTTEN_AFTER

#: How far back it is told what a worker did.
_PAST = timedelta(minutes=30)
_MOST_PAST = 20
_MOST_RUNNING = 500
#: Seconds after which a worker of another machine is taken for gone, though it may come back.
_SILENT_AFTER = 3 * BEAT

WorkerState = Literal["busy", "idle", "silent", "draining", "stopping", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerView:
    id: WorkerId
    #: What people call it.
    name: str
    host: str
    #: Whether it is a worker of this machine and data directory, of which it is known at once whether it lives.
    here: bool
    state: WorkerState
    started_at: datetime | None
    #: When it was heard of last; None where it has said nothing of itself yet.
    seen_at: datetime | None = None
    #: Bytes of it and of all processes below it.
    memory: int | None = None
    #: Of the product, and of Python.
    version: str | None = None
    python: str | None = None
    #: Who told it to drain or to stop, and when.
    told_by: str | None = None
    told_at: datetime | None = None
    #: What it runs now.
    run: Run | None
    #: What it ended lately, the newest first.
    past: Sequence[Run]


class WorkerService:
    def __init__(
        self,
        *,
        workers: WorkerStore,
        crew: CrewKeeper,
        liveness: Liveness,
        history: RunHistory,
        events: EventStream,
        place: str,
    ) -> None:
        """``place``: of this process, as `core.settings.Settings.place`."""
        self._workers = workers
        self._crew = crew
        self._liveness = liveness
        self._history = history
        self._events = events
        self._place = place

    def look(self) -> Sequence[WorkerView]:
        """Those of this machine first, by name. One that has a run and does not live is ``silent`` until its run ends."""
        alive = self._liveness.alive()
        said = {worker.id: worker for worker in self._workers.all()}
        running = {
            run.worker: run
            for run in self._history.page(
                RunFilter(statuses=frozenset({RunStatus.RUNNING})), limit=_MOST_RUNNING
            ).items
            if run.worker
        }
        past: dict[str, list[Run]] = {}
        for run in self._history.latest_of_workers(datetime.now(UTC) - _PAST):
            if run.worker and run.status.is_final:
                past.setdefault(run.worker, []).append(run)
        known = {*alive, *(WorkerId(worker) for worker in running), *said}
        views = [self._view(worker, alive, said.get(worker), running, past) for worker in known]
        return sorted(
            (view for view in views if view is not None),
            key=lambda view: (not view.here, view.host, view.state == "stopped", len(view.name), view.name),
        )

    def count(self) -> int:
        """Those that take runs."""
        return sum(worker.state in ("busy", "idle") for worker in self.look())

    # -- what people do -----------------------------------------------------------------------------------------

    def tell(self, worker: str, order: Order, by: str) -> WorkerView:
        """By id, or by a name that is unambiguous. Raises NotFound, Ambiguous, Conflict."""
        found = self._find(worker)
        self._workers.tell(found.id, order, by)
        self._tell()
        # What it was told a moment ago it may have done already.
        return next((view for view in self.look() if view.id == found.id), found)

    def crew(self) -> Crew:
        """Of this machine."""
        return self._crew.look()

    def scale(self, wanted: int) -> Crew:
        """Have so many workers on this machine; what is too much finishes its run. Raises InvalidRequest, Conflict."""
        if not 0 <= wanted <= MOST_WORKERS:
            raise InvalidRequest(
                f"There can be 0 to {MOST_WORKERS} workers, not {wanted}.",
                field="workers",
                hint="Nothing was changed.",
            )
        crew = self._crew.ask(wanted)
        self._tell()
        return crew

    def _find(self, worker: str) -> WorkerView:
        views = self.look()
        if by_id := next((view for view in views if view.id == worker), None):
            return by_id
        named = [view for view in views if view.name == worker]
        # The name of one that has ended is another one's by now.
        named = [view for view in named if view.state != "stopped"] or named[:1]
        if not named:
            raise NotFound(
                f"There is no worker {worker[:100]!r}.", hint="jupyter toolrunner workers list shows all."
            )
        if len(named) > 1:
            raise Ambiguous(
                f"{len(named)} workers are called {worker[:100]!r}.",
                hint=f"Name one by its id: {', '.join(view.id for view in named)}",
            )
        return named[0]

    def _tell(self) -> None:
        self._events.publish(Event(type="queue", owner=None, data={}))

    def _view(
        self,
        worker: WorkerId,
        alive: Mapping[WorkerId, datetime],
        said: Worker | None,
        running: Mapping[str, Run],
        past: Mapping[str, list[Run]],
    ) -> WorkerView | None:
        """None of one that is gone, and leaves nothing to be told."""
        run = running.get(worker)
        here = worker in alive or (said is not None and said.place == self._place)
        # None: another machine's.
        lives = True if worker in alive else False if here else self._liveness.is_alive(worker)
        state = _state(lives, said, run)
        if state is None:
            return None
        return WorkerView(
            id=worker,
            name=name_of(worker),
            host=said.host if said else worker.partition(":")[0],
            here=here,
            state=state,
            started_at=said.started_at if said else alive.get(worker),
            seen_at=datetime.now(UTC) - timedelta(seconds=said.silence) if said else None,
            memory=said.memory if said and state != "stopped" else None,
            version=said.version if said else None,
            python=said.python if said else None,
            told_by=said.told_by if said else None,
            told_at=said.told_at if said else None,
            run=run,
            past=past.get(worker, [])[:_MOST_PAST],
        )


def _state(lives: bool | None, said: Worker | None, run: Run | None) -> WorkerState | None:
    """``lives``: None where it cannot be known here. None of one that is gone, and leaves nothing to be told."""
    if said is not None and said.has_ended:
        return "stopped" if said.silence < ENDED_LISTED else None
    if said is not None and run is None and lives is not True:
        if said.silence > FORGOTTEN_AFTER:
            return None
        if lives is False:
            # Its lock has told sooner than its silence: it was ended by force, or by itself.
            return None if said.told_by is None else "stopped"
    if lives is False or (lives is None and said is not None and said.silence > _SILENT_AFTER):
        return "silent"
    if said is not None and said.told is not None:
        return "draining" if said.told is Order.DRAIN else "stopping"
    return "idle" if run is None else "busy"
