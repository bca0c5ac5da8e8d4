"""Tables: every format, sorted and filtered like Python would, whatever is in the file."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet
from unit.storage.conftest import Shelf, told

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.ports import TableQuery

ROWS = [
    ("7", "ёж", "2.5"),
    ("007", "", "-1"),
    ("30", 'a "b", c', "1e3"),
    ("", "line\nbreak", "12345678901234567890123"),
]


def _csv(rows: Any, delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(("n", "text", "x"))
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", _csv(ROWS)),
        ("mark.csv", "\ufeff" + _csv(ROWS)),
        ("semicolons.csv", _csv(ROWS, ";")),
        ("a.tsv", _csv(ROWS, "\t")),
        ("windows.csv", _csv(ROWS).encode("cp1251")),
        ("wide.csv", _csv(ROWS).encode("utf-16")),
    ],
)
def test_text_is_shown_as_it_is_written(shelf: Shelf, name: str, content: bytes | str) -> None:
    page = shelf.table(shelf.put(name, content))
    assert page["columns"] == ["n", "text", "x"]
    assert [tuple(row) for row in page["rows"]] == ROWS
    assert page["types"] == ["number", "string", "number"]
    assert page["total"] == 4


def test_a_row_is_found_at_any_place_of_a_table_of_many_parts(shelf: Shelf) -> None:
    file = shelf.put("long.csv", "i,text\n" + "".join(f"{i},row {i}\n" for i in range(200_000)))
    for offset in (0, 65_535, 131_071, 199_999):
        page = shelf.table(file, offset=offset, limit=3)
        assert page["rows"] == [[str(i), f"row {i}"] for i in range(offset, min(offset + 3, 200_000))]
    page = shelf.table(file, offset=10, limit=2, sort=((0, True),))
    assert page["rows"] == [["199989", "row 199989"], ["199988", "row 199988"]]
    assert page["numbers"] == [199_989, 199_988]


def test_rows_are_sorted_and_filtered_as_python_would(shelf: Shelf) -> None:
    chance = random.Random(3)
    rows = [
        (
            chance.choice(["", str(chance.randint(-50, 50))]),
            chance.choice(["alpha", "Beta", "ГАММА", "", "%_"]),
            i,
        )
        for i in range(3_000)
    ]
    file = shelf.put("mixed.csv", _csv(rows))

    def numbers(**query: Any) -> list[int]:
        return [int(row[2]) for row in shelf.table(file, limit=3_000, **query)["rows"]]

    filled = sorted((r for r in rows if r[0]), key=lambda r: int(r[0]))
    assert numbers(sort=((0, False),)) == [r[2] for r in filled] + [r[2] for r in rows if not r[0]]
    both = sorted(rows, key=lambda r: (r[1], -r[2]))
    assert numbers(sort=((1, False), (2, True))) == [r[2] for r in both]
    for condition, fits in (
        ({"column": 0, "op": "at_least", "value": "10"}, lambda r: r[0] and int(r[0]) >= 10),
        ({"column": 0, "op": "empty"}, lambda r: not r[0]),
        ({"column": 1, "op": "contains", "value": "гам"}, lambda r: "гам" in r[1].lower()),
        ({"column": 1, "op": "contains", "value": "%_"}, lambda r: "%_" in r[1]),
        ({"column": 1, "op": "equals", "value": "Beta"}, lambda r: r[1] == "Beta"),
        ({"column": 1, "op": "lacks", "value": "BETA"}, lambda r: "beta" not in r[1].lower()),
    ):
        assert numbers(filters=(condition,)) == [r[2] for r in rows if fits(r)], condition
    assert numbers(search="ALPHA") == [r[2] for r in rows if r[1] == "alpha"]


def test_a_filter_that_makes_no_sense_is_refused_with_its_reason(shelf: Shelf) -> None:
    file = shelf.put("a.csv", _csv(ROWS))
    with pytest.raises(InvalidRequest, match="no number"):
        shelf.table(file, filters=({"column": 0, "op": "at_least", "value": "many"},))
    with pytest.raises(InvalidRequest, match="no column 9"):
        shelf.table(file, sort=((9, False),))


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_columns_of_every_type_are_shown_sorted_and_searched(
    shelf: Shelf, ending: str, tmp_path: Path
) -> None:
    import datetime
    import decimal

    table = pyarrow.table(
        {
            "int": pyarrow.array([2**62, None, -1], pyarrow.int64()),
            "float": [1.5, float("nan"), None],
            "flag": [True, None, False],
            "when": [datetime.datetime(2026, 1, i + 1) for i in range(3)],  # noqa: DTZ001
            "word": pyarrow.array(["b", "a", "b"]).dictionary_encode(),
            "money": [decimal.Decimal("1.10"), None, decimal.Decimal("-2.00")],
            "list": [[1, 2], None, []],
            "bytes": [b"\x00\xff", b"", None],
            "nothing": pyarrow.nulls(3),
            "large": pyarrow.array(["x", "y", "z"], pyarrow.large_string()),
        }
    )
    path = tmp_path / f"types.{ending}"
    if ending == "parquet":
        parquet.write_table(table, path)
    else:
        with pyarrow.OSFile(str(path), "wb") as out, pyarrow.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
    file = shelf.found(path)
    page = shelf.table(file)
    assert page["columns"] == table.column_names
    assert page["rows"][0] == [
        str(2**62), 1.5, True, "2026-01-01 00:00:00", "b", "1.10", "[1, 2]", "00ff", None, "x",
    ]  # fmt: skip
    assert json.dumps(page["rows"][1])
    for column in range(table.num_columns):
        assert shelf.table(file, sort=((column, True),))["total"] == 3
        assert (
            shelf.table(file, filters=({"column": column, "op": "contains", "value": "1"},))["total"]
            is not None
        )
        assert shelf.table(file, filters=({"column": column, "op": "filled"},))["total"] is not None
    assert shelf.table(file, filters=({"column": 3, "op": "at_least", "value": "2026-01-02"},))["total"] == 2
    assert shelf.table(file, search="2026-01-03")["total"] == 1


def test_records_get_a_column_for_each_name_also_for_those_that_come_late(shelf: Shelf) -> None:
    lines = [json.dumps({"a": i, "deep": {"x": [i]}}) for i in range(10_000)] + [
        '{"late": "ключ", "a": 1e400}'
    ]
    page = shelf.table(shelf.put("records.jsonl", "\n".join(lines)), offset=9_999, limit=5)
    assert page["columns"] == ["a", "deep", "late"]
    assert page["rows"] == [["9999", '{"x": [9999]}', None], ["Infinity", None, "ключ"]]
    page = shelf.table(shelf.put("records.json", '[{"a": 1}, {"b": [2]}]'))
    assert (page["columns"], page["rows"]) == (["a", "b"], [["1", None], [None, "[2]"]])


def test_a_part_that_was_made_for_another_process_is_found_again(shelf: Shelf, tmp_path: Path) -> None:
    file = shelf.put("a.csv", _csv(ROWS))
    shelf.table(file)
    again = Shelf(tmp_path)
    assert again.previews.table(*file, TableQuery())["state"] == "ready"
    again.previews.close()


HOSTILE: dict[str, bytes] = {
    "empty.csv": b"",
    "nul.csv": b"a,b\n\x00,\x00\n1,2\n",
    "ragged.csv": b"a,b\n1\n1,2,3,4\n" * 50,
    "quote.csv": b'a,b\n"never closed,1\n2,3\n' * 50,
    "one_line.csv": b"x" * 9_000_000,
    "wide.csv": b",".join(b"c" for _ in range(1_000_000)) + b"\n" + b",".join(b"1" for _ in range(1_000_000)),
    "mixed.csv": "слово,слово\n".encode("cp1251") + "слово,слово\n".encode() + b"\xff\xfe\x80,1\n",
    "noise.csv": random.Random(1).randbytes(200_000),
    "noise.parquet": b"PAR1" + random.Random(2).randbytes(5_000) + b"PAR1",
    "noise.arrow": b"ARROW1\x00\x00" + random.Random(3).randbytes(5_000) + b"ARROW1",
    "empty.parquet": b"",
    "deep.jsonl": b"[" * 100_000 + b"\n",
    "half.jsonl": b'{"a": 1}\n{"a": \n',
    "formula.csv": b"a\n=cmd|' /C calc'!A0\n@SUM(1)\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_table_or_a_clear_message(shelf: Shelf, name: str) -> None:
    file = shelf.put(name, HOSTILE[name])
    answer = told(lambda: shelf.table(file))
    if isinstance(answer, InvalidRequest):
        assert "Traceback" not in answer.message
        assert answer.hint
    else:
        assert len(answer["columns"]) <= 1_000
        assert len(json.dumps(answer)) < 3_000_000


def test_rows_that_are_too_long_are_counted(shelf: Shelf) -> None:
    page = shelf.table(shelf.put("ragged.csv", HOSTILE["ragged.csv"]))
    assert page["uneven_rows"] == 50
    assert page["rows"][0] == ["1", None]


def test_columns_beyond_a_thousand_are_counted(shelf: Shelf) -> None:
    page = shelf.table(shelf.put("wide.csv", HOSTILE["wide.csv"]))
    assert (len(page["columns"]), page["hidden_columns"]) == (1_000, 999_000)


def test_a_place_behind_the_end_of_a_sorted_table_has_no_rows(shelf: Shelf) -> None:
    page = shelf.table(shelf.put("a.csv", _csv(ROWS)), offset=2**62, limit=5, sort=((0, True),))
    assert (page["rows"], page["total"]) == ([], 4)
