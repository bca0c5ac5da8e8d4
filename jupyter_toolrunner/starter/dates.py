"""Dates in texts, as people write them in English and Russian."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ENGLISH = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_RUSSIAN = (
    "январ",
    "феврал",
    "март",
    "апрел",
    "ма[йяе]",
    "июн",
    "июл",
    "август",
    "сентябр",
    "октябр",
    "ноябр",
    "декабр",
)
_MONTH = "|".join((*(f"{name}|{name[:3]}\\.?" for name in _ENGLISH), "sept\\.?"))
_MONTH_IN_RUSSIAN = "|".join(
    name if name.endswith("]") else f"{name}(?:[аяьеюу]|ом|ём|ем)?" for name in _RUSSIAN
)
_YEAR = r"(?P<year>1[0-9]\d\d|20\d\d|21\d\d)"
_DAY = r"(?P<day>[0-3]?\d)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<![\d/.-]){_YEAR}-(?P<month>\d\d)(?:-(?P<day>[0-3]\d))?(?![\d-])",
        rf"(?<![\w.]){_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name>{_MONTH})\s*,?\s+{_YEAR}(?!\w)",
        rf"(?<!\w)(?P<name>{_MONTH})\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}(?!\w)",
        rf"(?<!\w)(?P<name>{_MONTH}),?\s+{_YEAR}(?!\w)",
        rf"(?<![\w.]){_DAY}\s+(?P<name>{_MONTH_IN_RUSSIAN})\s+{_YEAR}(?!\w)",
        rf"(?<!\w)(?P<name>{_MONTH_IN_RUSSIAN})\s+{_YEAR}(?!\w)",
        rf"(?<![\d./]){_DAY}\.(?P<month>0?[1-9]|1[0-2])\.{_YEAR}(?!\.?\d)",
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    date: datetime.date
    #: ``day`` or ``month``: a date of a month alone stands for its first day.
    precision: str
    begin: int
    end: int


def dates_in(text: str) -> Iterator[Found]:
    """Every date once, in the order of the text; days that no calendar has are none."""
    taken: list[tuple[int, int]] = []
    dates: list[Found] = []
    for form in _FORMS:
        for match in form.finditer(text):
            if any(match.start() < end and begin < match.end() for begin, end in taken):
                continue
            # What looks like a date and is none must not be read as another one.
            taken.append(match.span())
            found = _date(match)
            if found is not None:
                dates.append(found)
    yield from sorted(dates, key=lambda found: found.begin)


def _date(match: re.Match[str]) -> Found | None:
    parts = match.groupdict()
    month = int(parts["month"]) if parts.get("month") else _month(parts["name"])
    day = parts.get("day")
    try:
        date = datetime.date(int(parts["year"]), month, int(day) if day else 1)
    except ValueError:
        return None
    return Found(date, "day" if day else "month", match.start(), match.end())


def _month(name: str) -> int:
    folded = name.lower().rstrip(".")
    for number, (english, russian) in enumerate(zip(_ENGLISH, _RUSSIAN, strict=True), 1):
        if folded[:3] == english[:3] or re.match(russian, folded):
            return number
    raise AssertionError(name)


def date_of(value: Any) -> Found | None:
    """The date that a value of metadata or of a table is; None where it is none."""
    if isinstance(value, datetime.datetime):
        return Found(value.date(), "day", 0, 0)
    if isinstance(value, datetime.date):
        return Found(value, "day", 0, 0)
    if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 2199:
        return Found(datetime.date(value, 1, 1), "year", 0, 0)
    if isinstance(value, str):
        return next(dates_in(value[:200]), None)
    return None
