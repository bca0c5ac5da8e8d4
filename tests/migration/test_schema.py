"""Databases of every age come to the tables of today."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import jupyter_toolrunner.db
from jupyter_toolrunner.core.errors import NotAvailable
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.schema import HEAD, revision_of, upgrade
from jupyter_toolrunner.db.tables import metadata

MIGRATIONS = Path(jupyter_toolrunner.db.__file__).parent / "migrations"


def test_migrations_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    assert upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        with warnings.catch_warnings():
            # SQLAlchemy takes all that follows a computed column in the line of the table's text for its formula.
            warnings.filterwarnings("ignore", r"Computed default on runs\.duration")
            assert compare_metadata(context, metadata) == []
        written = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'runs'")).scalar_one()
        computed = metadata.tables["runs"].c.duration.computed
        assert computed is not None
        assert str(computed.sqltext.compile(engine, compile_kwargs={"literal_binds": True})) in written


def test_the_newest_migration_is_the_one_that_the_code_needs() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_an_upgraded_database_is_left_alone(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    assert revision_of(engine) is None
    assert upgrade(engine)
    assert not upgrade(engine)


def test_a_database_of_a_newer_version_is_refused_with_both_versions_named(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotAvailable, match=f"9999.*{HEAD}"):
        upgrade(engine)


def test_several_processes_upgrade_one_database_together(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    code = (
        "import sys; from jupyter_toolrunner.db.engine import open_engine;"
        "from jupyter_toolrunner.db.schema import upgrade; print(upgrade(open_engine(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert sorted(process.communicate()[0].strip() for process in processes) == [
        "False",
        "False",
        "False",
        "True",
    ]
