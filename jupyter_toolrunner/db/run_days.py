"""How many runs there are of each day, told by the quarters of hours that `run_facts.py` counts.

The days of any zone are made of whole quarters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, DateTime, Text, cast, func, literal, select

from ..core.history import RunFilter
from .run_facts import has_changed, is_kept
from .tables import run_facts, run_quarters, runs

_QUARTER = 15
_DAY = 24 * 60
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
#: As SQLite keeps times.
_KEPT = "%Y-%m-%d %H:%M:%S.%f"


@dataclass(slots=True)
class Day:
    """Days are counted from 1970 on."""

    number: int
    by_status: dict[str, int] = field(default_factory=dict)
    last: datetime = _1970
    #: The newest quarter of those that are kept.
    newest: int = 0

    @property
    def name(self) -> str:
        return (date(1970, 1, 1) + timedelta(days=self.number)).isoformat()


def are_counted(where: RunFilter, offset_minutes: int) -> bool:
    """Whether these runs' days are told by counts alone."""
    return offset_minutes % _QUARTER == 0 and replace(where, statuses=frozenset()).is_empty


def days(connection: Connection, where: RunFilter, offset_minutes: int, most: int) -> Sequence[Day]:
    """The newest days, with the newest run's time; the newest first."""
    found = _kept_days(connection, where, offset_minutes)
    changed = _changed(connection, where)
    for time, status, many in changed:
        number = int((time - _1970 + timedelta(minutes=offset_minutes)) // timedelta(minutes=_DAY))
        day = found.setdefault(number, Day(number))
        day.by_status[status] = day.by_status.get(status, 0) + many
        if many > 0:
            day.last = max(day.last, time)
    some = [day for day in found.values() if any(many > 0 for many in day.by_status.values())]
    some = sorted(some, key=lambda day: day.number, reverse=True)[:most]
    for number, last in _last_of(connection, where, some, offset_minutes).items():
        found[number].last = max(found[number].last, last)
    return some


def _kept_days(connection: Connection, where: RunFilter, offset_minutes: int) -> dict[int, Day]:
    quarters = run_quarters.c
    day = (quarters.quarter * _QUARTER + literal(offset_minutes)) // _DAY
    query = select(
        day.label("day"), quarters.status, func.sum(quarters.runs).label("runs"), func.max(quarters.quarter)
    )
    query = query.where(quarters.runs > 0, *_of_statuses(where, quarters.status)).group_by(
        "day", quarters.status
    )
    found: dict[int, Day] = {}
    for number, status, many, newest in connection.execute(query):
        one = found.setdefault(int(number), Day(int(number)))
        one.by_status[status] = int(many)
        one.newest = max(one.newest, newest)
    return found


def _changed(connection: Connection, where: RunFilter) -> list[tuple[datetime, str, int]]:
    """The runs that changed: once less as they were, once more as they are."""
    found = []
    for table, many in ((run_facts, -1), (runs, 1)):
        query = select(table.c.created_at, table.c.status).where(has_changed(connection, table.c.number))
        wanted = {status.value for status in where.statuses}
        found += [
            (row.created_at, row.status, many)
            for row in connection.execute(query)
            if not wanted or row.status in wanted
        ]
    return found


def _last_of(
    connection: Connection, where: RunFilter, some: Sequence[Day], offset_minutes: int
) -> Mapping[int, datetime]:
    """When the newest kept run of each day was made, looked for from the end of the day's newest quarter on."""
    bounds = [
        (
            day.number,
            _1970 + timedelta(minutes=day.number * _DAY - offset_minutes),
            _1970 + timedelta(minutes=(day.newest + 1) * _QUARTER),
        )
        for day in some
        if day.newest
    ]
    if not bounds:
        return {}
    number, since, before = _given(connection, bounds)
    made = run_facts.c.created_at
    newest = select(made).where(
        made >= since, made < before, is_kept(run_facts.c.number), *_of_statuses(where, run_facts.c.status)
    )
    last = newest.order_by(made.desc()).limit(1).correlate_except(run_facts).scalar_subquery()
    return {
        int(row.number): row.last
        for row in connection.execute(select(number, last.label("last")))
        if row.last
    }


def _given(
    connection: Connection, bounds: Sequence[tuple[int, datetime, datetime]]
) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """The bounds as rows of a table."""
    if connection.dialect.name == "sqlite":
        texts = [[number, since.strftime(_KEPT), before.strftime(_KEPT)] for number, since, before in bounds]
        value = func.json_each(json.dumps(texts)).table_valued("value", name="given").c.value
        number, since, before = (func.json_extract(value, f"$[{place}]") for place in range(3))
        return number.label("number"), since, before
    numbers, sinces, befores = (list(column) for column in zip(*bounds, strict=True))
    times = ARRAY(DateTime(timezone=True))
    given = (
        func.unnest(
            cast([str(number) for number in numbers], ARRAY(Text)), cast(sinces, times), cast(befores, times)
        )
        .table_valued("number", "since", "before", name="given")
        .render_derived()
    )
    return given.c.number, given.c.since, given.c.before


def _of_statuses(where: RunFilter, status: ColumnElement[str]) -> list[ColumnElement[bool]]:
    wanted = sorted(each.value for each in where.statuses)
    return [status.in_(wanted)] if wanted else []
