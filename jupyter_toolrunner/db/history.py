"""Looking at many runs: pages, counts, the timeline, groups. `runs.py` has what happens to one."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Engine,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from ..core import forecasts
from ..core.errors import InvalidRequest
from ..core.history import (
    Count,
    GroupKey,
    RunFilter,
    RunGroup,
    RunList,
    RunOrder,
    RunPlace,
    SortKey,
    Timeline,
    TimelinePoint,
    UsualDuration,
)
from ..core.ids import Digest, ToolName
from ..core.likeness import Earlier
from ..core.runs import Run, RunStatus
from . import run_days
from .dialect import is_among
from .engine import snapshots
from .prepared import Prepared, Remembered, within
from .rows import run_of
from .run_counts import are_counted, counts
from .run_counts import count as count_runs
from .run_facts import has_changed, is_kept, standing
from .run_pages import made, next_runs, runs_of
from .run_queries import (
    Columns,
    Planned,
    Way,
    among,
    as_planned,
    chain_of,
    in_chains,
    merged,
    of_chains,
    of_numbers,
    select_all,
    values_of,
    way_to,
)
from .run_texts import looked_at
from .tables import run_facts, runs

#: What is counted one by one; beyond it "more than" is said.
COUNTED = 10_000
#: Seconds after which a search for words answers with what it has, and runs that it reads at once.
_WORDS_SECONDS = 0.15
_CHUNK = 500
#: Runs that a timeline is drawn of, and its cells: so many columns, and so many rows for each power of ten.
_SAMPLE, _COLUMNS, _ROWS_PER_DECADE = 1_800, 240, 10
_SHORTEST_SECONDS = 0.01
_MOST_GROUPS = 500
_MOST_OF_WORKERS = 500
#: In `run_facts` and in `runs`.
_NAMES: Mapping[SortKey, str] = {
    SortKey.NUMBER: "number",
    SortKey.CREATED: "created_at",
    SortKey.STARTED: "started_at",
    SortKey.DURATION: "duration",
    SortKey.TOOL: "tool",
    SortKey.STATUS: "status",
    SortKey.QUEUE: "priority",
}
_MAY_LACK = (SortKey.STARTED, SortKey.DURATION)
_TIMES = (SortKey.CREATED, SortKey.STARTED)


class SqlRunHistory:
    """`core.ports.RunHistory` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._reader = snapshots(engine)

    # -- pages --------------------------------------------------------------------------------------------------

    def page(
        self,
        where: RunFilter,
        *,
        limit: int,
        order: RunOrder = RunOrder(),  # noqa: B008 - frozen
        after: RunPlace | None = None,
    ) -> RunList:
        if after is not None and after.order != str(order):
            raise InvalidRequest(
                "The cursor is of a list in another order.", field="cursor", hint="Begin without a cursor."
            )
        with self._reader.begin() as connection:
            rows, following = _read(connection, where, order, after, limit)
            return RunList(items=made(connection, rows), following=following)

    def latest_of_workers(self, since: datetime) -> Sequence[Run]:
        def latest(columns: Columns, which: ColumnElement[bool]) -> Select[Any]:
            query = select(columns.number).where(columns.started_at >= since, which)
            return query.order_by(columns.started_at.desc()).limit(_MOST_OF_WORKERS)

        with self._reader.begin() as connection:
            known = connection.execute(latest(run_facts.c, is_kept(run_facts.c.number))).scalars()
            changed = connection.execute(latest(runs.c, has_changed(connection, runs.c.number))).scalars()
            query = select(runs).where(
                is_among(connection, runs.c.number, [*known, *changed]), runs.c.worker.is_not(None)
            )
            query = query.order_by(runs.c.started_at.desc()).limit(_MOST_OF_WORKERS)
            return [run_of(row) for row in connection.execute(query)]

    # -- figures ------------------------------------------------------------------------------------------------

    def total(self) -> int:
        with self._reader.begin() as connection:
            return count_runs(connection, RunFilter())

    def count(self, where: RunFilter) -> Count:
        with self._reader.begin() as connection:
            return _by_status(connection, where)[1]

    def timeline(self, where: RunFilter) -> Timeline:
        with self._reader.begin() as connection:
            total = count_runs(connection, RunFilter())
            by_status, found = _by_status(connection, where)
            first, last = _ends(connection, where)
            step = _step(where, found, first, last)
            sample = _sample(connection, where, step, first, last)
        ended = [row.duration for row in sample if row.duration is not None]
        return Timeline(
            points=_points(sample, first, last),
            sampled=step,
            first=first and first.created_at,
            last=last and last.created_at,
            found=found,
            by_status=by_status,
            median=statistics.median(ended) if ended else None,
            total=total,
        )

    def groups(self, where: RunFilter, by: GroupKey, *, offset_minutes: int = 0) -> Sequence[RunGroup]:
        if by is GroupKey.CHAIN:
            with self._reader.begin() as connection:
                return _chains(connection, where)
        with self._reader.begin() as connection:
            if by is GroupKey.DAY and run_days.are_counted(where, offset_minutes):
                return _days(connection, where, offset_minutes)
            if by is not GroupKey.DAY and are_counted(where):
                return _grouped(_counted_groups(connection, where, by))
            some = _whole(connection, where, "tool", "owner", "status", "created_at").subquery()
            key = _day(connection, some.c.created_at, offset_minutes) if by is GroupKey.DAY else some.c[by]
            query = select(
                key.label("key"),
                some.c.status,
                func.count().label("runs"),
                func.max(some.c.created_at).label("last"),
            ).group_by(key, some.c.status)
            return _grouped(connection.execute(query).all())

    def durations(self, tools: Sequence[str]) -> Mapping[str, UsualDuration]:
        found = {}
        with self._reader.begin() as connection:
            for tool in dict.fromkeys(tools):
                seconds = tuple(_took(connection, tool, forecasts.LATEST).values())
                if (usual := forecasts.of_one(forecasts.Past(seconds))) is not None:
                    found[tool] = UsualDuration(
                        low=usual.low, middle=usual.middle, high=usual.high, runs=len(seconds)
                    )
        return found

    def took(self, tool: ToolName, *, limit: int) -> Sequence[Earlier]:
        with self._reader.begin() as connection:
            seconds = _took(connection, tool, limit)
            found = _runs(connection, list(seconds), runs.c.number, runs.c.version, runs.c.params)
        return [Earlier(Digest(row.version), seconds[row.number], json.loads(row.params)) for row in found]


