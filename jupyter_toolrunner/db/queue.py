"""The queue in the database: who waits in which order, what holds them back, and how people put them in order."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select, tuple_, update

from ..core.errors import Conflict, NotFound
from ..core.history import RunFilter
from ..core.queue import WHOLE, Destination, Moved, QueueLine, QueuePage, QueueRule
from ..core.runs import Run, RunStatus
from .dialect import insert_or_replace
from .locks import AdvisoryLock
from .rows import run_of
from .run_counts import counts
from .tables import queue_rules, queue_turns, runs
from .turns import PLACE_STEP, QUEUED, RUNNING, heads

_IN_LINE = (runs.c.priority, runs.c.queue_place, runs.c.number)
_IS_QUEUED = runs.c.status == QUEUED


class SqlQueueStore:
    """`core.ports.QueueStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    # -- what holds runs back -----------------------------------------------------------------------------------

    def rules(self) -> Mapping[str, QueueRule]:
        with self._reader.begin() as connection:
            return {row.tool: _rule_of(row) for row in connection.execute(select(queue_rules))}

    def hold(self, tool: str, *, by: str, note: str) -> QueueRule:
        now = datetime.now(UTC)
        free = queue_rules.c.held_by.is_(None)
        # The limit is another one's affair, and two may hold at the same moment.
        with self._engine.begin() as connection:
            holding = insert_or_replace(
                connection, queue_rules, free, tool=tool, held_by=by, held_at=now, note=note
            )
            row = connection.execute(holding.returning(queue_rules)).one_or_none()
            if row is not None:
                return _rule_of(row)
            known = self._rule(connection, tool)
        holder = "somebody" if known is None else known.held_by
        raise Conflict(
            f"{'The queue' if tool == WHOLE else tool} is held by {holder} already.",
            hint="Nothing was changed.",
        )

    def release(self, tool: str) -> QueueRule:
        with self._engine.begin() as connection:
            known = self._rule(connection, tool)
            if known is None or known.held_by is None:
                raise Conflict(
                    f"{'The queue' if tool == WHOLE else tool} is not held.", hint="Nothing was changed."
                )
            connection.execute(
                update(queue_rules)
                .where(queue_rules.c.tool == tool)
                .values(held_by=None, held_at=None, note="")
            )
            return QueueRule(tool=tool, max_running=known.max_running)

    def set_limits(self, limits: Mapping[str, int | None]) -> bool:
        with self._reader.begin() as connection:
            known = {
                row.tool: row.max_running
                for row in connection.execute(select(queue_rules.c.tool, queue_rules.c.max_running))
            }
        changed = {tool: limit for tool, limit in limits.items() if known.get(tool) != limit}
        if not changed:
            return False
        with self._engine.begin() as connection:
            for tool, limit in changed.items():
                connection.execute(insert_or_replace(connection, queue_rules, tool=tool, max_running=limit))
            nothing = (queue_rules.c.max_running.is_(None), queue_rules.c.held_by.is_(None))
            connection.execute(delete(queue_rules).where(*nothing))
        return True

    def _rule(self, connection: Connection, tool: str) -> Row[Any] | None:
        query = select(queue_rules).where(queue_rules.c.tool == tool).with_for_update()
        return connection.execute(query).one_or_none()

    def running(self) -> Mapping[tuple[str, str], int]:
        query = (
            select(runs.c.owner, runs.c.tool, func.count().label("runs"))
            .where(runs.c.status == RUNNING)
            .group_by(runs.c.owner, runs.c.tool)
        )
        with self._reader.begin() as connection:
            return {(row.owner, row.tool): row.runs for row in connection.execute(query)}

    def under_way(self) -> Sequence[tuple[Run, float]]:
        with self._reader.begin() as connection:
            rows = connection.execute(select(runs).where(runs.c.status == RUNNING)).all()
            now = datetime.now(UTC)
            return [(run_of(row), max(0.0, (now - (row.started_at or now)).total_seconds())) for row in rows]

    def waiting(self) -> Mapping[tuple[str, str], int]:
        where = RunFilter(statuses=frozenset({RunStatus.QUEUED}))
        with self._reader.begin() as connection:
            found = connection.execute(counts(connection, where, "owner", "tool"))
            return {(row.owner, row.tool): int(row.runs) for row in found}

    def later(self) -> int:
        where = RunFilter(statuses=frozenset({RunStatus.WAITING}))
        with self._reader.begin() as connection:
            return int(connection.execute(counts(connection, where)).scalar() or 0)

    # -- who waits ----------------------------------------------------------------------------------------------

    def lines(self) -> Sequence[QueueLine]:
        with self._reader.begin() as connection:
            return self._lines(connection)

    def _lines(self, connection: Connection) -> list[QueueLine]:
        """Whose turn is next comes first."""
        first = heads(1)
        in_turn = select(first, func.coalesce(queue_turns.c.turn, 0).label("turn")).outerjoin(
            queue_turns, queue_turns.c.owner == first.c.owner
        )
        owners = connection.execute(in_turn).all()
        if not owners:
            return []
        waiting = {
            row.owner: int(row.runs)
            for row in connection.execute(
                counts(connection, RunFilter(statuses=frozenset({RunStatus.QUEUED})), "owner")
            )
        }
        busy = {
            row.owner: row.runs
            for row in connection.execute(
                select(runs.c.owner, func.count().label("runs"))
                .where(runs.c.status == RUNNING)
                .group_by(runs.c.owner)
            )
        }
        ordered = sorted(
            owners,
            key=lambda row: (
                busy.get(row.owner, 0),
                row.turn,
                row.priority,
                row.queue_place,
                row.number,
            ),
        )
        return [
            QueueLine(
                owner=row.owner, waiting=max(1, waiting.get(row.owner, 0)), running=busy.get(row.owner, 0)
            )
            for row in ordered
        ]

    def page(self, *, offset: int, limit: int, owner: str | None = None) -> QueuePage:
        with self._reader.begin() as connection:
            lines = self._lines(connection)
            wanted = _wanted(lines, offset, limit, owner)
            total = sum(line.waiting for line in lines if owner is None or line.owner == owner)
            found: dict[tuple[str, int], int] = {}
            for whose in {whose for whose, _, _ in wanted}:
                places = [place for by, place, _ in wanted if by == whose]
                query = (
                    select(runs.c.number)
                    .where(_IS_QUEUED, runs.c.owner == whose)
                    .order_by(*_IN_LINE)
                    .offset(min(places))
                    .limit(max(places) - min(places) + 1)
                )
                for place, number in enumerate(connection.execute(query).scalars(), min(places)):
                    found[whose, place] = number
            rows = {
                row.number: run_of(row)
                for row in connection.execute(select(runs).where(runs.c.number.in_(found.values())))
            }
        items = [
            (position, rows[number])
            for whose, place, position in wanted
            if (number := found.get((whose, place))) in rows
        ]
        return QueuePage(items=items, total=total)

    def position(self, run: Run) -> int | None:
        with self._reader.begin() as connection:
            row = connection.execute(
                select(runs.c.status, *_IN_LINE).where(runs.c.id == run.id)
            ).one_or_none()
            if row is None or row.status != RunStatus.QUEUED.value:
                return None
            before = connection.execute(
                select(func.count()).where(
                    _IS_QUEUED,
                    runs.c.owner == run.owner,
                    tuple_(*_IN_LINE) < (row.priority, row.queue_place, row.number),
                )
            ).scalar_one()
            ahead, mine_passed = 0, False
            for line in self._lines(connection):
                if line.owner == run.owner:
                    mine_passed = True
                else:
                    ahead += min(line.waiting, before + (0 if mine_passed else 1))
            return 1 + int(before) + ahead

    # -- putting them in order ----------------------------------------------------------------------------------

    def move(self, ids: Sequence[str], to: Destination, anchor: str | None = None) -> Moved:
        with self._engine.begin() as connection:
            rows = _locked(connection, ids)
            beside = None
            if to in ("before", "after"):
                beside = connection.execute(select(runs).where(runs.c.id == (anchor or ""))).one_or_none()
                if beside is None:
                    raise NotFound(f"There is no run {(anchor or '')[:50]!r}.")
                if beside.status != RunStatus.QUEUED.value:
                    raise Conflict(
                        f"Run #{beside.number} does not wait any more.", hint="Nothing was changed."
                    )
            refused: list[tuple[str, str]] = []
            movable: list[Row[Any]] = []
            for id_ in dict.fromkeys(ids):
                row = rows.get(id_)
                if row is None:
                    refused.append((id_, f"There is no run {id_[:50]!r}."))
                elif row.status != RunStatus.QUEUED.value:
                    refused.append(
                        (id_, f"Run #{row.number} is {row.status}; it does not stand in the queue.")
                    )
                elif beside is not None and row.owner != beside.owner:
                    refused.append((id_, _TURNS.format(row.number, beside.number)))
                elif beside is None or row.id != beside.id:
                    movable.append(row)
            moved: list[Run] = []
            for owner in dict.fromkeys(row.owner for row in movable):
                of_owner = [row for row in movable if row.owner == owner]
                of_owner.sort(key=lambda row: (row.priority, row.queue_place, row.number))
                moved += self._put(connection, owner, of_owner, to, beside)
            return Moved(runs=moved, refused=refused)

    def _put(
        self,
        connection: Connection,
        owner: str,
        rows: Sequence[Row[Any]],
        to: Destination,
        beside: Row[Any] | None,
    ) -> list[Run]:
        others = (_IS_QUEUED, runs.c.owner == owner, runs.c.id.not_in([row.id for row in rows]))
        if beside is None:
            way = _IN_LINE if to == "front" else tuple(column.desc() for column in _IN_LINE)
            beside = connection.execute(select(runs).where(*others).order_by(*way).limit(1)).one_or_none()
            if beside is None:
                # There is nobody to go before or behind.
                return [run_of(row) for row in rows]
        behind = to in ("end", "after")
        same = (*others, runs.c.priority == beside.priority)
        place = tuple_(runs.c.queue_place, runs.c.number)
        at = (beside.queue_place, beside.number)
        query = select(runs.c.queue_place, runs.c.number).where(*same)
        if behind:
            found = query.where(place > at).order_by(runs.c.queue_place, runs.c.number)
        else:
            found = query.where(place < at).order_by(runs.c.queue_place.desc(), runs.c.number.desc())
        neighbour = connection.execute(found.limit(1)).one_or_none()
        room = (len(rows) + 1) * PLACE_STEP
        here = beside.queue_place
        there = here + (room if behind else -room) if neighbour is None else neighbour.queue_place
        if abs(there - here) <= len(rows):
            # As many stand on one spot as have room there: those before it step aside.
            low = at if behind else (neighbour.queue_place, neighbour.number) if neighbour else at
            connection.execute(
                update(runs).where(*same, place <= low).values(queue_place=runs.c.queue_place - room)
            )
            here, there = (here - room, there) if behind else (here, there - room)
        low, high = min(here, there), max(here, there)
        moved = []
        for count, row in enumerate(rows, 1):
            new = low + (high - low) * count // (len(rows) + 1)
            changed = connection.execute(
                update(runs)
                .where(runs.c.id == row.id, _IS_QUEUED)
                .values(queue_place=new, priority=beside.priority, edits=runs.c.edits + 1)
                .returning(runs)
            ).one_or_none()
            if changed is not None:
                moved.append(run_of(changed))
        return moved


def _locked(connection: Connection, ids: Sequence[str]) -> Mapping[str, Row[Any]]:
    """By id; nobody else moves runs until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        # Two who moved each other's runs, one after the other, would wait for ever.
        connection.execute(select(func.pg_advisory_xact_lock(AdvisoryLock.MOVE.value)))
    locked = select(runs).where(runs.c.id.in_(ids)).order_by(runs.c.number).with_for_update()
    return {row.id: row for row in connection.execute(locked)}


_TURNS = "Run #{} is somebody else's than run #{}: people take turns, and the order of each one's runs is their own."


def _wanted(
    lines: Sequence[QueueLine], offset: int, limit: int, owner: str | None
) -> list[tuple[str, int, int]]:
    """Owner, place among those of the owner from 0, and position from 1: the owners take turns."""
    if owner is not None:
        count = sum(line.waiting for line in lines if line.owner == owner)
        return [(owner, place, place + 1) for place in range(offset, min(offset + limit, count))]

    def before(turn: int) -> int:
        return sum(min(line.waiting, turn) for line in lines)

    longest = max((line.waiting for line in lines), default=0)
    turn = max(0, bisect.bisect_right(range(longest + 1), offset, key=before) - 1)
    wanted: list[tuple[str, int, int]] = []
    position = before(turn)
    while len(wanted) < limit and turn < longest:
        for line in lines:
            if line.waiting > turn:
                position += 1
                if position > offset and len(wanted) < limit:
                    wanted.append((line.owner, turn, position))
        turn += 1
    return wanted


def _rule_of(row: Row[Any]) -> QueueRule:
    return QueueRule(
        tool=row.tool, max_running=row.max_running, held_by=row.held_by, held_at=row.held_at, note=row.note
    )
