"""What a file's own bytes say of it: rows, pixels, pages, nodes. Cheap, bounded, and never an error of the run."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

#: Seconds for one file.
_PATIENCE = 0.1
#: Bytes that are looked at as a whole; more is only counted through, or not measured.
_WHOLE = 1 << 20
_PDF = 8 << 20
_CHUNK = 1 << 18
#: Bytes in which a picture says how large it is.
_HEAD = 1 << 16

Facts = Mapping[str, Any]


def measure(content: Path | bytes, media_type: str) -> Facts:
    """What is known of rows, columns, width, height, pages, nodes, edges, cells, lines, files; ``{}`` of other kinds."""
    look = next((look for prefix, look in _LOOKS if media_type.startswith(prefix)), None)
    if look is None:
        return {}
    try:
        with io.BytesIO(content) if isinstance(content, bytes) else open(content, "rb") as file:
            return look(file)
    except Exception:  # noqa: BLE001 - tools write anything; a file that lies about its kind has no measures
        return {}


# -- pictures -------------------------------------------------------------------------------------------------------


def _image(file: BinaryIO) -> Facts:
    head = file.read(_HEAD)
    size = _png(head) or _gif(head) or _webp(head) or _jpeg(head)
    return {} if size is None else {"width": size[0], "height": size[1]}


def _png(head: bytes) -> tuple[int, int] | None:
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _gif(head: bytes) -> tuple[int, int] | None:
    if head[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    width, height = struct.unpack("<HH", head[6:10])
    return width, height


def _webp(head: bytes) -> tuple[int, int] | None:
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(head: bytes) -> tuple[int, int] | None:
    if head[:2] != b"\xff\xd8":
        return None
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        kind, length = head[place + 1], int.from_bytes(head[place + 2 : place + 4], "big")
        # The frames; between them lie tables that share the range of numbers.
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return width, height
        place += 2 + max(2, length)
    return None


def _svg(file: BinaryIO) -> Facts:
    start = re.search(rb"<svg\b[^>]*>", file.read(_HEAD))
    if start is None:
        return {}
    found = {
        name: re.search(
            rb"\s%s\s*=\s*[\"']\s*(\d+(?:\.\d+)?)(?:px|pt)?\s*[\"']" % name.encode(), start.group()
        )
        for name in ("width", "height")
    }
    return {name: round(float(match.group(1))) for name, match in found.items() if match}


# -- tables ---------------------------------------------------------------------------------------------------------


def _table(file: BinaryIO) -> Facts:
    head = file.read(_WHOLE)
    text = head.decode("utf-8-sig", "replace")
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,|", key=first.count) if any(mark in first for mark in "\t;,|") else ","
    # A quoted cell may hold line ends: only a reader counts those right.
    if len(head) < _WHOLE or '"' in text:
        if len(head) == _WHOLE:
            return {"columns": len(next(csv.reader([first], delimiter=delimiter)))}
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
        return {"rows": max(0, len(rows) - 1), "columns": len(rows[0])} if rows else {"rows": 0}
    facts: dict[str, Any] = {"columns": len(first.split(delimiter))}
    lines = _lines(file, head, stop_at=b'"')
    return facts if lines is None else {**facts, "rows": max(0, lines - 1)}


def _text(file: BinaryIO) -> Facts:
    lines = _lines(file, file.read(_WHOLE))
    return {} if lines is None else {"lines": lines}


def _lines(file: BinaryIO, head: bytes, stop_at: bytes | None = None) -> int | None:
    """Lines of head and rest; None where counting them takes too long, or a mark makes them uncountable."""
    deadline = time.monotonic() + _PATIENCE
    count, last, chunk = 0, b"\n", head
    while chunk:
        if time.monotonic() > deadline or (stop_at is not None and stop_at in chunk):
            return None
        count += chunk.count(b"\n")
        last, chunk = chunk[-1:], file.read(_CHUNK)
    return count if last == b"\n" else count + 1


# -- documents ------------------------------------------------------------------------------------------------------


def _json(file: BinaryIO) -> Facts:
    value = _value(file)
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return {"rows": len(value), "columns": len(dict.fromkeys(name for row in value for name in row))}
    return _node_link(value)


def _graph(file: BinaryIO) -> Facts:
    return _node_link(_value(file))


def _node_link(value: Any) -> Facts:
    if not isinstance(value, dict) or not isinstance(nodes := value.get("nodes"), list):
        return {}
    edges = value.get("edges", value.get("links"))
    return {"nodes": len(nodes), "edges": len(edges)} if isinstance(edges, list) else {}


def _notebook(file: BinaryIO) -> Facts:
    value = _value(file)
    cells = value.get("cells") if isinstance(value, dict) else None
    return {"cells": len(cells)} if isinstance(cells, list) else {}


def _value(file: BinaryIO) -> Any:
    content = file.read(_WHOLE + 1)
    return json.loads(content) if len(content) <= _WHOLE else None


def _graph_xml(file: BinaryIO) -> Facts:
    content = file.read(_PDF + 1)
    if len(content) > _PDF:
        return {}
    return {name + "s": len(re.findall(rb"<%s[\s>/]" % name.encode(), content)) for name in ("node", "edge")}


def _pdf(file: BinaryIO) -> Facts:
    """Pages, where the file names them in the open: newer files may pack them away."""
    content = file.read(_PDF + 1)
    if len(content) > _PDF:
        return {}
    pages = len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", content))
    return {"pages": pages} if pages else {}


def _zip(file: BinaryIO) -> Facts:
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(max(0, size - _HEAD))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    count = int.from_bytes(tail[end + 10 : end + 12], "little") if end >= 0 else 0xFFFF
    return {} if count == 0xFFFF else {"files": count}


_LOOKS: tuple[tuple[str, Callable[[BinaryIO], Facts]], ...] = (
    ("image/svg", _svg),
    ("image/", _image),
    ("text/csv", _table),
    ("text/tab-separated-values", _table),
    ("text/html", lambda _file: {}),
    ("text/", _text),
    ("application/vnd.toolrunner.graph", _graph),
    ("application/x-ipynb", _notebook),
    ("application/json", _json),
    ("application/graphml", _graph_xml),
    ("application/gexf", _graph_xml),
    ("application/pdf", _pdf),
    ("application/zip", _zip),
)
