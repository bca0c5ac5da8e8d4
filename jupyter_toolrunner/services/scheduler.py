"""The scheduler: makes runs of what is due."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core.errors import NotAvailable, NotFound, ToolrunnerError, ToolUnavailable
from ..core.ports import EventStream, ScheduleStore
from ..core.runs import Run
from ..core.schedules import Firing, Outcome, Schedule, Step, steps
from .runs import RunService
from .schedules import announce_schedule

log = logging.getLogger(__name__)

#: Schedules that are read at once.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class _Made:
    """A run to be, or why there is none."""

    run: Run | None = None
    attempts: int = 1
    problem: str | None = None


class Scheduler(threading.Thread):
    """Any number may work on one database: whoever moves a schedule on makes its run, in the same transaction.

    All go by the database's clock. A clock that is put forward brings due times that were missed, one that is put back none
    that were handled.
    """

    def __init__(
        self,
        *,
        schedules: ScheduleStore,
        runs: RunService,
        events: EventStream,
        now: Callable[[], datetime] | None = None,
        every: float = 1.0,
        patience: float = 0.0,
    ) -> None:
        """``patience``: seconds for which a tool that is not here is left to the servers that may have it."""
        super().__init__(name="scheduler", daemon=True)
        self._schedules = schedules
        self._runs = runs
        self._events = events
        self._now = now or schedules.now
        self._every = every
        self._patience = timedelta(seconds=patience)
        self._changed = threading.Event()
        self._closing = False
        # Two that start at the same schedule all the time would wait for each other.
        self._order = random.Random()  # noqa: S311 - no secret

    def wake(self) -> None:
        """Something may be due earlier than it was."""
        self._changed.set()

    def run(self) -> None:
        while not self._closing:
            pause = self._every
            try:
                self.tick()
                pause = self._pause()
            except NotAvailable as error:
                log.warning("schedules have to wait: %s", error.message)
            except Exception:
                log.warning("what is due could not be made; it is tried again", exc_info=True)
            self._changed.wait(pause)
            self._changed.clear()

    def close(self) -> None:
        self._closing = True
        self._changed.set()

    def tick(self) -> None:
        """Handle all that is due."""
        now = self._now()
        last: Schedule | None = None
        while found := list(self._schedules.due(now, limit=_BATCH, after=last)):
            last = found[-1]
            self._order.shuffle(found)
            for schedule in found:
                self._each(schedule, steps(schedule, now), now)
        for schedule, run in self._schedules.ended():
            if run.status in schedule.rule.condition.statuses and run.finished_at is not None:
                due = run.finished_at.replace(microsecond=0)
                self._each(schedule, [Step(due=due, fires=True, missed=0, following=None)], now)

    def _pause(self) -> float:
        following = self._schedules.next_due()
        if following is None:
            return self._every
        # What is due and could not be made is looked at again after a while.
        left = (following - self._now()).total_seconds()
        return min(self._every, left) if left > 0 else self._every

    def _each(self, schedule: Schedule, due: list[Step], now: datetime) -> None:
        current: Schedule | None = schedule
        for step in due:
            if current is None or self._closing:
                return
            try:
                made = self._make(current, step, now)
            except NotAvailable:
                raise
            except Exception:
                log.warning("schedule %s could not fire; it is tried again", schedule.id, exc_info=True)
                return
            if made is None:
                return
            current = self._fire(current, step, made, now)

    def _make(self, schedule: Schedule, step: Step, now: datetime) -> _Made | None:
        """None where it may be made later."""
        if not step.fires:
            return _Made()
        try:
            run, attempts = self._runs.prepare(
                schedule.tool,
                schedule.params,
                owner=schedule.owner,
                priority=schedule.priority,
                # Who has a tool run each night means that it runs each night.
                reuse=False,
            )
        except NotAvailable:
            raise
        except ToolrunnerError as error:
            if isinstance(error, NotFound | ToolUnavailable) and self._may_come(step, now):
                return None
            return _Made(problem=error.message)
        return _Made(run, attempts)

    def _may_come(self, step: Step, now: datetime) -> bool:
        """Whether the tool may be read here soon, or be another server's."""
        return self._runs.is_reading or now - step.due < self._patience

    def _fire(self, schedule: Schedule, step: Step, made: _Made, now: datetime) -> Schedule | None:
        """The schedule with its next due time; None where another one was first."""
        outcome = Outcome.FIRED if made.run else Outcome.REFUSED if made.problem else Outcome.SKIPPED
        firing = Firing(
            schedule=schedule.id,
            due=step.due,
            outcome=outcome,
            fired_at=now,
            run=None if made.run is None else made.run.id,
            problem=made.problem,
            missed=step.missed,
        )
        moved, run = self._schedules.fire(schedule, firing, step.following, made.run, made.attempts)
        if run is not None:
            self._runs.take_up(run)
        if moved is not None:
            announce_schedule(self._events, moved)
            if made.problem:
                log.warning("schedule %s of %s: %s", moved.id, moved.tool, made.problem)
        return moved
