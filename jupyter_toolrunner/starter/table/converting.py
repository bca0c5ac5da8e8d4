"""A table in another format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...authoring import progress
from .database import Database
from .reading import read
from .tables import Reading, count
from .writing import write


def convert(
    path: Path | None, how: Reading, *, format_: str, columns: Sequence[str], limit: int
) -> dict[str, Any]:
    """Write the table into the current folder in the format, with these columns alone where some are named."""
    with Database() as database:
        table = read(database, path, how)
        chosen = table.chosen(columns, "columns") or list(table.columns)
        names = ", ".join(column.sql for column in chosen)
        sql = f"SELECT {names} FROM {table.name}" + (f" LIMIT {limit}" if limit else "")
        file = write(database, sql, table.title, format_)
        rows = min(count(database, table), limit or 2**62)
        skipped = _skipped(database) if how.skip_bad_rows else 0
    size = file.stat().st_size
    print(f"{file}: {rows} rows, {len(chosen)} columns, {size} bytes")
    progress(10, 10, f"{rows} rows in {file}")
    return {
        "table": str(file),
        "rows": rows,
        "columns": [column.name for column in chosen],
        "bytes": size,
        "skipped_rows": skipped,
        "notes": list(table.notes),
    }


def _skipped(database: Database) -> int:
    """Rows that were left out since they did not fit, told one by one as far as anybody would read."""
    if not database.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'"):
        return 0
    found = database.rows(
        "SELECT line, any_value(error_message) FROM reject_errors "
        "WHERE scan_id = (SELECT max(scan_id) FROM reject_errors) GROUP BY line ORDER BY line"
    )
    for line, message in found[:20]:
        print(f"Left out line {line}: {' '.join(str(message).split())[:200]}")
    if len(found) > 20:
        print(f"… and {len(found) - 20} more")
    return len(found)
