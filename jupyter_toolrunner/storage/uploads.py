"""The bytes of uploads, each a file that grows; beside the artifact store, so that a whole one is taken in by its name."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..core.errors import Conflict, NotFound
from ..core.ids import ArtifactId, Digest

_CHUNK = 1 << 20


class FolderUploads:
    """`core.ports.UploadFiles` in a local or mounted folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, upload: ArtifactId) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path(upload).touch(mode=0o600, exist_ok=False)

    def append(self, upload: ArtifactId, offset: int, data: bytes) -> int:
        try:
            file = self.path(upload).open("r+b")
        except FileNotFoundError:
            raise NotFound("This upload is not there any more.", hint="Begin it again.") from None
        with file:
            # A piece that is sent again while the first one is still written would be there twice.
            fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            if end != offset:
                raise Conflict(
                    f"This piece begins at byte {offset}, and {end} are here.", hint=f"Go on at {end}."
                )
            try:
                file.write(data)
                file.flush()
            except OSError:
                file.truncate(end)
                raise
        return end + len(data)

    def size(self, upload: ArtifactId) -> int:
        try:
            return self.path(upload).stat().st_size
        except FileNotFoundError:
            return 0

    def changed_at(self, upload: ArtifactId) -> datetime | None:
        try:
            return datetime.fromtimestamp(self.path(upload).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def digest(self, upload: ArtifactId) -> Digest:
        hasher = hashlib.sha256()
        with self.path(upload).open("rb") as file:
            os.fsync(file.fileno())
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
        return Digest(hasher.hexdigest())

    @contextlib.contextmanager
    def whole(self, upload: ArtifactId, digest: Digest) -> Iterator[Path | None]:
        path = self.path(upload)
        yield path if path.exists() else None

    def path(self, upload: ArtifactId) -> Path:
        return self._folder / upload

    def remove(self, upload: ArtifactId) -> None:
        self.path(upload).unlink(missing_ok=True)

    def free(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._folder).free
