"""Whatever happens to runs, and however far their index follows: what is told of them is what they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories import a_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, Engine, Row, delete, select, text, update

from jupyter_toolrunner.core.history import GroupKey, RunFilter, RunOrder, SortKey, read_conditions
from jupyter_toolrunner.core.ids import RunId, WorkerId
from jupyter_toolrunner.core.ports import Claim, Outcome, RunEdit
from jupyter_toolrunner.core.runs import Priority, Reason, RunError, RunStatus
from jupyter_toolrunner.db.glance import Glance
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.run_facts import rebuild
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.run_words import SPAN, unpacked
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import (
    run_changes,
    run_counts,
    run_facts,
    run_index,
    run_params,
    run_quarters,
    run_words,
    runs,
)

START = datetime(2026, 3, 9, 20, tzinfo=UTC)
TOOLS, OWNERS, SOURCES = ("box.a", "box.b"), ("anna", "boris"), ("packages", "links")
_ERROR = RunError(type="E", message="m")
_FAILED = Outcome(status=RunStatus.FAILED, reason=Reason.ERROR, error=_ERROR)


class _Life:
    """What is done is told by numbers, so that it can be made smaller where it goes wrong."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.store, self.index = engine, SqlRunStore(engine), RunIndex(engine, words=3)
        self._made: list[RunId] = []
        self._held: list[Claim] = []

    def do(self, step: int, which: int) -> None:
        steps: tuple[Callable[[int], object], ...] = (
            self._submit,
            self._submit,
            self._submit,
            self._claim,
            self._claim,
            self._finish,
            self._fail,
            self._label,
            self._change,
            self._again,
            self._remove,
            self._fill,
            self._fill,
        )
        steps[step % len(steps)](which)

    def _submit(self, which: int) -> None:
        run = a_run(
            tool=TOOLS[which % 2],
            owner=OWNERS[which // 2 % 2],
            params={"n": which % 7, "source": SOURCES[which // 4 % 2]},
            priority=tuple(Priority)[which % 3],
            origin=self._made[which % len(self._made)] if which % 5 == 0 and self._made else None,
        )
        made = self.store.insert(run, attempts=2)[0]
        self._made.append(made.id)
        # Each is made an hour after the one before.
        self._set(made.id, created_at=START + timedelta(hours=made.number))

    def _claim(self, _: int) -> None:
        if claim := self.store.claim(WorkerId("host:1:a"), 60):
            self._held.append(claim)

    def _end(self, which: int, outcome: Outcome, again_after: float | None = None) -> None:
        if self._held:
            claim = self._held.pop(which % len(self._held))
            self.store.finish(claim.run.id, claim.fence, outcome, [], again_after=again_after)
            if again_after is None:
                ended = START + timedelta(hours=claim.run.number, seconds=which)
                self._set(
                    claim.run.id, started_at=START + timedelta(hours=claim.run.number), finished_at=ended
                )

    def _finish(self, which: int) -> None:
        self._end(which, Outcome(status=RunStatus.SUCCEEDED))

    def _fail(self, which: int) -> None:
        self._end(which, _FAILED, 60.0 if which % 3 == 0 else None)

    def _set(self, run: RunId, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(values))

    def _one(self, which: int) -> RunId | None:
        return self._made[which % len(self._made)] if self._made else None

    def _label(self, which: int) -> None:
        if run := self._one(which):
            self.store.edit(
                run, RunEdit(tags=("good",) if which % 2 else (), note=f"note {which % 3}"), by="a"
            )

    def _change(self, which: int) -> None:
        if (run := self._one(which)) and self.store.get(run).status in (RunStatus.QUEUED, RunStatus.WAITING):
            edit = RunEdit(params={"n": which % 7}, priority=tuple(Priority)[which % 3])
            self.store.edit(run, edit, by="a")

    def _again(self, which: int) -> None:
        if run := self._one(which):
            now = self.store.get(run).status
            if now is RunStatus.QUEUED:
                self.store.request_cancel(run)
            elif now in (RunStatus.FAILED, RunStatus.CANCELED, RunStatus.WAITING):
                self.store.requeue(run)

    def _remove(self, which: int) -> None:
        run = self._one(which)
        if run and self.store.get(run).status is not RunStatus.RUNNING:
            with self.engine.begin() as connection:
                connection.execute(delete(runs).where(runs.c.id == run))
            self._made.remove(run)

    def _fill(self, which: int) -> None:
        self.index.fill(batch=1 + which % 4)


FILTERS = [
    RunFilter(),
    RunFilter(tools=frozenset({"box.a"})),
    RunFilter(owners=frozenset({"anna"}), statuses=frozenset({RunStatus.QUEUED, RunStatus.FAILED})),
    RunFilter(tools=frozenset(TOOLS), owners=frozenset({"boris"}), statuses=frozenset({RunStatus.SUCCEEDED})),
    RunFilter(statuses=frozenset({RunStatus.WAITING})),
    RunFilter(reasons=frozenset({Reason.ERROR})),
    RunFilter(tags=frozenset({"good"}), owners=frozenset({"anna"})),
    RunFilter(created_from=START + timedelta(hours=3), created_before=START + timedelta(hours=9)),
    RunFilter(shortest=5.0, longest=60.0),
    RunFilter(tools=frozenset({"box.b"}), shortest=5.0),
    RunFilter(params=read_conditions("n>2")),
    RunFilter(params=read_conditions("source=packages,n!=1"), tools=frozenset({"box.a"})),
    RunFilter(words=("packages", "box.b")),
    RunFilter(words=("note 1",)),
    RunFilter(words=("source", "links"), owners=frozenset({"anna"}), statuses=frozenset({RunStatus.QUEUED})),
    RunFilter(words=("ks",), tools=frozenset({"box.a"})),
    RunFilter(words=("nobody says so",)),
]
ORDERS = [RunOrder(key, down) for key in SortKey for down in (True, False)]


def _fits(where: RunFilter, row: Row[Any], tags: set[str]) -> bool:
    statuses = where.statuses or ({RunStatus.FAILED} if where.reasons else set(RunStatus))
    params = json.loads(row.params)
    return (
        (not where.tools or row.tool in where.tools)
        and (not where.owners or row.owner in where.owners)
        and RunStatus(row.status) in statuses
        and (not where.reasons or row.reason in where.reasons)
        and where.tags <= tags
        and (where.created_from is None or row.created_at >= where.created_from)
        and (where.created_before is None or row.created_at < where.created_before)
        and (where.shortest is None or (row.duration is not None and row.duration >= where.shortest))
        and (where.longest is None or (row.duration is not None and row.duration <= where.longest))
        and all(condition.holds(params) for condition in where.params)
        and where.says(row.tool, params, row.note)
    )


def _ordered(rows: list[Row[Any]], order: RunOrder) -> list[int]:
    name = {SortKey.CREATED: "created_at", SortKey.STARTED: "started_at", SortKey.QUEUE: "priority"}.get(
        order.key, order.key.value
    )
    if order.key is SortKey.QUEUE:
        rows = [row for row in rows if row.status == RunStatus.QUEUED.value]

    def key(row: Row[Any]) -> Any:
        return getattr(row, name), row.number

    known = sorted((row for row in rows if getattr(row, name) is not None), key=key, reverse=order.descending)
    lacking = sorted((row.number for row in rows if getattr(row, name) is None), reverse=order.descending)
    return [*(row.number for row in known), *lacking]


def _pages(history: SqlRunHistory, where: RunFilter, order: RunOrder) -> Iterator[int]:
    after = None
    while True:
        page = history.page(where, limit=9, order=order, after=after)
        yield from (run.number for run in page.items)
        if (after := page.following) is None:
            return


def _is_right(engine: Engine) -> None:
    history = SqlRunHistory(engine)
    with engine.begin() as connection:
        rows = list(connection.execute(select(runs).order_by(runs.c.number)))
    assert history.total() == len(rows)
    assert SqlRunStore(engine).counts() == {
        status: many
        for status, many in Counter(RunStatus(row.status) for row in rows).items()
        if not status.is_final
    }
    for place, where in enumerate(FILTERS):
        found = [row for row in rows if _fits(where, row, set(row.tags or ()))]
        # Others for each filter, so that all are tried.
        for order in ORDERS[place % 7 :: 7]:
            assert list(_pages(history, where, order)) == _ordered(found, order), (where, order)
        assert history.count(where).runs == len(found), where
        assert sum(point.runs for point in history.timeline(where).points) == len(found), where
        for by in GroupKey:
            groups = {
                group.key: (group.runs, dict(group.by_status), group.last)
                for group in history.groups(where, by, offset_minutes=150)
            }
            assert groups == _groups(found, by), (where, by)


def _groups(rows: list[Row[Any]], by: GroupKey) -> dict[str, Any]:
    def key(row: Row[Any]) -> str:
        if by is GroupKey.DAY:
            return str((row.created_at + timedelta(minutes=150)).date())
        return str((row.chain or row.id) if by is GroupKey.CHAIN else getattr(row, by.value))

    return {
        one: (
            sum(key(row) == one for row in rows),
            dict(Counter(RunStatus(row.status) for row in rows if key(row) == one)),
            max(row.created_at for row in rows if key(row) == one),
        )
        for one in {key(row) for row in rows}
    }


def _emptied(engine: Engine) -> Engine:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(delete(runs))
            connection.execute(text("DELETE FROM sqlite_sequence"))
        else:
            connection.execute(text("TRUNCATE runs RESTART IDENTITY CASCADE"))
        rebuild(connection)
    return engine


def _filled(engine: Engine) -> None:
    while RunIndex(engine, words=3).fill():
        pass


@given(
    steps=some.lists(some.tuples(some.integers(0, 12), some.integers(0, 60)), min_size=25, max_size=45),
)
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_told_is_what_runs_are(engine: Engine, steps: list[tuple[int, int]]) -> None:
    life = _Life(_emptied(engine))
    for step, which in steps:
        life.do(step, which)
    _is_right(engine)
    _filled(engine)
    _is_right(engine)
    with engine.begin() as connection:
        assert connection.execute(select(run_changes)).all() == []
        kept = sorted(connection.execute(select(run_facts)))
        counted = sorted(connection.execute(select(run_counts)))
        quarters = sorted(connection.execute(select(run_quarters).where(run_quarters.c.runs != 0)))
        values = sorted(connection.execute(select(run_params)), key=repr)
        said = connection.execute(select(run_index.c.said)).scalar_one()
        words = _bits(connection, said)
        rebuild(connection)
        assert sorted(connection.execute(select(run_facts))) == kept
        assert sorted(connection.execute(select(run_counts))) == counted
        assert sorted(connection.execute(select(run_quarters))) == quarters
    _is_right(engine)
    _filled(engine)
    with engine.begin() as connection:
        assert sorted(connection.execute(select(run_params)), key=repr) == values
        # What a run said before, and what those said that are gone, may be there too. Which of the newest are not taken in
        # yet depends on how many there were at each look.
        assert all(bits & ~words.get(key, 0) == 0 for key, bits in _bits(connection, said).items())


def _bits(connection: Connection, up_to: int) -> dict[tuple[int, int], int]:
    """Of the runs up to this number."""
    return {
        (row.gram, row.span): unpacked(row.bits) & ((1 << max(0, up_to + 1 - row.span * SPAN)) - 1)
        for row in connection.execute(select(run_words))
    }


def test_a_glance_tells_runs_that_changed_as_they_are(engine: Engine, store: SqlRunStore) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("a glance is into a file")
    made = [store.insert(a_run())[0] for _ in range(4)]
    _filled(engine)
    store.request_cancel(made[1].id)
    glance = Glance(engine.url.render_as_string())
    assert [number for number, _, _ in glance.runs(["queued"], 2)] == [4, 3]
    assert [number for number, _, _ in glance.runs(["queued", "canceled"], 9)] == [4, 3, 2, 1]
    assert glance.runs(["canceled"], 9) == [(2, "box.tool", "canceled")]
