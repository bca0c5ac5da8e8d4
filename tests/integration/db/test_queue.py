"""Turns, limits, holds and places in the queue, on SQLite and PostgreSQL."""

from __future__ import annotations

import re
import threading
from collections import Counter

import pytest
from factories import a_run
from sqlalchemy import Column, Engine, String, func, insert, select, text

from jupyter_toolrunner.core.after import After, Rule
from jupyter_toolrunner.core.errors import Conflict, NotFound
from jupyter_toolrunner.core.ids import ToolName, WorkerId
from jupyter_toolrunner.core.ports import Outcome, RunEdit
from jupyter_toolrunner.core.queue import WHOLE, Limits, QueueRule
from jupyter_toolrunner.core.runs import Priority, Run, RunStatus
from jupyter_toolrunner.db.prepared import Prepared, transaction
from jupyter_toolrunner.db.queue import SqlQueueStore
from jupyter_toolrunner.db.runs import _TAKE_TURN, SqlRunStore
from jupyter_toolrunner.db.tables import queue_rules
from jupyter_toolrunner.db.turns import limit_values, next_run

WORKER = WorkerId("host:1:aa")
SUCCEEDED = Outcome(status=RunStatus.SUCCEEDED)


@pytest.fixture
def queue(engine: Engine) -> SqlQueueStore:
    return SqlQueueStore(engine)


def submitted(store: SqlRunStore, owner: str, count: int = 1, tool: str = "box.add") -> list[Run]:
    made = [a_run(owner=owner, tool=ToolName(tool)) for _ in range(count)]
    return list(store.insert_all(made)[0])


def started(store: SqlRunStore) -> Run:
    claim = store.claim(WORKER, 60)
    assert claim is not None
    return claim.run


def ended(store: SqlRunStore, run: Run) -> None:
    store.finish(run.id, run.attempt, SUCCEEDED, [])


def in_order(queue: SqlQueueStore, owner: str | None = None) -> list[int]:
    return [run.number for _, run in queue.page(offset=0, limit=100, owner=owner).items]


def test_one_run_behind_thousands_of_somebody_else_starts_within_two_run_lengths(store: SqlRunStore) -> None:
    submitted(store, "anna", 10_000)
    first = started(store)
    ours = submitted(store, "boris")[0]
    lengths = 0
    while first.id != ours.id and lengths < 10:
        ended(store, first)
        first = started(store)
        lengths += 1
    assert lengths <= 2


def test_owners_take_turns_however_much_each_has_asked_for(store: SqlRunStore) -> None:
    for owner, count in (("anna", 50), ("boris", 20), ("clara", 4)):
        submitted(store, owner, count)
    served = []
    for _ in range(12):
        run = started(store)
        served.append(run.owner)
        ended(store, run)
    assert Counter(served) == {"anna": 4, "boris": 4, "clara": 4}


def test_whoever_has_fewer_runs_at_work_goes_first(store: SqlRunStore) -> None:
    submitted(store, "anna", 10)
    at_work = [started(store) for _ in range(3)]
    submitted(store, "boris", 3)
    assert [started(store).owner for _ in range(3)] == ["boris"] * 3
    ended(store, at_work[0])
    assert started(store).owner == "anna"


def test_priorities_hold_among_the_runs_of_one_owner(store: SqlRunStore) -> None:
    low = submitted(store, "anna", 2)
    high, _ = store.insert(a_run(owner="anna", tool=ToolName("other.tool"), priority=Priority.HIGH))
    assert started(store).id == high.id
    store.edit(low[1].id, RunEdit(priority=Priority.HIGH), by="anna")
    assert started(store).id == low[1].id


def test_a_tool_runs_as_often_as_its_limit_says_and_others_go_by(
    store: SqlRunStore, queue: SqlQueueStore
) -> None:
    assert queue.set_limits({"box.add": 2})
    assert not queue.set_limits({"box.add": 2})
    limited = submitted(store, "anna", 5)
    other = submitted(store, "anna", 1, tool="box.other")[0]
    first = [started(store) for _ in range(3)]
    assert [run.id for run in first] == [limited[0].id, limited[1].id, other.id]
    assert store.claim(WORKER, 60) is None
    assert store.next_queued() is None
    ended(store, first[0])
    assert started(store).id == limited[2].id
    queue.set_limits({"box.add": None})
    assert started(store).id == limited[3].id


def test_limits_of_one_user_and_of_all_are_kept(engine: Engine) -> None:
    store = SqlRunStore(engine, limits=Limits(user=2, total=3))
    submitted(store, "anna", 5)
    submitted(store, "boris", 5)
    at_work = [started(store) for _ in range(3)]
    assert sorted(Counter(run.owner for run in at_work).values()) == [1, 2]
    assert store.claim(WORKER, 60) is None
    ended(store, at_work[0])
    assert store.claim(WORKER, 60) is not None


