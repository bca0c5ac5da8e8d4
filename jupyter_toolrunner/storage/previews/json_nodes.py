"""Children of one value of a JSON file, a page at a time, in the file's own words: no number loses a digit."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from ...core.errors import InvalidRequest
from .json_index import BIG, STRIDE

#: Characters of one value that are sent.
_CUT = 10_000
_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb"-?\d[\d.eE+-]*|true|false|null|-?Infinity|NaN")
_KINDS = {b"{": "object", b"[": "array", b'"': "string", b"t": "boolean", b"f": "boolean", b"n": "null"}


@dataclass(frozen=True, slots=True)
class _Value:
    kind: str
    #: First byte, and the one after the last.
    at: int
    end: int
    count: int | None = None


class JsonFile:
    """``data``: all bytes of the file, mapped; ``index``: arrays of `json_index`."""

    def __init__(self, data: Any, index: Mapping[str, Any]) -> None:
        self._data = data
        self._index = {
            name: values if name == "samples" else values.tolist() for name, values in index.items()
        }

    def page(self, at: int | None, offset: int, limit: int) -> dict[str, Any]:
        """The value at this byte (the whole one where that is None) and some of its children: `api.schemas.JsonPage`."""
        start = self._space(3 if self._data[:3] == b"\xef\xbb\xbf" else 0) if at is None else at
        if not 0 <= start < len(self._data):
            raise _broken(start)
        value = self._value(start)
        if at is None and self._space(value.end) != len(self._data):
            raise _broken(self._space(value.end))
        items = self._children(value, offset, limit) if value.kind in ("object", "array") else []
        return {**self._shape(value, None), "offset": offset, "items": items}

    # -- values ---------------------------------------------------------------------------------------------------

    def _value(self, at: int) -> _Value:
        first = self._data[at : at + 1]
        kind = _KINDS.get(first, "number")
        if kind in ("object", "array"):
            return self._container(at, kind)
        if kind == "string":
            return _Value(kind, at, self._text_end(at))
        match = _SCALAR.match(self._data, at)
        if not match:
            raise _broken(at)
        return _Value(kind, at, match.end())

    def _container(self, at: int, kind: str) -> _Value:
        place = bisect_left(self._index["starts"], at)
        if place < len(self._index["starts"]) and self._index["starts"][place] == at:
            return _Value(kind, at, self._index["ends"][place], self._index["counts"][place])
        window = bytes(self._data[at : at + BIG + 2]).decode("latin-1")
        try:
            value, length = _DECODER.raw_decode(window)
        except ValueError:
            raise _broken(at) from None
        except RecursionError:
            raise InvalidRequest("This is nested too deeply.", hint="Look at it as text.") from None
        return _Value(kind, at, at + length, len(value))

    def _text_end(self, at: int) -> int:
        place = bisect_left(self._index["text_starts"], at)
        if place < len(self._index["text_starts"]) and self._index["text_starts"][place] == at:
            return int(self._index["text_ends"][place])
        window = bytes(self._data[at : at + BIG + 2]).decode("latin-1")
        try:
            return at + int(scanstring(window, 1, False)[1])
        except ValueError:
            raise _broken(at) from None

    def _shape(self, value: _Value, key: str | None) -> dict[str, Any]:
        is_scalar = value.count is None
        raw = bytes(self._data[value.at : min(value.end, value.at + _CUT)]) if is_scalar else b""
        return {
            "key": key,
            "kind": value.kind,
            "at": value.at,
            "bytes": value.end - value.at,
            "count": value.count,
            "text": raw.decode("utf-8", "replace") if is_scalar else None,
            "cut": is_scalar and value.end - value.at > _CUT,
        }

    # -- children -------------------------------------------------------------------------------------------------

    def _children(self, value: _Value, offset: int, limit: int) -> list[dict[str, Any]]:
        if offset >= (value.count or 0):
            return []
        at, number = self._nearest(value, offset)
        items: list[dict[str, Any]] = []
        while True:
            at = self._space(at + 1)
            if self._data[at : at + 1] in (b"}", b"]"):
                return items
            key = None
            if value.kind == "object":
                key, at = self._key(at)
            child = self._value(at)
            if number >= offset:
                items.append(self._shape(child, key))
            number += 1
            at = self._space(child.end)
            if len(items) == limit or self._data[at : at + 1] != b",":
                return items

    def _nearest(self, value: _Value, offset: int) -> tuple[int, int]:
        """The mark before a child that is near, and that child's number."""
        starts = self._index["starts"]
        place = bisect_left(starts, value.at)
        if place == len(starts) or starts[place] != value.at:
            return value.at, 0
        number = offset // STRIDE
        return int(self._index["samples"][self._index["firsts"][place] + number]), number * STRIDE

    def _key(self, at: int) -> tuple[str, int]:
        if self._data[at : at + 1] != b'"':
            raise _broken(at)
        end = self._text_end(at)
        raw = bytes(self._data[at:end])
        try:
            key = json.loads(raw.decode("utf-8", "replace"), strict=False)
        except ValueError:
            raise _broken(at) from None
        colon = self._space(end)
        if self._data[colon : colon + 1] != b":":
            raise _broken(colon)
        return str(key)[:_CUT], self._space(colon + 1)

    def _space(self, at: int) -> int:
        match = _SPACE.match(self._data, at)
        assert match is not None
        return match.end()


def _broken(at: int) -> InvalidRequest:
    return InvalidRequest(
        f"This is no JSON: something else stands at byte {at:,}.", hint="Look at it as text."
    )


#: Values are only measured, so numbers stay text.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
