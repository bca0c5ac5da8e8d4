from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from jupyter_toolrunner.core.ids import WorkerId
from jupyter_toolrunner.queue.liveness import WorkerLocks, new_worker_id


def test_a_worker_is_alive_as_long_as_its_process_holds_the_lock(tmp_path: Path) -> None:
    worker = new_worker_id()
    code = (
        "import sys; from pathlib import Path; from jupyter_toolrunner.queue.liveness import WorkerLocks;"
        "WorkerLocks(Path(sys.argv[1])).hold(sys.argv[2]); print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    locks = WorkerLocks(tmp_path)
    assert locks.is_alive(worker) is True
    assert locks.count_alive() == 1
    process.kill()
    process.communicate()
    assert locks.is_alive(worker) is False
    assert locks.forget_dead() == [worker]
    assert locks.is_alive(worker) is False


def test_of_workers_elsewhere_nothing_is_claimed(tmp_path: Path) -> None:
    locks = WorkerLocks(tmp_path)
    assert locks.is_alive(WorkerId("another-host:1:aa")) is None
    assert locks.is_alive(WorkerId(f"{socket.gethostname()}:1:another-data-directory")) is None


def test_files_of_workers_that_died_long_ago_are_removed(tmp_path: Path) -> None:
    old = new_worker_id()
    (tmp_path / old).touch()
    os.utime(tmp_path / old, (0, 0))
    locks = WorkerLocks(tmp_path)
    assert locks.forget_dead() == [old]
    assert not (tmp_path / old).exists()
