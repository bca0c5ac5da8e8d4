"""Notices when files of toolboxes change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from .sources import ENDINGS

#: Seconds between two looks where the system can't tell by itself.
POLL = 0.7


class Watcher:
    """Calls ``changed`` soon after something in one of the folders did; more often than needed is allowed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._folders: frozenset[str] = frozenset()
        self._files: frozenset[str] = frozenset()
        self._stop = threading.Event()
        self._closed = False
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def watch(self, folders: Iterable[str], files: Iterable[str] = ()) -> None:
        """Look at these folders from now on, each without those below it; these files matter whatever their names are."""
        wanted = frozenset(folders)
        self._files = frozenset(files)
        with self._condition:
            if wanted == self._folders or self._closed:
                return
            self._folders = wanted
            self._stop.set()
            self._stop = threading.Event()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="toolrunner-watch", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._stop.set()
            self._condition.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._folders and not self._closed:
                    self._condition.wait()
                if self._closed:
                    return
                folders, stop = self._folders, self._stop
            self._watch(folders, stop)
            # What changed between two watches was seen by neither.
            if not self._closed:
                self._changed()

    def _watch(self, folders: frozenset[str], stop: threading.Event) -> None:
        from watchfiles import watch

        try:
            for _ in watch(
                *folders,
                watch_filter=lambda change, path: path in self._files or _matters(change, path),
                stop_event=stop,
                debounce=200,
                step=50,
                rust_timeout=1000,
                recursive=False,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._changed()
        except (OSError, RuntimeError):
            # No more watches are to be had from the system, or a folder went away meanwhile.
            while not stop.wait(POLL):
                self._changed()


def _matters(_change: object, path: str) -> bool:
    name = path.rpartition("/")[2]
    return not name.startswith(".") and ("." not in name or name.endswith((*ENDINGS, ".yaml", ".yml")))
