from __future__ import annotations

import select
import threading
import time
from collections.abc import Iterator
from typing import cast

import pytest

from jupyter_toolrunner.core.ids import RunId
from jupyter_toolrunner.core.ports import Lease, RunStore
from jupyter_toolrunner.core.runs import Progress, Reason
from jupyter_toolrunner.services.lease import LeaseKeeper, Stop

RUN = RunId("run")


class Leases:
    """The part of a store that a keeper needs."""

    def __init__(self) -> None:
        self.answer = Lease(held=True)
        self.renewed: list[Progress | None] = []
        self.away = False

    def lease(self, run: RunId, fence: int) -> Lease:
        if self.away:
            raise OSError("the database is away")
        return self.answer

    def renew(self, run: RunId, fence: int, lease_seconds: float, progress: Progress | None = None) -> Lease:
        self.renewed.append(progress)
        return self.lease(run, fence)


class Bell:
    def __init__(self) -> None:
        self.asked: str | None = None

    def wait(self, seconds: float) -> str | None:
        time.sleep(min(seconds, 0.01))
        return self.asked


@pytest.fixture
def leases() -> Leases:
    return Leases()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def keeper(leases: Leases, bell: Bell) -> Iterator[LeaseKeeper]:
    keeper = LeaseKeeper(cast(RunStore, leases), 0.03, bell.wait)
    keeper.start()
    yield keeper
    keeper.close()
    keeper.join(5)


@pytest.fixture
def stop() -> Iterator[Stop]:
    stop = Stop()
    yield stop
    stop.close()


def asked_within(stop: Stop, seconds: float) -> bool:
    return bool(select.select([stop.fileno()], [], [], seconds)[0])


def test_a_cancel_in_the_database_stops_the_attempt(keeper: LeaseKeeper, leases: Leases, stop: Stop) -> None:
    keeper.hold(RUN, 1, stop, None)
    leases.answer = Lease(held=True, cancel_requested=True)
    assert asked_within(stop, 3)
    assert stop.reason() is None


def test_a_ring_stops_the_attempt(keeper: LeaseKeeper, bell: Bell, stop: Stop) -> None:
    keeper.hold(RUN, 1, stop, None)
    bell.asked = RUN
    assert asked_within(stop, 3)


def test_a_ring_for_another_run_stops_nothing(keeper: LeaseKeeper, bell: Bell, stop: Stop) -> None:
    keeper.hold(RUN, 1, stop, None)
    bell.asked = "another"
    assert not asked_within(stop, 0.1)


def test_a_lost_lease_stops_the_attempt(keeper: LeaseKeeper, leases: Leases, stop: Stop) -> None:
    keeper.hold(RUN, 1, stop, None)
    leases.answer = Lease(held=False)
    assert asked_within(stop, 3)
    assert stop.reason() is Reason.LOST_WORKER


def test_the_time_limit_stops_the_attempt(keeper: LeaseKeeper, stop: Stop) -> None:
    keeper.hold(RUN, 1, stop, 0.05)
    assert asked_within(stop, 3)
    assert stop.reason() is Reason.TIMEOUT


def test_a_database_that_is_away_stops_nothing(keeper: LeaseKeeper, leases: Leases, stop: Stop) -> None:
    leases.away = True
    keeper.hold(RUN, 1, stop, None)
    assert not asked_within(stop, 0.15)
    assert keeper.is_alive()


def test_progress_goes_along_with_the_renewal(keeper: LeaseKeeper, leases: Leases, stop: Stop) -> None:
    keeper.hold(RUN, 1, stop, None)
    keeper.progress(Progress(done=3))
    deadline = time.monotonic() + 3
    while Progress(done=3) not in leases.renewed:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_released_is_left_alone(keeper: LeaseKeeper, leases: Leases, stop: Stop) -> None:
    keeper.hold(RUN, 1, stop, None)
    keeper.release()
    leases.answer = Lease(held=False)
    assert not asked_within(stop, 0.1)


def test_the_first_reason_to_stop_stays() -> None:
    stop = Stop()
    threads = [threading.Thread(target=stop.request, args=(reason,)) for reason in (Reason.TIMEOUT, None)]
    threads[0].start()
    threads[0].join()
    threads[1].start()
    threads[1].join()
    assert stop.reason() is Reason.TIMEOUT
    stop.close()
    stop.request(None)
