"""How many runs there are of each tool, owner and status, without counting them.

Triggers on `runs` write each change of it down as a row of its own, in the transaction that makes it: two who write never
wait for each other, as they would for one number. `fold` adds the changes up from time to time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select, text, union_all

from ..core.history import RunFilter
from .tables import run_changes, run_counts

#: Changes that wait until they are added up: so few cost whoever reads nothing.
_LEAST = 200
_KEYS = "tool, owner, status"
_INTO = (
    f"INSERT INTO run_counts ({_KEYS}, runs) SELECT {_KEYS}, sum(runs) FROM {{changes}} WHERE true "  # noqa: S608
    f"GROUP BY {_KEYS} ORDER BY {_KEYS} "
    f"ON CONFLICT ({_KEYS}) DO UPDATE SET runs = run_counts.runs + excluded.runs"
)
_TAKE = f"WITH gone AS (DELETE FROM run_changes RETURNING {_KEYS}, runs) "  # noqa: S608

_both = union_all(
    *(
        select(table.c.tool, table.c.owner, table.c.status, table.c.runs)
        for table in (run_counts, run_changes)
    )
).subquery("counted")
counted = _both.c


def fold(engine: Engine, *, least: int = _LEAST) -> bool:
    """Add the changes up, where there are so many; whether there were."""
    waits = select(run_changes.c.runs).offset(least - 1).limit(1)
    with engine.execution_options(read_only=True).begin() as connection:
        if connection.execute(waits).first() is None:
            return False
    with engine.execution_options(relaxed=True).begin() as connection:
        if connection.dialect.name == "sqlite":
            # Nobody else writes meanwhile.
            connection.execute(text(_INTO.format(changes="run_changes")))
            connection.execute(run_changes.delete())
        else:
            # One statement: it adds up exactly those that it takes away.
            connection.execute(text(_TAKE + _INTO.format(changes="gone")))
    return True


def are_counted(where: RunFilter) -> bool:
    """Whether these runs are told by their counts alone."""
    return replace(where, tools=frozenset(), owners=frozenset(), statuses=frozenset()).is_empty


def counts(where: RunFilter, *keys: ColumnElement[Any]) -> Select[Any]:
    """The sums in ``runs`` for each of the keys, which are columns of `counted`."""
    total = func.sum(counted.runs)
    query = select(*keys, total.label("runs"))
    for column, wanted in (
        (counted.tool, where.tools),
        (counted.owner, where.owners),
        (counted.status, {status.value for status in where.statuses}),
    ):
        if wanted:
            query = query.where(column.in_(sorted(wanted)))
    return query.group_by(*keys).having(total > 0) if keys else query


def count(connection: Connection, where: RunFilter) -> int:
    return int(connection.execute(counts(where)).scalar() or 0)
