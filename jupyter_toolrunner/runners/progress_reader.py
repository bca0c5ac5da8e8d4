"""Progress that a tool shows as text: bars like tqdm's, ``Epoch 3/10``, ``[12/50]``, ``45%``."""

from __future__ import annotations

import contextlib
import re

from ..core.runs import Progress

_ANSI = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
#: ``name:  45%|████      | 45/100 [00:01<00:01, 30.1it/s]``
_BAR = re.compile(
    r"^(?P<text>.*?):?\s*(?P<percent>\d{1,3})%\|[^|]*\|\s*(?P<done>[\d.]+)(?P<unit>[kMGTP]?)/(?P<total>[\d.]+)(?P<of>[kMGTP]?)"
)
#: ``45/? [00:01, …]``: tqdm without a total.
_COUNT = re.compile(r"^(?P<text>[^\d]*?):?\s*(?P<done>\d+)(?:it| ?\S{0,12})? \[\d\d:\d\d, ")
_OF = re.compile(
    r"(?:^|\s)(?P<text>(?:epoch|step|batch|iteration|iter|file|page|part|item|chunk|round|эпоха|шаг|файл|страница|этап))\s*:?\s*"
    r"\[?(?P<done>\d+)\s*(?:/|of|из)\s*(?P<total>\d+)\]?",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"^\s*[\[(](?P<done>\d+)\s*/\s*(?P<total>\d+)[\])](?P<text>.*)$")
_PERCENT = re.compile(r"^(?P<text>[^\d%]{0,60}?)[\s:\[(]*(?P<done>\d{1,3}(?:\.\d+)?)\s?%(?:\W.*)?$")
_SCALE = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_LINE = 1000
_TEXT = 120


class ProgressReader:
    """Finds the newest progress in output that comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Progress | None:
        """The last progress that the output shows, None where it shows none."""
        # Only the end counts: what came before it has been overtaken.
        data = (self._rest + data)[-4 * _LINE :]
        lines = re.split(rb"[\r\n]+|\x1b\[A", data)
        self._rest = lines[-1][-_LINE:]
        if (
            b"%" not in data
            and b"/" not in data
            and "из".encode() not in data
            and b" of " not in data
            and b"it [" not in data
        ):
            return None
        rewritten = b"\r" in data.replace(b"\r\n", b"\n")
        for line in reversed(lines[-20:]):
            if line.strip():
                text = _ANSI.sub(b"", line[:_LINE]).decode("utf-8", "replace")
                progress = progress_of(text, rewritten=rewritten)
                if progress is not None:
                    return progress
        return None


class PatternReader:
    """Finds progress by a pattern of the tool's own, with groups ``done`` and ``total``, or ``percent``, and ``text``."""

    def __init__(self, pattern: str) -> None:
        from ..core.progress_patterns import NoPattern, ProgressPattern

        self._pattern: ProgressPattern | None = None
        # A description that was read before the rules changed: the run matters more than its progress.
        with contextlib.suppress(NoPattern):
            self._pattern = ProgressPattern(pattern)
        self._rest = b""

    def feed(self, data: bytes) -> Progress | None:
        """The last progress that the output shows, None where it shows none."""
        if self._pattern is None:
            return None
        *lines, rest = re.split(rb"[\r\n]+", (self._rest + data)[-16 * _LINE :])
        self._rest = rest[-_LINE:]
        for line in reversed(lines):
            groups = self._pattern.search(_ANSI.sub(b"", line[:_LINE]).decode("utf-8", "replace"))
            if groups is not None and (progress := _of_groups(groups)) is not None:
                return progress
        return None


def _of_groups(groups: dict[str, str | None]) -> Progress | None:
    try:
        if groups.get("percent") is not None:
            return _checked(float(groups["percent"] or 0), 100.0, groups.get("text") or "")
        done = float(groups.get("done") or "")
        if (total := groups.get("total")) is None:
            return Progress(done=done, text=_text(groups.get("text") or ""))
        return _checked(done, float(total), groups.get("text") or "")
    except ValueError:
        return None


def progress_of(line: str, *, rewritten: bool = False) -> Progress | None:
    """The progress that one line shows; a bare percentage counts only where the line is written again and again."""
    if "%|" in line and (match := _BAR.search(line)):
        done = float(match["done"]) * _SCALE[match["unit"]]
        return _checked(done, float(match["total"]) * _SCALE[match["of"]], match["text"])
    if match := (_BRACKET.match(line) or _OF.search(line)):
        return _checked(float(match["done"]), float(match["total"]), match["text"])
    if match := _COUNT.match(line):
        return Progress(done=float(match["done"]), text=_text(match["text"]))
    if rewritten and (match := _PERCENT.match(line)):
        return _checked(float(match["done"]), 100.0, match["text"])
    return None


def _checked(done: float, total: float, text: str) -> Progress | None:
    if total <= 0 or done > total:
        return None
    return Progress(done=done, total=total, text=_text(text))


def _text(text: str) -> str:
    return text.strip(" :-\t")[:_TEXT]
