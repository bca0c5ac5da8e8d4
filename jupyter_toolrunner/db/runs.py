"""Runs in the database: the one truth about what was asked for and what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from ..core.artifacts import Artifact
from ..core.batches import Batch
from ..core.errors import Conflict, KeyReused, LeaseLost, NotFound, not_waiting
from ..core.history import RunFilter
from ..core.ids import Digest, RunId, WorkerId
from ..core.labels import checked_tags
from ..core.ports import ArtifactFilter, Claim, Lease, Outcome, RunEdit, Running, TagUse
from ..core.queue import Limits
from ..core.retention import freed_sentence
from ..core.runs import Progress, Reason, Run, RunError, RunStatus
from ..core.tools import Delivery
from . import reuse, uses
from .batches import batch_values
from .clock import now_seconds
from .dialect import insert_new
from .engine import snapshots
from .followers import (
    first_status,
    keep_awaited,
    revive,
    status_again,
    stop_waiting,
    waits_for_result,
)
from .locks import AdvisoryLock
from .prepared import Prepared, Transaction, look, transaction, within
from .rows import artifact_of, params_text, run_of, run_values, upload_of
from .run_changes import AGAIN, INSERT, canceled, new_values, requeued
from .run_counts import counts
from .run_queries import chain_of, in_chains, newest
from .serving import served
from .tables import artifacts, attempts, batch_rows, batches, environments, offers, run_tags, runs, uploads
from .turns import PLACE_STEP, QUEUED, RUNNING, SERVED, last_place, limit_values, next_run
from .whole import (
    ARTIFACTS,
    ATTEMPTS,
    RUN,
    STATUS,
    artifact_with_run,
    asked_for,
    not_found,
    whole_of,
    whole_run,
)

_QUEUED, _RUNNING = RunStatus.QUEUED.value, RunStatus.RUNNING.value
_WAITING = RunStatus.WAITING.value
_WAITS = (_QUEUED, _WAITING)
#: Values that one statement asks for.
_AT_ONCE = 500
#: Between two statements of a claim.
_IDLE_SECONDS = 10


class SqlRunStore:
    """`core.ports.RunStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, place: str | None = None, limits: Limits | None = None) -> None:
        """``place``: claim only what the workers of this place have; all where there is no other."""
        self._engine = engine
        self._place = {} if place is None else {"of_place": place}
        self._limits = limit_values(limits or Limits())
        #: Two who counted what runs at the same moment would both find room for one more. SQLite has one who writes anyway.
        self._takes_turns = engine.dialect.name == "postgresql"
        self._dialect = engine.dialect.name
        self._served = _SERVED[self._dialect]
        self._any_queued = _ANY_QUEUED if place is None else _ANY_FOR_PLACE
        self._claim_first = _CLAIM_FIRST if place is None else _CLAIM_FIRST_FOR_PLACE
        self._claim = _CLAIM if place is None else _CLAIM_FOR_PLACE
        # The same connection pool; only the kind of BEGIN differs.
        self._reader = engine.execution_options(read_only=True)
        self._history_reader = snapshots(engine)
        # A submit is a promise to whoever asked; a worker may take it up before the disk has it.
        self._accepting = engine.execution_options(accepting=True)
        # A claim and a lease are no promise to anybody: they need not be synced, a submit and a finish must.
        self._relaxed = engine.execution_options(relaxed=True)
        #: Digests of the environments that are kept, and the last one with its digest.
        self._environments: set[str] = set()
        self._last_environment: tuple[Mapping[str, Any] | None, str] = (None, "")

    # -- submitting ---------------------------------------------------------------------------------------------

    def insert(
        self,
        run: Run,
        *,
        attempts: int = 1,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
        committed: Callable[[Run], None] = lambda _run: None,
    ) -> tuple[Run, bool]:
        values = new_values(run, attempts) | {
            "idempotency_key": idempotency_key,
            "request_digest": request_digest,
        }
        try:
            if run.after is not None:
                follower = self._insert_follower(run, values)
                committed(follower)
                return follower, True
            with transaction(self._accepting) as hot:
                if run.reuse is not None:
                    kept = self._insert_taker(hot, run, values)
                else:
                    kept = run_of(hot.one(_INSERT_RUN, values))
                hot.then(lambda: committed(kept))
            return kept, True
        except (self._engine.dialect.loaded_dbapi.IntegrityError, IntegrityError):
            if idempotency_key is None:
                raise
        # Whoever asked first may not have been told that the disk has it.
        with transaction(self._accepting), self._reader.begin() as connection:
            row = self._same_request(connection, run.owner, idempotency_key, request_digest)
            found = self._whole(connection, row)
        return found, False

    def _insert_taker(self, hot: Transaction, run: Run, values: Mapping[str, Any]) -> Run:
        if not reuse.takers([run]):
            return run_of(hot.one(_INSERT_TAKER, values))
        taken = reuse.taken_values(hot, self._dialect, values)
        if taken is None:
            row = hot.one(_INSERT_TAKER, values)
            return run_of(reuse.join(hot, self._dialect, row.id, row.reuse_key) or row)
        row = hot.one(_INSERT_TAKER, taken[0])
        copies = reuse.keep_artifacts(hot, row.id, 0, taken[1])
        return run_of(row, artifacts=tuple(map(artifact_of, copies)))

    def _insert_follower(self, run: Run, values: Mapping[str, Any]) -> Run:
        assert run.after is not None
        with transaction(self._engine) as hot:
            # First of all, so that a request that is repeated is known as such.
            insert_it = _INSERT_RUN if run.reuse is None else _INSERT_TAKER
            row = hot.one(insert_it, {**values, "status": _WAITING})
            status = first_status(hot, self._dialect, run.after)
            keep_awaited(hot, run, status)
            if status is not RunStatus.WAITING:
                row = hot.one(_TELL_STATUS, {"of_run": run.id, "new_status": status.value})
            return run_of(row)

    def insert_all(
        self,
        new: Sequence[Run],
        *,
        batch: Batch | None = None,
        attempts: int = 1,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
    ) -> tuple[Sequence[Run], bool]:
        now = _now()
        values = [
            run_values(run, now)
            | {
                "attempts_left": attempts,
                "idempotency_key": None if idempotency_key is None else _key_of(idempotency_key, place),
                "request_digest": request_digest,
            }
            for place, run in enumerate(new)
        ]
        try:
            with transaction(self._accepting) as hot:
                line = {"of_owner": new[0].owner, "of_priority": new[0].priority.rank}
                last = hot.one(_LAST_PLACE, line).place
                insert_it = _INSERT_RUNS if new[0].reuse is None else _INSERT_TAKERS
                for behind, each in enumerate(values):
                    each["queue_place"] = last + behind * PLACE_STEP
                hot.execute_each(insert_it, values)
                if batch is not None:
                    hot.execute(_INSERT_BATCH, batch_values(batch))
                    rows = [
                        {"batch": batch.id, "row": place, "run": run.id} for place, run in enumerate(new, 1)
                    ]
                    hot.execute_each(_INSERT_BATCH_ROWS, rows)
                joined = reuse.join_all(hot, self._dialect, new)
        except self._engine.dialect.loaded_dbapi.IntegrityError:
            if idempotency_key is None:
                raise
        else:
            numbers = self._numbers([run.id for run in new])
            kept = [run.kept(number=numbers[run.id], created_at=now, attempts_left=attempts) for run in new]
            return [run_of(joined[run.id]) if run.id in joined else run for run in kept], True
        owner = new[0].owner
        with transaction(self._accepting), self._reader.begin() as connection:
            self._same_request(connection, owner, _key_of(idempotency_key, 0), request_digest)
        keys = [_key_of(idempotency_key, place) for place in range(len(new))]
        return self._in_order(runs.c.idempotency_key, keys, runs.c.owner == owner), False

    def _numbers(self, ids: Sequence[str]) -> Mapping[str, int]:
        """What the database gave each: all else is as it was said."""
        found: dict[str, int] = {}
        with transaction(self._reader) as hot:
            for row in hot.all(_NUMBERS, {"first": min(ids), "last": max(ids)}):
                found[row.id] = row.number
        return found

    def _in_order(self, by: Column[Any], values: Sequence[str], *which: ColumnElement[bool]) -> Sequence[Run]:
        found: dict[str, Run] = {}
        with self._reader.begin() as connection:
            for start in range(0, len(values), _AT_ONCE):
                these = by.in_(values[start : start + _AT_ONCE])
                for row in connection.execute(select(runs).where(these, *which)):
                    found[getattr(row, by.name)] = run_of(row)
        return [found[value] for value in values]

    def _same_request(
        self, connection: Connection, owner: str, key: str, request_digest: str | None
    ) -> Row[Any]:
        row = connection.execute(
            select(runs).where(runs.c.owner == owner, runs.c.idempotency_key == key)
        ).one_or_none()
        if row is None or row.request_digest != request_digest:
            which = "" if row is None else f", run #{row.number}"
            raise KeyReused(
                f"The key {key!r} was used for another request{which}.",
                hint="Send each new request with a key of its own.",
            )
        return row

    # -- reading ------------------------------------------------------------------------------------------------

    def get(self, run: str) -> Run:
        asked = asked_for(run)
        with transaction(self._reader) as hot:
            found = whole_run(hot, asked)
        if found is None:
            raise not_found(run)
        return found

    def status(self, run: str) -> RunStatus:
        row = look(self._reader, STATUS, asked_for(run))
        if row is None:
            raise not_found(run)
        return RunStatus(row.status)

    def before(self, run: Run) -> tuple[Run | None, Run | None]:
        tool, good = frozenset({str(run.tool)}), frozenset({RunStatus.SUCCEEDED})
        ended = good | {RunStatus.FAILED}
        with self._history_reader.begin() as connection:
            last, last_good = (
                self._numbered(
                    connection, newest(connection, RunFilter(tools=tool, statuses=these), run.number)
                )
                for these in (ended, good)
            )
        return last, last_good

    def chain(self, run: RunId, *, limit: int) -> Sequence[Run]:
        # A union keeps each run once, so that the walk ends whatever the rows say.
        up = select(runs.c.id, runs.c.origin).where(runs.c.id == run).cte("up", recursive=True)
        up = up.union(select(runs.c.id, runs.c.origin).join(up, runs.c.id == up.c.origin))
        with self._reader.begin() as connection:
            begun = connection.execute(select(chain_of(runs.c)).where(runs.c.id == run)).scalar()
            found = (
                select(runs)
                .where(in_chains([] if begun is None else [begun]))
                .order_by(runs.c.id.in_(select(up.c.id)).desc(), runs.c.number.desc())
                .limit(limit)
            )
            return [run_of(row) for row in connection.execute(found)]

    def _numbered(self, connection: Connection, number: int | None) -> Run | None:
        row = connection.execute(select(runs).where(runs.c.number == number)).one_or_none()
        return None if row is None else self._whole(connection, row)

    def artifact(self, artifact: str) -> tuple[Artifact, Run | None]:
        if not artifact.isascii() or "\0" in artifact:
            raise NotFound(f"There is no artifact {artifact[:50]!a}.")
        with transaction(self._reader) as hot:
            if (found := artifact_with_run(hot, artifact)) is not None:
                return found
        with self._reader.begin() as connection:
            whole = and_(uploads.c.id == artifact, uploads.c.digest.is_not(None))
            row = connection.execute(select(uploads).where(whole)).one_or_none()
        if row is None:
            raise NotFound(f"There is no artifact {artifact!r}.")
        return upload_of(row).to_artifact(), None

    def use_artifact(self, artifact: str) -> None:
        _there, freed = uses.mark(self._reader, self._relaxed, artifacts.c.id == artifact)
        if freed:
            raise _was_freed(freed[0])

    def use_output(self, run: str, name: str) -> None:
        which = and_(artifacts.c.run == run, artifacts.c.name == name)
        there, freed = uses.mark(self._reader, self._relaxed, which)
        if freed and not there:
            raise _was_freed(freed[0])

    def use_of_numbers(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            of_run = select(runs.c.id).where(runs.c.number == number).scalar_subquery()
            uses.mark(self._reader, self._relaxed, artifacts.c.run == of_run)

    def artifacts(
        self, where: ArtifactFilter, *, limit: int, before: str | None = None
    ) -> tuple[Sequence[tuple[Artifact, Run]], str | None]:
        # Ids are ordered by time.
        query = _fitting(where).order_by(artifacts.c.id.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(artifacts.c.id < before)
        with self._reader.begin() as connection:
            rows = connection.execute(query).all()
            made_by = {row.run for row in rows[:limit]}
            by_id = {
                row.id: run_of(row) for row in connection.execute(select(runs).where(runs.c.id.in_(made_by)))
            }
        items = [(artifact_of(row), by_id[row.run]) for row in rows[:limit]]
        return items, items[-1][0].id if len(rows) > limit else None

    def counts(self) -> Mapping[RunStatus, int]:
        are_open = RunFilter(statuses=frozenset(status for status in RunStatus if not status.is_final))
        with self._reader.begin() as connection:
            found = connection.execute(counts(connection, are_open, "status"))
            return {RunStatus(row.status): int(row.runs) for row in found}

    def _row(self, connection: Connection, run: str) -> Row[Any]:
        row = connection.execute(RUN.statement, asked_for(run)).one_or_none()
        if row is None:
            raise not_found(run)
        return row

    def _whole(self, connection: Connection, row: Row[Any]) -> Run:
        of_run = {"of_run": row.id}
        tried = connection.execute(ATTEMPTS.statement, of_run)
        return whole_of(row, tried.all(), connection.execute(ARTIFACTS.statement, of_run))

    # -- the life of an attempt ---------------------------------------------------------------------------------

    def claim(self, worker: WorkerId, lease_seconds: float, *, expected: bool = False) -> Claim | None:
        # Most looks find nothing, and a look disturbs nobody who writes.
        asked = self._limits | self._place if self._place else {}
        if not expected and look(self._reader, self._any_queued, asked) is None:
            return None
        now = _now()
        given = {
            "for_worker": worker,
            "lease_seconds": lease_seconds,
            "now": now,
            **self._limits,
            **self._place,
        }
        with transaction(self._relaxed) as hot:
            if self._takes_turns:
                hot.execute(_TAKE_TURN, {})
            row = hot.one(self._claim_first, given) or hot.one(self._claim, given)
            if row is None:
                return None
            hot.execute(self._served, {"owner": row.owner})
            hot.execute(
                _INSERT_ATTEMPT,
                {
                    "run": row.id,
                    "number": row.attempt,
                    "status": _RUNNING,
                    "worker": worker,
                    "started_at": now,
                },
            )
        return Claim(run=run_of(row), fence=row.attempt)

    def renew(self, run: RunId, fence: int, lease_seconds: float, progress: Progress | None = None) -> Lease:
        values: dict[str, Any] = {"lease_until": now_seconds() + lease_seconds}
        if progress is not None:
            values["progress"] = progress.to_json()
        statement = update(runs).where(_owned(run, fence)).values(values).returning(runs.c.cancel_requested)
        with self._relaxed.begin() as connection:
            row = connection.execute(statement).one_or_none()
        return Lease(held=row is not None, cancel_requested=bool(row and row.cancel_requested))

    def finish(
        self,
        run: RunId,
        fence: int,
        outcome: Outcome,
        artifacts: Sequence[Artifact],
        *,
        log_size: int = 0,
        log_tail: str = "",
        environment: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        again_after: float | None = None,
        reuse_key: Digest | None = None,
    ) -> Run:
        ended = {
            "of_run": run,
            "of_attempt": fence,
            **_ending(outcome.status, outcome.reason, outcome.error),
        }
        kept = {
            "log_size": log_size,
            "log_tail": log_tail,
            "environment": self._keep_environment(environment),
        }
        with transaction(self._engine) as hot:
            if progress is not None:
                told = {"of_run": run, "of_attempt": fence, "new_progress": progress.to_json()}
                hot.execute(_TELL_PROGRESS, told)
            row = None
            if again_after is not None:
                told = {**ended, "new_status": _WAITING, "again_after": again_after}
                row = hot.one(_WAIT, {name: told[name] for name in _WAIT_VALUES})
            row = row or hot.one(_END, ended)
            if row is None:
                raise LeaseLost
            hot.execute(_END_ATTEMPT, {**ended, **kept})
            if artifacts:
                hot.execute_each(_INSERT_ARTIFACT, [_artifact_values(run, one) for one in artifacts])
            if row.reuse is not None and outcome.status is RunStatus.SUCCEEDED:
                reuse.publish(hot, self._dialect, run, reuse_key)
        return run_of(row, artifacts=tuple(artifacts))

    def earlier(self, key: Digest) -> Run | None:
        row = look(self._reader, reuse.READY, {"of_key": key})
        return None if row is None else run_of(row)

    def result_contents(self, key: Digest) -> frozenset[Digest]:
        with transaction(self._reader) as hot:
            return frozenset(Digest(row.digest) for row in hot.all(reuse.CONTENTS, {"of_key": key}))

    def drop_result(self, key: Digest) -> None:
        with transaction(self._engine) as hot:
            hot.execute(reuse.DROP, {"of_key": key})

    def take_earlier(self, run: RunId, fence: int, key: Digest) -> Run | None:
        # Nearly always it is the one that others wait for, and a look disturbs nobody who writes.
        held = look(self._reader, reuse.HELD, {"of_key": key})
        if held is not None and held.run == run and not held.is_ready:
            return None
        with transaction(self._engine) as hot:
            joined = reuse.join_claimed(hot, self._dialect, run, fence, key)
            if joined is None:
                return None
            row, copies = joined
            if row.status != _WAITING:
                ended = {"of_run": run, "of_attempt": fence, **_ending(RunStatus.SUCCEEDED, None, None)}
                hot.execute(_END_ATTEMPT, {**ended, "log_size": 0, "log_tail": None, "environment": None})
            reuse.forget(hot, run)
        return run_of(row, artifacts=tuple(map(artifact_of, copies)))

    def _end(
        self,
        connection: Connection,
        run: RunId,
        fence: int,
        status: RunStatus,
        reason: Reason | None,
        error: RunError | None,
    ) -> Row[Any] | None:
        given = {"of_run": run, "of_attempt": fence, **_ending(status, reason, error)}
        return connection.execute(_END.statement, given).one_or_none()

    def _end_attempt(
        self,
        connection: Connection,
        run: RunId,
        number: int,
        status: RunStatus,
        reason: Reason | None,
        error: RunError | None,
        kept: Mapping[str, Any],
    ) -> None:
        given = {"of_run": run, "of_attempt": number, **_ending(status, reason, error), **kept}
        connection.execute(_END_ATTEMPT.statement, given)

    def _keep_environment(self, environment: Mapping[str, Any] | None) -> str | None:
        """Its digest; it is kept before the attempt that names it, once for all that meet the same."""
        if environment is None:
            return None
        if self._last_environment[0] is not environment:
            text = json.dumps(environment, sort_keys=True)
            self._last_environment = (environment, hashlib.sha256(text.encode()).hexdigest())
        digest = self._last_environment[1]
        if digest not in self._environments:
            with self._engine.begin() as connection:
                connection.execute(
                    insert_new(connection, environments, digest=digest, description=dict(environment))
                )
            self._environments.add(digest)
        return digest

    # -- what people ask of a run -------------------------------------------------------------------------------

    def request_cancel(self, run: RunId) -> Run:
        waits = and_(runs.c.id == run, runs.c.status.in_(_WAITS))
        with self._engine.begin() as connection:
            ended = connection.execute(
                update(runs).where(waits).values(canceled()).returning(runs)
            ).one_or_none()
            asked = (
                ended
                or connection.execute(
                    update(runs)
                    .where(runs.c.id == run, runs.c.status == _RUNNING)
                    .values(cancel_requested=True)
                    .returning(runs)
                ).one_or_none()
            )
            row = asked or self._row(connection, run)
            if asked is None and row.status != RunStatus.CANCELED.value:
                raise Conflict(f"Run #{row.number} ended already: {row.status}.", hint="Nothing was changed.")
            return self._whole(connection, row)

    def requeue(self, run: RunId, *, attempts: int = 1) -> Run:
        with self._engine.begin() as connection:
            row = connection.execute(
                update(runs)
                .where(runs.c.id == run, or_(runs.c.status.in_(AGAIN), _HAS_TAKEN))
                # One that took a result is not to take it again.
                .values(
                    {
                        **requeued(attempts),
                        "reuse": case((_HAS_TAKEN, false()), else_=runs.c.reuse),
                        "reused": None,
                    }
                )
                .returning(runs)
            ).one_or_none()
            if row is not None and (status := status_again(within(connection), row)) is not RunStatus.QUEUED:
                row = connection.execute(
                    update(runs).where(runs.c.id == run).values(status=status.value).returning(runs)
                ).one()
            # One that waits keeps the attempts that it has left.
            row = row or connection.execute(_queued(_is_timed(run))).one_or_none()
            if row is None:
                row = self._row(connection, run)
                if row.status == _WAITING:
                    raise Conflict(
                        f"Run #{row.number} waits for other runs.",
                        hint="Nothing was changed. Cancel it and run it again without them, or cancel them.",
                    )
                raise Conflict(
                    f"Run #{row.number} is {row.status}; only failed and canceled runs can be retried.",
                    hint="Submit it again to run the same values once more.",
                )
            if row.awaited:
                revive(connection, [row.id])
            return self._whole(connection, row)

    def edit(self, run: RunId, changes: RunEdit, *, by: str) -> Run:
        with self._engine.begin() as connection:
            # Locked, so that of two who add a tag at the same moment both are heard; rows that name the run, as the
            # index of values writes them, wait for nothing.
            locked = select(runs).where(runs.c.id == run).with_for_update(key_share=True)
            row = connection.execute(locked).one_or_none()
            if row is None:
                raise NotFound(f"There is no run {run!r}.")
            after = self._edited(row, changes)
            if changes.params is not None and row.reuse is not None:
                after |= self._parted(connection, row)
            where = runs.c.id == run
            if changes.needs_waiting:
                where = and_(where, runs.c.status.in_(_WAITS))
            changed = connection.execute(
                update(runs).where(where).values(after).returning(runs)
            ).one_or_none()
            if changed is None:
                raise not_waiting(row.number, row.status)
            self._index_tags(connection, changed, before=row.tags or [], by=by)
            return self._whole(connection, changed)

    def _parted(self, connection: Connection, row: Row[Any]) -> dict[str, Any]:
        """What changes of a run that is to be the same as others no longer."""
        reuse.forget(within(connection), row.id)
        part: dict[str, Any] = {"reuse_key": None}
        if waits_for_result(row):
            stop_waiting(within(connection), row.id)
            part |= {"status": _QUEUED, "queued_at": _now()}
        return part

    def _edited(self, row: Row[Any], changes: RunEdit) -> dict[str, Any]:
        """The columns that change."""
        tags = checked_tags(changes.tags_after(row.tags or []))
        values: dict[str, Any] = {"edits": runs.c.edits + 1, "tags": list(tags) if tags else null()}
        if changes.note is not None:
            values["note"] = changes.note or None
        if changes.params is not None:
            values["params"] = params_text(changes.params)
        if changes.priority is not None:
            values["priority"] = changes.priority.rank
        return values

    def _index_tags(self, connection: Connection, row: Row[Any], *, before: Sequence[str], by: str) -> None:
        now = row.tags or []
        if gone := [tag for tag in before if tag not in now]:
            connection.execute(delete(run_tags).where(run_tags.c.run == row.id, run_tags.c.tag.in_(gone)))
        fresh = {"run": row.id, "number": row.number, "added_by": by, "added_at": _now()}
        if added := [fresh | {"tag": tag} for tag in now if tag not in before]:
            connection.execute(insert(run_tags), added)

    def tags(self, *, limit: int) -> Sequence[TagUse]:
        query = (
            select(run_tags.c.tag, func.count().label("runs"))
            .group_by(run_tags.c.tag)
            .order_by(func.max(run_tags.c.number).desc(), run_tags.c.tag)
            .limit(limit)
        )
        with self._reader.begin() as connection:
            return [TagUse(tag=row.tag, runs=row.runs) for row in connection.execute(query)]

    # -- what the sweep needs -----------------------------------------------------------------------------------

    def running(self) -> Sequence[Running]:
        query = select(
            runs.c.id,
            runs.c.attempt,
            runs.c.worker,
            (func.coalesce(runs.c.lease_until, 0.0) < now_seconds()).label("lapsed"),
        ).where(_IS_RUNNING)
        with self._reader.begin() as connection:
            return [
                Running(
                    run=RunId(row.id), fence=row.attempt, worker=WorkerId(row.worker), lapsed=bool(row.lapsed)
                )
                for row in connection.execute(query)
            ]

    def lease(self, run: RunId, fence: int) -> Lease:
        with self._reader.begin() as connection:
            row = connection.execute(select(runs.c.cancel_requested).where(_owned(run, fence))).one_or_none()
        return Lease(held=row is not None, cancel_requested=bool(row and row.cancel_requested))

    def lose(self, run: RunId, fence: int, error: RunError, *, again_after: float = 0.0) -> Run | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(runs).where(_owned(run, fence))).one_or_none()
            if row is None:
                return None
            nothing = {"log_size": 0, "log_tail": None, "environment": None}
            self._end_attempt(connection, run, fence, RunStatus.FAILED, Reason.LOST_WORKER, error, nothing)
            if row.cancel_requested:
                ended = self._end(connection, run, fence, RunStatus.CANCELED, None, None)
            elif row.delivery != Delivery.AT_MOST_ONCE.value and row.attempts_left > 0:
                waits = {
                    "status": _WAITING,
                    "reason": Reason.LOST_WORKER.value,
                    "error": error.to_json(),
                    "ready_at": now_seconds() + again_after,
                }
                ended = connection.execute(
                    update(runs)
                    .where(_owned(run, fence))
                    .values(
                        lease_until=None,
                        progress=null(),
                        queued_at=_now(),
                        started_at=None,
                        **(waits if again_after else {"status": _QUEUED}),
                    )
                    .returning(runs)
                ).one()
            else:
                ended = self._end(connection, run, fence, RunStatus.FAILED, Reason.LOST_WORKER, error)
            assert ended is not None
            return run_of(ended)

    def queue_ready(self) -> Sequence[Run]:
        with self._reader.begin() as connection:
            if connection.execute(select(runs.c.number).where(_IS_READY).limit(1)).one_or_none() is None:
                return ()
        with self._engine.begin() as connection:
            return [run_of(row) for row in connection.execute(_queued(_IS_READY))]

    def next_queued(self) -> tuple[RunId, float] | None:
        query = select(runs.c.id, runs.c.queued_at).where(
            runs.c.number == next_run().params(self._limits).scalar_subquery()
        )
        with self._reader.begin() as connection:
            following = connection.execute(query, self._limits).one_or_none()
        if following is None:
            return None
        return RunId(following.id), max(0.0, (_now() - following.queued_at).total_seconds())


# -- statements that every run needs ------------------------------------------------------------------------------------

_INSERT_RUN = Prepared(INSERT.returning(runs), runs.c)
#: With what runs have that others may take results of, or that take some.
_INSERT_TAKER = Prepared(INSERT.returning(runs), runs.c)
_TELL_STATUS = Prepared(
    update(runs)
    .where(runs.c.id == bindparam("of_run"))
    .values(status=bindparam("new_status"))
    .returning(runs),
    runs.c,
)
#: Ids are ordered by time: among the runs of these moments there are few of others.
_NUMBERS = Prepared(
    select(runs.c.id, runs.c.number).where(
        runs.c.id.between(bindparam("first", type_=String), bindparam("last", type_=String))
    ),
    [runs.c.id, runs.c.number],
)
#: Of many: drivers answer no rows for those.
#: Of runs that stand in one line and were made from no others.
_INSERT_RUNS = Prepared(insert(runs))
_INSERT_TAKERS = Prepared(insert(runs))
_LAST_PLACE = Prepared(select(last_place().label("place")), [Column("place", BigInteger)])
_INSERT_BATCH = Prepared(insert(batches))
_INSERT_BATCH_ROWS = Prepared(insert(batch_rows))
_INSERT_ATTEMPT = Prepared(insert(attempts))
_INSERT_ARTIFACT = Prepared(insert(artifacts))
_IS_RUNNING = runs.c.status == RUNNING
_HAS_TAKEN = and_(runs.c.status == RunStatus.SUCCEEDED.value, runs.c.reused.is_not(None))
_IS_READY = runs.c.ready_at <= now_seconds()
#: Two workers that claim out of one PostgreSQL take turns by it.
#: Who stands still with it, as on a machine that was cut off, loses it: nobody else could claim anything.
_TAKE_TURN = Prepared(
    select(
        func.set_config("idle_in_transaction_session_timeout", f"{_IDLE_SECONDS}s", literal_column("true")),
        func.pg_advisory_xact_lock(literal_column(str(AdvisoryLock.CLAIM.value))),
    )
)
_SERVED = {dialect: Prepared(statement) for dialect, statement in SERVED.items()}


def _is_offered(first: Any) -> ColumnElement[bool]:
    return served(first.tool, first.version, offers.c.place == bindparam("of_place", type_=String))


def _claim(*which: Callable[[Any], ColumnElement[bool]], first_alone: bool = False) -> Prepared:
    following = next_run(*which, worker=True, first_alone=first_alone).scalar_subquery()
    claimed = (
        update(runs)
        .where(runs.c.number == following, runs.c.status == _QUEUED)
        .values(
            status=_RUNNING,
            attempt=runs.c.attempt + 1,
            attempts_left=runs.c.attempts_left - 1,
            worker=bindparam("for_worker", type_=String),
            lease_until=now_seconds() + bindparam("lease_seconds", type_=Float),
            started_at=bindparam("now"),
            finished_at=None,
            reason=None,
            error=None,
            progress=None,
        )
        .returning(runs)
    )
    return Prepared(claimed, runs.c)


_ANY_QUEUED = Prepared(select(runs.c.number).where(runs.c.status == QUEUED).limit(1), [runs.c.number])
_ANY_FOR_PLACE = Prepared(next_run(_is_offered), [runs.c.number])
_CLAIM, _CLAIM_FOR_PLACE = _claim(), _claim(_is_offered)
#: Nearly always enough, and sooner done where many tools wait.
_CLAIM_FIRST, _CLAIM_FIRST_FOR_PLACE = (
    _claim(first_alone=True),
    _claim(_is_offered, first_alone=True),
)
_END = Prepared(
    update(runs)
    .where(
        runs.c.id == bindparam("of_run"), runs.c.attempt == bindparam("of_attempt"), runs.c.status == _RUNNING
    )
    .values(
        status=bindparam("new_status"),
        reason=bindparam("new_reason"),
        error=bindparam("new_error"),
        lease_until=None,
        finished_at=bindparam("now"),
    )
    .returning(runs),
    runs.c,
)
#: As `_END`, of an attempt that is made again; not where somebody wants the end of it.
_WAIT = Prepared(
    update(runs)
    .where(
        runs.c.id == bindparam("of_run"),
        runs.c.attempt == bindparam("of_attempt"),
        runs.c.status == _RUNNING,
        ~runs.c.cancel_requested,
        runs.c.attempts_left > 0,
    )
    .values(
        status=bindparam("new_status"),
        reason=bindparam("new_reason"),
        error=bindparam("new_error"),
        lease_until=None,
        ready_at=now_seconds() + bindparam("again_after", type_=Float),
        queued_at=bindparam("now"),
        started_at=None,
    )
    .returning(runs),
    runs.c,
)
_WAIT_VALUES = ("of_run", "of_attempt", "new_status", "new_reason", "new_error", "again_after", "now")
_TELL_PROGRESS = Prepared(
    update(runs)
    .where(
        runs.c.id == bindparam("of_run"), runs.c.attempt == bindparam("of_attempt"), runs.c.status == _RUNNING
    )
    .values(progress=bindparam("new_progress")),
)
_END_ATTEMPT = Prepared(
    update(attempts)
    .where(attempts.c.run == bindparam("of_run"), attempts.c.number == bindparam("of_attempt"))
    .values(
        status=bindparam("new_status"),
        reason=bindparam("new_reason"),
        error=bindparam("new_error"),
        finished_at=bindparam("now"),
        log_size=bindparam("log_size"),
        log_tail=bindparam("log_tail"),
        environment=bindparam("environment"),
    ),
)


def _queued(which: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Runs that wait go into the queue."""
    return (
        update(runs)
        .where(runs.c.status == _WAITING, which)
        .values(status=_QUEUED, ready_at=None, reason=None, error=null(), progress=null(), queued_at=_now())
        .returning(runs)
    )


def _ending(status: RunStatus, reason: Reason | None, error: RunError | None) -> dict[str, Any]:
    return {
        "new_status": status.value,
        "new_reason": reason and reason.value,
        "new_error": error and error.to_json(),
        "now": _now(),
    }


def _key_of(request: str, place: int) -> str:
    """The idempotency key of one of the many runs of a request."""
    return f"{request}#{place}"


def _now() -> datetime:
    return datetime.now(UTC)


def _is_timed(run: RunId) -> ColumnElement[bool]:
    """Waits for a time, not for other runs."""
    return and_(runs.c.id == run, runs.c.ready_at.is_not(None))


def _owned(run: RunId, fence: int) -> Any:
    return and_(runs.c.id == run, runs.c.attempt == fence, runs.c.status == _RUNNING)


def _fitting(where: ArtifactFilter) -> Select[Any]:
    query = (
        select(artifacts)
        .join(runs, and_(runs.c.id == artifacts.c.run, runs.c.attempt == artifacts.c.attempt))
        .where(runs.c.status == RunStatus.SUCCEEDED.value)
    )
    if where.name:
        query = query.where(artifacts.c.name.icontains(where.name, autoescape=True))
    if where.accepts:
        query = query.where(or_(*(_accepted(one) for one in where.accepts)))
    return query


def _accepted(accept: str) -> ColumnElement[bool]:
    if accept.startswith("."):
        return artifacts.c.name.iendswith(accept, autoescape=True)
    if accept.endswith("/*"):
        return artifacts.c.media_type.startswith(accept[:-1], autoescape=True)
    return artifacts.c.media_type == accept


def _was_freed(row: Row[Any]) -> NotFound:
    return NotFound(freed_sentence(row.name, row.freed_at, row.freed_by) or "")


def _artifact_values(run: RunId, artifact: Artifact) -> dict[str, Any]:
    return {
        "id": artifact.id,
        "run": run,
        "attempt": artifact.attempt,
        "name": artifact.name,
        "media_type": artifact.media_type,
        "size": artifact.size,
        "digest": artifact.digest,
        "metadata": dict(artifact.metadata),
    }
