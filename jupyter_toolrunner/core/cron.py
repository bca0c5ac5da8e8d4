"""Cron expressions by the clock of a place, whatever that clock does.

A time that the clock skips is due once, at the first moment behind the gap; one that it shows twice is due once, at the
first of them. Where every hour is named, time goes on as it does: each real hour has its minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from .errors import InvalidRequest

_LONGEST = 200
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_EVERY_HOUR = set(range(24))
#: Words that crontabs know.
_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def checked_cron(expression: str) -> str:
    """The five fields as they are kept. Raises InvalidRequest."""
    fields = _WORDS.get(expression.strip().lower(), expression).upper().split()
    tidy = " ".join(fields)
    try:
        # A sixth field would be seconds: a queue is no place for those.
        if len(fields) != 5 or len(tidy) > _LONGEST:
            raise CronSimError(f"it has {len(fields)} of five fields")
        next(CronSim(tidy, datetime(2000, 1, 1)))  # noqa: DTZ001 - any clock will do
    except (CronSimError, StopIteration, ValueError) as error:
        why = "no day is one of it" if isinstance(error, StopIteration) else str(error) or "it cannot be read"
        raise InvalidRequest(
            f"{expression[:50]!r} is no cron expression: {why[0].lower()}{why[1:]}.",
            field="rule.cron",
            hint="Five fields: minute, hour, day of the month, month, day of the week; such as 0 3 * * 1-5.",
        ) from None
    return tidy


def explained(expression: str) -> str:
    """In English."""
    return CronSim(expression, datetime(2000, 1, 1)).explain()  # noqa: DTZ001


def next_time(expression: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first due moment later than ``after``, in UTC."""
    try:
        if _names_every_hour(expression):
            return _next_that_is_shown(expression, zone, after)
        return next(moment for moment in _by_the_clock(expression, zone, after) if moment > after)
    except (StopIteration, OverflowError):
        return None


@lru_cache(maxsize=256)
def _names_every_hour(expression: str) -> bool:
    return CronSim(expression, datetime(2000, 1, 1)).hours == _EVERY_HOUR  # noqa: DTZ001


def _by_the_clock(expression: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Moments of the times that a clock without gaps would show, never going back."""
    for shown in CronSim(expression, _shown(after, zone)):
        yield moment_of(shown, zone)


def moment_of(shown: datetime, zone: ZoneInfo) -> datetime:
    """When a clock shows this time for the first time; behind a gap, where it never does."""
    moment = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _shown(moment, zone) == shown:
        return moment
    before = shown.replace(tzinfo=zone, fold=1).astimezone(UTC) - _SECOND
    return _change(zone, before, moment) or moment


def _next_that_is_shown(expression: str, zone: ZoneInfo, after: datetime) -> datetime:
    behind, offset = after, _offset(after, zone)
    while True:
        shown = next(CronSim(expression, behind.replace(tzinfo=None) + offset))
        candidate = (shown - offset).replace(tzinfo=UTC)
        change = _first_change(zone, behind, candidate, offset)
        if change is None:
            return candidate
        behind, offset = change - _SECOND, _offset(change, zone)


def _first_change(zone: ZoneInfo, after: datetime, until: datetime, offset: timedelta) -> datetime | None:
    """The first moment in that time at which the offset is another one."""
    known = after
    while known < until:
        following = min(known + _DAY, until)
        if _offset(following, zone) != offset:
            return _change(zone, known, following)
        known = following
    return None


def _change(zone: ZoneInfo, before: datetime, behind: datetime) -> datetime | None:
    """The first second with the offset of ``behind``; the one of ``before`` is another one."""
    low, high = int(before.timestamp()), int(behind.timestamp())
    new = _offset(behind, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == new:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
