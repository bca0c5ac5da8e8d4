"""Runs of one request: all of them or none, in their order, once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import a_run
from sqlalchemy import Engine, func, select

from jupyter_toolrunner.core.batches import Batch
from jupyter_toolrunner.core.errors import KeyReused, NotFound
from jupyter_toolrunner.core.ids import WorkerId, new_batch_id
from jupyter_toolrunner.core.runs import Run, RunStatus
from jupyter_toolrunner.db.batches import SqlBatchStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import runs


def _rows(count: int) -> list[Run]:
    return [a_run(params={"row": number}) for number in range(count)]


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(runs)).scalar_one()


def test_they_are_kept_and_claimed_in_their_order(store: SqlRunStore) -> None:
    new = _rows(1_201)
    kept, are_new = store.insert_all(new, attempts=2)
    assert are_new
    assert [run.id for run in kept] == [run.id for run in new]
    numbers = [run.number for run in kept]
    assert numbers == sorted(set(numbers))
    assert {run.attempts_left for run in kept} == {2}
    claim = store.claim(WorkerId("host:1:aa"), 15.0)
    assert claim is not None
    assert claim.run.id == new[0].id


def test_the_same_request_makes_them_once(store: SqlRunStore, engine: Engine) -> None:
    first, _ = store.insert_all(_rows(700), idempotency_key="night", request_digest="a")
    again, are_new = store.insert_all(_rows(700), idempotency_key="night", request_digest="a")
    assert not are_new
    assert [run.id for run in again] == [run.id for run in first]
    with pytest.raises(KeyReused):
        store.insert_all(_rows(2), idempotency_key="night", request_digest="b")
    assert _count(engine) == 700


def test_one_that_cannot_be_kept_keeps_the_others_out(store: SqlRunStore, engine: Engine) -> None:
    new = _rows(3)
    store.insert(new[2])
    with pytest.raises(engine.dialect.loaded_dbapi.IntegrityError):
        store.insert_all(new)
    assert _count(engine) == 1


def test_a_batch_is_kept_with_its_runs_or_not_at_all(store: SqlRunStore, engine: Engine) -> None:
    stores = SqlBatchStore(engine)
    new = _rows(3)
    batch = Batch(
        id=new_batch_id(),
        number=0,
        tool=new[0].tool,
        version=new[0].version,
        owner="anna",
        title="night",
        created_at=datetime.now(UTC),
        rows=3,
        by_status={},
    )
    store.insert(new[1])
    with pytest.raises(engine.dialect.loaded_dbapi.IntegrityError):
        store.insert_all(new, batch=batch)
    assert stores.newest(limit=5) == []
    new = _rows(3)
    store.insert_all(new, batch=batch)
    claim = store.claim(WorkerId("host:1:aa"), 15.0)
    assert claim is not None
    kept = stores.get(batch.id)
    assert stores.get(f"#{kept.number}") == kept
    assert [(row, run.id) for row, run in stores.rows(batch.id, limit=2, after=1)] == [
        (2, new[1].id),
        (3, new[2].id),
    ]
    assert stores.of_run(new[2].id) == (kept, 3)
    assert sum(kept.by_status.values()) == 3
    queued = frozenset({RunStatus.QUEUED})
    assert {row for row, _ in stores.rows(batch.id, limit=5, statuses=queued)} <= {1, 2, 3}
    with pytest.raises(NotFound):
        stores.get("7" * 30)
