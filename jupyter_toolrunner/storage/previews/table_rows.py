"""Which rows of a table fit the filters, in the order that was asked for: their numbers, four bytes each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import InvalidRequest

NAME = "rows.u32"


def make(
    source: Path, place: Path, options: Mapping[str, Any], progress: Callable[[float], None]
) -> Mapping[str, Any]:
    """``source`` is the folder of the table's parts; ``options`` has ``types``, ``sort``, ``filters`` and ``search``."""
    import numpy as np
    import pyarrow as pa

    types: Sequence[str] = options["types"]
    sort: Sequence[tuple[int, bool]] = [(int(column), bool(down)) for column, down in options["sort"]]
    names = sorted(source.glob("*.arrow"))
    kept: list[Any] = []
    keys: list[list[Any]] = [[] for _ in sort]
    first = 0
    for number, (rows, table) in enumerate(_parts(names), 1):
        mask = _mask(table, types, options)
        found = np.arange(rows, dtype=np.uint32) if mask is None else np.flatnonzero(mask).astype(np.uint32)
        kept.append(found + np.uint32(first))
        for (column, _), key in zip(sort, keys, strict=True):
            values = _sortable(_column(table, column, rows), types[column])
            key.append(values if mask is None else values.take(pa.array(found)))
        first += rows
        progress(0.7 * number / len(names))
    order = np.concatenate(kept) if kept else np.array([], dtype=np.uint32)
    if sort and len(order):
        order = order[_sorted(keys, [down for _, down in sort])]
    order.astype("<u4").tofile(place / NAME)
    return {"rows": len(order)}


def _parts(names: Sequence[Path]) -> Iterator[tuple[int, Any]]:
    import pyarrow as pa

    for name in names:
        with pa.memory_map(str(name)) as file:
            table = pa.ipc.open_file(file).read_all()
            yield table.num_rows, table


def _column(table: Any, index: int, rows: int) -> Any:
    """The column; where this part was written before it came up, nothing but nulls."""
    import pyarrow as pa

    if index >= table.num_columns:
        return pa.nulls(rows, pa.string())
    return table.column(index).combine_chunks()


def _sorted(keys: Sequence[Sequence[Any]], downs: Sequence[bool]) -> Any:
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    columns = [pa.chunked_array(parts) for parts in keys]
    names = [str(i) for i in range(len(columns))]
    keys_ = [(name, "descending" if down else "ascending") for name, down in zip(names, downs, strict=True)]
    table = pa.table([*columns, pa.array(np.arange(len(columns[0]), dtype=np.uint32))], [*names, "row"])
    # Rows that are equal stay in the file's order.
    found = compute.sort_indices(table, sort_keys=[*keys_, ("row", "ascending")], null_placement="at_end")
    return found.to_numpy()


def _sortable(column: Any, kind: str) -> Any:
    return _numbers(column) if kind == "number" else column


def _numbers(column: Any) -> Any:
    """Texts that are numbers as numbers; what is empty is null."""
    import pyarrow as pa
    from pyarrow import compute, types

    if not types.is_string(column.type):
        return column
    empty = compute.equal(column, "")
    return compute.if_else(empty, pa.scalar(None, pa.string()), column).cast(pa.float64())


# -- filters ----------------------------------------------------------------------------------------------------------


def _mask(table: Any, types: Sequence[str], options: Mapping[str, Any]) -> Any:
    """Whether each row fits; None where there is nothing to fit."""
    import numpy as np

    rows = table.num_rows
    masks = [
        _fits(_column(table, int(f["column"]), rows), types[int(f["column"])], f) for f in options["filters"]
    ]
    if search := options["search"]:
        anywhere = np.zeros(rows, dtype=bool)
        for i in range(table.num_columns):
            anywhere |= _true(_contains(_column(table, i, rows), search))
        masks.append(anywhere)
    return np.logical_and.reduce(masks) if masks else None


def _true(mask: Any) -> Any:
    from pyarrow import compute

    return compute.fill_null(mask, False).to_numpy(zero_copy_only=False)


def _fits(column: Any, kind: str, condition: Mapping[str, Any]) -> Any:
    import pyarrow as pa
    from pyarrow import compute

    how, value = condition["op"], str(condition.get("value", ""))
    if how in ("empty", "filled"):
        is_null = column.is_null().to_numpy(zero_copy_only=False)
        if pa.types.is_string(column.type):
            is_null = is_null | _true(compute.equal(column, ""))
        return is_null if how == "empty" else ~is_null
    if how in ("contains", "lacks"):
        found = _true(_contains(column, value))
        return found if how == "contains" else ~found
    compared = {
        "equals": compute.equal,
        "differs": compute.not_equal,
        "at_least": compute.greater_equal,
        "at_most": compute.less_equal,
    }[how]
    left, right = _comparable(column, kind, value)
    return _true(compared(left, right))


def _contains(column: Any, value: str) -> Any:
    import pyarrow as pa
    from pyarrow import compute

    texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
    return compute.match_substring(texts, value, ignore_case=True)


def _comparable(column: Any, kind: str, value: str) -> tuple[Any, Any]:
    import pyarrow as pa

    if kind == "number":
        try:
            return _numbers(column).cast(pa.float64(), safe=False), pa.scalar(float(value.replace(",", ".")))
        except ValueError:
            raise InvalidRequest(f"{value[:50]!r} is no number.", field="filter") from None
    if pa.types.is_string(column.type):
        return column, pa.scalar(value)
    if kind == "boolean":
        return column, pa.scalar(value.strip().lower() in ("true", "1", "yes"))
    try:
        return column, pa.scalar(value).cast(column.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column.cast(pa.string()), pa.scalar(value)
