"""Copies of the SQLite file as it was before an upgrade."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ..core.errors import NotAvailable

#: Copies that stay; older ones make room.
KEPT = 2


def keep_copy(database: Path, revision: str) -> Path:
    """A whole copy beside the database, named by its version; what other copies are older than the last is removed.

    Raises NotAvailable where there is no room for it.
    """
    copy = database.with_name(f"{database.stem}-{revision}{database.suffix}")
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)
        _copy(database, part)
        part.replace(copy)
        _sync(copy.parent)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise NotAvailable(
            f"{database} is to be upgraded, and no copy of it can be kept first: {error}",
            hint="Nothing was changed. Make room in that folder, and start again.",
        ) from None
    for old in copies(database)[KEPT:]:
        old.unlink(missing_ok=True)
    return copy


def copies(database: Path) -> list[Path]:
    """Those that were kept, newest version first."""
    found = database.parent.glob(f"{database.stem}-[0-9][0-9][0-9][0-9]{database.suffix}")
    return sorted(found, reverse=True)


def _copy(database: Path, part: Path) -> None:
    # By SQLite's own means: a part of what was committed may still stand in the write-ahead log.
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as target:
        os.chmod(part, database.stat().st_mode & 0o777)
        source.backup(target)
    _sync(part)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
