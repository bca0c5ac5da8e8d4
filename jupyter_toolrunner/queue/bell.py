"""The worker's end of the doorbell: a list of its own, on which it waits between runs."""

from __future__ import annotations

import time
from enum import Enum
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from ..core.ids import WorkerId
from .line import Line
from .redis import FOR_ALL, STANDING, bell_of, control_of

#: Seconds of one blocking read; the connection's own patience must be longer.
_WAIT = 5.0


class Ring(Enum):
    """What a worker hears."""

    NONE = 0
    #: No other worker was told of the run.
    FOR_ONE = 1
    FOR_ALL = 2


class StandingBell:
    """Stands by on a plain list: a ring costs two commands there, through RQ it costs sixty-five."""

    def __init__(self, redis: Redis, worker: WorkerId) -> None:
        self._line = Line(redis)
        self._worker = worker

    def stand(self) -> None:
        """From now on a ring may come to this worker; claim once more before waiting for it."""
        self._line.ask("ZADD", STANDING, time.time() + 2 * _WAIT, self._worker)

    def wait(self) -> Ring:
        """Wait a few seconds for a ring."""
        found = self._line.ask("BLPOP", bell_of(self._worker), _WAIT)
        if found is None:
            return Ring.NONE
        return Ring.FOR_ALL if found[1] == FOR_ALL.encode() else Ring.FOR_ONE

    def leave(self) -> None:
        self._line.ask("ZREM", STANDING, self._worker)
        self._line.ask("DEL", bell_of(self._worker))


class ControlBell:
    """Where a worker hears that it shall stop a run."""

    def __init__(self, redis: Redis, worker: WorkerId) -> None:
        self._redis: Any = redis
        self._key = control_of(worker)

    def wait(self, seconds: float) -> str | None:
        """The run to stop, or None after so many seconds, also where Redis is away."""
        try:
            found = self._redis.blpop([self._key], timeout=max(0.01, seconds))
        except (RedisError, OSError):
            time.sleep(seconds)
            return None
        return found[1].decode() if found else None
