"""What is kept of each run to find it by, beside `runs`.

Whoever writes a run pays for none of it: triggers write down the run's number (`run_changes`), and `run_index.py` takes such
runs into these tables soon after. Whoever reads takes what is kept but for the changed runs, and those as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    select,
    text,
    update,
)

from .dialect import is_among
from .prepared import Prepared, within
from .tables import (
    param_tools,
    run_changes,
    run_counts,
    run_facts,
    run_hours,
    run_index,
    run_params,
    run_quarters,
    run_words,
    runs,
)

#: The columns, which `runs` has too.
NAMES = tuple(column.name for column in run_facts.columns)
_COLUMNS = ", ".join(NAMES)
_CHANGED = ", ".join(f"{name} = excluded.{name}" for name in NAMES if name != "number")
_KINDS = "tool, owner, status"
_SINCE_1970 = {
    "sqlite": "CAST(strftime('%s', created_at) AS INTEGER) / {}",
    "postgresql": "CAST(floor(extract(epoch FROM created_at) / {}) AS BIGINT)",
}
_HOUR = {dialect: many.format(3600) for dialect, many in _SINCE_1970.items()}
#: The part of the day that is counted for itself: every zone's days begin with one.
_QUARTER = {dialect: many.format(900) for dialect, many in _SINCE_1970.items()}
_LESS = {"sqlite": ("min", "max"), "postgresql": ("least", "greatest")}
_THESE = {
    "sqlite": "number IN (SELECT value FROM json_each(:numbers))",
    "postgresql": "number = ANY(CAST(:numbers AS BIGINT[]))",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the tables follow the runs."""

    #: Whether any run changed since it was taken in.
    has_changes: bool
    #: The runs of an older database whose values are not kept yet: those above the first number, up to the second.
    old: tuple[int, int] | None
    #: Numbers above the last run whose words were taken in.
    unsaid: int


_NEWEST = select(func.coalesce(func.max(runs.c.number), 0)).scalar_subquery()
_STANDING = Prepared(
    select(
        run_index.c.filled,
        run_index.c.last,
        (_NEWEST - run_index.c.said).label("unsaid"),
        exists(select(run_changes.c.number)).label("has_changes"),
    ).where(run_index.c.id == 1),
    [run_index.c.filled, run_index.c.last, Column("unsaid", BigInteger), Column("has_changes", Boolean)],
)


def standing(connection: Connection) -> Standing:
    filled, last, unsaid, has_changes = within(connection).one(_STANDING, {})
    return Standing(bool(has_changes), (filled, last) if filled < last else None, unsaid)


def has_changed(connection: Connection, number: ColumnElement[int]) -> ColumnElement[bool]:
    """For a column of `runs`: the few that changed lead to them."""
    changed = select(run_changes.c.number)
    if connection.dialect.name == "sqlite":
        return number.in_(changed)
    # A planner that takes them for many would read all runs instead.
    return number == func.any(func.array(changed.scalar_subquery()))


def is_kept(number: ColumnElement[int]) -> ColumnElement[bool]:
    """For a column of `run_facts`: it is as it is told there."""
    return ~exists().where(run_changes.c.number == number)


def refresh(connection: Connection, numbers: Sequence[int]) -> None:
    """These runs as they are now, and those of them that are gone."""
    _count(connection, "-count(*)", numbers)
    gone = ~exists().where(runs.c.number == run_facts.c.number)
    connection.execute(delete(run_facts).where(is_among(connection, run_facts.c.number, numbers), gone))
    _execute(
        connection,
        f"INSERT INTO run_facts ({_COLUMNS}) SELECT {_COLUMNS} FROM runs WHERE {{these}} "  # noqa: S608
        f"ON CONFLICT (number) DO UPDATE SET {_CHANGED}",
        numbers,
    )
    _count(connection, "count(*)", numbers)
    connection.execute(delete(run_counts).where(run_counts.c.runs == 0))
    _execute(
        connection,
        "DELETE FROM run_quarters WHERE runs = 0 AND quarter IN "  # noqa: S608
        f"(SELECT {_QUARTER[connection.dialect.name]} FROM run_facts WHERE {{these}})",
        numbers,
    )
    _keep_hours(connection, numbers)


def rebuild(connection: Connection) -> None:
    """All of it anew out of `runs`; the values of params and the words follow by themselves."""
    derived = (
        run_changes,
        run_counts,
        run_quarters,
        run_hours,
        run_facts,
        run_params,
        param_tools,
        run_words,
    )
    for table in derived:
        connection.execute(delete(table))
    indexes = sorted(run_facts.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(connection)
    _execute(connection, f"INSERT INTO run_facts ({_COLUMNS}) SELECT {_COLUMNS} FROM runs")  # noqa: S608
    for index in indexes:
        index.create(connection)
    _count(connection, "count(*)")
    _keep_hours(connection)
    last = select(func.coalesce(func.max(runs.c.number), 0)).scalar_subquery()
    connection.execute(update(run_index).values(filled=0, last=last, said=0))


def _count(connection: Connection, many: str, numbers: Sequence[int] | None = None) -> None:
    quarter = _QUARTER[connection.dialect.name]
    for table, keys, kinds in (
        ("run_counts", _KINDS, _KINDS),
        ("run_quarters", "quarter, status", f"{quarter}, status"),
    ):
        _execute(
            connection,
            f"INSERT INTO {table} ({keys}, runs) SELECT {kinds}, {many} FROM run_facts WHERE {{these}} "  # noqa: S608
            f"GROUP BY {kinds} ON CONFLICT ({keys}) DO UPDATE SET runs = {table}.runs + excluded.runs",
            numbers,
        )


def _keep_hours(connection: Connection, numbers: Sequence[int] | None = None) -> None:
    dialect = connection.dialect.name
    hour, (least, most) = _HOUR[dialect], _LESS[dialect]
    _execute(
        connection,
        f"INSERT INTO run_hours (hour, first, last) SELECT {hour}, min(number), max(number) FROM run_facts "  # noqa: S608
        f"WHERE {{these}} GROUP BY {hour} ON CONFLICT (hour) DO UPDATE SET "
        f"first = {least}(run_hours.first, excluded.first), last = {most}(run_hours.last, excluded.last)",
        numbers,
    )


def _execute(connection: Connection, statement: str, numbers: Sequence[int] | None = None) -> None:
    """``{these}`` in it: the runs of these numbers, or all."""
    if numbers is None:
        connection.execute(text(statement.format(these="true")))
        return
    dialect = connection.dialect.name
    given: Any = str(list(numbers)) if dialect == "sqlite" else list(numbers)
    connection.execute(text(statement.format(these=_THESE[dialect])), {"numbers": given})


# -- times --------------------------------------------------------------------------------------------------------------


_ANY_HOUR = 2**40
_HOURS = Prepared(
    select(func.min(run_hours.c.first).label("lowest"), func.max(run_hours.c.last).label("highest")).where(
        run_hours.c.hour >= bindparam("since"), run_hours.c.hour <= bindparam("before")
    ),
    [Column("lowest", BigInteger), Column("highest", BigInteger)],
)


def numbers_of_times(
    connection: Connection, since: datetime | None, before: datetime | None
) -> tuple[int, int]:
    """No run of this time that is kept has a number below the first one or above the second."""
    hours = {
        "since": -_ANY_HOUR if since is None else _hour(since),
        "before": _ANY_HOUR if before is None else _hour(before),
    }
    lowest, highest = within(connection).one(_HOURS, hours)
    return (0, -1) if lowest is None else (lowest, highest)


def _hour(time: datetime) -> int:
    return int(time.timestamp() // 3600)
