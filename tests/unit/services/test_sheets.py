"""Tables in files, as people have them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.services.sheets import read_sheet


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,two\n,\n3,\n",
        b"a;b\r\n1;two\r\n3;\r\n",
        "\ufeffa\tb\n1\ttwo\n3\n".encode(),
        "a,b\n1,two\n3,\n".encode("utf-16"),
    ],
)
def test_text_with_whatever_stands_between_its_cells(content: bytes) -> None:
    sheet = read_sheet(content, "rows.csv", most=5)
    assert sheet.names == ("a", "b")
    assert sheet.cells == (("1", "two"), ("3", None))


def test_cyrillic_of_an_old_windows_is_read() -> None:
    assert read_sheet("образец\nмасло\n".encode("cp1251"), "rows.csv", most=5).names == ("образец",)


def test_a_sheet_of_excel_has_its_first_page_as_text() -> None:
    book = openpyxl.Workbook()
    page = book.create_sheet("first", 0)
    page.append(["sample", "oil", "day", "good", None])
    page.append(["s1", 2.0, date(2026, 1, 31), True])
    page.append([None, None, None, None])
    page.append(["s2", 2.5, datetime(2026, 1, 31, 12, 30), False])  # noqa: DTZ001 - a sheet has no zone
    book.create_sheet("second").append(["other"])
    kept = io.BytesIO()
    book.save(kept)
    sheet = read_sheet(kept.getvalue(), "Rows.XLSX", most=5)
    assert sheet.names == ("sample", "oil", "day", "good")
    assert sheet.cells == (
        ("s1", "2", "2026-01-31", "true"),
        ("s2", "2.5", "2026-01-31T12:30:00", "false"),
    )


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.csv", "no names"),
        (b"a,b\n", "a.csv", "no row below"),
        (b"a,a\n1,2\n", "a.csv", "stands twice"),
        (b"a\n1,2\n", "a.csv", "line 2 has more cells"),
        (b"a\n" + b"1\n" * 6, "a.csv", "more than 5 rows"),
        (b'a\n"1\n', "a.csv", "unexpected end"),
        (b"PK nothing", "a.xlsx", "no workbook"),
        (b"x", "a.pdf", "not known"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, name: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        read_sheet(content, name, most=5)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="1,200 columns, and 1,000"):
        read_sheet(b",".join(b"c%d" % n for n in range(1200)) + b"\n", "a.csv", most=5)


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        (b"<worksheet><sheetData><row><c", "is damaged"),
        (
            b'<worksheet xmlns="%s"><row r="1"><c><v>1</v></c></row><row r="2000000000"/></worksheet>',
            "1,048,576 lines",
        ),
        (
            b'<worksheet xmlns="%s"><row><c><v>1</v></c></row>'
            + b'<row><c r="XFD1"/></row>' * 400
            + b"</worksheet>",
            "5,000,000 cells",
        ),
        (b" " * (129 * 2**20), "more than 128 MiB"),
    ],
)
def test_a_workbook_that_was_made_to_do_harm_is_refused(sheet: bytes, why: str) -> None:
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with pytest.raises(InvalidRequest, match=why):
        read_sheet(_with_first_sheet(sheet.replace(b"%s", main)), "a.xlsx", most=5)


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>' % (n, n, text)
        for n, text in enumerate((b"oil", b"2"), 1)
    )
    said = b'<worksheet xmlns="%s"><dimension ref="A1:XFD1048576"/><sheetData>%s</sheetData></worksheet>'
    sheet = read_sheet(_with_first_sheet(said % (main, cells)), "a.xlsx", most=5)
    assert (sheet.names, sheet.cells) == (("oil",), (("2",),))


def _with_first_sheet(content: bytes) -> bytes:
    """A workbook whose sheet has this in its file."""
    kept, made = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(kept)
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return made.getvalue()
