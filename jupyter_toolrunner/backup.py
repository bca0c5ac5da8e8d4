"""Backup and restore: database, artifacts, logs and the server's own presets in one file, whatever they are kept in.

It is taken while everything goes on: the rows are those of one moment, and what they name is never changed after it was
written. What is read from the file is checked before the database has any of it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Engine

from ._version import __version__
from .core.errors import Conflict, InvalidRequest, NotAvailable, NotFound
from .core.ids import ArtifactId, Digest, RunId
from .core.queue import WHOLE
from .core.settings import Settings
from .db import dump
from .db.engine import open_engine
from .db.queue import SqlQueueStore
from .db.runs import SqlRunStore
from .db.schema import HEAD, revision_of, upgrade
from .storage.opening import open_storage
from .storage.presets import FOLDER as PRESETS
from .storage.sealed import SealedReader, SealedWriter, open_sealed

_FORMAT = 1
_CHUNK = 1 << 20
_NOTE = "Runs of the backup had not ended; they may have gone on where it was made."


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a backup holds."""

    made_at: str
    program: str
    #: The migration that its tables are at.
    revision: str
    runs: int
    files: int
    #: Bytes of files and logs.
    size: int
    #: Contents that a row names and the store no longer had.
    missing: tuple[str, ...] = ()
    #: Runs that had not ended, for which the queue is held after a restore.
    held: int = 0


