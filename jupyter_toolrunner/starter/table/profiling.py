"""What the columns of a table hold."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import charts, reports
from . import histograms
from .database import Database
from .reading import read
from .tables import Column, Reading, Table, count, without_zones

#: Values that are counted exactly; beyond that about 2 % may be missed.
_EXACT_CELLS = 20_000_000
_HISTOGRAMS = 24
_HEAD = ["column", "type", "rows", "empty", "distinct", "lowest", "highest", "mean", "std", "q1", "median", "q3",
         "most_frequent", "times"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """One column."""

    column: Column
    rows: int
    empty: int
    distinct: int
    exact: bool
    lowest: Any = None
    highest: Any = None
    mean: float | None = None
    std: float | None = None
    quartiles: tuple[Any, Any, Any] | None = None
    #: The most frequent values, with how often they come.
    frequent: tuple[tuple[Any, int], ...] = ()
    remarks: tuple[str, ...] = field(default=())


def profile(path: Path | None, how: Reading, *, columns: Sequence[str], frequent: int) -> dict[str, Any]:
    """Write a report, a table with a row per column, and histograms into the current folder."""
    with Database() as database:
        table = read(database, path, how)
        chosen = table.chosen(columns, "columns") or list(table.columns)
        rows = count(database, table)
        exact = rows * len(chosen) <= _EXACT_CELLS
        profiles = []
        for number, column in enumerate(chosen):
            progress(2 + 6 * number / len(chosen), 10, column.name)
            profiles.append(_profile(database, table, column, rows, frequent, exact=exact))
        repeated = _repeated(database, table, rows)
        chart = _chart(database, table, [each for each in profiles if each.distinct > 1])
    files = [_write_report(table, rows, profiles, repeated), _write_table(table, profiles)]
    if chart is not None:
        files += charts.save(chart, f"{table.title}.profile")
    print(f"{', '.join(files)}: {rows} rows, {len(chosen)} columns")
    progress(10, 10, f"{rows} rows, {len(chosen)} columns")
    return {
        "report": files[0],
        "table": files[1],
        "chart": files[2] if chart is not None else None,
        "rows": rows,
        "columns": len(chosen),
        "repeated_rows": repeated,
        "empty_cells": sum(each.empty for each in profiles),
        "remarks": [f"{each.column.name}: {remark}" for each in profiles for remark in each.remarks],
    }


def _profile(
    database: Database, table: Table, column: Column, rows: int, frequent: int, *, exact: bool
) -> Profile:
    as_text = column.is_nested or column.has_zone
    name = f"CAST({column.sql} AS VARCHAR)" if as_text else column.sql
    distinct = f"count(DISTINCT {name})" if exact else f"approx_count_distinct({name})"
    empty = f"count(*) - count({name})"
    if column.is_text:
        empty = f"count(*) FILTER ({name} IS NULL OR trim({name}) = '')"
    low, high = ("NULL", "NULL") if column.is_nested else (f"min({name})", f"max({name})")
    numbers = [f"avg({name})", f"stddev_samp({name})"] if column.is_number else ["NULL", "NULL"]
    quartiles = "NULL"
    if column.is_number:
        call = "quantile_cont" if exact else "approx_quantile"
        quartiles = f"{call}({name}, [0.25, 0.5, 0.75])"
    found = database.rows(
        f"SELECT {empty}, {distinct}, {low}, {high}, {', '.join(numbers)}, {quartiles} FROM {table.name}"
    )[0]
    often = database.rows(
        f"SELECT {name}, count(*) AS n FROM {table.name} WHERE {name} IS NOT NULL "
        f"GROUP BY 1 ORDER BY n DESC, 1 LIMIT {frequent}"
    )
    made = Profile(
        column,
        rows,
        int(found[0]),
        int(found[1]),
        exact,
        found[2],
        found[3],
        found[4],
        found[5],
        tuple(found[6]) if found[6] is not None else None,
        tuple((value, int(n)) for value, n in often if n > 1 or found[1] <= frequent),
    )
    return Profile(
        **{**{each: getattr(made, each) for each in Profile.__slots__}, "remarks": tuple(_remarks(made))}
    )


def _remarks(profile: Profile) -> list[str]:
    """What somebody who works on the table should know."""
    filled = profile.rows - profile.empty
    remarks = []
    if not filled:
        return ["is empty in every row"]
    if profile.empty / profile.rows > 0.2:
        remarks.append(f"is empty in {100 * profile.empty / profile.rows:.0f} % of the rows")
    if profile.distinct == 1 and profile.rows > 1:
        remarks.append("has one value only")
    if profile.exact and profile.distinct == profile.rows > 1 and _names_things(profile.column):
        remarks.append("has another value in each row: it may be a key")
    if profile.frequent and profile.distinct > 1 and profile.frequent[0][1] / filled > 0.9:
        remarks.append(f"is {profile.frequent[0][0]!r} nearly always")
    if profile.mean is not None and profile.quartiles is not None:
        q1, _, q3 = (float(each) for each in profile.quartiles)
        spread = q3 - q1
        if spread and (float(profile.highest) > q3 + 10 * spread or float(profile.lowest) < q1 - 10 * spread):
            remarks.append("has values far from all others")
    return remarks


def _names_things(column: Column) -> bool:
    return column.is_text or column.type in ("UUID", "BIGINT", "INTEGER", "UBIGINT", "HUGEINT")


def _repeated(database: Database, table: Table, rows: int) -> int:
    """Rows that are the same as one before, by a hash of 64 bits."""
    names = ", ".join(column.sql for column in table.columns)
    return rows - int(database.value(f"SELECT count(DISTINCT hash({names})) FROM {table.name}"))


# -- what is written ------------------------------------------------------------------------------------------------


def _write_report(table: Table, rows: int, profiles: Sequence[Profile], repeated: int) -> str:
    report = reports.Report(f"Profile of {table.title}")
    lines = [f"{reports.number(rows, 'row')}, {reports.number(len(profiles), 'column')}"]
    lines.append(
        f"{reports.number(repeated, 'row is', 'rows are')} the same as one before"
        if repeated
        else "No row comes twice"
    )
    lines += table.notes
    remarks = [(each.column.name, remark) for each in profiles for remark in each.remarks]
    report.points(lines)
    if remarks:
        report.heading("Worth a look")
        report.points(f"{reports.code(name)} {remark}" for name, remark in remarks)
    report.heading("Columns")
    report.table(
        ["Column", "Type", "Empty", "Distinct", "Lowest", "Highest", "Mean"],
        [
            [
                reports.code(each.column.name),
                each.column.type,
                f"{each.empty:,}",
                f"{'' if each.exact else '≈ '}{each.distinct:,}",
                _shown(each.lowest),
                _shown(each.highest),
                _shown(each.mean),
            ]
            for each in profiles
        ],
    )
    often = [each for each in profiles if each.frequent]
    if often:
        report.heading("Frequent values")
        report.table(
            ["Column", "Values"],
            [
                [reports.code(each.column.name), ", ".join(f"{_shown(v)} ({n:,})" for v, n in each.frequent)]
                for each in often
            ],
        )
    return report.save(f"{table.title}.profile.md")


def _write_table(table: Table, profiles: Sequence[Profile]) -> str:
    path = Path(f"{table.title}.profile.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEAD)
        for each in profiles:
            often = each.frequent[0] if each.frequent else (None, None)
            cells = [each.column.name, each.column.type, each.rows, each.empty, each.distinct, each.lowest, each.highest,
                     each.mean, each.std, *(each.quartiles or (None, None, None)), *often]  # fmt: skip
            writer.writerow(["" if cell is None else cell for cell in cells])
    return str(path)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.6g}"
    return reports.plain(reports.short(str(value), 60))


def _chart(database: Database, table: Table, profiles: Sequence[Profile]) -> Any:
    """Small histograms side by side of what can be counted along an axis; None where there is nothing."""
    drawable = [each for each in profiles if each.column.is_number or each.column.is_time][:_HISTOGRAMS]
    parts: list[Any] = []
    if not drawable:
        return None
    alt = charts.altair()
    for number, each in enumerate(drawable):
        progress(8 + number / len(drawable), 10, f"Drawing {each.column.name}")
        rows = histograms.bins(
            database, without_zones(table.columns, f"SELECT * FROM {table.name}"), each.column
        )
        if rows:
            drawn = histograms.drawn(alt, histograms.records(rows), each.column)
            parts.append(drawn.properties(width=200, height=110))
    return alt.concat(*parts, columns=3) if parts else None
