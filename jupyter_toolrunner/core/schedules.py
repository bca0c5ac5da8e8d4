"""Schedules: when a tool is run by itself. Values and rules; whoever asks brings the time along."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

from .cron import explained, next_time
from .errors import InvalidRequest
from .ids import RunId, ScheduleId, ToolName
from .runs import Params, Priority, Run, RunStatus

#: Characters of a schedule's name.
LONGEST_NAME = 100
#: Due times that ``all`` makes up for after a pause of the servers, the newest of them.
MOST_CAUGHT_UP = 1_000
#: Until then what is due counts as on time.
ON_TIME = timedelta(seconds=60)
#: Seconds between two firings at least.
SHORTEST = 1
LONGEST = 10 * 366 * 86_400
FIRINGS_SHOWN = 10

RuleKind = Literal["cron", "interval", "once", "after_run"]


class CatchUp(StrEnum):
    """What becomes of due times that passed while no server ran."""

    SKIP = "skip"
    ONE = "one"
    ALL = "all"


class ScheduleState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class RunCondition(StrEnum):
    """How a run must have ended."""

    ENDED = "ended"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def statuses(self) -> frozenset[RunStatus]:
        if self is RunCondition.ENDED:
            return frozenset(status for status in RunStatus if status.is_final)
        return frozenset({RunStatus(self.value)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When: exactly one of ``cron``, ``every``, ``at`` and ``after_run`` is given; `checked_rule` makes one."""

    #: Five fields, as the clock of the zone shows them.
    cron: str | None = None
    #: Seconds.
    every: int | None = None
    #: Of an interval: its first due time; the others count from it.
    start: datetime | None = None
    at: datetime | None = None
    after_run: RunId | None = None
    condition: RunCondition = RunCondition.ENDED
    #: Of the tz database; also for what is shown.
    zone: str = "UTC"

    @property
    def kind(self) -> RuleKind:
        if self.cron is not None:
            return "cron"
        if self.every is not None:
            return "interval"
        return "once" if self.at is not None else "after_run"

    def next_after(self, moment: datetime) -> datetime | None:
        """The first due time later than that; None where there is none, or nobody knows."""
        if self.cron is not None:
            return next_time(self.cron, ZoneInfo(self.zone), moment)
        if self.every is not None:
            return self._next_of_interval(moment)
        return self.at if self.at is not None and self.at > moment else None

    def _next_of_interval(self, moment: datetime) -> datetime | None:
        start, every = self.start, self.every
        if start is None or every is None:
            return None
        passed = math.floor((moment - start).total_seconds() / every) + 1
        return start + timedelta(seconds=every * max(0, passed))

    def due_times(self, first: datetime, until: datetime) -> Iterator[datetime]:
        """From a due time on; both ends belong to it."""
        due: datetime | None = first
        while due is not None and due <= until:
            yield due
            due = self.next_after(due)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "cron": self.cron,
            "every": self.every,
            "start": _iso(self.start),
            "at": _iso(self.at),
            "after_run": self.after_run,
            "condition": self.condition.value,
            "zone": self.zone,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        return cls(
            cron=data["cron"],
            every=data["every"],
            start=_time(data["start"]),
            at=_time(data["at"]),
            after_run=data["after_run"] and RunId(data["after_run"]),
            condition=RunCondition(data["condition"]),
            zone=data["zone"],
        )


