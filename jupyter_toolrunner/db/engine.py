"""Engines: SQLite made safe for many processes, PostgreSQL as it is."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
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
    """A database that is away, locked or full is no fault of the request."""
    if isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError):
        context.chained_exception = NotAvailable(
            f"The database does not answer: {context.original_exception}",
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
    options = connection.get_execution_options()
    if options.get("read_only"):
        connection.exec_driver_sql("BEGIN DEFERRED")
        return
    # Accepted means on disk: FULL syncs the log at each commit. It cannot be changed inside of a transaction.
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("PRAGMA synchronous=NORMAL" if options.get("relaxed") else "PRAGMA synchronous=FULL")
    driver.execute("BEGIN IMMEDIATE")
