"""Named points of a run's life at which a process can be made to die, to show that nothing is lost there.

``TOOLRUNNER_CRASH_AT=artifacts.keep.before`` kills the process with SIGKILL right before that step, ``….after`` right
behind it, ``….before:3`` when it comes there for the third time. With ``TOOLRUNNER_CRASH_MARK=FILE`` only the process dies
that makes the file: those started in its place live on. ``TOOLRUNNER_CRASH_LOG=FILE`` gets the names of all points that are
come to. Standard library alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

_wanted, _, _time = os.environ.get("TOOLRUNNER_CRASH_AT", "").partition(":")
_mark = os.environ.get("TOOLRUNNER_CRASH_MARK", "")
_log = os.environ.get("TOOLRUNNER_CRASH_LOG", "")
#: Whether any point does anything in this process.
armed = bool(_wanted or _log)
_seen: Counter[str] = Counter()


def crashpoint(name: str) -> AbstractContextManager[None]:
    """Around one step: a commit, a rename, a ring, a spawn."""
    return _Point(name) if armed else _NOWHERE


class _Point:
    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        reach(f"{self._name}.before")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A step that failed was not made.
        if kind is None:
            reach(f"{self._name}.after")


def reach(name: str) -> None:
    """Die here if this is where to die."""
    if _log:
        with contextlib.suppress(OSError), open(_log, "a") as log:
            log.write(f"{name}\n")
    if name == _wanted:
        _seen[name] += 1
        if _seen[name] == int(_time or 1) and _is_first():
            os.kill(os.getpid(), signal.SIGKILL)


def _is_first() -> bool:
    if not _mark:
        return True
    try:
        os.close(os.open(_mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


_NOWHERE: AbstractContextManager[None] = nullcontext()
