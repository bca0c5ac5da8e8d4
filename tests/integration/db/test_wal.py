"""What SQLite has committed is on the disk before anybody is told, and nobody else waits for the disk."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from factories import a_run
from sqlalchemy import Engine

from jupyter_toolrunner.core.errors import NotAvailable
from jupyter_toolrunner.core.ids import WorkerId
from jupyter_toolrunner.core.ports import Outcome
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.db import wal
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.kept import KEPT, KeptConnections, Kind
from jupyter_toolrunner.db.runs import SqlRunStore

#: As SQLite numbers them.
NORMAL, FULL = 1, 2
WORKER = WorkerId("host:1:aa")


class Disk:
    """Syncs files for the product, and can be slow or fail."""

    def __init__(self) -> None:
        self.synced: list[str] = []
        self.error: int | None = None
        #: A sync that has begun sets the first and waits for the second.
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def sync(self, file: int) -> None:
        self.synced.append(os.readlink(f"/proc/self/fd/{file}"))
        self.began.set()
        assert self.may_end.wait(20)
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error))
        os.fdatasync(file)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(wal, "_sync_file", disk.sync)
    return disk


@pytest.fixture
def engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'runs.db')}")
    yield engine
    engine.dispose()


def test_a_submit_is_synced_after_its_commit_and_a_claim_is_not(
    engine: Engine, disk: Disk, tmp_path: Path
) -> None:
    store = SqlRunStore(engine)
    store.insert(a_run())
    assert disk.synced == [str(tmp_path / "runs.db-wal")]
    claim = store.claim(WORKER, 15.0)
    assert claim is not None
    assert len(disk.synced) == 1
    assert kept_of(engine).take(engine, Kind.RELAXED).driver.execute("PRAGMA synchronous").fetchone() == (
        NORMAL,
    )


def test_an_end_is_on_the_disk_before_anybody_sees_it(engine: Engine, disk: Disk) -> None:
    store = SqlRunStore(engine)
    store.insert(a_run())
    claim = store.claim(WORKER, 15.0)
    assert claim is not None
    disk.synced.clear()
    store.finish(claim.run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), ())
    # Inside of the commit, by SQLite.
    assert not disk.synced
    assert kept_of(engine).take(engine, Kind.SYNCED).driver.execute("PRAGMA synchronous").fetchone() == (
        FULL,
    )


def test_others_write_while_the_disk_takes_its_time(engine: Engine, disk: Disk) -> None:
    store = SqlRunStore(engine)
    disk.may_end.clear()
    with ThreadPoolExecutor() as pool:
        try:
            inserting = pool.submit(store.insert, a_run())
            assert disk.began.wait(20)
            # The row is there, and the lock of all who write is free.
            assert store.claim(WORKER, 15.0) is not None
            assert not inserting.done()
        finally:
            disk.may_end.set()
        inserting.result(20)


def test_one_sync_serves_all_that_came_before_it(engine: Engine, disk: Disk) -> None:
    store = SqlRunStore(engine)
    disk.may_end.clear()
    with ThreadPoolExecutor(40) as pool:
        inserting = [pool.submit(store.insert, a_run())]
        try:
            assert disk.began.wait(20)
            inserting += [pool.submit(store.insert, a_run()) for _ in range(30)]
            _eventually(lambda: store.counts().get(RunStatus.QUEUED) == 31)
        finally:
            disk.may_end.set()
        for each in inserting:
            each.result(20)
    # The one that was under way, the one that came after it, and some that may have been late for that.
    assert 2 <= len(disk.synced) <= 8


def test_after_a_failure_the_log_begins_anew_so_that_nothing_lies_behind_a_hole(
    engine: Engine, disk: Disk, tmp_path: Path
) -> None:
    store = SqlRunStore(engine)
    store.insert(a_run())
    disk.error = errno.EIO
    run, _ = store.insert(a_run())
    # What was in the log is in the database by now: a copy without the log has it.
    alone = shutil.copy(tmp_path / "runs.db", tmp_path / "alone.db")
    with closing(sqlite3.connect(alone)) as copied:
        assert copied.execute("SELECT id FROM runs ORDER BY number DESC").fetchone() == (run.id,)
    before = len(disk.synced)
    disk.error = None
    store.insert(a_run())
    assert len(disk.synced) == before + 1


def test_a_disk_that_does_not_say_that_it_has_it_is_told_to_all_who_wait(
    engine: Engine, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlRunStore(engine)
    disk.may_end.clear()

    def cannot_begin_anew(log: wal.WriteAheadLog) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with ThreadPoolExecutor() as pool, monkeypatch.context() as broken:
        broken.setattr(wal.WriteAheadLog, "_begin_anew", cannot_begin_anew)
        try:
            first = pool.submit(store.insert, a_run(), idempotency_key="asked", request_digest="same")
            assert disk.began.wait(20)
            disk.error = errno.EIO
            second = pool.submit(store.insert, a_run())
            _eventually(lambda: store.counts().get(RunStatus.QUEUED) == 2)
        finally:
            disk.may_end.set()
        for each in (first, second):
            with pytest.raises(NotAvailable, match=os.strerror(errno.EIO)):
                each.result(20)
        disk.error = None
        # The disk does as if it had it, and asked again it is not believed either.
        with pytest.raises(NotAvailable):
            store.insert(a_run(), idempotency_key="asked", request_digest="same")
    _, is_new = store.insert(a_run(), idempotency_key="asked", request_digest="same")
    assert not is_new
    assert store.counts()[RunStatus.QUEUED] == 2


def test_who_is_interrupted_keeps_nobody_else_waiting(
    engine: Engine, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlRunStore(engine)

    def interrupted(_file: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupting:
        interrupting.setattr(wal, "_sync_file", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.insert(a_run())
    with ThreadPoolExecutor() as pool:
        run, _ = pool.submit(store.insert, a_run()).result(20)
    assert run.number == 2


def test_another_log_in_its_place_is_the_one_that_is_synced(disk: Disk, tmp_path: Path) -> None:
    log = wal.WriteAheadLog(str(tmp_path / "some.db"))
    (tmp_path / "some.db-wal").write_bytes(b"first")
    log.sync()
    (tmp_path / "new").write_bytes(b"second")
    (tmp_path / "new").rename(tmp_path / "some.db-wal")
    disk.synced.clear()
    log.sync()
    assert disk.synced == [str(tmp_path / "some.db-wal")]


def test_a_database_that_writes_no_log_ahead_syncs_inside_of_its_commits(
    migrated_file: Path, tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on file systems that share no memory.
    monkeypatch.setattr("jupyter_toolrunner.db.kept._writes_ahead", lambda driver: False)
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'other.db')}")
    run, _ = SqlRunStore(engine).insert(a_run())
    assert run.number == 1
    assert not disk.synced
    engine.dispose()


def test_a_commit_without_a_log_ahead_waits_for_readers(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_toolrunner.db.kept._writes_ahead", lambda driver: False)
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'other.db')}")
    for kind in (Kind.RELAXED, Kind.SYNCED, Kind.ACCEPTED):
        assert kept_of(engine).take(engine, kind).driver.execute("PRAGMA busy_timeout").fetchone()[0] > 1000
    engine.dispose()


def kept_of(engine: Engine) -> KeptConnections:
    kept = engine.get_execution_options()[KEPT]
    assert isinstance(kept, KeptConnections)
    return kept


def _eventually(holds: Callable[[], bool]) -> None:
    """Waits for other threads."""
    reached = threading.Event()
    for _ in range(2000):
        if holds():
            return
        reached.wait(0.01)
    raise AssertionError("it never came true")
