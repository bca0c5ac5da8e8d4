"""Ranges of durations: made-up tools whose durations are known, seen a few times or often."""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable

import pytest

from jupyter_toolrunner.core.forecasts import LEAST, Past, Range, Work, believed, of_one
from jupyter_toolrunner.core.ids import Digest
from jupyter_toolrunner.core.likeness import Earlier, Experience
from jupyter_toolrunner.core.outlook import of_all

KINDS: dict[str, Callable[[random.Random], float]] = {
    "steady": lambda chance: chance.lognormvariate(1, 0.1),
    "usual": lambda chance: chance.lognormvariate(0, 0.5),
    "wild": lambda chance: chance.lognormvariate(3, 1.0),
    "of two kinds": lambda chance: chance.choice((1.0, 1.0, 5.0)) * chance.lognormvariate(0, 0.1),
}


def _dealt(seconds: list[float], workers: int) -> float:
    free = [0.0] * workers
    for each in seconds:
        heapq.heapreplace(free, free[0] + each)
    return max(free)


@pytest.mark.parametrize("seen", [5, 8, 9, 20, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_four_of_five_runs_end_within_the_range_of_one(kind: str, seen: int) -> None:
    chance, tries = random.Random(seen), 400
    held = 0
    for _ in range(tries):
        drawn = [KINDS[kind](chance) for _ in range(seen + 1)]
        found = of_one(Past(tuple(drawn[:-1])))
        assert found is not None
        held += found.low <= drawn[-1] <= found.high
    assert 0.74 < held / tries < 0.9


@pytest.mark.parametrize(
    ("seen", "runs", "workers"), [(5, 15, 2), (12, 96, 2), (40, 96, 4), (200, 15, 2), (200, 2000, 2)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_range_of_all_holds_about_as_often(kind: str, seen: int, runs: int, workers: int) -> None:
    chance, tries = random.Random(runs), 60
    held = 0
    for _ in range(tries):
        past = Past(tuple(KINDS[kind](chance) for _ in range(seen)))
        found = of_all([Work(past=past, runs=runs)], workers)
        assert found is not None
        held += found.low <= _dealt([KINDS[kind](chance) for _ in range(runs)], workers) <= found.high
    assert 0.55 < held / tries < 0.95


def test_where_too_few_ran_nothing_is_said() -> None:
    few = Past((1.0,) * (LEAST - 1))
    assert of_one(few) is None
    assert of_all([Work(past=few, runs=3)], 2) is None
    enough = Past((1.0,) * LEAST)
    assert of_all([Work(past=enough, runs=3)], 0) is None
    # Of what nothing is left of, nothing need be known.
    assert of_all([Work(past=few), Work(past=enough, runs=4)], 2) == Range(low=2.0, middle=2.0, high=2.0)


def test_a_version_speaks_for_itself_once_it_ran_often_enough() -> None:
    old, new = Digest("a" * 64), Digest("b" * 64)
    five = [Earlier(new, 1.0, {})] * 5 + [Earlier(old, 9.0, {})] * 20
    assert Experience(five, new).past({}) == Past((1.0,) * 5)
    few = five[1:]
    assert Experience(few, new).past({}) == Past((1.0,) * 4 + (9.0,) * 20, of_version=False)
    assert Experience(few).past({}).of_version
    assert not Experience([], new).past({}).is_enough


def test_what_runs_already_is_left_for_less_long() -> None:
    past = Past((10.0,) * 40)
    assert of_all([Work(past=past, running=(4.0, 9.0))], 2) == Range(low=6.0, middle=6.0, high=6.0)
    # Behind the one that ends first.
    assert of_all([Work(past=past, runs=1, running=(4.0, 9.0))], 2) == Range(low=11.0, middle=11.0, high=11.0)
    # It takes longer than any run before: as long again.
    assert of_all([Work(past=past, running=(30.0,))], 2) == Range(low=30.0, middle=30.0, high=30.0)
    # A worker that was lost takes no other run.
    lost = of_all([Work(past=past, runs=2, running=(1.0, 2.0, 3.0))], 2)
    assert lost is not None
    assert lost.high == pytest.approx(19.0)


def test_more_workers_than_runs_take_as_long_as_the_longest() -> None:
    past = Past(tuple(float(number) for number in range(1, 41)))
    found = of_all([Work(past=past, runs=10)], 64)
    assert found is not None
    assert 25 < found.low < found.high <= 40


def test_no_time_at_all_and_many_runs_are_borne() -> None:
    nothing = Past((0.0,) * 5)
    one, whole = of_one(nothing), of_all([Work(past=nothing, runs=1_000_000)], 2)
    assert one is not None
    assert whole is not None
    assert one.high < 0.002
    assert 400 < whole.low <= whole.high < 600
    begun = time.perf_counter()
    of_all([Work(past=Past(tuple(float(each) for each in range(1, 200))), runs=10_000)], 8)
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("seconds", [(0.01, 0.01, 100.0, 0.02, 60.0), (0.001, 0.001, 3600.0, 0.002, 900.0)])
def test_durations_that_lie_far_apart_are_borne(seconds: tuple[float, ...]) -> None:
    found = of_all([Work(past=Past(seconds), runs=1_000)], 2)
    assert found is not None
    assert 0 < found.low <= found.middle <= found.high


def test_of_runs_that_differ_beyond_measure_every_draw_is_a_number() -> None:
    chance = random.Random(1)
    for _ in range(50):
        belief = believed((0.001, 0.001, 0.001, 1e250, 1e250), chance)
        assert max(belief.draw(5)) <= 3.01e250
