"""Which runs the workers of a place may claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from jupyter_toolrunner.core.ids import Digest, ToolName, WorkerId, new_run_id
from jupyter_toolrunner.core.runs import Priority, Run, RunStatus
from jupyter_toolrunner.core.tools import Delivery, Entry, Tool, ToolKind
from jupyter_toolrunner.db.offers import SqlOfferStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tools import SqlToolStore

ADD = Tool(
    name=ToolName("box.add"),
    toolbox="box",
    title="Add",
    kind=ToolKind.SCRIPT,
    version=Digest("1" * 64),
    source="print(1)",
    entry=Entry(path="/here/add.py", files=("/here/add.py",)),
)
CHANGED = replace(ADD, version=Digest("2" * 64))
SUM = replace(ADD, name=ToolName("box.sum"))
WORKER = WorkerId("host:1:w")


@pytest.fixture
def offers(engine: Engine) -> SqlOfferStore:
    return SqlOfferStore(engine)


def _submitted(store: SqlRunStore, tool: Tool, priority: Priority = Priority.DEFAULT) -> Run:
    run = Run(
        id=new_run_id(),
        number=0,
        tool=tool.name,
        version=tool.version,
        params={},
        status=RunStatus.QUEUED,
        owner="anna",
        priority=priority,
        delivery=Delivery.AT_MOST_ONCE,
        created_at=datetime.now(UTC),
    )
    return store.insert(run)[0]


def test_a_place_gets_what_it_offers_in_order_and_nothing_else(
    engine: Engine, store: SqlRunStore, offers: SqlOfferStore
) -> None:
    here, there = SqlRunStore(engine, "here"), SqlRunStore(engine, "there")
    offers.offer("here", "a", "one", [ADD], 60, all_are_known=True)
    offers.offer("there", "b", "two", [CHANGED, SUM], 60, all_are_known=True)
    first, changed, second, other = (_submitted(store, tool) for tool in (ADD, CHANGED, ADD, SUM))
    urgent = _submitted(store, ADD, Priority.HIGH)
    for place, expected in ((here, [urgent, first, second]), (there, [changed, other])):
        for run in expected:
            claim = place.claim(WORKER, 15)
            assert claim is not None
            assert claim.run.id == run.id
        assert place.claim(WORKER, 15) is None
        assert place.claim(WORKER, 15, expected=True) is None


def test_what_a_catalog_has_no_more_is_taken_back_when_it_was_read_to_its_end(
    engine: Engine, store: SqlRunStore, offers: SqlOfferStore
) -> None:
    here = SqlRunStore(engine, "here")
    offers.offer("here", "a", "one", [ADD, SUM], 60, all_are_known=True)
    offers.offer("here", "a", "one", [CHANGED], 60, all_are_known=False)
    assert all(offers.is_served(tool.name, tool.version) for tool in (ADD, SUM, CHANGED))
    offers.offer("here", "a", "one", [CHANGED], 60, all_are_known=True)
    assert [offers.is_served(tool.name, tool.version) for tool in (ADD, SUM, CHANGED)] == [False, False, True]
    _submitted(store, ADD)
    assert here.claim(WORKER, 15, expected=True) is None


def test_two_catalogs_of_a_place_speak_for_themselves(offers: SqlOfferStore) -> None:
    offers.offer("here", "a", "one", [ADD], 60, all_are_known=True)
    offers.offer("here", "b", "one", [ADD, SUM], 60, all_are_known=True)
    offers.withdraw("here", "b")
    assert [offers.is_served(tool.name, tool.version) for tool in (ADD, SUM)] == [True, False]


def test_a_tool_has_the_paths_of_the_place(offers: SqlOfferStore) -> None:
    there = replace(ADD, entry=replace(ADD.entry, path="/there/add.py"))
    offers.offer("here", "a", "one", [ADD], 60, all_are_known=True)
    offers.offer("there", "a", "two", [ADD], 60, all_are_known=True)
    # The folder was moved, and the version is the same.
    offers.offer("there", "a", "two", [there], 60, all_are_known=True)
    for place, path in (("here", "/here/add.py"), ("there", "/there/add.py")):
        found = offers.find(place, ADD.name, ADD.version)
        assert found is not None
        assert (found.entry.path, found.version) == (path, ADD.version)
    assert offers.find("elsewhere", ADD.name, ADD.version) is None


def test_what_nobody_says_any_more_is_forgotten(
    engine: Engine, store: SqlRunStore, offers: SqlOfferStore
) -> None:
    run = _submitted(store, ADD)
    offers.offer("here", "a", "one", [ADD], -1, all_are_known=True)
    assert not offers.is_served(ADD.name, ADD.version)
    assert [(one.tool, one.version, one.runs) for one in offers.unserved(5)] == [(run.tool, run.version, 1)]
    assert offers.hosts() == []
    assert offers.renew("here", "a", 60)
    assert (offers.unserved(5), offers.hosts()) == ([], ["one"])
    offers.offer("here", "a", "one", [ADD], -1, all_are_known=True)
    offers.forget_lapsed()
    assert not offers.renew("here", "a", 60)
    assert SqlRunStore(engine, "here").claim(WORKER, 15, expected=True) is None


def test_a_version_that_nobody_has_any_more_is_run_where_the_tool_lies_in_the_same_folder(
    engine: Engine, store: SqlRunStore, offers: SqlOfferStore
) -> None:
    tools = SqlToolStore(engine)
    tools.keep(ADD, Digest("c" * 64))
    moved = replace(CHANGED, entry=Entry(path="/there/add.py"))
    offers.offer("there", "b", "two", [moved], 60, all_are_known=True)
    run = _submitted(store, ADD)
    assert not offers.is_served(ADD.name, ADD.version)
    assert SqlRunStore(engine, "there").claim(WORKER, 5) is None
    offers.offer("here", "a", "one", [CHANGED], 60, all_are_known=True)
    assert offers.is_served(ADD.name, ADD.version)
    assert offers.unserved(5) == []
    claim = SqlRunStore(engine, "here").claim(WORKER, 5)
    assert claim is not None
    assert claim.run.id == run.id
    # Of what was never kept nobody can put the files in their places.
    gone = replace(SUM, version=Digest("3" * 64))
    tools.keep(gone)
    offers.offer("here", "a", "one", [SUM], 60, all_are_known=True)
    _submitted(store, gone)
    assert not offers.is_served(gone.name, gone.version)
    assert SqlRunStore(engine, "here").claim(WORKER, 5) is None
