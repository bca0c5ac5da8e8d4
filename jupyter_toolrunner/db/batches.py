"""Batches in the database. `runs.py` keeps them together with their runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from ..core.batches import Batch
from ..core.errors import NotFound
from ..core.ids import BatchId, Digest, RunId, ToolName
from ..core.runs import Run, RunStatus
from .rows import artifact_of, run_of
from .tables import artifacts, batch_rows, batches, runs


class SqlBatchStore:
    """`core.ports.BatchStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
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
        query = (
            select(batches, batch_rows.c.row)
            .join(batch_rows, batch_rows.c.batch == batches.c.id)
            .where(batch_rows.c.run == run)
        )
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
