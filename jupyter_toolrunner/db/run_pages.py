"""The runs of a page, read whole by statements that are compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, text

from ..core.artifacts import Artifact
from ..core.history import RunOrder, RunPlace
from ..core.runs import Run
from .dialect import AMONG, given_of
from .prepared import Prepared, within
from .rows import artifact_of, run_of
from .tables import artifacts, runs

#: What a run is made of.
_UNREAD = ("lease_until", "idempotency_key", "request_digest", "queued_at", "duration")
_COLUMNS = [column for column in runs.c if column.name not in _UNREAD]
_ALL = 2**62
_NUMBER = runs.c.number
#: By whether the newest come first.
_NEXT = {
    True: Prepared(
        select(*_COLUMNS)
        .where(bindparam("behind") > _NUMBER)
        .order_by(_NUMBER.desc())
        .limit(bindparam("many")),
        _COLUMNS,
    ),
    False: Prepared(
        select(*_COLUMNS).where(bindparam("behind") < _NUMBER).order_by(_NUMBER).limit(bindparam("many")),
        _COLUMNS,
    ),
}
_OF_NUMBERS = {
    dialect: Prepared(select(*_COLUMNS).where(text(among.format("runs.number", "given", "BIGINT"))), _COLUMNS)
    for dialect, among in AMONG.items()
}
_ARTIFACTS = {
    dialect: Prepared(
        select(*artifacts.c)
        .where(text(among.format("artifacts.run", "given", "VARCHAR")))
        .order_by(artifacts.c.id),
        artifacts.c,
    )
    for dialect, among in AMONG.items()
}


def next_runs(connection: Connection, order: RunOrder, after: RunPlace | None, many: int) -> Sequence[Any]:
    """Rows of so many runs in the order of their numbers."""
    behind = after.number if after is not None else _ALL if order.descending else -_ALL
    return within(connection).all(_NEXT[order.descending], {"behind": behind, "many": many})


def runs_of(connection: Connection, numbers: Sequence[int]) -> Sequence[Any]:
    """Rows of these runs, in the order of the numbers as they are given."""
    if not numbers:
        return ()
    statement = _OF_NUMBERS[connection.dialect.name]
    rows = within(connection).all(statement, {"given": given_of(connection.dialect.name, numbers)})
    found = {row.number: row for row in rows}
    return [found[number] for number in numbers if number in found]


def made(connection: Connection, rows: Iterable[Any]) -> list[Run]:
    """The runs with what their last attempts made."""
    rows = list(rows)
    of_runs: dict[str, list[Artifact]] = {}
    if rows:
        given = {"given": given_of(connection.dialect.name, [row.id for row in rows])}
        for row in within(connection).all(_ARTIFACTS[connection.dialect.name], given):
            of_runs.setdefault(row.run, []).append(artifact_of(row))
    return [
        run_of(row, artifacts=tuple(one for one in of_runs.get(row.id, ()) if one.attempt == row.attempt))
        for row in rows
    ]
