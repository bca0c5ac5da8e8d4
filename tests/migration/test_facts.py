"""What runs are found by comes along from the release before, and goes back to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from factories import a_run
from sqlalchemy import Engine, text

import jupyter_toolrunner.db
from jupyter_toolrunner.core.history import RunFilter, read_conditions
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade

MIGRATIONS = Path(jupyter_toolrunner.db.__file__).parent / "migrations"
#: As the release before counts: what was added up, and what came and went since.
COUNTED = text(
    "SELECT tool, status, sum(runs) FROM (SELECT tool, status, runs FROM run_counts UNION ALL "
    "SELECT tool, status, runs FROM run_changes) AS counted GROUP BY tool, status HAVING sum(runs) > 0"
)
COUNTS = text("SELECT tool, status, count(*) FROM runs GROUP BY tool, status")


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    else:
        engine = open_engine(request.getfixturevalue("postgres"))
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade(engine)
    yield engine
    engine.dispose()


def _back(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")


def test_the_release_before_counts_on_and_all_comes_along_again(engine: Engine) -> None:
    store, history = SqlRunStore(engine), SqlRunHistory(engine)
    made = [store.insert(a_run(tool=f"box.{'ab'[n % 2]}", params={"n": n}))[0] for n in range(6)]
    while RunIndex(engine).fill(4):
        pass
    store.request_cancel(made[0].id)
    store.insert(a_run(params={"n": 6}))
    _back(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE runs SET status = 'canceled' WHERE number = 2"))
        connection.execute(text("DELETE FROM runs WHERE number = 3"))
        assert sorted(connection.execute(COUNTED)) == sorted(connection.execute(COUNTS))
        # Whose values the release before has; those of others it takes in by itself.
        filled = connection.execute(text("SELECT filled FROM run_index")).scalar_one()
        kept = sorted(connection.execute(text("SELECT run FROM run_params")).scalars())
        assert kept == [number for number in range(1, filled + 1) if number != 3]
    assert upgrade(engine)
    canceled = RunFilter(statuses=frozenset({RunStatus.CANCELED}))
    values = RunFilter(params=read_conditions("n>=4"))
    for _ in range(2):
        assert [run.number for run in history.page(canceled, limit=9).items] == [2, 1]
        assert history.count(canceled).runs == 2
        assert [run.number for run in history.page(values, limit=9).items] == [7, 6, 5]
        while RunIndex(engine).fill():
            pass
