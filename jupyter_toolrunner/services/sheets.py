"""Tables in files: CSV with whatever stands between its cells, and sheets of Excel."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from typing import Any

from ..core.errors import InvalidRequest, NotAvailable
from ..core.sheets import Sheet

#: Columns of a table at most; sheets of Excel have up to 16,384.
_MOST_COLUMNS = 1_000
#: Lines of a sheet, with those that are empty, as Excel has them; a file can say that a line is any number.
_MOST_LINES = 1_048_576
#: Cells of a table, with those that are empty before the last one of a line.
_MOST_CELLS = 5_000_000
#: Bytes of a workbook, unpacked: a few kilobytes can be made to say gigabytes.
_MOST_UNPACKED = 128 * 2**20
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1251", "latin-1")


def read_sheet(content: bytes, name: str, *, most: int) -> Sheet:
    """The file's first table. Raises InvalidRequest, NotAvailable where a sheet of Excel cannot be read here."""
    lines = _lines(content, name)
    names = _names(next(lines, []), name)
    rows: list[tuple[str | None, ...]] = []
    for number, line in enumerate(lines, 2):
        if not any(line):
            continue
        if any(line[len(names) :]):
            raise _unreadable(name, f"line {number} has more cells than the first line has names")
        if len(rows) == most:
            raise _unreadable(name, f"it has more than {most:,} rows, and a batch has no more runs")
        cells = [*line, *[""] * (len(names) - len(line))][: len(names)]
        rows.append(tuple(cell or None for cell in cells))
    if not rows:
        raise _unreadable(name, "it has no row below the names of its columns")
    return Sheet(tuple(names), tuple(rows))


def _lines(content: bytes, name: str) -> Iterator[list[str]]:
    ending = name.lower().rpartition(".")[2]
    if ending in ("xlsx", "xlsm"):
        return _of_excel(content, name)
    if ending in ("csv", "tsv", "txt", ""):
        return _of_csv(_text(content), name)
    raise _unreadable(name, f"files that end in .{ending} are not known here")


def _names(head: list[str], file: str) -> list[str]:
    while head and not head[-1]:
        head.pop()
    if not head:
        raise _unreadable(file, "its first line has no names of columns")
    if len(head) > _MOST_COLUMNS:
        raise _unreadable(file, f"it has {len(head):,} columns, and {_MOST_COLUMNS:,} are read at most")
    names = [cell or f"column {place}" for place, cell in enumerate(head, 1)]
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise _unreadable(file, f"the column {twice[0]!r} stands twice")
    return names


def _unreadable(name: str, why: str) -> InvalidRequest:
    return InvalidRequest(
        f"{name} cannot be used: {why}.", field="rows", hint="Give a CSV file or a sheet of Excel (.xlsx)."
    )


def _text(content: bytes) -> str:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads anything")


def _of_csv(text: str, name: str) -> Iterator[list[str]]:
    """With commas, semicolons or tabs, whichever the first line has most of."""
    head = text.partition("\n")[0]
    try:
        for line in csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count), strict=True):
            yield [cell.strip() for cell in line]
    except csv.Error as error:
        raise _unreadable(name, str(error)) from None


def _of_excel(content: bytes, name: str) -> Iterator[list[str]]:
    try:
        import openpyxl
    except ImportError:
        raise NotAvailable(
            "Sheets of Excel need openpyxl, which is not installed here.",
            hint="pip install 'jupyter_toolrunner[starter]', or save the sheet as CSV.",
        ) from None
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
        if unpacked > _MOST_UNPACKED:
            raise _unreadable(name, f"it unpacks to more than {_MOST_UNPACKED // 2**20} MiB")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        with closing(book):
            if not book.worksheets:
                raise _unreadable(name, "it has no sheet of cells")
            sheet = book.worksheets[0]
            # What a sheet says of its size need not be so, and its rows would be filled up to that.
            sheet.reset_dimensions()
            cells = 0
            for number, line in enumerate(sheet.iter_rows(values_only=True)):
                cells += len(line)
                if number == _MOST_LINES:
                    raise _unreadable(name, f"it has more than {_MOST_LINES:,} lines")
                if cells > _MOST_CELLS:
                    raise _unreadable(name, f"it has more than {_MOST_CELLS:,} cells")
                # One more than there may be, so that it is seen.
                yield [_cell(value) for value in line[: _MOST_COLUMNS + 1]]
    except InvalidRequest:
        raise
    except Exception:  # noqa: BLE001 - what a damaged file makes of the library is not known
        raise _unreadable(name, "it is no workbook of Excel, is damaged, or has a password") from None


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
    return str(value).strip()
