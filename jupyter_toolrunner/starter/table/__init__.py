"""Tools about tables: looking into them, converting, grouping, joining and drawing them."""
# No postponed annotations here: they are read as the tools' parameters.

from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le

from ...authoring import Accepts, tool

TableFile = Annotated[
    Path,
    Accepts(
        ".csv", ".tsv", ".tab", ".txt", ".gz", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather",
        ".xlsx", ".xlsm",
    ),
]  # fmt: skip
Format = Literal["parquet", "csv", "tsv", "json", "jsonl", "arrow", "excel"]
Picture = Literal["none", "svg", "png"]
_PRELOAD = ("duckdb",)


@tool(
    title="Profile table",
    category="Table",
    tags=("columns", "types", "quality", "distribution", "csv", "excel", "parquet"),
    delivery="idempotent",
    icon="table",
    preload=(*_PRELOAD, "altair"),
)
def profile_table(
    table: TableFile | None = None,
    columns: list[str] = [],  # noqa: B006 - shown as the form's default, never changed
    frequent: Annotated[int, Ge(1), Le(50)] = 5,
    separator: str = "",
    encoding: str = "",
    sheet: str = "",
) -> dict[str, Any]:
    """Tell what the columns of a table hold: types, gaps, ranges, frequent values, and what looks odd.

    Takes CSV, JSON, Parquet, Arrow and Excel, of any length. Without a table it takes an example, the moons of the planets.
    Leaves a report, a table with a row per column, and histograms.

    Args:
        table: The table to look into.
        columns: Only these columns; all of them where empty.
        frequent: How many of the most frequent values to show for each column.
        separator: For text: what stands between two values, such as ; or tab; found by itself where empty.
        encoding: For text: how its letters are written, such as utf-8 or cp1251; found by itself where empty.
        sheet: For Excel: the name of the sheet; the first one where empty.

    Returns:
        The files' names with numbers about the table.
    """
    from .profiling import profile
    from .tables import Reading

    return profile(table, Reading(separator, encoding, sheet), columns=columns, frequent=frequent)


@tool(
    title="Convert table",
    category="Table",
    tags=("csv", "json", "parquet", "excel", "arrow", "format", "export", "encoding"),
    delivery="idempotent",
    icon="convert",
    preload=_PRELOAD,
)
def convert_table(
    table: TableFile | None = None,
    format: Format = "parquet",  # noqa: A002 - what people call it
    columns: list[str] = [],  # noqa: B006
    limit: Annotated[int, Ge(0)] = 0,
    bad_rows: Literal["stop", "leave out"] = "stop",
    separator: str = "",
    encoding: str = "",
    sheet: str = "",
) -> dict[str, Any]:
    """Write a table in another format: CSV, TSV, JSON, JSON lines, Parquet, Arrow or Excel.

    Numbers of many digits and those with leading zeros stay as they are written. Without a table it takes an example, the
    moons of the planets.

    Args:
        table: The table to convert.
        format: What to write.
        columns: Only these columns, in this order; all of them where empty.
        limit: Only so many rows from the beginning; all of them with 0.
        bad_rows: What to do with rows of a text that do not fit the others: stop, or leave them out and say which.
        separator: For text: what stands between two values, such as ; or tab; found by itself where empty.
        encoding: For text: how its letters are written, such as utf-8 or cp1251; found by itself where empty.
        sheet: For Excel: the name of the sheet; the first one where empty.

    Returns:
        The file's name with its rows and columns.
    """
    from .converting import convert
    from .tables import Reading

    how = Reading(separator, encoding, sheet, skip_bad_rows=bad_rows == "leave out")
    return convert(table, how, format_=format, columns=columns, limit=limit)


@tool(
    title="Group and aggregate",
    category="Table",
    tags=("group by", "sum", "mean", "count", "pivot", "totals"),
    delivery="idempotent",
    icon="number",
    preload=_PRELOAD,
)
def aggregate_table(
    table: TableFile | None = None,
    group_by: list[str] = [],  # noqa: B006
    values: list[str] = [],  # noqa: B006
    functions: frozenset[
        Literal["count", "distinct", "sum", "mean", "median", "min", "max", "std"]
    ] = frozenset({"mean", "max"}),
    where: str = "",
    order: Literal["groups", "rows", "values"] = "groups",
    limit: Annotated[int, Ge(0)] = 0,
    format: Format = "parquet",  # noqa: A002
    separator: str = "",
    encoding: str = "",
    sheet: str = "",
) -> dict[str, Any]:
    """Put the rows of a table into groups, and reckon what each group comes to.

    The result has one row for each group, with the number of its rows. Without a table it takes an example, the moons of
    the planets, by planet.

    Args:
        table: The table to group.
        group_by: Columns whose values make a group; one group of all rows where empty.
        values: Columns to reckon with; all columns of numbers where empty.
        functions: What to reckon of each of these columns.
        where: Only rows for which this holds: a condition of SQL, such as diameter_km > 100.
        order: What comes first in the result: by the groups' names, the groups with the most rows, or those with the
            largest first value.
        limit: Only so many groups; all of them with 0.
        format: What to write.
        separator: For text: what stands between two values, such as ; or tab; found by itself where empty.
        encoding: For text: how its letters are written, such as utf-8 or cp1251; found by itself where empty.
        sheet: For Excel: the name of the sheet; the first one where empty.

    Returns:
        The file's name with the numbers of rows and groups.
    """
    from .grouping import aggregate
    from .tables import Reading

    return aggregate(
        table,
        Reading(separator, encoding, sheet),
        group_by=group_by or ([] if table else ["planet"]),
        values=values,
        functions=functions,
        where=where,
        order=order,
        limit=limit,
        format_=format,
    )


