"""Charts of a table: the database reckons, so that the chart has only as many marks as it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ...authoring import progress
from ..charts import MOST_MARKS, altair, save
from . import histograms
from .database import Database, TableError
from .grouping import filtered
from .reading import read
from .tables import Column, Reading, Table, without_zones

#: Bars, or other things side by side; the rest is left out and said.
_MOST_BARS = 40
_MOST_COLORS = 12
_FORMATS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_TOTALS = {
    "count": "count(*)",
    "sum": "sum({})",
    "mean": "avg({})",
    "median": "median({})",
    "max": "max({})",
    "min": "min({})",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for, with the columns found."""

    kind: str
    x: Column
    y: Column | None
    color: Column | None
    total: str


def plot(
    path: Path | None,
    how: Reading,
    *,
    kind: str,
    x: str,
    y: str,
    color: str,
    total: str,
    where: str,
    title: str,
    picture: str,
) -> dict[str, Any]:
    """Write a chart of the table into the current folder."""
    with Database() as database:
        table = read(database, path, how)
        wish = _wish(database, table, kind, x, y, color, total)
        progress(3, 10, f"Reckoning a {wish.kind}")
        sql = without_zones(table.columns, filtered(database, table, where))
        columns, rows, notes = _DATA[wish.kind](database, sql, wish)
    for note in notes:
        print(note)
    if not rows:
        raise TableError("No row is left to draw: change 'where', or choose columns that are not empty")
    progress(7, 10, "Drawing")
    data = [dict(zip(columns, map(histograms.plain, row), strict=True)) for row in rows]
    chart = _DRAWN[wish.kind](altair(), data, wish).properties(
        title=title or _title(table, wish), **_size(wish, data)
    )
    files = save(chart, f"{table.title}.{wish.kind}", picture=picture)
    print(f"{', '.join(files)}: {len(rows)} marks")
    progress(10, 10, "Drawn")
    return {
        "chart": files[0],
        "pictures": files[1:],
        "kind": wish.kind,
        "x": wish.x.name,
        "y": wish.y.name if wish.y else None,
        "marks": len(rows),
        "notes": notes,
    }


# -- what is drawn --------------------------------------------------------------------------------------------------


def _wish(database: Database, table: Table, kind: str, x: str, y: str, color: str, total: str) -> Wish:
    first = table.column(x, "x") if x.strip() else _first(database, table)
    second = table.column(y, "y") if y.strip() else None
    third = table.column(color, "color") if color.strip() else None
    for field, column in (("x", first), ("y", second), ("color", third)):
        if column is not None and column.is_nested:
            raise TableError(f"{field}: {column.name!r} holds lists or objects, which no axis can show")
    wish = Wish(kind if kind != "auto" else _fitting(first, second), first, second, third, total)
    if wish.kind in ("scatter", "box", "line") and second is None and wish.kind != "line":
        raise TableError(f"y: a {wish.kind} needs a second column; there is {', '.join(table.names)}")
    if wish.kind == "histogram" and not (first.is_number or first.is_time):
        raise TableError(
            f"x: a histogram needs numbers or dates, and {first.name!r} holds {first.type}; take bar"
        )
    if (
        second is not None
        and wish.kind in ("box", "line", "bar")
        and not second.is_number
        and total != "count"
    ):
        raise TableError(f"y: {second.name!r} holds {second.type} and not numbers; take the total 'count'")
    return wish


def _first(database: Database, table: Table) -> Column:
    """What says most at a glance: the first column of numbers that are not all the same."""
    numbers = [column for column in table.columns if column.is_number] or list(table.columns)
    differ = ", ".join(f"min({column.sql}) IS DISTINCT FROM max({column.sql})" for column in numbers)
    found = database.rows(f"SELECT {differ} FROM {table.name}")[0]
    return next((column for column, differs in zip(numbers, found, strict=True) if differs), numbers[0])


def _fitting(x: Column, y: Column | None) -> str:
    if y is None:
        return "histogram" if x.is_number or x.is_time else "bar"
    if x.is_time:
        return "line"
    if x.is_number and y.is_number:
        return "scatter"
    return "bar"


def _title(table: Table, wish: Wish) -> str:
    y = wish.y
    if wish.kind in ("bar", "line") and y is not None and wish.total != "count":
        what = f"{wish.total} of {y.name} by {wish.x.name}"
    elif y is None or (wish.total == "count" and wish.kind in ("bar", "line")):
        what = f"rows by {wish.x.name}"
    else:
        what = f"{y.name} by {wish.x.name}"
    return f"{table.title}: {what}"


def _size(wish: Wish, data: Sequence[Any]) -> dict[str, Any]:
    if wish.kind == "bar":
        return {"width": "container"}
    return {"width": "container", "height": 380}


