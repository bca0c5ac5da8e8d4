"""The doorbell: tells a worker that a run waits, or that one shall stop. Losing a ring loses nothing."""

from __future__ import annotations

import hashlib
import time

from redis import Redis
from redis.exceptions import NoScriptError, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from ..core.crashpoints import crashpoint
from ..core.ids import RunId, WorkerId
from .line import Line
from .redis import FOR_ALL, QUEUE, RING, STANDING, bell_of, control_of

#: Rings the list of one worker that stands by, and takes it from the set so that the next ring finds another one.
#: Where nobody does, it answers whether RQ should have another ring: one serves many runs, so one for each worker is plenty.
_RING_STANDING = """
local now = tonumber(redis.call('TIME')[1])
while true do
  local found = redis.call('ZPOPMAX', KEYS[1])
  if #found == 0 then
    return redis.call('LLEN', KEYS[2]) <= redis.call('SCARD', KEYS[3]) and 1 or 0
  end
  if tonumber(found[2]) >= now then
    local bell = ARGV[1] .. found[1]
    redis.call('RPUSH', bell, ARGV[2])
    redis.call('EXPIRE', bell, 60)
    return 0
  end
end
"""
_RING_ALL_STANDING = """
local now = tonumber(redis.call('TIME')[1])
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf')) do
  local bell = ARGV[1] .. worker
  redis.call('RPUSH', bell, ARGV[2])
  redis.call('EXPIRE', bell, 60)
end
redis.call('DEL', KEYS[1])
"""
_RING_STANDING_DIGEST = hashlib.sha1(_RING_STANDING.encode(), usedforsecurity=False).hexdigest()
#: RQ's set of those that listen.
_WORKERS = "rq:workers"
#: Seconds without another try after the bell could not be reached.
_REST = 1.0


class RedisDoorbell:
    """`core.ports.Doorbell` on RQ, with a short cut for workers that stand by."""

    def __init__(self, redis: Redis, line: Line) -> None:
        self._redis = redis
        self._line = line
        self._queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        self._rests_until = 0.0

    def ring(self, run: RunId) -> bool:
        if time.monotonic() < self._rests_until:
            return False
        try:
            with crashpoint("doorbell.ring"):
                if self._ring_standing(run):
                    self._enqueue(run)
        except (RedisError, OSError):
            self._rests_until = time.monotonic() + _REST
            return False
        return True

    def ring_everybody(self, run: RunId) -> bool:
        if time.monotonic() < self._rests_until:
            return False
        try:
            self._line.ask("EVAL", _RING_ALL_STANDING, 1, STANDING, bell_of(WorkerId("")), FOR_ALL)
            for _ in range(max(0, self._redis.scard(_WORKERS) + 1 - self._queue.count)):
                self._enqueue(run)
        except (RedisError, OSError):
            self._rests_until = time.monotonic() + _REST
            return False
        return True

    def _ring_standing(self, run: RunId) -> bool:
        """Whether nobody stood by, and RQ has few rings."""
        given = (3, STANDING, self._queue.key, _WORKERS, bell_of(WorkerId("")), run)
        try:
            return bool(self._line.ask("EVALSHA", _RING_STANDING_DIGEST, *given))
        except NoScriptError:
            return bool(self._line.ask("EVAL", _RING_STANDING, *given))

    def stop(self, run: RunId, worker: WorkerId) -> bool:
        try:
            with crashpoint("doorbell.stop"), self._redis.pipeline() as pipeline:
                pipeline.rpush(control_of(worker), run)
                pipeline.expire(control_of(worker), 60)
                pipeline.execute()
        except (RedisError, OSError):
            return False
        return True

    def _enqueue(self, run: RunId) -> None:
        self._queue.enqueue(
            RING,
            run,
            job_timeout=-1,
            result_ttl=0,
            failure_ttl=60,
            retry=None,
            description=f"ring for {run}",
        )
