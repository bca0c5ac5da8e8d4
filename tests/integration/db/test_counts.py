"""Counts that are kept are what counting would tell, whatever happens to runs and whoever writes at the same time."""

from __future__ import annotations

import contextlib
import random
import threading

import pytest
from factories import a_run
from sqlalchemy import Engine, delete, func, select

from jupyter_toolrunner.core.errors import Conflict, LeaseLost, NotFound
from jupyter_toolrunner.core.history import Count, GroupKey, RunFilter
from jupyter_toolrunner.core.ids import RunId, WorkerId
from jupyter_toolrunner.core.ports import Claim, Outcome
from jupyter_toolrunner.core.runs import Reason, RunError, RunStatus
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import run_changes, run_counts, runs

TOOLS, OWNERS = ("box.a", "box.b", "box.c"), ("anna", "boris")
_ERROR = RunError(type="E", message="m")


class _Life:
    """Whatever people, workers and sweeps do, in any order."""

    def __init__(self, engine: Engine, store: SqlRunStore, seed: int) -> None:
        self._engine, self._store, self._chance = engine, store, random.Random(seed)
        self._made: list[RunId] = []
        self._held: list[Claim] = []

    def go_on(self, steps: int) -> None:
        steps_of = (
            self._submit,
            self._claim,
            self._finish,
            self._cancel,
            self._retry,
            self._lose,
            self._remove,
        )
        often = (4, 4, 2, 1, 2, 1, 1)
        for step in self._chance.choices(steps_of, often, k=steps):
            with contextlib.suppress(Conflict, LeaseLost, NotFound):
                step()
            if self._chance.random() < 0.1:
                RunIndex(self._engine).fill(batch=5)

    def _submit(self) -> None:
        run = a_run(tool=self._chance.choice(TOOLS), owner=self._chance.choice(OWNERS))
        self._made.append(self._store.insert(run, attempts=self._chance.choice((1, 3)))[0].id)

    def _claim(self) -> None:
        if claim := self._store.claim(WorkerId("host:1:a"), 60):
            self._held.append(claim)

    def _any_held(self) -> Claim:
        if not self._held:
            raise LeaseLost
        return self._held.pop(self._chance.randrange(len(self._held)))

    def _finish(self) -> None:
        claim = self._any_held()
        if self._chance.random() < 0.5:
            self._store.finish(claim.run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), [])
            return
        outcome = Outcome(status=RunStatus.FAILED, reason=Reason.ERROR, error=_ERROR)
        again = self._chance.choice((None, 60.0))
        self._store.finish(claim.run.id, claim.fence, outcome, [], again_after=again)

    def _lose(self) -> None:
        claim = self._any_held()
        self._store.lose(claim.run.id, claim.fence, _ERROR)

    def _one(self) -> RunId:
        if not self._made:
            raise NotFound("no run")
        return self._chance.choice(self._made)

    def _cancel(self) -> None:
        self._store.request_cancel(self._one())

    def _retry(self) -> None:
        self._store.requeue(self._one())

    def _remove(self) -> None:
        gone = runs.c.id == self._one()
        with self._engine.begin() as connection:
            connection.execute(delete(runs).where(gone, runs.c.status != RunStatus.RUNNING.value))


def _are_right(engine: Engine, history: SqlRunHistory) -> None:
    with engine.begin() as connection:
        kinds = connection.execute(
            select(runs.c.tool, runs.c.owner, runs.c.status, func.count().label("runs")).group_by(
                runs.c.tool, runs.c.owner, runs.c.status
            )
        ).all()
    assert history.total() == sum(kind.runs for kind in kinds)
    timeline = history.timeline(RunFilter())
    for status in RunStatus:
        counted = sum(kind.runs for kind in kinds if kind.status == status.value)
        assert timeline.by_status.get(status, 0) == counted
    for tool in TOOLS:
        for owner in OWNERS:
            where = RunFilter(tools=frozenset({tool}), owners=frozenset({owner}))
            counted = sum(kind.runs for kind in kinds if (kind.tool, kind.owner) == (tool, owner))
            assert history.count(where) == Count(runs=counted)
    groups = history.groups(RunFilter(), GroupKey.OWNER)
    assert {group.key: group.runs for group in groups} == {
        owner: sum(kind.runs for kind in kinds if kind.owner == owner)
        for owner in {kind.owner for kind in kinds}
    }


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_a_count_after_any_life(
    seed: int, engine: Engine, store: SqlRunStore, history: SqlRunHistory
) -> None:
    life = _Life(engine, store, seed)
    for _ in range(4):
        life.go_on(60)
        _are_right(engine, history)
    while RunIndex(engine).fill():
        pass
    _are_right(engine, history)
    with engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(run_changes)).scalar_one() == 0
        assert connection.execute(select(func.sum(run_counts.c.runs))).scalar_one() == history.total()


def test_counts_are_right_while_several_write_and_add_up(
    engine: Engine, store: SqlRunStore, history: SqlRunHistory
) -> None:
    failed: list[BaseException] = []

    def live(seed: int) -> None:
        try:
            _Life(engine, store, seed).go_on(80)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=live, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    _are_right(engine, history)
