"""Artifacts in a folder: each content once, under its digest."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ..core.crashpoints import crashpoint
from ..core.errors import NotFound
from ..core.ids import Digest

_CHUNK = 1 << 20
#: Seconds for which a content counts as just kept: less than what `remove` leaves alone.
FRESH = 6 * 3600.0


class FolderArtifactStore:
    """`core.ports.ArtifactStore` in a local or mounted folder.

    A content is on disk, whole and synced, before its digest is given out; it is written under another name first, so that
    nobody ever reads half of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"

    def put(self, path: Path) -> tuple[Digest, int]:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as source:
            size = os.fstat(source.fileno()).st_size
            if size <= _CHUNK:
                return self.put_content(source.read())
            return self._put_large(source)

    def put_content(self, content: bytes) -> tuple[Digest, int]:
        # Most artifacts are small and many are equal: those cost one stat and no write.
        digest = hashlib.sha256(content).hexdigest()
        if not self._has(digest):
            incoming, name = self._new_file()
            with _whole_or_gone(name), open(incoming, "wb") as target:
                target.write(content)
                self._keep(target, name, digest)
        return Digest(digest), len(content)

    def path(self, digest: Digest) -> Path:
        path = self._place(digest)
        if not path.exists():
            # Somebody who removes looks at its age just now, or was killed before it was brought back.
            self.restore(digest)
        if not path.exists():
            raise NotFound(
                f"The content of this artifact ({digest[:12]}) is no longer in the store.",
                hint="Run the tool again to make it anew.",
            )
        return path

    def check(self, digest: Digest) -> None:
        self.path(digest)

    def adopt(self, path: Path, digest: Digest) -> None:
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.chmod(path, 0o440)
        with crashpoint("artifacts.adopt"):
            os.replace(path, place)
        _sync(place.parent)

    def clean(self) -> None:
        """Remove halves that processes left which were killed while they wrote."""
        with contextlib.suppress(FileNotFoundError):
            for half in self._incoming.iterdir():
                # Whoever writes one holds its lock, and another process may clean as well.
                with contextlib.suppress(FileNotFoundError, BlockingIOError), half.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    half.unlink()

    def remove(self, digest: Digest, before: datetime) -> bool:
        place, aside = self._place(digest), self._aside(digest)
        aside.parent.mkdir(parents=True, exist_ok=True)
        # Out of everybody's reach first: whoever keeps the same content meanwhile writes it anew.
        with contextlib.suppress(FileNotFoundError), crashpoint("artifacts.remove"):
            os.replace(place, aside)
        try:
            if aside.stat().st_mtime >= before.timestamp():
                self.restore(digest)
                return False
            aside.unlink()
        except FileNotFoundError:
            # Gone for good, unless somebody who reads it brought it back.
            return not place.exists()
        return True

    def restore(self, digest: Digest) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._place(digest).exists():
                self._aside(digest).unlink()
            else:
                with crashpoint("artifacts.restore"):
                    os.replace(self._aside(digest), self._place(digest))

    def _has(self, digest: str) -> bool:
        """Whether it is there, and stays for a while: what may have been freed by now is as new again."""
        place = self._place(digest)
        try:
            if time.time() - place.stat().st_mtime > FRESH:
                os.utime(place)
        except OSError:
            return False
        return True

    def _aside(self, digest: str) -> Path:
        return self._folder / "removed" / digest

    def _place(self, digest: str) -> Path:
        return self._folder / "sha256" / digest[:2] / digest

    def _put_large(self, source: BinaryIO) -> tuple[Digest, int]:
        hasher, size = hashlib.sha256(), 0
        incoming, name = self._new_file()
        with _whole_or_gone(name), open(incoming, "wb") as target:
            # The source may change while it is read: what counts is what was copied.
            while chunk := source.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
                target.write(chunk)
            self._keep(target, name, hasher.hexdigest())
        return Digest(hasher.hexdigest()), size

    def _new_file(self) -> tuple[int, str]:
        while True:
            try:
                file, name = tempfile.mkstemp(dir=self._incoming)
            except FileNotFoundError:
                self._incoming.mkdir(parents=True, exist_ok=True)
                continue
            fcntl.flock(file, fcntl.LOCK_SH)
            # Unless somebody cleaned before it was locked.
            if os.fstat(file).st_nlink:
                return file, name
            os.close(file)

    def _keep(self, target: BinaryIO, name: str, digest: str) -> None:
        place = self._place(digest)
        target.flush()
        os.fsync(target.fileno())
        place.parent.mkdir(parents=True, exist_ok=True)
        os.chmod(name, 0o440)
        with crashpoint("artifacts.keep"):
            os.replace(name, place)
        _sync(place.parent)


@contextlib.contextmanager
def _whole_or_gone(name: str) -> Iterator[None]:
    """A full disk shall not keep the halves of what did not fit."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
