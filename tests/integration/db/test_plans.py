"""However a page is filtered, no way leads through all runs: the plans of the database are looked at, not the time."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select, text, update

from jupyter_toolrunner.core.history import GroupKey, RunFilter, RunOrder, SortKey, read_conditions
from jupyter_toolrunner.core.ids import ToolName
from jupyter_toolrunner.core.runs import Reason, RunStatus
from jupyter_toolrunner.db import prepared
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.tables import run_tags, runs
from jupyter_toolrunner.dev.many import fill

RUNS = 10_000
NOW = datetime.now(UTC)
PARTS: dict[str, dict[str, Any]] = {
    "tool": {"tools": frozenset({"starter.build_graph"})},
    "status": {"statuses": frozenset({RunStatus.FAILED})},
    "owner": {"owners": frozenset({"olga"})},
    "reason": {"reasons": frozenset({Reason.ERROR})},
    "tag": {"tags": frozenset({"good"})},
    "days": {"created_from": NOW - timedelta(days=180), "created_before": NOW - timedelta(days=173)},
    "duration": {"shortest": 60.0},
    "value": {"params": read_conditions("source=packages")},
    "compared": {"params": read_conditions("week>50")},
}
FILTERS = {
    " + ".join(names): RunFilter(**{key: value for name in names for key, value in PARTS[name].items()})
    for count in (1, 2, 3)
    for names in itertools.combinations(PARTS, count)
    if not {"value", "compared"} <= set(names)
}
FILTERS["two tools, two statuses"] = RunFilter(
    tools=frozenset({"box.weekly_report", "box.once_a_year"}),
    statuses=frozenset({RunStatus.FAILED, RunStatus.CANCELED}),
)
#: Where other ways lead than of those.
MORE = {
    "rare duration": RunFilter(shortest=400.0),
    "rare duration + tag": RunFilter(shortest=400.0, tags=frozenset({"good"})),
    "rare duration + days": RunFilter(shortest=100.0, created_from=NOW - timedelta(days=180)),
    "compared with many + status": RunFilter(
        params=read_conditions("damping>0.6"), statuses=frozenset({RunStatus.FAILED})
    ),
    "compared from above + tag": RunFilter(params=read_conditions("week<=2"), tags=frozenset({"good"})),
    "compared with none": RunFilter(params=read_conditions("week>99")),
    "compared twice": RunFilter(params=read_conditions("damping>=0.85,damping<0.87")),
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with many runs."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'runs.db'}")
    else:
        engine = open_engine(request.getfixturevalue("postgres"))
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade(engine)
    fill(engine, RUNS)
    with engine.begin() as connection:
        tagged = connection.execute(select(runs.c.id, runs.c.number).where(runs.c.number % 10 == 0)).all()
        tags = [
            {"run": one.id, "number": one.number, "tag": "good", "added_by": "a", "added_at": NOW}
            for one in tagged
        ]
        connection.execute(insert(run_tags), tags)
        connection.execute(update(runs).where(runs.c.number % 10 == 0).values(tags=["good"]))
    follower = RunIndex(engine)
    while follower.fill(1000):
        pass
    if request.param == "postgres":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    yield engine
    engine.dispose()


@contextmanager
def _plans(engine: Engine) -> Iterator[list[str]]:
    """The plan of each statement that reads runs or what is kept of them."""
    found: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if re.search(
            r"FROM \(?(runs|run_facts|run_params|run_tags)\b|JOIN (runs|run_facts)\b", statement
        ) and not statement.startswith("EXPLAIN"):
            kind = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            cursor.execute(f"{kind} {statement}", values)
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    def explained(
        self: prepared.Transaction, statement: prepared.Prepared, given: prepared.Values
    ) -> list[Any]:
        compiled = statement.compiled(engine.dialect, given)
        # In the same transaction, whose settings it is planned by.
        cursor = self._cursor.connection.cursor()
        explain(engine, cursor, compiled.text, compiled.values(given))
        cursor.close()
        return all_of(self, statement, given)

    event.listen(engine, "before_cursor_execute", explain)
    all_of = prepared.Transaction.all
    one_of = prepared.Transaction.one

    def explained_one(
        self: prepared.Transaction, statement: prepared.Prepared, given: prepared.Values
    ) -> Any:
        explained(self, statement, given)
        return one_of(self, statement, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared.Transaction, "all", explained)
        patch.setattr(prepared.Transaction, "one", explained_one)
        try:
            yield found
        finally:
            event.remove(engine, "before_cursor_execute", explain)


#: What reads a whole table or a whole index of one.
_WHOLE = re.compile(
    r"SCAN (runs|run_facts|run_params|run_tags)\b(?! USING (COVERING )?INDEX)|"
    r"Seq Scan on (runs|run_facts|run_params|run_tags)\b"
)


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_reads_the_whole_table(name: str, full: Engine) -> None:
    with _plans(full) as plans:
        SqlRunHistory(full).page(FILTERS[name], limit=50)
    assert plans
    assert not [plan for plan in plans if _WHOLE.search(plan)]


def _fits(run: Any, params: dict[str, Any], where: RunFilter) -> bool:
    return (
        (not where.tools or run.tool in where.tools)
        and (not where.owners or run.owner in where.owners)
        and (not where.statuses or run.status in where.statuses)
        and (not where.reasons or run.reason in where.reasons)
        and (not where.tags or where.tags <= set(run.tags or ()))
        and (where.created_from is None or where.created_from <= run.created_at)
        and (where.created_before is None or run.created_at < where.created_before)
        and (where.shortest is None or (run.duration or 0) >= where.shortest)
        and all(condition.holds(params) for condition in where.params)
    )


@pytest.mark.parametrize("descending", [True, False])
def test_whatever_leads_the_pages_have_the_runs_that_fit(descending: bool, full: Engine) -> None:
    order = RunOrder(descending=descending)
    with full.connect() as connection:
        ordered = runs.c.number.desc() if descending else runs.c.number
        rows = connection.execute(select(runs).order_by(ordered)).all()
    everything = [(row, json.loads(row.params)) for row in rows]
    history = SqlRunHistory(full)
    pairs = {name: where for name, where in FILTERS.items() if descending and name.count(" + ") < 2}
    for name, where in {**pairs, **MORE}.items():
        first = history.page(where, limit=50, order=order)
        second = first.following and history.page(where, limit=50, order=order, after=first.following)
        found = [run.number for run in (*first.items, *(second.items if second else ()))]
        fitting = (row.number for row, params in everything if _fits(row, params, where))
        assert found == list(itertools.islice(fitting, 100)), name


@pytest.mark.parametrize("order", [RunOrder(key, down) for key in SortKey for down in (True, False)], ids=str)
def test_no_order_sorts_the_whole_table(order: RunOrder, full: Engine) -> None:
    # By their numbers the runs lie in the table: what is asked for without a filter ends with the page.
    everything = [] if order.key is SortKey.NUMBER else [RunFilter()]
    for where in (*everything, FILTERS["tool"], FILTERS["tool + status"]):
        with _plans(full) as plans:
            SqlRunHistory(full).page(where, limit=50, order=order)
        assert not [plan for plan in plans if _WHOLE.search(plan)]


@pytest.mark.parametrize("by", [GroupKey.TOOL, GroupKey.OWNER, GroupKey.STATUS])
def test_groups_and_counts_read_the_counters(by: GroupKey, full: Engine) -> None:
    history = SqlRunHistory(full)
    for where in (RunFilter(), FILTERS["tool + status"]):
        with _plans(full) as plans:
            groups = history.groups(where, by)
            assert history.count(where).runs == sum(group.runs for group in groups)
        assert not [plan for plan in plans if _WHOLE.search(plan)]


def test_what_runs_took_is_read_by_an_index(full: Engine) -> None:
    with _plans(full) as plans:
        assert len(SqlRunHistory(full).took(ToolName("starter.build_graph"), limit=200)) == 200
    assert not [plan for plan in plans if _WHOLE.search(plan)]
    if full.dialect.name == "sqlite":
        assert any("ix_run_facts_tool_status" in plan for plan in plans), plans


INDEXES = {
    "tool": "ix_run_facts_tool",
    "tool + status": "ix_run_facts_tool_status",
    "tool + owner": "ix_run_facts_tool_owner",
    "tool + status + owner": "ix_run_facts_tool_owner_status",
    "status + owner": "ix_run_facts_owner_status",
    "reason": "ix_run_facts_reason",
    "tag": "ix_run_tags_tag_number",
    "value": "ix_run_params_name_value_run",
    "tool + duration": "ix_run_facts_tool_duration",
}


@pytest.mark.parametrize("name", INDEXES)
def test_what_is_asked_for_together_has_an_index(name: str, full: Engine) -> None:
    if full.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses among several that are as good")
    with _plans(full) as plans:
        SqlRunHistory(full).page(FILTERS[name], limit=50)
    assert any(INDEXES[name] in plan for plan in plans), plans
