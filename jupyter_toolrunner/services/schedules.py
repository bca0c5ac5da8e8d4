"""Schedules, as people ask for them: add, look, change, pause, resume, remove."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..core.cron import checked_cron, moment_of
from ..core.errors import Conflict, Forbidden, InvalidParams, InvalidRequest, NotFound, Problem
from ..core.events import Event
from ..core.ids import RunId, new_schedule_id
from ..core.params import plain
from ..core.ports import EventStream, RunStore, ScheduleFilter, ScheduleStore
from ..core.presets import secrets_of
from ..core.runs import Priority, Run
from ..core.schedules import (
    FIRINGS_SHOWN,
    LONGEST,
    SHORTEST,
    CatchUp,
    Firing,
    Rule,
    RunCondition,
    Schedule,
    ScheduleState,
    checked_name,
    checked_zone,
    rule_in_words,
)
from .runs import RunService


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRequest:
    """When, as a person says it: one of the first four."""

    cron: str | None = None
    every: int | None = None
    at: datetime | None = None
    after_run: str | None = None
    start: datetime | None = None
    condition: RunCondition = RunCondition.ENDED
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChange:
    """What is None stays."""

    name: str | None = None
    params: Mapping[str, Any] | None = None
    rule: RuleRequest | None = None
    catch_up: CatchUp | None = None
    priority: Priority | None = None


class ScheduleService:
    """Everything that is asked of schedules, in the name of a user who was already let in."""

    def __init__(
        self,
        *,
        schedules: ScheduleStore,
        runs: RunService,
        run_store: RunStore,
        events: EventStream,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_change``: something may be due earlier than it was."""
        self._schedules = schedules
        self._runs = runs
        self._run_store = run_store
        self._events = events
        self._on_change = on_change

    def page(self, where: ScheduleFilter, *, limit: int, offset: int = 0) -> tuple[Sequence[Schedule], int]:
        return self._schedules.page(where, limit=limit, offset=offset)

    def get(self, schedule: str) -> Schedule:
        """Raises NotFound."""
        return self._schedules.get(schedule)

    def now(self) -> datetime:
        return self._schedules.now()

    def firings(
        self, schedule: str, *, limit: int, before: datetime | None = None
    ) -> Sequence[tuple[Firing, Run | None]]:
        """Raises NotFound."""
        return self._schedules.firings(self.get(schedule).id, limit=limit, before=before)

    def words(self, rule: Rule) -> str:
        """A rule in words; the run that is waited for goes by its number."""
        return rule_in_words(rule, self._number_of(rule.after_run))

    def _number_of(self, run: RunId | None) -> int | None:
        try:
            return None if run is None else self._run_store.get(run).number
        except NotFound:
            return None

    def preview(self, rule: RuleRequest, count: int = FIRINGS_SHOWN) -> tuple[Rule, list[datetime], datetime]:
        """The rule as it is understood, its first due times, and the time of now. Raises InvalidRequest."""
        now = self.now()
        checked = self._checked(rule, now)
        found: list[datetime] = []
        due = checked.next_after(now)
        while due is not None and len(found) < count:
            found.append(due)
            due = checked.next_after(due)
        return checked, found, now

    def add(
        self,
        tool: str,
        params: Mapping[str, Any],
        rule: RuleRequest,
        user: str,
        *,
        name: str = "",
        catch_up: CatchUp = CatchUp.ONE,
        priority: Priority = Priority.DEFAULT,
    ) -> Schedule:
        """Raises NotFound, Ambiguous, ToolUnavailable, InvalidParams, InvalidRequest; nothing is kept then."""
        now = self.now()
        checked = self._checked(rule, now)
        name = checked_name(name)
        found = self._runs.check(tool, params)
        _refuse_secrets(found.params_schema, params)
        made = self._schedules.insert(
            Schedule(
                id=new_schedule_id(),
                name=name,
                tool=found.name,
                params=plain(params),
                rule=checked,
                owner=user,
                catch_up=catch_up,
                priority=priority,
                next_due=checked.next_after(now),
            )
        )
        self._tell(made)
        return made

    def change(self, schedule: str, change: ScheduleChange, user: str) -> Schedule:
        """Raises NotFound, Forbidden, Conflict, and as `add`; nothing is changed then."""
        found = self._own(schedule, user)
        changed = replace(
            found,
            name=found.name if change.name is None else checked_name(change.name),
            catch_up=change.catch_up or found.catch_up,
            priority=change.priority or found.priority,
        )
        if change.params is not None:
            tool = self._runs.check(found.tool, change.params)
            _refuse_secrets(tool.params_schema, change.params)
            changed = replace(changed, params=plain(change.params), problem=None)
        if change.rule is not None:
            now = self.now()
            rule = self._checked(change.rule, now)
            # What ended begins anew; what is paused stays so.
            state = ScheduleState.ACTIVE if found.state is ScheduleState.ENDED else found.state
            due = rule.next_after(now) if state is ScheduleState.ACTIVE else None
            changed = replace(changed, rule=rule, state=state, next_due=due, problem=None)
        return self._changed(changed)

    def pause(self, schedule: str, user: str) -> Schedule:
        """From now on nothing fires; what falls into the pause never does. Raises NotFound, Forbidden, Conflict."""
        found = self._own(schedule, user)
        if found.state is ScheduleState.PAUSED:
            return found
        if found.state is ScheduleState.ENDED:
            raise Conflict("This schedule has ended: nothing of it is due any more.")
        return self._changed(replace(found, state=ScheduleState.PAUSED, next_due=None))

    def resume(self, schedule: str, user: str) -> Schedule:
        """It goes on with what is due from now on. Raises NotFound, Forbidden, Conflict."""
        found = self._own(schedule, user)
        if found.state is ScheduleState.ACTIVE:
            return found
        if found.state is ScheduleState.ENDED:
            raise Conflict("This schedule has ended.", hint="Give it another time to have it go on.")
        due = found.rule.next_after(self.now())
        if due is None and (found.rule.kind != "after_run" or self._has_ended(found.rule)):
            raise Conflict(
                "What it waited for fell into the pause.", hint="Give it another time, or remove it."
            )
        return self._changed(replace(found, state=ScheduleState.ACTIVE, next_due=due))

    def remove(self, schedule: str, user: str) -> None:
        """Its runs stay. Raises NotFound, Forbidden."""
        found = self._own(schedule, user)
        self._schedules.delete(found.id)
        self._tell(found)

    def _changed(self, schedule: Schedule) -> Schedule:
        changed = self._schedules.change(schedule)
        self._tell(changed)
        return changed

    def _own(self, schedule: str, user: str) -> Schedule:
        found = self.get(schedule)
        if found.owner != user:
            raise Forbidden(
                f"This schedule is {found.owner}'s.", hint="Nothing was changed. Make one of your own."
            )
        return found

    def _has_ended(self, rule: Rule) -> bool:
        return (
            rule.after_run is not None
            and self._run_store.get(rule.after_run).status in rule.condition.statuses
        )

    def _tell(self, schedule: Schedule) -> None:
        announce_schedule(self._events, schedule)
        self._on_change()

    def _checked(self, asked: RuleRequest, now: datetime) -> Rule:
        """Raises InvalidRequest."""
        given = [asked.cron, asked.every, asked.at, asked.after_run]
        if sum(each is not None for each in given) != 1:
            raise InvalidRequest(
                "A rule has exactly one of cron, every, at and after_run.",
                field="rule",
                hint="Nothing was kept.",
            )
        zone = checked_zone(asked.zone)
        if asked.cron is not None:
            return Rule(cron=checked_cron(asked.cron), zone=asked.zone)
        if asked.every is not None:
            if not SHORTEST <= asked.every <= LONGEST:
                raise InvalidRequest(
                    f"An interval has {SHORTEST} to {LONGEST:,} seconds.", field="rule.every"
                )
            start = now + timedelta(seconds=asked.every) if asked.start is None else asked.start
            return Rule(every=asked.every, start=_moment(start, asked), zone=asked.zone)
        if asked.at is not None:
            at = moment_of(asked.at.replace(microsecond=0), zone) if asked.at.tzinfo is None else asked.at
            if at <= now:
                raise InvalidRequest(f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z} is past.", field="rule.at")
            return Rule(at=_moment(at, asked), zone=asked.zone)
        try:
            run = self._run_store.get(asked.after_run or "")
        except NotFound as error:
            raise InvalidRequest(error.message, field="rule.after_run", hint=error.hint) from None
        return Rule(after_run=run.id, condition=asked.condition, zone=asked.zone)


def announce_schedule(events: EventStream, schedule: Schedule) -> None:
    """Never raises."""
    events.publish(Event(type="schedule", owner=None, data={"schedule": schedule.id}))


def _moment(time: datetime, asked: RuleRequest) -> datetime:
    """In UTC, in whole seconds; what has no zone is meant in that of the rule."""
    whole = time.replace(microsecond=0)
    return moment_of(whole, checked_zone(asked.zone)) if whole.tzinfo is None else whole.astimezone(UTC)


def _refuse_secrets(schema: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Raises InvalidParams."""
    if found := [name for name in secrets_of(schema) if params.get(name) not in (None, "")]:
        raise InvalidParams(
            [
                Problem(name, "Is a secret, and a schedule would keep it; have the tool read it")
                for name in found
            ]
        )
