"""Rows of a table in groups, and what each group comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...authoring import progress
from .database import Database, TableError, quoted
from .reading import read
from .tables import Column, Reading, Table, count
from .writing import write

#: What a column can come to, in the order of the result's columns, and how the database says it.
FUNCTIONS = {
    "count": "count({})",
    "distinct": "count(DISTINCT {})",
    "sum": "sum({})",
    "mean": "avg({})",
    "median": "median({})",
    "min": "min({})",
    "max": "max({})",
    "std": "stddev_samp({})",
}
_FOR_NUMBERS = frozenset({"sum", "mean", "median", "std"})


def aggregate(
    path: Path | None,
    how: Reading,
    *,
    group_by: Sequence[str],
    values: Sequence[str],
    functions: Iterable[str],
    where: str,
    order: str,
    limit: int,
    format_: str,
) -> dict[str, Any]:
    """Write one row for each group into the current folder."""
    wanted = [name for name in FUNCTIONS if name in set(functions)]
    with Database() as database:
        table = read(database, path, how)
        groups = table.chosen(group_by, "group_by")
        columns = _values(table, values, groups)
        _check(columns, wanted, named=bool([each for each in values if each.strip()]))
        source = filtered(database, table, where)
        made = dict(_made(columns, wanted, groups))
        by = ", ".join(group.sql for group in groups)
        parts = [
            *(group.sql for group in groups),
            *(f"{sql} AS {quoted(name)}" for name, sql in made.items()),
        ]
        sql = f"SELECT {', '.join(parts)} FROM ({source})" + (f" GROUP BY {by}" if by else "")
        database.run_long(f"CREATE TEMP TABLE made AS {sql}", "Putting rows into groups", 2, 6)
        rows_in = count(database, table)
        rows = int(database.value("SELECT count(*) FROM made"))
        ordered = f"SELECT {_exact(database)} FROM made{_order(groups, made, order)}" + (
            f" LIMIT {limit}" if limit else ""
        )
        file = write(database, ordered, f"{table.title}.groups", format_)
    shown = min(rows, limit or rows)
    print(
        f"{file}: {rows_in} rows in {rows} groups" + (f", of which {shown} are kept" if shown < rows else "")
    )
    progress(10, 10, f"{rows} groups")
    return {
        "table": str(file),
        "rows_in": rows_in,
        "groups": rows,
        "rows": shown,
        "columns": [group.name for group in groups] + list(made),
    }


def _exact(database: Database) -> str:
    """All columns; sums of whole numbers as numbers that every format keeps to the last digit."""
    huge = [Column(*row[:2]) for row in database.rows("DESCRIBE made") if row[1] in ("HUGEINT", "UHUGEINT")]
    made = []
    for column in huge:
        for kind in ("BIGINT", "DECIMAL(38, 0)"):
            cast = f"TRY_CAST({column.sql} AS {kind})"
            if database.value(f"SELECT count({column.sql}) = count({cast}) FROM made"):
                made.append(f"CAST({column.sql} AS {kind}) AS {column.sql}")
                break
    return f"* REPLACE ({', '.join(made)})" if made else "*"


def filtered(database: Database, table: Table, where: str) -> str:
    """The rows for which the condition holds, as a query; all with an empty one. Raises TableError.

    No file can be read into the database from then on.
    """
    everything = f"SELECT * FROM {table.name}"
    if not where.strip():
        return everything
    database.lock()
    try:
        database.check_condition(where)
        database.run(f"SELECT count(*) FROM {table.name} WHERE ({where}\n)")
    except TableError as error:
        names = ", ".join(table.names[:20])
        raise TableError(f"where: {error}. It is a condition of SQL over the columns {names}") from None
    return f"{everything} WHERE ({where}\n)"


def _values(table: Table, values: Sequence[str], groups: Sequence[Column]) -> list[Column]:
    """The named columns; else all numbers that are no groups."""
    chosen = table.chosen(values, "values")
    return chosen or [each for each in table.columns if each.is_number and each not in groups]


def _check(columns: Sequence[Column], wanted: Sequence[str], *, named: bool) -> None:
    if not wanted:
        raise TableError(f"functions: choose at least one of {', '.join(FUNCTIONS)}")
    numbers = [name for name in wanted if name in _FOR_NUMBERS]
    for column in columns:
        if named and numbers and not column.is_number and len(numbers) == len(wanted):
            raise TableError(
                f"values: {column.name!r} holds {column.type}, of which there is no {numbers[0]}; "
                "take count, distinct, min or max, or a column of numbers"
            )


def _made(
    columns: Sequence[Column], wanted: Sequence[str], groups: Sequence[Column]
) -> Iterable[tuple[str, str]]:
    """Name and SQL of each column of the result beside the groups."""
    taken = {group.name for group in groups}
    yield _free("rows", taken), "count(*)"
    for column in columns:
        for name in wanted:
            if column.is_number or name not in _FOR_NUMBERS:
                yield _free(f"{column.name}_{name}", taken), FUNCTIONS[name].format(column.sql)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _order(groups: Sequence[Column], made: dict[str, str], order: str) -> str:
    by_groups = ", ".join(group.sql for group in groups)
    if not groups:
        return ""
    if order == "groups":
        return f" ORDER BY {by_groups}"
    # The first value that was asked for; the number of rows where there is none.
    names = list(made)
    main = names[0] if order == "rows" or len(names) == 1 else names[1]
    return f" ORDER BY {quoted(main)} DESC NULLS LAST, {by_groups}"
