"""A look into the SQLite file by somebody who waits for a key press: without SQLAlchemy, and without writing anything."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

#: Seconds that a look waits for whoever writes; it is not worth more.
_BUSY_SECONDS = 0.2
_KEPT = (
    "SELECT number, tool, status FROM run_facts WHERE status = ? "
    "AND NOT EXISTS (SELECT 1 FROM run_changes WHERE run_changes.number = run_facts.number) "
    "ORDER BY number DESC LIMIT ?"
)
_CHANGED = (
    "SELECT number, tool, status FROM runs WHERE number IN (SELECT number FROM run_changes) "
    "AND status IN ({}) ORDER BY number DESC LIMIT ?"
)


class Glance:
    """Names and numbers out of a database as they are now. What cannot be answered raises sqlite3.Error."""

    def __init__(self, url: str) -> None:
        """``url`` as SQLAlchemy has it; any other database than SQLite has no answers."""
        found = re.match(r"sqlite(?:\+\w+)?:///([^?]+)", url)
        self._file = Path(unquote(found[1])) if found else None

    def toolboxes(self) -> Sequence[str]:
        """Those that people added, in the order of `SqlToolboxStore`."""
        return self._column("SELECT path FROM toolboxes ORDER BY added_at, path")

    def presets(self, tool: str, user: str) -> Sequence[str]:
        query = "SELECT name FROM presets WHERE tool = ? AND (owner = ? OR shared) ORDER BY lower(name), id"
        return self._column(query, tool, user)

    def runs(self, statuses: Iterable[str], limit: int) -> Sequence[tuple[int, str, str]]:
        """Number, tool and status, newest first; of every status where none is named."""
        wanted = tuple(statuses)
        if not wanted:
            return self._rows("SELECT number, tool, status FROM runs ORDER BY number DESC LIMIT ?", limit)
        # What is kept of runs that did not change since, each status by its index; then the changed ones as they are.
        parts: list[tuple[str, tuple[str | int, ...]]] = [(_KEPT, (status, limit)) for status in wanted]
        parts += [(_CHANGED.format(", ".join("?" * len(wanted))), (*wanted, limit))]
        query = " UNION ALL ".join(f"SELECT * FROM ({part})" for part, _ in parts)  # noqa: S608
        values = [value for _, given in parts for value in given]
        return self._rows(f"{query} ORDER BY number DESC LIMIT ?", *values, limit)

    def artifacts(self, run: str) -> Sequence[str]:
        """Names of the files of the last attempt of a run, which is named by its number or id."""
        return self._column(
            "SELECT artifacts.name FROM artifacts JOIN runs ON artifacts.run = runs.id "
            "AND artifacts.attempt = runs.attempt WHERE runs.id = ? OR runs.number = ? ORDER BY artifacts.name",
            run,
            _number(run),
        )

    def tags(self, run: str | None = None) -> Sequence[str]:
        """Those of a run, else all."""
        if run is None:
            return self._column("SELECT DISTINCT tag FROM run_tags ORDER BY tag")
        return self._column(
            "SELECT tag FROM run_tags JOIN runs ON run_tags.run = runs.id "
            "WHERE runs.id = ? OR runs.number = ? ORDER BY tag",
            run,
            _number(run),
        )

    def schedules(self) -> dict[str, str]:
        """Tools by the names of their schedules, or by their ids where they have none."""
        return dict(
            self._rows(
                "SELECT CASE name WHEN '' THEN id ELSE name END, tool FROM schedules ORDER BY 1 LIMIT 100"
            )
        )

    def workers(self) -> dict[str, str]:
        """Hosts by the ids of workers that have not ended."""
        return dict(
            self._rows("SELECT id, host FROM workers WHERE coalesce(told, '') != 'ended' ORDER BY id")
        )

    def dashboards(self) -> dict[str, str]:
        """Titles of published notebooks by their names."""
        return dict(self._rows("SELECT name, title FROM dashboards ORDER BY name"))

    def _column(self, query: str, *values: Any) -> list[str]:
        return [row[0] for row in self._rows(query, *values)]

    def _rows(self, query: str, *values: Any) -> list[Any]:
        # Of an empty file SQLite would remove the write-ahead log, also for a reader.
        if self._file is None or not self._file.is_file() or not self._file.stat().st_size:
            return []
        with _open(self._file) as connection:
            return connection.execute(query, values).fetchall()


def _number(run: str) -> int:
    """None has the number 0; more digits than a number of SQLite has would be refused."""
    return int(run) if run.isdecimal() and len(run) < 19 else 0


@contextmanager
def _open(file: Path) -> Iterator[sqlite3.Connection]:
    # Even a reader makes the files of the write-ahead log where they are not, and leaves them there. While nobody has
    # the database open they are gone, and all of it is in the one file; else those that are there are not written to.
    in_use = file.with_name(f"{file.name}-shm").exists()
    mode = "mode=ro&readonly_shm=1" if in_use else "mode=ro&immutable=1"
    address = f"file:{quote(str(file.absolute()))}?{mode}"
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as connection:
        yield connection
