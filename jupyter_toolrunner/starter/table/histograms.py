"""How many rows of a table have a number, or a time, from here to there."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

from .database import Database
from .tables import Column

#: Bars of one histogram, about.
_BINS = 40


def bins(database: Database, sql: str, column: Column, color: Column | None = None) -> list[tuple[Any, ...]]:
    """Beginning and end of each bar, the color's value where there is one, and the number of rows."""
    x = column.sql if column.is_number else f"epoch({column.sql})"
    low, high = database.rows(
        f"SELECT min(v)::DOUBLE, max(v)::DOUBLE FROM (SELECT {x} AS v FROM ({sql})) "
        "WHERE v IS NOT NULL AND isfinite(v::DOUBLE)"
    )[0]
    if low is None:
        return []
    step = round_step((high - low) / _BINS)
    if "INT" in column.type:
        step = max(1.0, math.ceil(step))
    start = math.floor(low / step) * step
    by = f", {color.sql} AS color" if color else ""
    rows = database.rows(
        f"SELECT {start!r} + floor(({x} - {start!r}) / {step!r}) * {step!r} AS x{by}, count(*) AS value "
        f"FROM ({sql}) WHERE {x} IS NOT NULL AND isfinite(({x})::DOUBLE) GROUP BY ALL ORDER BY 1"
    )
    edge = _moment if column.is_time else _rounded
    return [(edge(row[0]), edge(row[0] + step), *row[1:]) for row in rows]


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


def round_step(step: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten: edges that people can read."""
    if not step > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= step * 0.999)


def plain(value: Any) -> Any:
    """As JSON can carry it and a chart can read it."""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _rounded(value: float) -> float:
    return round(value, 12)


def _moment(seconds: float) -> str:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (epoch + datetime.timedelta(seconds=seconds)).isoformat()
