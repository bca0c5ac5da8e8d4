"""Values of params, kept so that runs are found by them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from ..core.history import ParamCondition, value_key, value_number
from .dialect import insert_new, is_among
from .prepared import Prepared, within
from .run_facts import standing
from .tables import param_tools, run_facts, run_index, run_params, runs

#: Runs of an older database whose values are not kept yet, that are read for a search.
TAIL = 2_000
_LONGEST_NAME = 200


def refresh(connection: Connection, numbers: Sequence[int]) -> None:
    """The values of these runs as they are now."""
    # Those that were never taken in have none.
    known = select(run_facts.c.number).where(is_among(connection, run_facts.c.number, numbers))
    if before := connection.execute(known).scalars().all():
        connection.execute(delete(run_params).where(is_among(connection, run_params.c.run, before)))
    _keep(connection, select(*_READ).where(is_among(connection, runs.c.number, numbers)))


_READ = (runs.c.number, runs.c.tool, runs.c.params)


def _keep(connection: Connection, query: Select[Any]) -> list[Row[Any]]:
    found = list(connection.execute(query.order_by(runs.c.number)).all())
    values = [(run.tool, _values(run.number, json.loads(run.params))) for run in found]
    if rows := [row for _, of_run in values for row in of_run]:
        connection.execute(insert(run_params), rows)
    for name, tool in sorted({(row["name"], tool) for tool, of_run in values for row in of_run}):
        connection.execute(insert_new(connection, param_tools, name=name, tool=tool))
    return found


def _values(number: int, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "run": number, "value": value_key(value), "number": value_number(value)}
        for name, value in params.items()
        if len(name) <= _LONGEST_NAME and name.isprintable()
    ]


_TOOLS = Prepared(
    select(param_tools.c.tool).where(param_tools.c.name == bindparam("of_name")), [param_tools.c.tool]
)


def tools_with(connection: Connection, names: Iterable[str]) -> set[str]:
    """The tools that have runs in the table with params of all of these names."""
    found: set[str] | None = None
    for name in names:
        these = {row.tool for row in within(connection).all(_TOOLS, {"of_name": name})}
        found = these if found is None else found & these
    return found or set()


def holding(connection: Connection, query: Select[Any], conditions: Sequence[ParamCondition]) -> list[int]:
    """The numbers of those runs of a query for number and params whose params are so."""
    return [row.number for row in connection.execute(query) if _all_hold(conditions, row.params)]


def _all_hold(conditions: Sequence[ParamCondition], text: str) -> bool:
    params = json.loads(text)
    return all(condition.holds(params) for condition in conditions)


# -- runs of an older database ------------------------------------------------------------------------------------------


def fill_old(connection: Connection, batch: int) -> int:
    """Take some in, the oldest first; how many."""
    rest = standing(connection).old
    if rest is None:
        return 0
    filled, last = rest
    query = select(*_READ).where(runs.c.number > filled, runs.c.number <= last)
    numbers = connection.execute(query.with_only_columns(runs.c.number).order_by(runs.c.number).limit(batch))
    taken = list(numbers.scalars())
    if taken:
        refresh(connection, taken)
    up_to = taken[-1] if len(taken) == batch else last
    connection.execute(update(run_index).where(run_index.c.id == 1).values(filled=up_to))
    return len(taken)
