"""What ended runs left, what refers to it, and what was freed of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, func, insert, or_, select, union_all, update

from ..core.ids import ArtifactId, Digest, RunId
from ..core.retention import KEEP_TAG, Freed, Kept, Left
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

#: Rows that are read, or written, at once.
_BATCH = 2_000
_NUMBER = re.compile(r"#(\d{1,18})")
#: Cleanings that are remembered.
_REMEMBERED = 100


class SqlRetentionStore:
    """`core.ports.RetentionStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)
        #: The newest run when it was last asked what refers to artifacts.
        self._seen = 0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def left(self, kind: Kept) -> Iterator[Left]:
        """Of ended runs, the newest first; what was freed is not among it."""
        pinned = self._pinned() if kind is Kept.ARTIFACT else None
        before: int | None = None
        while page := self._page(kind, before):
            for row in page:
                before = row.of_number
                yield _left(kind, row, pinned)

    def _pinned(self) -> _Pinned:
        with self._reader.begin() as connection:
            self._seen = connection.scalar(select(func.max(runs.c.number))) or 0
            return _Pinned(connection)

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
        ids = {one.left.artifact for one in freed}
        digests = sorted({one.left.digest for one in freed if one.left.digest is not None})
        found: set[Digest] = set()
        with self._reader.begin() as connection:
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

    def free(self, freed: Sequence[Freed], at: datetime) -> Sequence[Freed]:
        """Write down that they are freed, and what of them is to be removed from the store; those that were."""
        done: list[Freed] = []
        for start in range(0, len(freed), _BATCH):
            with self._engine.begin() as connection:
                # What somebody has named since it was chosen stays.
                pinned = _Pinned(connection, above=self._seen)
                some = [one for one in freed[start : start + _BATCH] if not pinned.has_left(one.left)]
                # Nobody takes a result of them meanwhile.
                of_some = {one.left.run for one in some}
                lock(within(connection), connection.dialect.name, of_some)
                for one in some:
                    self._free(connection, one, {"freed_at": at, "freed_by": one.rule})
            done += some
        return done

    def _free(self, connection: Connection, one: Freed, said: dict[str, Any]) -> None:
        left = one.left
        if left.kind is Kept.LOG:
            of_attempt = (attempts.c.run == left.run, attempts.c.number == left.attempt)
            connection.execute(update(attempts).where(*of_attempt).values(said))
            connection.execute(insert_new(connection, leaving, kind="log", key=f"{left.run}/{left.attempt}"))
        else:
            connection.execute(update(artifacts).where(artifacts.c.id == left.artifact).values(said))
            # No run takes its results any more.
            connection.execute(delete(reusable).where(reusable.c.run == left.run))
            connection.execute(insert_new(connection, leaving, kind="content", key=str(left.digest)))

    def leaving_logs(self) -> Sequence[tuple[RunId, int]]:
        with self._reader.begin() as connection:
            keys = connection.scalars(
                select(leaving.c.key).where(leaving.c.kind == "log").limit(_BATCH)
            ).all()
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

    def remember(self, at: datetime, summary: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(cleanings).values(at=at, summary=summary))
            kept = select(cleanings.c.number).order_by(cleanings.c.number.desc()).limit(_REMEMBERED)
            connection.execute(delete(cleanings).where(cleanings.c.number.not_in(kept)))

    def cleanings(self, limit: int) -> Sequence[dict[str, Any]]:
        """The newest first."""
        query = select(cleanings.c.summary).order_by(cleanings.c.number.desc()).limit(limit)
        with self._reader.begin() as connection:
            return [dict(one) for one in connection.scalars(query)]


def _others(digests: Sequence[str]) -> Any:
    """Contents that are other things than artifacts: code, pages, uploads."""
    return union_all(
        select(tools.c.code).where(tools.c.code.in_(digests)),
        select(dashboards.c.digest).where(dashboards.c.digest.in_(digests)),
        select(uploads.c.digest).where(uploads.c.digest.in_(digests)),
    )


def _left(kind: Kept, row: Any, pinned: _Pinned | None) -> Left:
    is_log = kind is Kept.LOG
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
        pinned=bool(row.keeps) or (pinned is not None and pinned.has(row.id, row.run, row.of_number)),
    )


class _Pinned:
    """What presets, schedules, other runs, batches and notes refer to."""

    def __init__(self, connection: Connection, above: int = 0) -> None:
        """``above``: of runs, only the newer ones."""
        self._artifacts: set[str] = set()
        self._runs: set[str] = set()
        self._numbers: set[int] = set()
        for table in (presets, schedules, runs):
            # Both ways to name what a run left are an object with one of these keys.
            names = or_(table.c.params.contains('"artifact"'), table.c.params.contains('"run"'))
            query = select(table.c.params).where(names)
            for params in connection.scalars(query.where(runs.c.number > above) if table is runs else query):
                self._add(json.loads(params))
        for note in connection.scalars(select(runs.c.note).where(runs.c.note.contains("#"))):
            self._numbers |= {int(number) for number in _NUMBER.findall(note)}
        if not above:
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
