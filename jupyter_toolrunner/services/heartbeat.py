"""Says that a worker lives, and learns what it is told: through the database alone, so that Redis may be away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ..core.errors import NotAvailable
from ..core.ports import WorkerStore
from ..core.workers import Order, Worker

log = logging.getLogger(__name__)

#: Seconds between two beats, and between two looks at what it is told.
BEAT = 5.0
_LOOK = 1.0
#: Beats after which those are forgotten that beat no more.
_FORGET = 12
#: Seconds for which a worker is listed that is silent, and one that has ended as it was told.
FORGOTTEN_AFTER, ENDED_LISTED = 60.0, 900.0
#: Measuring memory takes at most this part of the time: with many gigabytes it is no small thing.
_SHARE = 0.01
#: Seconds after which a worker that shall stop is ended by force.
_PATIENCE = 10.0


class Heartbeat(threading.Thread):
    """One thread of a worker. What a look at one row costs each second, the runs do not notice."""

    def __init__(
        self,
        workers: WorkerStore,
        worker: Worker,
        *,
        memory: Callable[[], int | None],
        obey: Callable[[Order], None],
        drains: Callable[[], bool] = lambda: False,
        end: Callable[[], None],
    ) -> None:
        """``obey`` may be called again and again. ``drains``: whether a signal has told it to end after its run.

        ``end`` ends the process by force.
        """
        super().__init__(name="heartbeat", daemon=True)
        self._workers = workers
        self._worker = worker
        self._memory = memory
        self._obey = obey
        self._drains = drains
        self._end = end
        self._closing = threading.Event()
        self._is_in = False
        self._drained = False
        self._beats = 0
        self._beat_at = 0.0
        self._measure_at = 0.0
        self._measured: int | None = None
        self._end_at: float | None = None
        #: What it was told, through the database.
        self.told: Order | None = None

    def run(self) -> None:
        while True:
            try:
                self.look()
            except NotAvailable:
                log.debug("the database does not answer", exc_info=True)
            except Exception:
                log.warning("the heartbeat failed; it is tried again", exc_info=True)
            if self._closing.wait(_LOOK):
                return

    def look(self) -> None:
        """Beat where it is time to, and obey."""
        now = time.monotonic()
        if self._end_at is not None and now >= self._end_at:
            self._end()
        if self._drains() != self._drained:
            self._drained, self._beat_at = not self._drained, now
        if now >= self._beat_at:
            self._beat()
            self._beat_at = now + BEAT
        told = self._workers.told(self._worker.id)
        if told is None or (told is self.told and told is not Order.STOP):
            return
        if told is not self.told:
            log.info("told to %s", told.value)
        self.told = told
        if told is Order.STOP and self._end_at is None:
            self._end_at = now + _PATIENCE
        # Between a claim and the start of its process there is nothing yet that a stop could end.
        self._obey(told)

    def close(self) -> None:
        """Say that it ends."""
        self._closing.set()
        self.join(timeout=5)
        try:
            self._workers.leave(self._worker.id)
        except Exception:
            log.info("this worker is forgotten by itself soon", exc_info=True)

    def _beat(self) -> None:
        memory = self._memory_now()
        # False where this machine slept, and others have given it up.
        if not (self._is_in and self._workers.beat(self._worker.id, memory, drains=self._drained)):
            self._workers.enter(replace(self._worker, memory=memory))
            self._is_in = True
        self._beats += 1
        if self._beats % _FORGET == 0:
            self._workers.forget(silent=FORGOTTEN_AFTER, ended=ENDED_LISTED)

    def _memory_now(self) -> int | None:
        began = time.monotonic()
        if began >= self._measure_at:
            self._measured = self._memory()
            ended = time.monotonic()
            self._measure_at = ended + (ended - began) / _SHARE
        return self._measured
