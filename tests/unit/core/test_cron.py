"""Cron by the clock of a place: each due time once, through gaps and times that are shown twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_toolrunner.core.cron import checked_cron, moment_of, next_time
from jupyter_toolrunner.core.errors import InvalidRequest

BERLIN = "Europe/Berlin"
#: With changes of an hour, of half an hour, at midnight, of a whole day, of twenty minutes, and none.
ZONES = [
    BERLIN,
    "America/New_York",
    "America/Havana",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "America/Santiago",
    "Antarctica/Troll",
    "UTC",
]
_MINUTE = timedelta(minutes=1)


def shown(expression: str, zone: str, after: str, count: int) -> list[str]:
    """The next due times by the clock of the zone, with its offset."""
    clock = ZoneInfo(zone)
    moment: datetime | None = datetime.fromisoformat(after).replace(tzinfo=clock).astimezone(UTC)
    found = []
    for _ in range(count):
        assert moment is not None
        moment = next_time(expression, clock, moment)
        assert moment is not None
        found.append(moment.astimezone(clock).strftime("%d %H:%M %z"))
    return found


def test_a_time_in_the_gap_fires_once_at_the_first_moment_behind_it() -> None:
    assert shown("30 2 * * *", BERLIN, "2026-03-28T00:00", 3) == [
        "28 02:30 +0100",
        "29 03:00 +0200",
        "30 02:30 +0200",
    ]
    # All four of the hour that is skipped are one, with the one that is there anyway.
    assert shown("*/15 2-3 * * *", BERLIN, "2026-03-28T12:00", 5) == [
        "29 03:00 +0200",
        "29 03:15 +0200",
        "29 03:30 +0200",
        "29 03:45 +0200",
        "30 02:00 +0200",
    ]


def test_a_time_that_is_shown_twice_fires_once() -> None:
    assert shown("30 2 * * *", BERLIN, "2026-10-24T12:00", 2) == ["25 02:30 +0200", "26 02:30 +0100"]


def test_every_hour_is_every_real_hour() -> None:
    assert shown("0 * * * *", BERLIN, "2026-10-25T00:30", 4) == [
        "25 01:00 +0200",
        "25 02:00 +0200",
        "25 02:00 +0100",
        "25 03:00 +0100",
    ]
    assert shown("0 * * * *", BERLIN, "2026-03-29T00:30", 3) == [
        "29 01:00 +0100",
        "29 03:00 +0200",
        "29 04:00 +0200",
    ]


def test_midnight_may_be_skipped_and_a_whole_day_too() -> None:
    assert shown("0 0 * * *", "America/Havana", "2026-03-07T12:00", 2) == ["08 01:00 -0400", "09 00:00 -0400"]
    assert shown("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00", 3) == [
        "29 12:00 -1000",
        "31 00:00 +1400",
        "31 12:00 +1400",
    ]


def test_a_leap_day_is_waited_for() -> None:
    assert next_time("0 6 29 2 *", ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC)) == datetime(
        2028, 2, 29, 6, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "60 * * * *", "0 0 31 2 *", "* * * * * *", "@reboot", "0 0 * * 8", "é * * * *"],
)
def test_what_is_no_cron_expression_is_refused_with_an_example(expression: str) -> None:
    with pytest.raises(InvalidRequest, match="no cron expression") as caught:
        checked_cron(expression)
    assert "0 3 * * 1-5" in (caught.value.hint or "")


def test_words_of_crontabs_are_known() -> None:
    assert checked_cron("@Daily") == "0 0 * * *"
    assert checked_cron(" 0  9 * *  mon-fri ") == "0 9 * * MON-FRI"


# -- against an oracle ------------------------------------------------------------------------------------------------

_MINUTES = st.sampled_from(["0", "30", "*/20", "5,45", "*", "59"])
_HOURS = st.sampled_from(["*", "2", "0", "1-3", "*/2", "23,0,1"])
_DAYS = st.sampled_from(["* * *", "* * SUN", "29 2 *", "*/2 * *", "1,15 * *"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, ZoneInfo, datetime]:
    expression = f"{draw(_MINUTES)} {draw(_HOURS)} {draw(_DAYS)}"
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    hours = st.integers(0, 24 * 365 * 17).map(lambda n: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(hours=n))
    return (
        expression,
        zone,
        draw(st.one_of(st.sampled_from(_changes(zone)), hours)) if _changes(zone) else draw(hours),
    )


@cache
def _changes(zone: ZoneInfo) -> list[datetime]:
    """A day before each change of the offset."""
    day, found = datetime(2010, 1, 1, tzinfo=UTC), []
    while day.year < 2028:
        after = day + timedelta(days=1)
        if day.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            found.append(day - timedelta(hours=12))
        day = after
    return found


def by_minutes(expression: str, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """Every due time between: looked for minute by minute, with nothing but the definition."""
    job = CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC))

    def fits(clock: datetime) -> bool:
        return (
            clock.minute in job.minutes
            and clock.hour in job.hours
            and clock.month in job.months
            and job.match_day(clock.date())
        )

    if job.hours == set(range(24)):
        return [each for each in _minutes(start, end) if fits(each.astimezone(zone).replace(tzinfo=None))]
    # The first moment at which each time is shown, or had been passed.
    found, seen = [], (start - timedelta(days=2)).astimezone(zone).replace(tzinfo=None)
    for moment in _minutes(start - timedelta(days=2), end):
        clock = moment.astimezone(zone).replace(tzinfo=None)
        passed = list(_naive(seen + _MINUTE, clock))
        if any(map(fits, passed)) and moment > start:
            found.append(moment)
        seen = max(seen, clock)
    return found


def _minutes(after: datetime, end: datetime) -> Iterator[datetime]:
    moment = after.replace(second=0, microsecond=0) + _MINUTE
    while moment <= end:
        yield moment
        moment += _MINUTE


def _naive(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += _MINUTE


@settings(max_examples=60, deadline=None)
@given(cases())
def test_due_times_are_those_of_the_definition(case: tuple[str, ZoneInfo, datetime]) -> None:
    expression, zone, start = case
    end = start + timedelta(days=2)
    found, due = [], next_time(expression, zone, start)
    while due is not None and due <= end:
        found.append(due)
        due = next_time(expression, zone, due)
    assert found == by_minutes(expression, zone, start, end)


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 5_000))
def test_the_moment_of_a_clock_never_goes_back(case: tuple[str, ZoneInfo, datetime], minutes: int) -> None:
    _, zone, start = case
    clock = start.replace(tzinfo=None) + timedelta(minutes=minutes)
    assert moment_of(clock, zone) <= moment_of(clock + _MINUTE, zone)
