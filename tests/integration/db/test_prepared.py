"""Statements that go to the driver directly keep what SQLAlchemy promises."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import a_run, an_artifact
from sqlalchemy import Engine, insert, select

from jupyter_toolrunner.core.errors import LeaseLost, NotAvailable
from jupyter_toolrunner.core.ids import WorkerId
from jupyter_toolrunner.core.ports import Outcome
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.prepared import Prepared, transaction
from jupyter_toolrunner.db.rows import run_values
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import runs

INSERT = Prepared(insert(runs).returning(runs), runs.c)
NUMBERS = Prepared(select(runs.c.number), [runs.c.number])


def test_what_raises_inside_leaves_nothing(engine: Engine) -> None:
    run = a_run()

    def insert_and_fail() -> None:
        with transaction(engine) as hot:
            assert hot.one(INSERT, run_values(run, run.created_at)).id == run.id
            raise LeaseLost

    with pytest.raises(LeaseLost):
        insert_and_fail()
    with transaction(engine) as hot:
        assert hot.one(NUMBERS, {}) is None


def test_rows_are_as_through_sqlalchemy(engine: Engine) -> None:
    run = a_run(params={"x": "\ud800\0"})
    with transaction(engine) as hot:
        row = hot.one(INSERT, run_values(run, run.created_at))
    with engine.connect() as connection:
        assert tuple(row) == tuple(connection.execute(select(runs)).one())


def test_an_attempt_that_lost_its_lease_keeps_no_artifact(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    claim = store.claim(WorkerId("host:1:aa"), 15.0)
    assert claim is not None
    with pytest.raises(LeaseLost):
        store.finish(run.id, claim.fence + 1, Outcome(status=RunStatus.SUCCEEDED), [an_artifact()])
    assert store.get(run.id).status is RunStatus.RUNNING
    assert store.get(run.id).artifacts == ()


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    store = SqlRunStore(open_engine(f"sqlite:///{tmp_path / 'gone' / 'runs.db'}"))
    with pytest.raises(NotAvailable, match="does not answer"):
        store.insert(a_run())
