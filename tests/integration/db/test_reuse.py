"""Runs that take the result of one that was the same: never of a failure, and what is under way is waited for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from factories import a_run, a_schedule, an_artifact
from sqlalchemy import Engine, delete, select

from jupyter_toolrunner.core.errors import Conflict
from jupyter_toolrunner.core.ids import Digest, RunId, WorkerId
from jupyter_toolrunner.core.ports import Outcome, RunEdit
from jupyter_toolrunner.core.runs import Reason, Run, RunError, RunStatus
from jupyter_toolrunner.core.schedules import Firing
from jupyter_toolrunner.core.schedules import Outcome as Fired
from jupyter_toolrunner.db.followers import SqlFollowerStore
from jupyter_toolrunner.db.reuse import READY
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schedules import SqlScheduleStore
from jupyter_toolrunner.db.tables import artifacts, reusable, runs

ME = WorkerId("here:1:worker-1")
KEY, OTHER = Digest("1" * 64), Digest("2" * 64)


class Bench:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.runs = SqlRunStore(engine)
        self.followers = SqlFollowerStore(engine)

    def submit(self, key: Digest | None = KEY, *, owner: str = "anna", reuse: bool = True) -> Run:
        return self.runs.insert(a_run(reuse=reuse, reuse_key=key, owner=owner))[0]

    def end(
        self, run: Run, status: RunStatus = RunStatus.SUCCEEDED, key: Digest | None = KEY
    ) -> list[tuple[RunId, RunStatus]]:
        claim = self.runs.claim(ME, 15.0)
        assert claim is not None
        assert claim.run.id == run.id, "another run was queued"
        good = status is RunStatus.SUCCEEDED
        outcome = Outcome(
            status=status,
            reason=None if good else Reason.ERROR,
            error=None if good else RunError(type="ValueError", message="no"),
        )
        made = (an_artifact(attempt=claim.fence),) if good else ()
        self.runs.finish(run.id, claim.fence, outcome, made, reuse_key=key)
        return [(each.id, each.status) for each in self.followers.release(run.id)]

    def get(self, run: Run) -> Run:
        return self.runs.get(run.id)


@pytest.fixture
def bench(engine: Engine) -> Bench:
    return Bench(engine)


def test_the_second_run_has_the_result_of_the_first(bench: Bench) -> None:
    first = bench.submit()
    bench.end(first)
    second = bench.submit(owner="boris")
    assert (second.status, second.attempt, second.started_at) == (RunStatus.SUCCEEDED, 0, None)
    assert second.reused is not None
    assert (second.reused.run, second.reused.number, second.reused.owner) == (
        first.id,
        first.number,
        "anna",
    )
    assert second.reused.finished_at == bench.get(first).finished_at
    kept, source = bench.get(second), bench.get(first)
    assert [one.digest for one in kept.artifacts] == [one.digest for one in source.artifacts]
    assert {one.id for one in kept.artifacts}.isdisjoint(one.id for one in source.artifacts)
    assert bench.runs.claim(ME, 15.0) is None


def test_the_first_one_is_named_however_often_its_result_is_taken(bench: Bench) -> None:
    first = bench.submit()
    bench.end(first)
    assert {taken.reused and taken.reused.run for taken in (bench.submit(), bench.submit())} == {first.id}


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELED])
def test_what_did_not_succeed_is_run_again(bench: Bench, status: RunStatus) -> None:
    bench.end(bench.submit(), status)
    again = bench.submit()
    assert again.status is RunStatus.QUEUED
    bench.end(again)
    assert bench.submit().reused is not None


def test_what_changed_while_it_ran_is_nobody_elses_result(bench: Bench) -> None:
    bench.end(bench.submit(), key=None)
    assert bench.submit().status is RunStatus.QUEUED


def test_a_result_is_found_by_what_the_worker_saw(bench: Bench) -> None:
    bench.end(bench.submit(), key=OTHER)
    assert bench.submit(OTHER).reused is not None
    assert bench.submit().status is RunStatus.QUEUED


def test_runs_without_a_key_or_without_reuse_run(bench: Bench) -> None:
    bench.end(bench.submit())
    assert bench.submit(None).status is RunStatus.QUEUED
    assert bench.submit(None, reuse=False).status is RunStatus.QUEUED
    assert bench.runs.insert(a_run())[0].status is RunStatus.QUEUED


def test_a_new_result_takes_the_place_of_the_old_one(bench: Bench) -> None:
    bench.end(bench.submit())
    anew = bench.submit(None, reuse=False)
    bench.end(anew)
    taken = bench.submit()
    assert taken.reused is not None
    assert taken.reused.run == anew.id


class TestTwoAtOnce:
    def test_the_second_waits_and_takes_the_result(self, bench: Bench) -> None:
        first = bench.submit()
        second = bench.submit(owner="boris")
        assert second.status is RunStatus.WAITING
        assert bench.end(first) == [(second.id, RunStatus.SUCCEEDED)]
        assert bench.get(second).reused is not None
        assert len(bench.get(second).artifacts) == 1

    def test_of_ten_threads_one_has_work(self, bench: Bench) -> None:
        start = threading.Barrier(10)

        def submit(_: int) -> Run:
            start.wait()
            return bench.submit()

        with ThreadPoolExecutor(10) as pool:
            made = list(pool.map(submit, range(10)))
        assert sorted(run.status for run in made) == sorted([RunStatus.QUEUED, *[RunStatus.WAITING] * 9])
        first = next(run for run in made if run.status is RunStatus.QUEUED)
        assert {status for _, status in bench.end(first)} == {RunStatus.SUCCEEDED}
        assert {bench.get(run).status for run in made} == {RunStatus.SUCCEEDED}

    def test_after_a_failure_one_of_those_that_waited_runs(self, bench: Bench) -> None:
        first, second, third = bench.submit(), bench.submit(), bench.submit()
        assert bench.end(first, RunStatus.FAILED) == [(second.id, RunStatus.QUEUED)]
        assert bench.get(third).status is RunStatus.WAITING
        assert bench.end(second) == [(third.id, RunStatus.SUCCEEDED)]

    def test_after_a_cancel_one_of_those_that_waited_runs(self, bench: Bench) -> None:
        first, second = bench.submit(), bench.submit()
        bench.runs.request_cancel(first.id)
        assert [(run.id, run.status) for run in bench.followers.release(first.id)] == [
            (second.id, RunStatus.QUEUED)
        ]

    def test_one_that_waits_can_be_canceled(self, bench: Bench) -> None:
        first, second = bench.submit(), bench.submit()
        bench.runs.request_cancel(second.id)
        assert bench.end(first) == []
        assert bench.get(second).status is RunStatus.CANCELED

    def test_one_that_was_asked_to_end_is_not_waited_for(self, bench: Bench) -> None:
        first = bench.submit()
        claim = bench.runs.claim(ME, 15.0)
        assert claim is not None
        bench.runs.request_cancel(first.id)
        assert bench.submit().status is RunStatus.QUEUED

    def test_what_changed_while_the_first_ran_has_the_second_run(self, bench: Bench) -> None:
        first, second = bench.submit(), bench.submit()
        assert bench.end(first, key=None) == [(second.id, RunStatus.QUEUED)]

    def test_the_sweep_finds_what_nobody_released(self, bench: Bench) -> None:
        first, second = bench.submit(), bench.submit()
        claim = bench.runs.claim(ME, 15.0)
        assert claim is not None
        bench.runs.finish(first.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), (), reuse_key=KEY)
        assert list(bench.followers.ended()) == [first.id]
        bench.followers.release(first.id)
        assert bench.get(second).status is RunStatus.SUCCEEDED

    def test_one_whose_values_are_changed_waits_no_longer(self, bench: Bench) -> None:
        first, second = bench.submit(), bench.submit()
        edited = bench.runs.edit(second.id, RunEdit(params={"count": 2}), by="anna")
        assert (edited.status, edited.reuse_key) == (RunStatus.QUEUED, None)
        assert bench.end(first) == []
        assert bench.get(second).status is RunStatus.QUEUED

    def test_nobody_takes_the_result_of_one_whose_values_were_changed(self, bench: Bench) -> None:
        first, second = bench.submit(), bench.submit()
        bench.runs.edit(first.id, RunEdit(params={"count": 2}), by="anna")
        assert bench.end(first, key=OTHER) == [(second.id, RunStatus.QUEUED)]


class TestWorkers:
    def test_take_what_is_there_by_the_time_they_start(self, bench: Bench) -> None:
        first = bench.submit()
        bench.end(first)
        late = bench.submit(None)
        claim = bench.runs.claim(ME, 15.0)
        assert claim is not None
        taken = bench.runs.take_earlier(late.id, claim.fence, KEY)
        assert taken is not None
        assert taken.reused is not None
        found = bench.get(late)
        assert (found.status, found.started_at) == (RunStatus.SUCCEEDED, None)
        assert [(one.number, one.status) for one in found.attempts] == [(1, RunStatus.SUCCEEDED)]
        assert [one.attempt for one in found.artifacts] == [1]

    def test_take_nothing_of_a_run_that_is_theirs_no_longer(self, bench: Bench) -> None:
        bench.end(bench.submit())
        late = bench.submit(None)
        claim = bench.runs.claim(ME, 15.0)
        assert claim is not None
        assert bench.runs.take_earlier(late.id, claim.fence + 1, KEY) is None
        bench.runs.request_cancel(late.id)
        assert bench.runs.take_earlier(late.id, claim.fence, KEY) is None
        assert bench.get(late).artifacts == ()


def test_a_retry_of_it_runs_and_takes_nothing(bench: Bench) -> None:
    bench.end(bench.submit())
    taken = bench.submit()
    again = bench.runs.requeue(taken.id)
    assert (again.status, again.reused, again.reuse) == (RunStatus.QUEUED, None, False)
    bench.end(taken)
    found = bench.get(taken)
    assert (found.status, found.attempt, found.reused) == (RunStatus.SUCCEEDED, 1, None)
    with pytest.raises(Conflict, match="only failed and canceled"):
        bench.runs.requeue(taken.id)


def test_its_files_stay_when_the_earlier_run_goes(bench: Bench) -> None:
    first = bench.submit()
    bench.end(first)
    taken = bench.submit()
    with bench.engine.begin() as connection:
        connection.execute(delete(artifacts).where(artifacts.c.run == first.id))
        connection.execute(delete(runs).where(runs.c.id == first.id))
        assert connection.execute(select(reusable)).all() == []
    found = bench.get(taken)
    assert len(found.artifacts) == 1
    assert found.reused is not None
    assert found.reused.number == first.number
    assert bench.submit().status is RunStatus.QUEUED


def test_rows_of_a_batch_that_are_the_same_are_run_once(bench: Bench) -> None:
    bench.end(bench.submit())
    new = [a_run(reuse=True, reuse_key=key) for key in (OTHER, KEY, OTHER)]
    made, _ = bench.runs.insert_all(new)
    assert sorted(run.status for run in made) == sorted(
        [RunStatus.QUEUED, RunStatus.WAITING, RunStatus.SUCCEEDED]
    )
    assert made[1].reused is not None


def test_a_schedule_takes_results_where_its_tool_does(bench: Bench) -> None:
    bench.end(bench.submit())
    schedules = SqlScheduleStore(bench.engine)
    schedule = schedules.insert(a_schedule(next_due=datetime(2030, 1, 1, tzinfo=UTC)))
    run = a_run(reuse=True, reuse_key=KEY)
    due = datetime(2030, 1, 1, tzinfo=UTC)
    firing = Firing(schedule=schedule.id, due=due, outcome=Fired.FIRED, fired_at=due, run=run.id)
    _, made = schedules.fire(schedule, firing, None, run)
    assert made is not None
    assert made.status is RunStatus.SUCCEEDED


def test_a_repeated_request_is_the_same_run(bench: Bench) -> None:
    bench.end(bench.submit())
    request = {"idempotency_key": "k", "request_digest": "d"}
    first, is_new = bench.runs.insert(a_run(reuse=True, reuse_key=KEY), **request)  # type: ignore[arg-type]
    again, is_new_again = bench.runs.insert(a_run(reuse=True, reuse_key=KEY), **request)  # type: ignore[arg-type]
    assert (is_new, is_new_again) == (True, False)
    assert first.id == again.id


def test_a_result_among_many_is_found_by_its_key_alone(bench: Bench) -> None:
    dialect = bench.engine.dialect
    compiled = READY.compiled(dialect, ["of_key"])
    given = compiled.values({"of_key": KEY})
    values = tuple(given) if isinstance(given, list) else given
    with bench.engine.connect() as connection:
        if dialect.name == "postgresql":
            # So small a table is read as a whole otherwise.
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
        plan = connection.exec_driver_sql(f"{explain} {compiled.text}", values)
        said = "\n".join(str(row) for row in plan)
    used = {"sqlite": "SEARCH reusable USING INDEX", "postgresql": "using pk_reusable on reusable"}
    assert used[dialect.name] in said
