"""What workers say of themselves and are told, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from factories import a_run
from sqlalchemy import Engine, update

from jupyter_toolrunner.core.errors import Conflict, NotFound
from jupyter_toolrunner.core.ids import WorkerId
from jupyter_toolrunner.core.workers import Order, Worker
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import workers as table
from jupyter_toolrunner.db.workers import SqlWorkerStore

ONE = Worker(
    id=WorkerId("host:1:worker-1"),
    host="host",
    place="here",
    version="1.0",
    python="3.12.1",
    started_at=datetime(2030, 1, 2, tzinfo=UTC),
    memory=1 << 40,
)
TWO = replace(ONE, id=WorkerId("host:2:worker-2"))


@pytest.fixture
def workers(engine: Engine) -> SqlWorkerStore:
    store = SqlWorkerStore(engine)
    store.enter(ONE)
    return store


def one(workers: SqlWorkerStore) -> Worker:
    (found,) = workers.all()
    return found


def aged(engine: Engine, worker: Worker, seconds: float) -> None:
    older = update(table).where(table.c.id == worker.id).values(seen_at=table.c.seen_at - seconds)
    with engine.begin() as connection:
        connection.execute(older)


def test_a_worker_is_as_it_said_and_was_heard_of_just_now(workers: SqlWorkerStore) -> None:
    found = one(workers)
    assert 0 <= found.silence < 30
    assert replace(found, silence=0.0) == ONE
    assert workers.beat(ONE.id, 5)
    assert one(workers).memory == 5
    assert not workers.beat(TWO.id, 5)


def test_it_stays_with_what_it_was_told_first_but_for_a_drain_that_becomes_a_stop(
    workers: SqlWorkerStore,
) -> None:
    assert workers.told(ONE.id) is None
    workers.tell(ONE.id, Order.DRAIN, "anna")
    workers.tell(ONE.id, Order.DRAIN, "boris")
    assert (workers.told(ONE.id), one(workers).told_by) == (Order.DRAIN, "anna")
    workers.tell(ONE.id, Order.STOP, "boris")
    assert (workers.told(ONE.id), one(workers).told_by) == (Order.STOP, "boris")
    with pytest.raises(Conflict, match="worker-1 is being stopped already"):
        workers.tell(ONE.id, Order.DRAIN, "anna")
    with pytest.raises(NotFound):
        workers.tell(TWO.id, Order.STOP, "anna")


def test_one_that_was_told_takes_no_run_from_that_moment(
    engine: Engine, store: SqlRunStore, workers: SqlWorkerStore
) -> None:
    workers.enter(TWO)
    store.insert_all([a_run() for _ in range(2)])
    assert store.claim(ONE.id, 60) is not None
    workers.tell(ONE.id, Order.DRAIN, "anna")
    assert store.claim(ONE.id, 60) is None
    assert store.claim(TWO.id, 60) is not None


def test_one_that_obeyed_is_known_for_a_while_and_others_leave_nothing(workers: SqlWorkerStore) -> None:
    workers.enter(TWO)
    workers.beat(TWO.id, 1, drains=True)
    # A signal shows, and is no order.
    assert {each.id: each.told for each in workers.all()} == {ONE.id: None, TWO.id: Order.DRAIN}
    assert workers.told(TWO.id) is None
    workers.tell(ONE.id, Order.DRAIN, "anna")
    for worker in (ONE, TWO):
        workers.leave(worker.id)
    found = one(workers)
    assert (found.id, found.has_ended, found.told, found.told_by) == (ONE.id, True, None, "anna")
    assert workers.told(ONE.id) is None
    with pytest.raises(Conflict, match="worker-1 has ended already"):
        workers.tell(ONE.id, Order.STOP, "anna")
    # Another process of the same number and name is another worker.
    workers.enter(ONE)
    assert not one(workers).has_ended


def test_one_that_obeyed_is_told_of_until_another_one_has_its_name(workers: SqlWorkerStore) -> None:
    workers.tell(ONE.id, Order.DRAIN, "anna")
    workers.leave(ONE.id)
    others = ("host:3:a-worker-1", "host:4:worker-11")
    for other in others:
        workers.enter(replace(ONE, id=WorkerId(other)))
    workers.enter(replace(ONE, id=WorkerId("elsewhere:5:worker-1"), place="elsewhere"))
    assert len(workers.all()) == 4
    # As after a start of the services.
    workers.enter(replace(ONE, id=WorkerId("host:6:worker-1")))
    assert {each.id for each in workers.all()} == {*others, "elsewhere:5:worker-1", "host:6:worker-1"}


def test_a_signal_takes_nothing_from_what_somebody_told(workers: SqlWorkerStore) -> None:
    workers.tell(ONE.id, Order.STOP, "anna")
    workers.beat(ONE.id, 1, drains=True)
    assert workers.told(ONE.id) is Order.STOP


def test_those_that_are_silent_are_forgotten_and_those_that_obeyed_later(
    engine: Engine, workers: SqlWorkerStore
) -> None:
    workers.enter(TWO)
    workers.tell(TWO.id, Order.STOP, "anna")
    workers.leave(TWO.id)
    workers.forget(silent=60, ended=900)
    assert len(workers.all()) == 2
    for worker in (ONE, TWO):
        aged(engine, worker, 100)
    workers.forget(silent=60, ended=900)
    assert one(workers).id == TWO.id
    aged(engine, TWO, 900)
    workers.forget(silent=60, ended=900)
    assert workers.all() == []
