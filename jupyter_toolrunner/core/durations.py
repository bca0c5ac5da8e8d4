"""Lengths of time and time zones as people say them."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

from .errors import InvalidRequest

_SIZES = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"\s*(\d{1,9})\s*(s|min|m|h|d|w)?\s*", re.IGNORECASE)


def seconds_of(said: str | float | timedelta) -> int:
    """Whole seconds of a number of them, of ``90 min``, ``1h30m``, ``2 d``. Raises InvalidRequest."""
    if isinstance(said, timedelta):
        return round(said.total_seconds())
    if isinstance(said, int | float):
        return round(said)
    place, seconds = 0, 0
    while place < len(said):
        part = _PART.match(said, place)
        if part is None:
            break
        seconds += int(part[1]) * _SIZES[(part[2] or "s").lower()]
        place = part.end()
    if not said.strip() or place < len(said):
        raise InvalidRequest(
            f"{said[:50]!r} is no length of time.",
            field="rule.every",
            hint="Such as 30 s, 15 min, 1h30m or 2 d.",
        )
    return seconds


def local_zone() -> str:
    """Name of this machine's time zone; UTC where it has none."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and not named.startswith("/"):
        return named
    place = str(Path(named or "/etc/localtime").resolve())
    _, sign, name = place.partition("/zoneinfo/")
    return name if sign else "UTC"