def _took(connection: Connection, tool: str, limit: int) -> dict[int, float]:
    """Seconds of the latest runs that succeeded, by number, the newest first."""
    where = RunFilter(tools=frozenset({tool}), statuses=frozenset({RunStatus.SUCCEEDED}))
    rows = _rows(connection, where, RunOrder(), None, limit, "duration")
    return {row.number: row.duration for row in rows if row.duration is not None}


# -- one page -----------------------------------------------------------------------------------------------------------


def _read(
    connection: Connection, where: RunFilter, order: RunOrder, after: RunPlace | None, limit: int
) -> tuple[Sequence[Any], RunPlace | None]:
    if where.is_empty and order.key is SortKey.NUMBER:
        whole = next_runs(connection, order, after, limit + 1)
        return whole[:limit], _place(whole[limit - 1], order) if len(whole) > limit else None
    if where.words:
        numbers, following = _numbers_with_words(connection, where, order, after, limit)
        return runs_of(connection, numbers), following
    # First which, out of indexes alone where they can tell; then only those are read.
    rows = _rows(connection, where, order, after, limit + 1)
    following = _place(rows[limit - 1], order) if len(rows) > limit else None
    return runs_of(connection, [row.number for row in rows[:limit]]), following


def _numbers_with_words(
    connection: Connection, where: RunFilter, order: RunOrder, after: RunPlace | None, limit: int
) -> tuple[list[int], RunPlace | None]:
    others = replace(where, words=())
    names = ("number", _NAMES[order.key])

    def read(behind: RunPlace | None, many: int, numbers: Sequence[int] | None) -> Sequence[Any]:
        if numbers is None:
            return _rows(connection, others, order, behind, many)
        some = of_numbers(connection, others, numbers, *dict.fromkeys(names))
        way = Way(lambda: [some], values_of(others), None)
        return _rows(connection, others, order, behind, many, way=way)

    found: list[int] = []
    until = time.monotonic() + _WORDS_SECONDS
    for looked in looked_at(connection, where, order, after, read, partial(_place, order=order)):
        for number, place in looked.found:
            found.append(number)
            if len(found) == limit:
                return found, place
        if looked.following is None or time.monotonic() > until:
            return found, looked.following
    return found, None


