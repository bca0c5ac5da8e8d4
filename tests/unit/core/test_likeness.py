"""Durations that depend on a value: made-up tools of which it is known how."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_toolrunner.core.forecasts import Range, of_one
from jupyter_toolrunner.core.ids import Digest
from jupyter_toolrunner.core.likeness import Earlier, Experience

VERSION = Digest("f" * 64)
Params = dict[str, Any]


def _asked(chance: random.Random) -> Params:
    return {
        "seconds": round(10 ** chance.uniform(-1.5, 1), 3),
        "layout": chance.choice(("spring", "circular", "grid")),
        "size": chance.randrange(1, 200),
        "name": f"run {chance.random()}",
        "quick": chance.choice((True, False)),
    }


TOOLS: dict[str, Callable[[Params, random.Random], float]] = {
    "asleep for a while": lambda params, chance: params["seconds"] + chance.lognormvariate(-3, 0.3),
    "by a text": lambda params, chance: (
        {"spring": 5.0, "circular": 0.2, "grid": 1.0}[params["layout"]] * chance.lognormvariate(0, 0.2)
    ),
    "by a square": lambda params, chance: 1e-3 * params["size"] ** 2 * chance.lognormvariate(0, 0.2),
    "by nothing": lambda _, chance: chance.lognormvariate(0, 0.5),
    "by two": lambda params, chance: (
        (1 + params["seconds"]) * (3 if params["quick"] else 4) * chance.lognormvariate(0, 0.1)
    ),
}


def _earlier(tool: str, count: int, chance: random.Random) -> list[Earlier]:
    made = [_asked(chance) for _ in range(count)]
    return [Earlier(VERSION, TOOLS[tool](params, chance), params) for params in made]


def _told(earlier: list[Earlier], params: Params) -> Range | None:
    return of_one(Experience(earlier, VERSION).past(params))


@pytest.mark.parametrize("seen", [12, 40, 150])
@pytest.mark.parametrize("tool", TOOLS)
def test_four_of_five_runs_with_other_values_end_within_the_range(tool: str, seen: int) -> None:
    chance, tries = random.Random(seen), 150
    held, widths = 0, []
    for _ in range(tries):
        params = _asked(chance)
        found = _told(_earlier(tool, seen, chance), params)
        assert found is not None
        held += found.low <= TOOLS[tool](params, chance) <= found.high
        widths.append(found.high / found.low)
    assert 0.68 < held / tries < 0.92
    # It is no range of all values: those are hundreds of times apart.
    assert statistics.median(widths) < {12: 12, 40: 6, 150: 5}[seen]


@pytest.mark.parametrize(
    ("tool", "field"),
    [
        ("asleep for a while", "seconds"),
        ("by a text", "layout"),
        ("by a square", "size"),
        ("by nothing", None),
    ],
)
def test_it_is_told_which_param_matters(tool: str, field: str | None) -> None:
    assert Experience(_earlier(tool, 60, random.Random(1)), VERSION).field == field


def test_runs_with_the_same_values_speak_alone() -> None:
    same = [Earlier(VERSION, 2.0, {"k": 1.0, "name": "a"})] * 5
    others = [Earlier(VERSION, 90.0, {"k": 1, "name": "b"})] * 20
    assert Experience([*others, *same], VERSION).past({"k": 1, "name": "a"}).seconds == (2.0,) * 5


def test_a_value_beyond_those_that_were_seen_is_told_by_the_line() -> None:
    chance = random.Random(3)
    earlier = [
        Earlier(VERSION, seconds + chance.uniform(0.01, 0.03), {"seconds": seconds})
        for seconds in (0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 1.2, 0.4)
    ]
    found = _told(earlier, {"seconds": 30})
    assert found is not None
    assert 15 < found.low <= 30 <= found.high < 60


def test_of_a_number_that_never_varied_anything_up_to_its_proportion_may_come() -> None:
    earlier = [Earlier(VERSION, 1.0, {"seconds": 1, "top": 20})] * 9
    found = _told(earlier, {"seconds": 30, "top": 20})
    assert found is not None
    assert (found.low, found.high) == (1.0, 30.0)
    # A little more is nothing new, and of what is beyond all measure nothing is said.
    assert _told(earlier, {"seconds": 1.5, "top": 20}) == Range(low=1.0, middle=1.0, high=1.0)
    assert _told(earlier, {"seconds": 1e6, "top": 20}) is None


def test_of_a_text_that_matters_a_new_value_is_like_any_of_many() -> None:
    def of(texts: str) -> list[Earlier]:
        return [
            Earlier(VERSION, float(10**place) * (1 + turn / 10), {"table": text})
            for turn in range(3)
            for place, text in enumerate(texts)
        ]

    assert _told(of("abc"), {"table": "z"}) is None
    found = _told(of("abcde"), {"table": "z"})
    assert found is not None
    assert found.low < 5
    assert found.high > 10_000
    # Its own mean, and everybody's spread.
    known = _told(of("abcde"), {"table": "c"})
    assert known is not None
    assert 80 < known.low < known.high < 150


def test_rows_of_a_batch_are_told_apart() -> None:
    known = Experience(_earlier("by a text", 60, random.Random(2)), VERSION)
    base = _asked(random.Random(1))
    rows = [{**base, "layout": layout} for layout in ("spring", "circular", "circular", "circular")]
    works = known.works(rows, 4_000)
    assert sorted(each.runs for each in works) == [1_000, 3_000]
    assert {round(statistics.median(each.past.seconds)) for each in works} == {0, 5}


def test_many_rows_are_told_in_less_than_a_second() -> None:
    chance = random.Random(5)
    known = Experience(_earlier("asleep for a while", 200, chance), VERSION)
    rows = [_asked(chance) for _ in range(10_000)]
    begun = time.process_time()
    works = known.works(rows, 10_000)
    assert time.process_time() - begun < 1
    assert sum(each.runs for each in works) == 10_000
    assert len(works) <= 25


def test_far_outside_of_what_was_seen_nothing_is_beyond_any_number() -> None:
    chance = random.Random(3)
    numbers = [chance.uniform(1, 3) for _ in range(40)]
    earlier = [Earlier(VERSION, number**9 * chance.lognormvariate(0, 1), {"n": number}) for number in numbers]
    known = Experience(earlier, VERSION)
    assert known.field == "n"
    for number in (1e-300, 1e-9, 1e9, 1e300, -1e300):
        assert all(
            each <= 1_000 * 1.01 * max(run.seconds for run in earlier)
            for each in known.past({"n": number}).seconds
        )
