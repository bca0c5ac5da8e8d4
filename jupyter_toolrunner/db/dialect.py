"""Where SQLite and PostgreSQL are written differently."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, **values: Any) -> Insert:
    """Insert a row, unless it is there already: another process may insert it at the same moment."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).values(values).on_conflict_do_nothing()
    return postgresql.insert(table).values(values).on_conflict_do_nothing()


def insert_or_replace(connection: Connection, table: Table, **values: Any) -> Insert:
    """Insert a row, or write it over the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in values.items() if name not in keys}
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).values(values).on_conflict_do_update(index_elements=keys, set_=changed)
    return postgresql.insert(table).values(values).on_conflict_do_update(index_elements=keys, set_=changed)
