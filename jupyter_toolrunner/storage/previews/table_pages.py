"""Some rows of a table that was made into parts."""

from __future__ import annotations

import json
import math
from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from . import table_rows
from .table_parts import HEAD, PART

#: Characters of one cell; the whole value is in the file.
_CELL = 2_000
_EXACT = 2**53
_OPEN = 160


class Pages:
    """Parts that were looked into lately stay mapped."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, Any] = OrderedDict()
        self._lock = Lock()

    def head(self, place: Path) -> dict[str, Any] | None:
        """What is known while the table is still read; None where that is nothing yet."""
        try:
            return dict(json.loads((place / HEAD).read_text("utf-8")))
        except OSError:
            return None

    def rows(self, place: Path, numbers: Sequence[int], width: int) -> list[list[Any]]:
        """These rows, as JSON can carry them."""
        wanted: dict[int, list[int]] = {}
        for position, number in enumerate(numbers):
            wanted.setdefault(number // PART, []).append(position)
        rows: list[list[Any]] = [[] for _ in numbers]
        for part, positions in wanted.items():
            inside = [numbers[position] % PART for position in positions]
            for position, cells in zip(positions, self._cells(place, part, inside, width), strict=True):
                rows[position] = cells
        return rows

    def ordered(self, place: Path, offset: int, limit: int) -> list[int]:
        """Numbers of the rows at these places of a sorted or filtered table."""
        with open(place / table_rows.NAME, "rb") as file:
            file.seek(offset * 4)
            found = array("I")
            found.frombytes(file.read(limit * 4))
        return list(found)

    def _cells(self, place: Path, part: int, rows: Sequence[int], width: int) -> list[list[Any]]:
        table = self._table(place / f"{part:06d}.arrow")
        is_row = list(rows) == list(range(rows[0], rows[0] + len(rows)))
        found = table.slice(rows[0], len(rows)) if is_row else table.take(list(rows))
        columns = [[_plain(cell) for cell in column.to_pylist()] for column in found.columns]
        columns += [[None] * len(rows)] * (width - len(columns))
        return [list(cells) for cells in zip(*columns, strict=True)] if columns else [[] for _ in rows]

    def _table(self, path: Path) -> Any:
        import pyarrow as pa

        with self._lock:
            if path in self._open:
                self._open.move_to_end(path)
                return self._open[path]
        # One batch a part, so that taking rows copies nothing else.
        table = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        with self._lock:
            self._open[path] = table
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)
        return table


def page(
    head: Mapping[str, Any],
    rows: list[list[Any]],
    offset: int,
    total: int | None,
    numbers: Sequence[int] | None,
) -> dict[str, Any]:
    """As `api.schemas.TablePage` has it."""
    return {
        "columns": head["columns"],
        "types": head["types"],
        "rows": rows,
        "numbers": None if numbers is None else list(numbers),
        "offset": offset,
        "total": total,
        "read": head["rows"],
        "hidden_columns": head["hidden_columns"],
        "uneven_rows": head["uneven_rows"],
        "cut": head["cut"],
    }


def _plain(cell: Any) -> Any:
    """What JSON can carry and a person can read in a cell."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, int):
        return cell if -_EXACT <= cell <= _EXACT else str(cell)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else str(cell)
    text = cell if isinstance(cell, str) else str(cell)
    return text[:_CELL]
