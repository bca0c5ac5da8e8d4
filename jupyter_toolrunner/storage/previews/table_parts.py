"""A table of any format as a row of Arrow files that can be looked into at any place.

Text stays as it is written: ``007`` is no 7, and a number of 30 digits keeps them. What kind of text a column holds is found
beside it.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import InvalidRequest
from .encodings import encoding_of

#: Rows of one file.
PART = 65_536
#: Columns that are shown.
COLUMNS = 1_000
MOST_ROWS = 500_000_000
MOST_BYTES = 8 * 2**30
HEAD = "head.json"

_SAMPLE = 64 * 1024
_HEAD_BYTES = 8 * 2**20
_CELL = 16 * 2**20
_JSON_BYTES = 64 * 2**20
_BLOCK = 4 * 2**20

Progress = Callable[[float], None]


def make(source: Path, place: Path, options: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    parts = Parts(place)
    parts.forget()
    _READERS[options["format"]](source, parts, progress)
    return parts.close()


class Parts:
    """What is written so far; each part appears whole."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self.count = self.rows = self.bytes = 0
        self.columns: list[str] = []
        #: ``number`` or ``string``, ``time`` …; None while nothing is known.
        self.types: list[str] = []
        self.hidden_columns = 0
        self.uneven_rows = 0
        self.is_cut = False

    def begin(self, columns: Sequence[str], types: Sequence[str] | None = None) -> None:
        self.columns = [str(name)[:1000] for name in columns[:COLUMNS]]
        self.hidden_columns = max(0, len(columns) - COLUMNS)
        self.types = list(types or ["empty"] * len(self.columns))[:COLUMNS]

    def widen(self, names: Sequence[str]) -> None:
        """More columns, which are empty in all rows so far."""
        import pyarrow as pa

        more = [str(name)[:1000] for name in names[: COLUMNS - len(self.columns)]]
        self.hidden_columns += len(names) - len(more)
        self.columns += more
        self.types += ["empty"] * len(more)
        for i, batch in enumerate(self._waiting):
            empty = [pa.nulls(batch.num_rows, pa.string())] * len(more)
            width = batch.num_columns + len(more)
            columns = [*batch.columns, *empty]
            self._waiting[i] = pa.RecordBatch.from_arrays(columns, [str(c) for c in range(width)])

    def add(self, batch: Any) -> bool:
        """Take a record batch; False where no more fits."""
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        while self._waiting_rows >= PART and not self.is_cut:
            self._write(PART)
        return not self.is_cut

    def add_texts(self, columns: Sequence[Sequence[str | None]]) -> bool:
        import pyarrow as pa

        arrays = [pa.array(column, pa.string()) for column in columns]
        return self.add(pa.RecordBatch.from_arrays(arrays, [str(i) for i in range(len(arrays))]))

    def forget(self) -> None:
        """All rows so far, but not the columns."""
        for written in (*self._place.glob("*.arrow"), self._place / HEAD):
            written.unlink(missing_ok=True)
        self._waiting, self._waiting_rows = [], 0
        self.count = self.rows = self.bytes = 0
        self.types = ["empty"] * len(self.columns)

    def close(self) -> dict[str, Any]:
        if self._waiting_rows and not self.is_cut:
            self._write(self._waiting_rows)
        return self._head()

    def _head(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "types": ["string" if kind == "empty" else kind for kind in self.types],
            "rows": self.rows,
            "hidden_columns": self.hidden_columns,
            "uneven_rows": self.uneven_rows,
            "cut": self.is_cut,
        }

    def _write(self, rows: int) -> None:
        import pyarrow as pa

        table = pa.Table.from_batches(self._waiting)
        part, rest = table.slice(0, rows).combine_chunks(), table.slice(rows)
        self._waiting, self._waiting_rows = rest.to_batches(), rest.num_rows
        for i, column in enumerate(part.columns):
            self.types[i] = _kind(column, self.types[i])
        name = self._place / f"{self.count:06d}.arrow"
        incoming = name.with_suffix(".incoming")
        with pa.OSFile(str(incoming), "wb") as file, pa.ipc.new_file(file, part.schema) as writer:
            writer.write_table(part)
        self.bytes += incoming.stat().st_size
        os.replace(incoming, name)
        self.count += 1
        self.rows += part.num_rows
        self.is_cut = self.rows >= MOST_ROWS or self.bytes >= MOST_BYTES or self._has_little_room()
        (self._place / "head.incoming").write_text(json.dumps(self._head()), "utf-8")
        os.replace(self._place / "head.incoming", self._place / HEAD)

    def _has_little_room(self) -> bool:
        room = os.statvfs(self._place)
        return room.f_bavail * room.f_frsize < 2**30