@tool(
    title="Join tables",
    category="Table",
    tags=("merge", "lookup", "combine", "match", "vlookup"),
    delivery="idempotent",
    icon="table",
    preload=_PRELOAD,
)
def join_tables(
    left: TableFile | None = None,
    right: TableFile | None = None,
    on: list[str] = [],  # noqa: B006
    kind: Literal["inner", "left", "right", "full", "only matching", "only missing"] = "left",
    suffix: str = "_right",
    format: Format = "parquet",  # noqa: A002
    separator: str = "",
    encoding: str = "",
) -> dict[str, Any]:
    """Put two tables side by side, by the values that they have in common.

    Says how many rows have no match and which keys are repeated. Without tables it takes an example, the moons and their
    planets.

    Args:
        left: The first table, whose rows stay with the kind left.
        right: The second table, which is looked up.
        on: Columns that belong together: a name that both have, or left=right; what both have where empty.
        kind: Which rows to keep: those with a match (inner), all of the left, of the right or of both (full), or rows of
            the left table alone that have a match (only matching) or none (only missing).
        suffix: What a column of the right table is called in addition where the left has one of that name.
        format: What to write.
        separator: For text: what stands between two values, such as ; or tab; found by itself where empty.
        encoding: For text: how its letters are written, such as utf-8 or cp1251; found by itself where empty.

    Returns:
        The file's name with the numbers of rows and of those without a match.
    """
    from .joining import join
    from .tables import Reading

    how = Reading(separator, encoding)
    return join(left, right, how, on=on, kind=kind, suffix=suffix, format_=format)


@tool(
    title="Plot table",
    category="Visualization",
    tags=("chart", "bar", "line", "scatter", "histogram", "box plot", "heat map", "vega"),
    delivery="idempotent",
    icon="chart",
    preload=(*_PRELOAD, "altair"),
)
def plot_table(
    table: TableFile | None = None,
    kind: Literal["auto", "bar", "line", "scatter", "histogram", "box", "heatmap"] = "auto",
    x: str = "",
    y: str = "",
    color: str = "",
    total: Literal["count", "sum", "mean", "median", "min", "max"] = "mean",
    where: str = "",
    title: str = "",
    picture: Picture = "none",
    separator: str = "",
    encoding: str = "",
    sheet: str = "",
) -> dict[str, Any]:
    """Draw a chart of a table, however long it is: bars, lines, points, a histogram, boxes or a heat map.

    The chart is Vega-Lite, with values under the pointer. Without a table it takes an example, the moons of the planets.

    Args:
        table: The table to draw.
        kind: What to draw; auto chooses by what the columns hold.
        x: The column along the first axis; the first column of numbers where empty.
        y: The column along the second axis, or what bars and lines show; the number of rows where empty.
        color: A column that gives the color; for a heat map what its squares show.
        total: What bars, lines and squares show of their rows.
        where: Only rows for which this holds: a condition of SQL, such as diameter_km > 100.
        title: What stands above the chart; made of the columns where empty.
        picture: Leave the chart as a picture too.
        separator: For text: what stands between two values, such as ; or tab; found by itself where empty.
        encoding: For text: how its letters are written, such as utf-8 or cp1251; found by itself where empty.
        sheet: For Excel: the name of the sheet; the first one where empty.

    Returns:
        The files' names with the number of marks on the chart.
    """
    from .plotting import plot
    from .tables import Reading

    return plot(
        table,
        Reading(separator, encoding, sheet),
        kind=kind,
        x=x,
        y=y,
        color=color,
        total=total,
        where=where,
        title=title,
        picture=picture,
    )


__all__ = ["aggregate_table", "convert_table", "join_tables", "plot_table", "profile_table"]
