"""Where SQLite and PostgreSQL are written differently."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, TextClause, bindparam, text
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, **values: Any) -> Insert:
    """Insert a row, unless it is there already: another process may insert it at the same moment."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).values(values).on_conflict_do_nothing()
    return postgresql.insert(table).values(values).on_conflict_do_nothing()


def insert_or_replace(
    connection: Connection, table: Table, only_if: ColumnElement[bool] | None = None, **values: Any
) -> Insert:
    """Insert a row, or write what is given over the one with the same primary key: the other columns stay.

    ``only_if``: where that row is not so, nothing is done.
    """
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in values.items() if name not in keys}
    kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = kind(table).values(values)
    return new.on_conflict_do_update(index_elements=keys, set_=changed, where=only_if)


#: Among many values that are given as one: a column, the name of what is given, and PostgreSQL's type of each.
AMONG = {
    "sqlite": "{0} IN (SELECT value FROM json_each(:{1}))",
    "postgresql": "{0} = ANY(CAST(:{1} AS {2}[]))",
}


def given_of(dialect: str, values: Iterable[Any]) -> Any:
    """Many values as the one that a statement takes for them."""
    return json.dumps(list(values)) if dialect == "sqlite" else list(values)


def is_among(connection: Connection, column: ColumnElement[int], numbers: Iterable[int]) -> TextClause:
    """One of these numbers, which may be more than a statement has places for."""
    if connection.dialect.name == "sqlite":
        these = text(f"{column} IN (SELECT value FROM json_each(:numbers))")  # noqa: S608
    else:
        these = text(f"{column} = ANY(CAST(:numbers AS BIGINT[]))")
    # Of two in one statement the last one's numbers would be taken for both.
    return these.bindparams(bindparam("numbers", given_of(connection.dialect.name, numbers), unique=True))
