"""The same tests on every database that the product supports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database with all tables."""
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


@pytest.fixture
def store(engine: Engine) -> SqlRunStore:
    return SqlRunStore(engine)


@pytest.fixture
def history(engine: Engine) -> SqlRunHistory:
    return SqlRunHistory(engine)
