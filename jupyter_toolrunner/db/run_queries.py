"""From a `RunFilter` to SQL that reads few rows, however long the history is.

One condition leads: an index has its runs in their order, and the others are looked at run by run. Which one, is told by
how close to each other its newest runs are, or by the counts that are kept; one with few runs always leads. Several values
of a tool, an owner or a status are several short lists, which are read together.

PostgreSQL knows how often each value occurs, and may plan otherwise. SQLite does not: it would take any index that fits. So
for it the other conditions are written so that no index fits (``+column``).

What is read are the `run_facts` of runs that did not change since they were kept, and beside them the changed runs as they
are now: see `run_facts.py`. Whoever reads both does so in one snapshot.

Statements are made of names for what is asked, such as ``tool_0``: two filters that ask for other values of the same have
one statement, which is made and compiled once.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Float,
    FromClause,
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
from .prepared import Prepared, Remembered, within
from .run_counts import kept
from .run_facts import has_changed, is_kept, numbers_of_times, standing
from .run_params import TAIL, holding, tools_with
from .tables import run_facts, run_params, run_tags, runs

#: Runs of a condition that are looked at to see how many it finds: where there are fewer, they may be sorted.
_FEW = 500
#: The same where the index has all that is needed.
_SOME = 3_000
#: The same of what is put together of lists.
_FEW_OF_LISTS = 200
#: The newest runs that are looked at for a duration, and how many of them have one that many have.
_SAMPLE, _NOT_RARE = 300, 9
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
    #: Place of the first wanted one, of a facet that is one of the values of another.
    place: int = 0

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """All that its condition is made of but for the values."""
        bounds = (self.least is not None, self.most is not None, self.below is not None)
        return (self.name, len(self.wanted), self.place, *bounds)

    @property
    def values(self) -> dict[str, Any]:
        bounds = {"least": self.least, "most": self.most, "below": self.below}
        wanted = enumerate(self.wanted, self.place)
        return {
            **{f"{self.name}_{place}": value for place, value in wanted},
            **{f"{self.name}_{bound}": value for bound, value in bounds.items() if value is not None},
        }

    def condition(self, columns: Columns = run_facts.c, *, by_index: bool = True) -> ColumnElement[bool]:
        column: ColumnElement[Any] = columns[self.name]
        if not by_index:
            column = literal_column(f"+{columns[self.name].table.name}.{self.name}", column.type)
        parts: list[ColumnElement[bool]] = []
        named = [
            bindparam(f"{self.name}_{self.place + n}", type_=column.type) for n in range(len(self.wanted))
        ]
        if named:
            # One value is asked for as such: an index then has its runs in their order already.
            parts.append(column == named[0] if len(named) == 1 else column.in_(named))
        if self.least is not None:
            parts.append(column >= bindparam(f"{self.name}_least", type_=column.type))
        if self.most is not None:
            parts.append(column <= bindparam(f"{self.name}_most", type_=column.type))
        if self.below is not None:
            parts.append(column < bindparam(f"{self.name}_below", type_=column.type))
        return and_(*parts)


@dataclass(frozen=True, slots=True)
class _Tag:
    tag: str
    #: Among those that are asked for.
    place: int

    @property
    def shape(self) -> tuple[Hashable, ...]:
        return ("tag", self.place)

    @property
    def values(self) -> dict[str, Any]:
        return {f"tag_{self.place}": self.tag}

    def holds(self, tags: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = tags.tag == bindparam(f"tag_{self.place}", type_=Text)
        return found


@dataclass(frozen=True, slots=True)
class _Value:
    """What is asked of a param."""

    condition: ParamCondition
    #: Among those that are asked for.
    place: int

    @property
    def shape(self) -> tuple[Hashable, ...]:
        return ("value", self.place, self.condition.comparison, len(self.condition.keys))

    @property
    def values(self) -> dict[str, Any]:
        condition = self.condition
        found: dict[str, Any] = {f"name_{self.place}": condition.name}
        if condition.comparison.is_ordered:
            found[f"number_{self.place}"] = condition.number
        elif condition.comparison is Comparison.CONTAINS:
            found[f"part_{self.place}"] = _escaped(value_key(condition.value))
        else:
            found |= {f"key_{self.place}_{n}": key for n, key in enumerate(condition.keys)}
        return found

    @property
    def named(self) -> BindParameter[str]:
        return bindparam(f"name_{self.place}", type_=Text)

    def holds(self, values: Any) -> ColumnElement[bool]:
        return and_(values.name == self.named, self._compares(values))

    def _compares(self, values: Any) -> ColumnElement[bool]:
        comparison = self.condition.comparison
        keys = [bindparam(f"key_{self.place}_{n}", type_=Text) for n in range(len(self.condition.keys))]
        match comparison:
            case Comparison.EQUAL:
                found = values.value == keys[0] if len(keys) == 1 else values.value.in_(keys)
            case Comparison.NOT_EQUAL:
                found = not_(values.value.in_(keys))
            case Comparison.CONTAINS:
                found = values.value.like(bindparam(f"part_{self.place}", type_=Text), escape=_ESCAPE)
            case _:
                found = _ORDERED[comparison](values.number, bindparam(f"number_{self.place}", type_=Float))
        answer: ColumnElement[bool] = found
        return answer


#: Before a sign that would stand for others in a pattern.
_ESCAPE = "/"


def _escaped(text: str) -> str:
    """A pattern of what has this text in it."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, _ESCAPE + sign)
    return f"%{text}%"


