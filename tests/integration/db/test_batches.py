"""Many runs of a batch are changed in one transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from factories import a_run
from sqlalchemy import Engine

from jupyter_toolrunner.core.batches import Batch
from jupyter_toolrunner.core.ids import RunId, WorkerId, new_batch_id, new_run_id
from jupyter_toolrunner.core.ports import Outcome
from jupyter_toolrunner.core.runs import Reason, Run, RunError, RunStatus
from jupyter_toolrunner.db.batches import SqlBatchStore
from jupyter_toolrunner.db.runs import SqlRunStore


@pytest.fixture
def batches(engine: Engine) -> SqlBatchStore:
    return SqlBatchStore(engine)


def _batch(store: SqlRunStore, count: int) -> tuple[Batch, Sequence[Run]]:
    runs = [a_run() for _ in range(count)]
    one = runs[0]
    batch = Batch(
        id=new_batch_id(),
        number=0,
        tool=one.tool,
        version=one.version,
        owner=one.owner,
        title="",
        created_at=one.created_at,
        rows=count,
        by_status={},
    )
    return batch, store.insert_all(runs, batch=batch)[0]


def _end(store: SqlRunStore, status: RunStatus) -> RunId:
    claim = store.claim(WorkerId("host:1:worker-1"), 60.0)
    assert claim is not None
    failed = status is RunStatus.FAILED
    error = RunError(type="KeyError", message="'k'") if failed else None
    outcome = Outcome(status=status, reason=Reason.ERROR if failed else None, error=error)
    store.finish(claim.run.id, claim.fence, outcome, [])
    return claim.run.id


def test_all_that_have_not_ended_are_canceled(store: SqlRunStore, batches: SqlBatchStore) -> None:
    batch, _ = _batch(store, 600)
    other, _ = _batch(store, 2)
    done = _end(store, RunStatus.SUCCEEDED)
    claim = store.claim(WorkerId("host:1:worker-1"), 60.0)
    assert claim is not None
    left = batches.under_way(batch.id)
    assert (left.waiting, len(left.running), left.ahead) == (598, 1, 0)
    assert 250 < len(left.some) <= 300
    assert batches.under_way(other.id).ahead == 598
    count, told = batches.cancel(batch.id)
    assert count == 599
    assert len(told) == 501
    # The one that runs is told in any case: its worker must know.
    assert told[0].id == claim.run.id
    assert told[0].status is RunStatus.RUNNING
    assert store.lease(claim.run.id, claim.fence).cancel_requested
    found = batches.get(batch.id)
    assert found.by_status == {RunStatus.CANCELED: 598, RunStatus.RUNNING: 1, RunStatus.SUCCEEDED: 1}
    assert store.status(done) is RunStatus.SUCCEEDED
    assert batches.get(other.id).by_status == {RunStatus.QUEUED: 2}
    assert batches.cancel(batch.id)[0] == 1


def test_all_that_failed_wait_again(store: SqlRunStore, batches: SqlBatchStore) -> None:
    batch, _ = _batch(store, 4)
    failed = {_end(store, RunStatus.FAILED) for _ in range(2)}
    _end(store, RunStatus.SUCCEEDED)
    count, told = batches.requeue(batch.id, attempts=3)
    assert count == 2
    assert {run.id for run in told} == failed
    for run in told:
        assert (run.status, run.error, run.reason, run.started_at) == (RunStatus.QUEUED, None, None, None)
    assert batches.get(batch.id).by_status == {RunStatus.QUEUED: 3, RunStatus.SUCCEEDED: 1}
    assert batches.requeue(batch.id) == (0, [])


def test_new_runs_take_the_places_of_those_that_failed(store: SqlRunStore, batches: SqlBatchStore) -> None:
    batch, runs = _batch(store, 3)
    failed = _end(store, RunStatus.FAILED)
    new = {failed: replace(a_run(), id=new_run_id(), origin=failed)}
    assert batches.replace(batch.id, new, attempts=1) == 1
    # Whoever asks at the same moment finds nothing left to do.
    again = {failed: replace(a_run(), id=new_run_id(), origin=failed)}
    assert batches.replace(batch.id, again, attempts=1) == 0
    rows = batches.rows(batch.id, limit=9)
    assert [run.id for _, run in rows] == [new[failed].id, runs[1].id, runs[2].id]
    assert rows[0][1].origin == failed
    # A repeated request, which is answered with the runs of then, finds the batch all the same.
    assert batches.of_run(failed) is None
    found = batches.of_chain(failed)
    assert found is not None
    assert (found[0].id, found[1]) == (batch.id, 1)
    assert store.status(failed) is RunStatus.FAILED
    assert batches.get(batch.id).by_status == {RunStatus.QUEUED: 3}


def test_ten_thousand_are_canceled_and_retried_within_seconds(
    store: SqlRunStore, batches: SqlBatchStore
) -> None:
    batch, _ = _batch(store, 10_000)
    begun = time.perf_counter()
    assert batches.cancel(batch.id)[0] == 10_000
    assert batches.requeue(batch.id)[0] == 10_000
    assert time.perf_counter() - begun < 8
