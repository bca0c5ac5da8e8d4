"""Statements that every run needs, compiled once and then given to the driver as they are.

SQLAlchemy takes several times as long to look a statement up and to set its execution up as the database takes to execute
it. What is said stays SQLAlchemy's, with its types and for both databases; only the executing is done here.
"""

from __future__ import annotations

import contextlib
from collections import namedtuple
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Column, CompoundSelect, Connection, Dialect, Engine, Select, UpdateBase
from sqlalchemy.sql.compiler import SQLCompiler

from .commits import commit_point
from .engine import is_read_only, kind_of, not_available
from .kept import KEPT, Kept, KeptConnections, Kind

_Convert = Callable[[Any], Any]
Values = Mapping[str, Any]
Statement = UpdateBase | Select[Any] | CompoundSelect[Any]
T = TypeVar("T")
_MOST_REMEMBERED = 500


class Prepared:
    """One statement; the columns of the rows that it answers are named in their order.

    An insert takes the same names each time: its text is made of those of the first.
    """

    def __init__(self, statement: Statement, columns: Iterable[Column[Any]] = ()) -> None:
        self.statement = statement
        self._columns = tuple(columns)
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def compiled(self, dialect: Dialect, names: Iterable[str]) -> _Compiled:
        known = self._compiled.get(dialect)
        if known is None:
            known = self._compiled[dialect] = _Compiled(self.statement, self._columns, dialect, list(names))
        return known


class Remembered(Generic[T]):
    """What was made for a key before, up to some hundreds of them; any thread may ask."""

    def __init__(self) -> None:
        self._made: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _MOST_REMEMBERED:
                self._made.clear()
            found = self._made[key] = make()
        return found


class _Compiled:
    """A statement as one kind of database takes it."""

    def __init__(
        self,
        statement: Statement,
        columns: Sequence[Column[Any]],
        dialect: Dialect,
        names: list[str],
    ) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=names)
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        self._dialect = dialect
        #: Values that the statement has by itself.
        self._defaults = dict(compiled.params)
        #: Of the question marks; None where the driver takes names.
        self._order = compiled.positiontup if compiled.positional else None
        into = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for bind, name in compiled.bind_names.items()
        }
        self._into = [(name, convert) for name, convert in into.items() if convert is not None]
        self._columns = columns
        self._row: Any = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc]
        #: Depends on how the driver describes its rows.
        self._out_of: list[tuple[int, _Convert]] | None = None

    def values(self, given: Values) -> Any:
        values = {**self._defaults, **given}
        for name, convert in self._into:
            values[name] = convert(values[name])
        return self._in_order(values)

    def all_values(self, all_given: Sequence[Values]) -> Iterator[Any]:
        """As `values`, one after the other. What many have in common is converted once."""
        # Of a single name it would not be a tuple.
        ordered = itemgetter(*self._order) if self._order and self._order[1:] else self._in_order
        into = [(name, convert, _Last()) for name, convert in self._into]
        for given in all_given:
            values = {**self._defaults, **given}
            for name, convert, last in into:
                value = values[name]
                if value is not last.value:
                    last.value, last.converted = value, convert(value)
                values[name] = last.converted
            yield ordered(values)

    def _in_order(self, values: Mapping[str, Any]) -> Any:
        return values if self._order is None else [values[name] for name in self._order]

    def row(self, found: Sequence[Any], described: Sequence[Sequence[Any]]) -> Any:
        if self._out_of is None:
            kinds = [column.type.dialect_impl(self._dialect) for column in self._columns]
            converts = [
                kind.result_processor(self._dialect, each[1])
                for kind, each in zip(kinds, described, strict=True)
            ]
            self._out_of = [(n, convert) for n, convert in enumerate(converts) if convert is not None]
        values = list(found)
        for place, convert in self._out_of:
            values[place] = convert(values[place])
        return self._row._make(values)


class _Last:
    """What a value was converted to, until another one comes."""

    __slots__ = ("converted", "value")

    def __init__(self) -> None:
        self.value: object = self
        self.converted: Any = None


