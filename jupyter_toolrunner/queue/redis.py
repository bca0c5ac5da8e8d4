"""Connections to Redis or Valkey, and the names of what is kept there."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..core.ids import RunId, WorkerId

#: The one RQ queue: a worker that listens on two can lose a job.
QUEUE = "toolrunner"
#: The one function that a job may name.
RING = "jupyter_toolrunner.queue.worker.answer"
EVENTS = "toolrunner:events"
#: Says that a live log grew.
LOG_HINTS = "toolrunner:log-hints"
#: Workers that wait on a list of their own, with the second until which they do.
STANDING = "toolrunner:standing"


def bell_of(worker: WorkerId) -> str:
    return f"toolrunner:bell:{worker}"


def control_of(worker: WorkerId) -> str:
    return f"toolrunner:control:{worker}"


def log_of(run: RunId, attempt: int) -> str:
    return f"toolrunner:log:{run}:{attempt}"


def open_redis(url: str, *, timeout: float | None = 1.0) -> Redis:
    """A client that answers or fails at once; `timeout` None for blocking reads."""
    # The default retries hold a caller for four seconds when the server is away.
    return Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=1.0, retry=Retry(NoBackoff(), 0)
    )