def test_workers_that_claim_at_the_same_moment_keep_to_a_limit(engine: Engine, queue: SqlQueueStore) -> None:
    queue.set_limits({"box.add": 3})
    submitted(SqlRunStore(engine), "anna", 40)
    barrier = threading.Barrier(8)
    found: list[str] = []

    def claim(number: int) -> None:
        store = SqlRunStore(engine)
        barrier.wait()
        claims = [store.claim(WorkerId(f"host:{number}:w"), 60, expected=True) for _ in range(3)]
        found.extend(claim.run.id for claim in claims if claim)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(found) == 3


def test_nothing_starts_of_what_is_held_until_it_is_released(
    store: SqlRunStore, queue: SqlQueueStore
) -> None:
    held = submitted(store, "anna")[0]
    other = submitted(store, "anna", tool="box.other")[0]
    rule = queue.hold("box.add", by="olga", note="new data")
    assert (rule.held_by, rule.note) == ("olga", "new data")
    assert queue.rules()["box.add"] == rule
    with pytest.raises(Conflict, match="olga"):
        queue.hold("box.add", by="anna", note="")
    assert started(store).id == other.id
    assert store.claim(WORKER, 60) is None
    queue.hold(WHOLE, by="anna", note="")
    queue.release("box.add")
    assert store.claim(WORKER, 60) is None
    queue.release(WHOLE)
    assert started(store).id == held.id
    with pytest.raises(Conflict, match="not held"):
        queue.release(WHOLE)


def test_a_hold_stays_while_limits_come_and_go(queue: SqlQueueStore) -> None:
    queue.set_limits({"box.add": 2, "box.other": 1})
    queue.hold("box.add", by="olga", note="")
    queue.set_limits({"box.add": None, "box.other": None})
    assert {tool: rule.held_by for tool, rule in queue.rules().items()} == {"box.add": "olga"}
    queue.set_limits({"box.add": 4})
    assert queue.release("box.add").max_running == 4


def test_the_page_is_in_the_order_in_which_runs_start(store: SqlRunStore, queue: SqlQueueStore) -> None:
    for owner, count in (("anna", 7), ("boris", 2), ("clara", 4)):
        submitted(store, owner, count)
    expected = in_order(queue)
    pages = [run.number for start in range(0, 13, 3) for _, run in queue.page(offset=start, limit=3).items]
    assert pages == expected
    positions = [position for position, _ in queue.page(offset=0, limit=100).items]
    assert positions == list(range(1, 14))
    for position, run in queue.page(offset=0, limit=100).items:
        assert queue.position(run) == position
    actual = []
    while claim := store.claim(WORKER, 60):
        actual.append(claim.run.number)
        ended(store, claim.run)
    assert actual == expected
    assert queue.page(offset=0, limit=10).total == 0


def test_what_waits_for_others_is_counted_apart(store: SqlRunStore, queue: SqlQueueStore) -> None:
    first = submitted(store, "anna", 2)[0]
    assert queue.later() == 0
    store.insert(a_run(after=After(Rule.ALL_SUCCEEDED, (first.id,))))
    assert (queue.later(), queue.page(offset=0, limit=10).total) == (1, 2)


def test_runs_are_put_before_and_behind_others_of_their_owner(
    store: SqlRunStore, queue: SqlQueueStore
) -> None:
    line = submitted(store, "anna", 6)
    a, b, c, d, e, f = (run.number for run in line)
    queue.move([line[4].id, line[5].id], "before", line[1].id)
    assert in_order(queue) == [a, e, f, b, c, d]
    queue.move([line[0].id], "after", line[2].id)
    assert in_order(queue) == [e, f, b, c, a, d]
    queue.move([line[3].id], "front")
    assert in_order(queue) == [d, e, f, b, c, a]
    queue.move([line[4].id, line[3].id], "end")
    assert in_order(queue) == [f, b, c, a, d, e]
    assert started(store).number == f


def test_what_comes_between_two_others_takes_their_priority(store: SqlRunStore, queue: SqlQueueStore) -> None:
    high = [store.insert(a_run(owner="anna", priority=Priority.HIGH))[0] for _ in range(2)]
    last = submitted(store, "anna", 2)[1]
    moved = queue.move([last.id], "after", high[0].id)
    assert [run.priority for run in moved.runs] == [Priority.HIGH]
    assert in_order(queue)[:3] == [high[0].number, last.number, high[1].number]