def _runs(connection: Connection, numbers: Sequence[int], *columns: ColumnElement[Any]) -> list[Row[Any]]:
    """In the order of their numbers as they are given."""
    query = select(*columns).where(is_among(connection, runs.c.number, numbers))
    found = {row.number: row for row in connection.execute(query)} if numbers else {}
    return [found[number] for number in numbers if number in found]


def _rows(
    connection: Connection,
    where: RunFilter,
    order: RunOrder,
    after: RunPlace | None,
    limit: int,
    *more: str,
    way: Way | None = None,
) -> list[Any]:
    """Number and sorted value of each, and what else is asked for."""
    names = tuple(dict.fromkeys(("number", _NAMES[order.key], *more)))
    way = way or way_to(connection, where, order, *names)
    found: list[Any] = []
    for part, values in _parts(order, after):
        if len(found) < limit:
            given = {**way.values, **values, "many": limit - len(found)}
            found += _part(connection, way, order, part, given, names)
    return found


class _Part(Enum):
    """Of the runs behind a place."""

    #: All, but for those that lack the sorted value.
    BEGUN = "begun"
    BEHIND = "behind"
    LACKING = "lacking"
    LACKING_BEHIND = "lacking behind"


def _parts(order: RunOrder, after: RunPlace | None) -> Iterator[tuple[_Part, Mapping[str, Any]]]:
    """First those that have the sorted value, then those without; with the values that their conditions name."""
    if after is None:
        yield _Part.BEGUN, {}
    elif after.value is not None:
        yield _Part.BEHIND, {"behind": after.number, "behind_value": _value_at(after, order)}
    if order.key in _MAY_LACK:
        if after is not None and after.value is None:
            yield _Part.LACKING_BEHIND, {"behind": after.number}
        else:
            yield _Part.LACKING, {}


def _conditions(
    part: _Part, order: RunOrder, columns: Columns, number: ColumnElement[int]
) -> list[ColumnElement[bool]]:
    column = columns[_NAMES[order.key]]
    match part:
        case _Part.BEGUN:
            return [column.is_not(None)] if order.key in _MAY_LACK else []
        case _Part.LACKING:
            return [column.is_(None)]
        case _Part.LACKING_BEHIND:
            return [column.is_(None), _behind(number, order)]
    if order.key is SortKey.NUMBER:
        return [_behind(number, order)]
    value = bindparam("behind_value", type_=column.type)
    further = column < value if order.descending else column > value
    # The first condition alone is what an index is good for.
    reached = column <= value if order.descending else column >= value
    return [reached, or_(further, and_(column == value, _behind(number, order)))]


def _behind(number: ColumnElement[int], order: RunOrder) -> ColumnElement[bool]:
    place = bindparam("behind", type_=BigInteger)
    return number < place if order.descending else number > place


