"""One file with many in it, that says whether it is whole: a tar archive whose last member is the list of all others."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from ..core.errors import InvalidRequest

_SEAL = "manifest.json"
_CHUNK = 1 << 20


class SealedWriter:
    """Writes beside the place where the archive shall be, and puts it there when it is whole and on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        self._part = Path(name)
        self._file = os.fdopen(descriptor, "wb")
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)
        self._members: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, name: str, pieces: Iterable[bytes]) -> int:
        """A member of unknown length; its bytes."""
        with tempfile.TemporaryFile(dir=self._path.parent) as spool:
            for piece in pieces:
                spool.write(piece)
            size = spool.tell()
            spool.seek(0)
            self._add(name, spool, size)
        return size

    def add_file(self, name: str, path: Path) -> int:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._add(name, file, size)
        return size

    def seal(self, told: Mapping[str, Any]) -> None:
        """Say what the archive is, and put it into its place."""
        manifest = json.dumps({**told, "members": self._members}, indent=1).encode()
        self._add(_SEAL, io.BytesIO(manifest), len(manifest))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        os.replace(self._part, self._path)

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        reader = _Hashed(file)
        self._tar.addfile(member, reader)
        self._members[name] = reader.digest.hexdigest()


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


class SealedReader:
    """Reads an archive, each member only as it was written. Raises InvalidRequest where it is not whole."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self._path = path
        self._tar = tar
        self._found = {member.name: member for member in tar.getmembers()}
        self.told = self._manifest()
        self._members: Mapping[str, str] = self.told["members"]
        if missing := [name for name in self._members if name not in self._found]:
            raise self._broken(f"{missing[0]} is not in it")

    def names(self, folder: str) -> list[str]:
        """Members below a folder."""
        return [name for name in self._members if name.startswith(f"{folder}/")]

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member; that they are the right ones is known when the last one came."""
        file = self._tar.extractfile(self._found[name])
        assert file is not None
        digest = hashlib.sha256()
        while piece := file.read(_CHUNK):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != self._members[name]:
            raise self._broken(f"{name} is not what was written")

    def lines(self, name: str) -> Iterator[str]:
        rest = b""
        for piece in self.pieces(name):
            *whole, rest = (rest + piece).split(b"\n")
            yield from (line.decode() for line in whole)
        if rest:
            yield rest.decode()

    def _manifest(self) -> dict[str, Any]:
        member = self._found.get(_SEAL)
        file = self._tar.extractfile(member) if member else None
        if file is None:
            raise self._broken("its end is missing")
        try:
            told = json.loads(file.read())
            # What is read of it later is known to be there.
            return {**told, "members": dict(told["members"])}
        except (ValueError, TypeError, KeyError):
            raise self._broken("its list cannot be read") from None

    def _broken(self, why: str) -> InvalidRequest:
        return InvalidRequest(
            f"{self._path} is no whole backup: {why}.", hint="Nothing was changed. Take another one."
        )


@contextmanager
def open_sealed(path: Path) -> Iterator[SealedReader]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield SealedReader(path, tar)
    except tarfile.TarError as error:
        raise InvalidRequest(
            f"{path} is no whole backup: {error}.", hint="Nothing was changed. Take another one."
        ) from None
