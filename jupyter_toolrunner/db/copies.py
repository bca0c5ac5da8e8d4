"""Copies of the SQLite file as it was before an upgrade."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from contextlib import closing
from glob import escape
from pathlib import Path

from ..core.errors import NotAvailable

#: Copies that stay; older ones make room.
KEPT = 2


def keep_copy(database: Path, revision: str) -> Path:
    """A whole copy beside the database, named by its version. Raises NotAvailable where there is no room for it."""
    copy = database.with_name(f"{database.stem}-{revision}{database.suffix}")
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)
        _copy(database, part)
        part.replace(copy)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise NotAvailable(
            f"{database} is to be upgraded, and no copy of it can be kept first: {error}",
            hint="Nothing was changed. Make room in that folder, and start again.",
        ) from None
    # Not every file system syncs folders; the copy is whole.
    with contextlib.suppress(OSError):
        _sync(copy.parent)
    return copy


def copies(database: Path, newest: str) -> list[Path]:
    """Those that were kept of versions up to the newest, the last one first. Other files beside it are not ours."""
    found = database.parent.glob(f"{escape(database.stem)}-[0-9][0-9][0-9][0-9]{escape(database.suffix)}")
    ours = [path for path in found if "0001" <= path.stem[-4:] <= newest and path.is_file()]
    return sorted(ours, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def make_room(database: Path, newest: str) -> None:
    """Remove all but the last copies."""
    for old in copies(database, newest)[KEPT:]:
        with contextlib.suppress(OSError):
            old.unlink()


def _copy(database: Path, part: Path) -> None:
    # Nobody reads it before it has the rights of the database.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # By SQLite's own means: a part of what was committed may still stand in the write-ahead log.
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    os.chmod(part, database.stat().st_mode & 0o777)
    _sync(part)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
