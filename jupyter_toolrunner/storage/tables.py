"""Rows of a file that is a table, a page at a time."""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import InvalidRequest, NotAvailable

#: Bytes of a JSON file that is looked at as a table; a larger one is shown as text.
_JSON_LIMIT = 32 * 2**20
#: Characters of one cell; the whole value is in the file.
_CELL_LIMIT = 2_000
_SNIFFED = 64 * 1024


def read_table(path: Path, media_type: str, offset: int, limit: int) -> Mapping[str, Any]:
    """The page as `api.schemas.TablePage` has it.

    Raises InvalidRequest for a file that is no table, NotAvailable where a library is missing.
    """
    if media_type in ("text/csv", "text/tab-separated-values"):
        return _text(path, "\t" if "tab" in media_type else None, offset, limit)
    if media_type == "application/vnd.apache.parquet":
        return _parquet(path, offset, limit)
    if media_type == "application/vnd.apache.arrow.file":
        return _arrow(path, offset, limit)
    if media_type == "application/json":
        return _records(path, offset, limit)
    raise InvalidRequest(f"A file of type {media_type} is not shown as a table.")


def _no_table(error: Exception) -> InvalidRequest:
    return InvalidRequest(f"The file cannot be read as a table: {error}", hint="Download it to look at it.")


def _page(
    columns: Sequence[str], types: Sequence[str], rows: list[list[Any]], offset: int, total: int | None
) -> dict[str, Any]:
    return {"columns": list(columns), "types": list(types), "rows": rows, "offset": offset, "total": total}


def _text(path: Path, delimiter: str | None, offset: int, limit: int) -> dict[str, Any]:
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        delimiter = delimiter or _delimiter(file.read(_SNIFFED))
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        try:
            columns = next(reader, [])
            rows = [_cells(row, len(columns)) for row in itertools.islice(reader, offset, offset + limit)]
        except csv.Error as error:
            raise InvalidRequest(
                f"The file cannot be read as a table: {error}.", hint="Download it."
            ) from None
        total = None if len(rows) == limit and next(reader, None) is not None else offset + len(rows)
    types = [_type_of([row[i] for row in rows]) for i in range(len(columns))]
    return _page(columns, types, rows, offset, total)


def _delimiter(sample: str) -> str:
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|").delimiter
    except csv.Error:
        return ","


def _cells(row: list[str], width: int) -> list[Any]:
    cut = [cell[:_CELL_LIMIT] for cell in row]
    return [*cut, *[None] * (width - len(cut))][: max(width, 1)]


def _type_of(cells: Sequence[Any]) -> str:
    """``number`` where every cell that is filled is one: it is aligned to the right then."""
    filled = [cell for cell in cells if cell not in (None, "")]
    return "number" if filled and all(_is_number(cell) for cell in filled) else "string"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _parquet(path: Path, offset: int, limit: int) -> dict[str, Any]:
    try:
        from pyarrow import parquet
    except ImportError:
        raise NotAvailable("Parquet files need pyarrow.", hint="pip install pyarrow") from None
    rows: list[list[Any]] = []
    try:
        file = parquet.ParquetFile(path)
        for batch in _batches_from(file, offset, limit):
            rows.extend(_rows_of(batch))
    except (ValueError, OSError) as error:
        raise _no_table(error) from None
    return _page(
        file.schema_arrow.names, _types_of(file.schema_arrow), rows[:limit], offset, file.metadata.num_rows
    )


def _batches_from(file: Any, offset: int, limit: int) -> Iterator[Any]:
    """Only the row groups that hold the wanted rows are read."""
    start = 0
    wanted = limit
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        if start + count > offset and wanted > 0:
            part = file.read_row_group(group).slice(max(0, offset - start), wanted)
            wanted -= part.num_rows
            yield part
        start += count


def _arrow(path: Path, offset: int, limit: int) -> dict[str, Any]:
    try:
        import pyarrow as pa
    except ImportError:
        raise NotAvailable("Arrow files need pyarrow.", hint="pip install pyarrow") from None
    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
            rows = _rows_of(table.slice(offset, limit))
            return _page(table.column_names, _types_of(table.schema), rows, offset, table.num_rows)
    except (ValueError, OSError) as error:
        raise _no_table(error) from None


def _types_of(schema: Any) -> list[str]:
    from pyarrow import types

    return [
        "number"
        if types.is_integer(f.type) or types.is_floating(f.type) or types.is_decimal(f.type)
        else "string"
        for f in schema
    ]


def _rows_of(table: Any) -> list[list[Any]]:
    columns = [column.to_pylist() for column in table.columns]
    return [[_plain(cell) for cell in row] for row in zip(*columns, strict=True)]


def _records(path: Path, offset: int, limit: int) -> dict[str, Any]:
    if path.stat().st_size > _JSON_LIMIT:
        raise InvalidRequest("The JSON file is too large to be shown as a table.", hint="Download it.")
    try:
        records = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _no_table(error) from None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InvalidRequest("The JSON is no list of records, so there is no table to show.")
    columns = list(dict.fromkeys(itertools.chain.from_iterable(records)))
    rows = [[_plain(record.get(name)) for name in columns] for record in records[offset : offset + limit]]
    types = [
        "number" if all(isinstance(row[i], int | float) for row in rows if row[i] is not None) else "string"
        for i in range(len(columns))
    ]
    return _page(columns, types, rows, offset, len(records))


def _plain(cell: Any) -> Any:
    """What JSON can carry and a person can read in a cell."""
    if cell is None or isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else str(cell)
    text = cell if isinstance(cell, str) else str(cell)
    return text[:_CELL_LIMIT]
