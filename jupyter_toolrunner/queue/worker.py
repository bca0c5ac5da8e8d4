"""RQ's worker as the listener at the door: a ring makes it work until nothing waits."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from ..core.errors import NotAvailable
from ..core.ids import WorkerId
from .bell import Ring, StandingBell
from .redis import QUEUE, RING

log = logging.getLogger(__name__)

#: Seconds that a worker stands by after its last run, before it goes back to RQ; well under RQ's own time limit.
_LINGER = 120.0
_TTL = 420
#: Seconds until another look where Redis or the database is away; a database that is back is found as soon.
_REST = 0.5


def answer(run: str) -> None:
    """The one job that RQ ever runs: the ring itself. The work is done behind it, outside of RQ's books."""


class WorkOne(Protocol):
    def __call__(self, *, expected: bool = ...) -> bool:
        """Work on one run, which is ``expected`` to wait; False where none does."""


class RingWorker:
    """Calls ``work_one`` until it answers False, whenever the bell rings."""

    def __init__(
        self,
        redis: Redis,
        worker: WorkerId,
        work_one: WorkOne,
        pass_on: Callable[[], None] = lambda: None,
    ) -> None:
        """``pass_on``: called for a ring that was for this worker alone and that it can do nothing about."""
        self._redis = redis
        self._worker = worker
        self._work_one = work_one
        self._pass_on = pass_on
        self._bell = StandingBell(redis, worker)
        self._may_raise = False
        self._stop_requested = False
        #: Called for SIGINT; SIGTERM lets the attempt under way finish.
        self.on_interrupt: Callable[[int, FrameType | None], None] = self.on_signal

    @property
    def is_stopping(self) -> bool:
        """Whether a signal said to stop, and a run may still be under way."""
        return self._stop_requested

    def serve(self) -> None:
        """Work until a signal says to stop. What waits already is done first, ring or no ring.

        With Redis away nobody rings: then it looks by itself. With the database away it waits.
        """
        self.install_signal_handlers()
        while not self._stop_requested:
            try:
                self._tell_name()
                self.work_until_quiet()
                if not self._stop_requested:
                    # Back on a signal, and for whatever goes wrong with Redis.
                    Listener(self._redis, self._worker, self).work(logging_level="WARNING")
            except (RedisError, OSError, NotAvailable) as error:
                log.warning("the worker rests a moment: %s", error)
            self._rest()

    def _tell_name(self) -> None:
        """For those who look at who is there."""
        with contextlib.suppress(RedisError, OSError):
            self._redis.client_setname(self._worker)

    def _rest(self) -> None:
        until = time.monotonic() + _REST
        # A sleep goes on after a signal, and an event may not be set in a signal's handler.
        while not self._stop_requested and time.monotonic() < until:
            time.sleep(0.05)

    def install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, self.on_signal)
        signal.signal(signal.SIGINT, self.on_interrupt)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Stop before the next run."""
        self._stop_requested = True
        # A blocking read goes on after a signal unless the handler raises.
        if self._may_raise:
            raise StopRequested

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Around a blocking read: a signal ends it. Raises StopRequested, at once where the signal came before."""
        self._may_raise = True
        try:
            if self._stop_requested:
                raise StopRequested
            yield
        finally:
            self._may_raise = False

    def work_until_quiet(self, ring: Ring = Ring.NONE) -> None:
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
        try:
            with self.waiting():
                return self._bell.wait()
        except StopRequested:
            return Ring.NONE


class Listener(SimpleWorker):
    """RQ's end of it, from one loss of Redis to the next."""

    # A supervised server is back within a second; RQ's own patience grows to a minute.
    max_connection_wait_time = 1.0

    def __init__(self, redis: Redis, worker: WorkerId, ringer: RingWorker) -> None:
        """Raises RedisError where Redis is away."""
        queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        super().__init__([queue], name=worker, connection=redis, serializer=JSONSerializer, worker_ttl=_TTL)
        self._ringer = ringer

    def register_birth(self) -> None:
        # The one that is registered under this name is this one, before it lost Redis.
        self.connection.delete(self.key)
        super().register_birth()  # type: ignore[no-untyped-call]

    def execute_job(self, job: Job, queue: Queue) -> None:
        # Whoever can write to Redis could name any function of any module.
        if job.func_name == RING:
            super().execute_job(job, queue)
        else:
            log.error("a job that is no ring was thrown away: %s", job.id)
            job.delete()
        self._ringer.work_until_quiet(Ring.FOR_ONE)

    def dequeue_job_and_maintain_ttl(self, *args: Any, **options: Any) -> Any:
        with self._ringer.waiting():
            return super().dequeue_job_and_maintain_ttl(*args, **options)

    def _install_signal_handlers(self) -> None:
        self._ringer.install_signal_handlers()
