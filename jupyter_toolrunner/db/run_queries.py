"""From a `RunFilter` to SQL that reads few rows, however long the history is.

One condition leads: an index has its runs in their order, and the others are looked at run by run. Which one, is told by
how close to each other its newest runs are, or by the counts that are kept; one with few runs always leads. Several values
of a tool, an owner or a status are several short lists, which are read together.

PostgreSQL knows how often each value occurs, and may plan otherwise. SQLite does not: it would take any index that fits. So
for it the other conditions are written so that no index fits (``+column``).

What is read are the `run_facts` of runs that did not change since they were kept, and beside them the changed runs as they
are now: see `run_facts.py`. Whoever reads both does so in one snapshot.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Float,
    Select,
    Text,
    TextClause,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
)

from ..core.history import Comparison, ParamCondition, RunFilter, RunOrder, SortKey, value_key
from ..core.runs import RunStatus
from .dialect import is_among
from .prepared import Prepared, within
from .run_counts import kept
from .run_facts import has_changed, is_kept, numbers_of_times, standing
from .run_params import TAIL, holding, tools_with
from .tables import run_facts, run_params, run_tags, runs

#: Runs of a condition that are looked at to see how many it finds: where there are fewer, they may be sorted.
_FEW = 500
#: The same where the index has all that is needed.
_SOME = 2_000
#: As many as a page has, roughly.
_PAGE = 50
#: Lists that are read together.
_MOST_LISTS = 30
#: Written out: a partial index is taken only where the query says so itself.
_QUEUED: ColumnElement[str] = literal_column(f"'{RunStatus.QUEUED.value}'")
#: Settings of PostgreSQL: look at one run after the other, in the order of an index; and plan for the values that are asked
#: for, also where the driver has prepared a statement.
_RUN_BY_RUN = {
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_custom_plan",
}
_IN_ORDER = {"enable_sort": "off", "enable_bitmapscan": "off"}
#: Only these have a reason.
_HAVE_REASON = frozenset({RunStatus.FAILED, RunStatus.WAITING})

#: How many there are, and between which numbers.
_ENDS: tuple[ColumnElement[Any], ...] = (
    func.count(),
    func.min(literal_column("newest.number")),
    func.max(literal_column("newest.number")),
)
#: The columns that `runs` and `run_facts` share, by their names.
Columns = Any
_LISTED = ("tool", "owner", "status")
_SORTED = {
    SortKey.CREATED: "created_at",
    SortKey.DURATION: "duration",
    SortKey.TOOL: "tool",
    SortKey.STATUS: "status",
}


@dataclass(frozen=True, slots=True)
class _Facet:
    """One column and what is asked of it."""

    name: str
    wanted: tuple[Any, ...] = ()
    least: Any = None
    most: Any = None
    below: Any = None

    def condition(self, columns: Columns = run_facts.c, *, by_index: bool = True) -> ColumnElement[bool]:
        column: ColumnElement[Any] = columns[self.name]
        if not by_index:
            column = literal_column(f"+{columns[self.name].table.name}.{self.name}", column.type)
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


@dataclass(frozen=True, slots=True)
class _Lists:
    """Tools, owners and statuses: for one value of each there is an index that has its runs by number."""

    facets: tuple[_Facet, ...]

    def each(self) -> Iterator[tuple[_Facet, ...]]:
        names = [facet.name for facet in self.facets]
        for values in itertools.product(*(facet.wanted for facet in self.facets)):
            yield tuple(_Facet(name, (value,)) for name, value in zip(names, values, strict=True))


@dataclass(frozen=True, slots=True)
class _Measure:
    """How many runs a condition finds, and which share of all: counted as a whole, or guessed from the newest."""

    runs: int
    share: float
    is_whole: bool


_Condition = _Facet | ParamCondition | _Tag | _Lists


@dataclass(frozen=True, slots=True)
class Planned:
    query: Select[Any]
    #: The run's number, as what it is ordered by: by this column it is read in its order already, or is to be sorted.
    number: ColumnElement[int]
    #: Of the table that it reads.
    columns: Columns = field(default_factory=lambda: run_facts.c)
    #: Whether it is read in the order of its numbers and ends where a page is full.
    in_order: bool = False


@contextmanager
def as_planned(connection: Connection, planned: Sequence[Planned]) -> Iterator[None]:
    """PostgreSQL takes conditions that have to do with each other for rare, and would read all that each of them finds."""
    if connection.dialect.name == "sqlite":
        yield
        return
    within(connection).one(_PLAN_IN_ORDER if all(one.in_order for one in planned) else _PLAN_RUN_BY_RUN, {})
    yield
    # As they were: other statements of this transaction plan by themselves.
    within(connection).one(_PLAN_AS_BEFORE, {})


def _plan_by(settings: Mapping[str, str | None]) -> Prepared:
    """Those of PostgreSQL, until the transaction ends."""
    values = [
        func.set_config(name, null() if value is None else value, true()) for name, value in settings.items()
    ]
    return Prepared(select(*values), [Column(name, Text) for name in settings])


_PLAN_RUN_BY_RUN, _PLAN_IN_ORDER = _plan_by(_RUN_BY_RUN), _plan_by(_RUN_BY_RUN | _IN_ORDER)
_PLAN_AS_BEFORE = _plan_by(dict.fromkeys(_RUN_BY_RUN | _IN_ORDER))


def selects(connection: Connection, where: RunFilter, order: RunOrder, *names: str) -> Iterator[Planned]:
    """What is to be read together: lists of runs that are in their order. No run is in two of them."""
    if order.key is SortKey.QUEUE:
        # In its order by the index by which runs are claimed.
        if where.is_empty:
            query = select(*_named(runs.c, names)).where(runs.c.status == _QUEUED)
            yield Planned(query, runs.c.number, runs.c)
            return
        if where.statuses and RunStatus.QUEUED not in where.statuses:
            return
        where = replace(where, statuses=frozenset({RunStatus.QUEUED}))
    if where.is_empty and order.key is SortKey.NUMBER:
        yield Planned(select(*_named(runs.c, names)), runs.c.number, runs.c, in_order=True)
    elif where.chains:
        yield of_chains(connection, where, *_named(runs.c, names))
    else:
        yield from _kept(connection, where, order, names, in_lists=True)


def select_all(connection: Connection, where: RunFilter, *names: str) -> Select[Any]:
    """All at once, where the order does not matter."""
    if where.chains:
        return of_chains(connection, where, *_named(runs.c, names)).query
    parts = [planned.query for planned in _kept(connection, where, RunOrder(), names, in_lists=False)]
    if len(parts) == 1:
        return parts[0]
    both = union_all(*parts).subquery()
    return select(*_named(both.c, names))


def _kept(
    connection: Connection, where: RunFilter, order: RunOrder, names: Sequence[str], *, in_lists: bool
) -> Iterator[Planned]:
    """By what is kept of the runs, then those that this does not tell of."""
    stands = standing(connection)
    plan = _Plan(connection, where, order, in_lists=in_lists)
    for planned in plan.selects(names):
        query = planned.query
        if stands.has_changes:
            query = query.where(is_kept(run_facts.c.number))
        if where.params and stands.old:
            query = query.where(not_(_is_old(run_facts.c.number, stands.old)))
        yield replace(planned, query=query)
    if stands.has_changes:
        yield _of_runs(connection, where, has_changed(connection, runs.c.number), names)
    if where.params and stands.old:
        are_old = _is_old(runs.c.number, stands.old)
        query = select(runs.c.number).where(are_old, not_(has_changed(connection, runs.c.number)))
        few = query.order_by(runs.c.number.desc()).limit(TAIL).subquery()
        yield _of_runs(connection, where, runs.c.number.in_(select(few.c.number)), names)


def _is_old(number: ColumnElement[int], old: tuple[int, int]) -> ColumnElement[bool]:
    return and_(number > old[0], number <= old[1])


def of_chains(connection: Connection, where: RunFilter, *columns: Any) -> Planned:
    """The runs of these chains: they are few."""
    return _of_runs(connection, where, in_chains(_sorted(where.chains)), columns)


def among(connection: Connection, where: RunFilter, numbers: Iterable[int], *names: str) -> Select[Any]:
    """Those of these numbers."""
    return of_numbers(connection, where, numbers, *names).query


def of_numbers(connection: Connection, where: RunFilter, numbers: Iterable[int], *names: str) -> Planned:
    """The same, to be put in any order."""
    planned = _of_runs(connection, where, is_among(connection, runs.c.number, numbers), names)
    return replace(planned, in_order=False)


def _of_runs(
    connection: Connection, where: RunFilter, which: ColumnElement[bool] | TextClause, columns: Sequence[Any]
) -> Planned:
    """Runs as they are now; which ones is told by an index of theirs."""
    by_index = connection.dialect.name != "sqlite"
    conditions = [which, *(facet.condition(runs.c, by_index=by_index) for facet in _facets(where))]
    conditions += [_has(tag, runs.c.number) for tag in _tags(where)]
    if where.params:
        query = select(runs.c.number, runs.c.params).where(*conditions)
        conditions = [is_among(connection, runs.c.number, holding(connection, query, where.params))]
    found = [runs.c[column] if isinstance(column, str) else column for column in columns]
    return Planned(select(*found).where(*conditions), runs.c.number, runs.c, in_order=not where.chains)


def _named(columns: Columns, names: Iterable[str]) -> list[ColumnElement[Any]]:
    return [columns[name] for name in names]


def newest(connection: Connection, where: RunFilter, below: int) -> int | None:
    """The highest number below that one of a run that fits."""
    found = [
        connection.execute(
            planned.query.where(planned.number < below).order_by(planned.number.desc()).limit(1)
        ).scalar()
        for planned in selects(connection, where, RunOrder(), "number")
    ]
    return max((number for number in found if number is not None), default=None)


class _Plan:
    """The way to the runs of a filter by what is kept of them."""

    def __init__(
        self, connection: Connection, where: RunFilter, order: RunOrder, *, in_lists: bool = True
    ) -> None:
        self._connection = connection
        self._where, self._order = _narrowed(connection, where), order
        self._in_lists = in_lists
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._facets = [] if self._where is None else _facets(self._where)
        self._others: list[_Tag | ParamCondition] = [*_tags(where), *where.params]
        self._times = [facet for facet in self._facets if facet.name == "created_at"]
        self._bounds: tuple[int, int] | None = None
        if where.created_from is not None or where.created_before is not None:
            self._bounds = numbers_of_times(connection, where.created_from, where.created_before)

    def selects(self, names: Sequence[str]) -> Iterator[Planned]:
        query = select(*_named(run_facts.c, names))
        if self._where is None:
            # No run has this number: other than of what is false, both databases see that there is nothing to read.
            yield Planned(query.where(run_facts.c.number == 0), run_facts.c.number, in_order=True)
            return
        if self._order.key is SortKey.QUEUE:
            query = query.where(run_facts.c.status == _QUEUED)
        leader, finds_few = self._leader()
        if isinstance(leader, _Lists) and self._in_lists and not finds_few:
            for facets in leader.each():
                conditions = [facet.condition() for facet in facets]
                yield self._planned(query.where(*conditions), leader.facets, leader, finds_few=False)
            return
        by_index = self._by_index(leader)
        conditions = [facet.condition() for facet in by_index]
        yield self._planned(query.where(*conditions), by_index, leader, finds_few=finds_few)

    def _planned(
        self,
        query: Select[Any],
        done: Sequence[_Facet],
        leader: _Condition | None,
        *,
        finds_few: bool,
    ) -> Planned:
        rest = [facet for facet in self._facets if facet not in done]
        query = query.where(*(facet.condition(by_index=not self._is_sqlite) for facet in rest))
        others = [other for other in self._others if other is not leader]
        query = query.where(*(_has(other, run_facts.c.number) for other in others))
        number: ColumnElement[int] = run_facts.c.number
        if isinstance(leader, _Tag):
            tags = run_tags.alias()
            query = query.join(tags, tags.c.number == run_facts.c.number).where(tags.c.tag == leader.tag)
            number = tags.c.number
        elif isinstance(leader, ParamCondition):
            values = run_params.alias()
            query = query.join(values, values.c.run == run_facts.c.number).where(_holds(values.c, leader))
            number = values.c.run
        # By another condition than the number itself, its bounds would only mislead.
        if self._bounds is not None and (self._order.key is SortKey.NUMBER or not self._is_sqlite):
            query = query.where(*_between(number, self._bounds))
        if finds_few:
            number = literal_column("+run_facts.number", run_facts.c.number.type)
        return Planned(query, number, in_order=not finds_few and self._order.key is SortKey.NUMBER)

    def _by_index(self, leader: _Condition | None) -> tuple[_Facet, ...]:
        if isinstance(leader, _Lists):
            return leader.facets
        if not isinstance(leader, _Facet):
            return ()
        return (*self._tool_of_duration(leader), leader)

    def _tool_of_duration(self, facet: _Facet) -> tuple[_Facet, ...]:
        """An index has the durations of each tool."""
        if facet.name != "duration":
            return ()
        return tuple(each for each in self._facets if each.name == "tool")

    def _leader(self) -> tuple[_Condition | None, bool]:
        """And whether its runs are to be sorted. None: the runs are read in the order, and each is looked at."""
        by_number = self._order.key is SortKey.NUMBER
        parts = self._parts()
        if by_number and len(parts) == 1 and self._keeps_order(parts[0]):
            return parts[0], False
        measures = [self._measured(part) for part in parts]
        # As if no condition had to do with another: of a run that is read, the others hold so often.
        together = math.prod(measure.share for measure in measures)
        in_order = None if by_number else self._sorted_facet()
        best: tuple[float, _Condition | None, bool] = (
            _PAGE / together if together else math.inf,
            in_order,
            False,
        )
        for part, measure in zip(parts, measures, strict=True):
            if by_number and self._keeps_order(part):
                read = _PAGE * measure.share / together if together else math.inf
                best = min(best, (min(measure.runs, read), part, False), key=operator.itemgetter(0))
            # The numbers of some days lie together already.
            elif measure.is_whole and not (by_number and part in self._times):
                best = min(best, (measure.runs, part, True), key=operator.itemgetter(0))
        return best[1], best[2]

    def _sorted_facet(self) -> _Facet | None:
        """The one whose index has the runs in the order that is asked for."""
        sorted_ = _SORTED.get(self._order.key)
        asked = next((facet for facet in self._facets if facet.name == sorted_), None)
        tool = next((facet for facet in self._facets if facet.name == "tool"), None)
        if self._order.key is SortKey.DURATION and asked is None and tool and len(tool.wanted) == 1:
            return tool
        return asked

    def _parts(self) -> list[_Condition]:
        lists = tuple(facet for facet in self._facets if facet.name in _LISTED)
        return [
            *([_Lists(lists)] if lists else []),
            *(facet for facet in self._facets if facet.name not in _LISTED),
            *self._others,
        ]

    def _keeps_order(self, part: _Condition) -> bool:
        """Whether an index has its runs by number."""
        if isinstance(part, _Facet):
            return part.name == "reason" and len(part.wanted) == 1
        if isinstance(part, _Lists):
            return sum(1 for _ in itertools.islice(part.each(), _MOST_LISTS + 1)) <= _MOST_LISTS
        if isinstance(part, _Tag):
            return True
        return part.comparison is not Comparison.EQUAL or len(part.keys) == 1

    def _measured(self, part: _Condition) -> _Measure:
        if isinstance(part, _Lists):
            found = self._kept[0]
            return _Measure(found, found / self._all, is_whole=True)
        if self._bounds is not None and isinstance(part, _Facet) and part.name == "created_at":
            lowest, highest = self._bounds
            found = min(self._all, highest + 1) - lowest
            return _Measure(max(0, found), max(0, found) / self._all, is_whole=True)
        is_compared = isinstance(part, ParamCondition) and part.comparison is not Comparison.EQUAL
        in_order = self._keeps_order(part) and not is_compared
        most = _SOME if is_compared else _FEW
        found, low, high = self._ends_of(part, most, in_order=in_order)
        if found < most:
            return _Measure(found, found / self._all, is_whole=True)
        # Of those out of their order it is only known that there are more: neither few nor nearly all.
        share = found / max(found, high - low) if in_order else math.sqrt(min(1.0, found / self._all))
        return _Measure(round(share * self._all), share, is_whole=False)

    def _ends_of(
        self, part: _Facet | _Tag | ParamCondition, most: int, *, in_order: bool
    ) -> tuple[int, int, int]:
        """Of the newest runs of a condition, up to so many: how many, the lowest number and the highest."""
        low, high = self._bounds or (-_ANY_NUMBER, _ANY_NUMBER)
        given: dict[str, Any] = {"most": most, **({"low": low, "high": high} if in_order else {})}
        if isinstance(part, _Tag):
            prepared, given["value"] = _NEWEST_OF["tag"], part.tag
        elif isinstance(part, _Facet) and in_order:
            prepared, given["value"] = _NEWEST_OF["reason"], part.wanted[0]
        elif isinstance(part, ParamCondition) and in_order:
            prepared, given["value"], given["name"] = _NEWEST_OF["value"], part.keys[0], part.name
        elif isinstance(part, ParamCondition) and part.comparison.is_ordered:
            prepared, given["value"], given["name"] = _NEWEST_OF[part.comparison], part.number, part.name
        else:
            if isinstance(part, _Facet):
                number: ColumnElement[int] = run_facts.c.number
                conditions = [facet.condition() for facet in (*self._tool_of_duration(part), part)]
            else:
                number, conditions = run_params.c.run, [_holds(run_params.c, part)]
            newest = select(number.label("number")).where(*conditions).limit(most).subquery("newest")
            count, lowest, highest = self._connection.execute(select(*_ENDS).select_from(newest)).one()
            return int(count), lowest, highest
        return tuple(within(self._connection).one(prepared, given))

    @cached_property
    def _kept(self) -> tuple[int, int]:
        """How many have one of the tools, owners and statuses, and how many there are."""
        where = self._where or RunFilter()
        asked = RunFilter(tools=where.tools, owners=where.owners, statuses=where.statuses)
        return kept(self._connection, asked)

    @property
    def _all(self) -> int:
        return max(1, self._kept[1])


_ORDERED: dict[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.ABOVE: operator.gt,
    Comparison.BELOW: operator.lt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
}


def _newest_of(
    number: ColumnElement[int], *conditions: ColumnElement[bool], in_order: bool = True
) -> Prepared:
    newest = select(number.label("number")).where(*conditions)
    if in_order:
        newest = newest.where(number.between(bindparam("low"), bindparam("high"))).order_by(number.desc())
    return Prepared(
        select(*_ENDS).select_from(newest.limit(bindparam("most")).subquery("newest")),
        [Column(name, BigInteger) for name in ("runs", "lowest", "highest")],
    )


_ANY_NUMBER = 2**62
#: The newest runs of a tag, a reason, a value of a param, and of values of a param that are compared.
_NEWEST_OF: dict[str, Prepared] = {
    "tag": _newest_of(run_tags.c.number, run_tags.c.tag == bindparam("value")),
    "reason": _newest_of(run_facts.c.number, run_facts.c.reason == bindparam("value")),
    "value": _newest_of(
        run_params.c.run, run_params.c.name == bindparam("name"), run_params.c.value == bindparam("value")
    ),
    **{
        comparison: _newest_of(
            run_params.c.run,
            run_params.c.name == bindparam("name"),
            compared(run_params.c.number, bindparam("value", type_=Float)),
            in_order=False,
        )
        for comparison, compared in _ORDERED.items()
    },
}


def _narrowed(connection: Connection, where: RunFilter) -> RunFilter | None:
    """The same with what follows from it; None where it finds nothing."""
    if where.reasons:
        statuses = (where.statuses or {RunStatus.FAILED}) & _HAVE_REASON
        if not statuses:
            return None
        where = replace(where, statuses=frozenset(statuses))
    if where.params:
        tools = tools_with(connection, {condition.name for condition in where.params})
        tools &= where.tools or tools
        if not tools:
            return None
        helps = where.owners or where.statuses or where.shortest is not None or where.longest is not None
        if where.tools or (helps and len(tools) <= _MOST_LISTS):
            where = replace(where, tools=frozenset(tools))
    return where


def _between(number: ColumnElement[int], bounds: tuple[int, int]) -> list[ColumnElement[bool]]:
    return [number >= bounds[0], number <= bounds[1]]


def _facets(where: RunFilter) -> list[_Facet]:
    statuses = {status.value for status in where.statuses}
    if where.reasons and not statuses:
        statuses = {RunStatus.FAILED.value}
    found = [
        _Facet("tool", _sorted(where.tools)),
        _Facet("owner", _sorted(where.owners)),
        _Facet("status", _sorted(statuses)),
        _Facet("reason", _sorted(reason.value for reason in where.reasons)),
    ]
    return [
        *(facet for facet in found if facet.wanted),
        *_range("created_at", least=where.created_from, below=where.created_before),
        *_range("duration", least=where.shortest, most=where.longest),
    ]


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values))


def _range(name: str, **bounds: Any) -> list[_Facet]:
    return [_Facet(name, **bounds)] if any(bound is not None for bound in bounds.values()) else []


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


def _has(condition: ParamCondition | _Tag, number: ColumnElement[int]) -> ColumnElement[bool]:
    if isinstance(condition, _Tag):
        tags = run_tags.alias()
        return exists().where(tags.c.number == number, tags.c.tag == condition.tag)
    values = run_params.alias()
    return exists().where(values.c.run == number, _holds(values.c, condition))


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