# -- kinds ----------------------------------------------------------------------------------------------------------


def _kind(column: Any, before: str) -> str:
    """What the column holds, with this part of it too."""
    from pyarrow import types

    kind = column.type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_temporal(kind):
        return "time"
    if types.is_boolean(kind):
        return "boolean"
    if before not in ("empty", "number") or not types.is_string(kind):
        return "string"
    return _text_kind(column, before)


def _text_kind(column: Any, before: str) -> str:
    import pyarrow as pa
    from pyarrow import compute

    filled = compute.drop_null(column) if column.null_count else column
    filled = filled.filter(compute.not_equal(filled, ""))
    if not len(filled):
        return before
    try:
        compute.cast(filled, pa.float64())
    except pa.ArrowInvalid:
        return "string"
    return "number"


# -- comma-separated and the like ------------------------------------------------------------------------------------


def _read_text(source: Path, parts: Parts, progress: Progress, delimiter: str | None = None) -> None:
    with open(source, "rb") as file:
        head = file.read(_HEAD_BYTES)
    encoding = encoding_of(head[:_SAMPLE])
    text = head.decode(encoding, "replace")
    delimiter = delimiter or _delimiter(text[:_SAMPLE])
    csv.field_size_limit(_CELL)
    try:
        columns = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise _no_table(error) from None
    if not columns:
        return
    parts.begin(columns)
    is_simple = len(columns) <= COLUMNS and not any("\n" in name or "\r" in name for name in columns)
    if not (is_simple and _read_fast(source, parts, progress, delimiter, encoding, len(columns))):
        _read_row_by_row(source, parts, progress, delimiter, encoding)


def _no_table(error: Exception) -> InvalidRequest:
    return InvalidRequest(f"The file cannot be read as a table: {error}", hint="Look at it as text.")


def _delimiter(sample: str) -> str:
    """The one that divides the first lines most evenly."""
    lines = [line for line in sample.splitlines()[:50] if line][:-1] or sample.splitlines()[:1]
    best, most = ",", 0.0
    for mark in ",;\t|":
        counts = [len(row) for row in _rows(lines, mark)]
        width = max(set(counts), key=counts.count) if counts else 1
        even = counts.count(width) / max(1, len(counts)) * (width - 1)
        if even > most:
            best, most = mark, even
    return best


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return


