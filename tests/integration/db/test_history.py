"""Looking through the history, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories import a_run
from sqlalchemy import Engine, func, select, update

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.history import (
    Count,
    GroupKey,
    RunFilter,
    RunOrder,
    RunPlace,
    SortKey,
    read_conditions,
)
from jupyter_toolrunner.core.ids import ToolName, WorkerId
from jupyter_toolrunner.core.ports import Outcome, RunEdit
from jupyter_toolrunner.core.runs import Priority, Reason, RunError, RunStatus
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.run_queries import way_to
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import runs
from jupyter_toolrunner.dev.many import fill

NEWEST = RunOrder()
START = datetime(2026, 3, 9, 12, tzinfo=UTC)
ORDERS = [
    RunOrder(key, descending) for key in SortKey if key is not SortKey.QUEUE for descending in (True, False)
]


def _numbers(history: SqlRunHistory, where: RunFilter, order: RunOrder = NEWEST, limit: int = 3) -> list[int]:
    """Page by page."""
    found, after = [], None
    for _ in range(100):
        page = history.page(where, limit=limit, order=order, after=after)
        found += [run.number for run in page.items]
        after = page.following
        if after is None:
            return found
    raise AssertionError("the pages do not end")


@pytest.fixture
def mixed(engine: Engine, store: SqlRunStore) -> dict[int, dict[str, Any]]:
    """Twelve runs of three tools; some ended, some wait."""
    made = {}
    for place in range(12):
        run, _ = store.insert(
            a_run(
                tool=f"box.{'abc'[place % 3]}",
                owner="anna" if place % 2 else "boris",
                params={
                    "damping": 0.5 + place / 20,
                    "source": "Packages" if place < 6 else "links",
                    "n": place,
                },
            )
        )
        values: dict[str, Any] = {"created_at": START + timedelta(hours=place)}
        if place < 9:
            started = START + timedelta(hours=place, seconds=1)
            values |= {"started_at": started, "status": RunStatus.SUCCEEDED.value}
            values |= {"finished_at": started + timedelta(seconds=(place * 7) % 9)}
        if place == 4:
            values |= {"status": RunStatus.FAILED.value, "reason": Reason.MEMORY.value}
        with engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run.id).values(values))
        tags = [*(["even"] if place % 2 == 0 else []), *(["third"] if place % 3 == 0 else [])]
        store.edit(run.id, RunEdit(tags=tuple(tags)), by="anna")
        made[run.number] = values | {"place": place}
    return made


def test_pages_follow_each_other_without_a_gap_while_new_runs_come(
    store: SqlRunStore, history: SqlRunHistory
) -> None:
    made = [store.insert(a_run())[0].number for _ in range(7)]
    first = history.page(RunFilter(), limit=3)
    store.insert(a_run())
    second = history.page(RunFilter(), limit=3, after=first.following)
    last = history.page(RunFilter(), limit=3, after=second.following)
    assert [run.number for run in (*first.items, *second.items, *last.items)] == made[::-1]
    assert last.following is None


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_order_has_each_run_once_and_those_without_a_time_last(
    order: RunOrder, history: SqlRunHistory, mixed: dict[int, dict[str, Any]]
) -> None:
    found = _numbers(history, RunFilter(), order)
    assert sorted(found) == sorted(mixed)
    whole = history.page(RunFilter(), limit=50, order=order).items
    assert [run.number for run in whole] == found
    if order.key in (SortKey.STARTED, SortKey.DURATION):
        times = [
            run.started_at
            if order.key is SortKey.STARTED
            else run.finished_at and run.started_at and run.finished_at - run.started_at
            for run in whole
        ]
        assert times[-3:] == [None, None, None]
        known = [time for time in times if time is not None]
        assert known == sorted(known, reverse=order.descending)


def test_a_place_in_another_order_is_refused(
    history: SqlRunHistory, mixed: dict[int, dict[str, Any]]
) -> None:
    with pytest.raises(InvalidRequest, match="another order"):
        history.page(RunFilter(), limit=3, after=RunPlace(order="tool", value="a", number=3))


FILTERS: list[tuple[RunFilter, set[int]]] = [
    (RunFilter(tools=frozenset({"box.a"})), {0, 3, 6, 9}),
    (RunFilter(tools=frozenset({"box.a", "box.b"})), {0, 1, 3, 4, 6, 7, 9, 10}),
    (RunFilter(owners=frozenset({"anna"})), {1, 3, 5, 7, 9, 11}),
    (RunFilter(tools=frozenset({"box.a"}), owners=frozenset({"anna"})), {3, 9}),
    (RunFilter(statuses=frozenset({RunStatus.FAILED, RunStatus.QUEUED})), {4, 9, 10, 11}),
    (RunFilter(reasons=frozenset({Reason.MEMORY})), {4}),
    (
        RunFilter(created_from=START + timedelta(hours=2), created_before=START + timedelta(hours=5)),
        {2, 3, 4},
    ),
    (RunFilter(shortest=6.5), {1, 5}),
    (RunFilter(longest=1.5), {0, 4}),
    (RunFilter(params=read_conditions("source=packages")), {0, 1, 2, 3, 4, 5}),
    (RunFilter(params=read_conditions("source!=packages")), {6, 7, 8, 9, 10, 11}),
    (RunFilter(params=read_conditions("n=3.0")), {3}),
    (RunFilter(params=read_conditions("damping>=0.9")), {8, 9, 10, 11}),
    (RunFilter(params=read_conditions("damping>0.9,damping<1")), {9}),
    (RunFilter(params=read_conditions("source~INK,n<8")), {6, 7}),
    (RunFilter(params=read_conditions("absent=1")), set()),
    (
        RunFilter(params=read_conditions("n>=2"), tools=frozenset({"box.c"}), owners=frozenset({"anna"})),
        {5, 11},
    ),
    (RunFilter(tags=frozenset({"even"})), {0, 2, 4, 6, 8, 10}),
    (RunFilter(tags=frozenset({"even", "third"})), {0, 6}),
    (
        RunFilter(tags=frozenset({"even"}), params=read_conditions("n>4"), owners=frozenset({"boris"})),
        {6, 8, 10},
    ),
    (RunFilter(words=("box.a", "links")), {6, 9}),
]


def _name(value: RunFilter | set[int]) -> str:
    """The same in every process: in a set of texts the order is another one each time."""
    if isinstance(value, set):
        return str(sorted(value))
    return ", ".join(
        f"{each.name}={sorted(map(str, given)) if isinstance(given, frozenset) else given}"
        for each in fields(value)
        if (given := getattr(value, each.name)) != each.default
    )[:70]


@pytest.mark.parametrize("kept", ["kept", "half kept", "not kept"])
@pytest.mark.parametrize(("where", "places"), FILTERS, ids=_name)
def test_a_filter_finds_the_same_whether_values_are_in_the_table_or_not(
    where: RunFilter,
    places: set[int],
    kept: str,
    engine: Engine,
    history: SqlRunHistory,
    mixed: dict[int, dict[str, Any]],
) -> None:
    if kept == "half kept":
        assert 0 < RunIndex(engine).fill(batch=6) < 12
    elif kept == "kept":
        while RunIndex(engine).fill():
            pass
    wanted = {number for number, run in mixed.items() if run["place"] in places}
    for order in (NEWEST, *ORDERS[5::3]):
        found = _numbers(history, where, order, limit=5)
        assert len(found) == len(set(found))
        assert set(found) == wanted
    assert history.count(where).runs == len(wanted)
    assert history.total() == 12
    timeline = history.timeline(where)
    assert sum(point.runs for point in timeline.points) == len(wanted) == sum(timeline.by_status.values())
    assert sum(group.runs for group in history.groups(where, GroupKey.TOOL)) == len(wanted)


def test_changed_params_are_found_by_their_new_values(
    engine: Engine, store: SqlRunStore, history: SqlRunHistory
) -> None:
    run, _ = store.insert(a_run(params={"n": 1}))
    RunIndex(engine).fill()
    store.edit(run.id, RunEdit(params={"n": 2}), by="anna")
    assert _numbers(history, RunFilter(params=read_conditions("n=1"))) == []
    assert _numbers(history, RunFilter(params=read_conditions("n=2"))) == [run.number]


def test_values_that_no_database_takes_are_kept_and_found(
    engine: Engine, store: SqlRunStore, history: SqlRunHistory
) -> None:
    nasty = {
        "text": "a\0b\ud800",
        "long": "x" * 5000,
        "big": 10**400,
        "name\0": 1,
        "deep": [{"a": None}],
        "": 2,
    }
    run, _ = store.insert(a_run(params=nasty))
    assert RunIndex(engine).fill() == 1
    for condition in ("long~xxx", "deep~null", "text~a"):
        assert _numbers(history, RunFilter(params=read_conditions(condition))) == [run.number]


def test_waiting_runs_stand_in_the_order_of_their_claims(store: SqlRunStore, history: SqlRunHistory) -> None:
    made = {priority: store.insert(a_run(priority=priority))[0].number for priority in reversed(Priority)}
    second, _ = store.insert(a_run(priority=Priority.HIGH))
    assert _numbers(history, RunFilter(), RunOrder(SortKey.QUEUE, descending=False), limit=2) == [
        made[Priority.HIGH],
        second.number,
        made[Priority.DEFAULT],
        made[Priority.LOW],
    ]


def test_days_of_groups_are_those_of_the_time_zone(
    history: SqlRunHistory, mixed: dict[int, dict[str, Any]]
) -> None:
    assert {group.key: group.runs for group in history.groups(RunFilter(), GroupKey.DAY)} == {
        "2026-03-09": 12
    }
    later = history.groups(RunFilter(), GroupKey.DAY, offset_minutes=180)
    assert [(group.key, group.runs) for group in later] == [("2026-03-10", 3), ("2026-03-09", 9)]


def test_the_usual_duration_is_that_of_successful_runs(engine: Engine, history: SqlRunHistory) -> None:
    fill(engine, 300)
    usual = history.durations(["starter.calculate_pagerank", "absent"])
    assert list(usual) == ["starter.calculate_pagerank"]
    one = usual["starter.calculate_pagerank"]
    assert 0 < one.low < one.middle < one.high < 20


def test_what_the_latest_runs_took_is_told_with_their_version(engine: Engine, history: SqlRunHistory) -> None:
    fill(engine, 300)
    tool = ToolName("starter.calculate_pagerank")
    took = history.took(tool, limit=20)
    assert len(took) == 20
    assert {each.version for each in took} == {"f" * 64}
    with engine.begin() as connection:
        newest = connection.execute(
            select(runs.c.duration)
            .where(runs.c.tool == tool, runs.c.status == RunStatus.SUCCEEDED.value)
            .order_by(runs.c.number.desc())
        ).scalars()
        assert [each.seconds for each in took] == pytest.approx(list(newest)[:20])
    assert history.took(ToolName("absent"), limit=20) == []


def test_a_timeline_of_very_many_runs_has_few_points(engine: Engine, history: SqlRunHistory) -> None:
    fill(engine, 12_000)
    whole = history.timeline(RunFilter())
    assert whole.total == sum(whole.by_status.values()) == 12_000
    assert 200 < len(whole.points) <= 2_000
    assert whole.sampled > 1
    succeeded = RunFilter(statuses=frozenset({RunStatus.SUCCEEDED}))
    assert history.timeline(succeeded).found == Count(runs=whole.by_status[RunStatus.SUCCEEDED])
    some = history.timeline(RunFilter(longest=1e6))
    assert some.found == Count(runs=10_000, more=True)


def test_runs_of_workers_are_told_by_their_start(store: SqlRunStore, history: SqlRunHistory) -> None:
    run, _ = store.insert(a_run())
    store.insert(a_run())
    before = datetime.now(UTC) - timedelta(seconds=5)
    claim = store.claim(WorkerId("host:1:a"), 5)
    assert claim
    failed = Outcome(status=RunStatus.FAILED, reason=Reason.ERROR, error=RunError(type="E", message="m"))
    store.finish(run.id, claim.fence, failed, [])
    assert [(one.number, one.status) for one in history.latest_of_workers(before)] == [
        (run.number, RunStatus.FAILED)
    ]


def test_a_run_and_all_that_were_made_from_it_are_one_group(
    store: SqlRunStore, history: SqlRunHistory
) -> None:
    first, alone = (store.insert(a_run())[0] for _ in range(2))
    second, _ = store.insert(a_run(origin=first.id, owner="olga", params={"damping": 0.5}))
    third, _ = store.insert(a_run(origin=second.id, params={"damping": 0.9}))
    store.request_cancel(third.id)

    groups = history.groups(RunFilter(), GroupKey.CHAIN)
    assert [(group.key, group.runs, group.first) for group in groups] == [
        (first.id, 3, first.number),
        (alone.id, 1, alone.number),
    ]
    assert [group.newest and group.newest.id for group in groups] == [third.id, alone.id]
    assert groups[0].by_status == {RunStatus.QUEUED: 2, RunStatus.CANCELED: 1}

    chain = frozenset({first.id})
    opened = _numbers(history, RunFilter(chains=chain), limit=2)
    assert opened == [third.number, second.number, first.number]
    by_start = RunOrder(SortKey.CREATED, descending=False)
    assert _numbers(history, RunFilter(chains=chain), by_start, limit=2) == opened[::-1]
    assert history.count(RunFilter(chains=chain)).runs == 3
    olgas = RunFilter(chains=chain, owners=frozenset({"olga"}))
    assert _numbers(history, olgas) == [second.number]
    assert _numbers(history, RunFilter(chains=frozenset({first.id, alone.id}))) == [*opened[:2], 2, 1]
    assert _numbers(history, RunFilter(chains=frozenset({second.id}))) == [second.number]


@pytest.mark.parametrize(
    "where",
    [
        RunFilter(owners=frozenset({"olga"})),
        RunFilter(words=("reduced",)),
        RunFilter(params=read_conditions("damping=reduced")),
    ],
    ids=str,
)
def test_of_a_chain_only_the_runs_that_a_filter_finds_are_counted(
    where: RunFilter, store: SqlRunStore, history: SqlRunHistory
) -> None:
    first, _ = store.insert(a_run())
    second, _ = store.insert(a_run(origin=first.id, owner="olga", params={"damping": "reduced"}))
    third, _ = store.insert(a_run(origin=second.id, owner="olga", params={"damping": "reduced"}))
    store.insert(a_run(origin=third.id))
    (group,) = history.groups(where, GroupKey.CHAIN)
    assert (group.key, group.runs, group.first) == (first.id, 2, second.number)
    assert group.newest is not None
    assert group.newest.id == third.id


def test_of_very_many_chains_the_newest_are_told(engine: Engine, history: SqlRunHistory) -> None:
    fill(engine, 2_000)
    with engine.begin() as connection:
        oldest = connection.execute(select(runs.c.id).where(runs.c.number == 1)).scalar_one()
        newest = connection.execute(select(func.max(runs.c.number))).scalar_one()
        # The newest 700 runs are one chain of the oldest: what is read first has few chains in it.
        connection.execute(
            update(runs).where(runs.c.number > newest - 700).values(origin=oldest, chain=oldest)
        )
    groups = history.groups(RunFilter(), GroupKey.CHAIN)
    assert (groups[0].key, groups[0].runs, groups[0].first) == (oldest, 701, 1)
    assert [group.first for group in groups[1:]] == list(range(newest - 700, newest - 1199, -1))


def test_the_runs_of_a_chain_are_found_by_an_index(
    store: SqlRunStore, history: SqlRunHistory, engine: Engine
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what the tables hold")
    first, _ = store.insert(a_run())
    with engine.begin() as connection:
        where = RunFilter(chains=frozenset({first.id}), owners=frozenset({"anna"}))
        way = way_to(connection, where, RunOrder(), "number")
        (planned,) = way.lists()
        text = (
            planned.query.params(way.values)
            .order_by(planned.number.desc())
            .compile(engine, compile_kwargs={"literal_binds": True})
        )
        plan = " ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    assert "ix_runs_chain_number" in plan
    assert "SCAN" not in plan