@dataclass(frozen=True, slots=True)
class _Lists:
    """Tools, owners and statuses: for one value of each there is an index that has its runs by number."""

    facets: tuple[_Facet, ...]

    def each(self) -> Iterator[tuple[_Facet, ...]]:
        yield from itertools.product(
            *(
                [_Facet(facet.name, (value,), place=n) for n, value in enumerate(facet.wanted, facet.place)]
                for facet in self.facets
            )
        )


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The few values of a param that fit: for each of them there is an index that has its runs by number."""

    value: _Value
    numbers: tuple[float, ...]

    @property
    def shape(self) -> tuple[Hashable, ...]:
        return (*self.value.shape, len(self.numbers))

    @property
    def values(self) -> dict[str, Any]:
        return {self._name(n): number for n, number in enumerate(self.numbers)}

    def each(self, values: Any) -> Iterator[ColumnElement[bool]]:
        for n in range(len(self.numbers)):
            yield and_(
                values.name == self.value.named, values.number == bindparam(self._name(n), type_=Float)
            )

    def _name(self, n: int) -> str:
        return f"number_{self.value.place}_{n}"


@dataclass(frozen=True, slots=True)
class _Measure:
    """How many runs a condition finds, and which share of all: counted as a whole, or guessed from the newest."""

    runs: int
    share: float
    is_whole: bool


_Condition = _Facet | _Value | _Tag | _Lists | _Numbers


@dataclass(frozen=True, slots=True)
class Planned:
    query: Select[Any]
    #: The run's number, as what it is ordered by: by this column it is read in its order already, or is to be sorted.
    number: ColumnElement[int]
    #: Of the table that it reads.
    columns: Columns = field(default_factory=lambda: run_facts.c)
    #: Whether it is read in the order of its numbers and ends where a page is full.
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How the runs of a filter are read."""

    #: What is to be read together: lists of runs that are in their order. No run is in two of them.
    lists: Callable[[], Sequence[Planned]]
    #: Of what is named in them.
    values: Mapping[str, Any]
    #: The same for those that have the same lists; None where some have values in them.
    key: Hashable | None


