"""From a file to a table of the database, whatever the file is."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import encodings
from ..extras import library
from ..naming import file_stem, likely
from .database import Database, TableError, quoted, text
from .tables import EXAMPLES, Column, Reading, Table

_ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
_SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|"}
_OLD = {".xls": "xlsx", ".ods": "xlsx", ".sas7bdat": "CSV", ".dta": "CSV", ".sav": "CSV"}
#: Rows that are looked at for the types; where a later one does not fit, all are.
_SAMPLE = 100_000
_BLOCK = 2**20
#: Whole numbers from here on are not exact in a DOUBLE.
_EXACT = 2**53
#: What stands for nothing in a column of numbers, and what a number looks like.
_GAPS = "('NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', 'None', '-', '—', '?', '.')"
_NUMBER = "'[+-]?(\\d+([.,]\\d*)?|[.,]\\d+)([eE][+-]?\\d+)?'"
#: With commas between thousands; it can be nothing else where there are two of them, or a point after one.
_THOUSANDS = "'[+-]?[1-9]\\d{0,2}(,\\d{3})+(\\.\\d*)?'"
_SURE_THOUSANDS = "',.*[,.]'"
#: Such as 01/02/2024.
_SLASHED = "'\\s*\\d{1,2}[/-]\\d{1,2}[/-]\\d{2,4}(\\D.*)?'"


def read(
    database: Database,
    path: Path | None,
    how: Reading,
    *,
    name: str = "given",
    example: str = "moons.csv",
) -> Table:
    """Have the file in the database under this name, where it can be asked; nothing large is read into memory.

    Without a path it is an example that comes with the tools. Raises TableError.
    """
    if path is None:
        path = EXAMPLES / example
        print(f"No table was given: taking the example {path.stem}")
    progress(0, 10, f"Looking at {path.name}")
    _check(path)
    kind = _ENDINGS.get(_ending(path)) or _kind_by_content(path)
    notes = _READERS[kind](database, path, how, name)
    table = Table(name, title_of(path), tuple(_columns(database, name)), tuple(notes))
    for note in notes:
        print(note)
    return table


def title_of(path: Path) -> str:
    """What the table is called: the file's name without the endings of tables."""
    stem = path.name
    for ending in (".gz", *_ENDINGS):
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
    return file_stem(stem)


def _ending(path: Path) -> str:
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _check(path: Path) -> None:
    try:
        if not path.exists():
            raise TableError(f"There is no file {str(path)!r}: choose a table, or none for the example")
        if not path.is_file():
            raise TableError(f"{path} is a folder, not a file" if path.is_dir() else f"{path} is not a file")
        if path.stat().st_size == 0:
            raise TableError(f"{path.name} is empty: there is nothing to read in it")
        path.open("rb").close()
    except OSError as error:
        raise TableError(f"{path.name} cannot be read: {error.strerror}") from None
    if (better := _OLD.get(path.suffix.lower())) is not None:
        raise TableError(
            f"{path.name} is a kind of file that cannot be read here: save it as {better} in the program that made it"
        )


def _kind_by_content(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64 * 1024)
    for mark, kind in ((b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"PK\3\4", "excel")):
        if start.startswith(mark):
            return kind
    if encodings.is_binary(start):
        raise TableError(
            f"{path.name} is not a table: it is binary, and none of CSV, JSON, Parquet, Arrow and Excel"
        )
    return "json" if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else "csv"


# -- text -----------------------------------------------------------------------------------------------------------


def _read_csv(database: Database, path: Path, how: Reading, name: str) -> list[str]:
    compressed = path.name.lower().endswith(".gz")
    if not compressed:
        with path.open("rb") as file:
            if encodings.is_binary(file.read(64 * 1024)):
                raise TableError(f"{path.name} is not a table: it holds binary data")
    encoding = _encoding(path, how)
    source, notes = path, []
    if not compressed and encoding not in ("utf-8", "ascii", "utf-8-sig"):
        notes.append(f"{path.name} is written in {encoding}")
        source = _as_utf8(path, encoding, database.folder / f"{name}.csv")
    options = {"sample_size": str(_SAMPLE)}
    if how.separator:
        options["delim"] = text(_SEPARATORS.get(how.separator, how.separator))
    elif _ending(path) in (".tsv", ".tab"):
        options["delim"] = text("\t")
    if how.skip_bad_rows:
        options |= {"ignore_errors": "true", "store_rejects": "true"}
    try:
        _take_csv(database, source, options, name, notes)
    except TableError as error:
        if "unicode" not in str(error).lower() and "utf-8" not in str(error).lower():
            raise _csv_error(path, error) from None
        notes.append(f"{path.name} has bytes that are not UTF-8: they stand as �")
        source = _as_utf8(path, "utf-8", database.folder / f"{name}.csv")
        _take_csv(database, source, options, name, notes)
    return notes


