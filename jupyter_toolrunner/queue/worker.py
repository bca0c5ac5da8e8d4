"""RQ's worker as the listener at the door: a ring makes it work until nothing waits."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from ..core.ids import WorkerId
from .bell import Ring, StandingBell
from .redis import QUEUE, RING

log = logging.getLogger(__name__)

#: Seconds that a worker stands by after its last run, before it goes back to RQ; well under RQ's own time limit.
_LINGER = 120.0
_TTL = 420


def answer(run: str) -> None:
    """The one job that RQ ever runs: the ring itself. The work is done behind it, outside of RQ's books."""


class WorkOne(Protocol):
    def __call__(self, *, expected: bool = ...) -> bool:
        """Work on one run, which is ``expected`` to wait; False where none does."""


class RingWorker(SimpleWorker):
    """Calls ``work_one`` until it answers False, whenever the bell rings."""

    # A supervised server is back within a second; RQ's own patience grows to a minute.
    max_connection_wait_time = 1.0

    def __init__(
        self,
        redis: Redis,
        worker: WorkerId,
        work_one: WorkOne,
        pass_on: Callable[[], None] = lambda: None,
    ) -> None:
        """``pass_on``: called for a ring that was for this worker alone and that it can do nothing about."""
        queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        super().__init__([queue], name=worker, connection=redis, serializer=JSONSerializer, worker_ttl=_TTL)
        self._work_one = work_one
        self._pass_on = pass_on
        self._bell = StandingBell(redis, worker)
        self._may_raise = False
        #: Called for SIGINT; SIGTERM lets the attempt under way finish.
        self.on_interrupt: Callable[[int, FrameType | None], None] = self.on_signal

    def serve(self) -> None:
        """Work until a signal says to stop. What waits already is done first, ring or no ring."""
        self._install_signal_handlers()
        self._work_until_quiet()
        if not self._stop_requested:
            self.work(logging_level="WARNING")

    def execute_job(self, job: Job, queue: Queue) -> None:
        # Whoever can write to Redis could name any function of any module.
        if job.func_name == RING:
            super().execute_job(job, queue)
        else:
            log.error("a job that is no ring was thrown away: %s", job.id)
            job.delete()
        self._work_until_quiet(Ring.FOR_ONE)

    def dequeue_job_and_maintain_ttl(self, *args: Any, **options: Any) -> Any:
        self._may_raise = True
        try:
            return super().dequeue_job_and_maintain_ttl(*args, **options)
        finally:
            self._may_raise = False

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, self.on_signal)
        signal.signal(signal.SIGINT, self.on_interrupt)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Stop before the next run."""
        self._stop_requested = True
        # RQ's blocking read goes on after a signal unless the handler raises.
        if self._may_raise:
            raise StopRequested

    def _work_until_quiet(self, ring: Ring = Ring.NONE) -> None:
        quiet_since = time.monotonic()
        while not self._stop_requested:
            if self._work_one(expected=ring is Ring.FOR_ONE):
                quiet_since, ring = time.monotonic(), Ring.NONE
                continue
            if ring is Ring.FOR_ONE:
                self._pass_on()
            if time.monotonic() - quiet_since > _LINGER:
                break
            try:
                ring = self._stand_by()
            except (RedisError, OSError):
                break
        with contextlib.suppress(RedisError, OSError):
            self._bell.leave()
        # A ring may have come between the last look and the leaving.
        while not self._stop_requested and self._work_one():
            pass

    def _stand_by(self) -> Ring:
        """Wait a while for a ring. Raises RedisError, OSError."""
        self._bell.stand()
        if self._work_one():
            return Ring.NONE
        self._may_raise = True
        try:
            return self._bell.wait()
        except StopRequested:
            return Ring.NONE
        finally:
            self._may_raise = False
