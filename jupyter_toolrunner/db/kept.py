"""Connections to SQLite that wait for the next short transaction, each set up for one kind of it.

SQLAlchemy's pool takes as long to lend a connection and to take it back as SQLite takes for the statement in between.
PostgreSQL, where connections are few and may break, stays with the pool.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from enum import Enum

from sqlalchemy import Engine

from ..core.errors import NotAvailable
from .wal import WriteAheadLog

#: Name of the engine's option that has them.
KEPT = "kept_connections"
#: Of one kind, that wait.
_MOST = 8
#: Seconds that a writer waits for another one.
BUSY_SECONDS = 30
#: Seconds between two tries to be the one that writes.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.00005, 0.005


class Kind(Enum):
    """What a transaction is for: its BEGIN, how its commit is synced, and whether that may be done right after it."""

    READ = ("BEGIN DEFERRED", "NORMAL", False)
    #: A commit that need not be on disk yet.
    RELAXED = ("BEGIN IMMEDIATE", "NORMAL", False)
    #: On disk before anybody sees it: FULL syncs the log inside of each commit.
    SYNCED = ("BEGIN IMMEDIATE", "FULL", False)
    #: On disk before whoever asked is told; others may see it, and write, before.
    ACCEPTED = ("BEGIN IMMEDIATE", "FULL", True)

    def __init__(self, begin: str, synchronous: str, afterwards: bool) -> None:
        self.begin = begin
        self.synchronous = synchronous
        self.afterwards = afterwards


class Kept:
    """One connection; whoever has it is its only user."""

    def __init__(self, engine: Engine, kind: Kind, generation: int, log: WriteAheadLog | None) -> None:
        """``log``: the database's; None where it has no file."""
        self.generation = generation
        lent = engine.raw_connection()
        driver = lent.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        # The pool forgets it, and may lend another one.
        lent.detach()
        ahead = _writes_ahead(driver)
        self._log = log if kind.afterwards and ahead else None
        driver.execute(f"PRAGMA synchronous={'NORMAL' if self._log else kind.synchronous}")
        if kind is not Kind.READ and ahead:
            # SQLite's own pauses are ten times as long as what is waited for: a millisecond and more. Where the log is
            # no log ahead, a commit waits too.
            driver.execute("PRAGMA busy_timeout=0")
        #: What is detached is closed where nobody has it any more.
        self._lent = lent
        self.driver = driver

    def begin(self, kind: Kind) -> None:
        """Raises the driver's errors; who waits for another one that writes waits no longer than that one takes."""
        if kind is Kind.READ:
            self.driver.execute(kind.begin)
            return
        until, pause = time.monotonic() + BUSY_SECONDS, _SHORTEST_PAUSE
        while True:
            try:
                self.driver.execute(kind.begin)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def settle(self) -> None:
        """After a commit: see that it is on the disk, where it has to be. Raises NotAvailable."""
        if self._log is None:
            return
        try:
            self._log.sync()
        except OSError as error:
            raise NotAvailable(
                f"The disk does not say that it has what was written to the database: {error}.",
                hint="It may have been done all the same: look before you ask again. "
                "A request with an Idempotency-Key can be repeated safely.",
            ) from error

    def close(self) -> None:
        self._lent.close()


def _writes_ahead(driver: sqlite3.Connection) -> bool:
    """Not on every file system."""
    mode = driver.execute("PRAGMA journal_mode").fetchone()
    return bool(mode[0] == "wal")


class KeptConnections:
    """Those of one engine; any thread may ask."""

    def __init__(self, database: str | None = None) -> None:
        """``database``: its file, where it has one."""
        self._log = WriteAheadLog(database) if database else None
        self._free: dict[Kind, list[Kept]] = {kind: [] for kind in Kind}
        #: How often they were closed: what was lent before is not kept.
        self._generation = 0

    def take(self, engine: Engine, kind: Kind) -> Kept:
        try:
            return self._free[kind].pop()
        except IndexError:
            return Kept(engine, kind, self._generation, self._log)

    def give(self, kept: Kept, kind: Kind) -> None:
        """Back, with no transaction open."""
        free = self._free[kind]
        if kept.generation == self._generation and len(free) < _MOST:
            free.append(kept)
        else:
            kept.close()

    def close(self, _engine: object = None) -> None:
        """Those that wait; the others when they come back."""
        self._generation += 1
        for kind in Kind:
            with contextlib.suppress(IndexError):
                while True:
                    self._free[kind].pop().close()
