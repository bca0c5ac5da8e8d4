"""Runs that take the result of one that was the same: never of a failure, and what is under way is waited for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from factories import a_run, a_schedule, an_artifact
from sqlalchemy import Engine, delete, event, func, select, text

from jupyter_toolrunner.core.errors import Conflict, LeaseLost
from jupyter_toolrunner.core.ids import Digest, RunId, WorkerId
from jupyter_toolrunner.core.ports import Claim, Outcome, RunEdit
from jupyter_toolrunner.core.retention import Freed, Kept, summed
from jupyter_toolrunner.core.runs import Priority, Reason, Run, RunError, RunStatus
from jupyter_toolrunner.core.schedules import Firing
from jupyter_toolrunner.core.schedules import Outcome as Fired
from jupyter_toolrunner.db.followers import SqlFollowerStore
from jupyter_toolrunner.db.retention import SqlRetentionStore
from jupyter_toolrunner.db.reuse import READY
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schedules import SqlScheduleStore
from jupyter_toolrunner.db.tables import artifacts, awaited_runs, reusable, runs

ME = WorkerId("here:1:worker-1")
KEY, OTHER = Digest("1" * 64), Digest("2" * 64)


class Bench:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.runs = SqlRunStore(engine)
        self.followers = SqlFollowerStore(engine)

    def submit(
        self,
        key: Digest | None = KEY,
        *,
        owner: str = "anna",
        reuse: bool = True,
        priority: Priority = Priority.DEFAULT,
    ) -> Run:
        return self.runs.insert(a_run(reuse=reuse, reuse_key=key, owner=owner, priority=priority))[0]

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
        second = bench.submit()
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


class TestTurns:
    """Who waits for another one's result waits no longer than for a turn of its own."""

    def claim(self, bench: Bench) -> Claim:
        claim = bench.runs.claim(ME, 15.0)
        assert claim is not None
        return claim

    def begin(self, bench: Bench) -> tuple[Claim, Run | None]:
        claim = self.claim(bench)
        return claim, bench.runs.take_earlier(claim.run.id, claim.fence, KEY)

    def succeed(self, bench: Bench, claim: Claim) -> list[tuple[RunId, RunStatus]]:
        made = (an_artifact(attempt=claim.fence),)
        ended = bench.runs.finish(
            claim.run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), made, reuse_key=KEY
        )
        return [(each.id, each.status) for each in bench.followers.release(ended.id)]

    def test_nobody_waits_for_a_run_that_another_ones_batch_has_before_it(self, bench: Bench) -> None:
        bench.runs.insert_all([a_run(owner="anna") for _ in range(5)])
        low = bench.submit(owner="anna", priority=Priority.LOW)
        mine = bench.submit(owner="boris", priority=Priority.HIGH)
        own = bench.submit(owner="anna", priority=Priority.HIGH)
        assert [run.status for run in (low, mine, own)] == [RunStatus.QUEUED] * 3
        claims = [self.claim(bench), self.claim(bench)]
        assert mine.id in [claim.run.id for claim in claims]

    def test_one_that_has_its_turn_does_the_work_for_those_behind_it(self, bench: Bench) -> None:
        low, behind = (bench.submit(owner="anna", priority=Priority.LOW) for _ in range(2))
        bench.submit(None, owner="anna", reuse=False)
        self.claim(bench)
        mine = bench.submit(owner="boris", priority=Priority.HIGH)
        claim, taken = self.begin(bench)
        assert (claim.run.id, taken) == (mine.id, None)
        claim_of_low, joined = self.begin(bench)
        assert claim_of_low.run.id == low.id
        assert joined is not None
        assert (joined.status, joined.attempts_left, joined.worker) == (RunStatus.WAITING, 1, None)
        assert bench.get(low).attempts == ()
        assert sorted(self.succeed(bench, claim)) == sorted(
            [(low.id, RunStatus.SUCCEEDED), (behind.id, RunStatus.SUCCEEDED)]
        )
        for run in (low, behind):
            found = bench.get(run)
            assert found.reused is not None
            assert (found.reused.run, len(found.artifacts)) == (mine.id, 1)

    def test_of_two_that_run_at_once_the_second_steps_back(self, bench: Bench) -> None:
        bench.submit(owner="anna")
        second = bench.submit(owner="boris")
        first_claim, second_claim = self.claim(bench), self.claim(bench)
        assert second_claim.run.id == second.id
        assert bench.runs.take_earlier(second.id, second_claim.fence, KEY) is not None
        assert bench.runs.take_earlier(first_claim.run.id, first_claim.fence, KEY) is None
        assert not bench.runs.lease(second.id, second_claim.fence).held
        with pytest.raises(LeaseLost):
            self.succeed(bench, second_claim)
        assert self.succeed(bench, first_claim) == [(second.id, RunStatus.SUCCEEDED)]

    def test_one_that_stepped_back_runs_when_the_other_one_failed(self, bench: Bench) -> None:
        first, second = bench.submit(owner="anna"), bench.submit(owner="boris")
        first_claim, (_, joined) = self.claim(bench), self.begin(bench)
        assert joined is not None
        bench.runs.finish(first.id, first_claim.fence, Outcome(status=RunStatus.FAILED), ())
        assert [(run.id, run.status) for run in bench.followers.release(first.id)] == [
            (second.id, RunStatus.QUEUED)
        ]
        claim, taken = self.begin(bench)
        assert (claim.run.id, claim.fence, taken) == (second.id, 2, None)
        self.succeed(bench, claim)
        assert [one.number for one in bench.get(second).attempts] == [2]

    def test_nobody_waits_for_a_run_that_is_held_back(self, bench: Bench) -> None:
        first = bench.runs.insert(a_run(reuse=True, reuse_key=KEY), attempts=3)[0]
        claim = self.claim(bench)
        bench.runs.finish(first.id, claim.fence, Outcome(status=RunStatus.FAILED), (), again_after=900.0)
        second = bench.submit()
        assert second.status is RunStatus.QUEUED
        claim, taken = self.begin(bench)
        assert (claim.run.id, taken) == (second.id, None)
        self.succeed(bench, claim)

    def test_a_run_that_is_wanted_no_longer_is_waited_for_by_none_that_begins(self, bench: Bench) -> None:
        first, second = bench.submit(owner="anna"), bench.submit(owner="boris")
        self.claim(bench)
        bench.runs.request_cancel(first.id)
        claim, taken = self.begin(bench)
        assert (claim.run.id, taken) == (second.id, None)

    def test_a_failure_lets_the_others_wait_for_the_next_one_at_once(self, bench: Bench) -> None:
        first, *others = (bench.submit() for _ in range(30))
        claim = self.claim(bench)
        bench.runs.finish(first.id, claim.fence, Outcome(status=RunStatus.FAILED), ())
        said = 0

        def count(*_: Any) -> None:
            nonlocal said
            said += 1

        event.listen(bench.engine, "before_cursor_execute", count)
        changed = bench.followers.release(first.id)
        event.remove(bench.engine, "before_cursor_execute", count)
        assert [run.id for run in changed] == [others[0].id]
        assert said < 20
        with bench.engine.connect() as connection:
            waits_for = connection.execute(
                select(awaited_runs.c.awaited, func.count())
                .where(awaited_runs.c.is_open)
                .group_by(awaited_runs.c.awaited)
            ).all()
        assert [tuple(row) for row in waits_for] == [(others[0].id, 28)]
        claim = self.claim(bench)
        assert len(self.succeed(bench, claim)) == 28


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


