"""Runs of the release before, which knew only what each was made from, come into their chains."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

import jupyter_toolrunner.db
from jupyter_toolrunner.core.history import GroupKey, RunFilter
from jupyter_toolrunner.core.ids import new_run_id
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.schema import revision_of, upgrade

MIGRATIONS = Path(jupyter_toolrunner.db.__file__).parent / "migrations"
#: Written out: the tables of today are not those that this database has.
INSERT = text(
    "INSERT INTO runs (id, tool, version, params, status, owner, priority, delivery, created_at, queued_at, origin) "
    "VALUES (:id, 'box.tool', 'f', '{}', 'succeeded', 'anna', 1, 'at_most_once', "
    "'2026-11-01 12:00:00', '2026-11-01 12:00:00', :origin)"
)


@pytest.fixture(params=["sqlite", "postgres"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database as the migration before left it."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    else:
        engine = open_engine(request.getfixturevalue("postgres"))
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    _migrate(engine, command.upgrade, "0007")
    yield engine
    engine.dispose()


def _migrate(engine: Engine, way: object, to: str) -> None:
    assert callable(way)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        way(config, to)


def _insert(connection: Connection, origins: list[int | None]) -> list[str]:
    """Runs, each made from the one at the place that is named; their ids."""
    ids = [new_run_id() for _ in origins]
    rows = [
        {"id": run, "origin": None if origin is None else ids[origin]}
        for run, origin in zip(ids, origins, strict=True)
    ]
    connection.execute(INSERT, rows)
    return list(ids)


def _chains(engine: Engine) -> dict[str, str | None]:
    with engine.begin() as connection:
        return {row.id: row.chain for row in connection.execute(text("SELECT id, chain FROM runs"))}


def test_runs_of_a_tree_have_the_one_that_it_began_with(before: Engine) -> None:
    with before.begin() as connection:
        ids = _insert(connection, [None, None, 0, 2, 0, 3, None, 6])
        orphan = new_run_id()
        connection.execute(INSERT, {"id": orphan, "origin": "01GONE00000000000000000000"})
    assert upgrade(before)
    begun = dict(zip(ids, [None, None, 0, 0, 0, 0, None, 6], strict=True))
    assert _chains(before) == {
        **{run: None if place is None else ids[place] for run, place in begun.items()},
        orphan: "01GONE00000000000000000000",
    }
    groups = SqlRunHistory(before).groups(RunFilter(), GroupKey.CHAIN)
    assert sorted((group.key, group.runs) for group in groups) == sorted(
        [(ids[0], 5), (ids[1], 1), (ids[6], 2), ("01GONE00000000000000000000", 1)]
    )


def test_very_many_runs_and_a_very_long_chain_come_along(before: Engine) -> None:
    chance = random.Random(3)
    # One after the other, and then some that were made from whichever ran before.
    places: list[int | None] = [None, *range(3_000)]
    places += [
        None if chance.random() < 0.6 else chance.randrange(3_001, place) if place > 3_001 else None
        for place in range(3_001, 10_000)
    ]
    with before.begin() as connection:
        ids = _insert(connection, places)
    assert upgrade(before)
    begun: list[int] = []
    for place, origin in enumerate(places):
        begun.append(place if origin is None else begun[origin])
    assert _chains(before) == {
        run: None if origin is None else ids[first]
        for run, origin, first in zip(ids, places, begun, strict=True)
    }


def test_rows_that_are_made_from_each_other_do_not_hold_it_up(before: Engine) -> None:
    with before.begin() as connection:
        _insert(connection, [1, 0, 1])
    assert upgrade(before)


def test_the_way_back_leaves_the_runs(before: Engine) -> None:
    with before.begin() as connection:
        ids = _insert(connection, [None, 0])
    upgrade(before)
    _migrate(before, command.downgrade, "0007")
    assert revision_of(before) == "0007"
    with before.begin() as connection:
        assert sorted(connection.execute(text("SELECT id FROM runs")).scalars()) == sorted(ids)
