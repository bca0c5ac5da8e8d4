"""How much of what, and in which order: the same seed asks for the same kills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Tools of the toolbox, each with how often it is asked for.
TOOLS: Mapping[str, int] = {
    "once": 2,
    "again": 3,
    "warm": 2,
    "publish": 4,
    "script_once": 1,
    "script_again": 2,
}
ONCE = frozenset({"once", "script_once"})
PUBLISHED = frozenset({"publish"})


@dataclass(frozen=True, kw_only=True)
class Scenario:
    folder: Path
    seed: int = 1
    #: At least; what comes later ends it.
    kills: int = 40
    runs: int = 120
    database: str = "sqlite"
    workers: int = 2
    lease_seconds: float = 3.0
    #: Seconds between two kills, on average.
    pause: float = 0.7
    #: Seconds of work of one attempt at most.
    longest: float = 0.4
    #: Runs that are accepted and have not ended, at most; 0 for any number.
    waiting: int = 15
    #: Seconds after which it is no longer waited for those that are stuck.
    patience: float = 60.0

    @property
    def allowed(self) -> float:
        """Seconds from the last kill until every run has ended."""
        return 10.0 + self.lease_seconds
