"""Which failures of a tool are tried again by themselves, and after which pause.

A tool's own process imports this too: the standard library alone, and what Python 3.9 knows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Reasons of a failure that may be tried again; of a lost worker the delivery class decides.
REASONS = ("error", "timeout", "memory", "output_limit", "processes", "open_files")
#: Every key of a mapping, with what it is for.
KEYS = {
    "reasons": "Failures that are tried again: `error`, `timeout`, `memory`, `output_limit`, `processes`, `open_files`.",
    "backoff": "Seconds before the second attempt; 10.",
    "factor": "How many times as long each further pause is; 2.",
    "max_backoff": "Seconds of a pause at most; 600, or `backoff` where that is longer.",
    "jitter": "Share of the pause by which it is longer or shorter by chance, so that not all come back at once; 0.1.",
}
_LONGEST = 30 * 86400.0


@dataclass(frozen=True)
class Retry:
    """Attempts in all are the policy's ``max_attempts``."""

    reasons: tuple[str, ...] = ()
    backoff: float = 10.0
    factor: float = 2.0
    max_backoff: float = 600.0
    jitter: float = 0.1

    @classmethod
    def of(cls, given: Any) -> Retry:
        """From what people write: a list of reasons, or a mapping of `KEYS`. Raises ValueError with a sentence."""
        if isinstance(given, str) or given is True:
            given = [given] if isinstance(given, str) else ["error"]
        if isinstance(given, (list, tuple)):
            given = {"reasons": given}
        if not isinstance(given, Mapping):
            raise ValueError(f"retry {given!r} must be a list of reasons: {', '.join(REASONS)}")
        if unknown := [key for key in given if key not in KEYS]:
            raise ValueError(f"retry: {unknown[0]!r} is not known; known are {', '.join(KEYS)}")
        numbers = {key: _number(key, given[key]) for key in given if key != "reasons"}
        return cls(reasons=_reasons(given.get("reasons", ["error"])), **numbers)

    def takes(self, reason: str | None) -> bool:
        """Whether a failure for this reason is tried again."""
        return reason in self.reasons

    def pause(self, failures: int, chance: float | None = None) -> float:
        """Seconds to wait after so many failures in a row; ``chance`` from -1 to 1 stands for the dice."""
        # Not for tools, which import this too and start at once.
        import random

        # Exponents that no number can hold are as good as the longest pause.
        grown = min(math.log(self.factor) * max(0, failures - 1), 50.0)
        pause = min(self.backoff * math.exp(grown), max(self.max_backoff, self.backoff))
        thrown = random.uniform(-1, 1) if chance is None else chance  # noqa: S311 - spreads load, guards nothing
        return pause * (1 + self.jitter * thrown)


def _reasons(given: Any) -> tuple[str, ...]:
    reasons = [given] if isinstance(given, str) else given
    if not isinstance(reasons, (list, tuple)) or not reasons:
        raise ValueError(f"retry: reasons must be a list of some of {', '.join(REASONS)}")
    for each in reasons:
        if each == "lost_worker":
            raise ValueError(
                "retry: a lost worker is tried again where delivery is idempotent or transactional; say that"
            )
        if each not in REASONS:
            raise ValueError(f"retry: {each!r} is no reason to try again; there are {', '.join(REASONS)}")
    return tuple(dict.fromkeys(reasons))


def _number(key: str, given: Any) -> float:
    least, most = {"factor": (1.0, 100.0), "jitter": (0.0, 1.0)}.get(key, (0.0, _LONGEST))
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not least <= given <= most:
        raise ValueError(f"retry: {key} {given!r} must be a number from {least:g} to {most:g}")
    return float(given)
