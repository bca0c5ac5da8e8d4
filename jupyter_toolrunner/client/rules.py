"""When, as people say it in Python or in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..core.durations import local_zone, seconds_of
from ..core.schedules import RunCondition


def rule_json(
    *,
    cron: str | None = None,
    every: str | float | timedelta | None = None,
    at: datetime | str | None = None,
    after_run: str | int | None = None,
    condition: RunCondition | str = RunCondition.ENDED,
    start: datetime | str | None = None,
    zone: str | None = None,
) -> Mapping[str, Any]:
    """`api.schemas.RuleRequestShape`; the zone is that of this machine where none is given."""
    given = {
        "cron": cron,
        "every": None if every is None else seconds_of(every),
        "at": _time(at),
        "after_run": None if after_run is None else str(after_run).strip().removeprefix("#"),
        "start": _time(start),
        "condition": RunCondition(condition).value,
        "zone": zone or local_zone(),
    }
    return {name: value for name, value in given.items() if value is not None}


def _time(time: datetime | str | None) -> str | None:
    return time.isoformat() if isinstance(time, datetime) else time