def _encoding(path: Path, how: Reading) -> str:
    if not how.encoding:
        return encodings.of_file(path) if not path.name.lower().endswith(".gz") else "utf-8"
    try:
        return encodings.known(how.encoding)
    except LookupError:
        raise TableError(
            f"encoding: {how.encoding!r} is not known; there are utf-8, utf-16, cp1251, koi8-r, cp866, cp1252 and more"
        ) from None


def _csv_error(path: Path, error: TableError) -> TableError:
    return TableError(
        f"{path.name} cannot be read as a table of text: {error}. Say its separator and encoding where they "
        "were not seen; Convert table can leave out rows that do not fit"
    )


def _as_utf8(path: Path, encoding: str, target: Path) -> Path:
    """A copy in UTF-8, made piece by piece; what is no text in the encoding becomes ``�``."""
    size = max(1, path.stat().st_size)
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        while block := source.read(_BLOCK):
            copy.write(block)
            progress(min(1.0, raw.tell() / size), 10, f"Reading {path.name} as {encoding}")
    return target


def _take_csv(database: Database, path: Path, options: dict[str, str], name: str, notes: list[str]) -> None:
    """The file as a view, with the types that it really has."""
    try:
        _keep(database, _csv_call(path, options), name, path)
    except TableError as error:
        if "convert" not in str(error).lower():
            raise
        # What comes late in a long file is of another kind than its beginning.
        options = {**options, "sample_size": "-1"}
        _keep(database, _csv_call(path, options), name, path)
    columns = _columns(database, name)
    if len(columns) == 1 and "delim" not in options and (found := _separator_in(columns[0].name)):
        # Where rows differ in length, the database takes each line for one value: nobody means that.
        _take_csv(database, path, {**options, "delim": text(found)}, name, notes)
        return
    seen = _seen(database, name, columns)
    if seen["rows"] == 0:
        raise TableError(f"{path.name} has a head and no rows: there is nothing to work on")
    notes += _unsure_dates(database, path, options, name, columns, seen)
    if long := [column.name for column in columns if seen.get(f"long {column.name}")]:
        _keep_digits(database, path, options, name, long, notes)
    unsure = [column for column in columns if seen.get(f"thousands {column.name}") == "perhaps"]
    if unsure and _is_comma_separated(database, path, options):
        seen |= {f"thousands {column.name}": "yes" for column in unsure}
    _take_numbers(database, name, columns, seen, notes)


def _is_comma_separated(database: Database, path: Path, options: dict[str, str]) -> bool:
    if "delim" in options:
        return options["delim"] == text(",")
    given = f"sample_size = {_SAMPLE}, ignore_errors = {options.get('ignore_errors', 'false')}"
    return bool(database.value(f"SELECT Delimiter = ',' FROM sniff_csv({text(str(path))}, {given})"))


def _unsure_dates(
    database: Database,
    path: Path,
    options: dict[str, str],
    name: str,
    columns: list[Column],
    seen: dict[str, Any],
) -> list[str]:
    """What to say of dates of which each could have its day and its month the other way round."""
    notes = []
    # What was left out is told of the reading that is kept, not of this one.
    plain = {key: value for key, value in options.items() if key != "store_rejects"}
    written = _csv_call(path, {**plain, "all_varchar": "true"})
    for column in columns:
        if not seen.get(f"unsure {column.name}"):
            continue
        found = database.rows(
            f"SELECT w.{column.sql}, CAST(r.{column.sql} AS DATE) FROM (SELECT * FROM {written} LIMIT {_SAMPLE}) w "
            f"POSITIONAL JOIN (SELECT * FROM {name} LIMIT {_SAMPLE}) r WHERE regexp_full_match(w.{column.sql}, {_SLASHED}) "
            f"AND day(r.{column.sql}) <> month(r.{column.sql}) LIMIT 1"
        )
        notes += [
            f"{column.name}: {said.strip()} was read as {date}, but no value tells the day from the month"
            for said, date in found
        ]
    return notes


def _separator_in(head: str) -> str | None:
    return next((each for each in ("\t", ";", ",", "|") if each in head), None)


