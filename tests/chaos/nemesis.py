"""Kills: what, when, and by which seed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter

from .fleet import Fleet
from .history import History

#: Seconds without any progress after which it strikes all the same.
_PATIENCE = 5.0


class Nemesis:
    def __init__(self, fleet: Fleet, history: History, seed: int, pause: float) -> None:
        self._fleet = fleet
        self._history = history
        self._seen = 0
        self._random = random.Random(seed)
        self._pause = pause
        #: Processes killed, by kind.
        self.kills: Counter[str] = Counter()
        self.last = time.monotonic()

    @property
    def count(self) -> int:
        return self.kills.total()

    def strike(self) -> None:
        """Wait, then kill one process of a kind (or a group of them) as a power cut would."""
        time.sleep(self._random.expovariate(1 / self._pause))
        self._wait_for_progress()
        kinds = list(self._fleet.weights)
        kind = self._random.choices(kinds, list(self._fleet.weights.values()))[0]
        chance = self._random.random()
        found = self._fleet.targets[kind]()
        if not found:
            return
        group = " and " in kind or kind == "everything"
        for pid in found if group else [found[int(chance * len(found))]]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills[kind] += 1
        self.last = time.monotonic()

    def _wait_for_progress(self) -> None:
        """On a slow machine as on a fast one, work is done between two kills."""
        deadline = time.monotonic() + _PATIENCE
        while len(self._history.marks()) == self._seen and time.monotonic() < deadline:
            time.sleep(0.02)
        self._seen = len(self._history.marks())