class Outcome(StrEnum):
    """What became of a due time."""

    FIRED = "fired"
    #: Too late for a schedule that skips what was missed.
    SKIPPED = "skipped"
    #: No run could be made of it.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One due time of one schedule: there is never a second."""

    schedule: ScheduleId
    due: datetime
    outcome: Outcome
    #: When it was handled, by the database's clock.
    fired_at: datetime
    run: RunId | None = None
    #: Why there is no run.
    problem: str | None = None
    #: Due times right before this one that passed without a run.
    missed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    id: ScheduleId
    name: str
    tool: ToolName
    params: Params
    rule: Rule
    owner: str
    catch_up: CatchUp = CatchUp.ONE
    priority: Priority = Priority.DEFAULT
    state: ScheduleState = ScheduleState.ACTIVE
    #: The first due time that was not handled; None while paused, when ended, and where a run is waited for.
    next_due: datetime | None = None
    #: Of what was refused last; None once it fired again.
    problem: str | None = None
    #: Counts what people changed: who decided by an older state of it does nothing.
    edits: int = 0
    #: The last due time that was handled, and its run without attempts and artifacts.
    last: Firing | None = None
    last_run: Run | None = field(default=None, compare=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def coming(self, count: int = FIRINGS_SHOWN) -> list[datetime]:
        if self.state is not ScheduleState.ACTIVE or self.next_due is None:
            return []
        far = datetime.max.replace(tzinfo=UTC)
        return list(islice(self.rule.due_times(self.next_due, far), count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done of one due time."""

    due: datetime
    fires: bool
    missed: int
    #: The due time that comes next.
    following: datetime | None


def steps(schedule: Schedule, now: datetime) -> list[Step]:
    """What is to be done of all that is due by now, the oldest first."""
    first = schedule.next_due
    if schedule.state is not ScheduleState.ACTIVE or first is None or first > now:
        return []
    count, newest = _due(schedule, first, now)
    if schedule.catch_up is not CatchUp.ALL:
        newest = newest[-1:]
    fires = schedule.catch_up is not CatchUp.SKIP or now - newest[-1] <= ON_TIME
    followings = [*newest[1:], schedule.rule.next_after(newest[-1])]
    return [
        Step(due=due, fires=fires, missed=count - len(newest) if n == 0 else 0, following=following)
        for n, (due, following) in enumerate(zip(newest, followings, strict=True))
    ]


def _due(schedule: Schedule, first: datetime, now: datetime) -> tuple[int, list[datetime]]:
    """How many times are due, and the newest of them."""
    rule = schedule.rule
    if rule.every is not None:
        # Of seconds over years nobody counts each.
        count = math.floor((now - first).total_seconds() / rule.every) + 1
        kept = min(count, MOST_CAUGHT_UP)
        return count, [first + timedelta(seconds=rule.every * n) for n in range(count - kept, count)]
    newest: list[datetime] = []
    count = 0
    for due in rule.due_times(first, now):
        count += 1
        newest.append(due)
        if len(newest) > 2 * MOST_CAUGHT_UP:
            del newest[:MOST_CAUGHT_UP]
    return count, newest[-MOST_CAUGHT_UP:]


# -- in words ---------------------------------------------------------------------------------------------------------


def rule_in_words(rule: Rule, run_number: int | None = None) -> str:
    zone = "" if rule.zone == "UTC" else f" ({rule.zone})"
    match rule.kind:
        case "cron":
            return f"{explained(rule.cron or '')}{zone or ' (UTC)'}"
        case "interval":
            return f"Every {seconds_in_words(rule.every or 0)}"
        case "once":
            assert rule.at is not None
            return f"Once, {moment_in_words(rule.at, rule.zone)}{zone}"
    ended = {"ended": "has ended", "succeeded": "has succeeded", "failed": "has failed"}[rule.condition]
    return f"When run {rule.after_run if run_number is None else f'#{run_number}'} {ended}"


def moment_in_words(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %-d %b %Y, %H:%M:%S %Z").replace(":00 ", " ", 1)


def firing_in_words(moment: datetime, zone: str, now: datetime) -> str:
    left = max(0, round((moment - now).total_seconds()))
    return f"{moment_in_words(moment, zone)}, in {seconds_in_words(left, parts=2)}"


def seconds_in_words(seconds: int, parts: int = 4) -> str:
    """``1 h 30 min``."""
    found = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        amount, seconds = divmod(seconds, size)
        if amount:
            found.append(f"{amount} {unit}")
    return " ".join(found[:parts]) or "0 s"


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def checked_name(name: str) -> str:
    """Raises InvalidRequest."""
    tidy = " ".join(name.split())
    if len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise InvalidRequest(
            f"A schedule's name has {LONGEST_NAME} characters at most, all of them visible.", field="name"
        )
    return tidy


def checked_zone(name: str) -> ZoneInfo:
    """Raises InvalidRequest."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise InvalidRequest(
            f"There is no time zone {name[:60]!r}.",
            field="rule.zone",
            hint="Such as Europe/Berlin, America/New_York, Asia/Kolkata or UTC.",
        ) from None
