"""When runs begin and end: queues with durations that are the same each time, so that the answer is exact."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_toolrunner.core.forecasts import Past
from jupyter_toolrunner.core.outlook import Scene, Standing, Under, _Played, in_parts, part_size, stays, whole

TEN, NOTHING = Past((10.0,) * 40), Past(())


def _line(*tools: str, past: Past = TEN) -> list[Standing]:
    return [Standing(tool=tool, past=past, is_asked=True) for tool in tools]


def _starts(scene: Scene, owner: str) -> Sequence[float | None]:
    found = stays(scene)
    starts = [found[key].start for key in sorted(found) if key[0] == owner]
    return [None if start is None else start.middle for start in starts]


def test_owners_take_turns_whatever_their_lines_are_long() -> None:
    scene = Scene(workers=1, lines={"ada": _line("a"), "bob": _line(*"aaaa")})
    assert _starts(scene, "ada") == [0]
    assert _starts(scene, "bob") == [10, 20, 30, 40]
    # Who has the fewest that run goes first, whoever's turn it is.
    busy = Scene(
        workers=2,
        lines={"ada": _line("a"), "bob": _line("a")},
        running=[Under(owner="ada", tool="a", past=TEN, elapsed=4)],
    )
    assert (_starts(busy, "bob"), _starts(busy, "ada")) == ([0], [6])


def test_a_limit_holds_its_own_runs_back_and_lets_others_by() -> None:
    scene = Scene(workers=3, lines={"ada": _line("a", "a", "b")}, tool_limits={"a": 1})
    assert _starts(scene, "ada") == [0, 10, 0]
    of_user = Scene(workers=3, lines={"ada": _line("a", "a"), "bob": _line("a")}, user_limit=1)
    assert (_starts(of_user, "ada"), _starts(of_user, "bob")) == ([0, 10], [0])
    in_total = Scene(workers=8, lines={"ada": _line("a", "a", "a")}, total_limit=2)
    assert _starts(in_total, "ada") == [0, 0, 10]


def test_what_nobody_knows_of_is_passed_where_another_worker_is_free() -> None:
    unknown = Under(owner="ada", tool="new", past=NOTHING, elapsed=1)
    one = Scene(workers=1, lines={"ada": _line("a")}, running=[unknown])
    assert stays(one)["ada", 0].start is None
    two = Scene(workers=2, lines={"ada": _line("a")}, running=[unknown])
    assert _starts(two, "ada") == [0]
    # It begins, and nobody knows when it ends.
    new = stays(Scene(workers=1, lines={"ada": _line("new", past=NOTHING)}))["ada", 0]
    assert new.start is not None
    assert new.end is None


def test_a_batch_begins_behind_what_waits_and_shares_with_others() -> None:
    mine = [Standing(tool="a", past=TEN, runs=30, is_asked=True)]
    before = Standing(tool="a", past=TEN, runs=10)
    alone, last = whole(Scene(workers=2, lines={"ada": [*in_parts([before], 1), *in_parts(mine, 1)]}))
    assert alone is not None
    assert last is not None
    assert (alone.middle, last.middle) == (50, 200)
    shared = whole(Scene(workers=2, lines={"ada": in_parts(mine, 1), "bob": in_parts([before], 1)}))
    assert shared[1] is not None
    assert shared[1].middle == 200


@pytest.mark.parametrize("workers", [2, 16])
def test_parts_of_many_runs_end_when_the_runs_would(workers: int) -> None:
    mine = [Standing(tool=tool, past=TEN, runs=5_000, is_asked=True) for tool in "ab"]
    size = part_size(10_000, workers)
    parts = in_parts(mine, size)
    assert sum(each.runs for each in parts) == 10_000
    assert len(parts) <= 1_002
    _, last = whole(Scene(workers=workers, lines={"ada": parts}))
    assert last is not None
    assert last.middle == pytest.approx(10_000 * 10 / workers, rel=0.08)


def test_what_may_never_begin_is_never_promised() -> None:
    scene = Scene(workers=2, lines={"ada": _line("a")}, tool_limits={"a": 0})
    assert stays(scene)["ada", 0].start is None
    assert whole(scene) == (None, None)


def test_quick_runs_take_many_turns_beside_a_long_one() -> None:
    mine = [Standing(tool="a", past=Past((100.0,) * 40), runs=10, is_asked=True)]
    theirs = [Standing(tool="b", past=Past((1.0,) * 40), runs=2_000)]
    _, last = whole(Scene(workers=2, lines={"ada": in_parts(mine, 1), "bob": in_parts(theirs, 1)}))
    assert last is not None
    assert last.middle == 1_000


@pytest.mark.parametrize("limits", [{}, {"t0": 1, "t1": 0, "t2": 2}], ids=["no limit", "limits"])
def test_the_work_grows_with_what_waits_and_not_with_who_waits(limits: dict[str, int]) -> None:
    lines = {
        f"owner {n}": _line(*(f"t{k}" for k in range(5)), past=Past((1.0 + n % 5,) * 40)) for n in range(300)
    }
    played = _Played(Scene(workers=8, lines=lines, user_limit=2, tool_limits=limits))
    for _ in range(played.trials):
        played.trial()
    # All that wait, in so many trials: 1,500 of them, each looked at some times where limits hold owners back.
    assert played.trials * 1_500 <= 20_000
    assert played.steps <= (60_000 if limits else 20_000)