# -- what the database reckons --------------------------------------------------------------------------------------

Found = tuple[list[str], list[tuple[Any, ...]], list[str]]


def _bars(database: Database, sql: str, wish: Wish) -> Found:
    keys, names = _keys(wish)
    parts = f"SELECT {keys}, {_total(wish)} AS value FROM ({sql}) WHERE {wish.x.sql} IS NOT NULL GROUP BY ALL"
    # A bar is as long as its colors together.
    ranked = (
        f"SELECT *, dense_rank() OVER (ORDER BY whole DESC NULLS LAST, x) AS place FROM "
        f"(SELECT *, sum(value) OVER (PARTITION BY x) AS whole FROM ({parts}))"
    )
    rows = database.rows(
        f"SELECT {', '.join(names)}, value, max(place) OVER () AS bars FROM ({ranked}) "
        f"QUALIFY place <= {_MOST_BARS} ORDER BY place, value DESC NULLS LAST, 2 LIMIT {MOST_MARKS}"
    )
    bars = rows[0][-1] if rows else 0
    notes = []
    if bars > _MOST_BARS:
        notes.append(f"The {_MOST_BARS} largest of {bars} values of {wish.x.name} are drawn")
    return [*names, "value"], *_few_colors([row[:-1] for row in rows], wish, notes)


def _lines(database: Database, sql: str, wish: Wish) -> Found:
    distinct = database.value(f"SELECT approx_count_distinct({wish.x.sql}) FROM ({sql})")
    x, notes = wish.x.sql, []
    if distinct > 1000 and (wish.x.is_time or wish.x.is_number):
        low, high = database.rows(f"SELECT min({x}), max({x}) FROM ({sql})")[0]
        x, step = _coarser(wish.x, low, high)
        notes.append(f"{wish.x.name} is drawn by {step}, since it has {distinct} values")
    color = f", {wish.color.sql} AS color" if wish.color else ""
    rows = database.rows(
        f"SELECT {x} AS x{color}, {_total(wish)} AS value FROM ({sql}) "
        f"WHERE {wish.x.sql} IS NOT NULL GROUP BY ALL ORDER BY 1 LIMIT {MOST_MARKS * 4}"
    )
    return [*_keys(wish)[1], "value"], *_few_colors(rows, wish, notes)


def _coarser(column: Column, low: Any, high: Any) -> tuple[str, str]:
    if column.is_number:
        return _by_steps(column, histograms.round_step(float(high) / 500 - float(low) / 500))
    days = (high - low).total_seconds() / 86400
    part = (
        "minute"
        if days < 1
        else "hour"
        if days < 40
        else "day"
        if days < 1000
        else "week"
        if days < 7000
        else "month"
    )
    return f"date_trunc('{part}', {column.sql})", part


def _points(database: Database, sql: str, wish: Wish) -> Found:
    assert wish.y is not None
    keys, names = _keys(wish)
    where = f"{wish.x.sql} IS NOT NULL AND {wish.y.sql} IS NOT NULL"
    total = int(database.value(f"SELECT count(*) FROM ({sql}) WHERE {where}"))
    notes = []
    chosen = f"SELECT {keys}, {wish.y.sql} AS y FROM ({sql}) WHERE {where}"
    if total > MOST_MARKS:
        notes.append(f"{MOST_MARKS} of {total} rows are drawn, chosen by chance, always the same ones")
        chosen = f"SELECT * FROM ({chosen}) USING SAMPLE reservoir({MOST_MARKS} ROWS) REPEATABLE (7)"
    return [*names, "y"], *_few_colors(database.rows(chosen), wish, notes)


def _histogram(database: Database, sql: str, wish: Wish) -> Found:
    rows = histograms.bins(database, sql, wish.x, wish.color)
    # The color stands third there, and second everywhere else.
    swapped = [(row[0], *row[2:], row[1]) for row in rows]
    swapped, notes = _few_colors(swapped, wish, [])
    return ["x", *(["color"] if wish.color else []), "value", "end"], swapped, notes


