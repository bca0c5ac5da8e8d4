"""When what waits begins and ends, of a real queue and history."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories import a_run
from sqlalchemy import Engine, update

from jupyter_toolrunner.core.forecasts import Work
from jupyter_toolrunner.core.ids import ToolName, WorkerId
from jupyter_toolrunner.core.outlook import Stay
from jupyter_toolrunner.core.ports import Outcome
from jupyter_toolrunner.core.queue import Limits
from jupyter_toolrunner.core.runs import Run, RunStatus
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.queue import SqlQueueStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import runs
from jupyter_toolrunner.services.outlook import QueueOutlook

WORKER = WorkerId("host:1:aa")


@pytest.fixture
def queue(engine: Engine) -> SqlQueueStore:
    return SqlQueueStore(engine)


def submitted(store: SqlRunStore, owner: str, rows: Sequence[dict[str, Any]], tool: str) -> list[Run]:
    made = [a_run(owner=owner, tool=ToolName(tool), params=params) for params in rows]
    return list(store.insert_all(made)[0])


def _ran(engine: Engine, store: SqlRunStore, tool: str, seconds: dict[int, int]) -> None:
    """Six runs for each value, which took so long."""
    for n, took in seconds.items():
        submitted(store, "past", [{"n": n}] * 6, tool)
        for _ in range(6):
            claim = store.claim(WORKER, 60)
            assert claim is not None
            store.finish(claim.run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), [])
            end = datetime.now(UTC)
            with engine.begin() as connection:
                connection.execute(
                    update(runs)
                    .where(runs.c.id == claim.run.id)
                    .values(started_at=end - timedelta(seconds=took), finished_at=end)
                )


def _outlook(engine: Engine, queue: SqlQueueStore, workers: int = 1, **limits: int) -> QueueOutlook:
    return QueueOutlook(
        queue=queue, history=SqlRunHistory(engine), limits=Limits(**limits), workers=lambda: workers
    )


def _starts(outlook: QueueOutlook, queue: SqlQueueStore, **page: Any) -> list[int | None]:
    found = queue.page(**page)
    stays: Sequence[Stay] = outlook.stays(found, lambda some: [None] * len(some), owner=page.get("owner"))
    return [None if stay.start is None else round(stay.start.middle) for stay in stays]


def test_values_turns_and_limits_tell_when_a_run_begins(
    engine: Engine, store: SqlRunStore, queue: SqlQueueStore
) -> None:
    _ran(engine, store, "box.sleep", {1: 1, 30: 30})
    submitted(store, "ada", [{"n": 30}, {"n": 1}, {"n": 30}], "box.sleep")
    submitted(store, "bob", [{"n": 1}], "box.sleep")
    page = {"offset": 0, "limit": 10}
    assert _starts(_outlook(engine, queue), queue, **page) == [0, 30, 31, 32]
    assert _starts(_outlook(engine, queue), queue, **page, owner="ada") == [0, 31, 32]
    assert _starts(_outlook(engine, queue, workers=4), queue, **page) == [0, 0, 0, 0]
    assert _starts(_outlook(engine, queue, workers=4, user=1), queue, **page) == [0, 0, 30, 31]
    queue.set_limits({"box.sleep": 1})
    assert _starts(_outlook(engine, queue, workers=4), queue, **page) == [0, 30, 31, 32]
    queue.hold("box.sleep", by="ada", note="")
    known = _outlook(engine, queue).experience("box.sleep")
    assert _outlook(engine, queue).whole("box.sleep", [Work(past=known.whole, runs=1)], owner="ada") == (
        None,
        None,
    )


def test_a_batch_waits_for_what_was_asked_for_before_it(
    engine: Engine, store: SqlRunStore, queue: SqlQueueStore
) -> None:
    _ran(engine, store, "box.sleep", {1: 1, 30: 30})
    submitted(store, "ada", [{"n": 30}] * 4, "box.sleep")
    outlook = _outlook(engine, queue, workers=2)
    known = outlook.experience("box.sleep")
    works = known.works([{"n": 30}, {"n": 30}, {"n": 1}, {"n": 1}], 4)
    start, whole = outlook.whole("box.sleep", works, owner="bob")
    # They take turns: of the two who are at it one is his, and of what is left of her line nobody knows the values.
    assert start is not None
    assert whole is not None
    assert start.middle == 0
    assert 30 < whole.middle < 100
    alone = outlook.whole("box.sleep", works, owner="bob", waiting_ahead=0)[1]
    assert alone is not None


def test_quick_runs_of_others_take_many_turns_beside_long_ones(
    engine: Engine, store: SqlRunStore, queue: SqlQueueStore
) -> None:
    _ran(engine, store, "box.sleep", {100: 100})
    _ran(engine, store, "box.wink", {1: 1})
    submitted(store, "bob", [{"n": 1}] * 2_000, "box.wink")
    outlook = _outlook(engine, queue, workers=2)
    works = [Work(past=outlook.experience("box.sleep").whole, runs=10)]
    start, whole = outlook.whole("box.sleep", works, owner="ada")
    assert start is not None
    assert whole is not None
    assert (start.middle, round(whole.middle)) == (0, 1_000)
    submitted(store, "ada", [{"n": 100}] * 10, "box.sleep")
    found = queue.page(offset=0, limit=40)
    stays = outlook.stays(found, lambda some: [None] * len(some))
    ends = [
        stay.end.middle
        for (_, run), stay in zip(found.items, stays, strict=True)
        if run.owner == "ada" and stay.end
    ]
    assert [round(end) for end in ends] == [100 * place for place in range(1, 11)]


def test_what_was_learnt_is_kept_until_another_run_succeeds(
    engine: Engine, store: SqlRunStore, queue: SqlQueueStore
) -> None:
    _ran(engine, store, "box.sleep", {1: 1, 30: 30})
    outlook = _outlook(engine, queue)
    known = outlook.experience("box.sleep")
    assert outlook.experience("box.sleep") is known
    assert outlook.experience("box.sleep", "f" * 64) is not known
    _ran(engine, store, "box.sleep", {2: 2})
    assert len(outlook.experience("box.sleep")) == len(known) + 6
    for n in range(60):
        outlook.experience(f"box.other_{n}")
    assert outlook.experience("box.sleep") is not known
    assert len(outlook._kept) <= 50


def test_far_behind_in_a_long_queue_it_is_said_about_and_at_once(
    engine: Engine, store: SqlRunStore, queue: SqlQueueStore
) -> None:
    _ran(engine, store, "box.sleep", {1: 1})
    submitted(store, "ada", [{"n": 1}] * 5_000, "box.sleep")
    submitted(store, "bob", [{"n": 1}] * 100, "box.sleep")
    outlook = _outlook(engine, queue, workers=2)
    begun = time.process_time()
    starts = _starts(outlook, queue, offset=4_000, limit=50)
    assert time.process_time() - begun < 2
    assert starts[0] == pytest.approx(2_000, rel=0.1)
    assert starts[-1] == pytest.approx(2_024, rel=0.1)
    of_bob = _starts(outlook, queue, offset=80, limit=10, owner="bob")
    assert of_bob[0] == pytest.approx(80, abs=8)
