"""What people change of a run, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading

import pytest
from factories import a_run
from sqlalchemy import Engine, select

from jupyter_toolrunner.core.errors import Conflict, InvalidRequest, NotFound
from jupyter_toolrunner.core.ids import RunId, WorkerId
from jupyter_toolrunner.core.ports import Outcome, RunEdit, RunFilter, TagUse
from jupyter_toolrunner.core.runs import Priority, RunStatus
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import run_tags

WORKER = WorkerId("host:1:aa")


def indexed(engine: Engine) -> list[tuple[int, str, str]]:
    columns = (run_tags.c.number, run_tags.c.tag, run_tags.c.added_by)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns))]


def test_tags_and_note_are_on_the_run_wherever_it_is_read(store: SqlRunStore, engine: Engine) -> None:
    run, _ = store.insert(a_run())
    edited = store.edit(run.id, RunEdit(tags=("good", "for the report"), note="Kept."), by="anna")
    assert (edited.tags, edited.note, edited.edits) == (("good", "for the report"), "Kept.", 1)
    assert store.get(run.id) == edited
    (listed,) = SqlRunHistory(engine).page(RunFilter(), limit=5).items
    assert listed.tags == edited.tags
    claim = store.claim(WORKER, 5)
    assert claim
    assert claim.run.tags == edited.tags
    ended = store.finish(run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), [])
    assert (ended.tags, ended.note) == (edited.tags, "Kept.")
    assert indexed(engine) == [(run.number, "for the report", "anna"), (run.number, "good", "anna")]


def test_an_empty_note_and_no_tags_leave_nothing_behind(store: SqlRunStore, engine: Engine) -> None:
    run, _ = store.insert(a_run())
    store.edit(run.id, RunEdit(tags=("good",), note="Kept."), by="anna")
    edited = store.edit(run.id, RunEdit(tags=(), note=""), by="anna")
    assert (edited.tags, edited.note, edited.edits) == ((), None, 2)
    assert indexed(engine) == []


def test_what_is_left_out_stays(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run(params={"n": 1}, priority=Priority.LOW))
    store.edit(run.id, RunEdit(tags=("good",), note="Kept."), by="anna")
    edited = store.edit(run.id, RunEdit(add_tags=("new",)), by="boris")
    assert (edited.tags, edited.note) == (("good", "new"), "Kept.")
    assert (edited.params, edited.priority) == ({"n": 1}, Priority.LOW)


def test_who_put_a_tag_first_stays_written(store: SqlRunStore, engine: Engine) -> None:
    run, _ = store.insert(a_run())
    store.edit(run.id, RunEdit(add_tags=("good",)), by="anna")
    store.edit(run.id, RunEdit(add_tags=("good", "new"), remove_tags=("absent",)), by="boris")
    assert indexed(engine) == [(run.number, "good", "anna"), (run.number, "new", "boris")]


def test_of_many_who_add_a_tag_at_once_all_are_heard(store: SqlRunStore, engine: Engine) -> None:
    run, _ = store.insert(a_run())
    tags = [f"tag {number}" for number in range(12)]
    adding = [
        threading.Thread(target=store.edit, args=(run.id, RunEdit(add_tags=(tag,))), kwargs={"by": "anna"})
        for tag in tags
    ]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join()
    assert sorted(store.get(run.id).tags) == sorted(tags)
    assert len(indexed(engine)) == len(tags)


def test_a_run_never_gets_more_tags_than_it_may_have(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    store.edit(run.id, RunEdit(tags=tuple(str(number) for number in range(50))), by="anna")
    with pytest.raises(InvalidRequest, match="50 tags"):
        store.edit(run.id, RunEdit(add_tags=("one more",)), by="anna")
    assert len(store.get(run.id).tags) == 50


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.WAITING])
def test_params_and_priority_of_a_run_that_waits_are_changed(store: SqlRunStore, status: RunStatus) -> None:
    run, _ = store.insert(a_run(params={"n": 1}, status=status))
    edited = store.edit(run.id, RunEdit(params={"n": 2}, priority=Priority.HIGH), by="anna")
    assert (edited.params, edited.priority, edited.status) == ({"n": 2}, Priority.HIGH, status)


def test_a_changed_priority_changes_the_order_of_claims(store: SqlRunStore) -> None:
    first, second = (store.insert(a_run())[0] for _ in range(2))
    store.edit(second.id, RunEdit(priority=Priority.HIGH), by="anna")
    claims = [store.claim(WORKER, 5) for _ in range(2)]
    assert [claim and claim.run.id for claim in claims] == [second.id, first.id]


def test_a_run_that_has_started_keeps_its_params_and_all_else_that_came_with_them(store: SqlRunStore) -> None:
    run, _ = store.insert(a_run(params={"n": 1}))
    assert store.claim(WORKER, 5)
    for change in (RunEdit(params={"n": 2}, note="x"), RunEdit(priority=Priority.HIGH, tags=("good",))):
        with pytest.raises(Conflict, match=f"#{run.number} does not wait any more: it is running"):
            store.edit(run.id, change, by="anna")
    kept = store.get(run.id)
    assert (kept.params, kept.priority, kept.note, kept.tags, kept.edits) == (
        {"n": 1},
        Priority.DEFAULT,
        None,
        (),
        0,
    )


def test_of_a_claim_and_a_change_at_once_the_run_gets_what_was_answered(store: SqlRunStore) -> None:
    for _ in range(20):
        run, _ = store.insert(a_run(params={"n": 1}))
        answers: list[bool] = []

        def change(run_id: RunId = run.id, answers: list[bool] = answers) -> None:
            try:
                store.edit(run_id, RunEdit(params={"n": 2}), by="anna")
                answers.append(True)
            except Conflict:
                answers.append(False)

        thread = threading.Thread(target=change)
        thread.start()
        claim = store.claim(WORKER, 5)
        thread.join()
        claim = claim or store.claim(WORKER, 5)
        assert claim
        assert claim.run.params == {"n": 2 if answers[0] else 1}


def test_a_run_that_is_not_there_cannot_be_changed(store: SqlRunStore) -> None:
    with pytest.raises(NotFound):
        store.edit(RunId("none"), RunEdit(note="x"), by="anna")


def test_tags_in_use_are_counted_those_of_the_newest_runs_first(store: SqlRunStore) -> None:
    first, second = (store.insert(a_run())[0] for _ in range(2))
    store.edit(first.id, RunEdit(tags=("old", "both")), by="anna")
    store.edit(second.id, RunEdit(tags=("both",)), by="anna")
    assert store.tags(limit=9) == [TagUse(tag="both", runs=2), TagUse(tag="old", runs=1)]
    assert len(store.tags(limit=1)) == 1


def test_where_a_run_came_from_is_kept(store: SqlRunStore) -> None:
    first, _ = store.insert(a_run())
    second, _ = store.insert(a_run(origin=first.id))
    assert store.get(second.id).origin == first.id


def test_a_run_knows_the_one_that_its_chain_began_with(store: SqlRunStore) -> None:
    first, _ = store.insert(a_run())
    second, other = (store.insert(a_run(origin=first.id))[0] for _ in range(2))
    third, _ = store.insert(a_run(origin=second.id))
    assert [run.chain for run in (first, second, other, third)] == [None, first.id, first.id, first.id]
    assert store.get(third.id).chain == first.id


def test_what_was_made_from_a_run_that_is_gone_stays_together(store: SqlRunStore) -> None:
    gone = RunId("01GONE00000000000000000000")
    second, other = (store.insert(a_run(origin=gone))[0] for _ in range(2))
    assert [second.chain, other.chain] == [gone, gone]
    assert {run.id for run in store.chain(second.id, limit=9)} == {second.id, other.id}


def test_runs_that_were_made_one_from_the_other_are_a_chain_from_wherever_it_is_asked_for(
    store: SqlRunStore,
) -> None:
    first, alone = (store.insert(a_run())[0] for _ in range(2))
    second, other = (store.insert(a_run(origin=first.id))[0] for _ in range(2))
    third, _ = store.insert(a_run(origin=second.id))
    for one, ids in (
        (first, [first.id, third.id, other.id, second.id]),
        (second, [second.id, first.id, third.id, other.id]),
        (third, [third.id, second.id, first.id, other.id]),
    ):
        assert [run.id for run in store.chain(one.id, limit=9)] == ids
        assert [run.id for run in store.chain(one.id, limit=2)] == ids[:2]
    assert [run.id for run in store.chain(alone.id, limit=9)] == [alone.id]


def test_a_run_is_compared_with_those_of_its_tool_that_ended_before_it(store: SqlRunStore) -> None:
    def ended(status: RunStatus, **more: object) -> RunId:
        run, _ = store.insert(a_run(**more))
        claim = store.claim(WORKER, 5)
        assert claim
        store.finish(run.id, claim.fence, Outcome(status=status), [], environment={"python": "3"})
        return run.id

    good = ended(RunStatus.SUCCEEDED)
    bad = ended(RunStatus.FAILED)
    ended(RunStatus.CANCELED)
    ended(RunStatus.SUCCEEDED, tool="box.other")
    run, _ = store.insert(a_run(priority=Priority.LOW))
    ended(RunStatus.SUCCEEDED)
    last, last_good = store.before(store.get(run.id))
    assert (last and last.id, last_good and last_good.id) == (bad, good)
    assert last_good
    assert last_good.attempts[0].environment == {"python": "3"}
    assert store.before(store.get(good)) == (None, None)