def _boxes(database: Database, sql: str, wish: Wish) -> Found:
    """The five numbers of each box, with whiskers as far as there are values within 1.5 times the box."""
    assert wish.y is not None
    y = wish.y.sql
    rows = database.rows(
        f"WITH given AS (SELECT {wish.x.sql} AS x, ({y})::DOUBLE AS y FROM ({sql}) "
        f"WHERE {y} IS NOT NULL AND {wish.x.sql} IS NOT NULL), "
        "boxes AS (SELECT x, quantile_cont(y, 0.25) AS q1, median(y) AS middle, quantile_cont(y, 0.75) AS q3, count(*) AS n "
        "FROM given GROUP BY x) "
        "SELECT b.x, min(y) FILTER (y >= q1 - 1.5 * (q3 - q1)), q1, middle, q3, max(y) FILTER (y <= q3 + 1.5 * (q3 - q1)), "
        "any_value(n), count(*) FILTER (y < q1 - 1.5 * (q3 - q1) OR y > q3 + 1.5 * (q3 - q1)) "
        "FROM boxes b JOIN given g ON b.x = g.x GROUP BY b.x, q1, middle, q3 ORDER BY 7 DESC, 1"
    )
    notes = []
    if len(rows) > _MOST_BARS:
        notes.append(f"The {_MOST_BARS} groups with the most rows of {len(rows)} are drawn")
    return ["x", "low", "q1", "middle", "q3", "high", "rows", "outside"], rows[:_MOST_BARS], notes


def _heat(database: Database, sql: str, wish: Wish) -> Found:
    """Both ways in at most so many steps, and what each meeting comes to."""
    assert wish.y is not None
    x, y = (_step_of(database, sql, each) for each in (wish.x, wish.y))
    total = "count(*)" if wish.color is None else _TOTALS[wish.total].format(wish.color.sql)
    rows = database.rows(
        f"SELECT {x} AS x, {y} AS y, {total} AS value FROM ({sql}) "
        f"WHERE {wish.x.sql} IS NOT NULL AND {wish.y.sql} IS NOT NULL GROUP BY ALL ORDER BY 3 DESC LIMIT {MOST_MARKS}"
    )
    notes = []
    for place, column in ((0, wish.x), (1, wish.y)):
        values = list(dict.fromkeys(row[place] for row in rows))
        if len(values) > _MOST_BARS:
            kept = set(values[:_MOST_BARS])
            rows = [row for row in rows if row[place] in kept]
            notes.append(f"{_MOST_BARS} of {len(values)} values of {column.name} are drawn")
    return ["x", "y", "value"], rows, notes


def _step_of(database: Database, sql: str, column: Column) -> str:
    if column.is_time:
        low, high = database.rows(f"SELECT min({column.sql}), max({column.sql}) FROM ({sql})")[0]
        days = (high - low).total_seconds() / 86400 if low is not None else 0
        part = "hour" if days < 2 else "day" if days < 40 else "month" if days < 1200 else "year"
        return f"strftime(date_trunc('{part}', {column.sql}), '{_FORMATS[part]}')"
    if column.is_number:
        low, high, n = database.rows(
            f"SELECT min({column.sql})::DOUBLE, max({column.sql})::DOUBLE, approx_count_distinct({column.sql}) FROM ({sql})"
        )[0]
        if n > 30:
            return _by_steps(column, histograms.round_step(high / 24 - low / 24))[0]
    return column.sql


def _by_steps(column: Column, step: Fraction) -> tuple[str, str]:
    """The edge below each number in SQL, and what that is called."""
    number = histograms.bin_of(column.sql, step, whole=histograms.is_whole(column))
    return histograms.edge_of(number, step), f"steps of {float(step):.3g}"


def _keys(wish: Wish) -> tuple[str, list[str]]:
    keys, names = f"{wish.x.sql} AS x", ["x"]
    if wish.color:
        keys, names = f"{keys}, {wish.color.sql} AS color", ["x", "color"]
    return keys, names


def _total(wish: Wish) -> str:
    return "count(*)" if wish.y is None else _TOTALS[wish.total].format(wish.y.sql)


