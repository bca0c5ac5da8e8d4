"""What ended runs left, what refers to it, and what was freed of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, exists, insert, or_, select, union_all, update

from ..core.ids import ArtifactId, Digest, RunId
from ..core.retention import IN_USE, KEEP_TAG, Cleaning, Freed, Kept, Left, numbers_in
from ..core.runs import Params
from ..core.values import each
from .dialect import insert_new
from .prepared import within
from .reuse import lock
from .tables import (
    artifacts,
    attempts,
    batch_rows,
    cleanings,
    dashboards,
    leaving,
    presets,
    reusable,
    run_tags,
    runs,
    schedules,
    tools,
    uploads,
)

#: Rows that are read at once, and what is freed in one transaction.
_BATCH, _WRITTEN = 2_000, 200
#: Cleanings that are remembered.
_REMEMBERED = 100


class SqlRetentionStore:
    """`core.ports.RetentionStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def left(self, kind: Kept, named: Iterable[Params] = ()) -> Iterator[Left]:
        """Of ended runs, the newest first; what was freed is not among it. ``named``: params that are not in here."""
        pinned = self._pinned(named) if kind is Kept.ARTIFACT else None
        lately = self.now() - IN_USE
        before: int | None = None
        while page := self._page(kind, before):
            for row in page:
                before = row.of_number
                yield _left(kind, row, pinned, lately)

    def _pinned(self, named: Iterable[Params]) -> _Pinned:
        with self._reader.begin() as connection:
            return _Pinned(connection, named)

    def _page(self, kind: Kept, before: int | None) -> Sequence[Any]:
        """All of some runs."""
        table = attempts if kind is Kept.LOG else artifacts
        what = table.c.log_size > 0 if kind is Kept.LOG else table.c.digest.is_not(None)
        found = select(runs.c.number).where(
            runs.c.finished_at.is_not(None),
            exists().where(table.c.run == runs.c.id, table.c.freed_at.is_(None), what),
        )
        if before is not None:
            found = found.where(runs.c.number < before)
        numbers = found.order_by(runs.c.number.desc()).limit(_BATCH)
        keeps = exists().where(run_tags.c.run == runs.c.id, run_tags.c.tag == KEEP_TAG)
        query = (
            select(
                table,
                runs.c.number.label("of_number"),
                runs.c.tool,
                runs.c.owner,
                runs.c.finished_at.label("ended_at"),
                keeps.label("keeps"),
            )
            .join(runs, runs.c.id == table.c.run)
            .where(runs.c.number.in_(numbers), table.c.freed_at.is_(None), what)
            .order_by(runs.c.number.desc())
        )
        with self._reader.begin() as connection:
            return connection.execute(query).all()

    def needed(self, freed: Sequence[Freed]) -> frozenset[Digest]:
        """Of the contents of these, those that something else has too."""
        with self._reader.begin() as connection:
            return _needed(connection, freed)

    def free(
        self,
        freed: Sequence[Freed],
        tell: Callable[[Sequence[Freed], frozenset[Digest]], Cleaning],
        named: Iterable[Params] = (),
    ) -> Cleaning:
        """Write down that they are freed, what of them is to be removed from the store, and that of the cleaning.

        Some at a time, so that nobody who writes waits for long; what was freed is told in the same transaction.
        """
        number, total = None, tell((), frozenset())
        # Asked again, before anybody waits for it: what somebody has named since it was chosen stays. What is named from
        # here on is marked before, and passed over below. Logs have no names.
        pinned = self._pinned(named) if any(one.left.artifact for one in freed) else None
        chosen = [one for one in freed if pinned is None or not pinned.has_left(one.left)]
        for start in range(0, len(chosen), _WRITTEN):
            with self._engine.begin() as connection:
                batch = chosen[start : start + _WRITTEN]
                # Nobody takes a result of them meanwhile.
                whose = {one.left.run for one in batch if one.left.artifact is not None}
                lock(within(connection), connection.dialect.name, whose)
                some = [one for one in batch if self._free(connection, one, total.at)]
                if some:
                    total = total.plus(tell(some, _needed(connection, some)))
                    number = self._remember(connection, total, number)
        if number is None:
            self._remember_none(total)
        return total

    def _free(self, connection: Connection, one: Freed, at: datetime) -> bool:
        """Whether it was there still, and nobody wants it: another cleaning may have come first."""
        left, said = one.left, {"freed_at": at, "freed_by": one.rule}
        table: Table
        if left.kind is Kept.LOG:
            table, which = attempts, (attempts.c.run == left.run, attempts.c.number == left.attempt)
            kind, key = "log", f"{left.run}/{left.attempt}"
        else:
            unused = or_(artifacts.c.used_at.is_(None), artifacts.c.used_at < at - IN_USE)
            table, which = artifacts, (artifacts.c.id == left.artifact, unused)
            kind, key = "content", str(left.digest)
        keeps = exists().where(run_tags.c.run == left.run, run_tags.c.tag == KEEP_TAG)
        there = (*which, table.c.freed_at.is_(None), ~keeps)
        changed = connection.execute(update(table).where(*there).values(said))
        if changed.rowcount == 0:
            return False
        if left.kind is Kept.ARTIFACT:
            # No run takes its results any more.
            connection.execute(delete(reusable).where(reusable.c.run == left.run))
        connection.execute(insert_new(connection, leaving, kind=kind, key=key))
        return True

    def _remember(self, connection: Connection, cleaning: Cleaning, number: int | None) -> int:
        """Its number; ``number``: where it was written down before, when less was freed."""
        values = {"at": cleaning.at, "summary": cleaning.to_json()}
        if number is not None:
            connection.execute(update(cleanings).where(cleanings.c.number == number).values(values))
            return number
        new = connection.scalar(insert(cleanings).values(values).returning(cleanings.c.number))
        kept = select(cleanings.c.number).order_by(cleanings.c.number.desc()).limit(_REMEMBERED)
        connection.execute(delete(cleanings).where(cleanings.c.number.not_in(kept)))
        return int(new or 0)

    def _remember_none(self, cleaning: Cleaning) -> None:
        """Of those that freed nothing only the last is of interest."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(cleanings.c.number, cleanings.c.summary)).all()
            empty = [row.number for row in rows if not row.summary["logs"] and not row.summary["artifacts"]]
            connection.execute(delete(cleanings).where(cleanings.c.number.in_(empty)))
            self._remember(connection, cleaning, None)

    def leaving_logs(self, after: str) -> Sequence[tuple[RunId, int]]:
        query = select(leaving.c.key).where(leaving.c.kind == "log", leaving.c.key > after)
        with self._reader.begin() as connection:
            keys = connection.scalars(query.order_by(leaving.c.key).limit(_BATCH)).all()
        pairs = (key.partition("/") for key in keys)
        return [(RunId(run), int(attempt)) for run, _, attempt in pairs]

    def leaving_contents(self, after: str) -> Sequence[tuple[Digest, bool]]:
        """Behind a digest, each with whether something has it after all."""
        query = select(leaving.c.key).where(leaving.c.kind == "content", leaving.c.key > after)
        with self._reader.begin() as connection:
            some = connection.scalars(query.order_by(leaving.c.key).limit(_BATCH)).all()
            had = select(artifacts.c.digest).where(
                artifacts.c.digest.in_(some), artifacts.c.freed_at.is_(None)
            )
            needed = {*connection.scalars(had), *connection.scalars(_others(some))}
        return [(Digest(key), key in needed) for key in some]

    def is_gone(self, kind: Kept, key: str) -> None:
        """It left the store, or stays for good."""
        name = "log" if kind is Kept.LOG else "content"
        with self._engine.begin() as connection:
            connection.execute(delete(leaving).where(leaving.c.kind == name, leaving.c.key == key))

    def cleanings(self, limit: int) -> Sequence[dict[str, Any]]:
        """The newest first."""
        query = select(cleanings.c.summary).order_by(cleanings.c.number.desc()).limit(limit)
        with self._reader.begin() as connection:
            return [dict(one) for one in connection.scalars(query)]


def _needed(connection: Connection, freed: Sequence[Freed]) -> frozenset[Digest]:
    ids = {one.left.artifact for one in freed}
    digests = sorted({one.left.digest for one in freed if one.left.digest is not None})
    found: set[Digest] = set()
    for start in range(0, len(digests), _BATCH):
        some = digests[start : start + _BATCH]
        rows = connection.execute(
            select(artifacts.c.id, artifacts.c.digest).where(
                artifacts.c.digest.in_(some), artifacts.c.freed_at.is_(None)
            )
        )
        found |= {Digest(row.digest) for row in rows if row.id not in ids}
        found |= {Digest(row) for row in connection.scalars(_others(some))}
    return frozenset(found)


def _others(digests: Sequence[str]) -> Any:
    """Contents that are other things than artifacts: code, pages, uploads."""
    return union_all(
        select(tools.c.code).where(tools.c.code.in_(digests)),
        select(dashboards.c.digest).where(dashboards.c.digest.in_(digests)),
        select(uploads.c.digest).where(uploads.c.digest.in_(digests)),
    )


def _left(kind: Kept, row: Any, pinned: _Pinned | None, lately: datetime) -> Left:
    is_log = kind is Kept.LOG
    in_use = not is_log and row.used_at is not None and row.used_at >= lately
    return Left(
        kind=kind,
        run=RunId(row.run),
        number=row.of_number,
        tool=row.tool,
        owner=row.owner,
        finished_at=row.ended_at,
        attempt=row.number if is_log else row.attempt,
        size=row.log_size if is_log else row.size,
        artifact=None if is_log else ArtifactId(row.id),
        name="" if is_log else row.name,
        digest=None if is_log else Digest(row.digest),
        pinned=bool(row.keeps)
        or in_use
        or (pinned is not None and pinned.has(row.id, row.run, row.of_number)),
    )


class _Pinned:
    """What presets, schedules, other runs, batches and notes refer to."""

    def __init__(self, connection: Connection, named: Iterable[Params]) -> None:
        self._artifacts: set[str] = set()
        self._runs: set[str] = set()
        self._numbers: set[int] = set()
        for table in (presets, schedules, runs):
            # Both ways to name what a run left are an object with one of these keys.
            names = or_(table.c.params.contains('"artifact"'), table.c.params.contains('"run"'))
            for params in connection.scalars(select(table.c.params).where(names)):
                self._add(json.loads(params))
        for one in named:
            self._add(one)
        for note in connection.scalars(select(runs.c.note).where(runs.c.note.contains("#"))):
            self._numbers |= set(numbers_in(note))
        self._runs |= set(connection.scalars(select(batch_rows.c.run)))

    def _add(self, params: Any) -> None:
        for _field, value in each(params):
            if isinstance(value, dict):
                self._artifacts |= {str(value["artifact"])} if "artifact" in value else set()
                self._runs |= {str(value["run"])} if "run" in value else set()

    def has(self, artifact: str, run: str, number: int) -> bool:
        if artifact in self._artifacts or run in self._runs:
            return True
        return number in self._numbers or str(number) in self._runs

    def has_left(self, left: Left) -> bool:
        return left.artifact is not None and self.has(left.artifact, left.run, left.number)
