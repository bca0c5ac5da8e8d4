"""Looking at many runs: pages, counts, the timeline, groups. `runs.py` has what happens to one."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    union_all,
)

from ..core.artifacts import Artifact
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
from ..core.runs import Run, RunStatus
from .rows import artifact_of, run_of
from .run_counts import are_counted, counted, counts
from .run_counts import count as count_runs
from .run_queries import Planned, among, as_planned, chain_of, in_chains, select_all, selects
from .tables import artifacts, runs

#: What is counted one by one; beyond it "more than" is said.
COUNTED = 10_000
#: Seconds after which a search for words answers with what it has, and runs that it reads at once.
_WORDS_SECONDS = 0.15
_CHUNK = 500
_WORD_COLUMNS = (runs.c.number, runs.c.tool, runs.c.params, runs.c.note)
#: Runs that a timeline is drawn of, and its cells: so many columns, and so many rows for each power of ten.
_SAMPLE, _COLUMNS, _ROWS_PER_DECADE = 1_800, 240, 10
_SHORTEST_SECONDS = 0.01
_MOST_GROUPS = 500
#: Runs that tell how long a tool usually takes, and how many it needs at least.
_USUAL, _LEAST_USUAL = 100, 5

_COLUMNS_OF: Mapping[SortKey, ColumnElement[Any]] = {
    SortKey.NUMBER: runs.c.number,
    SortKey.CREATED: runs.c.created_at,
    SortKey.STARTED: runs.c.started_at,
    SortKey.DURATION: runs.c.duration,
    SortKey.TOOL: runs.c.tool,
    SortKey.STATUS: runs.c.status,
    SortKey.QUEUE: runs.c.priority,
}
_MAY_LACK = (SortKey.STARTED, SortKey.DURATION)
_TIMES = (SortKey.CREATED, SortKey.STARTED)
#: Conditions, given the column that has the run's number.
_Part = Callable[[ColumnElement[int]], list[ColumnElement[bool]]]


class SqlRunHistory:
    """`core.ports.RunHistory` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._reader = engine.execution_options(read_only=True)

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
            made = _artifacts(connection, rows)
        items = [run_of(row, artifacts=_of_attempt(made.get(row.id, ()), row.attempt)) for row in rows]
        return RunList(items=items, following=following)

    def latest_of_workers(self, since: datetime) -> Sequence[Run]:
        query = select(runs).where(runs.c.started_at >= since, runs.c.worker.is_not(None))
        with self._reader.begin() as connection:
            return [
                run_of(row) for row in connection.execute(query.order_by(runs.c.started_at.desc()).limit(500))
            ]

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
        columns = {GroupKey.TOOL: runs.c.tool, GroupKey.OWNER: runs.c.owner, GroupKey.STATUS: runs.c.status}
        with self._reader.begin() as connection:
            if by in columns and are_counted(where):
                return _grouped(_counted_groups(connection, where, by))
            key: ColumnElement[Any] = columns[by] if by in columns else _day(connection, offset_minutes)
            query = (
                _whole(connection, where, key.label("key"), runs.c.status)
                .add_columns(func.count().label("runs"), func.max(runs.c.created_at).label("last"))
                .group_by(key, runs.c.status)
            )
            rows = connection.execute(query).all()
        return _grouped(rows)

    def durations(self, tools: Sequence[str]) -> Mapping[str, UsualDuration]:
        found = {}
        with self._reader.begin() as connection:
            for tool in dict.fromkeys(tools):
                query = (
                    select(runs.c.duration)
                    .where(runs.c.tool == tool, runs.c.status == RunStatus.SUCCEEDED.value)
                    .order_by(runs.c.number.desc())
                    .limit(_USUAL)
                )
                seconds = [each for each in connection.execute(query).scalars() if each is not None]
                if len(seconds) >= _LEAST_USUAL:
                    deciles = statistics.quantiles(seconds, n=10, method="inclusive")
                    found[tool] = UsualDuration(
                        low=deciles[0], middle=statistics.median(seconds), high=deciles[-1], runs=len(seconds)
                    )
        return found


# -- one page -----------------------------------------------------------------------------------------------------------


