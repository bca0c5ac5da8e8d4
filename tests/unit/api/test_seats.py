"""Who has a kernel for a live dashboard."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyter_toolrunner.api.pages import live
from jupyter_toolrunner.api.pages.live import Seats


class Kernels:
    """A server's kernels: how many connections each has. Ending one takes a moment."""

    def __init__(self) -> None:
        self.connections: dict[str, int] = {}

    def __contains__(self, kernel_id: str) -> bool:
        return kernel_id in self.connections

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        return {"connections": self.connections[kernel_id]}

    async def shutdown_kernel(self, kernel_id: str, *, now: bool) -> None:
        await asyncio.sleep(0)
        del self.connections[kernel_id]


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> Kernels:
    monkeypatch.setattr(live, "_ARRIVAL", -1.0)
    return Kernels()


async def _seated(seats: Seats, kernels: Kernels, name: str, connections: int) -> None:
    assert await seats.take(kernels)
    kernels.connections[name] = connections
    seats.started(name)


async def test_no_more_than_there_are_get_one(kernels: Kernels) -> None:
    seats = Seats(2)
    await _seated(seats, kernels, "a", 1)
    assert await seats.take(kernels)
    assert not await seats.take(kernels)
    seats.failed()
    assert seats.are_free(kernels)


async def test_a_kernel_that_ended_gives_its_place_back(kernels: Kernels) -> None:
    seats = Seats(1)
    await _seated(seats, kernels, "a", 1)
    assert not seats.are_free(kernels)
    del kernels.connections["a"]
    assert seats.are_free(kernels)


async def test_a_kernel_that_nobody_uses_is_ended_and_one_that_is_used_stays(kernels: Kernels) -> None:
    seats = Seats(2)
    await _seated(seats, kernels, "left", 1)
    await _seated(seats, kernels, "used", 1)
    kernels.connections["left"] = 0
    await seats.give_back(kernels)
    assert list(kernels.connections) == ["used"]


async def test_many_may_look_at_once_for_what_was_left_behind(kernels: Kernels) -> None:
    seats = Seats(3)
    for name in "abc":
        await _seated(seats, kernels, name, 1)
    kernels.connections = dict.fromkeys(kernels.connections, 0)
    await asyncio.gather(*(seats.give_back(kernels) for _ in range(5)))
    assert kernels.connections == {}


async def test_a_kernel_has_time_for_its_page_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels, seats = Kernels(), Seats(1)
    await _seated(seats, kernels, "a", 0)
    await seats.give_back(kernels)
    assert "a" in kernels
    monkeypatch.setattr(live, "_ARRIVAL", -1.0)
    await seats.give_back(kernels)
    assert "a" not in kernels