class Transaction:
    """Executes prepared statements."""

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._then: list[Callable[[], None]] = []

    def then(self, do: Callable[[], None]) -> None:
        """Do this once it is committed, before it need be on the disk. It never raises."""
        self._then.append(do)

    def committed(self) -> None:
        for do in self._then:
            do()

    def execute(self, prepared: Prepared, given: Values) -> None:
        compiled = prepared.compiled(self._dialect, given)
        self._cursor.execute(compiled.text, compiled.values(given))

    def execute_each(self, prepared: Prepared, all_given: Sequence[Values]) -> None:
        """The statement with one set of values after the other; there is at least one."""
        compiled = prepared.compiled(self._dialect, all_given[0])
        self._cursor.executemany(compiled.text, compiled.all_values(all_given))

    def one(self, prepared: Prepared, given: Values) -> Any:
        """The one row, its columns as attributes; None where there is none."""
        compiled = prepared.compiled(self._dialect, given)
        self._cursor.execute(compiled.text, compiled.values(given))
        found = self._cursor.fetchone()
        return None if found is None else compiled.row(found, self._cursor.description)

    def all(self, prepared: Prepared, given: Values) -> list[Any]:
        """Every row, its columns as attributes."""
        compiled = prepared.compiled(self._dialect, given)
        self._cursor.execute(compiled.text, compiled.values(given))
        described = self._cursor.description
        return [compiled.row(found, described) for found in self._cursor.fetchall()]


class _Within(Transaction):
    def then(self, do: Callable[[], None]) -> None:
        raise AssertionError("somebody else commits this transaction")

    def execute(self, prepared: Prepared, given: Values) -> None:
        with _said(self._dialect):
            super().execute(prepared, given)

    def one(self, prepared: Prepared, given: Values) -> Any:
        with _said(self._dialect):
            return super().one(prepared, given)

    def all(self, prepared: Prepared, given: Values) -> list[Any]:
        with _said(self._dialect):
            return super().all(prepared, given)


def within(connection: Connection) -> Transaction:
    """For a transaction that is open there. Raises as `transaction`."""
    return _Within(connection.connection.cursor(), connection.dialect)


@contextlib.contextmanager
def transaction(engine: Engine) -> Iterator[Transaction]:
    """Begins as the engine's options say. Raises NotAvailable, and the driver's own errors for what was wrong."""
    with _said(engine.dialect):
        with _connection(engine) as connection:
            hot = Transaction(connection.cursor(), engine.dialect)
            yield hot
            with commit_point(engine):
                connection.commit()
            if is_seen_first := kind_of(engine.get_execution_options()).afterwards and _is_kept(engine):
                hot.committed()
        if not is_seen_first:
            # Nor need anybody else wait for this connection.
            hot.committed()


def _is_kept(engine: Engine) -> bool:
    return KEPT in engine.get_execution_options()


def look(reader: Engine, prepared: Prepared, given: Values) -> Any:
    """The one row that one statement finds, which changes nothing; None where there is none. Raises as `transaction`."""
    kept = reader.get_execution_options().get(KEPT)
    if kept is None:
        with transaction(reader) as hot:
            return hot.one(prepared, given)
    with _said(reader.dialect), _lent(kept, reader, Kind.READ) as one:
        # A statement by itself sees one moment as it is.
        return Transaction(one.driver.cursor(), reader.dialect).one(prepared, given)


@contextlib.contextmanager
def _connection(engine: Engine) -> Iterator[Any]:
    """One in which a transaction has begun."""
    options = engine.get_execution_options()
    if kept := options.get(KEPT):
        kind = kind_of(options)
        with _lent(kept, engine, kind) as one:
            one.begin(kind)
            yield one.driver
            one.settle()
        return
    connection = engine.raw_connection()
    try:
        yield connection
    except engine.dialect.loaded_dbapi.Error as error:
        if engine.dialect.is_disconnect(error, connection.driver_connection, None):
            connection.invalidate(error)
        raise
    finally:
        # What was not committed is rolled back on its way into the pool.
        connection.close()


@contextlib.contextmanager
def _lent(kept: KeptConnections, engine: Engine, kind: Kind) -> Iterator[Kept]:
    one = kept.take(engine, kind)
    try:
        yield one
    except BaseException as error:
        # With whatever was not committed.
        one.close()
        if is_read_only(error):
            engine.dispose()
        raise
    kept.give(one, kind)


@contextlib.contextmanager
def _said(dialect: Dialect) -> Iterator[None]:
    """A driver's error as what it means."""
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        if said := not_available(dialect, error):
            raise said from error
        raise
