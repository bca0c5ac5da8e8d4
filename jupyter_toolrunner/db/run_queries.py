"""From a `RunFilter` to SQL that reads few rows, however long the history is.

PostgreSQL knows how often each value occurs, and plans by itself. SQLite does not: it would take any index that fits.
So one condition is chosen to lead, by counting a little; the others are written so that no index fits (``+column``).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from ..core.history import Comparison, ParamCondition, RunFilter, RunOrder, SortKey, value_key
from ..core.runs import RunStatus
from .run_params import numbers_in_tail
from .tables import run_params, run_tags, runs

#: A condition that finds at most so many runs leads, whatever the order: sorting so few costs nothing.
_FEW = 500
_IS_QUEUED = runs.c.status == literal_column(f"'{RunStatus.QUEUED.value}'")


_SORTED = {SortKey.CREATED: runs.c.created_at, SortKey.DURATION: runs.c.duration, SortKey.TOOL: runs.c.tool}


@dataclass(frozen=True, slots=True)
class _Facet:
    """One column of `runs` and what is asked of it."""

    column: Column[Any]
    wanted: tuple[Any, ...] = ()
    least: Any = None
    most: Any = None
    below: Any = None
    #: Whether an index has the runs of one value by number.
    by_number: bool = False
    has_index: bool = True

    def condition(self, *, by_index: bool) -> ColumnElement[bool]:
        column: ColumnElement[Any] = self.column
        if not by_index:
            column = literal_column(f"+runs.{self.column.name}", self.column.type)
        parts: list[ColumnElement[bool]] = []
        if self.wanted:
            # One value is asked for as such: an index then has its runs in their order already.
            one = len(self.wanted) == 1
            parts.append(column == self.wanted[0] if one else column.in_(self.wanted))
        if self.least is not None:
            parts.append(column >= self.least)
        if self.most is not None:
            parts.append(column <= self.most)
        if self.below is not None:
            parts.append(column < self.below)
        return and_(*parts)


@dataclass(frozen=True, slots=True)
class _Tag:
    tag: str


_Condition = _Facet | ParamCondition | _Tag


@dataclass(frozen=True, slots=True)
class Planned:
    query: Select[Any]
    #: The run's number, as what it is ordered by: by this column it is read in its order already, or is to be sorted.
    number: ColumnElement[int]


def selects(connection: Connection, where: RunFilter, order: RunOrder, *columns: Any) -> Iterator[Planned]:
    """What is to be read together: the runs whose values are in the table, and the newest, whose are not yet."""
    yield _planned(connection, where, order, select(*columns))
    if where.params and (numbers := numbers_in_tail(connection, where.params)):
        by_index = connection.dialect.name != "sqlite"
        conditions = [facet.condition(by_index=by_index) for facet in _facets(where)]
        conditions += [_has(tag) for tag in _tags(where)]
        conditions += [in_chains(_sorted(where.chains))] if where.chains else []
        yield Planned(select(*columns).where(runs.c.number.in_(numbers), *conditions), runs.c.number)


def select_all(connection: Connection, where: RunFilter, *columns: Any) -> Select[Any]:
    """All at once, where the order does not matter."""
    parts = [planned.query for planned in selects(connection, where, RunOrder(), *columns)]
    if len(parts) == 1:
        return parts[0]
    together = [query.with_only_columns(runs.c.number) for query in parts]
    return select(*columns).where(or_(*(runs.c.number.in_(query) for query in together)))


def _planned(connection: Connection, where: RunFilter, order: RunOrder, query: Select[Any]) -> Planned:
    facets = _facets(where)
    others: list[_Tag | ParamCondition] = [*_tags(where), *where.params]
    if where.chains:
        query = query.where(in_chains(_sorted(where.chains)))
    if order.key is SortKey.QUEUE:
        query = query.where(_IS_QUEUED)
    if connection.dialect.name != "sqlite":
        query = query.where(*(facet.condition(by_index=True) for facet in facets))
        return Planned(query.where(*(_has(other) for other in others)), runs.c.number)
    # A chain is short: whatever else is asked for, its runs are few.
    leader, finds_few = (None, True) if where.chains else _leader(connection, facets, others, order)
    query = query.where(*(facet.condition(by_index=facet is leader) for facet in facets))
    query = query.where(*(_has(other) for other in others if other is not leader))
    number: ColumnElement[int] = runs.c.number
    if isinstance(leader, _Tag):
        tags = run_tags.alias()
        query = query.join(tags, tags.c.run == runs.c.id).where(tags.c.tag == leader.tag)
        number = tags.c.number
    elif isinstance(leader, ParamCondition):
        values = run_params.alias()
        query = query.join(values, values.c.run == runs.c.number).where(_holds(values.c, leader))
        number = values.c.run
    if finds_few:
        number = literal_column("+runs.number", runs.c.number.type)
    return Planned(query, number)


def _leader(
    connection: Connection,
    facets: Sequence[_Facet],
    others: Sequence[_Tag | ParamCondition],
    order: RunOrder,
) -> tuple[_Condition | None, bool]:
    """And whether it finds few. None: the runs are read in the order, and each is looked at."""
    parts: list[_Condition] = [*facets, *others]
    by_number = order.key is SortKey.NUMBER
    if len(parts) == 1 and by_number and _keeps_order(parts[0]):
        return parts[0], False
    counted = [(_count_few(connection, part), place) for place, part in enumerate(parts) if _is_counted(part)]
    if counted and min(counted)[0] <= _FEW:
        return parts[min(counted)[1]], True
    if by_number:
        # Comparisons first: of those alone it is not known how few they find.
        ranked: list[_Condition] = [*sorted(others, key=_is_counted), *facets]
        in_order = [part for part in ranked if _keeps_order(part)]
        return (in_order[0] if in_order else None), False
    sorted_ = _SORTED.get(order.key)
    return next((facet for facet in facets if facet.column is sorted_), None), False


def _keeps_order(part: _Condition) -> bool:
    if isinstance(part, _Facet):
        return part.by_number and len(part.wanted) == 1
    if isinstance(part, _Tag):
        return True
    return part.comparison is not Comparison.EQUAL or len(part.keys) == 1


def _is_counted(part: _Condition) -> bool:
    if isinstance(part, _Facet):
        return part.has_index
    return isinstance(part, _Tag) or part.comparison is Comparison.EQUAL


def _count_few(connection: Connection, part: _Condition) -> int:
    if isinstance(part, _Facet):
        query = select(runs.c.number).where(part.condition(by_index=True))
    elif isinstance(part, _Tag):
        query = select(run_tags.c.number).where(run_tags.c.tag == part.tag)
    else:
        query = select(run_params.c.run).where(_holds(run_params.c, part))
    return connection.execute(select(func.count()).select_from(query.limit(_FEW + 1).subquery())).scalar_one()


def _facets(where: RunFilter) -> list[_Facet]:
    statuses = {status.value for status in where.statuses}
    if where.reasons and not statuses:
        statuses = {RunStatus.FAILED.value}
    found = [
        _Facet(runs.c.tool, _sorted(where.tools), by_number=True),
        _Facet(runs.c.owner, _sorted(where.owners), by_number=True),
        _Facet(runs.c.status, _sorted(statuses), by_number=True),
        _Facet(runs.c.reason, _sorted(reason.value for reason in where.reasons), has_index=False),
    ]
    return [
        *(facet for facet in found if facet.wanted),
        *_range(runs.c.created_at, least=where.created_from, below=where.created_before),
        *_range(runs.c.duration, least=where.shortest, most=where.longest),
    ]


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values))


def _range(column: Column[Any], **bounds: Any) -> list[_Facet]:
    return [_Facet(column, **bounds)] if any(bound is not None for bound in bounds.values()) else []


# -- chains -----------------------------------------------------------------------------------------------------------------


def chain_of(columns: Any) -> ColumnElement[str]:
    """The id of the run that a run's chain began with: that one's own, for that one itself."""
    found: ColumnElement[str] = func.coalesce(columns.chain, columns.id)
    return found


def in_chains(ids: Sequence[str]) -> ColumnElement[bool]:
    return or_(runs.c.chain.in_(ids), runs.c.id.in_(ids))


# -- tags and values of params --------------------------------------------------------------------------------------------


def _tags(where: RunFilter) -> list[_Tag]:
    return [_Tag(tag) for tag in sorted(where.tags)]


def _has(condition: ParamCondition | _Tag) -> ColumnElement[bool]:
    if isinstance(condition, _Tag):
        tags = run_tags.alias()
        return exists().where(tags.c.run == runs.c.id, tags.c.tag == condition.tag)
    values = run_params.alias()
    return exists().where(values.c.run == runs.c.number, _holds(values.c, condition))


def _holds(values: Any, condition: ParamCondition) -> ColumnElement[bool]:
    return and_(values.name == condition.name, _compares(values, condition))


def _compares(values: Any, condition: ParamCondition) -> ColumnElement[bool]:
    keys = condition.keys
    match condition.comparison:
        case Comparison.EQUAL:
            found = values.value == keys[0] if len(keys) == 1 else values.value.in_(keys)
        case Comparison.NOT_EQUAL:
            found = not_(values.value.in_(keys))
        case Comparison.CONTAINS:
            found = values.value.contains(value_key(condition.value), autoescape=True)
        case _:
            found = _ORDERED[condition.comparison](values.number, condition.number)
    answer: ColumnElement[bool] = found
    return answer


_ORDERED: dict[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.ABOVE: operator.gt,
    Comparison.BELOW: operator.lt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
}