def _read(
    connection: Connection, where: RunFilter, order: RunOrder, after: RunPlace | None, limit: int
) -> tuple[Sequence[Row[Any]], RunPlace | None]:
    if not where.words:
        rows = _rows(connection, where, order, after, limit + 1)
        return rows[:limit], _place(rows[limit - 1], order) if len(rows) > limit else None
    return _read_for_words(connection, where, order, after, limit)


def _read_for_words(
    connection: Connection, where: RunFilter, order: RunOrder, after: RunPlace | None, limit: int
) -> tuple[Sequence[Row[Any]], RunPlace | None]:
    """Reads on until the page is full, or so much was read that it is time to answer."""
    numbers, following = _numbers_with_words(connection, where, order, after, limit)
    found = connection.execute(select(runs).where(runs.c.number.in_(numbers)))
    rows = {row.number: row for row in found}
    return [rows[number] for number in numbers if number in rows], following


def _numbers_with_words(
    connection: Connection, where: RunFilter, order: RunOrder, after: RunPlace | None, limit: int
) -> tuple[list[int], RunPlace | None]:
    found: list[int] = []
    until = time.monotonic() + _WORDS_SECONDS
    columns = {column.key: column for column in (*_WORD_COLUMNS, _COLUMNS_OF[order.key])}
    while True:
        rows = _rows(connection, where, order, after, _CHUNK, *columns.values())
        for row in rows:
            if where.says(row.tool, json.loads(row.params), row.note):
                found.append(row.number)
            if len(found) == limit:
                return found, _place(row, order)
        if len(rows) < _CHUNK:
            return found, None
        after = _place(rows[-1], order)
        if time.monotonic() > until:
            return found, after


def _rows(
    connection: Connection,
    where: RunFilter,
    order: RunOrder,
    after: RunPlace | None,
    limit: int,
    *columns: ColumnElement[Any],
) -> list[Row[Any]]:
    if not columns and not where.is_empty:
        return _whole_rows(connection, where, order, after, limit)
    found: list[Row[Any]] = []
    for part in _parts(order, after):
        if len(found) < limit:
            found += _part(connection, where, order, part, limit - len(found), columns or tuple(runs.c))
    return found


def _whole_rows(
    connection: Connection, where: RunFilter, order: RunOrder, after: RunPlace | None, limit: int
) -> list[Row[Any]]:
    """First which, out of indexes alone where they can tell; then only those are read."""
    columns = {column.key: column for column in (runs.c.number, _COLUMNS_OF[order.key])}
    numbers = [row.number for row in _rows(connection, where, order, after, limit, *columns.values())]
    found = {row.number: row for row in connection.execute(select(runs).where(runs.c.number.in_(numbers)))}
    return [found[number] for number in numbers if number in found]


def _parts(order: RunOrder, after: RunPlace | None) -> Iterator[_Part]:
    """Conditions of the runs behind a place: first those that have the sorted value, then those without."""
    column = _COLUMNS_OF[order.key]
    lacks = order.key in _MAY_LACK
    if after is None:
        yield lambda number: [column.is_not(None)] if lacks else []
    elif after.value is not None:
        value, behind = _value_at(after, order), after.number
        further = column < value if order.descending else column > value
        # The first condition alone is what an index is good for.
        reached = column <= value if order.descending else column >= value

        def after_it(number: ColumnElement[int]) -> list[ColumnElement[bool]]:
            if order.key is SortKey.NUMBER:
                return [_behind(number, behind, order)]
            return [reached, or_(further, and_(column == value, _behind(number, behind, order)))]

        yield after_it
    if lacks:
        begun = after.number if after is not None and after.value is None else None
        yield lambda number: [
            column.is_(None),
            *([] if begun is None else [_behind(number, begun, order)]),
        ]


def _behind(number: ColumnElement[int], place: int, order: RunOrder) -> ColumnElement[bool]:
    return number < place if order.descending else number > place


