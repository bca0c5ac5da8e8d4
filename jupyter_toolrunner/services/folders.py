"""Folders of attempts: the next one is made, and what attempts left is removed, while a worker does other things."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

from ..core.crashpoints import crashpoint
from ..core.folders import remove_tree
from ..core.ports import WORK_FOLDER

log = logging.getLogger(__name__)


class Folders:
    """Makes and removes folders in one that is the worker's own."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._ready: SimpleQueue[Path] = SimpleQueue()
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
        """Soon, with all that is in it."""
        self._left.put(directory)

    def close(self) -> None:
        """Wait until all is removed."""
        self._left.put(None)
        self._thread.join(timeout=5)

    def _work(self) -> None:
        for number in itertools.count():
            # Without room on the disk there is none ahead; who needs one is told.
            with contextlib.suppress(OSError):
                if self._ready.empty():
                    _make(ahead := self._scratch / f"next-{number}")
                    self._ready.put(ahead)
            directory = self._left.get()
            if directory is None:
                return
            try:
                remove_tree(directory)
            except Exception:
                log.exception("%s could not be removed", directory)


def _make(directory: Path) -> None:
    directory.mkdir(parents=True, mode=0o700)
    (directory / WORK_FOLDER).mkdir()