def _few_colors(
    rows: list[tuple[Any, ...]], wish: Wish, notes: list[str]
) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Texts that get a color each: those with the most rows, and no more than can be told apart."""
    if wish.color is None or wish.color.is_number or wish.color.is_time:
        return rows, notes
    weights: dict[Any, int] = {}
    for row in rows:
        weights[row[1]] = weights.get(row[1], 0) + 1
    if len(weights) <= _MOST_COLORS:
        return rows, notes
    kept = set(sorted(weights, key=lambda value: (-weights[value], str(value)))[:_MOST_COLORS])
    note = f"{_MOST_COLORS} of {len(weights)} values of {wish.color.name} have a color; the rest is left out"
    return [row for row in rows if row[1] in kept], [*notes, note]


_DATA = {
    "bar": _bars,
    "line": _lines,
    "scatter": _points,
    "histogram": _histogram,
    "box": _boxes,
    "heatmap": _heat,
}


# -- how it is drawn ------------------------------------------------------------------------------------------------


def _type(column: Column) -> str:
    return "quantitative" if column.is_number else "temporal" if column.is_time else "nominal"


def _color(alt: Any, wish: Wish) -> Any:
    assert wish.color is not None
    return alt.Color("color", type=_type(wish.color), title=wish.color.name)


def _value_title(wish: Wish) -> str:
    return "rows" if wish.y is None or wish.total == "count" else f"{wish.total} of {wish.y.name}"


def _draw_bars(alt: Any, data: list[dict[str, Any]], wish: Wish) -> Any:
    encoded = {
        "y": alt.Y(
            "x:N", sort=alt.EncodingSortField("value", op="sum", order="descending"), title=wish.x.name
        ),
        "x": alt.X("value:Q", title=_value_title(wish)),
        "tooltip": [alt.Tooltip("x:N", title=wish.x.name), alt.Tooltip("value:Q", title=_value_title(wish))],
    }
    if wish.color:
        encoded["color"] = _color(alt, wish)
    if wish.x.is_number:
        encoded["y"] = alt.Y("x:O", title=wish.x.name)
    return alt.Chart(alt.Data(values=data)).mark_bar().encode(**encoded)


def _draw_lines(alt: Any, data: list[dict[str, Any]], wish: Wish) -> Any:
    encoded = {
        "x": alt.X("x", type=_type(wish.x), title=wish.x.name),
        "y": alt.Y("value:Q", title=_value_title(wish)),
        "tooltip": [
            alt.Tooltip("x", type=_type(wish.x), title=wish.x.name),
            alt.Tooltip("value:Q", title=_value_title(wish)),
        ],
    }
    if wish.color:
        encoded["color"] = _color(alt, wish)
    return alt.Chart(alt.Data(values=data)).mark_line(point=len(data) <= 60).encode(**encoded)


def _draw_points(alt: Any, data: list[dict[str, Any]], wish: Wish) -> Any:
    assert wish.y is not None
    encoded = {
        "x": alt.X("x", type=_type(wish.x), title=wish.x.name, scale=alt.Scale(zero=False)),
        "y": alt.Y("y", type=_type(wish.y), title=wish.y.name, scale=alt.Scale(zero=False)),
        "tooltip": [
            alt.Tooltip("x", type=_type(wish.x), title=wish.x.name),
            alt.Tooltip("y", type=_type(wish.y), title=wish.y.name),
        ],
    }
    if wish.color:
        encoded["color"] = _color(alt, wish)
    return (
        alt.Chart(alt.Data(values=data)).mark_point(filled=True, opacity=0.6).encode(**encoded).interactive()
    )


def _draw_histogram(alt: Any, data: list[dict[str, Any]], wish: Wish) -> Any:
    return histograms.drawn(alt, data, wish.x, wish.color)


def _draw_boxes(alt: Any, data: list[dict[str, Any]], wish: Wish) -> Any:
    assert wish.y is not None
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("x:N", title=wish.x.name, sort=None),
        tooltip=[
            alt.Tooltip("x:N", title=wish.x.name),
            *(alt.Tooltip(f"{each}:Q", format=",.4~g") for each in ("low", "q1", "middle", "q3", "high")),
            alt.Tooltip("rows:Q"),
            alt.Tooltip("outside:Q", title="rows outside"),
        ],
    )
    scale = alt.Scale(zero=False)
    whiskers = base.mark_rule(color="#8a8f98").encode(
        x=alt.X("low:Q", title=wish.y.name, scale=scale), x2="high:Q"
    )
    boxes = base.mark_bar(size=14).encode(x=alt.X("q1:Q", scale=scale), x2="q3:Q")
    middles = base.mark_tick(color="#f58518", size=14, thickness=3).encode(x=alt.X("middle:Q", scale=scale))
    return whiskers + boxes + middles


def _draw_heat(alt: Any, data: list[dict[str, Any]], wish: Wish) -> Any:
    assert wish.y is not None
    title = "rows" if wish.color is None else f"{wish.total} of {wish.color.name}"
    return (
        alt.Chart(alt.Data(values=data))
        .mark_rect()
        .encode(
            x=alt.X("x:O", title=wish.x.name),
            y=alt.Y("y:O", title=wish.y.name, sort="descending" if wish.y.is_number else "ascending"),
            color=alt.Color("value:Q", title=title, scale=alt.Scale(scheme="viridis")),
            tooltip=[
                alt.Tooltip("x:O", title=wish.x.name),
                alt.Tooltip("y:O", title=wish.y.name),
                alt.Tooltip("value:Q", title=title),
            ],
        )
    )


_DRAWN = {
    "bar": _draw_bars,
    "line": _draw_lines,
    "scatter": _draw_points,
    "histogram": _draw_histogram,
    "box": _draw_boxes,
    "heatmap": _draw_heat,
}
