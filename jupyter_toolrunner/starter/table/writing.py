"""From the database to a file, in the format that is wanted."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from ...authoring import progress
from ..extras import library
from .database import Database, TableError, text
from .tables import Column, without_zones

#: Formats, with the ending and what DuckDB is told; None where another library writes.
FORMATS: dict[str, tuple[str, str | None]] = {
    "parquet": (".parquet", "FORMAT parquet, COMPRESSION zstd"),
    "csv": (".csv", "FORMAT csv, HEADER true"),
    "tsv": (".tsv", "FORMAT csv, HEADER true, DELIMITER '\t'"),
    "json": (".json", "FORMAT json, ARRAY true"),
    "jsonl": (".jsonl", "FORMAT json, ARRAY false"),
    "arrow": (".arrow", None),
    "excel": (".xlsx", None),
}
_SHEET_ROWS = 1_048_575
_SHEET_COLUMNS = 16_384
_CELL = 32_767
_BATCH = 20_000


def write(database: Database, sql: str, stem: str, format_: str) -> Path:
    """What the query gives, as a file of the current folder."""
    ending, options = FORMATS[format_]
    path = Path(stem + ending)
    shown = f"Writing {path}"
    if options is not None:
        database.run_long(f"COPY ({sql}) TO {text(str(path.absolute()))} ({options})", shown, 6, 9.5)
    elif format_ == "arrow":
        _write_arrow(database, sql, path)
    else:
        _write_excel(database, sql, path)
    progress(9.5, 10, shown)
    return path


def _write_arrow(database: Database, sql: str, path: Path) -> None:
    import pyarrow as pa

    reader = database.connection.sql(sql).to_arrow_reader(_BATCH)
    rows = 0
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
            progress(7, 10, f"Writing {path}: {rows} rows")


def _write_excel(database: Database, sql: str, path: Path) -> None:
    rows = int(database.value(f"SELECT count(*) FROM ({sql})"))
    columns = [Column(row[0], row[1]) for row in database.rows(f"DESCRIBE {sql}")]
    # A cell of Excel knows no time zone.
    cursor = database.run(without_zones(columns, sql, "CAST({} AS VARCHAR)"))
    names = [column[0] for column in cursor.description]
    if rows > _SHEET_ROWS or len(names) > _SHEET_COLUMNS:
        raise TableError(
            f"A sheet of Excel holds {_SHEET_ROWS:,} rows and {_SHEET_COLUMNS:,} columns; this table has "
            f"{rows:,} and {len(names):,}. Nothing was written: take Parquet or CSV, or fewer rows"
        )
    openpyxl = library("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Table")
    sheet.freeze_panes = "A2"
    sheet.append([_excel_cell(sheet, name) for name in names])
    done = 0
    while found := cursor.fetchmany(_BATCH):
        for row in found:
            sheet.append([_excel_cell(sheet, value) for value in row])
        done += len(found)
        progress(6 + 3 * done / max(1, rows), 10, f"Writing {path}: {done} rows")
    book.save(path)


def _excel_cell(sheet: Any, value: Any) -> Any:
    if value is None or (isinstance(value, bool | int | float) and abs(value) < 2**53):
        return value
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return value
    cells = library("openpyxl.cell.cell")
    cell = cells.WriteOnlyCell(sheet, value=cells.ILLEGAL_CHARACTERS_RE.sub("�", str(value))[:_CELL])
    # A text that begins with "=" is a text, and no formula that would be reckoned where the file is opened.
    cell.data_type = "s"
    return cell
