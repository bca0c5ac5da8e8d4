"""What is due, what of it is made up for, and how it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from factories import a_schedule

from jupyter_toolrunner.core.durations import local_zone, seconds_of
from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.schedules import (
    MOST_CAUGHT_UP,
    CatchUp,
    Rule,
    Schedule,
    ScheduleState,
    firing_in_words,
    rule_in_words,
    steps,
)

START = datetime(2026, 3, 28, 12, tzinfo=UTC)
HOURLY = Rule(cron="0 * * * *")


def a_nightly(catch_up: CatchUp, first: datetime = START, rule: Rule = HOURLY) -> Schedule:
    return a_schedule(rule=rule, catch_up=catch_up, next_due=first)


def told(schedule: Schedule, now: datetime) -> list[tuple[str, bool, int]]:
    return [(f"{step.due:%d %H:%M}", step.fires, step.missed) for step in steps(schedule, now)]


class TestCatchingUp:
    """The servers were off for three hours: 12:00, 13:00 and 14:00 passed, and it is 15:00:20."""

    NOW = START + timedelta(hours=3, seconds=20)
    LATER = START + timedelta(hours=3, minutes=20)

    def test_skip_fires_what_is_due_now_alone(self) -> None:
        assert told(a_nightly(CatchUp.SKIP), self.NOW) == [("28 15:00", True, 3)]
        assert told(a_nightly(CatchUp.SKIP), self.LATER) == [("28 15:00", False, 3)]

    def test_one_fires_once_for_all(self) -> None:
        assert told(a_nightly(CatchUp.ONE), self.NOW) == [("28 15:00", True, 3)]
        assert told(a_nightly(CatchUp.ONE), self.LATER) == [("28 15:00", True, 3)]

    def test_all_fires_each(self) -> None:
        expected = [(f"28 {hour}:00", True, 0) for hour in (12, 13, 14, 15)]
        assert told(a_nightly(CatchUp.ALL), self.LATER) == expected

    @pytest.mark.parametrize("catch_up", list(CatchUp))
    def test_each_step_leads_to_the_next(self, catch_up: CatchUp) -> None:
        found = steps(a_nightly(catch_up), self.LATER)
        assert [step.following for step in found[:-1]] == [step.due for step in found[1:]]
        assert found[-1].following == START + timedelta(hours=4)

    @pytest.mark.parametrize("catch_up", list(CatchUp))
    def test_on_time_nothing_is_missed(self, catch_up: CatchUp) -> None:
        assert told(a_nightly(catch_up), START + timedelta(seconds=1)) == [("28 12:00", True, 0)]
        assert told(a_nightly(catch_up), START - timedelta(seconds=1)) == []

    @pytest.mark.parametrize("rule", [Rule(every=60, start=START), Rule(cron="* * * * *")])
    def test_of_very_many_the_newest_are_made_up_for_and_the_rest_is_counted(self, rule: Rule) -> None:
        found = steps(a_nightly(CatchUp.ALL, rule=rule), START + timedelta(minutes=5_000))
        assert len(found) == MOST_CAUGHT_UP
        assert found[0].missed == 5_001 - MOST_CAUGHT_UP
        assert found[-1].due == START + timedelta(minutes=5_000)
        assert sum(step.missed for step in found[1:]) == 0

    @pytest.mark.parametrize("state", [ScheduleState.PAUSED, ScheduleState.ENDED])
    def test_what_is_paused_or_ended_fires_nothing(self, state: ScheduleState) -> None:
        assert steps(a_schedule(state=state, next_due=START), START + timedelta(days=9)) == []

    def test_once_is_the_end(self) -> None:
        (step,) = steps(a_nightly(CatchUp.ONE, rule=Rule(at=START)), START + timedelta(days=3))
        assert (step.due, step.fires, step.following) == (START, True, None)


def test_an_interval_counts_real_time_from_its_start() -> None:
    rule = Rule(every=5_400, start=START, zone="Europe/Berlin")
    assert rule.next_after(START - timedelta(days=1)) == START
    assert rule.next_after(START) == START + timedelta(minutes=90)
    # Over the change of clocks too.
    assert rule.next_after(START + timedelta(hours=21)) == START + timedelta(minutes=90 * 15)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(cron="0 3 * * 1-5", zone="Europe/Berlin"),
        Rule(every=90, start=START),
        Rule(at=START, zone="Asia/Tokyo"),
        Rule(after_run=None),
    ],
)
def test_a_rule_comes_back_as_it_was_kept(rule: Rule) -> None:
    assert Rule.from_json(rule.to_json()) == rule


def test_it_is_said_in_words() -> None:
    berlin = "Europe/Berlin"
    assert rule_in_words(Rule(cron="30 2 * * 1-5", zone=berlin)) == (
        "At 02:30 on Monday through Friday (Europe/Berlin)"
    )
    assert rule_in_words(Rule(every=5_400)) == "Every 1 h 30 min"
    assert rule_in_words(Rule(at=START, zone=berlin)) == "Once, Sat 28 Mar 2026, 13:00 CET (Europe/Berlin)"
    soon = START + timedelta(hours=14, minutes=20)
    assert firing_in_words(soon, berlin, START) == "Sun 29 Mar 2026, 04:20 CEST, in 14 h 20 min"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("90", 90), ("90 s", 90), ("15 min", 900), ("1h30m", 5400), ("2 d", 172_800), (60, 60)],
)
def test_lengths_of_time_are_read_as_people_write_them(said: str | float, seconds: int) -> None:
    assert seconds_of(said) == seconds


@pytest.mark.parametrize("said", ["", "soon", "1 fortnight", "-5 min", "1.5h"])
def test_what_is_no_length_of_time_is_refused(said: str) -> None:
    with pytest.raises(InvalidRequest, match="no length of time"):
        seconds_of(said)


def test_the_zone_of_this_machine_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    assert local_zone() == "Asia/Kolkata"
    monkeypatch.setenv("TZ", ":/usr/share/zoneinfo/Europe/Paris")
    assert local_zone() == "Europe/Paris"
