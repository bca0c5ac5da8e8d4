"""How many rows of a table have a number, or a time, from here to there."""

from __future__ import annotations

import datetime
import decimal
import math
import sys
from fractions import Fraction
from typing import Any

from .database import Database
from .tables import Column

#: Bars of one histogram, about.
_BINS = 40
#: By how much a number of the machine may miss an edge on which it stands: 0.3 / 0.1 is less than 3 there.
_MISSED = 2.0**-51
_FINEST = -300
_LARGEST = Fraction(sys.float_info.max)


def bins(database: Database, sql: str, column: Column, color: Column | None = None) -> list[tuple[Any, ...]]:
    """Beginning and end of each bar, the color's value where there is one, and the number of rows."""
    x = column.sql if column.is_number else f"epoch({column.sql})"
    low, high = database.rows(
        f"SELECT min(v)::DOUBLE, max(v)::DOUBLE FROM (SELECT {x} AS v FROM ({sql})) "
        "WHERE v IS NOT NULL AND isfinite(v::DOUBLE)"
    )[0]
    if low is None:
        return []
    step = round_step(high / _BINS - low / _BINS)
    if is_whole(column):
        step = Fraction(max(1, math.ceil(step)))
    by = f", {color.sql} AS color" if color else ""
    rows = database.rows(
        f"SELECT {bin_of(x, step, whole=is_whole(column))} AS bin{by}, count(*) AS value "
        f"FROM ({sql}) WHERE {x} IS NOT NULL AND isfinite(({x})::DOUBLE) GROUP BY ALL ORDER BY 1"
    )
    edge = _moment if column.is_time else _number
    return [(edge(int(row[0]) * step), edge((int(row[0]) + 1) * step), *row[1:]) for row in rows]


def records(rows: list[tuple[Any, ...]], *, color: bool = False) -> list[dict[str, Any]]:
    names = ["x", "end", *(["color"] if color else []), "value"]
    return [dict(zip(names, map(plain, row), strict=True)) for row in rows]


def drawn(alt: Any, data: list[dict[str, Any]], column: Column, color: Column | None = None) -> Any:
    kind = "temporal" if column.is_time else "quantitative"
    encoded = {
        "x": alt.X("x", type=kind, bin="binned", title=column.name),
        "x2": alt.X2("end"),
        "y": alt.Y("value:Q", title="rows", stack="zero"),
        "tooltip": [
            alt.Tooltip("x", type=kind, title="from"),
            alt.Tooltip("end", type=kind, title="to"),
            alt.Tooltip("value:Q", title="rows"),
        ],
    }
    if color:
        encoded["color"] = alt.Color("color", type="nominal", title=color.name)
    return alt.Chart(alt.Data(values=data)).mark_bar(binSpacing=1).encode(**encoded)


def round_step(step: float) -> Fraction:
    """The next of 1, 2, 2.5, 5 times a power of ten: edges that people can read."""
    if not step > 0:
        return Fraction(1)
    power = Fraction(10) ** max(_FINEST, math.floor(math.log10(step)))
    steps = [Fraction(each) * power for each in (1, 2, 2.5, 5, 10)]
    return next(each for each in steps if each >= step * 0.999)


def bin_of(x: str, step: Fraction, *, whole: bool = False) -> str:
    """In SQL, how many whole steps lie below the number: one that stands on an edge is above it."""
    steps = f"({x})::DOUBLE * {float(step.denominator)!r} / {float(step.numerator)!r}"
    return f"floor({steps})" if whole else f"floor({steps} + abs({steps}) * {_MISSED!r})"


def edge_of(bin_number: str, step: Fraction) -> str:
    """In SQL, where the bin of this number begins, as near as a number of the machine can be."""
    return f"({bin_number}) * {float(step.numerator)!r} / {float(step.denominator)!r}"


def is_whole(column: Column) -> bool:
    return column.is_number and "INT" in column.type


def plain(value: Any) -> Any:
    """As JSON can carry it and a chart can read it."""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _number(edge: Fraction) -> float:
    """The outermost edge may be beyond what a number of the machine can be."""
    return float(max(-_LARGEST, min(edge, _LARGEST)))


def _moment(seconds: Fraction) -> str:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (epoch + datetime.timedelta(seconds=float(seconds))).isoformat()
