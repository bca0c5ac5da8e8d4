"""Folders of attempts: the next one is made, and what attempts left is removed, while a worker does other things."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

from ..core.crashpoints import crashpoint
from ..core.folders import remove_tree
from ..core.ports import WORK_FOLDER

log = logging.getLogger(__name__)

#: Folders that wait for an attempt, at most.
_AHEAD = 2
#: Whom a tool has let in may be written beside the mode. Not every system has such.
_attributes: Callable[[str | Path], list[str]] = getattr(os, "listxattr", lambda _path: [])


class Folders:
    """Makes and removes folders in one that is the worker's own."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._ready: SimpleQueue[Path] = SimpleQueue()
        self._numbers = itertools.count()
        self._left: SimpleQueue[Path | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="folders", daemon=True)
        self._thread.start()

    def make(self, directory: Path) -> None:
        """An empty folder for an attempt. Raises OSError."""
        with contextlib.suppress(Empty, OSError):
            ahead = self._ready.get_nowait()
            # To make folders takes ten times as long as to rename one.
            with crashpoint("folders.take"):
                os.rename(ahead, directory)
            return
        _make(directory)

    def remove(self, directory: Path) -> None:
        """Soon, with all that is in it; one in which nothing was left is for the next attempt."""
        if self._ready.qsize() < _AHEAD and _is_as_made(directory):
            with contextlib.suppress(OSError), crashpoint("folders.give"):
                os.rename(directory, ahead := self._next())
                self._ready.put(ahead)
                return
        self._left.put(directory)

    def close(self) -> None:
        """Wait until all is removed."""
        self._left.put(None)
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while True:
            # Without room on the disk there is none ahead; who needs one is told.
            with contextlib.suppress(OSError):
                if self._ready.empty():
                    _make(ahead := self._next())
                    self._ready.put(ahead)
            directory = self._left.get()
            if directory is None:
                return
            try:
                remove_tree(directory)
            except Exception:
                log.exception("%s could not be removed", directory)

    def _next(self) -> Path:
        return self._scratch / f"next-{next(self._numbers)}"


def _make(directory: Path) -> None:
    directory.mkdir(parents=True, mode=0o700)
    (directory / WORK_FOLDER).mkdir()


def _is_as_made(directory: Path) -> bool:
    """Whether nothing shows that an attempt was there: neither what it left nor whom it let in."""
    work = os.path.join(directory, WORK_FOLDER)
    try:
        if os.listdir(directory) != [WORK_FOLDER] or os.listdir(work):
            return False
        outer, inner = os.lstat(directory), os.lstat(work)
        return (
            outer.st_mode == stat.S_IFDIR | 0o700
            and inner.st_mode in (stat.S_IFDIR | 0o755, stat.S_IFDIR | 0o700)
            and (inner.st_uid, inner.st_gid) == (outer.st_uid, outer.st_gid)
            and not (_attributes(directory) or _attributes(work))
        )
    except OSError:
        return False
