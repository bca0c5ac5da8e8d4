"""Uploads, as people ask for them: begin, send piece by piece, finish; what nobody uses goes away again."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ..core.errors import Conflict, Forbidden, InvalidRequest, NotFound, TooLarge
from ..core.ids import new_artifact_id
from ..core.ports import ArtifactStore, UploadFiles, UploadStore
from ..core.uploads import LONGEST_NAME, PIECE, Upload

#: How long a file that nothing uses is kept.
PATIENCE = timedelta(days=7)
#: Bytes that are left to everybody else on the disk.
LEAST_FREE = 500 * 2**20


class UploadService:
    """Everything that is asked of uploads, in the name of a user who was already let in."""

    def __init__(
        self,
        *,
        uploads: UploadStore,
        files: UploadFiles,
        artifacts: ArtifactStore,
        limit: int,
        user_limit: int,
    ) -> None:
        """``limit``: bytes of one file; ``user_limit``: of all files of one user that no run uses yet."""
        self._uploads = uploads
        self._files = files
        self._artifacts = artifacts
        self.limit = limit
        self.user_limit = user_limit

    def begin(self, name: str, size: int, user: str) -> Upload:
        """Raises InvalidRequest, TooLarge; the message names the limit."""
        upload = Upload(
            id=new_artifact_id(), name=_named(name), size=size, owner=user, created_at=datetime.now(UTC)
        )
        self._check_room(upload)
        self._files.begin(upload.id)
        self._uploads.insert(upload)
        return upload

    def get(self, upload: str, user: str) -> Upload:
        """With the bytes that are here. Raises NotFound."""
        found = self._uploads.get(upload)
        if found.owner != user:
            raise NotFound("This upload is not there any more.")
        return found if found.digest else _with_received(found, self._files.size(found.id))

    def write(self, upload: str, offset: int, data: bytes, user: str, *, digest: str | None = None) -> Upload:
        """Keep one piece. Raises Conflict where it does not begin at what is here, TooLarge, InvalidRequest."""
        found = self.get(upload, user)
        if found.digest:
            raise Conflict("This upload is whole already.")
        if len(data) > 2 * PIECE:
            raise TooLarge(f"A piece has {PIECE:,} bytes at most.")
        if offset + len(data) > found.size:
            raise InvalidRequest(
                f"The file was announced with {found.size:,} bytes; this piece ends behind them."
            )
        if digest is not None and hashlib.sha256(data).hexdigest() != digest.lower():
            raise InvalidRequest("This piece was changed on its way.", hint="Send it again.")
        if self._files.free() - len(data) < LEAST_FREE:
            raise TooLarge(
                f"The server's disk is nearly full: {LEAST_FREE >> 20} MB stay free for runs.",
                hint="What was sent is kept for a week. Make room, then go on.",
            )
        return _with_received(found, self._files.append(found.id, offset, data))

    def finish(self, upload: str, user: str, *, digest: str | None = None) -> Upload:
        """Read all of it again and make it a value for fields. Raises Conflict, InvalidRequest."""
        found = self.get(upload, user)
        if found.digest is None:
            if found.received != found.size:
                raise Conflict(
                    f"{found.received:,} of {found.size:,} bytes are here.", hint="Send the rest first."
                )
            try:
                there = self._files.digest(found.id)
            except FileNotFoundError:
                # Another request of the same moment was quicker, and a run uses it already.
                if (found := self.get(upload, user)).digest is None:
                    raise NotFound("This upload is not there any more.", hint="Begin it again.") from None
                return found
            if digest is not None and digest.lower() != there:
                raise InvalidRequest("The file was changed on its way.", hint="Upload it again.")
            self._uploads.finish(found.id, there)
        return self.get(upload, user)

    def remove(self, upload: str, user: str) -> Upload:
        """One that nothing uses; what it was. Raises NotFound, Forbidden."""
        found = self.get(upload, user)
        if found.used_at is not None or not self._forget(found):
            raise Forbidden("A run or a preset uses this file.", hint="It stays as long as they do.")
        return found

    def keep(self, upload: str) -> None:
        """A run or a preset uses it: from now on it lies in the artifact store. Raises NotFound."""
        found = self._uploads.get(upload)
        if found.digest is None:
            raise NotFound("This upload is not whole yet.", hint="Wait for its end, then run.")
        # First of all: what is used is removed by nobody.
        if found.used_at is None:
            self._uploads.use(found.id)
        # Also of a used one: the server may have ended between the two.
        with self._files.whole(found.id, found.digest) as path:
            if path is not None:
                # Another submit of the same moment may be quicker.
                with contextlib.suppress(FileNotFoundError):
                    self._artifacts.adopt(path, found.digest)
        if path is not None:
            self._files.remove(found.id)
        self._artifacts.check(found.digest)

    def clean(self) -> int:
        """Remove what nobody used for a week; how many went."""
        before = datetime.now(UTC) - PATIENCE
        removed = 0
        for upload in self._uploads.unused_since(before):
            changed = self._files.changed_at(upload.id)
            if changed is not None and changed > before:
                continue
            if self._uploads.is_mentioned(upload.id):
                with contextlib.suppress(NotFound):
                    self.keep(upload.id)
                continue
            removed += self._forget(upload)
        return removed

    def _forget(self, upload: Upload) -> bool:
        """False where a run or a preset uses it by now."""
        if not self._uploads.delete(upload.id):
            return False
        self._files.remove(upload.id)
        return True

    def _check_room(self, upload: Upload) -> None:
        if upload.size > self.limit:
            raise TooLarge(
                f"{upload.name} has {_size(upload.size)}; a file may have {_size(self.limit)}.",
                hint="Put it into a folder of the server, and give its path.",
            )
        held = sum(one.size for one in self._uploads.unused_of(upload.owner))
        if held + upload.size > self.user_limit:
            raise TooLarge(
                f"Your uploads that no run uses yet have {_size(held)}; one user may have {_size(self.user_limit)}.",
                hint="Run with them or remove them; what is not used for a week goes by itself.",
            )
        free = self._files.free() - LEAST_FREE
        if upload.size > free:
            raise TooLarge(
                f"{upload.name} has {_size(upload.size)}, and the server's disk has room for {_size(max(0, free))}.",
                hint="Make room on the server, then try again.",
            )


def _with_received(upload: Upload, received: int) -> Upload:
    return replace(upload, received=received)


def _named(name: str) -> str:
    """The last part of the name alone, as a file can be called. Raises InvalidRequest."""
    last = name.replace("\\", "/").rpartition("/")[2].replace("\0", "")
    if last in ("", ".", "..") or len(last.encode(errors="replace")) > LONGEST_NAME:
        raise InvalidRequest(f"A file's name has 1 to {LONGEST_NAME} bytes.", field="name")
    return last.encode(errors="replace").decode()


def _size(count: int) -> str:
    """Bytes for people: 4.2 GB."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError
