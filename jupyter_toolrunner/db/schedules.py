"""Schedules in the database. A due time is handled by whoever moves its schedule on: that succeeds once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)

from ..core.errors import Conflict, NotFound
from ..core.ids import RunId, ScheduleId, ToolName
from ..core.ports import ScheduleFilter
from ..core.runs import Priority, Run, RunStatus
from ..core.schedules import CatchUp, Firing, Outcome, Rule, Schedule, ScheduleState
from .clock import now_seconds
from .dialect import insert_new
from .rows import params_text, run_of
from .run_changes import insert_run
from .tables import runs, schedule_firings, schedules

_FINAL = [status.value for status in RunStatus if status.is_final]


class SqlScheduleStore:
    """`core.ports.ScheduleStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def now(self) -> datetime:
        with self._reader.begin() as connection:
            return datetime.fromtimestamp(connection.execute(select(now_seconds())).scalar_one(), UTC)

    # -- people -------------------------------------------------------------------------------------------------

    def page(self, where: ScheduleFilter, *, limit: int, offset: int = 0) -> tuple[Sequence[Schedule], int]:
        fitting = and_(true(), *_fitting(where))
        query = (
            select(schedules)
            .where(fitting)
            .order_by(schedules.c.next_due.is_(None), schedules.c.next_due, schedules.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._reader.begin() as connection:
            rows = connection.execute(query).all()
            total = connection.execute(
                select(func.count()).select_from(schedules).where(fitting)
            ).scalar_one()
            return _with_last(connection, rows), total

    def get(self, schedule: str) -> Schedule:
        if not schedule.isascii() or "\0" in schedule:
            raise _gone()
        with self._reader.begin() as connection:
            rows = connection.execute(select(schedules).where(schedules.c.id == schedule)).all()
            if not rows:
                raise _gone()
            return _with_last(connection, rows)[0]

    def insert(self, schedule: Schedule) -> Schedule:
        now = datetime.now(UTC)
        values = {"id": schedule.id, **_values(schedule), "created_at": now, "updated_at": now}
        with self._engine.begin() as connection:
            connection.execute(insert(schedules).values(values))
        return replace(schedule, created_at=now, updated_at=now)

    def change(self, schedule: Schedule) -> Schedule:
        now = datetime.now(UTC)
        values = {**_values(schedule), "edits": schedule.edits + 1, "updated_at": now}
        statement = (
            update(schedules)
            .where(schedules.c.id == schedule.id, schedules.c.edits == schedule.edits)
            .values(values)
        )
        with self._engine.begin() as connection:
            changed = connection.execute(statement).rowcount
        if not changed:
            self.get(schedule.id)
            raise Conflict(
                "Somebody changed this schedule at the same moment.", hint="Look at it, and try again."
            )
        return replace(schedule, edits=schedule.edits + 1, updated_at=now)

    def delete(self, schedule: ScheduleId) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(schedules).where(schedules.c.id == schedule))

    def firings(
        self, schedule: ScheduleId, *, limit: int, before: datetime | None = None
    ) -> Sequence[tuple[Firing, Run | None]]:
        query = (
            select(schedule_firings)
            .where(schedule_firings.c.schedule == schedule)
            .order_by(schedule_firings.c.due.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(schedule_firings.c.due < _seconds(before))
        with self._reader.begin() as connection:
            found = connection.execute(query).all()
            made = _runs_of(connection, [row.run for row in found if row.run])
            return [(_firing_of(row), made.get(row.run)) for row in found]

    # -- schedulers ---------------------------------------------------------------------------------------------

    def due(self, now: datetime, *, limit: int, after: Schedule | None = None) -> Sequence[Schedule]:
        query = (
            select(schedules)
            .where(schedules.c.next_due.is_not(None), schedules.c.next_due <= _seconds(now))
            .order_by(schedules.c.next_due, schedules.c.id)
            .limit(limit)
        )
        if after is not None and after.next_due is not None:
            place = (_seconds(after.next_due), after.id)
            query = query.where(tuple_(schedules.c.next_due, schedules.c.id) > place)
        with self._reader.begin() as connection:
            return [_schedule_of(row) for row in connection.execute(query)]

    def next_due(self) -> datetime | None:
        query = select(func.min(schedules.c.next_due)).where(schedules.c.next_due.is_not(None))
        with self._reader.begin() as connection:
            found = connection.execute(query).scalar_one()
        return None if found is None else _time(found)

    def ended(self) -> Sequence[tuple[Schedule, Run]]:
        query = select(schedules).where(
            schedules.c.waits_for.is_not(None),
            exists().where(runs.c.id == schedules.c.waits_for, runs.c.status.in_(_FINAL)),
        )
        with self._reader.begin() as connection:
            rows = connection.execute(query).all()
            awaited = _runs_of(connection, [row.waits_for for row in rows])
            return [(_schedule_of(row), awaited[row.waits_for]) for row in rows if row.waits_for in awaited]

    def fire(
        self,
        schedule: Schedule,
        firing: Firing,
        following: datetime | None,
        run: Run | None,
        attempts: int = 1,
    ) -> tuple[Schedule | None, Run | None]:
        ends = following is None
        moved = replace(
            schedule,
            next_due=following,
            state=ScheduleState.ENDED if ends else schedule.state,
            problem=None if firing.outcome is Outcome.FIRED else firing.problem or schedule.problem,
        )
        values = _values(moved)
        statement = (
            update(schedules)
            .where(_unchanged(schedule))
            .values({name: values[name] for name in ("next_due", "waits_for", "state", "problem")})
        )
        with self._engine.begin() as connection:
            if not connection.execute(statement).rowcount:
                return None, None
            # A clock that was put back comes to the same due time again: it is over, and the schedule goes on.
            kept = insert_new(connection, schedule_firings, **_firing_values(firing))
            is_first = connection.execute(kept.returning(schedule_firings.c.due)).first() is not None
            made = insert_run(connection, run, attempts) if is_first and run is not None else None
        return replace(moved, last=firing, last_run=made), made


def _unchanged(schedule: Schedule) -> ColumnElement[bool]:
    """As it was when somebody decided what becomes of it."""
    due = schedule.next_due
    return and_(
        schedules.c.id == schedule.id,
        schedules.c.edits == schedule.edits,
        schedules.c.state == ScheduleState.ACTIVE.value,
        schedules.c.next_due.is_(None) if due is None else schedules.c.next_due == _seconds(due),
    )


def _fitting(where: ScheduleFilter) -> Iterable[ColumnElement[bool]]:
    if where.text:
        yield or_(
            schedules.c.name.icontains(where.text, autoescape=True),
            schedules.c.tool.icontains(where.text, autoescape=True),
            schedules.c.id.startswith(where.text, autoescape=True),
        )
    for column, wanted in (("tool", where.tool), ("owner", where.owner), ("state", where.state)):
        if wanted:
            yield schedules.c[column] == wanted
    if where.run:
        yield exists().where(
            schedule_firings.c.schedule == schedules.c.id, schedule_firings.c.run == where.run
        )


def _with_last(connection: Connection, rows: Sequence[Row[Any]]) -> list[Schedule]:
    latest = (
        select(schedule_firings.c.schedule, func.max(schedule_firings.c.due).label("due"))
        .where(schedule_firings.c.schedule.in_([row.id for row in rows]))
        .group_by(schedule_firings.c.schedule)
        .subquery()
    )
    query = select(schedule_firings).join(
        latest,
        and_(schedule_firings.c.schedule == latest.c.schedule, schedule_firings.c.due == latest.c.due),
    )
    last = {row.schedule: row for row in connection.execute(query)}
    made = _runs_of(connection, [row.run for row in last.values() if row.run])
    return [
        replace(
            _schedule_of(row),
            last=_firing_of(last[row.id]) if row.id in last else None,
            last_run=made.get(last[row.id].run) if row.id in last else None,
        )
        for row in rows
    ]


def _runs_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, Run]:
    query = select(runs).where(runs.c.id.in_(ids))
    return {row.id: run_of(row) for row in connection.execute(query)} if ids else {}


def _values(schedule: Schedule) -> dict[str, Any]:
    active = schedule.state is ScheduleState.ACTIVE
    return {
        "name": schedule.name,
        "tool": schedule.tool,
        "params": params_text(schedule.params),
        "rule": schedule.rule.to_json(),
        "owner": schedule.owner,
        "catch_up": schedule.catch_up.value,
        "priority": schedule.priority.rank,
        "state": schedule.state.value,
        "next_due": _seconds(schedule.next_due) if active and schedule.next_due is not None else None,
        "waits_for": schedule.rule.after_run if active else None,
        "problem": schedule.problem,
    }


def _schedule_of(row: Row[Any]) -> Schedule:
    return Schedule(
        id=ScheduleId(row.id),
        name=row.name,
        tool=ToolName(row.tool),
        params=json.loads(row.params),
        rule=Rule.from_json(row.rule),
        owner=row.owner,
        catch_up=CatchUp(row.catch_up),
        priority=Priority.of_rank(row.priority),
        state=ScheduleState(row.state),
        next_due=None if row.next_due is None else _time(row.next_due),
        problem=row.problem,
        edits=row.edits,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _firing_values(firing: Firing) -> dict[str, Any]:
    return {
        "schedule": firing.schedule,
        "due": _seconds(firing.due),
        "outcome": firing.outcome.value,
        "run": firing.run,
        "problem": firing.problem,
        "missed": min(firing.missed, 2**31 - 1),
        "fired_at": firing.fired_at,
    }


def _firing_of(row: Row[Any]) -> Firing:
    return Firing(
        schedule=ScheduleId(row.schedule),
        due=_time(row.due),
        outcome=Outcome(row.outcome),
        run=row.run and RunId(row.run),
        problem=row.problem,
        missed=row.missed,
        fired_at=row.fired_at,
    )


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _gone() -> NotFound:
    return NotFound("This schedule is not there any more.", hint="The list of schedules has those that are.")
