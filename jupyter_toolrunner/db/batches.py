"""Batches in the database. `runs.py` keeps them together with their runs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, func, select, tuple_, update

from ..core.batches import Batch, BatchPlace, UnderWay
from ..core.errors import NotFound
from ..core.ids import BatchId, Digest, RunId, ToolName
from ..core.runs import Run, RunStatus
from .dialect import is_among
from .followers import revive
from .rows import artifact_of, run_of
from .run_changes import AGAIN, canceled, insert_runs, requeued
from .tables import artifacts, batch_rows, batches, runs
from .turns import QUEUED

_WAITS = [RunStatus.QUEUED.value, RunStatus.WAITING.value]
_RUNNING = RunStatus.RUNNING.value
_OPEN = [*_WAITS, _RUNNING]
#: Runs of a change to many that are told one by one.
_TOLD = 500
#: Runs that wait of which the params are read to say how long they take.
_SOME = 300


class SqlBatchStore:
    """`core.ports.BatchStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def get(self, batch: str) -> Batch:
        number = batch.removeprefix("#")
        by_number = number.isdecimal() and number.isascii() and len(number) < 19
        key = batches.c.number == int(number) if by_number else batches.c.id == batch
        with self._reader.begin() as connection:
            row = connection.execute(select(batches).where(key)).one_or_none() if batch.isascii() else None
            if row is None:
                raise NotFound(
                    f"There is no batch {batch[:50]!a}.",
                    hint="The list of batches shows the ones that exist.",
                )
            return _with_counts(connection, [row])[0]

    def of_run(self, run: RunId) -> tuple[Batch, int] | None:
        return self._one(batch_rows.c.run == run)

    def place(self, run: RunId) -> BatchPlace | None:
        query = (
            select(batches.c.id, batches.c.number, batches.c.title, batch_rows.c.row)
            .join(batch_rows, batch_rows.c.batch == batches.c.id)
            .where(batch_rows.c.run == run)
            .limit(1)
        )
        with self._reader.begin() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return BatchPlace(id=BatchId(row.id), number=row.number, title=row.title, row=row.row)

    def of_chain(self, chain: RunId) -> tuple[Batch, int] | None:
        return self._one(batch_rows.c.run.in_(select(runs.c.id).where(runs.c.chain == chain)))

    def _one(self, which: ColumnElement[bool]) -> tuple[Batch, int] | None:
        query = select(batches, batch_rows.c.row).join(batch_rows, batch_rows.c.batch == batches.c.id)
        query = query.where(which).order_by(batches.c.number, batch_rows.c.row).limit(1)
        with self._reader.begin() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else (_with_counts(connection, [row])[0], row.row)

    def newest(self, *, limit: int, before: int | None = None) -> Sequence[Batch]:
        query = select(batches).order_by(batches.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(batches.c.number < before)
        with self._reader.begin() as connection:
            return _with_counts(connection, connection.execute(query).all())

    def rows(
        self,
        batch: BatchId,
        *,
        limit: int,
        after: int = 0,
        statuses: frozenset[RunStatus] = frozenset(),
    ) -> Sequence[tuple[int, Run]]:
        query = (
            select(batch_rows.c.row.label("batch_row"), runs)
            .join(runs, runs.c.id == batch_rows.c.run)
            .where(batch_rows.c.batch == batch, batch_rows.c.row > after)
            .order_by(batch_rows.c.row)
            .limit(limit)
        )
        if statuses:
            query = query.where(runs.c.status.in_([status.value for status in statuses]))
        with self._reader.begin() as connection:
            found = connection.execute(query).all()
            made: dict[str, list[Any]] = {}
            ids = [row.id for row in found]
            for row in connection.execute(
                select(artifacts).where(artifacts.c.run.in_(ids)).order_by(artifacts.c.id)
            ):
                made.setdefault(row.run, []).append(row)
        return [
            (
                row.batch_row,
                run_of(
                    row,
                    artifacts=tuple(
                        artifact_of(one) for one in made.get(row.id, ()) if one.attempt == row.attempt
                    ),
                ),
            )
            for row in found
        ]

    def under_way(self, batch: BatchId) -> UnderWay:
        place = (runs.c.owner, runs.c.priority, runs.c.queue_place, runs.c.number)
        query = (
            select(runs.c.status, *place)
            .join(batch_rows, batch_rows.c.run == runs.c.id)
            .where(batch_rows.c.batch == batch, runs.c.status.in_(_OPEN))
            .order_by(*place)
        )
        with self._reader.begin() as connection:
            found = connection.execute(query).all()
            running = [row.number for row in found if row.status == _RUNNING]
            waiting = [row for row in found if row.status != _RUNNING]
            some = [row.number for row in waiting[:: max(1, math.ceil(len(waiting) / _SOME))]]
            asked = select(runs.c.id, runs.c.number, runs.c.params).where(
                is_among(connection, runs.c.number, [*running, *some])
            )
            read = {row.number: row for row in connection.execute(asked)}
            ahead = 0
            if first := next((row for row in waiting if row.status == RunStatus.QUEUED.value), None):
                before = select(func.count()).where(
                    runs.c.status == QUEUED,
                    runs.c.owner == first.owner,
                    tuple_(*place[1:]) < (first.priority, first.queue_place, first.number),
                )
                ahead = int(connection.execute(before).scalar_one())
        return UnderWay(
            waiting=len(waiting),
            some=[json.loads(read[number].params) for number in some],
            running={RunId(read[number].id): json.loads(read[number].params) for number in running},
            ahead=ahead,
        )

    # -- all of them at once ------------------------------------------------------------------------------------

    def cancel(self, batch: BatchId) -> tuple[int, Sequence[Run]]:
        of_batch = runs.c.id.in_(select(batch_rows.c.run).where(batch_rows.c.batch == batch))
        with self._engine.begin() as connection:
            # Those that wait first: what a worker takes meanwhile is asked to end with those that run.
            waited = _changed(connection, of_batch, _WAITS, canceled())
            asked = _changed(connection, of_batch, [_RUNNING], {"cancel_requested": True})
            return len(waited) + len(asked), _runs_of(connection, [*asked, *waited[-_TOLD:]])

    def requeue(self, batch: BatchId, *, attempts: int = 1) -> tuple[int, Sequence[Run]]:
        of_batch = runs.c.id.in_(select(batch_rows.c.run).where(batch_rows.c.batch == batch))
        with self._engine.begin() as connection:
            again = _changed(connection, of_batch, AGAIN, requeued(attempts))
            awaited = select(runs.c.id).where(of_batch, runs.c.awaited)
            revive(connection, set(again) & set(connection.execute(awaited).scalars()))
            return len(again), _runs_of(connection, again[-_TOLD:])

    def replace(self, batch: BatchId, new: Mapping[RunId, Run], *, attempts: int = 1) -> int:
        with self._engine.begin() as connection:
            # Locked, so that of two who ask at the same moment one finds nothing left to do, and no run is tried again
            # beside the one that takes its row.
            held = (
                select(batch_rows.c.row, batch_rows.c.run)
                .join(runs, runs.c.id == batch_rows.c.run)
                .where(batch_rows.c.batch == batch, runs.c.status.in_(AGAIN))
                .order_by(batch_rows.c.row)
                .with_for_update(of=[batch_rows, runs])
            )
            places = {row.run: row.row for row in connection.execute(held) if row.run in new}
            if not places:
                return 0
            insert_runs(connection, [new[old] for old in places], attempts)
            connection.execute(
                update(batch_rows)
                .where(batch_rows.c.batch == batch, batch_rows.c.row == bindparam("at_row"))
                .values(run=bindparam("new_run")),
                [{"at_row": place, "new_run": new[old].id} for old, place in places.items()],
            )
            return len(places)


def _changed(
    connection: Connection, which: ColumnElement[bool], statuses: Sequence[str], values: Mapping[str, Any]
) -> list[str]:
    """Ids of those that were changed, the last one asked for at the end."""
    statement = update(runs).where(which, runs.c.status.in_(statuses)).values(values)
    changed = connection.execute(statement.returning(runs.c.number, runs.c.id)).all()
    return [row.id for row in sorted(changed, key=lambda row: row.number)]


def _runs_of(connection: Connection, ids: Sequence[str]) -> list[Run]:
    found = {row.id: run_of(row) for row in connection.execute(select(runs).where(runs.c.id.in_(ids)))}
    return [found[each] for each in ids]


def batch_values(batch: Batch) -> dict[str, Any]:
    """The columns of a new batch."""
    return {
        "id": batch.id,
        "tool": batch.tool,
        "version": batch.version,
        "owner": batch.owner,
        "title": batch.title,
        "rows": batch.rows,
        "created_at": batch.created_at,
    }


def _with_counts(connection: Connection, found: Sequence[Row[Any]]) -> list[Batch]:
    counted: dict[str, dict[RunStatus, int]] = {row.id: {} for row in found}
    query = (
        select(batch_rows.c.batch, runs.c.status, func.count().label("runs"))
        .join(runs, runs.c.id == batch_rows.c.run)
        .where(batch_rows.c.batch.in_(list(counted)))
        .group_by(batch_rows.c.batch, runs.c.status)
    )
    for row in connection.execute(query):
        counted[row.batch][RunStatus(row.status)] = row.runs
    return [
        Batch(
            id=BatchId(row.id),
            number=row.number,
            tool=ToolName(row.tool),
            version=Digest(row.version),
            owner=row.owner,
            title=row.title,
            created_at=row.created_at,
            rows=row.rows,
            by_status=counted[row.id],
        )
        for row in found
    ]
