"""The same tests on every database that the product supports."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared import new_database
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables; each test has a copy of it."""
    file = tmp_path_factory.mktemp("migrated") / "runs.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_database(postgres: str) -> str:
    """Its like in PostgreSQL."""
    url = new_database(postgres)
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database with all tables."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "runs.db")
        url = f"sqlite:///{file}"
    else:
        server, template = map(request.getfixturevalue, ("postgres", "migrated_database"))
        url = _only_copy(server, template)
    engine = open_engine(url)
    yield engine
    engine.dispose()


def _only_copy(server: str, template: str) -> str:
    """One at a time: a copy takes some megabytes."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS copied WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE copied TEMPLATE {make_url(template).database}"))
    return make_url(server).set(database="copied").render_as_string(hide_password=False)


@pytest.fixture
def store(engine: Engine) -> SqlRunStore:
    return SqlRunStore(engine)


@pytest.fixture
def history(engine: Engine) -> SqlRunHistory:
    return SqlRunHistory(engine)