def _keep(database: Database, call: str, name: str, path: Path) -> None:
    """Read all of it once, into a file that is quick to ask: a row that does not fit is met here, not half-way."""
    kept = database.folder / f"{name}.kept.parquet"
    sql = f"COPY (SELECT * FROM {call}) TO {text(str(kept))} (FORMAT parquet)"
    database.run_long(sql, f"Reading {path.name}", 0.5, 2)
    database.run(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet({text(str(kept))})")


def _columns(database: Database, name: str) -> list[Column]:
    return [Column(row[0], row[1]) for row in database.rows(f"DESCRIBE {name}")]


def _seen(database: Database, name: str, columns: list[Column]) -> dict[str, Any]:
    """How many rows there are, which texts are numbers after all, and which numbers are too long."""
    checks = {"rows": "count(*)"}
    for column in columns:
        if column.is_text:
            value = f"nullif(trim({column.sql}), '')"
            checks[f"number {column.name}"] = (
                f"coalesce(bool_and({value} IS NULL OR {value} IN {_GAPS} OR regexp_full_match({value}, {_NUMBER})) "
                f"AND bool_or(regexp_full_match({value}, '.*\\d.*')), false)"
            )
            checks[f"zeros {column.name}"] = (
                f"coalesce(bool_or(regexp_matches({value}, '^[+-]?0\\d|\\d{{16}}')), false)"
            )
            grouped = f"regexp_full_match({value}, {_THOUSANDS}) AND length(regexp_replace({value}, '\\D', '', 'g')) < 16"
            plain = f"NOT contains({value}, ',') AND regexp_full_match({value}, {_NUMBER})"
            checks[f"thousands {column.name}"] = (
                f"CASE WHEN NOT coalesce(bool_or({grouped}), false) "
                f"OR NOT bool_and({value} IS NULL OR {value} IN {_GAPS} OR ({grouped}) OR ({plain})) THEN 'no' "
                f"WHEN bool_or(regexp_matches({value}, {_SURE_THOUSANDS})) THEN 'yes' ELSE 'perhaps' END"
            )
            checks[f"comma {column.name}"] = f"coalesce(bool_or(contains({column.sql}, ',')), false)"
            checks[f"point {column.name}"] = f"coalesce(bool_or(contains({column.sql}, '.')), false)"
        elif column.is_time:
            day, month = f"day({column.sql})", f"month({column.sql})"
            checks[f"unsure {column.name}"] = (
                f"coalesce(bool_and({day} <= 12) AND bool_or({day} <> {month}), false)"
            )
        elif column.type == "DOUBLE":
            checks[f"long {column.name}"] = f"bool_or(abs({column.sql}) >= {_EXACT})"
    found = database.rows(f"SELECT {', '.join(checks.values())} FROM {name}")[0]
    return dict(zip(checks, found, strict=True))


def _take_numbers(
    database: Database, name: str, columns: list[Column], seen: dict[str, Any], notes: list[str]
) -> None:
    """Texts that are numbers but for gaps such as NA, or for a comma, become numbers."""
    made: dict[str, str] = {}
    gaps: list[str] = []
    commas: list[str] = []
    thousands: list[str] = []
    unsure: list[str] = []
    for column in columns:
        comma, point = seen.get(f"comma {column.name}"), seen.get(f"point {column.name}")
        grouped = seen.get(f"thousands {column.name}")
        if not column.is_text or seen[f"zeros {column.name}"]:
            continue
        if grouped == "perhaps":
            unsure.append(column.name)
            continue
        if grouped == "no" and (not seen[f"number {column.name}"] or (comma and point)):
            continue
        sign = "" if grouped == "yes" else "."
        is_whole = not point and not (comma and sign)
        plain = f"nullif(trim({column.sql}), '')"
        value = f"CASE WHEN {plain} IN {_GAPS} THEN NULL ELSE replace({plain}, ',', {text(sign)}) END"
        made[column.name] = f"CAST({value} AS {'BIGINT' if is_whole else 'DOUBLE'}) AS {column.sql}"
        (thousands if grouped == "yes" else commas if comma else gaps).append(column.name)
    if made:
        database.run(f"ALTER VIEW {name} RENAME TO {name}_as_text")
        database.run(
            f"CREATE VIEW {name} AS SELECT * REPLACE ({', '.join(made.values())}) FROM {name}_as_text"
        )
    if gaps:
        notes.append(f"NA and the like were taken as gaps in {', '.join(gaps)}")
    if commas:
        notes.append(f"Numbers with a decimal comma were taken as numbers in {', '.join(commas)}")
    if thousands:
        notes.append(f"Commas were taken to stand between thousands in {', '.join(thousands)}")
    if unsure:
        notes.append(
            f"Kept as text, since a comma may stand for decimals or between thousands: {', '.join(unsure)}. "
            "To have numbers, write them with a point and without commas"
        )


def _keep_digits(
    database: Database, path: Path, options: dict[str, str], name: str, columns: list[str], notes: list[str]
) -> None:
    """Whole numbers that no number of the machine holds exactly stay text."""
    plain = _csv_call(path, {**options, "all_varchar": "true"})
    checks = ", ".join(f"bool_and(regexp_full_match({quoted(each)}, '\\s*|[+-]?\\d+'))" for each in columns)
    whole = database.rows(f"SELECT {checks} FROM {plain}")[0]
    kept = [each for each, is_whole in zip(columns, whole, strict=True) if is_whole]
    if kept:
        types = ", ".join(f"{text(each)}: 'VARCHAR'" for each in kept)
        _keep(database, _csv_call(path, {**options, "types": f"{{{types}}}"}), name, path)
        notes.append(f"Kept as text, so that no digit is lost: {', '.join(kept)}")


def _csv_call(path: Path, options: dict[str, str]) -> str:
    given = "".join(f", {name} = {value}" for name, value in options.items())
    return f"read_csv({text(str(path))}{given})"


def _read_json(database: Database, path: Path, how: Reading, name: str) -> list[str]:
    call = f"read_json({text(str(path))}, maximum_object_size = 67108864, sample_size = {_SAMPLE})"
    try:
        _keep(database, call, name, path)
    except TableError as error:
        raise TableError(
            f"{path.name} cannot be read as a table of JSON: {error}. "
            "It must be a list of objects, or one object on each line"
        ) from None
    return []


# -- binary ---------------------------------------------------------------------------------------------------------


def _read_parquet(database: Database, path: Path, how: Reading, name: str) -> list[str]:
    try:
        database.run(
            f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet({database.reads_in_place(path)})"
        )
    except TableError as error:
        raise TableError(f"{path.name} cannot be read as Parquet: {error}") from None
    return []


def _read_arrow(database: Database, path: Path, how: Reading, name: str) -> list[str]:
    """Written anew as Parquet, batch by batch: a stream of Arrow can be read once only."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = database.folder / f"{name}.parquet"
    try:
        with pa.memory_map(str(path)) as file:
            try:
                reader: Any = pa.ipc.open_file(file)
                batches: Iterator[Any] = (reader.get_batch(n) for n in range(reader.num_record_batches))
            except pa.ArrowInvalid:
                file.seek(0)
                reader = pa.ipc.open_stream(file)
                batches = iter(reader)
            with pq.ParquetWriter(target, reader.schema, compression="zstd") as writer:
                for batch in batches:
                    writer.write_batch(batch)
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path.name} cannot be read as Arrow: {error}") from None
    return _read_parquet(database, target, how, name)


def _read_excel(database: Database, path: Path, how: Reading, name: str) -> list[str]:
    """Written anew as text, row by row: so a sheet of any length fits, and its types are found as for any text."""
    openpyxl = library("openpyxl")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - what a damaged file makes of the library is not known
        raise TableError(
            f"{path.name} cannot be read as a workbook of Excel: {error}. It may be damaged, or have a password"
        ) from None
    try:
        sheet = _sheet(book, how.sheet, path)
        target = database.folder / f"{name}.csv"
        rows = _write_sheet(sheet, target, path)
    finally:
        book.close()
    if rows < 2:
        raise TableError(f"{path.name}: the sheet {sheet.title!r} has no rows below its head")
    notes: list[str] = []
    _take_csv(database, target, {"sample_size": "-1", "delim": text("\t"), "header": "true"}, name, notes)
    return [f"The sheet {sheet.title!r} of {path.name} was taken", *notes]


def _sheet(book: Any, wanted: str, path: Path) -> Any:
    if not wanted:
        return book.worksheets[0]
    if wanted not in book.sheetnames:
        raise TableError(f"sheet: {path.name} has no sheet {wanted!r}; {likely(wanted, book.sheetnames)}")
    return book[wanted]


def _write_sheet(sheet: Any, target: Path, path: Path) -> int:
    rows = width = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        # No commas between cells: they would say something of commas in numbers.
        writer = csv.writer(file, delimiter="\t")
        for row in sheet.iter_rows(values_only=True):
            cells = [_cell(value) for value in row]
            while cells and cells[-1] == "":
                cells.pop()
            if not rows and not cells:
                continue
            if not rows:
                cells = [cell or f"column{number}" for number, cell in enumerate(cells, 1)]
                width = len(cells)
            elif not cells:
                continue
            writer.writerow((cells + [""] * (width - len(cells)))[:width])
            rows += 1
            if rows % 5000 == 0:
                progress(0.5, 10, f"Reading {path.name}: {rows} rows")
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


_READERS: dict[str, Callable[[Database, Path, Reading, str], list[str]]] = {
    "csv": _read_csv,
    "json": _read_json,
    "parquet": _read_parquet,
    "arrow": _read_arrow,
    "excel": _read_excel,
}
