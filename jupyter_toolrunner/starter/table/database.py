"""A database that forgets: tables are asked in it, in bounded memory, and nothing of it stays."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ...authoring import progress
from ..extras import library

#: What DuckDB may take of memory before it goes on on disk.
MEMORY = "512MB"


class TableError(ValueError):
    """The table cannot be used."""


class Database:
    """DuckDB with a folder of its own for what does not fit into memory; both go at the end."""

    def __init__(self) -> None:
        self._duckdb = library("duckdb")
        #: For files on their way into the database.
        self.folder = Path(tempfile.mkdtemp(prefix="toolrunner-table-"))
        self._in_place: list[str] = []
        self.connection = self._duckdb.connect()
        for name, value in {
            "memory_limit": MEMORY,
            "temp_directory": str(self.folder / "spill"),
            "threads": 2,
            "TimeZone": "UTC",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_progress_bar": True,
            "enable_progress_bar_print": False,
            "progress_bar_time": 0,
        }.items():
            self.connection.execute(f"SET {name} = ?", [value])

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Raises TableError with what the database says, without its hints for programmers."""
        try:
            return self.connection.execute(sql, list(values))
        except self._duckdb.OutOfMemoryException:
            raise TableError(
                f"This needs more than {MEMORY} of memory at once: take fewer columns, or groups with fewer values"
            ) from None
        except self._duckdb.Error as error:
            raise TableError(said(error)) from None

    def run_long(self, sql: str, text: str, begin: float, end: float) -> Any:
        """The same, with progress from ``begin`` to ``end`` of 10 while it works."""
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.5):
                done = self.connection.query_progress()
                if done > 0:
                    progress(begin + (end - begin) * done / 100, 10, text)

        progress(begin, 10, text)
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            return self.run(sql)
        finally:
            stop.set()
            watcher.join()

    def reads_in_place(self, path: Path) -> str:
        """The path in SQL of a file that is asked where it lies; it stays allowed when the database is locked."""
        self._in_place.append(str(path.absolute()))
        return text(self._in_place[-1])

    def lock(self) -> None:
        """For good, before SQL that people wrote: it reaches the tables that were read, this folder and the current one,
        no other file, no network, no extension and no setting."""
        if self.value("SELECT current_setting('lock_configuration')"):
            return
        for name, paths in {
            "allowed_directories": [str(self.folder), str(Path.cwd())],
            "allowed_paths": self._in_place,
        }.items():
            self.run(f"SET {name} = [{', '.join(map(text, paths))}]")
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")

    def check_condition(self, sql: str) -> None:
        """Raises TableError where the SQL is anything but one expression."""
        try:
            # The first knows expressions, the second what is run in the end: neither is the other's part.
            self._duckdb.SQLExpression(sql)
            kinds = [each.type for each in self.connection.extract_statements(f"SELECT ({sql}\n)")]
        except self._duckdb.Error as error:
            raise TableError(said(error)) from None
        if kinds != [self._duckdb.StatementType.SELECT]:
            raise TableError("There is more than a condition")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.run(sql, values).fetchall()
        return found

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self.rows(sql, values)[0][0]


def said(error: BaseException) -> str:
    """The first sentences of what DuckDB says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^", "Possible", "*", "Candidate"))]
    return " ".join(kept[:3])[:600]


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"
