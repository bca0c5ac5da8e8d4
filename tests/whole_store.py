"""Whether what a data folder holds is whole; also as a command, for a folder that another namespace sees."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def check_store(data: Path) -> None:
    """The database is whole, and so is each content that it or the store names."""
    with closing(sqlite3.connect(data / "toolrunner.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute("SELECT digest, size FROM artifacts").fetchall()
    held = {}
    for path in (data / "artifacts" / "sha256").glob("*/*"):
        content = path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == path.name, f"{path} is not what its name says"
        held[path.name] = len(content)
    for digest, size in rows:
        assert held.get(digest) == size, f"{digest} has {held.get(digest)} bytes, not {size}"


if __name__ == "__main__":
    check_store(Path(sys.argv[1]))