@contextmanager
def as_planned(connection: Connection, *, in_order: bool) -> Iterator[None]:
    """PostgreSQL takes conditions that have to do with each other for rare, and would read all that each of them finds."""
    if connection.dialect.name == "sqlite":
        yield
        return
    within(connection).one(_PLAN_IN_ORDER if in_order else _PLAN_RUN_BY_RUN, {})
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


def way_to(connection: Connection, where: RunFilter, order: RunOrder, *names: str) -> Way:
    """To these columns of the runs."""
    if order.key is SortKey.QUEUE:
        # In its order by the index by which runs are claimed.
        if where.is_empty:
            query = select(*_named(runs.c, names)).where(runs.c.status == _QUEUED)
            return Way(lambda: [Planned(query, runs.c.number, runs.c)], {}, ("queue", names))
        if where.statuses and RunStatus.QUEUED not in where.statuses:
            return _nowhere(names)
        where = replace(where, statuses=frozenset({RunStatus.QUEUED}))
    if where.is_empty and order.key is SortKey.NUMBER:
        everything = Planned(select(*_named(runs.c, names)), runs.c.number, runs.c, in_order=True)
        return Way(lambda: [everything], {}, ("all", names))
    if where.chains:
        of_them = of_chains(connection, where, *_named(runs.c, names))
        return Way(lambda: [of_them], values_of(where), None)
    return _kept(connection, where, order, names, in_lists=True)


def select_all(connection: Connection, where: RunFilter, *names: str) -> Select[Any]:
    """All at once, where the order does not matter."""
    if where.chains:
        return of_chains(connection, where, *_named(runs.c, names)).query.params(values_of(where))
    way = _kept(connection, where, RunOrder(), names, in_lists=False)
    parts = [planned.query.params(way.values) for planned in way.lists()]
    if len(parts) == 1:
        return parts[0]
    both = union_all(*parts).subquery()
    return select(*_named(both.c, names))


def _kept(
    connection: Connection, asked: RunFilter, order: RunOrder, names: Sequence[str], *, in_lists: bool
) -> Way:
    """By what is kept of the runs, then those that this does not tell of."""
    where = _of_reasons(asked)
    if where is None:
        return _nowhere(names)
    stands = standing(connection)
    plan = _Plan(connection, where, order, in_lists=in_lists)
    old = stands.old if where.params else None
    values = values_of(where) | plan.values
    if old:
        values |= {"old_after": old[0], "old_up_to": old[1]}

    def lists() -> Iterator[Planned]:
        for planned in plan.selects(names):
            query = planned.query
            if stands.has_changes:
                query = query.where(is_kept(planned.number))
            if old:
                query = query.where(not_(_is_old(planned.number)))
            yield replace(planned, query=query)
        if stands.has_changes:
            yield _of_runs(connection, where, has_changed(connection, runs.c.number), names)
        if old:
            query = select(runs.c.number).where(
                _is_old(runs.c.number), not_(has_changed(connection, runs.c.number))
            )
            few = query.order_by(runs.c.number.desc()).limit(TAIL).params(values).subquery()
            yield _of_runs(connection, where, runs.c.number.in_(select(few.c.number)), names)

    # Which of the changed runs have a value is found out by reading them: their numbers are in the statement then.
    is_once = where.params and (stands.has_changes or old)
    key = None if is_once else (connection.dialect.name, plan.shape, stands.has_changes, names, order.key)
    return Way(lambda: list(lists()), values, key)


def _nowhere(names: Sequence[str]) -> Way:
    """To no run."""
    # No run has this number: other than of what is false, both databases see that there is nothing to read.
    query = select(*_named(run_facts.c, names)).where(run_facts.c.number == literal_column("0"))
    return Way(lambda: [Planned(query, run_facts.c.number, in_order=True)], {}, ("nowhere", names))


