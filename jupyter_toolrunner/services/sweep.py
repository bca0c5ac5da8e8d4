"""The sweep: ends attempts whose worker is gone, queues what waited for its time, rings again for what waits too long."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..core.errors import NotFound
from ..core.ids import WorkerId
from ..core.ports import Doorbell, EventStream, Running, RunStore, ToolStore
from ..core.runs import Run, RunError, RunStatus
from ..core.tools import Tool
from .events import announce
from .followers import Followers
from .retries import after_loss

log = logging.getLogger(__name__)

#: The worker itself was told to stop.
STOPPED = RunError(
    type="lost_worker",
    message="Its worker was stopped while this ran. Nothing of this attempt was published.",
    hint="Press Retry to run it again with the same values. The log up to that moment is kept.",
)
LOST = RunError(
    type="lost_worker",
    message="The worker stopped answering. Nothing of this attempt was published.",
    hint="Press Retry to run it again with the same values. The log up to that moment is kept.",
)


class Sweeper(threading.Thread):
    """Any number may sweep at once, in servers and workers: everything that it does is conditional.

    ``is_alive(worker)`` knows the workers of this host at once, and answers None for others: their lease decides.
    A lapsed lease of a worker that lives (this machine slept) is no reason to end its run.
    """

    def __init__(
        self,
        *,
        runs: RunStore,
        tools: ToolStore,
        doorbell: Doorbell,
        events: EventStream,
        followers: Followers,
        is_alive: Callable[[WorkerId], bool | None],
        every: float = 1.0,
        ring_after: float = 2.0,
        many_places: bool = False,
    ) -> None:
        """``many_places``: not every worker can run everything, so all of them are rung."""
        super().__init__(name="sweeper", daemon=True)
        self._runs = runs
        self._tools = tools
        self._doorbell = doorbell
        self._ring = doorbell.ring_everybody if many_places else doorbell.ring
        self._events = events
        self._followers = followers
        self._is_alive = is_alive
        self._every = every
        self._ring_after = ring_after
        self._rung_at = 0.0
        self._closing = threading.Event()

    def sweep(self) -> None:
        for attempt in self._runs.running():
            if self._is_lost(attempt):
                self._end(attempt)
        for run in self._runs.queue_ready():
            announce(self._events, run)
            self._ring(run.id)
        self._followers.sweep()
        self._ring_again()

    def run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                self.sweep()
            except Exception:
                log.warning("the sweep could not be made; it is tried again", exc_info=True)

    def close(self) -> None:
        self._closing.set()

    def _is_lost(self, attempt: Running) -> bool:
        alive = self._is_alive(attempt.worker)
        return attempt.lapsed if alive is None else not alive

    def _end(self, attempt: Running) -> None:
        pause = after_loss(self._tool(run := self._runs.get(attempt.run)), run)
        if ended := self._runs.lose(attempt.run, attempt.fence, LOST, again_after=pause):
            log.warning("run #%s lost its worker %s", ended.number, attempt.worker)
            announce(self._events, ended)
            if ended.status is RunStatus.QUEUED:
                self._ring(ended.id)
            self._followers.follow(ended)

    def _tool(self, run: Run) -> Tool | None:
        try:
            return self._tools.get(run.tool, run.version)
        except NotFound:
            return None

    def _ring_again(self) -> None:
        waits = self._runs.next_queued()
        now = time.monotonic()
        if waits and waits[1] > self._ring_after and now - self._rung_at > self._ring_after:
            self._rung_at = now
            self._ring(waits[0])
