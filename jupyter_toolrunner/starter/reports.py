"""Reports in Markdown, in which what comes from files is text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

_SIGNS = re.compile(r"([\\`*_\[\]<>|#~$&!])")
#: Rows of one table of a report; the whole is in the table beside it.
MOST_ROWS = 500


def plain(text: object) -> str:
    """A text on one line that no sign in it formats."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return _SIGNS.sub(r"\\\1", line)


def plain_part(text: str) -> str:
    """The same for a part of a line, whose blanks at its ends count."""
    before, after = " " * text.startswith(" "), " " * (text.endswith(" ") and len(text) > 1)
    return f"{before}{plain(text)}{after}"


def code(text: object) -> str:
    """A name as code, whatever signs are in it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}".replace("|", "\\|") if line else "` `"


def link(text: object, target: str) -> str:
    return f"[{plain(text)}]({quote(target, safe='/#:?&=%.,+@-_~')})"


def number(count: int, one: str, many: str = "") -> str:
    """``1 page``, ``2,000 pages``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


class Report:
    """Parts are added in order; a cell or a point that is not made by `code` or `link` is plain text."""

    def __init__(self, title: str) -> None:
        self._parts = [f"# {plain(title)}"]

    def heading(self, text: str, level: int = 2) -> None:
        self._parts.append(f"{'#' * level} {plain(text)}")

    def text(self, text: str) -> None:
        self._parts.append(text)

    def points(self, lines: Iterable[str]) -> None:
        self._parts.append("\n".join(f"- {line}" for line in lines))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Cells are Markdown already."""
        lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows[:MOST_ROWS])]
        self._parts.append("\n".join(lines))
        if len(rows) > MOST_ROWS:
            self._parts.append(f"… and {len(rows) - MOST_ROWS:,} more, in the table beside this report.")

    def save(self, name: str) -> str:
        text = "\n\n".join(self._parts) + "\n"
        Path(name).write_text(text, encoding="utf-8", errors="backslashreplace")
        return name


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"