def _is_old(number: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(number > _number_named("old_after"), number <= _number_named("old_up_to"))


def _number_named(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


def of_chains(connection: Connection, where: RunFilter, *columns: Any) -> Planned:
    """The runs of these chains: they are few."""
    return _of_runs(connection, where, in_chains(_sorted(where.chains)), columns)


def among(connection: Connection, where: RunFilter, numbers: Iterable[int], *names: str) -> Select[Any]:
    """Those of these numbers."""
    return of_numbers(connection, where, numbers, *names).query.params(values_of(where))


def of_numbers(connection: Connection, where: RunFilter, numbers: Iterable[int], *names: str) -> Planned:
    """The same, to be put in any order; what is named in it is told by `values_of`."""
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
        query = select(runs.c.number, runs.c.params).where(*conditions).params(values_of(where))
        conditions = [is_among(connection, runs.c.number, holding(connection, query, where.params))]
    found = [runs.c[column] if isinstance(column, str) else column for column in columns]
    return Planned(select(*found).where(*conditions), runs.c.number, runs.c, in_order=not where.chains)


def _named(columns: Columns, names: Iterable[str]) -> list[ColumnElement[Any]]:
    # What is put together is ordered by these names: other tables that are looked at may have them too.
    return [columns[name].label(name) for name in names]


def newest(connection: Connection, where: RunFilter, below: int) -> int | None:
    """The highest number below that one of a run that fits."""
    way = way_to(connection, where, RunOrder(), "number")
    found = [
        connection.execute(
            planned.query.where(planned.number < below).order_by(planned.number.desc()).limit(1), way.values
        ).scalar()
        for planned in way.lists()
    ]
    return max((number for number in found if number is not None), default=None)


class _Plan:
    """The way to the runs of a filter by what is kept of them."""

    def __init__(
        self, connection: Connection, where: RunFilter, order: RunOrder, *, in_lists: bool = True
    ) -> None:
        self._connection = connection
        self._where, self._order = _of_tools(connection, where), order
        self._in_lists = in_lists
        self._is_sqlite = connection.dialect.name == "sqlite"
        # Of the tools it may be asked otherwise than in the filter, and both may be in one statement.
        self._facets = [] if self._where is None else _facets(self._where, first_tool=len(where.tools))
        self._others = _others(where)
        self._times = [facet for facet in self._facets if facet.name == "created_at"]
        self._durations = [facet for facet in self._facets if facet.name == "duration"]
        self._bounds: tuple[int, int] | None = None
        if where.created_from is not None or where.created_before is not None:
            self._bounds = numbers_of_times(connection, where.created_from, where.created_before)

    @property
    def values(self) -> dict[str, Any]:
        found = {} if self._bounds is None else dict(zip(_BOUNDS, self._bounds, strict=True))
        leader = () if self._where is None else (self._chosen[0],)
        for condition in (
            *self._facets,
            *self._others,
            *(one for one in leader if isinstance(one, _Numbers)),
        ):
            found |= condition.values
        return found

    @cached_property
    def shape(self) -> Hashable:
        """The same of two that differ in values alone."""
        if self._where is None:
            return None
        leader, finds_few = self._chosen
        return (
            *(condition.shape for condition in (*self._facets, *self._others)),
            self._bounds is not None,
            "lists" if isinstance(leader, _Lists) else leader and leader.shape,
            finds_few,
            self._in_lists,
        )

    def selects(self, names: Sequence[str]) -> Iterator[Planned]:
        query = select(*_named(run_facts.c, names))
        if self._where is None:
            yield from _nowhere(names).lists()
            return
        if self._order.key is SortKey.QUEUE:
            query = query.where(run_facts.c.status == _QUEUED)
        leader, finds_few = self._chosen
        if isinstance(leader, _Lists) and self._in_lists and not finds_few:
            for facets in leader.each():
                conditions = [facet.condition() for facet in facets]
                yield self._planned(query.where(*conditions), leader.facets, leader, finds_few=False)
            return
        if isinstance(leader, _Numbers):
            for which in leader.each(_led(leader.value).c):
                yield self._planned(query, (), leader.value, finds_few=False, which=which)
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
        which: ColumnElement[bool] | None = None,
    ) -> Planned:
        """``which``: of the leading condition, where not all that it finds is read."""
        rest = [facet for facet in self._facets if facet not in done]
        number: ColumnElement[int] = run_facts.c.number
        name = "run_facts.number"
        is_looked_up = True
        if isinstance(leader, _Tag | _Value):
            led = _led(leader)
            number = led.c.number if isinstance(leader, _Tag) else led.c.run
            columns = [
                number.label(column.key) if column.key == "number" else column
                for column in query.selected_columns
            ]
            is_looked_up = bool(rest) or [column.key for column in columns] != ["number"]
            if is_looked_up:
                query = query.with_only_columns(*columns).join_from(
                    run_facts, led, number == run_facts.c.number
                )
            else:
                # All that is needed stands there.
                query, name = select(*columns), f"led.{number.key}"
            query = query.where(leader.holds(led.c) if which is None else which)
        query = query.where(*(facet.condition(by_index=not self._is_sqlite) for facet in rest))
        others = [other for other in self._others if other is not leader]
        of_others = run_facts.c.number if is_looked_up else number
        query = query.where(*(_has(other, of_others) for other in others))
        sorted_number = literal_column(f"+{name}", number.type)
        if self._bounds is not None:
            lowest, highest = map(_number_named, _BOUNDS)
            # What is found by another condition is not to be looked for by its number, and those of other days not at all.
            misleads = self._is_sqlite and (finds_few or self._order.key is not SortKey.NUMBER)
            bound = sorted_number if misleads else number
            query = query.where(bound >= lowest, bound <= highest)
        if finds_few:
            number = sorted_number
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

    @cached_property
    def _chosen(self) -> tuple[_Condition | None, bool]:
        """The leading condition, and whether its runs are to be sorted.

        None: the runs are read in the order, and each is looked at.
        """
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
            *(self._numbers(other) or other for other in self._others),
        ]

    def _numbers(self, part: _Tag | _Value) -> _Numbers | None:
        """Where a param that is compared has only a few such values."""
        if isinstance(part, _Tag) or not part.condition.comparison.is_ordered:
            return None
        if not self._in_lists or self._order.key is not SortKey.NUMBER:
            return None
        statement = _DISTINCT.get(part.shape, lambda: _distinct(part))
        found = [row.number for row in within(self._connection).all(statement, part.values)]
        return _Numbers(part, tuple(found)) if 1 <= len(found) <= _MOST_LISTS else None

    def _keeps_order(self, part: _Condition) -> bool:
        """Whether an index has its runs by number."""
        if isinstance(part, _Facet):
            return part.name == "reason" and len(part.wanted) == 1
        if isinstance(part, _Lists):
            return sum(1 for _ in itertools.islice(part.each(), _MOST_LISTS + 1)) <= _MOST_LISTS
        if isinstance(part, _Tag | _Numbers):
            return True
        return part.condition.comparison is not Comparison.EQUAL or len(part.condition.keys) == 1

    def _measured(self, part: _Condition) -> _Measure:
        if isinstance(part, _Lists):
            found = self._kept[0]
            return _Measure(found, found / self._all, is_whole=True)
        if self._bounds is not None and isinstance(part, _Facet) and part.name == "created_at":
            lowest, highest = self._bounds
            found = min(self._all, highest + 1) - lowest
            return _Measure(max(0, found), max(0, found) / self._all, is_whole=True)
        # How long runs take has to do with the tool: of one's there may be none where others have many.
        if isinstance(part, _Facet) and part in self._durations and not self._tool_of_duration(part):
            statement = _SAMPLES.get(part.shape, lambda: _sample(part))
            high = self._bounds[1] if self._bounds else _ANY_NUMBER
            found = within(self._connection).one(statement, {**part.values, "high": high}).runs
            if found >= _NOT_RARE:
                return _Measure(round(found / _SAMPLE * self._all), found / _SAMPLE, is_whole=False)
        is_compared = isinstance(part, _Value) and part.condition.comparison is not Comparison.EQUAL
        in_order = self._keeps_order(part) and not is_compared
        most = _SOME if is_compared or part in self._durations else _FEW
        if isinstance(part, _Numbers):
            most = _FEW_OF_LISTS
        found, low, high = self._ends_of(part, most, in_order=in_order)
        if found < most:
            return _Measure(found, found / self._all, is_whole=True)
        # Of those out of their order it is only known that there are more: neither few nor nearly all.
        share = found / max(found, high - low) if in_order else math.sqrt(min(1.0, found / self._all))
        return _Measure(round(share * self._all), share, is_whole=False)

    def _ends_of(
        self, part: _Facet | _Tag | _Value | _Numbers, most: int, *, in_order: bool
    ) -> tuple[int, int, int]:
        """Of the newest runs of a condition, up to so many: how many, the lowest number and the highest."""
        low, high = self._bounds or (-_ANY_NUMBER, _ANY_NUMBER)
        together = (*self._tool_of_duration(part), part) if isinstance(part, _Facet) else (part,)
        given: dict[str, Any] = {"most": most, "low": low, "high": high}
        if isinstance(part, _Numbers):
            given |= part.value.values
        for condition in together:
            given |= condition.values
        shape = (self._is_sqlite, *(condition.shape for condition in together), in_order)
        statement = _NEWEST.get(shape, lambda: _newest_of(self._connection, together, in_order=in_order))
        return tuple(within(self._connection).one(statement, given))

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


