"""Connections to Redis or Valkey, and the names of what is kept there."""

from __future__ import annotations

import socket
from typing import Any

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
#: What stands in the place of a run where every worker was rung.
FOR_ALL = "*"


#: A machine that was cut off hears nothing of the end of its connections; a blocking read would wait for ever.
_KEEPALIVE = {
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 25_000,
}


def bell_of(worker: WorkerId) -> str:
    return f"toolrunner:bell:{worker}"


def control_of(worker: WorkerId) -> str:
    return f"toolrunner:control:{worker}"


def log_of(run: RunId, attempt: int) -> str:
    return f"toolrunner:log:{run}:{attempt}"


def open_redis(url: str, *, timeout: float | None = 1.0) -> Redis:
    """A client that answers or fails at once; `timeout` None for blocking reads."""
    kept_alive: dict[str, Any] = (
        {} if url.startswith("unix:") else {"socket_keepalive": True, "socket_keepalive_options": _KEEPALIVE}
    )
    # The default retries hold a caller for four seconds when the server is away.
    return Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=1.0, retry=Retry(NoBackoff(), 0), **kept_alive
    )
