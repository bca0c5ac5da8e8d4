"""What SQLite has committed is on the disk before anybody is told, and nobody else waits for the disk."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
from jupyter_toolrunner.db.runs import SqlRunStore

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


def test_a_submit_and_an_end_are_synced_and_a_claim_is_not(
    engine: Engine, disk: Disk, tmp_path: Path
) -> None:
    store = SqlRunStore(engine)
    store.insert(a_run())
    assert disk.synced == [str(tmp_path / "runs.db-wal")]
    claim = store.claim(WORKER, 15.0)
    assert claim is not None
    assert len(disk.synced) == 1
    store.finish(claim.run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), ())
    assert len(disk.synced) == 2


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


def test_a_disk_that_does_not_say_that_it_has_it_is_told_to_all_who_wait(engine: Engine, disk: Disk) -> None:
    store = SqlRunStore(engine)
    disk.may_end.clear()
    with ThreadPoolExecutor() as pool:
        try:
            first = pool.submit(store.insert, a_run())
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
    key = "asked before"
    _, is_new = store.insert(a_run(), idempotency_key=key, request_digest="same")
    assert is_new
    _, is_new = store.insert(a_run(), idempotency_key=key, request_digest="same")
    assert not is_new


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


def _eventually(holds: Callable[[], bool]) -> None:
    """Waits for other threads."""
    reached = threading.Event()
    for _ in range(2000):
        if holds():
            return
        reached.wait(0.01)
    raise AssertionError("it never came true")
