"""Turn scripts, functions and notebooks into tools that everyone can use, inside Jupyter.

The names here load on first use: a tool's own process imports this package and must stay light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .authoring import progress, tool
    from .client import connect, connect_async

_HOMES = {
    "tool": "authoring",
    "progress": "authoring",
    "connect": "client",
    "connect_async": "client",
    "load_ipython_extension": "widgets",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [
        {"src": "labextension", "dest": "jupyter-toolrunner"},
        {"src": "labextension-widgets", "dest": "jupyter-toolrunner-widgets"},
    ]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .app import ToolrunnerApp

    return [{"module": "jupyter_toolrunner", "app": ToolrunnerApp}]


__all__ = ["__version__", "connect", "connect_async", "progress", "tool"]
