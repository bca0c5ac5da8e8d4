"""Logs by their lines: some of them from anywhere, and those that hold a text, however long the log is."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass

from ..core.ids import RunId
from ..core.ports import LogStore

#: Bytes between two places whose line is known.
_BLOCK = 64 * 1024
#: Bytes read at once.
_PIECE = 2**20
#: Characters of a line that are given; a line of any length is one line.
LONGEST_LINE = 10_000
#: Bytes of one line that are kept while it is read.
_LINE_BYTES = 4 * LONGEST_LINE
#: Bytes that one call of search looks through, and lines that it finds, at most.
_SEARCHED = 32 * 2**20
_MOST_FOUND = 20_000
#: Logs whose lines are remembered.
_REMEMBERED = 64

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;:?]*[A-Za-z@`~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    text: str
    #: Bytes that were left out at its end.
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePage:
    """Lines that follow each other; they count from 0."""

    first: int
    #: Where the first line begins, in bytes.
    offset: int
    #: How many lines the log has so far, the one that is still written among them.
    total: int
    lines: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Lines that hold a text, from one byte of the log to another."""

    lines: tuple[int, ...]
    #: Where to search on; None at the end.
    next: int | None
    #: Lines before that place, and so those that were looked at.
    searched: int


class LogLines:
    """What is asked of logs by line. What was counted is remembered: a log only grows."""

    def __init__(self, logs: LogStore) -> None:
        self._logs = logs
        self._known: OrderedDict[tuple[RunId, int], _Index] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, run: RunId, attempt: int, first: int, count: int) -> LinePage:
        """So many lines from this one on; a negative one counts from the end."""
        index = self._index(run, attempt)
        index.grow()
        total = index.total
        first = max(0, total + first) if first < 0 else min(first, total)
        offset = index.offset_of(first)
        return LinePage(
            first=first,
            offset=offset,
            total=total,
            lines=tuple(index.read(offset, min(count, total - first))),
        )

    def search(self, run: RunId, attempt: int, text: str, offset: int) -> Found:
        """The lines from this byte on that hold the text, in either case; what only steers a terminal is passed over."""
        index = self._index(run, attempt)
        index.grow()
        return index.search(text.lower(), min(offset, index.size))

    def _index(self, run: RunId, attempt: int) -> _Index:
        with self._lock:
            index = self._known.pop((run, attempt), None) or _Index(self._logs, run, attempt)
            self._known[run, attempt] = index
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return index


class _Index:
    """Where the lines of one log are."""

    def __init__(self, logs: LogStore, run: RunId, attempt: int) -> None:
        self._logs = logs
        self._run = run
        self._attempt = attempt
        #: Ends of lines before the end of each block that is complete.
        self._ends: list[int] = []
        #: Ends of lines in the block that is not complete yet.
        self._tail = 0
        self._ends_with_line = True
        self.size = 0
        self._lock = threading.Lock()

    @property
    def total(self) -> int:
        return self._before(len(self._ends)) + self._tail + (0 if self._ends_with_line else 1)

    def _before(self, block: int) -> int:
        return self._ends[block - 1] if block else 0

    def grow(self) -> None:
        """Count what was written since."""
        with self._lock:
            at = len(self._ends) * _BLOCK
            if self._logs.size(self._run, self._attempt) == self.size:
                return
            while data := self._read(at, _PIECE):
                for start in range(0, len(data), _BLOCK):
                    block = data[start : start + _BLOCK]
                    count = block.count(b"\n")
                    if len(block) == _BLOCK:
                        self._ends.append(self._before(len(self._ends)) + count)
                        self._tail = 0
                    else:
                        self._tail = count
                at += len(data)
                self._ends_with_line = data.endswith(b"\n")
                self.size = at
                if len(data) < _PIECE:
                    return

    def offset_of(self, line: int) -> int:
        """Where a line begins."""
        if line == 0:
            return 0
        block = bisect_left(self._ends, line)
        at = block * _BLOCK
        data = self._read(at, _BLOCK)
        found = -1
        for _ in range(line - self._before(block)):
            found = data.find(b"\n", found + 1)
            if found < 0:
                return self.size
        return at + found + 1

    def line_at(self, offset: int) -> int:
        """How many lines end before this byte."""
        block = min(offset // _BLOCK, len(self._ends))
        start = block * _BLOCK
        return self._before(block) + self._read(start, offset - start).count(b"\n")

    def read(self, offset: int, count: int) -> list[LogLine]:
        lines: list[LogLine] = []
        open_ = _OpenLine()
        while len(lines) < count and (data := self._read(offset, _PIECE)):
            offset += len(data)
            *ended, rest = data.split(b"\n")
            for piece in ended[: count - len(lines)]:
                open_.add(piece)
                lines.append(open_.close())
            open_.add(rest)
        if len(lines) < count:
            lines.append(open_.close())
        return lines

    def search(self, text: str, offset: int) -> Found:
        line, found = self.line_at(offset), list[int]()
        until = min(self.size, offset + _SEARCHED)
        rest = b""
        while offset < until:
            data = self._read(offset, min(_PIECE, until - offset))
            if not data:
                break
            offset += len(data)
            data = rest + data
            # A line that goes on in the next piece is looked at with it, unless it is endless.
            cut = data.rfind(b"\n") + 1 or (len(data) if len(data) > 4 * _PIECE else 0)
            if offset >= self.size:
                cut = len(data)
            data, rest = data[:cut], data[cut:]
            found += _matching(data.decode("utf-8", "replace"), text, line)
            line += data.count(b"\n")
            if len(found) >= _MOST_FOUND:
                break
        done = offset >= self.size
        return Found(
            lines=tuple(dict.fromkeys(found)), next=None if done else offset - len(rest), searched=line
        )

    def _read(self, offset: int, limit: int) -> bytes:
        return self._logs.read(self._run, self._attempt, offset, limit) if limit > 0 else b""


def _matching(text: str, wanted: str, line: int) -> list[int]:
    """The lines of a text that hold what is wanted, which is in lower case; its first line has this number."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    low = text.lower()
    found: list[int] = []
    counted = 0
    at = low.find(wanted)
    while at >= 0:
        line += low.count("\n", counted, at)
        end = low.find("\n", at)
        start, counted = low.rfind("\n", 0, at) + 1, at
        whole = low[start : end if end >= 0 else len(low)]
        if "\r" not in whole or wanted in shown(whole):
            found.append(line)
        if end < 0:
            break
        at = low.find(wanted, end)
    return found


def shown(line: str) -> str:
    """What is left of a line on a terminal: a carriage return goes back, and what follows overwrites."""
    kept = ""
    for part in line.rstrip("\r").split("\r"):
        kept = part if "\x1b" in part + kept and part else part + kept[len(part) :]
    return kept


class _OpenLine:
    """Collects one line, of which only so much is kept."""

    def __init__(self) -> None:
        self._kept = b""
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        kept = self._kept + piece
        if len(kept) > _LINE_BYTES and b"\r" in kept:
            # A progress bar: what it showed last.
            kept = b"\r".join(kept.rsplit(b"\r", 2)[-2:])
        self._kept = kept[:_LINE_BYTES]

    def close(self) -> LogLine:
        text = self._kept.decode("utf-8", "replace")
        left = self._size - len(self._kept) if b"\r" not in self._kept else 0
        text = shown(text) if "\r" in text else text
        if len(text) > LONGEST_LINE:
            left += len(text[LONGEST_LINE:].encode())
            text = text[:LONGEST_LINE]
        self._kept, self._size = b"", 0
        return LogLine(text=text, more=left)
