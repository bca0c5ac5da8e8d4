"""What is asked of the history: which runs, in which order, and what is said about all of them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .errors import InvalidRequest
from .runs import Params, Reason, Run, RunStatus

#: Characters of a value that are kept for looking it up.
VALUE_LENGTH = 200


class Comparison(StrEnum):
    """How a param's value is compared, as it is written."""

    EQUAL = "="
    NOT_EQUAL = "!="
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"
    CONTAINS = "~"

    @property
    def is_ordered(self) -> bool:
        return self in (Comparison.AT_LEAST, Comparison.AT_MOST, Comparison.ABOVE, Comparison.BELOW)


@dataclass(frozen=True, slots=True)
class ParamCondition:
    """One param of a run has a value like this: ``damping>=0.9``, ``source=packages``, ``folder~notes``."""

    name: str
    comparison: Comparison
    value: str

    @property
    def number(self) -> float | None:
        return _number_in(self.value)

    @property
    def keys(self) -> tuple[str, ...]:
        """The texts of `value_key` that are equal to the value: ``0.90`` is the number 0.9 and the text itself."""
        number = self.number
        return tuple(dict.fromkeys([*([] if number is None else [value_key(number)]), value_key(self.value)]))

    def holds(self, params: Params) -> bool:
        """What the database answers with its table of values, for a run that is not in there yet."""
        if self.name not in params:
            return False
        value = params[self.name]
        key, number = value_key(value), value_number(value)
        match self.comparison:
            case Comparison.EQUAL:
                return key in self.keys
            case Comparison.NOT_EQUAL:
                return key not in self.keys
            case Comparison.CONTAINS:
                return value_key(self.value) in key
        wanted = self.number
        if number is None or wanted is None:
            return False
        return {
            Comparison.ABOVE: number > wanted,
            Comparison.BELOW: number < wanted,
            Comparison.AT_LEAST: number >= wanted,
            Comparison.AT_MOST: number <= wanted,
        }[self.comparison]

    def __str__(self) -> str:
        return f"{self.name}{self.comparison.value}{self.value}"


def value_key(value: Any) -> str:
    """A value as a text to compare: without regard to case, numbers in one form."""
    # Most values are these, and many are asked for at once.
    if type(value) is str and value.isascii() and "\0" not in value:
        return value.casefold()[:VALUE_LENGTH]
    if type(value) is int:
        return str(value)[:VALUE_LENGTH]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, Mapping) and set(value) == {"artifact"}:
        value = value["artifact"]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # Databases take only text, and no NUL in it.
    storable = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return storable.casefold()[:VALUE_LENGTH]


def value_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _number_in(text: str) -> float | None:
    try:
        number = float(text) if len(text) <= 40 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_CONDITION = re.compile(
    r"\s*(?P<name>[^\s=!<>~]+)\s*(?P<comparison>>=|<=|!=|=|>|<|~)\s*(?P<value>.*?)\s*", re.DOTALL
)


def read_conditions(text: str) -> tuple[ParamCondition, ...]:
    """``damping>=0.9,source=packages``; a value with a comma stands in double quotes. Raises InvalidRequest."""
    return tuple(_condition(part) for part in words_of(text))


def _condition(text: str) -> ParamCondition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise InvalidRequest(
            f"{text[:80]!r} is no condition on a param.",
            field="param",
            hint="Write a name, one of = != > < >= <= ~ and a value: damping>=0.9",
        )
    comparison = Comparison(match["comparison"])
    if comparison.is_ordered and _number_in(match["value"]) is None:
        raise InvalidRequest(
            f"{text[:80]!r} compares with {match['value'][:40]!r}, which is no number.",
            field="param",
            hint="Use = for a text, or ~ for a part of it.",
        )
    return ParamCondition(match["name"], comparison, match["value"])


def words_of(text: str) -> list[str]:
    """Parts between commas; double quotes keep a comma, and two of them stand for one."""
    words, word, quoted = [], "", False
    position = 0
    while position < len(text):
        sign = text[position]
        if sign == '"' and quoted and text[position + 1 : position + 2] == '"':
            word += '"'
            position += 1
        elif sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            words.append(word)
            word = ""
        else:
            word += sign
        position += 1
    return [word for word in (*words, word) if word.strip()]


def said(tool: str, params: Params, note: str | None) -> str:
    """The text in which words are looked for, without regard to case."""
    found = [tool.casefold(), *(f"{name} {value_key(value)}" for name, value in params.items()), note or ""]
    return " ".join(found).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs. What is empty or None asks for nothing; within one field any value does, but all tags and params."""

    tools: frozenset[str] = frozenset()
    statuses: frozenset[RunStatus] = frozenset()
    reasons: frozenset[Reason] = frozenset()
    owners: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    #: Ids of the runs that chains began with.
    chains: frozenset[str] = frozenset()
    created_from: datetime | None = None
    created_before: datetime | None = None
    #: Seconds of a run that has started.
    shortest: float | None = None
    longest: float | None = None
    params: tuple[ParamCondition, ...] = ()
    #: Words that stand in the tool's name, the params or the note, each of them.
    words: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == RunFilter()

    def says(self, tool: str, params: Params, note: str | None) -> bool:
        """Whether all words are found."""
        if not self.words:
            return True
        found = said(tool, params, note)
        return all(word in found for word in self.words)


class SortKey(StrEnum):
    NUMBER = "number"
    CREATED = "created"
    STARTED = "started"
    DURATION = "duration"
    TOOL = "tool"
    STATUS = "status"
    #: The order in which waiting runs are claimed.
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """Runs that have no such time come last."""

    key: SortKey = SortKey.NUMBER
    descending: bool = True

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.key.value}"


@dataclass(frozen=True, slots=True)
class RunPlace:
    """The run behind which a page begins."""

    order: str
    #: The sorted column's value there; None where the run has none.
    value: str | float | None
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunList:
    """One page."""

    items: Sequence[Run]
    #: Where the next page begins; None on the last. Where words are looked for, a page may have fewer runs than asked for.
    following: RunPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many, up to a bound."""

    runs: int
    #: Whether there are more than that.
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePoint:
    """Runs that began about the same time, took about the same and ended alike."""

    time: datetime
    seconds: float
    status: RunStatus
    runs: int
    #: One of them.
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    points: Sequence[TimelinePoint]
    #: One of so many runs was looked at.
    sampled: int
    #: The first and the last run that the filter finds.
    first: datetime | None
    last: datetime | None
    found: Count
    by_status: Mapping[RunStatus, int]
    #: Seconds, of the runs that were looked at and have ended.
    median: float | None
    #: All runs that are kept.
    total: int


class GroupKey(StrEnum):
    TOOL = "tool"
    DAY = "day"
    OWNER = "owner"
    STATUS = "status"
    #: A run and all that were made from it.
    CHAIN = "chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGroup:
    """Runs that have something in common."""

    key: str
    runs: int
    by_status: Mapping[RunStatus, int]
    #: Of the newest.
    last: datetime
    #: Of a chain: the first number and the newest run of those that were asked for.
    first: int | None = None
    newest: Run | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualDuration:
    """How long the latest successful runs of a tool took, in seconds: four of five lie between low and high."""

    low: float
    middle: float
    high: float
    runs: int = field(default=0)
