"""A sweep: each of some fields takes several values, and there is a run for each combination of them."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from .batches import LONGEST_TITLE
from .errors import InvalidParams, InvalidRequest, Problem
from .params import check_names, choices, parse_option, types

#: What stands for all choices of a field.
ALL = "*"
#: Each text in one way alone, or a long one that is no range takes hours to be known as none.
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
#: Characters of a range.
_LONGEST_RANGE = 200
#: Of the numbers in one; a larger one would take seconds to be written out.
_LARGEST = Decimal("1e308")
#: ``2..10``, ``2..10 step 2``, ``2:10:2``; both ends are values.
_RANGE = re.compile(
    rf"\s*({_NUMBER})\s*(?:\.\.|…|:)\s*({_NUMBER})(?:\s*(?:step|:)\s*({_NUMBER}))?\s*", re.IGNORECASE
)


def rows_of(
    schema: Mapping[str, Any], sweep: Mapping[str, str | Sequence[Any]], *, most: int
) -> list[dict[str, Any]]:
    """The params of each combination, the last field changing fastest.

    A text is read as people write it: ``2..10 step 2``, ``a, b, c``, ``*`` for all choices, or a list in JSON.
    Raises InvalidParams with every field that cannot be read, InvalidRequest where there are more than ``most`` rows.
    """
    check_names(schema, sweep)
    values: dict[str, list[Any]] = {}
    problems: list[Problem] = []
    for name, said in sweep.items():
        try:
            values[name] = _values(schema, name, said, most) if isinstance(said, str) else list(said)
            if not values[name]:
                problems.append(Problem(name, "has no value to sweep over"))
        except InvalidParams as error:
            problems += error.problems
    if problems:
        raise InvalidParams(problems)
    count = math.prod(len(each) for each in values.values())
    if count > most:
        raise InvalidRequest(
            f"These are {count:,} combinations, and a batch has {most:,} runs at most.",
            field="sweep",
            hint="Give fewer values, or longer steps.",
        )
    return [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]


def title_of(sweep: Mapping[str, str | Sequence[Any]], *, hidden: Collection[str] = ()) -> str:
    """What people can call it who gave it no name: its fields with their values, which of those ``hidden`` are left out."""
    parts = []
    for name, said in sweep.items():
        values = said if isinstance(said, str) else ", ".join(map(str, said))
        parts.append(name if name in hidden else f"{name} {values}")
    clean = "".join(sign if sign.isprintable() else " " for sign in ", ".join(parts))
    title = " ".join(clean.split())
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def _values(schema: Mapping[str, Any], name: str, said: str, most: int) -> list[Any]:
    """Raises InvalidParams."""
    kinds = types(schema, name)
    if said.strip() == ALL and (found := choices(schema, name)):
        return [parse_option(schema, name, [each]) for each in found]
    if said.lstrip().startswith("["):
        return _listed(name, said)
    if kinds & {"integer", "number"} and len(said) <= _LONGEST_RANGE and (parts := _RANGE.fullmatch(said)):
        return _range(name, parts, "number" not in kinds, most)
    if not said.strip():
        raise InvalidParams([Problem(name, "has no value to sweep over")])
    return [parse_option(schema, name, [each]) for each in _split(said)]


def _listed(name: str, said: str) -> list[Any]:
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        raise InvalidParams([Problem(name, "is no list in JSON")]) from None
    return list(found)


def _range(name: str, parts: re.Match[str], whole: bool, most: int) -> list[Any]:
    try:
        first, last, step = (Decimal(part) if part else None for part in parts.groups())
    except InvalidOperation:
        raise InvalidParams([Problem(name, "is no range of numbers")]) from None
    assert first is not None
    assert last is not None
    if step is None:
        step = Decimal(1 if last >= first else -1)
    if max(first.copy_abs(), last.copy_abs()) > _LARGEST:
        raise InvalidParams([Problem(name, "is a range of numbers that are too large")])
    try:
        steps = (last - first) / step if step else Decimal(-1)
    except ArithmeticError:
        raise InvalidParams(
            [Problem(name, "is a range of numbers that are too large or too small")]
        ) from None
    if steps < 0:
        raise InvalidParams([Problem(name, f"has a step that does not lead from {first} to {last}")])
    # Before it is written out: a number may have a million digits.
    if steps >= most:
        raise InvalidParams([Problem(name, f"has more values than the {most:,} runs of a batch")])
    count = int(steps) + 1
    found = [first + step * place for place in range(count)]
    if whole and any(each != each.to_integral_value() for each in (*found, last)):
        raise InvalidParams([Problem(name, "takes whole numbers, and this range has others")])
    is_whole = whole or all(part is None or re.fullmatch(r"[+-]?\d+", part) for part in parts.groups())
    return [int(each) if is_whole else float(each) for each in found]


def _split(said: str) -> list[str]:
    """Values with commas or semicolons between them; what has such a sign itself stands in double quotes."""
    separator = ";" if ";" in said else ","
    cells = next(csv.reader(io.StringIO(said), delimiter=separator, skipinitialspace=True), [])
    return [cell.strip() for cell in cells if cell.strip()]
