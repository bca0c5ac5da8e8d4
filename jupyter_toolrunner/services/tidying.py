"""What killed processes left behind is removed."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

#: Seconds between two looks: those who just died may not be known to be dead at the first.
_PAUSES = (1.0, 10.0)
_EVERY = 600.0


class Tidier(threading.Thread):
    """Calls ``tidy`` at once, then now and then, and a last time when it is closed."""

    def __init__(self, tidy: Callable[[], None]) -> None:
        super().__init__(name="tidier", daemon=True)
        self._tidy = tidy
        self._closing = threading.Event()

    def run(self) -> None:
        for pause in itertools.chain(_PAUSES, itertools.repeat(_EVERY)):
            self._look()
            if self._closing.wait(pause):
                self._look()
                return

    def close(self) -> None:
        self._closing.set()
        self.join(timeout=5)

    def _look(self) -> None:
        try:
            self._tidy()
        except Exception:
            log.warning("what others left could not be removed; it is tried again", exc_info=True)
