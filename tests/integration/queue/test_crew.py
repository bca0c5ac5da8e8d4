"""How many workers a supervisor keeps up: asked for while it runs, and by whichever process of the machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.errors import Conflict
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.core.workers import Crew, Order
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.workers import SqlWorkerStore
from jupyter_toolrunner.queue.crew import AskedFile, SupervisedCrew
from jupyter_toolrunner.queue.embedded import EmbeddedServices
from jupyter_toolrunner.queue.liveness import WorkerLocks


class Machine:
    """One data directory, with processes that use its services."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data_dir.mkdir()
        self.crew = SupervisedCrew(settings)
        self._engine = open_engine(settings.effective_database_url)
        upgrade(self._engine)
        self.workers = SqlWorkerStore(self._engine)
        self._locks = WorkerLocks(settings.services_dir / "workers")
        self._open: list[EmbeddedServices] = []

    def started(self, configured: int) -> EmbeddedServices:
        services = EmbeddedServices(replace(self.settings, workers=configured))
        services.ensure()
        self._open.append(services)
        return services

    def stop(self) -> None:
        while self._open:
            self._open.pop().close()

    def close(self) -> None:
        self.stop()
        self._engine.dispose()

    def names(self) -> list[str]:
        return sorted(worker.split(":")[2] for worker in self._locks.alive())

    def until(self, names: list[str]) -> None:
        eventually(lambda: self.names() == names, lambda: (self.names(), self.crew.look()))

    def until_wanted(self, wanted: int, up: int) -> None:
        eventually(lambda: (self.crew.look().wanted, self.crew.look().up) == (wanted, up), self.crew.look)


def eventually(happens: Callable[[], Any], told: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (found := happens()):
        assert time.monotonic() < deadline, told()
        time.sleep(0.02)
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with ExitStack() as stack:
        # No worker needs a queue here; each looks by itself.
        machine = Machine(Settings(data_dir=tmp_path / "data", redis_url="redis://127.0.0.1:1/0"))
        stack.callback(machine.close)
        yield machine


def test_without_a_supervisor_nothing_can_be_asked(machine: Machine) -> None:
    assert machine.crew.look() == Crew(wanted=None)
    with pytest.raises(Conflict, match="No supervisor"):
        machine.crew.ask(2)
    # One that is configured to have none keeps none.
    machine.started(0)
    eventually((machine.settings.services_dir / "state.json").exists, lambda: "no state")
    with pytest.raises(Conflict, match="No supervisor"):
        machine.crew.ask(2)


def test_as_many_are_kept_up_as_are_asked_for_down_to_none(machine: Machine) -> None:
    machine.started(1)
    machine.until(["worker-1"])
    assert machine.crew.ask(3).wanted == 3
    machine.until(["worker-1", "worker-2", "worker-3"])
    machine.crew.ask(0)
    machine.until([])
    machine.until_wanted(0, 0)
    machine.crew.ask(1)
    machine.until(["worker-1"])
    # It is kept up as any other is.
    (worker,) = WorkerLocks(machine.settings.services_dir / "workers").alive()
    os.kill(int(worker.split(":")[1]), signal.SIGKILL)
    eventually(lambda: machine.names() == ["worker-1"] and machine.crew.look().up == 1, machine.names)


def test_what_was_asked_for_holds_over_a_restart_until_the_configuration_is_changed(machine: Machine) -> None:
    machine.started(1)
    machine.until(["worker-1"])
    machine.crew.ask(2)
    machine.until(["worker-1", "worker-2"])
    machine.stop()
    assert machine.crew.look().wanted is None
    machine.started(1)
    machine.until(["worker-1", "worker-2"])
    machine.stop()
    machine.started(3)
    machine.until(["worker-1", "worker-2", "worker-3"])
    assert machine.crew.look() == Crew(wanted=3, configured=3, up=3)


def test_the_one_that_leads_does_it_and_the_next_leader_goes_on_with_as_many(machine: Machine) -> None:
    first = machine.started(1)
    machine.until(["worker-1"])
    machine.started(1)
    machine.crew.ask(2)
    machine.until(["worker-1", "worker-2"])
    assert first.are_ours
    assert first._process is not None
    first._process.kill()
    machine.until([])
    machine.until(["worker-1", "worker-2"])


def test_one_that_was_told_to_end_is_one_less_but_where_a_number_was_asked_for_since(
    machine: Machine,
) -> None:
    machine.started(2)
    machine.until_wanted(2, 2)
    eventually(lambda: len(machine.workers.all()) == 2, machine.workers.all)
    one, two = (each.id for each in machine.workers.all())
    machine.workers.tell(one, Order.DRAIN, "anna")
    machine.until_wanted(1, 1)
    # It was told before, and may end after: two are wanted beside it.
    machine.workers.tell(two, Order.STOP, "anna")
    eventually(lambda: machine.crew.look().wanted == 0, machine.crew.look)
    machine.crew.ask(2)
    machine.until_wanted(2, 2)
    eventually(
        lambda: {one, two}.isdisjoint(WorkerLocks(machine.settings.services_dir / "workers").alive()),
        machine.names,
    )
    machine.until_wanted(2, 2)


def test_what_is_no_number_of_workers_is_as_if_nobody_had_asked(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    for text in ("", "[]", "{}", '{"workers": -1, "configured": 1, "at": 1}', '{"workers": 1.5}', "\0"):
        (tmp_path / "workers.json").write_text(text)
        assert AskedFile(settings).read() is None
