"""The truth about runs, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from factories import a_run, an_artifact
from sqlalchemy import Engine, text

from jupyter_toolrunner.core.errors import Conflict, LeaseLost, NotFound
from jupyter_toolrunner.core.ids import WorkerId
from jupyter_toolrunner.core.ports import Outcome, RunEdit
from jupyter_toolrunner.core.runs import Priority, Progress, Reason, Run, RunError, RunStatus
from jupyter_toolrunner.core.tools import Delivery
from jupyter_toolrunner.db.runs import SqlRunStore

WORKER = WorkerId("host:1:aa")
SUCCEEDED = Outcome(status=RunStatus.SUCCEEDED)
LOST = RunError(type="lost_worker", message="gone")


def test_a_run_is_kept_with_its_params_exactly(store: SqlRunStore) -> None:
    params = {
        "text": 'O\'Brien "North"\n\0\ud800 \u202e',
        "n": 3,
        "deep": [{"a": None}],
        "big": 10**30,
        "x": 0.1,
    }
    run, is_new = store.insert(a_run(params=params))
    assert is_new
    assert store.get(run.id).params == params


def test_numbers_count_up_and_find_the_run(store: SqlRunStore) -> None:
    first, second = (store.insert(a_run())[0] for _ in range(2))
    assert second.number == first.number + 1
    assert store.get(str(second.number)).id == store.get(f"#{second.number}").id == second.id


def test_the_status_alone_is_found_as_the_run_is(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    store.request_cancel(run.id)
    asked = (run.id, str(run.number), f"#{run.number}")
    assert {store.status(one) for one in asked} == {RunStatus.CANCELED}
    for nothing in ("nothing", "#999999", "9" * 30, "\0", "ü"):
        with pytest.raises(NotFound):
            store.status(nothing)
        with pytest.raises(NotFound):
            store.get(nothing)


@pytest.mark.parametrize("name", ["", "0", "#", "none", "9" * 40, "1; DROP TABLE runs", "１"])
def test_what_is_no_run_is_not_found(store: SqlRunStore, name: str) -> None:
    store.insert(a_run())
    with pytest.raises(NotFound):
        store.get(name)


def test_the_same_key_gives_the_same_run_and_another_request_is_refused(store: SqlRunStore) -> None:
    first, _ = store.insert(a_run(), idempotency_key="k", request_digest="1")
    again, is_new = store.insert(a_run(), idempotency_key="k", request_digest="1")
    assert (again.id, is_new) == (first.id, False)
    other_user, is_new = store.insert(a_run(owner="boris"), idempotency_key="k", request_digest="1")
    assert is_new
    assert other_user.id != first.id
    with pytest.raises(Conflict):
        store.insert(a_run(), idempotency_key="k", request_digest="2")


def test_claims_go_by_priority_and_then_by_age(store: SqlRunStore) -> None:
    low, default, high, later = (
        store.insert(a_run(priority=priority))[0]
        for priority in (Priority.LOW, Priority.DEFAULT, Priority.HIGH, Priority.DEFAULT)
    )
    claimed = [store.claim(WORKER, 5) for _ in range(5)]
    assert [claim and claim.run.id for claim in claimed] == [high.id, default.id, later.id, low.id, None]


def test_many_workers_never_claim_one_run_twice(store: SqlRunStore) -> None:
    made = {store.insert(a_run())[0].id for _ in range(60)}
    claimed: Counter[str] = Counter()

    def work(number: int) -> None:
        while claim := store.claim(WorkerId(f"host:{number}:aa"), 5):
            claimed[claim.run.id] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert claimed == Counter(made)


def test_a_finish_writes_status_attempt_and_artifacts_at_once(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    claim = store.claim(WORKER, 5)
    assert claim
    kept = an_artifact()
    store.finish(
        run.id, claim.fence, SUCCEEDED, [kept], log_size=5, log_tail="hello", environment={"python": "3"}
    )
    found = store.get(run.id)
    assert (found.status, found.artifacts) == (RunStatus.SUCCEEDED, (kept,))
    assert [(a.number, a.status, a.log_size, a.environment) for a in found.attempts] == [
        (1, RunStatus.SUCCEEDED, 5, {"python": "3"})
    ]
    artifact, owner = store.artifact(kept.id)
    assert owner is not None
    assert (artifact, owner.id) == (kept, run.id)


def test_who_lost_the_lease_publishes_nothing(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run(delivery=Delivery.IDEMPOTENT), attempts=3)
    first = store.claim(WORKER, 5)
    assert first
    assert store.lose(run.id, first.fence, LOST)
    second = store.claim(WORKER, 5)
    assert second
    assert second.fence == first.fence + 1
    assert not store.renew(run.id, first.fence, 5).held
    with pytest.raises(LeaseLost):
        store.finish(run.id, first.fence, SUCCEEDED, [an_artifact()])
    store.finish(run.id, second.fence, SUCCEEDED, [])
    assert store.get(run.id).artifacts == ()


def test_a_lost_attempt_ends_the_run_or_is_tried_again_as_its_delivery_says(store: SqlRunStore) -> None:
    once, _ = store.insert(a_run())
    again, _ = store.insert(a_run(delivery=Delivery.IDEMPOTENT), attempts=2)
    for run in (once, again):
        store.claim(WORKER, 5)
        store.lose(run.id, 1, LOST)
    assert (store.get(once.id).status, store.get(once.id).reason) == (RunStatus.FAILED, Reason.LOST_WORKER)
    assert store.get(again.id).status is RunStatus.QUEUED
    store.claim(WORKER, 5)
    store.lose(again.id, 2, LOST)
    ended = store.get(again.id)
    assert (ended.status, ended.reason, ended.attempt) == (RunStatus.FAILED, Reason.LOST_WORKER, 2)
    assert [attempt.error for attempt in ended.attempts] == [LOST, LOST]


def test_losing_an_attempt_that_ended_already_changes_nothing(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    store.claim(WORKER, 5)
    store.finish(run.id, 1, SUCCEEDED, [])
    assert store.lose(run.id, 1, LOST) is None
    assert store.get(run.id).status is RunStatus.SUCCEEDED


def test_a_lease_lapses_by_the_clock_of_the_database(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    store.claim(WORKER, 60)
    assert [(one.run, one.lapsed) for one in store.running()] == [(run.id, False)]
    store.renew(run.id, 1, -1)
    assert [one.lapsed for one in store.running()] == [True]


def test_progress_is_kept_with_the_lease(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    store.claim(WORKER, 5)
    store.renew(run.id, 1, 5, Progress(done=1, total=3, text="one"))
    assert store.get(run.id).progress == Progress(done=1, total=3, text="one")


def test_a_waiting_run_is_canceled_at_once_and_a_running_one_is_asked(store: SqlRunStore) -> None:
    waiting, running = store.insert(a_run())[0], store.insert(a_run(priority=Priority.HIGH))[0]
    store.claim(WORKER, 5)
    assert store.request_cancel(waiting.id).status is RunStatus.CANCELED
    assert store.request_cancel(running.id).status is RunStatus.RUNNING
    assert store.lease(running.id, 1).cancel_requested
    store.finish(running.id, 1, Outcome(status=RunStatus.CANCELED), [])
    assert store.request_cancel(running.id).status is RunStatus.CANCELED
    assert store.claim(WORKER, 5) is None


FAILED = Outcome(status=RunStatus.FAILED, reason=Reason.ERROR, error=RunError(type="KeyError", message="x"))


def failing(store: SqlRunStore, *, again_after: float, attempts: int = 2) -> Run:
    """A run whose first attempt has just failed."""
    run, _ = store.insert(a_run(), attempts=attempts)
    assert store.claim(WORKER, 5)
    return store.finish(run.id, 1, FAILED, [], again_after=again_after)


def test_a_failed_attempt_that_is_made_again_waits_for_its_time(store: SqlRunStore) -> None:
    waits, ready = failing(store, again_after=60), failing(store, again_after=-1)
    assert (waits.status, waits.reason, waits.error) == (RunStatus.WAITING, Reason.ERROR, FAILED.error)
    assert waits.ready_at is not None
    assert (waits.started_at, waits.finished_at) == (None, None)
    assert store.claim(WORKER, 5) is None
    assert [(run.id, run.status) for run in store.queue_ready()] == [(ready.id, RunStatus.QUEUED)]
    assert store.queue_ready() == ()
    again = store.claim(WORKER, 5)
    assert again
    assert (again.run.id, again.fence, again.run.attempts_left, again.run.ready_at) == (ready.id, 2, 0, None)
    ended = store.finish(ready.id, 2, FAILED, [], again_after=1)
    assert (ended.status, ended.reason) == (RunStatus.FAILED, Reason.ERROR)
    assert [attempt.error for attempt in store.get(ready.id).attempts] == [FAILED.error] * 2


def test_a_run_that_is_to_end_is_not_tried_again(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run(), attempts=3)
    store.claim(WORKER, 5)
    store.request_cancel(run.id)
    assert store.finish(run.id, 1, FAILED, [], again_after=0).status is RunStatus.FAILED


def test_a_run_that_waits_for_its_next_attempt_is_canceled_edited_and_started_as_others(
    store: SqlRunStore,
) -> None:
    canceled, changed = (failing(store, again_after=3600, attempts=3) for _ in range(2))
    ended = store.request_cancel(canceled.id)
    assert (ended.status, ended.reason, ended.ready_at) == (RunStatus.CANCELED, None, None)
    store.edit(changed.id, RunEdit(params={"n": 2}, priority=Priority.HIGH), by="anna")
    assert store.requeue(changed.id).status is RunStatus.QUEUED
    claim = store.claim(WORKER, 5)
    assert claim
    assert (claim.run.params, claim.fence, claim.run.attempts_left) == ({"n": 2}, 2, 1)
    assert store.queue_ready() == ()


def test_of_many_who_look_one_queues_a_run_whose_time_has_come(store: SqlRunStore) -> None:
    waiting = {failing(store, again_after=-1).id for _ in range(30)}
    queued: Counter[str] = Counter()

    def look() -> None:
        for _ in range(5):
            queued.update(run.id for run in store.queue_ready())

    threads = [threading.Thread(target=look) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queued == Counter(waiting)


def test_a_lost_attempt_may_be_made_again_later(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run(delivery=Delivery.IDEMPOTENT), attempts=3)
    store.claim(WORKER, 5)
    lost = store.lose(run.id, 1, LOST, again_after=60)
    assert lost
    assert (lost.status, lost.reason, lost.error) == (RunStatus.WAITING, Reason.LOST_WORKER, LOST)
    assert lost.ready_at is not None


def test_only_failed_and_canceled_runs_are_tried_again(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    with pytest.raises(Conflict):
        store.requeue(run.id)
    store.claim(WORKER, 5)
    store.finish(run.id, 1, FAILED, [])
    assert store.requeue(run.id).status is RunStatus.QUEUED
    again = store.claim(WORKER, 5)
    assert again
    assert again.fence == 2
    store.finish(run.id, 2, SUCCEEDED, [])
    with pytest.raises(Conflict):
        store.requeue(run.id)


def test_newest_runs_are_found_by_an_index(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("the planner of PostgreSQL takes no index on a few rows")
    queries = {
        "SELECT number FROM runs WHERE status = 'queued' AND owner > 'a' "
        "ORDER BY owner, priority, queue_place, number LIMIT 1": "ix_runs_queue",
        "SELECT id FROM runs WHERE status = 'running' ORDER BY lease_until": "ix_runs_lease",
    }
    with engine.begin() as connection:
        for query, index in queries.items():
            plan = " ".join(row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
            assert index in plan
            assert "TEMP B-TREE" not in plan
