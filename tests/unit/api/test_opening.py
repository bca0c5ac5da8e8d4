"""The desk opens once, when it is first needed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from jupyter_toolrunner.api import opening
from jupyter_toolrunner.api.desk import Desk
from jupyter_toolrunner.api.opening import Opening
from jupyter_toolrunner.core.errors import NotAvailable


class Shop:
    """Builds desks, and keeps count."""

    def __init__(self) -> None:
        self.built = 0
        self.opened: list[Desk] = []
        self.closed = threading.Event()
        self.may_build = threading.Event()
        self.may_build.set()
        self.problem: Exception | None = None

    def build(self) -> Desk:
        assert self.may_build.wait(10)
        self.built += 1
        if self.problem is not None:
            raise self.problem
        return cast(Desk, self)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def door(shop: Shop, pool: ThreadPoolExecutor) -> Opening:
    return Opening(shop.build, pool, shop.opened.append)


async def test_nothing_is_built_before_it_is_needed(shop: Shop, door: Opening) -> None:
    await door.close()
    assert shop.built == 0


async def test_all_who_ask_wait_for_the_same_one(shop: Shop, door: Opening) -> None:
    shop.may_build.clear()
    asking: list[Any] = [asyncio.create_task(door.desk()) for _ in range(5)]
    shop.may_build.set()
    assert {id(desk) for desk in await asyncio.gather(*asking)} == {id(shop)}
    assert shop.built == len(shop.opened) == 1


async def test_who_goes_away_does_not_take_it_from_the_others(shop: Shop, door: Opening) -> None:
    shop.may_build.clear()
    impatient = asyncio.create_task(door.desk())
    await asyncio.sleep(0)
    impatient.cancel()
    shop.may_build.set()
    assert await door.desk() is cast(Desk, shop)


async def test_a_failure_is_told_to_all_and_tried_again(
    shop: Shop, door: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.problem = NotAvailable("The database is away.", hint="Wait.")
    for _ in range(3):
        with pytest.raises(NotAvailable, match="is away"):
            await door.desk()
    assert shop.built == 1, "its reason is the answer for a while"

    shop.problem = None
    monkeypatch.setattr(opening, "_REST", 0.0)
    assert await door.desk() is cast(Desk, shop)


async def test_what_was_not_foreseen_tells_nothing_of_the_inside(shop: Shop, door: Opening) -> None:
    shop.problem = RuntimeError("password=secret")
    with pytest.raises(NotAvailable) as caught:
        await door.desk()
    assert "secret" not in caught.value.message
    assert caught.value.hint is not None
    assert "doctor" in caught.value.hint


async def test_one_that_is_just_being_opened_is_closed_and_does_not_begin_to_work(
    shop: Shop, door: Opening
) -> None:
    shop.may_build.clear()
    door.begin()
    closing = asyncio.create_task(door.close())
    await asyncio.sleep(0)
    shop.may_build.set()
    await closing
    assert shop.closed.is_set()
    assert shop.opened == []
    with pytest.raises(NotAvailable, match="stopping"):
        await door.desk()
