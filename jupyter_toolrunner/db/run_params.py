"""Values of params, kept so that runs are found by them.

A submit does not pay for it: `RunIndex` follows a few seconds behind, and whoever looks for a value reads the newest runs
themselves. Whoever changes the params of a run that is in the table already calls `replace_values`.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update

from ..core.history import ParamCondition, value_key, value_number
from .tables import run_index, run_params, runs

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
            rows = [row for run in taken for row in _values(run.number, json.loads(run.params))]
            connection.execute(
                update(run_index)
                .where(run_index.c.id == 1)
                .values(filled=taken[-1].number, counted=run_index.c.counted + len(taken))
            )
            if rows:
                connection.execute(insert(run_params), rows)
        return len(taken)

    def run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                while self.fill() == _BATCH and not self._closing.wait(0.01):
                    pass
            except Exception:
                log.warning("the values of new runs could not be kept; it is tried again", exc_info=True)

    def close(self) -> None:
        self._closing.set()


def _next(filled: int) -> Select[Any]:
    query = select(runs.c.number, runs.c.params, runs.c.created_at)
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


def count_all(connection: Connection) -> int:
    """All runs, without counting those that were counted before."""
    known = connection.execute(
        select(run_index.c.filled, run_index.c.counted).where(run_index.c.id == 1)
    ).one_or_none()
    filled, counted = known or (0, 0)
    newer = select(func.count()).select_from(runs).where(runs.c.number > filled)
    return counted + connection.execute(newer).scalar_one()


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


def replace_values(connection: Connection, number: int, params: Mapping[str, Any]) -> None:
    """The params of a run were changed: keep the table in step, in the transaction that changed them."""
    if number > _lock(connection):
        return
    connection.execute(delete(run_params).where(run_params.c.run == number))
    if rows := _values(number, params):
        connection.execute(insert(run_params), rows)
