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
from redis.exceptions import RedisError, ResponseError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from ..core.ids import WorkerId
from .bell import StandingBell
from .redis import QUEUE, RING

log = logging.getLogger(__name__)

#: Seconds that a worker stands by after its last run, before it goes back to RQ; well under RQ's own time limit.
_LINGER = 120.0
_TTL = 420
#: Seconds between looks at the database while the queue refuses to be used.
_REFUSED_PAUSE = 1.0


def answer(run: str) -> None:
    """The one job that RQ ever runs: the ring itself. The work is done behind it, outside of RQ's books."""


class WorkOne(Protocol):
    def __call__(self, *, expected: bool = ...) -> bool:
        """Work on one run, which is ``expected`` to wait; False where none does."""


class RingWorker(SimpleWorker):
    """Calls ``work_one`` until it answers False, whenever the bell rings."""

    # A supervised server is back within a second; RQ's own patience grows to a minute.
    max_connection_wait_time = 1.0

    def __init__(self, redis: Redis, worker: WorkerId, work_one: WorkOne) -> None:
        queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        super().__init__([queue], name=worker, connection=redis, serializer=JSONSerializer, worker_ttl=_TTL)
        self._work_one = work_one
        self._bell = StandingBell(redis, worker)
        self._may_raise = False
        #: Called for SIGINT; SIGTERM lets the attempt under way finish.
        self.on_interrupt: Callable[[int, FrameType | None], None] = self.on_signal

    def serve(self) -> None:
        """Work until a signal says to stop. What waits already is done first, ring or no ring."""
        self._install_signal_handlers()
        self._work_until_quiet()
        while not self._stop_requested:
            try:
                self.work(logging_level="WARNING")
                return
            except ResponseError as error:
                # There, but it obeys nobody, as on a full disk: what waits is in the database.
                log.warning("the queue refuses to be used; the database is asked instead: %s", error)
                time.sleep(_REFUSED_PAUSE)
                self._work_until_quiet()

    def execute_job(self, job: Job, queue: Queue) -> None:
        # Whoever can write to Redis could name any function of any module.
        if job.func_name == RING:
            super().execute_job(job, queue)
        else:
            log.error("a job that is no ring was thrown away: %s", job.id)
            job.delete()
        self._work_until_quiet()

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

    def _work_until_quiet(self) -> None:
        quiet_since = time.monotonic()
        rung = False
        while not self._stop_requested:
            if self._work_one(expected=rung):
                quiet_since, rung = time.monotonic(), False
                continue
            if time.monotonic() - quiet_since > _LINGER:
                break
            try:
                rung = self._stand_by()
            except (RedisError, OSError):
                break
        with contextlib.suppress(RedisError, OSError):
            self._bell.leave()
        # A ring may have come between the last look and the leaving.
        while not self._stop_requested and self._work_one():
            pass

    def _stand_by(self) -> bool:
        """Wait a while for a ring; whether something is there to be done. Raises RedisError, OSError."""
        self._bell.stand()
        if self._work_one():
            return False
        self._may_raise = True
        try:
            return self._bell.wait()
        except StopRequested:
            return False
        finally:
            self._may_raise = False
