"""Objects in a store that is reached over the network, by keys below one address."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from ..core.errors import NotAvailable
from ..core.settings import without_secrets

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Stores in which an object is there whole or not at all; in the others it comes under another name first.
_ATOMIC = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"})
_S3 = frozenset({"s3", "s3a"})
#: Seconds between tries; the sum is what a process waits that has the time.
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, *[10.0] * 5)
#: Bytes of one part of a large file, and how many of them are in memory at once.
_PART, _PARTS = 16 << 20, 2


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that is there."""

    name: str
    size: int
    changed_at: datetime | None


class Bucket:
    """Objects by key; every method raises NotAvailable where the store does not answer.

    ``patience``: how many tries are made over again. A worker that has computed for hours waits for its store; a request
    does not.
    """

    def __init__(self, url: str, *, patience: int = 1) -> None:
        self._shown = without_secrets(url)
        self._protocol, self._root, options = _parsed(url)
        self._files = _open(self._protocol, options, self._shown)
        self._pauses = _PAUSES[:patience]

    def size(self, key: str) -> int | None:
        """None where there is no such object."""
        found = self._try(lambda: _or_none(lambda: self._files.info(self._path(key))))
        return None if found is None else int(found["size"])

    def look(self, key: str) -> Stored | None:
        """None where there is no such object."""
        found = self._try(lambda: _or_none(lambda: self._files.info(self._path(key))))
        return None if found is None else Stored(key.rsplit("/", 1)[-1], int(found["size"]), _time(found))

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Some of its bytes; none where there is no such object, or it ends before."""

        def read() -> bytes:
            try:
                return bytes(self._files.cat_file(self._path(key), start=start, end=end))
            except FileNotFoundError:
                return b""
            except Exception as error:
                # A range that begins behind the end is an error of its own kind in each store.
                if start and _or_size(self._files, self._path(key)) <= start:
                    return b""
                raise error from None

        return self._try(read)

    def write(self, key: str, content: bytes) -> None:
        def write() -> None:
            if self._protocol in _ATOMIC:
                self._files.pipe_file(self._path(key), content)
            else:
                self._under_another_name(key, lambda path: self._files.pipe_file(path, content))

        self._try(write)

    def upload(self, key: str, file: Path) -> None:
        """The file does not change meanwhile."""
        options = {"chunksize": _PART, "max_concurrency": _PARTS} if self._protocol in _S3 else {}

        def upload() -> None:
            if self._protocol in _ATOMIC:
                self._files.put_file(str(file), self._path(key), **options)
            else:
                self._under_another_name(key, lambda path: self._files.put_file(str(file), path))

        self._try(upload)

    def pieces(self, key: str, length: int = 8 << 20) -> Iterator[bytes]:
        """All of it, piece by piece. Raises FileNotFoundError."""
        size = self.size(key)
        if size is None:
            raise FileNotFoundError(key)
        for start in range(0, size, length):
            yield self.read(key, start, min(size, start + length))

    def list(self, folder: str) -> list[Stored]:
        """The objects of a folder, by name."""

        def entries() -> list[Mapping[str, Any]]:
            try:
                return list(self._files.ls(self._path(folder), detail=True, refresh=True))
            except FileNotFoundError:
                return []

        found = self._try(entries)
        place = self._path(folder)
        kept = (
            Stored(str(one["name"]).rsplit("/", 1)[-1], int(one["size"] or 0), _time(one))
            for one in found
            if one["type"] == "file" and str(one["name"]).rstrip("/") != place
        )
        return sorted(kept, key=lambda one: one.name)

    def remove(self, folder: str) -> None:
        """With all that is in it."""

        def remove() -> None:
            _or_none(lambda: self._files.rm(self._path(folder), recursive=True))

        self._try(remove)

    def _under_another_name(self, key: str, write: Callable[[str], object]) -> None:
        incoming = f"{self._path(key)}.{time.time_ns():x}.incoming"
        self._files.makedirs(incoming.rpartition("/")[0], exist_ok=True)
        write(incoming)
        self._files.mv(incoming, self._path(key))

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _try(self, action: Callable[[], T]) -> T:
        for pause in (*self._pauses, None):
            try:
                return action()
            except Exception as error:
                if pause is None or isinstance(error, PermissionError):
                    raise self._not_available(error) from error
                log.warning("%s does not answer (%s); it is tried again", self._shown, error)
                time.sleep(pause)
        raise AssertionError

    def _not_available(self, error: Exception) -> NotAvailable:
        refused = "it refuses the credentials" if isinstance(error, PermissionError) else "it does not answer"
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        return NotAvailable(
            f"The artifact store {self._shown} cannot be used: {refused} ({said}).",
            hint="Try again when it is back; jupyter toolrunner doctor tests it.",
        )


def _parsed(url: str) -> tuple[str, str, dict[str, str]]:
    """Protocol, place and options: ``s3://KEY:SECRET@bucket/folder?endpoint_url=https://…&region=…``."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme in _S3:
        host = parts.netloc.rpartition("@")[2]
        if parts.username:
            options |= {"key": unquote(parts.username), "secret": unquote(parts.password or "")}
        return parts.scheme, f"{host}/{unquote(parts.path).strip('/')}".rstrip("/"), options
    place = url.partition("?")[0]
    return parts.scheme, place.rstrip("/"), options


def _open(protocol: str, options: dict[str, str], shown: str) -> Any:
    try:
        import fsspec
    except ImportError:
        raise _missing(shown, "fsspec") from None
    given: dict[str, Any] = dict(options)
    if protocol in _S3:
        from_query = {name: given.pop(name) for name in ("region",) if name in given}
        given |= {
            "client_kwargs": {"region_name": from_query["region"]} if from_query else {},
            "config_kwargs": {
                "connect_timeout": 5,
                "read_timeout": 15,
                "retries": {"max_attempts": 1, "mode": "standard"},
            },
            "max_concurrency": _PARTS,
        }
    try:
        # What another process wrote a moment ago is there now.
        files = fsspec.filesystem(protocol, use_listings_cache=False, skip_instance_cache=True, **given)
    except ImportError as error:
        raise _missing(shown, "s3fs" if protocol in _S3 else error.name or protocol) from None
    except (ValueError, TypeError) as error:
        raise NotAvailable(
            f"The artifact store {shown} cannot be used: {error}",
            hint="TOOLRUNNER_ARTIFACTS_URL is a folder, or an address such as s3://bucket/folder.",
        ) from None
    if protocol in _S3:
        # Tries are counted here alone: three layers that try again multiply to many minutes.
        files.retries = 1
    return files


def _missing(shown: str, module: str) -> NotAvailable:
    return NotAvailable(
        f"The artifact store {shown} needs the module {module}, which is not installed here.",
        hint="pip install 'jupyter_toolrunner[s3]' on the server and on every machine with workers.",
    )


def _or_none(action: Callable[[], T]) -> T | None:
    try:
        return action()
    except FileNotFoundError:
        return None


def _or_size(files: Any, path: str) -> int:
    found = _or_none(lambda: files.info(path))
    return 0 if found is None else int(found["size"])


def _time(entry: Mapping[str, Any]) -> datetime | None:
    found = entry.get("LastModified") or entry.get("mtime") or entry.get("created")
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.fromtimestamp(found, UTC) if isinstance(found, int | float) else None