def _read_fast(
    source: Path, parts: Parts, progress: Progress, delimiter: str, encoding: str, width: int
) -> bool:
    """False where the file is not as regular as this reader needs it; then nothing of it is kept."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(i) for i in range(width)]
    size = max(1, source.stat().st_size)
    pa.set_cpu_count(2)
    try:
        reader = arrow_csv.open_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                skip_rows=1,
                block_size=_BLOCK,
                encoding="utf8" if encoding.startswith("utf-8") else encoding,
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
            ),
        )
        seen = 0
        for batch in reader:
            seen += batch.nbytes
            if not parts.add(batch):
                return True
            progress(min(0.99, seen / size))
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeError):
        parts.forget()
        return False
    return True


def _read_row_by_row(source: Path, parts: Parts, progress: Progress, delimiter: str, encoding: str) -> None:
    size = max(1, source.stat().st_size)
    width = len(parts.columns)
    with open(source, "rb") as raw, io.TextIOWrapper(raw, encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            next(reader, None)
            while rows := list(itertools.islice(reader, 8192)):
                filled = [row for row in rows if row]
                parts.uneven_rows += sum(len(row) > width + parts.hidden_columns for row in filled)
                cells = [[*row[:width], *[None] * (width - len(row))] for row in filled]
                if cells and not parts.add_texts(list(zip(*cells, strict=True))):
                    return
                progress(min(0.99, raw.tell() / size))
        except csv.Error as error:
            raise _no_table(error) from None


# -- columns that are columns already -----------------------------------------------------------------------------------


def _read_parquet(source: Path, parts: Parts, progress: Progress) -> None:
    from pyarrow import parquet

    with parquet.ParquetFile(source) as file:
        names = file.schema_arrow.names
        parts.begin(names)
        total = max(1, file.metadata.num_rows)
        columns = names[:COLUMNS] if len(names) > COLUMNS else None
        for batch in file.iter_batches(batch_size=PART // 4, columns=columns, use_threads=False):
            if not parts.add(_plain(batch)):
                return
            progress(min(0.99, parts.rows / total))


def _read_arrow(source: Path, parts: Parts, progress: Progress) -> None:
    import pyarrow as pa

    with pa.memory_map(str(source)) as file:
        try:
            reader = pa.ipc.open_file(file)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
            count = reader.num_record_batches
        except pa.ArrowInvalid:
            file.seek(0)
            reader = pa.ipc.open_stream(file)
            batches, count = iter(reader), 0
        parts.begin(reader.schema.names)
        for number, batch in enumerate(batches, 1):
            batch.validate(full=True)
            for start in range(0, batch.num_rows, PART):
                if not parts.add(_plain(batch.slice(start, PART))):
                    return
            progress(number / count if count else 0.5)


def _plain(batch: Any) -> Any:
    """The batch in kinds that can be written, sorted and shown."""
    import pyarrow as pa

    columns = [_plain_column(column) for column in batch.columns[:COLUMNS]]
    return pa.RecordBatch.from_arrays(columns, [str(i) for i in range(len(columns))])


def _plain_column(column: Any) -> Any:
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        return _plain_column(column.storage)
    if types.is_dictionary(kind):
        return _plain_column(column.dictionary_decode())
    is_simple = types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind)
    if is_simple or types.is_decimal(kind) or types.is_temporal(kind) or types.is_string(kind):
        return column
    if types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind):
        return column.cast(pa.string())
    return pa.array([None if cell is None else _as_text(cell) for cell in column.to_pylist()], pa.string())


# -- records --------------------------------------------------------------------------------------------------------


def _read_lines(source: Path, parts: Parts, progress: Progress) -> None:
    size = max(1, source.stat().st_size)
    with open(source, "rb") as file:
        records = _parsed(iter(lambda: file.readline(_CELL), b""))
        while block := list(itertools.islice(records, 8192)):
            if not _add_records(block, parts):
                return
            progress(min(0.99, file.tell() / size))


def _parsed(lines: Iterable[bytes]) -> Iterator[Any]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidRequest(
                f"Line {number:,} is not JSON: {str(error)[:200]}", hint="Look at it as text."
            ) from None


def _read_records(source: Path, parts: Parts, progress: Progress) -> None:
    if source.stat().st_size > _JSON_BYTES:
        raise InvalidRequest(
            "The JSON file is too large to be shown as a table.", hint="Look at it as a tree."
        )
    try:
        records = json.loads(source.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _no_table(error) from None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InvalidRequest("The JSON is no list of records, so there is no table to show.")
    for start in range(0, len(records), 8192):
        _add_records(records[start : start + 8192], parts)
        progress(start / len(records))


def _add_records(records: Sequence[Any], parts: Parts) -> bool:
    """Names that come later get columns of their own at the end."""
    rows = [record if isinstance(record, dict) else {"value": record} for record in records]
    known = dict.fromkeys(parts.columns)
    names = dict.fromkeys(itertools.chain.from_iterable(rows))
    parts.widen([name for name in names if name not in known])
    cells = [
        [_as_text(row[name]) if row.get(name) is not None else None for row in rows] for name in parts.columns
    ]
    return parts.add_texts(cells)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value[:1000].hex()
    return json.dumps(value, ensure_ascii=False, default=str)


def _read_tabs(source: Path, parts: Parts, progress: Progress) -> None:
    _read_text(source, parts, progress, "\t")


_READERS: Mapping[str, Callable[[Path, Parts, Progress], None]] = {
    "csv": _read_text,
    "tsv": _read_tabs,
    "parquet": _read_parquet,
    "arrow": _read_arrow,
    "lines": _read_lines,
    "records": _read_records,
}
