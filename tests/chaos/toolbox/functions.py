"""One function of each delivery class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from witness import content_of, tell, work

from jupyter_toolrunner import tool


@tool
def once(key: str, seconds: float = 0.0) -> dict[str, Any]:
    """A lost attempt ends the run."""
    return work(key, seconds)


@tool(delivery="idempotent", max_attempts=100)
def again(key: str, seconds: float = 0.0) -> dict[str, Any]:
    """A lost attempt is made again."""
    return work(key, seconds)


@tool(delivery="idempotent", max_attempts=100, warm=True)
def warm(key: str, seconds: float = 0.0) -> dict[str, Any]:
    """Likewise, in a process that serves run after run."""
    return work(key, seconds)


@tool(delivery="idempotent", max_attempts=100, retry={"reasons": ["error"], "backoff": 0.1, "factor": 1.0})
def falter(key: str, seconds: float = 0.0) -> dict[str, Any]:
    """Fails the first time."""
    if os.environ["TOOLRUNNER_ATTEMPT"] == "1":
        raise RuntimeError("not yet")
    return work(key, seconds)


@tool(delivery="transactional", max_attempts=100)
def publish(key: str, seconds: float = 0.0) -> dict[str, Any]:
    """The effect is what is published: a result and a file."""
    Path("content.bin").write_bytes(content_of(key))
    return work(key, seconds)