class Backup:
    """Of one installation, into a file and back."""

    def __init__(self, settings: Settings, on_step: Callable[[str], None] = lambda _text: None) -> None:
        self._settings = settings
        self._on_step = on_step
        storage = open_storage(settings)
        self._artifacts, self._logs, self._uploads = storage.artifacts, storage.logs, storage.uploads

    def write(self, path: Path) -> Summary:
        """Raises NotAvailable where there is no database of this version."""
        engine = open_engine(self._settings.effective_database_url)
        try:
            revision = revision_of(engine)
            if revision != HEAD:
                raise NotAvailable(
                    f"The database is at version {revision or 'none'}, this program works with {HEAD}.",
                    hint="jupyter toolrunner db upgrade",
                )
            with SealedWriter(path) as archive, dump.snapshot(engine) as rows:
                return self._write(archive, rows)
        finally:
            engine.dispose()

    def _write(self, archive: SealedWriter, rows: dump.Snapshot) -> Summary:
        counts: dict[str, int] = {}
        for table in dump.tables():
            self._on_step(f"table {table}")
            counts[table] = 0

            def lines(table: str = table) -> Iterator[bytes]:
                for line in rows.lines(table):
                    counts[table] += 1
                    yield line.encode()

            archive.add(f"tables/{table}.jsonl", lines())
        size, files, missing = self._write_files(archive, rows)
        self._on_step("logs")
        for run, number in rows.attempts():
            if self._logs.size(RunId(run), number):
                size += archive.add(f"logs/{run}/{number}", self._log(RunId(run), number))
        for file, name in self._presets():
            size += archive.add_file(name, file)
        told = {
            "format": _FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "program": __version__,
            "revision": HEAD,
            "rows": counts,
            "files": files,
            "size": size,
            "missing": missing,
        }
        archive.seal(told)
        return _summary(told)

    def _write_files(self, archive: SealedWriter, rows: dump.Snapshot) -> tuple[int, int, list[str]]:
        """Bytes, how many there are, and the digests of what the store no longer has."""
        size, files, missing = 0, 0, []
        self._on_step("files of runs")
        for digest in rows.digests():
            try:
                size += archive.add_file(f"artifacts/{digest}", self._artifacts.path(Digest(digest)))
                files += 1
            except NotFound:
                missing.append(digest)
        for upload, digest in rows.unused_uploads():
            # The bytes of what no run uses yet lie elsewhere.
            with self._uploads.whole(ArtifactId(upload), Digest(digest)) as path:
                if path is not None and digest in missing:
                    size += archive.add_file(f"artifacts/{digest}", path)
                    files += 1
                    missing.remove(digest)
        return size, files, missing

    def _log(self, run: RunId, number: int) -> Iterator[bytes]:
        offset = 0
        while piece := self._logs.read(run, number, offset, _CHUNK):
            offset += len(piece)
            yield piece

    def _presets(self) -> Iterator[tuple[Path, str]]:
        folder = self._settings.data_dir / PRESETS
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_symlink():
                yield file, f"presets/{file.relative_to(folder).as_posix()}"

    def restore(self, path: Path) -> Summary:
        """Into an empty database. Raises Conflict where it is not, InvalidRequest where the file is not whole.

        Where runs had not ended, the queue is held: they may have gone on where the backup was made.
        """
        with open_sealed(path) as archive:
            told = _summary(archive.told)
            if not re.fullmatch(r"\d{4}", told.revision):
                raise InvalidRequest(
                    "What the backup says of itself is not whole.", hint="Nothing was changed."
                )
            if told.revision > HEAD:
                raise NotAvailable(
                    f"The backup is of version {told.revision}, this program knows {HEAD} at most.",
                    hint="Nothing was changed. Install a newer jupyter-toolrunner.",
                )
            self._settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            engine = open_engine(self._settings.effective_database_url)
            try:
                dump.require_empty(engine)
                # Files first: a row that is there has what it names. Without rows they are of no harm.
                self._bring_files(archive)
                self._on_step("tables")
                contents = {PurePosixPath(name).stem: archive.lines(name) for name in archive.names("tables")}
                dump.fill(engine, told.revision, contents)
                upgrade(engine)
                return replace(told, held=_hold_what_waits(engine))
            finally:
                engine.dispose()

    def _bring_files(self, archive: SealedReader) -> None:
        self._on_step("files of runs")
        with tempfile.TemporaryDirectory(dir=self._settings.data_dir, prefix="restore-") as folder:
            for name in archive.names("artifacts"):
                part = Path(folder, "part")
                with part.open("wb") as file:
                    file.writelines(archive.pieces(name))
                digest, _ = self._artifacts.put(part)
                if digest != PurePosixPath(name).name:
                    raise InvalidRequest(f"{name} is not what its name says.", hint="Nothing was changed.")
        self._on_step("logs")
        for name in archive.names("logs"):
            parts = PurePosixPath(name).parts
            if len(parts) != 3 or not (parts[1].isalnum() and parts[2].isdecimal()):
                raise InvalidRequest(f"{name} is the log of no attempt.", hint="Nothing was changed.")
            _, run, number = parts
            offset = 0
            for piece in archive.pieces(name):
                self._logs.append(RunId(run), int(number), offset, piece)
                offset += len(piece)
            self._logs.close(RunId(run), int(number))
        folder_of_presets = self._settings.data_dir / PRESETS
        for name in archive.names("presets"):
            place = folder_of_presets / PurePosixPath(name).relative_to("presets")
            if not place.resolve().is_relative_to(folder_of_presets.resolve()):
                raise InvalidRequest(
                    f"{name} lies outside of the folder of presets.", hint="Nothing was changed."
                )
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"".join(archive.pieces(name)))


def _hold_what_waits(engine: Engine) -> int:
    """How many runs have not ended."""
    count = sum(SqlRunStore(engine).counts().values())
    if count:
        # It may have been held in the backup.
        with suppress(Conflict):
            SqlQueueStore(engine).hold(WHOLE, by="restore", note=_NOTE)
    return count


def _summary(told: Mapping[str, Any]) -> Summary:
    if told.get("format") != _FORMAT:
        raise InvalidRequest(
            f"The file is no backup that this program knows: its format is {told.get('format')!r}.",
            hint=f"Nothing was changed. Known is format {_FORMAT}.",
        )
    try:
        return Summary(
            made_at=told["made_at"],
            program=told["program"],
            revision=str(told["revision"]),
            runs=told["rows"]["runs"],
            files=told["files"],
            size=told["size"],
            missing=tuple(told["missing"]),
        )
    except (KeyError, TypeError):
        raise InvalidRequest(
            "What the backup says of itself is not whole.", hint="Nothing was changed."
        ) from None