def _value_at(place: RunPlace, order: RunOrder) -> Any:
    if order.key in _TIMES:
        try:
            return datetime.fromisoformat(str(place.value)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InvalidRequest("The cursor is none of ours.", field="cursor") from None
    return place.number if order.key is SortKey.NUMBER else place.value


def _place(row: Row[Any], order: RunOrder) -> RunPlace:
    value = getattr(row, _COLUMNS_OF[order.key].key or "")
    if isinstance(value, datetime):
        value = value.isoformat()
    return RunPlace(order=str(order), value=value, number=row.number)


def _part(
    connection: Connection,
    where: RunFilter,
    order: RunOrder,
    part: _Part,
    limit: int,
    columns: Sequence[ColumnElement[Any]],
) -> list[Row[Any]]:
    plans = list(selects(connection, where, order, *columns))
    queries = [
        planned.query.where(*part(planned.number)).order_by(*_ordering(order, planned)).limit(limit)
        for planned in plans
    ]
    together = (
        queries[0] if len(queries) == 1 else union_all(*(select(query.subquery()) for query in queries))
    )
    with as_planned(connection, plans):
        found = connection.execute(together).all()
    if len(queries) == 1:
        return list(found)
    column = _COLUMNS_OF[order.key].key or ""
    both = {row.number: row for row in found}.values()
    return sorted(both, key=lambda row: (getattr(row, column) or 0, row.number), reverse=order.descending)[
        :limit
    ]


def _ordering(order: RunOrder, planned: Planned) -> list[ColumnElement[Any]]:
    columns: list[ColumnElement[Any]] = [planned.number]
    if order.key is not SortKey.NUMBER:
        columns.insert(0, _COLUMNS_OF[order.key])
    return [column.desc() if order.descending else column.asc() for column in columns]


# -- figures ------------------------------------------------------------------------------------------------------------


def _whole(connection: Connection, where: RunFilter, *columns: Any) -> Select[Any]:
    """All runs of the filter; of those with words the ones that are found in time."""
    if not where.words:
        return select_all(connection, where, *columns)
    numbers, _ = _numbers_with_words(connection, where, RunOrder(), None, COUNTED)
    return select(*columns).where(runs.c.number.in_(numbers))


def _by_status(connection: Connection, where: RunFilter) -> tuple[dict[RunStatus, int], Count]:
    """Of the first ones up to the bound."""
    if where.words:
        rows, following = _read_for_words(connection, where, RunOrder(), None, COUNTED)
        statuses = Counter(RunStatus(row.status) for row in rows)
        return dict(statuses), Count(runs=len(rows), more=following is not None)
    if are_counted(where):
        by_status = {
            RunStatus(row.status): int(row.runs) for row in connection.execute(counts(where, counted.status))
        }
        return by_status, Count(runs=sum(by_status.values()))
    some = select_all(connection, where, runs.c.status).limit(COUNTED + 1).subquery()
    each = select(some.c.status, func.count().label("runs")).group_by(some.c.status)
    by_status = {RunStatus(row.status): int(row.runs) for row in connection.execute(each)}
    found = sum(by_status.values())
    return by_status, Count(runs=min(found, COUNTED), more=found > COUNTED)


def _counted_groups(connection: Connection, where: RunFilter, by: GroupKey) -> Sequence[Row[Any]]:
    """Of each kind the count, and when its newest run was made."""
    kinds = counts(where, counted.tool, counted.owner, counted.status).subquery()
    newest = (
        select(func.max(runs.c.number))
        .where(runs.c.tool == kinds.c.tool, runs.c.owner == kinds.c.owner, runs.c.status == kinds.c.status)
        .correlate(kinds)
        .scalar_subquery()
    )
    found = select(kinds, newest.label("newest")).subquery()
    key = {GroupKey.TOOL: found.c.tool, GroupKey.OWNER: found.c.owner, GroupKey.STATUS: found.c.status}[by]
    query = (
        select(
            key.label("key"),
            found.c.status,
            func.sum(found.c.runs).label("runs"),
            func.max(runs.c.created_at).label("last"),
        )
        .join(runs, runs.c.number == found.c.newest)
        .group_by(key, found.c.status)
    )
    return list(connection.execute(query))


def _ends(connection: Connection, where: RunFilter) -> tuple[Row[Any] | None, Row[Any] | None]:
    """Number and time of the first run and the last one."""
    columns = (runs.c.number, runs.c.created_at)
    first, last = (
        next(iter(_rows(connection, where, RunOrder(descending=down), None, 1, *columns)), None)
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
    columns = (runs.c.number, runs.c.created_at, runs.c.duration, runs.c.status, runs.c.tool)
    if where.words:
        rows, _ = _read_for_words(connection, where, RunOrder(), None, _SAMPLE)
        return rows
    if first is None or last is None:
        return ()
    numbers = range(-(-first.number // step) * step, last.number + 1, step)
    if not where.params and len(numbers) <= _SAMPLE + 1:
        return connection.execute(among(connection, where, numbers, *columns)).all()
    query = select_all(connection, where, *columns)
    if step > 1:
        query = query.where(runs.c.number % step == 0)
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


def _day(connection: Connection, offset_minutes: int) -> ColumnElement[Any]:
    minutes = int(offset_minutes)
    if connection.dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d", runs.c.created_at, f"{minutes:+d} minutes")
    shifted = func.timezone("UTC", runs.c.created_at) + timedelta(minutes=minutes)
    return func.to_char(shifted, "YYYY-MM-DD")


def _grouped(rows: Sequence[Row[Any]]) -> Sequence[RunGroup]:
    groups: dict[str, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    found = [
        RunGroup(
            key=key,
            # PostgreSQL's sums are decimal numbers.
            runs=sum(int(row.runs) for row in parts),
            by_status={RunStatus(row.status): int(row.runs) for row in parts},
            last=max(_aware(row.last) for row in parts),
        )
        for key, parts in groups.items()
    ]
    return sorted(found, key=lambda group: group.last, reverse=True)[:_MOST_GROUPS]


def _chains(connection: Connection, where: RunFilter) -> Sequence[RunGroup]:
    if where.words:
        numbers, _ = _numbers_with_words(connection, where, RunOrder(), None, COUNTED)
        found = select(chain_of(runs.c)).where(runs.c.number.in_(numbers))
        keys = list(dict.fromkeys(connection.execute(found.order_by(runs.c.number.desc())).scalars()))[
            :_MOST_GROUPS
        ]
        query = select(chain_of(runs.c).label("key"), runs.c.status).where(
            runs.c.number.in_(numbers), in_chains(keys)
        )
    else:
        keys = _newest_chains(connection, where)
        these = replace(where, chains=frozenset(keys))
        query = select_all(connection, these, chain_of(runs.c).label("key"), runs.c.status)
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
    newest_rows = connection.execute(
        select(runs).where(runs.c.number.in_([newest for _, newest in ends.values()]))
    ).all()
    made = _artifacts(connection, newest_rows)
    runs_by_number = {
        row.number: run_of(row, artifacts=_of_attempt(made.get(row.id, ()), row.attempt))
        for row in newest_rows
    }
    return [
        replace(group, first=ends[group.key][0], newest=runs_by_number.get(ends[group.key][1]))
        for group in _grouped(rows)
    ]


def _newest_chains(connection: Connection, where: RunFilter) -> list[str]:
    """Read from the newest run on until there are enough: most chains are short, so that these are few runs."""
    order = RunOrder()
    columns = {
        column.key: column for column in (runs.c.id, runs.c.chain, runs.c.number, _COLUMNS_OF[order.key])
    }
    found: dict[str, None] = {}
    after: RunPlace | None = None
    while True:
        rows = _rows(connection, where, order, after, _CHUNK, *columns.values())
        found.update(dict.fromkeys(row.chain or row.id for row in rows))
        if len(rows) < _CHUNK or len(found) >= _MOST_GROUPS:
            return list(found)[:_MOST_GROUPS]
        after = _place(rows[-1], order)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


# -- artifacts ----------------------------------------------------------------------------------------------------------


def _artifacts(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, list[Artifact]]:
    found: dict[str, list[Artifact]] = {}
    query = select(artifacts).where(artifacts.c.run.in_([row.id for row in rows])).order_by(artifacts.c.id)
    for row in connection.execute(query):
        found.setdefault(row.run, []).append(artifact_of(row))
    return found


def _of_attempt(made: Iterable[Artifact], attempt: int) -> tuple[Artifact, ...]:
    return tuple(one for one in made if one.attempt == attempt)
