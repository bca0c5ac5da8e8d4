"""Tools and runs from Python: ``connect()`` finds the server, or works without one.

The asynchronous client in ``_async`` is the source; ``python -m jupyter_toolrunner.dev generate`` makes ``_sync`` from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._async.batch import AsyncBatch
    from ._async.client import AsyncClient
    from ._async.discovery import connect_async
    from ._async.runs import AsyncArtifact, AsyncRun
    from ._async.schedules import AsyncSchedule
    from ._sync.batch import Batch
    from ._sync.client import Client
    from ._sync.discovery import connect
    from ._sync.runs import Artifact, Run
    from ._sync.schedules import Schedule
    from .errors import RunFailed
    from .rows import InvalidRows
    from .values import Preset, Tool

_HOMES = {
    "AsyncArtifact": "_async.runs",
    "AsyncBatch": "_async.batch",
    "AsyncClient": "_async.client",
    "AsyncRun": "_async.runs",
    "AsyncSchedule": "_async.schedules",
    "Artifact": "_sync.runs",
    "Batch": "_sync.batch",
    "Client": "_sync.client",
    "InvalidRows": "rows",
    "Run": "_sync.runs",
    "RunFailed": "errors",
    "Schedule": "_sync.schedules",
    "Preset": "values",
    "Tool": "values",
    "connect": "_sync.discovery",
    "connect_async": "_async.discovery",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


__all__ = [
    "Artifact",
    "AsyncArtifact",
    "AsyncBatch",
    "AsyncClient",
    "AsyncRun",
    "AsyncSchedule",
    "Batch",
    "Client",
    "InvalidRows",
    "Preset",
    "Run",
    "RunFailed",
    "Schedule",
    "Tool",
    "connect",
    "connect_async",
]
