"""Everything that requests are answered with, built once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import NotFound
from ..core.ids import RunId
from ..core.ports import (
    ArtifactStore,
    Catalog,
    EventStream,
    FollowerStore,
    LogStore,
    Previews,
    RunHistory,
    RunStore,
)
from ..core.runs import Run
from .batches import BatchService
from .dashboards import DashboardService
from .forecasts import ForecastService
from .log_lines import LogLines
from .preferences import PreferenceService
from .presets import PresetService
from .queue import QueueService
from .retention import RetentionService
from .runs import RunService
from .schedules import ScheduleService
from .toolboxes import ToolboxService
from .uploads import UploadService
from .workers import WorkerService


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    runs: RunService
    batches: BatchService
    forecasts: ForecastService
    run_store: RunStore
    followers: FollowerStore
    history: RunHistory
    workers: WorkerService
    catalog: Catalog
    toolboxes: ToolboxService
    dashboards: DashboardService
    preferences: PreferenceService
    presets: PresetService
    schedules: ScheduleService
    queue: QueueService
    retention: RetentionService
    uploads: UploadService
    artifacts: ArtifactStore
    logs: LogStore
    log_lines: LogLines
    events: EventStream
    previews: Previews
    #: Why no worker takes a queued run; None where one does.
    waits: Callable[[Run], str | None]
    #: What `GET health` answers, but for the version.
    health: Callable[[], Mapping[str, Any]]
    close: Callable[[], None]

    def log_of(self, run: Run, attempt: int | None) -> AttemptLogView:
        """Raises NotFound for an attempt that was never made."""
        number = run.attempt if attempt is None else attempt
        if not 0 <= number <= run.attempt:
            raise NotFound(f"Run #{run.number} has no attempt {number}; the last one is {run.attempt}.")
        return AttemptLogView(self.logs, self.events, run.id, number)


@dataclass(frozen=True, slots=True)
class AttemptLogView:
    """The log of one attempt, live or kept."""

    _logs: LogStore
    _events: EventStream
    run: RunId
    attempt: int

    def size(self, *, ended: bool = True) -> int:
        """Bytes that are kept; while it goes on also those that are live alone."""
        kept = self._logs.size(self.run, self.attempt)
        return (
            kept if ended or self._logs.immediate else max(kept, self._events.log_end(self.run, self.attempt))
        )

    def read(self, offset: int, limit: int, *, ended: bool) -> bytes:
        """At most ``limit`` bytes; ends inside of a character only where the whole log does, and it has ``ended``."""
        # A store far away has a live log only in batches, and takes long to say so; the newest part is in the stream.
        near = b"" if ended or self._logs.immediate else self._live(offset, limit)
        data = near or self._logs.read(self.run, self.attempt, offset, limit) or self._live(offset, limit)
        whole = whole_characters(data)
        return data if ended and not whole else whole

    def _live(self, offset: int, limit: int) -> bytes:
        return self._events.read_log(self.run, self.attempt, offset)[:limit]


def whole_characters(data: bytes) -> bytes:
    """Without a UTF-8 character that is cut off at the end; the rest of it comes with the next piece."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            begins_character = 0xC2 <= byte <= 0xF4
            return data[:-back] if begins_character and length > back else data
    return data
