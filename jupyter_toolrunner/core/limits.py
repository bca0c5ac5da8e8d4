"""What one run may take, and how sizes are said.

A tool's own process imports this too: the standard library alone, and what Python 3.9 knows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

#: A run that prints so many times what is kept of its log, or has so many times the files that are kept, is ended.
EXCESS = 10
#: A process needs some files for itself before it comes to its tool.
FEWEST_OPEN_FILES = 256
#: Every limit that a tool may name, with what it is for.
KEYS = {
    "time_limit": "Seconds that a run may take.",
    "memory_limit": "Memory of a run with all of its processes, such as `2 GB`.",
    "output_limit": "Size of all files that a run writes into its folder, and of each one anywhere, such as `500 MB`.",
    "process_limit": "Processes of a run at a time.",
    "open_files_limit": f"Files that each process of a run may have open; {FEWEST_OPEN_FILES} at least.",
}
#: Those beside the time.
SPACE = tuple(key for key in KEYS if key != "time_limit")
_UNITS = "kmgt"
_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?)\s*(?:([kmgt])(i?)b?|b|bytes)?\s*", re.IGNORECASE)


def bytes_of(said: Any) -> int:
    """Bytes of a number of them, of ``2 GB``, ``500M``, ``1 GiB``. Raises ValueError with a sentence."""
    if isinstance(said, (int, float)) and not isinstance(said, bool) and math.isfinite(said) and said >= 1:
        return int(said)
    found = _SIZE.fullmatch(said) if isinstance(said, str) else None
    power = _UNITS.index(found[2].lower()) + 1 if found and found[2] else 0
    size = float(found[1]) * (1024 if found[3] else 1000) ** power if found else 0.0
    if not 1 <= size < math.inf:
        raise ValueError(f"{said!r} is no size; such as 500 MB or 2 GB")
    return int(size)


def size_text(count: float) -> str:
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"


def seconds_text(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds < 1000 else f"{seconds:.0f} s"


def limit_of(key: str, said: Any) -> Any:
    """The value of a limit as it is said in a file or a setting. Raises ValueError with a sentence."""
    if key in ("memory_limit", "output_limit"):
        return bytes_of(said)
    number = _number(said)
    if key == "time_limit":
        if number is None or not number > 0:
            raise ValueError(f"{said!r} must be a number of seconds above 0")
        return number
    fewest = FEWEST_OPEN_FILES if key == "open_files_limit" else 1
    if number is None or number != int(number) or number < fewest:
        raise ValueError(f"{said!r} must be a whole number of at least {fewest}")
    return int(number)


def _number(said: Any) -> float | None:
    if isinstance(said, bool) or not isinstance(said, (int, float, str)):
        return None
    try:
        number = float(said)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class RunLimits:
    """None for no limit. Seconds, bytes, and numbers of processes and files."""

    time_limit: float | None = None
    memory_limit: int | None = None
    output_limit: int | None = None
    process_limit: int | None = None
    open_files_limit: int | None = None
    #: Bytes of log that are kept.
    log_limit: int | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> RunLimits:
        """From a mapping of `KEYS`. Raises ValueError with a sentence."""
        if unknown := [key for key in said if key not in KEYS]:
            raise ValueError(f"{unknown[0]!r} is no limit; there are {', '.join(KEYS)}")
        found = {}
        for key, value in said.items():
            try:
                found[key] = limit_of(key, value)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        return cls(**found)

    @classmethod
    def of_text(cls, said: str) -> RunLimits:
        """From ``memory_limit=8 GB, time_limit=3600``. Raises ValueError with a sentence."""
        pairs = [each.partition("=") for each in said.split(",") if each.strip()]
        return cls.of({key.strip(): value.strip() for key, _, value in pairs})

    def to_text(self) -> str:
        named = [(key, getattr(self, key)) for key in KEYS]
        return ",".join(f"{key}={value}" for key, value in named if value is not None)


NO_LIMITS = RunLimits()


@dataclass(frozen=True)
class LimitRules:
    """What holds where a tool names no limit, and what no tool can exceed."""

    defaults: RunLimits = NO_LIMITS
    largest: RunLimits = NO_LIMITS

    def of(self, policy: Any) -> RunLimits:
        """Of the runs of a tool with this `core.tools.Policy`."""
        found = {}
        for each in fields(RunLimits):
            wanted = getattr(policy, each.name, None) or getattr(self.defaults, each.name)
            most = getattr(self.largest, each.name)
            found[each.name] = most if wanted is None else wanted if most is None else min(wanted, most)
        return replace(self.defaults, **found)


NO_RULES = LimitRules()
