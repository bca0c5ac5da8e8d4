"""Tools in notebooks: a form, a run, a batch, the history, results, the queue and the workers, in Lab, Notebook and Voilà.

The names here load on first use: importing this brings no ipywidgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .batch import BatchView
    from .form import ToolForm
    from .history import History
    from .queue import Queue, Workers
    from .results import Results
    from .run_view import RunView
    from .tools import Tools

_HOMES = {
    "ToolForm": "form",
    "Tools": "tools",
    "RunView": "run_view",
    "History": "history",
    "Results": "results",
    "Queue": "queue",
    "Workers": "queue",
    "BatchView": "batch",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext jupyter_toolrunner``: ``%run_tool``, ``%tool``, ``%%tool``, and completion of tools and fields."""
    from .magics import load

    load(shell)


__all__ = ["BatchView", "History", "Queue", "Results", "RunView", "ToolForm", "Tools", "Workers"]
