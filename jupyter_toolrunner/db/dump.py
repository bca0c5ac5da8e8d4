"""All that a database holds as lines of JSON, the same from SQLite and PostgreSQL, and back into an empty one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, Engine, MetaData, Table, func, insert, select, text
from sqlalchemy.types import TypeEngine

from ..core.errors import Conflict, InvalidRequest
from .run_facts import rebuild, standing
from .schema import HEAD, migrate, waiting_their_turn
from .tables import (
    metadata,
    offers,
    param_tools,
    places,
    queue_turns,
    run_changes,
    run_counts,
    run_facts,
    run_hours,
    run_index,
    run_params,
    run_quarters,
    run_words,
    workers,
)

#: Made anew out of the runs, or said again by machines that work.
_DERIVED = frozenset(
    table.name
    for table in (
        run_facts,
        run_changes,
        run_counts,
        run_hours,
        run_params,
        run_quarters,
        run_words,
        param_tools,
        run_index,
        places,
        offers,
        queue_turns,
        workers,
    )
)
_BATCH = 1000


def tables() -> list[str]:
    """Names of the tables that are kept, those that others refer to first."""
    return [table.name for table in metadata.sorted_tables if table.name not in _DERIVED]


class Snapshot:
    """A database at one moment: whoever writes meanwhile changes nothing of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lines(self, table: str) -> Iterator[str]:
        """A JSON object for each row, in the order of its key."""
        found = metadata.tables[table]
        columns = [column for column in found.columns if column.computed is None]
        query = select(*columns).order_by(*found.primary_key.columns).execution_options(yield_per=_BATCH)
        for row in self._connection.execute(query).mappings():
            yield json.dumps({name: _plain(value) for name, value in row.items()}) + "\n"

    def digests(self) -> list[str]:
        """Of all contents in the artifact store that a row names."""
        found: set[str] = set()
        for table in metadata.sorted_tables:
            # A version of a tool names its files, which are one content.
            named = "code" if table.name == "tools" else "digest"
            if (column := table.columns.get(named)) is not None and table.name != "environments":
                query = select(column).where(column.is_not(None)).distinct()
                if (freed := table.columns.get("freed_at")) is not None:
                    query = query.where(freed.is_(None))
                rows = self._connection.execute(query)
                found.update(row[0] for row in rows)
        return sorted(found)

    def unused_uploads(self) -> list[tuple[str, str]]:
        """Id and digest of those that are whole, and that nothing uses yet."""
        table = metadata.tables["uploads"]
        query = select(table.c.id, table.c.digest).where(
            table.c.digest.is_not(None), table.c.used_at.is_(None)
        )
        return [(row.id, row.digest) for row in self._connection.execute(query)]

    def attempts(self) -> Iterator[tuple[str, int]]:
        """Run and number of each."""
        table = metadata.tables["attempts"]
        query = select(table.c.run, table.c.number).order_by(table.c.run, table.c.number)
        for row in self._connection.execute(query.execution_options(yield_per=_BATCH)):
            yield row.run, row.number


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    if engine.dialect.name == "sqlite":
        reader = engine.execution_options(read_only=True)
    else:
        reader = engine.execution_options(isolation_level="REPEATABLE READ")
    with reader.begin() as connection:
        yield Snapshot(connection)


def fill(engine: Engine, revision: str, contents: Mapping[str, Iterable[str]]) -> None:
    """Make the tables as they were at ``revision``, put the lines of each table in, and bring all of it to this version.

    One transaction: whatever ends this process, the database is as it was, or whole. Raises Conflict where it is not empty.
    """
    with waiting_their_turn(engine), engine.begin() as connection:
        _clear(connection)
        migrate(connection, revision)
        there = MetaData()
        there.reflect(connection)
        for table in there.sorted_tables:
            if table.name in contents and table.name in tables():
                _put(connection, table, iter(contents[table.name]))
        migrate(connection, HEAD)
        if standing(connection).has_changes:
            rebuild(connection)


def require_empty(engine: Engine) -> None:
    """Raises Conflict where a table has rows."""
    with engine.execution_options(read_only=True).begin() as connection:
        _empty_tables(connection)


def _clear(connection: Connection) -> None:
    _empty_tables(connection).drop_all(connection)


def _empty_tables(connection: Connection) -> MetaData:
    there = MetaData()
    # Whatever else lies in the database is not ours.
    there.reflect(connection, only=lambda name, _: name in metadata.tables or name == "alembic_version")
    for table in there.sorted_tables:
        if table.name in _DERIVED or table.name == "alembic_version":
            continue
        if connection.execute(select(text("1")).select_from(table).limit(1)).first():
            raise Conflict(
                f"The database is not empty: {table.name!r} holds rows.",
                hint="Nothing was changed. Name an empty one by TOOLRUNNER_DATA_DIR or TOOLRUNNER_DATABASE_URL.",
            )
    return there


def _put(connection: Connection, table: Table, lines: Iterator[str]) -> None:
    columns = {column.name: column for column in table.columns if column.computed is None}
    for column in columns.values():
        if isinstance(column.type, JSON):
            # Of JSON's own null and none at all, the tables know only the latter.
            column.type = JSON(none_as_null=True)
    while batch := list(islice(lines, _BATCH)):
        try:
            rows = [json.loads(line) for line in batch]
            kept = [{name: _kept(row[name], column.type) for name, column in columns.items()} for row in rows]
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidRequest(
                f"The rows of {table.name!r} in the backup cannot be read: {error!r}.",
                hint="Nothing was changed in the database.",
            ) from None
        connection.execute(insert(table), kept)
    _go_on_counting(connection, table)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """PostgreSQL does not see which numbers were given with their rows."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.columns:
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(table.name, column.name))
        ).scalar_one()
        if sequence is not None:
            highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, highest, text("false"))))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _kept(value: Any, kind: TypeEngine[Any]) -> Any:
    return datetime.fromisoformat(value) if value is not None and isinstance(kind, DateTime) else value
