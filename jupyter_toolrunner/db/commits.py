"""Commits as points at which a process can be made to die, each named by the method whose transaction it ends."""

from __future__ import annotations

import inspect
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, event

from ..core import crashpoints

_PACKAGE = __name__.rpartition(".")[0]
_NOT_NAMED = frozenset(f"{_PACKAGE}.{name}" for name in ("commits", "engine", "prepared"))


def commit_point(engine: Engine) -> AbstractContextManager[None]:
    """Around the commit of a connection that is not SQLAlchemy's own; one that only read is none."""
    if not crashpoints.armed or engine.get_execution_options().get("read_only"):
        return nullcontext()
    return crashpoints.crashpoint(_name())


def watch(engine: Engine) -> None:
    """Make points of the commits that SQLAlchemy makes; does nothing unless one is asked for."""
    if not crashpoints.armed:
        return
    under_way = threading.local()
    commit: Any = engine.dialect.do_commit

    def note(connection: Connection) -> None:
        under_way.writes = not connection.get_execution_options().get("read_only")

    def do_commit(connection: Any) -> None:
        with crashpoints.crashpoint(_name()) if getattr(under_way, "writes", False) else nullcontext():
            commit(connection)

    event.listen(engine, "commit", note)
    engine.dialect.do_commit = do_commit  # type: ignore[assignment, method-assign]


def _name() -> str:
    """``commit.db.runs.finish``: the innermost function of this package that is not part of the machinery."""
    frame = inspect.currentframe()
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(f"{_PACKAGE}.") and module not in _NOT_NAMED:
            return f"commit.db.{module.removeprefix(f'{_PACKAGE}.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "commit.elsewhere"
