"""JSON trees: the same as the whole value read at once, from any place, in the file's own words."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.storage.conftest import Shelf, told

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.storage.previews import json_index
from jupyter_toolrunner.storage.previews.json_nodes import JsonFile

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=40,
)


def _opened(data: bytes) -> JsonFile:
    return JsonFile(data, json_index.index_of(data))


def _rebuilt(file: JsonFile, at: int | None = None) -> Any:
    """The value, asked for page by page."""
    page = file.page(at, 0, 7)
    if page["kind"] not in ("object", "array"):
        return json.loads(page["text"])
    children = list(page["items"])
    while len(children) < page["count"]:
        children += file.page(page["at"], len(children), 7)["items"]
    values = [_rebuilt(file, child["at"]) for child in children]
    if page["kind"] == "array":
        return values
    return {child["key"]: value for child, value in zip(children, values, strict=True)}


@given(value=VALUES, indent=st.none() | st.integers(0, 2), ascii_=st.booleans())
@settings(deadline=None, max_examples=60)
def test_a_value_asked_for_page_by_page_is_the_value(value: Any, indent: int | None, ascii_: bool) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_).encode("utf-8", "surrogatepass")
    if b"\xed" in data:
        return  # a lone surrogate is no UTF-8
    assert _rebuilt(_opened(data)) == value


def _large() -> Any:
    chance = random.Random(5)
    words = ['a "quoted" \\ word', "скобка ]}", "\\\\", "{[,", "é" * 50]
    items = [
        {"i": i, "text": chance.choice(words) * chance.randint(0, 9), "list": [i] * (i % 5)}
        for i in range(9_000)
    ]
    return {"items": items, "long": 'x\\"' * 60_000, "inner": {"deep": [items[:3_000], list(range(50_000))]}}


@pytest.mark.parametrize("piece", [1000, 4096, 4 * 2**20])
def test_a_large_value_is_the_same_whatever_the_pieces_it_is_read_in(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_index, "_CHUNK", piece)
    value = _large()
    file = _opened(json.dumps(value).encode())
    items = next(one for one in file.page(None, 0, 10)["items"] if one["key"] == "items")
    assert items["count"] == 9_000
    for offset in (0, 63, 64, 65, 5_000, 8_999):
        child = file.page(items["at"], offset, 1)["items"][0]
        assert _rebuilt(file, child["at"]) == value["items"][offset]
    inner = next(one for one in file.page(None, 0, 10)["items"] if one["key"] == "inner")
    deep = file.page(inner["at"], 0, 1)["items"][0]
    numbers = file.page(deep["at"], 1, 1)["items"][0]
    assert numbers["count"] == 50_000
    assert file.page(numbers["at"], 49_998, 10)["items"][1]["text"] == "49999"
    long = next(one for one in file.page(None, 0, 10)["items"] if one["key"] == "long")
    assert long["cut"]
    assert len(long["text"]) == 10_000


def test_numbers_keep_every_digit(shelf: Shelf) -> None:
    page = shelf.json(
        shelf.put("n.json", '{"big": 123456789012345678901234567890, "small": 1.10, "huge": 1e999}')
    )
    assert [one["text"] for one in page["items"]] == ["123456789012345678901234567890", "1.10", "1e999"]


def test_a_file_that_is_too_large_for_this_process_is_looked_at_in_another(shelf: Shelf) -> None:
    file = shelf.put("large.json", json.dumps({"items": [{"i": i, "text": "слово"} for i in range(200_000)]}))
    assert file[0].size > 4 * 2**20
    items = shelf.json(file)["items"][0]
    last = shelf.json(file, items["at"], 199_999)["items"][0]
    assert [one["text"] for one in shelf.json(file, last["at"])["items"]] == [
        "199999",
        '"\\u0441\\u043b\\u043e\\u0432\\u043e"',
    ]


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "spaces": b"   ",
    "half": b'{"a": [1, 2',
    "brackets": b"[1, 2}" * 3,
    "text": b'"never ends',
    "two": b"{} {}",
    "deep": b"[" * 1_000_000 + b"]" * 1_000_000,
    "deep_small": b"[" * 20_000 + b"]" * 20_000,
    "words": b"hello",
    "utf16": '{"a": 1}'.encode("utf-16"),
    "noise": random.Random(4).randbytes(300_000),
    "nul": b'{"a\x00": "\x00"}',
    "bytes": b'{"a": "\xff\xfe"}',
    "huge_deep": b"[" * 3_000_000 + b"]" * 3_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_json_is_told_so(shelf: Shelf, name: str) -> None:
    file = shelf.put(f"{name}.json", HOSTILE[name])
    answer = told(lambda: shelf.json(file))
    assert answer.message if isinstance(answer, InvalidRequest) else json.dumps(answer)


@pytest.mark.parametrize("at", [1, 5, 7, 10**9, 2**62])
def test_a_place_inside_of_a_value_harms_nothing(at: int) -> None:
    answer = told(lambda: _opened(b'{"a": [1, 2], "b": "text"}').page(at, 0, 10))
    assert "byte" in answer.message if isinstance(answer, InvalidRequest) else answer["kind"]
