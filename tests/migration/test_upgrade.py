"""Databases of earlier versions: all that is in them is there after the upgrade, and whatever ends it harms nothing.

`old/NNNN.sql` is what the program of that version left after the same few runs; each stays as it is for good. 0005 was at
no time the newest version of a program that ran.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import sqlite3
import sys
import time
import traceback
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, inspect, text

from jupyter_toolrunner.core.errors import NotAvailable
from jupyter_toolrunner.core.history import RunFilter
from jupyter_toolrunner.db import schema
from jupyter_toolrunner.db.copies import KEPT, copies
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.schema import HEAD, revision_of, upgrade

OLD = sorted((Path(__file__).parent / "old").glob("*.sql"))
#: What touches the files of a database.
_TOUCHES = {"open", "os.chmod", "os.remove", "os.rename", "os.scandir", "sqlite3.connect"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "toolrunner.db"


def restore(file: Path, old: Path) -> str:
    """The database as that version left it; its version."""
    for each in file.parent.iterdir():
        each.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(old.read_text("utf-8"))
        # As a database that was in use is.
        connection.execute("PRAGMA journal_mode=WAL")
    return old.stem


def rows_of(file: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


def upgraded(file: Path) -> bool:
    engine = open_engine(f"sqlite:///{file}")
    try:
        return upgrade(engine)
    finally:
        engine.dispose()


def test_the_newest_version_has_a_database_among_them() -> None:
    assert OLD[-1].stem == HEAD, f"keep a database of version {HEAD} as tests/migration/old/{HEAD}.sql"


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.stem)
def test_all_that_was_in_an_old_database_is_in_the_new_one(file: Path, old: Path) -> None:
    revision = restore(file, old)
    before = rows_of(file)
    assert upgraded(file) == (revision != HEAD)
    engine = open_engine(f"sqlite:///{file}")
    history = SqlRunHistory(engine)
    runs = history.page(RunFilter(), limit=10).items
    engine.dispose()
    assert [(run.number, run.status, str(run.tool)) for run in runs] == [
        (4, "failed", "box.divide"),
        (3, "succeeded", "box.divide"),
        (2, "succeeded", "box.words"),
        (1, "succeeded", "box.words"),
    ]
    assert runs[0].error is not None
    assert runs[0].error.type == "ZeroDivisionError"
    assert runs[2].params == {"times": 1, "text": "Привет, мир 'quoted' \"too\""}
    after = rows_of(file)
    for table in ("artifacts", "attempts", "environments", "tools"):
        assert [row[: len(before[table][0])] for row in after[table]] == before[table]
    # What people wrote on runs came with version 0004.
    if revision >= "0004":
        assert runs[3].tags == ("good",)
        assert runs[2].note == "for the report"


def test_a_copy_of_what_it_was_stays_beside_it(file: Path) -> None:
    old = OLD[-2]
    revision = restore(file, old)
    before = rows_of(file)
    file.chmod(0o600)
    assert upgraded(file)
    (copy,) = copies(file, HEAD)
    assert copy.name == f"toolrunner-{revision}.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert rows_of(copy) == before
    # Put back, it is what it was, and is upgraded anew.
    copy.replace(file)
    for rest in ("-wal", "-shm"):
        file.with_name(f"{file.name}{rest}").unlink(missing_ok=True)
    assert upgraded(file)


def test_a_new_database_and_one_that_needs_nothing_have_no_copy(file: Path) -> None:
    assert upgraded(file)
    assert not upgraded(file)
    assert copies(file, HEAD) == []


def test_the_last_copies_stay_and_older_ones_make_room(file: Path) -> None:
    revision = restore(file, OLD[-2])
    for number in range(1, KEPT + 2):
        old = file.with_name(f"toolrunner-000{number}.db")
        old.touch()
        os.utime(old, (number, number))
    theirs = [file.with_name(f"toolrunner-{name}.db") for name in ("2024", "before-the-move", "0000")]
    for path in theirs:
        path.touch()
    assert upgraded(file)
    assert [copy.name for copy in copies(file, HEAD)] == [
        f"toolrunner-{revision}.db",
        f"toolrunner-000{KEPT + 1}.db",
    ]
    assert all(path.exists() for path in theirs)


def test_the_copy_of_an_older_database_that_was_put_back_is_kept(file: Path) -> None:
    revision = restore(file, OLD[0])
    before = rows_of(file)
    for newer in ("0007", "0008"):
        file.with_name(f"toolrunner-{newer}.db").touch()
    assert upgraded(file)
    newest = copies(file, HEAD)[0]
    assert newest.name == f"toolrunner-{revision}.db"
    assert rows_of(newest) == before


def test_names_with_signs_of_patterns_are_names(tmp_path: Path) -> None:
    file = tmp_path / "a[1]*.db"
    revision = restore(file, OLD[0])
    assert upgraded(file)
    assert [copy.name for copy in copies(file, HEAD)] == [f"a[1]*-{revision}.db"]


def test_without_room_for_a_copy_nothing_is_changed(file: Path) -> None:
    restore(file, OLD[0])
    before = rows_of(file)
    room, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, most))
    try:
        with pytest.raises(NotAvailable, match="no copy of it can be kept") as caught:
            upgraded(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    assert "Nothing was changed" in (caught.value.hint or "")
    assert rows_of(file) == before
    assert not [each for each in file.parent.iterdir() if each.name.startswith("toolrunner-")]


def test_a_newer_database_is_left_alone_and_both_versions_are_named(file: Path) -> None:
    restore(file, OLD[-1])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9000'")
        connection.commit()
    before = rows_of(file)
    with pytest.raises(NotAvailable, match=f"version 9000, this program knows {HEAD}"):
        upgraded(file)
    assert rows_of(file) == before
    assert copies(file, HEAD) == []


#: From the first one all steps are gone; those between have the same steps, and fewer of them.
FROM = [
    pytest.param(old, id=old.stem, marks=[] if old in (OLD[0], OLD[-2]) else [pytest.mark.soak])
    for old in OLD[:-1]
]


@pytest.mark.parametrize("old", FROM)
def test_killed_at_any_step_it_is_old_or_new(file: Path, old: Path) -> None:
    restore(file, old)
    before = rows_of(file)
    assert upgraded(file)
    new = rows_of(file)
    step, found = 0, set()
    while True:
        restore(file, old)
        step += 1
        if _killed_at(step, f"sqlite:///{file}", file.parent):
            rows = rows_of(file)
            assert rows in (before, new), f"at step {step}"
            found.add(rows == new)
            upgraded(file)
            assert rows_of(file) == new, f"at step {step}"
            assert [rows_of(copy) for copy in copies(file, HEAD)] in ([before], []), f"at step {step}"
            assert not [each for each in file.parent.iterdir() if each.suffix == ".part"]
        else:
            break
    assert found == {False, True}, "some steps come before the commit, and some after it"
    assert step > 20


def test_a_postgresql_database_is_old_or_new_too(postgres: str) -> None:
    engine = open_engine(postgres)
    step = 0
    while True:
        _first_version(engine)
        before = inspect(engine).get_table_names()
        engine.dispose()
        step += 1
        # Each takes a connection of its own, and a server that cleans up: a few of them are enough.
        if not _killed_at(7 * step, postgres, None):
            break
        _until_nobody_else(engine)
        assert revision_of(engine) in ("0001", HEAD), f"at statement {7 * step}"
        if revision_of(engine) == "0001":
            assert inspect(engine).get_table_names() == before
        upgrade(engine)
        assert revision_of(engine) == HEAD
    engine.dispose()
    assert step > 5


def _first_version(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")


def _until_nobody_else(engine: Engine) -> None:
    """Wait for the server to see that the killed process is gone: it holds its locks until then."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + 60
    while True:
        with engine.connect() as connection:
            if not connection.execute(query).scalar_one():
                return
        assert time.monotonic() < deadline, "the server still has the killed process"
        time.sleep(0.01)


def _killed_at(step: int, url: str, folder: Path | None) -> bool:
    """Upgrade in a process that is killed before its n-th statement or touch of a file; False where it ended before."""
    pid = os.fork()
    if pid == 0:
        try:
            _upgrade_until(step, url, folder)
        except BaseException:  # noqa: BLE001 - told by the exit code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def _upgrade_until(step: int, url: str, folder: Path | None) -> None:
    left = iter(range(step - 1, -1, -1))

    def count(*_: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def touched(name: str, given: tuple[Any, ...]) -> None:
        if name in _TOUCHES and re.match(re.escape(str(folder)), str(given[0])):
            count()

    if folder is not None:
        sys.addaudithook(touched)
    engine = open_engine(url)
    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    upgrade(engine)
