"""What each worker says of itself, and what it was told: whoever shares the database can look, and tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, bindparam, case, delete, func, or_, select, update

from ..core.errors import Conflict, NotFound
from ..core.ids import WorkerId
from ..core.workers import Order, Worker, name_of
from .clock import now_seconds
from .dialect import insert_or_replace
from .prepared import Prepared, look
from .tables import workers

#: Stands in the place of an order that was obeyed.
_ENDED = "ended"


class SqlWorkerStore:
    """`core.ports.WorkerStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Said again soon: nobody waits for a disk because of it.
        self._relaxed = engine.execution_options(relaxed=True)
        self._reader = engine.execution_options(read_only=True)

    def enter(self, worker: Worker) -> None:
        values: dict[str, Any] = {
            "host": worker.host,
            "place": worker.place,
            "version": worker.version,
            "python": worker.python,
            "memory": worker.memory,
            "started_at": worker.started_at,
            "seen_at": now_seconds(),
            "told": None,
            "told_by": None,
            "told_at": None,
        }
        # One that has ended is told of until another one has its name, as after a start of the services.
        same_name = workers.c.id.endswith(f":{name_of(worker.id)}", autoescape=True)
        before = (same_name, workers.c.place == worker.place, workers.c.told == _ENDED)
        with self._relaxed.begin() as connection:
            connection.execute(delete(workers).where(*before))
            connection.execute(insert_or_replace(connection, workers, id=worker.id, **values))

    def beat(self, worker: WorkerId, memory: int | None, *, drains: bool = False) -> bool:
        values: dict[str, Any] = {"seen_at": now_seconds(), "memory": memory}
        if drains:
            values["told"] = func.coalesce(workers.c.told, Order.DRAIN.value)
        with self._relaxed.begin() as connection:
            seen = update(workers).where(workers.c.id == worker).values(values)
            return connection.execute(seen).rowcount > 0

    def told(self, worker: WorkerId) -> Order | None:
        row = look(self._reader, _TOLD, {"of_worker": worker})
        # What a signal told it stands there for others to see, and is no order.
        if row is None or row.told_by is None or row.told in (None, _ENDED):
            return None
        return Order(row.told)

    def leave(self, worker: WorkerId) -> None:
        is_it = workers.c.id == worker
        with self._relaxed.begin() as connection:
            connection.execute(delete(workers).where(is_it, workers.c.told_by.is_(None)))
            connection.execute(update(workers).where(is_it).values(told=_ENDED, seen_at=now_seconds()))

    def tell(self, worker: WorkerId, order: Order, by: str) -> None:
        instead_of = Order.DRAIN.value if order is Order.STOP else None
        open_to_it = or_(workers.c.told.is_(None), workers.c.told == instead_of)
        telling = (
            update(workers)
            .where(workers.c.id == worker, open_to_it)
            .values(told=order.value, told_by=by, told_at=datetime.now(UTC))
        )
        with self._engine.begin() as connection:
            if connection.execute(telling).rowcount:
                return
            row = connection.execute(select(workers.c.told).where(workers.c.id == worker)).one_or_none()
        if row is None:
            raise NotFound(f"There is no worker {worker[:100]!r}.")
        if row.told == _ENDED:
            raise Conflict(f"{name_of(worker)} has ended already.", hint="Nothing was changed.")
        if row.told != order.value:
            raise Conflict(f"{name_of(worker)} is being stopped already.", hint="Nothing was changed.")

    def all(self) -> Sequence[Worker]:
        silence = (now_seconds() - workers.c.seen_at).label("silence")
        with self._reader.begin() as connection:
            return [_worker_of(row) for row in connection.execute(select(workers, silence))]

    def forget(self, *, silent: float, ended: float) -> None:
        has_ended = func.coalesce(workers.c.told, "") == _ENDED
        kept_for = case((has_ended, ended), else_=silent)
        old = workers.c.seen_at < now_seconds() - kept_for
        with self._reader.begin() as connection:
            if connection.execute(select(workers.c.id).where(old).limit(1)).one_or_none() is None:
                return
        with self._relaxed.begin() as connection:
            connection.execute(delete(workers).where(old))


_TOLD_COLUMNS = (workers.c.told, workers.c.told_by)
_TOLD = Prepared(select(*_TOLD_COLUMNS).where(workers.c.id == bindparam("of_worker")), _TOLD_COLUMNS)


def _worker_of(row: Row[Any]) -> Worker:
    return Worker(
        id=WorkerId(row.id),
        host=row.host,
        place=row.place,
        version=row.version,
        python=row.python,
        memory=row.memory,
        started_at=row.started_at,
        silence=max(0.0, row.silence),
        told=None if row.told in (None, _ENDED) else Order(row.told),
        told_by=row.told_by,
        told_at=row.told_at,
        has_ended=row.told == _ENDED,
    )
