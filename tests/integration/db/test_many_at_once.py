"""Runs of one request: all of them or none, in their order, once."""

from __future__ import annotations

import pytest
from factories import a_run
from sqlalchemy import Engine, func, select

from jupyter_toolrunner.core.errors import KeyReused
from jupyter_toolrunner.core.ids import WorkerId
from jupyter_toolrunner.core.runs import Run
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
