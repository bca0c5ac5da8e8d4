"""Engines: SQLite made safe for many processes, PostgreSQL as it is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url

from ..core import quick_json
from ..core.errors import NotAvailable
from .commits import watch
from .kept import BUSY_SECONDS, KEPT, KeptConnections, Kind

#: libpq's own patience with a server that was cut off is hours.
_KEEPALIVE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


def _ascii_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)


def open_engine(url: str) -> Engine:
    """An engine with the pool and the pragmas that this product needs."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(
            parsed,
            json_serializer=_ascii_json,
            json_deserializer=quick_json.loads,
            pool_pre_ping=True,
            pool_size=5,
            connect_args={name: value for name, value in _KEEPALIVE.items() if name not in parsed.query},
        )
        event.listen(engine, "handle_error", _say_what_happened)
        watch(engine)
        return engine
    kept = KeptConnections(None if parsed.database in (None, "", ":memory:") else parsed.database)
    engine = create_engine(
        parsed,
        json_serializer=_ascii_json,
        json_deserializer=quick_json.loads,
        connect_args={"timeout": BUSY_SECONDS},
        execution_options={KEPT: kept},
    )
    event.listen(engine, "engine_disposed", kept.close)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _say_what_happened)
    watch(engine)
    return engine


def snapshots(engine: Engine) -> Engine:
    """The same, for transactions that only read, in which all statements see the same moment."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(read_only=True)
    return engine.execution_options(read_only=True, isolation_level="REPEATABLE READ")


def _say_what_happened(context: ExceptionContext) -> NotAvailable | None:
    """What is returned is raised instead."""
    # What a ping meets is SQLAlchemy's own affair: it connects anew.
    if context.is_pre_ping or context.sqlalchemy_exception is None:
        return None
    if is_read_only(context.original_exception) and context.engine is not None:
        context.is_disconnect = True
        context.engine.dispose()
    name = context.engine.url.render_as_string(hide_password=True) if context.engine else "The database"
    return not_available(context.dialect, context.original_exception, name)


def not_available(dialect: Dialect, error: BaseException, name: str = "The database") -> NotAvailable | None:
    """What a driver's own error means, where a database is away, locked, full or damaged: no fault of the request."""
    driver = dialect.loaded_dbapi
    # The class itself: its other subclasses say what is wrong with a statement.
    if type(error) is driver.DatabaseError:
        return NotAvailable(
            f"{name} cannot be used: {error}.",
            hint="Nothing was changed. Move it away and put back a copy; the artifacts beside it stay as they are.",
        )
    # SQLite calls a statement that is wrong an operational error too.
    is_bug = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    if _primary(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY):
        return NotAvailable(
            f"{name} cannot be written: {error}.",
            hint="Nothing was changed. Free some space, or mend the disk; then try again.",
        )
    if isinstance(error, driver.OperationalError | driver.InterfaceError) and not is_bug:
        return NotAvailable(
            f"{name} does not answer: {error}",
            hint="Try again in a moment. A request with an Idempotency-Key can be repeated safely.",
        )
    return None


def is_read_only(error: BaseException) -> bool:
    """Whether SQLite takes the file for one that cannot be written.

    It does so where the disk refused to open the file or its index of the log for writing, and stays with it until the
    last connection of the process is closed: none of them may be kept.
    """
    return _primary(error) == sqlite3.SQLITE_READONLY


def _primary(error: BaseException) -> int:
    """SQLite's own number of what happened; extended ones say more in their upper bytes."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


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
    kind = kind_of(connection.get_execution_options())
    try:
        # It cannot be changed inside of a transaction.
        driver.execute(f"PRAGMA synchronous={kind.synchronous}")
        driver.execute(kind.begin)
    except sqlite3.Error as error:
        # Of errors in here nobody else is told.
        if is_read_only(error):
            connection.invalidate(error)
            connection.engine.dispose()
        name = connection.engine.url.render_as_string(hide_password=True)
        if said := not_available(connection.dialect, error, name):
            raise said from error
        raise


def kind_of(options: Mapping[str, Any]) -> Kind:
    """As an engine's options say: ``read_only``; ``relaxed`` where a commit need not be on disk yet; ``accepting`` where it
    may be seen before it is.
    """
    if options.get("read_only"):
        return Kind.READ
    if options.get("relaxed"):
        return Kind.RELAXED
    return Kind.ACCEPTED if options.get("accepting") else Kind.SYNCED
