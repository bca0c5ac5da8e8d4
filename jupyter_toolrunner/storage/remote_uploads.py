"""Uploads in a store that is reached over the network: an object for each piece, so that any server takes the next one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..core.errors import Conflict, NotFound
from ..core.ids import ArtifactId, Digest
from .bucket import Bucket, Stored

#: Says that an upload was begun.
_BEGUN = "begun"


class RemoteUploads:
    """`core.ports.UploadFiles`. A piece is named by the byte at which it begins."""

    def __init__(self, bucket: Bucket, scratch: Path) -> None:
        """``scratch``: a local folder, in which the pieces of a whole one are put together."""
        self._bucket = bucket
        self._scratch = scratch

    def begin(self, upload: ArtifactId) -> None:
        self._bucket.write(f"{_folder(upload)}/{_BEGUN}", b"begun")

    def append(self, upload: ArtifactId, offset: int, data: bytes) -> int:
        there = self._bucket.list(_folder(upload))
        if not there:
            raise NotFound("This upload is not there any more.", hint="Begin it again.")
        end = _size(there)
        if end != offset:
            raise Conflict(
                f"This piece begins at byte {offset}, and {end} are here.", hint=f"Go on at {end}."
            )
        if data:
            self._bucket.write(f"{_folder(upload)}/{offset:020d}", data)
        return end + len(data)

    def size(self, upload: ArtifactId) -> int:
        return _size(self._bucket.list(_folder(upload)))

    def changed_at(self, upload: ArtifactId) -> datetime | None:
        times = [one.changed_at for one in self._bucket.list(_folder(upload)) if one.changed_at is not None]
        return max(times, default=None)

    def digest(self, upload: ArtifactId) -> Digest:
        hasher = hashlib.sha256()
        for piece in self._pieces(upload):
            hasher.update(piece)
        return Digest(hasher.hexdigest())

    @contextlib.contextmanager
    def whole(self, upload: ArtifactId, digest: Digest) -> Iterator[Path | None]:
        if not self._bucket.list(_folder(upload)):
            yield None
            return
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self._scratch)
        hasher = hashlib.sha256()
        try:
            with os.fdopen(descriptor, "wb") as file, contextlib.suppress(FileNotFoundError):
                for piece in self._pieces(upload):
                    hasher.update(piece)
                    file.write(piece)
            # Another submit of the same moment may have taken it, and the pieces away.
            yield Path(name) if hasher.hexdigest() == digest else None
        finally:
            Path(name).unlink(missing_ok=True)

    def remove(self, upload: ArtifactId) -> None:
        self._bucket.remove(_folder(upload))

    def free(self) -> int:
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._scratch).free

    def _pieces(self, upload: ArtifactId) -> Iterator[bytes]:
        there = self._bucket.list(_folder(upload))
        if not there:
            raise FileNotFoundError(upload)
        for one in there:
            if one.name != _BEGUN:
                yield self._bucket.read(f"{_folder(upload)}/{one.name}")


def _folder(upload: ArtifactId) -> str:
    return f"uploads/{upload}"


def _size(there: list[Stored]) -> int:
    return sum(one.size for one in there if one.name != _BEGUN)
