"""Artifacts in a store that is reached over the network, such as S3: each content once, under its digest."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from ..core.errors import NotFound
from ..core.ids import Digest
from .artifacts import FRESH
from .bucket import Bucket, Stored
from .copies import LocalCopies

_CHUNK = 1 << 20
#: Seconds within which a content is removed after its age was looked at, or is not; after which the sign of somebody who
#: removes is one of the dead; and between two looks at it.
_SOON, _SIGN_HOLDS, _PAUSE = 20.0, 120.0, 0.2


class RemoteArtifactStore:
    """`core.ports.ArtifactStore`. An object is there whole or not at all, and is there before its digest is given out."""

    def __init__(self, bucket: Bucket, copies: LocalCopies) -> None:
        self._bucket = bucket
        self._copies = copies
        self._lock = threading.Lock()
        #: One for each content that is being fetched.
        self._fetching: dict[Digest, threading.Lock] = {}

    def put(self, path: Path) -> tuple[Digest, int]:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as source:
            if os.fstat(source.fileno()).st_size <= _CHUNK:
                return self.put_content(source.read())
            # The source may change while it is read: what counts is what was copied.
            with self._copies.arriving() as arrival:
                while chunk := source.read(_CHUNK):
                    arrival.write(chunk)
                arrival.finish()
                self._upload(arrival.path, arrival.digest, arrival.size)
                self._copies.keep(arrival)
        return arrival.digest, arrival.size

    def put_content(self, content: bytes) -> tuple[Digest, int]:
        digest = Digest(hashlib.sha256(content).hexdigest())
        self._store(digest, len(content), lambda: self._bucket.write(_key(digest), content))
        return digest, len(content)

    def clean(self) -> None:
        """The store itself keeps no halves."""

    def path(self, digest: Digest) -> Path:
        if (found := self._copies.find(digest)) is not None:
            return found
        with self._lock:
            alone = self._fetching.setdefault(digest, threading.Lock())
        try:
            with alone:
                return self._copies.find(digest) or self._fetch(digest)
        finally:
            with self._lock:
                self._fetching.pop(digest, None)

    def check(self, digest: Digest) -> None:
        if self._bucket.size(_key(digest)) is None:
            raise _gone(digest)

    def adopt(self, path: Path, digest: Digest) -> None:
        self._upload(path, digest, path.stat().st_size)
        path.unlink(missing_ok=True)

    def remove(self, digest: Digest, before: datetime) -> bool:
        # To look and to remove are two requests: whoever keeps the content between them has to know.
        sign = f"{_signs(digest)}/{uuid4().hex}"
        self._bucket.write(sign, b"removing")
        try:
            return self._remove(digest, before, time.monotonic() + _SOON)
        finally:
            self._bucket.remove(sign)
            for one in self._bucket.list(_signs(digest)):
                if not _is_younger(one, _SIGN_HOLDS):
                    self._bucket.remove(f"{_signs(digest)}/{one.name}")

    def _remove(self, digest: Digest, before: datetime, deadline: float) -> bool:
        found = self._bucket.look(_key(digest))
        if found is not None:
            if found.changed_at is None or found.changed_at >= before or time.monotonic() > deadline:
                return False
            self._bucket.remove(_key(digest))
        return True

    def restore(self, digest: Digest) -> None:
        """What is there was never anywhere else."""

    def _upload(self, path: Path, digest: Digest, size: int) -> None:
        self._store(digest, size, lambda: self._bucket.upload(_key(digest), path))

    def _store(self, digest: Digest, size: int, write: Callable[[], None]) -> None:
        """Have it there, and for a while: what may have been freed by now is written anew."""
        found = self._bucket.look(_key(digest))
        if found is not None and found.size == size and _is_younger(found, FRESH):
            if not _is_younger(found, _SIGN_HOLDS):
                return
        else:
            write()
        # Who began to remove it before it was as new may do so still; who begins now leaves it alone.
        waited = False
        while any(_is_younger(one, _SIGN_HOLDS) for one in self._bucket.list(_signs(digest))):
            waited = True
            time.sleep(_PAUSE)
        if waited and self._bucket.size(_key(digest)) is None:
            write()

    def _fetch(self, digest: Digest) -> Path:
        try:
            return self._copies.fill(digest, self._bucket.pieces(_key(digest)))
        except FileNotFoundError:
            raise _gone(digest) from None


def _key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"


def _signs(digest: str) -> str:
    """Where whoever removes a content says so."""
    return f"removing/{digest}"


def _is_younger(found: Stored, seconds: float) -> bool:
    return found.changed_at is not None and (datetime.now(UTC) - found.changed_at).total_seconds() < seconds


def _gone(digest: Digest) -> NotFound:
    return NotFound(
        f"The content of this artifact ({digest[:12]}) is no longer in the store.",
        hint="Run the tool again to make it anew.",
    )
