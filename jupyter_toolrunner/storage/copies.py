"""Contents of a store far away, as files of this machine: each whole or not at all, and not more than a limit."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..core.errors import NotAvailable
from ..core.ids import Digest

#: Seconds for which what was just asked for stays, whatever the limit: somebody is about to open it.
_IN_USE = 60.0
#: What a process that died left half is removed after so many seconds.
_ABANDONED = 86_400.0
#: Part of the limit that may come before it is looked for what goes.
_SLACK = 20


class LocalCopies:
    """Any number of processes of one machine share them."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._limit = limit
        self._since_look = limit

    def find(self, digest: Digest) -> Path | None:
        path = self._folder / digest
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def fill(self, digest: Digest, pieces: Iterable[bytes]) -> Path:
        """Raises NotAvailable where the pieces are not the content of that digest."""
        with self.arriving() as arrival:
            for piece in pieces:
                arrival.write(piece)
            if arrival.digest != digest:
                raise NotAvailable(
                    f"What the store gave for the artifact {digest[:12]} is not what was put there.",
                    hint="Nothing of it was kept. Run the tool again to make it anew.",
                )
            return self.keep(arrival)

    @contextlib.contextmanager
    def arriving(self) -> Iterator[Arrival]:
        """A file that is gone at the end, unless it is kept."""
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield Arrival(Path(name), file)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)

    def keep(self, arrival: Arrival) -> Path:
        arrival.finish()
        path = self._folder / arrival.digest
        os.chmod(arrival.path, 0o440)
        os.replace(arrival.path, path)
        self._make_room(arrival.size)
        return path

    def _make_room(self, size: int) -> None:
        self._since_look += size
        if self._since_look * _SLACK < self._limit:
            return
        self._since_look = 0
        with open(self._folder / "lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._remove_oldest()

    def _remove_oldest(self) -> None:
        now = time.time()
        for path in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if now - path.stat().st_mtime > _ABANDONED:
                    path.unlink()
        found = []
        for entry in os.scandir(self._folder):
            if len(entry.name) == len(hashlib.sha256().hexdigest()):
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.stat().st_mtime, entry.stat().st_size, entry.path))
        left = sum(size for _, size, _ in found)
        for used_at, size, place in sorted(found):
            if left <= self._limit or now - used_at < _IN_USE:
                break
            with contextlib.suppress(FileNotFoundError):
                os.unlink(place)
            left -= size


class Arrival:
    """A content on its way, with the digest of what came."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self._hasher = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._hasher.update(piece)
        self.size += len(piece)

    def finish(self) -> None:
        """All of it can be read under its path."""
        self._file.flush()
        os.fsync(self._file.fileno())

    @property
    def digest(self) -> Digest:
        return Digest(self._hasher.hexdigest())