def test_there_is_room_on_one_spot_however_often_something_is_put_there(
    store: SqlRunStore, queue: SqlQueueStore
) -> None:
    line = submitted(store, "anna", 60)
    expected = [run.number for run in line]
    for run in line[2:]:
        queue.move([run.id], "before", line[1].id)
    expected = [line[0].number, *(run.number for run in line[2:]), line[1].number]
    assert in_order(queue) == expected
    for run in reversed(line[2:]):
        queue.move([run.id], "after", line[0].id)
    assert in_order(queue) == expected


def test_only_what_waits_is_moved_and_not_among_the_runs_of_others(
    store: SqlRunStore, queue: SqlQueueStore
) -> None:
    ours, theirs = submitted(store, "anna", 2), submitted(store, "boris", 1)[0]
    running = started(store)
    moved = queue.move([running.id, theirs.id, "absent"], "before", ours[1].id)
    assert not moved.runs
    assert [run for run, _ in moved.refused] == [running.id, theirs.id, "absent"]
    with pytest.raises(Conflict, match="does not wait"):
        queue.move([ours[1].id], "before", running.id)
    with pytest.raises(NotFound):
        queue.move([ours[1].id], "before", "absent")


def test_a_claim_reads_no_more_however_many_wait(engine: Engine, store: SqlRunStore) -> None:
    submitted(store, "anna", 2000)
    submitted(store, "boris", 2000, tool="box.other")
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE runs")
    for first_alone in (True, False):
        statement = next_run(first_alone=first_alone)
        compiled = statement.compile(dialect=engine.dialect)
        given = {**compiled.params, **limit_values(Limits())}
        kind = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
        with engine.connect() as connection:
            values = (
                tuple(given[name] for name in compiled.positiontup or ()) if compiled.positional else given
            )
            rows = connection.exec_driver_sql(f"{kind} {compiled}", values).all()
        plan = "\n".join(str(row[-1]) for row in rows)
        assert "ix_runs_claim" in plan or "ix_runs_queue" in plan
        assert "Seq Scan on runs" not in plan
        assert not re.search(r"SCAN runs\b(?! USING (COVERING )?INDEX)", plan)


def test_a_claim_that_stands_still_on_a_server_does_not_keep_the_others_waiting(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("one writer at a time is SQLite's own affair, whose file a dead process does not keep")
    column: Column[str] = Column("said", String)
    said = Prepared(
        select(func.current_setting("idle_in_transaction_session_timeout").label("said")), [column]
    )
    with transaction(engine) as hot:
        hot.execute(_TAKE_TURN, {})
        assert hot.one(said, {}).said == "10s"
    with transaction(engine) as hot:
        assert hot.one(said, {}).said == "0", "it is the claim's alone"


def test_a_hold_and_a_limit_that_come_at_the_same_moment_both_hold(
    engine: Engine, queue: SqlQueueStore
) -> None:
    """Each writes its own columns, though it saw nothing of the other."""
    held: list[QueueRule] = []
    holding = threading.Thread(target=lambda: held.append(queue.hold("box.add", by="anna", note="new data")))
    with engine.begin() as connection:
        connection.execute(insert(queue_rules).values(tool="box.add", max_running=2))
        holding.start()
        _until_it_waits(engine, holding)
    holding.join(30)
    rule = queue.rules()["box.add"]
    assert (rule.max_running, rule.held_by, rule.note) == (2, "anna", "new data")
    assert held == [rule]
    queue.set_limits({"box.add": 3})
    rule = queue.rules()["box.add"]
    assert (rule.max_running, rule.held_by, rule.note) == (3, "anna", "new data")


def test_of_two_who_hold_at_the_same_moment_one_is_told_of_the_other(
    engine: Engine, queue: SqlQueueStore
) -> None:
    refused: list[str] = []

    def hold() -> None:
        try:
            queue.hold("box.add", by="boris", note="mine")
        except Conflict as error:
            refused.append(error.message)

    holding = threading.Thread(target=hold)
    with engine.begin() as connection:
        connection.execute(insert(queue_rules).values(tool="box.add", held_by="anna", note="first"))
        holding.start()
        _until_it_waits(engine, holding)
    holding.join(30)
    assert refused == ["box.add is held by anna already."]
    assert queue.rules()["box.add"].note == "first"


def _until_it_waits(engine: Engine, thread: threading.Thread) -> None:
    """For the lock of a row; SQLite has one who writes anyway."""
    if engine.dialect.name == "sqlite":
        return
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with engine.connect() as connection:
        while not connection.execute(waits).scalar_one():
            assert thread.is_alive()
            connection.rollback()