_LED_TAGS, _LED_PARAMS = (table.alias("led") for table in (run_tags, run_params))


def merged(
    connection: Connection,
    queries: Sequence[Select[Any]],
    orderings: Sequence[Sequence[ColumnElement[Any]]],
    are_lists: Sequence[bool],
    many: ColumnElement[int],
) -> CompoundSelect[Any]:
    """Several queries together, of which the first ones in an order are read: so many of each at most.

    Of lists, which an index has in the order, SQLite reads no more than is taken, if nothing is said of how many.
    PostgreSQL would read all of each.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    return union_all(
        *(
            query if is_list and is_sqlite else select(query.order_by(*ordering).limit(many).subquery())
            for query, ordering, is_list in zip(queries, orderings, are_lists, strict=True)
        )
    )


def _led(leader: _Tag | _Value) -> FromClause:
    return _LED_TAGS if isinstance(leader, _Tag) else _LED_PARAMS


def _distinct(part: _Value) -> Prepared:
    """The values of a param that it is compared with, up to one more than are read together."""
    number = run_params.c.number
    first = select(func.min(number).label("number")).where(part.holds(run_params.c))
    found = first.cte("found", recursive=True)
    # An index is entered by one lower bound, and from there on all is read: there is to be no other.
    is_above = part.condition.comparison in (Comparison.ABOVE, Comparison.AT_LEAST)
    fits = run_params.c.name == part.named if is_above else part.holds(run_params.c)
    following = select(func.min(number)).where(fits, number > found.c.number)
    found = found.union_all(
        select(following.correlate(found).scalar_subquery()).where(found.c.number.is_not(None))
    )
    query = select(found.c.number).where(found.c.number.is_not(None)).limit(_MOST_LISTS + 1)
    return Prepared(query, [number])


def _sample(part: _Facet) -> Prepared:
    """How many of the newest runs fit."""
    newest = select(part.condition().label("fits")).where(run_facts.c.number <= _number_named("high"))
    some = newest.order_by(run_facts.c.number.desc()).limit(_SAMPLE).subquery()
    query = select(func.count().label("runs")).select_from(some).where(some.c.fits)
    return Prepared(query, [Column("runs", BigInteger)])


def _newest_of(
    connection: Connection, together: Sequence[_Facet | _Tag | _Value | _Numbers], *, in_order: bool
) -> Prepared:
    """Of the newest runs: how many, the lowest number and the highest."""
    last = together[-1]
    if isinstance(last, _Numbers):
        between = run_params.c.run.between(_number_named("low"), _number_named("high"))
        lists = [
            select(run_params.c.run.label("number")).where(which, between)
            for which in last.each(run_params.c)
        ]
        orderings = [[run_params.c.run.desc()]] * len(lists)
        many = _number_named("most")
        found: Select[Any] | CompoundSelect[Any] = lists[0]
        if len(lists) > 1:
            found = merged(connection, lists, orderings, [True] * len(lists), many)
        return _ends(found.order_by(found.selected_columns.number.desc()))
    if isinstance(last, _Facet):
        number: ColumnElement[int] = run_facts.c.number
        conditions = [facet.condition() for facet in together if isinstance(facet, _Facet)]
    elif isinstance(last, _Tag):
        number, conditions = run_tags.c.number, [last.holds(run_tags.c)]
    else:
        number, conditions = run_params.c.run, [last.holds(run_params.c)]
    newest = select(number.label("number")).where(*conditions)
    if in_order:
        newest = newest.where(number.between(_number_named("low"), _number_named("high")))
        newest = newest.order_by(number.desc())
    return _ends(newest)


def _ends(newest: Select[Any] | CompoundSelect[Any]) -> Prepared:
    return Prepared(
        select(*_ENDS).select_from(newest.limit(_number_named("most")).subquery("newest")),
        [Column(name, BigInteger) for name in ("runs", "lowest", "highest")],
    )


_ANY_NUMBER = 2**62
_NEWEST = Remembered[Prepared]()
_SAMPLES = Remembered[Prepared]()
_DISTINCT = Remembered[Prepared]()
#: Names of the numbers between which the runs of some days are.
_BOUNDS = ("lowest", "highest")


def _of_reasons(where: RunFilter) -> RunFilter | None:
    """The same with the statuses that follow from the reasons; None where it finds nothing."""
    if not where.reasons:
        return where
    statuses = (where.statuses or {RunStatus.FAILED}) & _HAVE_REASON
    return replace(where, statuses=frozenset(statuses)) if statuses else None


def _of_tools(connection: Connection, where: RunFilter) -> RunFilter | None:
    """The same with the tools that have such params; None where none has."""
    if not where.params:
        return where
    tools = tools_with(connection, {condition.name for condition in where.params})
    tools &= where.tools or tools
    if not tools:
        return None
    helps = where.owners or where.statuses or where.shortest is not None or where.longest is not None
    if where.tools or (helps and len(tools) <= _MOST_LISTS):
        return replace(where, tools=frozenset(tools))
    return where


def _facets(where: RunFilter, first_tool: int = 0) -> list[_Facet]:
    statuses = {status.value for status in where.statuses}
    if where.reasons and not statuses:
        statuses = {RunStatus.FAILED.value}
    found = [
        _Facet("tool", _sorted(where.tools), place=first_tool),
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
    return [_Tag(tag, place) for place, tag in enumerate(sorted(where.tags))]


def _others(where: RunFilter) -> list[_Tag | _Value]:
    return [*_tags(where), *(_Value(condition, place) for place, condition in enumerate(where.params))]


def values_of(where: RunFilter) -> dict[str, Any]:
    """Of what is named in the conditions of a filter."""
    found: dict[str, Any] = {}
    for condition in (*_facets(where), *_others(where)):
        found |= condition.values
    return found


def _has(condition: _Value | _Tag, number: ColumnElement[int]) -> ColumnElement[bool]:
    if isinstance(condition, _Tag):
        tags = run_tags.alias()
        return exists().where(tags.c.number == number, condition.holds(tags.c))
    values = run_params.alias()
    return exists().where(values.c.run == number, condition.holds(values.c))
