"""Engines: SQLite made safe for many processes, PostgreSQL as it is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import InterfaceError, OperationalError

from ..core.errors import NotAvailable

#: Seconds that a writer waits for another one.
_BUSY_SECONDS = 30


def _ascii_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)


def open_engine(url: str) -> Engine:
    """An engine with the pool and the pragmas that this product needs."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, json_serializer=_ascii_json, pool_pre_ping=True, pool_size=5)
        event.listen(engine, "handle_error", _say_what_happened)
        return engine
    engine = create_engine(parsed, json_serializer=_ascii_json, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _say_what_happened)
    return engine


def _say_what_happened(context: ExceptionContext) -> None:
    if isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError):
        context.chained_exception = _not_available(context.original_exception)


def not_available(dialect: Dialect, error: Exception) -> NotAvailable | None:
    """What a driver's own error means, where it is no fault of the request."""
    driver = dialect.loaded_dbapi
    return (
        _not_available(error) if isinstance(error, driver.OperationalError | driver.InterfaceError) else None
    )


def _not_available(error: BaseException) -> NotAvailable:
    """A database that is away, locked or full is no fault of the request."""
    return NotAvailable(
        f"The database does not answer: {error}",
        hint="Try again in a moment. A request with an Idempotency-Key can be repeated safely.",
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN is deferred: two that read before they write then fail with "database is locked".
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    begin_sqlite(driver, connection.get_execution_options())


def begin_sqlite(driver: sqlite3.Connection | sqlite3.Cursor, options: Mapping[str, Any]) -> None:
    """Begin as the options say: ``read_only``, or ``relaxed`` where a commit need not be on disk yet."""
    if options.get("read_only"):
        driver.execute("BEGIN DEFERRED")
        return
    # Accepted means on disk: FULL syncs the log at each commit. It cannot be changed inside of a transaction.
    driver.execute("PRAGMA synchronous=NORMAL" if options.get("relaxed") else "PRAGMA synchronous=FULL")
    driver.execute("BEGIN IMMEDIATE")
