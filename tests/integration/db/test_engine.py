"""What a database that cannot be used looks like to everybody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import free_port
from sqlalchemy import Column, Engine, MetaData, String, Table, insert, text
from sqlalchemy.exc import SQLAlchemyError

from jupyter_toolrunner.core.errors import NotAvailable
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.kept import KEPT, Kind
from jupyter_toolrunner.db.prepared import Prepared, transaction
from jupyter_toolrunner.db.schema import upgrade

_notes = Table("notes", MetaData(), Column("text", String))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match=r"absent/a\.db does not answer"):
        upgrade(open_engine(f"sqlite:///{tmp_path / 'absent' / 'a.db'}"))


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"notes " * 2000)
    with pytest.raises(NotAvailable, match=r"a\.db cannot be used") as caught:
        upgrade(open_engine(f"sqlite:///{file}"))
    assert "Nothing was changed" in str(caught.value.hint)
    assert file.read_bytes() == b"notes " * 2000


def test_a_full_database_says_so_and_is_read_on(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE notes (text TEXT)"))
        connection.commit()
        connection.execute(text("PRAGMA max_page_count = 10"))
        with pytest.raises(
            NotAvailable, match=r"a\.db cannot be written: database or disk is full"
        ) as caught:
            connection.execute(text("INSERT INTO notes VALUES (:text)"), {"text": "x" * 100_000})
        assert "Free some space" in str(caught.value.hint)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM notes")).scalar_one() == 0
    engine.dispose()


@pytest.mark.parametrize("kept", [False, True], ids=["pooled", "kept"])
def test_a_connection_that_was_opened_while_nothing_could_be_written_is_not_used_again(
    tmp_path: Path, kept: bool
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    add = Prepared(insert(_notes).values(text="x"))

    def write() -> None:
        if kept:
            with transaction(engine) as hot:
                hot.execute(add, {})
        else:
            with engine.begin() as connection:
                connection.execute(add.statement)

    _notes.metadata.create_all(engine)
    write()
    # Every connection that waits for its next use.
    for one in engine.get_execution_options()[KEPT]._free[Kind.SYNCED]:
        one.driver.execute("PRAGMA query_only = ON")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA query_only = ON"))
    with pytest.raises(NotAvailable, match="readonly database"):
        write()
    write()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM notes")).scalar_one() == 2
    engine.dispose()


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(NotAvailable) as caught:
        upgrade(open_engine(f"postgresql+psycopg://me:secret@127.0.0.1:{free_port()}/runs"))
    assert "127.0.0.1" in caught.value.message
    assert "secret" not in caught.value.message


def test_a_wrong_statement_stays_a_bug(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError, match="no_such_column"), engine.begin() as connection:
        connection.execute(text("SELECT no_such_column FROM runs"))


def test_a_connection_that_the_server_has_cut_is_made_again(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("only a server cuts connections")
    with engine.connect() as connection:
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    another = open_engine(engine.url.render_as_string(hide_password=False))
    with another.begin() as other:
        other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
    another.dispose()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