class TestWithOthers:
    """Transactions of others at the same moment; SQLite has one who writes, PostgreSQL many."""

    def wait_for_waiting(self, engine: Engine) -> None:
        """Until one waits for another's lock."""
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        for _ in range(1_000):
            with engine.connect() as connection:
                if connection.execute(waiting).scalar():
                    return
            threading.Event().wait(0.01)
        pytest.fail("nobody waits")

    def test_a_result_that_is_just_being_freed_is_not_taken(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if bench.engine.dialect.name != "postgresql":
            pytest.skip("one writes at a time")
        first = bench.submit()
        bench.end(first)
        other = bench.submit(OTHER)
        bench.end(other, key=OTHER)
        store = SqlRetentionStore(bench.engine)
        left = [one for one in store.left(Kept.ARTIFACT) if one.run == first.id]
        free = store._free
        freeing, go_on = threading.Event(), threading.Event()

        def slowly(*given: Any) -> bool:
            freeing.set()
            assert go_on.wait(20)
            return free(*given)

        monkeypatch.setattr(store, "_free", slowly)
        with ThreadPoolExecutor(2) as pool:
            at = datetime.now(UTC)
            freed = pool.submit(
                store.free, [Freed(left[0], "age")], lambda some, needed: summed(some, at, "", needed, ())
            )
            assert freeing.wait(20)
            taker = pool.submit(bench.submit)
            self.wait_for_waiting(bench.engine)
            go_on.set()
            assert freed.result(20).artifacts == 1
            assert taker.result(20).status is RunStatus.QUEUED

    def test_those_that_lock_many_runs_lock_them_in_one_order(self, bench: Bench) -> None:
        if bench.engine.dialect.name != "postgresql":
            pytest.skip("one writes at a time")
        keys = [Digest(letter * 64) for letter in "dcba"]
        holders = [bench.submit(key) for key in keys]
        waiters = [bench.submit(key) for key in keys]
        # Ids of those that are made at one moment tell nothing of their numbers.
        with bench.engine.connect() as connection:
            connection.execute(select(runs.c.id).where(runs.c.id == holders[0].id).with_for_update())
            with ThreadPoolExecutor(1) as pool:
                made = pool.submit(bench.runs.insert_all, [a_run(reuse=True, reuse_key=key) for key in keys])
                self.wait_for_waiting(bench.engine)
                # Whoever waits for the first has none of the later ones.
                later = select(runs.c.id).where(runs.c.id.in_([run.id for run in holders[1:]]))
                assert len(connection.execute(later.with_for_update(nowait=True)).all()) == 3
                connection.rollback()
                assert {run.status for run in made.result(20)[0]} == {RunStatus.WAITING}
        assert {bench.get(run).status for run in waiters} == {RunStatus.WAITING}
