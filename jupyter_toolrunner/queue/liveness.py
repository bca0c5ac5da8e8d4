"""Which workers of this host live: each holds a lock on a file for as long as it does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ..core.ids import WorkerId

#: Seconds after which nobody asks for a dead worker any more.
_KEPT_SECONDS = 86_400


def new_worker_id(name: str | None = None) -> WorkerId:
    """``host:process:name``; people are shown the name."""
    process = os.getpid()
    return WorkerId(f"{socket.gethostname()}:{process}:{name or f'worker-{process}'}")


class WorkerLocks:
    """Tells the living from the dead at once, where a lease alone would have to run out first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[int] = []

    def hold(self, worker: WorkerId) -> int:
        """Hold the lock of this process's worker until the process ends; the open file that it lies on.

        A process that gets the file too holds the lock as well: the worker counts as alive until all of them have gone.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self._path(worker), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # Whoever asks whether this worker lives holds its lock for a moment.
        fcntl.flock(file, fcntl.LOCK_EX)
        self._held.append(file)
        return file

    def is_alive(self, worker: WorkerId) -> bool | None:
        """None where it cannot be known here: the worker is another host's, or of another data directory."""
        if worker.split(":")[0] != socket.gethostname():
            return None
        try:
            file = os.open(self._path(worker), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def alive(self) -> Mapping[WorkerId, datetime]:
        """The workers of this host that live, with when they started."""
        found = {}
        for worker in self._known():
            # A lock's file may be removed by whoever looks at the same moment.
            with contextlib.suppress(FileNotFoundError):
                if self.is_alive(worker):
                    found[worker] = datetime.fromtimestamp(self._path(worker).stat().st_mtime, UTC)
        return found

    def count_alive(self) -> int:
        return len(self.alive())

    def forget_dead(self) -> list[WorkerId]:
        """Workers of this host that are gone; the files of old ones are removed, new ones may have a run to be ended."""
        dead = [worker for worker in self._known() if self.is_alive(worker) is False]
        for worker in dead:
            path = self._path(worker)
            # Another worker that starts may be doing the same.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
                    path.unlink()
        return dead

    def _known(self) -> list[WorkerId]:
        return [WorkerId(path.name) for path in self._folder.glob("*:*")]

    def _path(self, worker: WorkerId) -> Path:
        return self._folder / worker.replace("/", "_")
