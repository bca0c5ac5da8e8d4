"""Values of params, kept so that runs are found by them.

A submit does not pay for it: `RunIndex` follows a few seconds behind, and whoever looks for a value reads the newest runs
themselves. Whoever changes the params of a run that is in the table already calls `replace_values`.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update

from ..core.history import ParamCondition, value_key, value_number
from .dialect import insert_new
from .run_counts import fold
from .tables import param_tools, run_hours, run_index, run_params, runs

log = logging.getLogger(__name__)

#: Runs that are taken in one transaction: others write between two of them.
_BATCH = 250
#: Seconds after which no older run can still be committed by somebody.
_SETTLED_SECONDS = 5.0
#: Runs behind the table that are read for a search; only while an old database is taken in are there more.
TAIL = 2_000
_LONGEST_NAME = 200


class RunIndex(threading.Thread):
    """Takes new runs into the table of values. Any number of servers may: each batch is one conditional transaction."""

    def __init__(self, engine: Engine, *, every: float = 2.0) -> None:
        super().__init__(name="run-index", daemon=True)
        self._engine = engine
        self._every = every
        self._closing = threading.Event()

    def fill(self, *, settled: float = _SETTLED_SECONDS) -> int:
        """Take one batch; the number of runs that were taken."""
        before = datetime.now(UTC) - timedelta(seconds=settled)
        with self._engine.execution_options(read_only=True).begin() as connection:
            # Most looks find nothing, and a look disturbs nobody who writes.
            if not _settled(connection.execute(_next(filled_to(connection))).all(), before):
                return 0
        with self._engine.execution_options(relaxed=True).begin() as connection:
            taken = _settled(connection.execute(_next(_lock(connection))).all(), before)
            if not taken:
                return 0
            values = [(run, _values(run.number, json.loads(run.params))) for run in taken]
            connection.execute(update(run_index).where(run_index.c.id == 1).values(filled=taken[-1].number))
            if rows := [row for _, found in values for row in found]:
                connection.execute(insert(run_params), rows)
            _keep_tools(connection, {(row["name"], run.tool) for run, found in values for row in found})
            _keep_hours(connection, taken)
        return len(taken)

    def run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                while self.fill() == _BATCH and not self._closing.wait(0.01):
                    pass
                fold(self._engine)
            except Exception:
                log.warning("the values of new runs could not be kept; it is tried again", exc_info=True)

    def close(self) -> None:
        self._closing.set()


def _next(filled: int) -> Select[Any]:
    query = select(runs.c.number, runs.c.tool, runs.c.params, runs.c.created_at)
    return query.where(runs.c.number > filled).order_by(runs.c.number).limit(_BATCH)


def _lock(connection: Connection) -> int:
    """How far the table is filled; nobody else fills it, or changes params of runs in it, until this transaction ends."""
    query = select(run_index.c.filled).where(run_index.c.id == 1).with_for_update()
    filled: int = connection.execute(query).scalar_one()
    return filled


def _settled(found: Sequence[Row[Any]], before: datetime) -> list[Row[Any]]:
    """Those up to the first that is too new: of two transactions the later number may be committed first."""
    taken = []
    for row in found:
        if row.created_at > before:
            break
        taken.append(row)
    return taken


def _values(number: int, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "run": number, "value": value_key(value), "number": value_number(value)}
        for name, value in params.items()
        if len(name) <= _LONGEST_NAME and name.isprintable()
    ]


def filled_to(connection: Connection) -> int:
    return connection.execute(select(run_index.c.filled).where(run_index.c.id == 1)).scalar() or 0


def numbers_in_tail(connection: Connection, conditions: Sequence[ParamCondition]) -> list[int]:
    """The runs that are not in the table yet and fit."""
    newest = (
        select(runs.c.number, runs.c.params)
        .where(runs.c.number > filled_to(connection))
        .order_by(runs.c.number.desc())
        .limit(TAIL)
    )
    return [row.number for row in connection.execute(newest) if _all_hold(conditions, row.params)]


def _all_hold(conditions: Sequence[ParamCondition], text: str) -> bool:
    params = json.loads(text)
    return all(condition.holds(params) for condition in conditions)


def replace_values(connection: Connection, number: int, tool: str, params: Mapping[str, Any]) -> None:
    """The params of a run were changed: keep the table in step, in the transaction that changed them."""
    if number > _lock(connection):
        return
    connection.execute(delete(run_params).where(run_params.c.run == number))
    if rows := _values(number, params):
        connection.execute(insert(run_params), rows)
        _keep_tools(connection, {(row["name"], tool) for row in rows})


# -- what is kept of many runs together ---------------------------------------------------------------------------------


def _keep_tools(connection: Connection, pairs: set[tuple[str, str]]) -> None:
    for name, tool in sorted(pairs):
        connection.execute(insert_new(connection, param_tools, name=name, tool=tool))


def tools_with(connection: Connection, names: Iterable[str]) -> set[str]:
    """The tools that have runs in the table with params of all of these names."""
    found: set[str] | None = None
    for name in names:
        query = select(param_tools.c.tool).where(param_tools.c.name == name)
        these = set(connection.execute(query).scalars())
        found = these if found is None else found & these
    return found or set()


def _keep_hours(connection: Connection, taken: Sequence[Row[Any]]) -> None:
    hours: dict[int, list[int]] = {}
    for run in taken:
        hours.setdefault(_hour(run.created_at), []).append(run.number)
    for hour, numbers in hours.items():
        connection.execute(
            insert_new(connection, run_hours, hour=hour, first=min(numbers), last=max(numbers))
        )
        # Those that were there before have lower numbers.
        known = update(run_hours).where(run_hours.c.hour == hour, run_hours.c.last < max(numbers))
        connection.execute(known.values(last=max(numbers)))


def _hour(time: datetime) -> int:
    return int(time.timestamp() // 3600)


def numbers_of_times(
    connection: Connection, since: datetime | None, before: datetime | None
) -> tuple[int, int | None]:
    """No run of this time has a number below the first one or above the second; None for no bound."""
    hours = select(func.min(run_hours.c.first), func.max(run_hours.c.last))
    if since is not None:
        hours = hours.where(run_hours.c.hour >= _hour(since))
    if before is not None:
        hours = hours.where(run_hours.c.hour <= _hour(before))
    lowest, highest = connection.execute(hours).one()
    filled = filled_to(connection)
    newer = connection.execute(select(func.max(runs.c.number))).scalar() or 0
    if newer > filled:
        # Those that are not taken in yet may be of any time.
        return (filled + 1 if lowest is None else lowest), None
    return (filled + 1, filled) if lowest is None else (lowest, highest)