def _value_at(place: RunPlace, order: RunOrder) -> Any:
    if order.key in _TIMES:
        try:
            return datetime.fromisoformat(str(place.value)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InvalidRequest("The cursor is none of ours.", field="cursor") from None
    return place.number if order.key is SortKey.NUMBER else place.value


def _place(row: Any, order: RunOrder) -> RunPlace:
    value = getattr(row, _NAMES[order.key])
    if isinstance(value, datetime):
        value = value.isoformat()
    return RunPlace(order=str(order), value=value, number=row.number)


#: Statements for pages, each with `Planned.in_order` of all that it reads.
_PAGES = Remembered[tuple[Prepared, bool]]()


def _part(
    connection: Connection,
    way: Way,
    order: RunOrder,
    part: _Part,
    given: Mapping[str, Any],
    names: Sequence[str],
) -> Sequence[Any]:
    if way.key is None:
        query, in_order = _page(connection, way.lists(), order, part)
        with as_planned(connection, in_order=in_order):
            return connection.execute(query, given).all()

    def prepared() -> tuple[Prepared, bool]:
        query, in_order = _page(connection, way.lists(), order, part)
        return Prepared(query, [run_facts.c[name] for name in names]), in_order

    page, in_order = _PAGES.get((way.key, order.descending, part), prepared)
    with as_planned(connection, in_order=in_order):
        return within(connection).all(page, given)


def _page(
    connection: Connection, lists: Sequence[Planned], order: RunOrder, part: _Part
) -> tuple[Select[Any] | CompoundSelect[Any], bool]:
    """What reads as many runs as are asked for."""
    many = bindparam("many", type_=Integer)
    in_order = all(planned.in_order for planned in lists)
    queries = [
        planned.query.where(*_conditions(part, order, planned.columns, planned.number)) for planned in lists
    ]
    orderings = [_ordering(order, planned.columns, planned.number) for planned in lists]
    if len(queries) == 1:
        return queries[0].order_by(*orderings[0]).limit(many), in_order
    are_lists = [planned.in_order and planned.columns is run_facts.c for planned in lists]
    together = merged(connection, queries, orderings, are_lists, many)
    found = together.selected_columns
    return together.order_by(*_ordering(order, found, found.number)).limit(many), in_order


def _ordering(order: RunOrder, found: Columns, number: ColumnElement[int]) -> list[ColumnElement[Any]]:
    columns: list[ColumnElement[Any]] = [number]
    if order.key is not SortKey.NUMBER:
        columns.insert(0, found[_NAMES[order.key]])
    return [column.desc() if order.descending else column.asc() for column in columns]


# -- figures ------------------------------------------------------------------------------------------------------------


def _whole(connection: Connection, where: RunFilter, *names: str) -> Select[Any]:
    """All runs of the filter; of those with words the ones that are found in time."""
    if not where.words:
        return select_all(connection, where, *names)
    numbers, _ = _numbers_with_words(connection, where, RunOrder(), None, COUNTED)
    return select(*(runs.c[name] for name in names)).where(is_among(connection, runs.c.number, numbers))


def _by_status(connection: Connection, where: RunFilter) -> tuple[dict[RunStatus, int], Count]:
    """Of the first ones up to the bound."""
    if where.words:
        numbers, following = _numbers_with_words(connection, where, RunOrder(), None, COUNTED)
        rows = _runs(connection, numbers, runs.c.number, runs.c.status)
        statuses = Counter(RunStatus(row.status) for row in rows)
        return dict(statuses), Count(runs=len(rows), more=following is not None)
    if are_counted(where):
        each = connection.execute(counts(connection, where, "status"))
        by_status = {RunStatus(row.status): int(row.runs) for row in each}
        return by_status, Count(runs=sum(by_status.values()))
    some = select_all(connection, where, "status").limit(COUNTED + 1).subquery()
    each = connection.execute(select(some.c.status, func.count().label("runs")).group_by(some.c.status))
    by_status = {RunStatus(row.status): int(row.runs) for row in each}
    found = sum(by_status.values())
    return by_status, Count(runs=min(found, COUNTED), more=found > COUNTED)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Runs of one group and one status."""

    key: str
    status: str
    runs: int
    last: datetime


def _counted_groups(connection: Connection, where: RunFilter, by: GroupKey) -> Sequence[_Kind]:
    """Of each kind the count, and when its newest run was made."""
    keys = ("tool", "owner", "status")
    kinds = counts(connection, where, *keys).subquery()
    has_changes = standing(connection).has_changes
    newest = select(func.max(run_facts.c.number)).where(*(run_facts.c[key] == kinds.c[key] for key in keys))
    if has_changes:
        newest = newest.where(is_kept(run_facts.c.number))
    rows = connection.execute(select(kinds, newest.correlate(kinds).scalar_subquery().label("newest"))).all()
    changed: dict[tuple[str, ...], int] = {}
    if has_changes:
        of_kinds = select(*(runs.c[key] for key in keys), func.max(runs.c.number).label("newest"))
        of_kinds = of_kinds.where(has_changed(connection, runs.c.number))
        for row in connection.execute(of_kinds.group_by(*(runs.c[key] for key in keys))):
            changed[tuple(getattr(row, key) for key in keys)] = row.newest
    numbers = [max(row.newest or 0, changed.get((row.tool, row.owner, row.status), 0)) for row in rows]
    times = {
        row.number: row.created_at for row in _runs(connection, numbers, runs.c.number, runs.c.created_at)
    }
    return [
        _Kind(getattr(row, by), row.status, int(row.runs), times[number])
        for row, number in zip(rows, numbers, strict=True)
    ]


def _days(connection: Connection, where: RunFilter, offset_minutes: int) -> Sequence[RunGroup]:
    found = []
    for day in run_days.days(connection, where, offset_minutes, _MOST_GROUPS):
        by_status = {RunStatus(status): many for status, many in day.by_status.items() if many > 0}
        found.append(RunGroup(key=day.name, runs=sum(by_status.values()), by_status=by_status, last=day.last))
    return found


def _ends(connection: Connection, where: RunFilter) -> tuple[Row[Any] | None, Row[Any] | None]:
    """Number and time of the first run and the last one."""
    first, last = (
        next(iter(_rows(connection, where, RunOrder(descending=down), None, 1, "created_at")), None)
        for down in (False, True)
    )
    return first, last


def _step(where: RunFilter, found: Count, first: Row[Any] | None, last: Row[Any] | None) -> int:
    """One run of how many is enough to see the whole."""
    if where.words or first is None or last is None:
        return 1
    if found.runs <= COUNTED and not found.more:
        return math.ceil(max(1, found.runs) / _SAMPLE)
    span: int = last.number - first.number
    return max(1, math.ceil(span / _SAMPLE))


def _sample(
    connection: Connection, where: RunFilter, step: int, first: Row[Any] | None, last: Row[Any] | None
) -> Sequence[Row[Any]]:
    names = ("number", "created_at", "duration", "status", "tool")
    if where.words:
        chosen, _ = _numbers_with_words(connection, where, RunOrder(), None, _SAMPLE)
        return _runs(connection, chosen, *(runs.c[name] for name in names))
    if first is None or last is None:
        return ()
    numbers = range(-(-first.number // step) * step, last.number + 1, step)
    if not where.params and len(numbers) <= _SAMPLE + 1:
        return connection.execute(among(connection, where, numbers, *names)).all()
    some = select_all(connection, where, *names).subquery()
    query = select(some) if step == 1 else select(some).where(some.c.number % step == 0)
    return connection.execute(query.limit(_SAMPLE)).all()


def _points(
    sample: Sequence[Row[Any]], begun: Row[Any] | None, ended: Row[Any] | None
) -> Sequence[TimelinePoint]:
    """Runs of one cell and one status are one point, in the middle of them."""
    if begun is None or ended is None:
        return ()
    first, last = begun.created_at, ended.created_at
    width = max((last - first) / _COLUMNS, timedelta(seconds=1))
    cells: dict[tuple[int, int, str], list[Row[Any]]] = {}
    for row in sample:
        seconds = max(row.duration or 0.0, _SHORTEST_SECONDS)
        cell = (
            int((row.created_at - first) / width),
            round(math.log10(seconds) * _ROWS_PER_DECADE),
            row.status,
        )
        cells.setdefault(cell, []).append(row)
    return [
        TimelinePoint(
            time=first + sum((row.created_at - first for row in rows), timedelta()) / len(rows),
            seconds=statistics.fmean(row.duration or 0.0 for row in rows),
            status=RunStatus(status),
            runs=len(rows),
            number=rows[-1].number,
        )
        for (_, _, status), rows in cells.items()
    ]


def _day(connection: Connection, time: ColumnElement[datetime], offset_minutes: int) -> ColumnElement[Any]:
    minutes = int(offset_minutes)
    if connection.dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d", time, f"{minutes:+d} minutes")
    shifted = func.timezone("UTC", time) + timedelta(minutes=minutes)
    return func.to_char(shifted, "YYYY-MM-DD")


def _grouped(rows: Sequence[Any]) -> Sequence[RunGroup]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    found = [
        RunGroup(
            key=key,
            # PostgreSQL's sums are decimal numbers.
            runs=sum(int(row.runs) for row in parts),
            by_status=_sums(parts),
            last=max(_aware(row.last) for row in parts),
        )
        for key, parts in groups.items()
    ]
    return sorted(found, key=lambda group: group.last, reverse=True)[:_MOST_GROUPS]


def _sums(rows: Sequence[Any]) -> dict[RunStatus, int]:
    found: Counter[RunStatus] = Counter()
    for row in rows:
        found[RunStatus(row.status)] += int(row.runs)
    return dict(found)


def _chains(connection: Connection, where: RunFilter) -> Sequence[RunGroup]:
    kinds = (chain_of(runs.c).label("key"), runs.c.status)
    if where.words:
        numbers, _ = _numbers_with_words(connection, where, RunOrder(), None, COUNTED)
        chains = _runs(connection, numbers, runs.c.number, kinds[0])
        keys = list(dict.fromkeys(row.key for row in chains))[:_MOST_GROUPS]
        these = is_among(connection, runs.c.number, numbers)
        query = select(*kinds).where(these, in_chains(keys))
    else:
        keys = _newest_chains(connection, where)
        query = of_chains(connection, replace(where, chains=frozenset(keys)), *kinds).query
        query = query.params(values_of(where))
    if not keys:
        return ()
    figures = (
        func.count().label("runs"),
        func.max(runs.c.created_at).label("last"),
        func.min(runs.c.number).label("first"),
        func.max(runs.c.number).label("newest"),
    )
    rows = connection.execute(query.add_columns(*figures).group_by(chain_of(runs.c), runs.c.status)).all()
    ends: dict[str, tuple[int, int]] = {}
    for row in rows:
        first, newest = ends.get(row.key, (row.first, row.newest))
        ends[row.key] = (min(first, row.first), max(newest, row.newest))
    newest_rows = runs_of(connection, [newest for _, newest in ends.values()])
    runs_by_number = {run.number: run for run in made(connection, newest_rows)}
    return [
        replace(group, first=ends[group.key][0], newest=runs_by_number.get(ends[group.key][1]))
        for group in _grouped(rows)
    ]


def _newest_chains(connection: Connection, where: RunFilter) -> list[str]:
    """Read from the newest run on until there are enough: most chains are short, so that these are few runs."""
    order = RunOrder()
    found: dict[str, None] = {}
    after: RunPlace | None = None
    while True:
        rows = _rows(connection, where, order, after, _CHUNK)
        numbers = [row.number for row in rows]
        chains = _runs(connection, numbers, runs.c.number, chain_of(runs.c).label("key"))
        found.update(dict.fromkeys(row.key for row in chains))
        if len(rows) < _CHUNK or len(found) >= _MOST_GROUPS:
            return list(found)[:_MOST_GROUPS]
        after = _place(rows[-1], order)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
