"""What a server does now and then beside its requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Chore(threading.Thread):
    """Calls ``do`` after ``first`` seconds and then every so many, whatever became of the time before."""

    def __init__(self, name: str, do: Callable[[], object], *, first: float, every: float = 3600.0) -> None:
        super().__init__(name=name, daemon=True)
        self._do = do
        self._first, self._every = first, every
        self._closing = threading.Event()

    def run(self) -> None:
        pause = self._first
        while not self._closing.wait(pause):
            pause = self._every
            try:
                self._do()
            except Exception:
                log.warning("%s failed; it is tried again in %.0f s", self.name, self._every, exc_info=True)

    def close(self) -> None:
        self._closing.set()
