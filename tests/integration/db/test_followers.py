"""Runs that wait for others: nothing is queued too early, nothing twice, and nothing waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from factories import a_run
from sqlalchemy import Engine, event

from jupyter_toolrunner.core.after import After, Rule
from jupyter_toolrunner.core.errors import Conflict, InvalidRequest
from jupyter_toolrunner.core.ids import RunId, WorkerId
from jupyter_toolrunner.core.ports import Outcome
from jupyter_toolrunner.core.runs import Reason, Run, RunStatus
from jupyter_toolrunner.db.followers import SqlFollowerStore
from jupyter_toolrunner.db.runs import SqlRunStore

ME = WorkerId("here:1:worker-1")


class Bench:
    def __init__(self, engine: Engine) -> None:
        self.runs = SqlRunStore(engine)
        self.followers = SqlFollowerStore(engine)

    def submit(self, *after: Run, rule: Rule = Rule.ALL_SUCCEEDED) -> Run:
        awaited = After(rule, tuple(run.id for run in after)) if after else None
        return self.runs.insert(a_run(after=awaited))[0]

    def end(self, run: Run, status: RunStatus = RunStatus.SUCCEEDED) -> Run:
        claim = self.runs.claim(ME, 15.0)
        assert claim is not None
        assert claim.run.id == run.id, "another run was queued"
        return self.runs.finish(run.id, claim.fence, Outcome(status=status), ())

    def ended(self, run: Run, status: RunStatus = RunStatus.SUCCEEDED) -> list[tuple[RunId, RunStatus]]:
        self.end(run, status)
        return [(each.id, each.status) for each in self.followers.release(run.id)]

    def status(self, run: Run) -> RunStatus:
        return self.runs.status(run.id)


@pytest.fixture
def bench(engine: Engine) -> Bench:
    return Bench(engine)


def test_it_is_queued_when_all_have_succeeded_and_not_before(bench: Bench) -> None:
    first, second = bench.submit(), bench.submit()
    last = bench.submit(first, second)
    assert last.status is RunStatus.WAITING
    assert bench.ended(first) == []
    assert bench.ended(second) == [(last.id, RunStatus.QUEUED)]
    assert list(bench.followers.release(second.id)) == []
    bench.end(last)


def test_what_has_ended_already_is_not_waited_for(bench: Bench) -> None:
    first = bench.submit()
    bench.end(first)
    assert bench.submit(first).status is RunStatus.QUEUED


def test_what_could_never_start_is_refused(bench: Bench) -> None:
    first = bench.submit()
    bench.end(first, RunStatus.FAILED)
    with pytest.raises(InvalidRequest, match=r"run #\d+ \(box.tool\), which it waits for, failed") as caught:
        bench.submit(first)
    assert caught.value.field == "after"
    assert bench.runs.claim(ME, 15.0) is None


def test_a_failure_goes_down_the_chain_and_a_retry_brings_it_back(bench: Bench) -> None:
    first = bench.submit()
    second = bench.submit(first)
    third = bench.submit(second)
    comfort = bench.submit(second, rule=Rule.ANY_FAILED)
    ended = dict(bench.ended(first, RunStatus.FAILED))
    assert ended == {
        second.id: RunStatus.FAILED,
        third.id: RunStatus.FAILED,
        comfort.id: RunStatus.QUEUED,
    }
    failed = bench.runs.get(second.id)
    assert failed.reason is Reason.UPSTREAM
    assert failed.error is not None
    assert failed.error.message.startswith(f"run #{first.number} (box.tool)")
    with pytest.raises(Conflict, match=f"Run #{third.number} cannot start"):
        bench.runs.requeue(third.id)
    bench.end(comfort)
    bench.runs.requeue(first.id)
    assert [bench.status(run) for run in (second, third)] == [RunStatus.WAITING] * 2
    assert bench.ended(first) == [(second.id, RunStatus.QUEUED)]
    assert bench.ended(second) == [(third.id, RunStatus.QUEUED)]
    bench.end(third)


def test_one_that_waits_for_a_failure_is_skipped_where_there_is_none(bench: Bench) -> None:
    first = bench.submit()
    comfort = bench.submit(first, rule=Rule.ANY_FAILED)
    after_comfort = bench.submit(comfort, rule=Rule.ALL_ENDED)
    assert dict(bench.ended(first)) == {
        comfort.id: RunStatus.SKIPPED,
        after_comfort.id: RunStatus.QUEUED,
    }


def test_it_is_not_queued_by_hand_and_can_be_canceled(bench: Bench) -> None:
    first = bench.submit()
    second = bench.submit(first)
    with pytest.raises(Conflict, match="waits for other runs"):
        bench.runs.requeue(second.id)
    assert bench.runs.request_cancel(second.id).status is RunStatus.CANCELED
    assert bench.ended(first) == []
    assert bench.status(second) is RunStatus.CANCELED


def test_one_canceled_by_hand_waits_again_when_it_is_retried(bench: Bench) -> None:
    first = bench.submit()
    second = bench.submit(first)
    bench.runs.request_cancel(second.id)
    assert bench.runs.requeue(second.id).status is RunStatus.WAITING
    assert bench.ended(first) == [(second.id, RunStatus.QUEUED)]


def test_what_a_dead_process_did_not_release_the_sweep_does(bench: Bench) -> None:
    first = bench.submit()
    second = bench.submit(first)
    assert bench.followers.ended() == []
    bench.end(first)
    assert bench.followers.ended() == [first.id]
    assert [run.id for run in bench.followers.release(first.id)] == [second.id]
    assert bench.followers.ended() == []


def test_the_sweep_reads_what_is_open_alone(bench: Bench, engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what the tables hold")
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        plans.append(" ".join(str(row[-1]) for row in cursor.fetchall()))

    event.listen(engine, "before_cursor_execute", explain)
    bench.followers.ended()
    event.remove(engine, "before_cursor_execute", explain)
    assert [plan for plan in plans if "ix_awaited_runs_open" in plan]


def test_an_end_that_decides_nothing_is_looked_at_once(bench: Bench) -> None:
    first, second = bench.submit(), bench.submit()
    last = bench.submit(first, second, rule=Rule.ALL_ENDED)
    bench.end(first, RunStatus.FAILED)
    assert list(bench.followers.ended()) == [first.id]
    assert list(bench.followers.release(first.id)) == []
    assert list(bench.followers.ended()) == []
    assert bench.ended(second) == [(last.id, RunStatus.QUEUED)]


def test_one_that_ended_and_is_tried_again_is_waited_for_again(bench: Bench) -> None:
    other, again = bench.submit(), bench.submit()
    last = bench.submit(other, again, rule=Rule.ALL_ENDED)
    bench.runs.request_cancel(again.id)
    assert list(bench.followers.release(again.id)) == []
    bench.runs.requeue(again.id)
    assert bench.ended(other) == []
    assert bench.ended(again) == [(last.id, RunStatus.QUEUED)]


def test_its_relatives_are_told_of(bench: Bench) -> None:
    first, second = bench.submit(), bench.submit()
    third = bench.submit(second, first)
    assert [run.id for run in bench.followers.awaited(third.id)] == [first.id, second.id]
    assert [run.id for run in bench.followers.followers(first.id, limit=5)] == [third.id]


def test_the_same_key_gives_the_same_run(bench: Bench) -> None:
    first = bench.submit()
    wanted = a_run(after=After(Rule.ALL_SUCCEEDED, (first.id,)))
    made, is_new = bench.runs.insert(wanted, idempotency_key="k", request_digest="d")
    again, is_new_again = bench.runs.insert(
        a_run(after=wanted.after), idempotency_key="k", request_digest="d"
    )
    assert (is_new, is_new_again) == (True, False)
    assert again.id == made.id
    bench.ended(first, RunStatus.FAILED)
    late, _ = bench.runs.insert(a_run(after=wanted.after), idempotency_key="k", request_digest="d")
    assert late.status is RunStatus.FAILED, "also when it would never start by now"


def test_of_many_ends_at_once_each_follower_is_answered_once(bench: Bench) -> None:
    """And a submit beside an end never waits for what is over."""
    firsts = [bench.submit() for _ in range(8)]
    claims = [bench.runs.claim(ME, 60.0) for _ in firsts]
    last = bench.submit(*firsts)
    answered: list[RunId] = []
    late: list[Run] = []
    together = threading.Barrier(2 * len(firsts))

    def end(place: int) -> None:
        claim = claims[place]
        assert claim is not None
        together.wait()
        bench.runs.finish(claim.run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), ())
        answered.extend(run.id for run in bench.followers.release(claim.run.id))

    def submit(place: int) -> None:
        together.wait()
        late.append(bench.submit(firsts[place]))

    with ThreadPoolExecutor(2 * len(firsts)) as pool:
        jobs: list[Callable[[], None]] = [lambda n=n: end(n) for n in range(8)]  # type: ignore[misc]
        jobs += [lambda n=n: submit(n) for n in range(8)]  # type: ignore[misc]
        for each in [pool.submit(job) for job in jobs]:
            each.result()
    for ended in bench.followers.ended():
        answered.extend(run.id for run in bench.followers.release(ended))
    assert answered.count(last.id) == 1
    assert {bench.status(run) for run in [last, *late]} == {RunStatus.QUEUED}
