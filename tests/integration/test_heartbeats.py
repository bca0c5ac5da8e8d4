"""A worker says that it lives, learns what it is told, and ends by force where it does not end by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from jupyter_toolrunner.core.ids import WorkerId
from jupyter_toolrunner.core.workers import Order, Worker
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.workers import SqlWorkerStore
from jupyter_toolrunner.services import heartbeat
from jupyter_toolrunner.services.heartbeat import Heartbeat

ONE = Worker(
    id=WorkerId("host:1:one"),
    host="host",
    place="here",
    version="1",
    python="3",
    started_at=datetime(2030, 1, 2, tzinfo=UTC),
)


@dataclass
class Process:
    """What a heartbeat asks and tells its worker."""

    obeyed: list[Order] = field(default_factory=list)
    drains: bool = False
    measured: int = 0
    ended: int = 0

    def memory(self) -> int:
        self.measured += 1
        return 1_000 * self.measured

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'workers.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def workers(engine: Engine) -> SqlWorkerStore:
    return SqlWorkerStore(engine)


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def beating(workers: SqlWorkerStore, process: Process) -> Heartbeat:
    return Heartbeat(
        workers,
        ONE,
        memory=process.memory,
        obey=process.obeyed.append,
        drains=lambda: process.drains,
        end=process.end,
    )


def test_it_looks_often_and_writes_seldom(
    beating: Heartbeat, workers: SqlWorkerStore, process: Process
) -> None:
    for _ in range(5):
        beating.look()
    assert [one.memory for one in workers.all()] == [1_000]
    assert process.measured == 1


def test_a_drain_is_obeyed_once_and_a_stop_until_it_is_done(
    beating: Heartbeat, workers: SqlWorkerStore, process: Process
) -> None:
    beating.look()
    workers.tell(ONE.id, Order.DRAIN, "anna")
    for _ in range(3):
        beating.look()
    assert process.obeyed == [Order.DRAIN]
    workers.tell(ONE.id, Order.STOP, "anna")
    for _ in range(2):
        beating.look()
    assert process.obeyed == [Order.DRAIN, Order.STOP, Order.STOP]
    assert (beating.told, process.ended) == (Order.STOP, 0)


def test_what_does_not_stop_is_ended_by_force(
    beating: Heartbeat, workers: SqlWorkerStore, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_PATIENCE", 0.0)
    beating.look()
    workers.tell(ONE.id, Order.STOP, "anna")
    beating.look()
    assert process.ended == 0
    beating.look()
    assert process.ended == 1


def test_a_signal_that_lets_it_finish_shows_at_once(
    beating: Heartbeat, workers: SqlWorkerStore, process: Process
) -> None:
    beating.look()
    process.drains = True
    beating.look()
    (one,) = workers.all()
    assert (one.told, one.told_by) == (Order.DRAIN, None)
    # Nobody ordered it: whoever keeps workers up starts it again.
    beating.look()
    assert (beating.told, process.obeyed) == (None, [])


def test_one_that_was_forgotten_while_its_machine_slept_is_there_again(
    beating: Heartbeat, workers: SqlWorkerStore, process: Process
) -> None:
    beating.look()
    workers.leave(ONE.id)
    assert workers.all() == []
    # Its next beat is due.
    process.drains = True
    beating.look()
    assert [one.id for one in workers.all()] == [ONE.id]


def test_it_leaves_when_it_is_closed(beating: Heartbeat, workers: SqlWorkerStore) -> None:
    beating.look()
    beating.start()
    beating.close()
    assert workers.all() == []
