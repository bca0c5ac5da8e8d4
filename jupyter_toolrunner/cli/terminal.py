"""Where answers, notes and errors go, and how they look there."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from ..core.errors import InvalidParams, ToolrunnerError
from .errors import WrongCall

if TYPE_CHECKING:
    from datetime import datetime

#: What would move the cursor, change the terminal or turn the reading direction.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
#: The same for a log, where colors, tabs and carriage returns are meant.
_UNSAFE_IN_LOG = re.compile("\x1b(?!\\[[0-9;]*m)|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f]")


class Terminal:
    """Standard output for what was asked for, standard error for everything else."""

    def __init__(self, output: TextIO, notes: TextIO, *, as_json: bool = False) -> None:
        self._output = output
        self._notes = notes
        self._as_json = as_json

    @classmethod
    def of_process(cls, *, as_json: bool) -> Terminal:
        """Standard output and error of this process; what they cannot encode is escaped rather than an error."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return cls(sys.stdout, sys.stderr, as_json=as_json)

    def line(self, text: str = "") -> None:
        """A line of the answer."""
        self._output.write(printable(text) + "\n")

    def raw(self, text: str) -> None:
        """A piece of a log, as answer."""
        self._output.write(shown_log(text) if self._output.isatty() else text)
        self._output.flush()

    def json(self, value: Any) -> None:
        """The whole answer."""
        self._output.write(_json(value, self._output, indent=2) + "\n")

    def json_line(self, value: Any) -> None:
        """One of several answers, for whoever reads along."""
        self._output.write(_json(value, self._output) + "\n")
        self._output.flush()

    def note(self, text: str) -> None:
        self._notes.write(printable(text) + "\n")
        self._notes.flush()

    def raw_note(self, text: str) -> None:
        """A piece of a log, beside the answer."""
        self._notes.write(shown_log(text) if self._notes.isatty() else text)
        self._notes.flush()

    def control(self, text: str) -> None:
        """Straight to the terminal; only where ``is_live``."""
        self._notes.write(text)
        self._notes.flush()

    @property
    def is_live(self) -> bool:
        """Whether somebody looks at what is noted."""
        return self._notes.isatty()

    def error(self, error: ToolrunnerError) -> None:
        """What happened and what to do; as JSON too where that was asked for."""
        if isinstance(error, WrongCall) and error.usage:
            self._notes.write(error.usage)
        problems = error.problems if isinstance(error, InvalidParams) else ()
        if len(problems) > 1:
            self.note(f"Error: {len(problems)} values are not valid, and nothing was run")
            for problem in problems:
                self.note(f"  {problem.field}: {problem.message}")
        else:
            self.note(f"Error: {error.message}")
        if error.hint:
            self.note(f"Hint: {error.hint}")
        if self._as_json:
            detail = {"code": error.code, "message": error.message, "field": error.field, "hint": error.hint}
            self._notes.write(_json({"error": detail}, self._notes) + "\n")
        self._notes.flush()

    def flush(self) -> None:
        self._output.flush()

    def table(self, rows: Iterable[Sequence[str]], *, indent: str = "") -> None:
        """Columns as wide as they need; the last one takes what is left."""
        cells = [[" ".join(printable(cell).split()) for cell in row] for row in rows]
        widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            parts = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
            self._output.write(indent + "  ".join(parts).rstrip() + "\n")


def printable(text: str) -> str:
    """Text that others wrote, as text: nothing in it acts on the terminal. Line breaks and tabs stay."""
    return _UNSAFE.sub(_escaped, text)


def shown_log(text: str) -> str:
    return _UNSAFE_IN_LOG.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _width(text: str) -> int:
    """Columns on the terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _json(value: Any, stream: TextIO, indent: int | None = None) -> str:
    # Escapes that a stream of another encoding would put in are no JSON; and a lone surrogate is no text in any.
    plain = (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not plain, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=True, indent=indent)
    return text


def shown_size(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    amount = size / 1000
    for unit in ("kB", "MB", "GB"):
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def shown_time(time: datetime | None) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S") if time else ""


def shown_duration(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return ""
    seconds = max(0.0, (end - start).total_seconds())
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
