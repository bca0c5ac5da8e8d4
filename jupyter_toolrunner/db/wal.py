"""SQLite's write-ahead log brought to the disk after a commit, and not inside of it.

With ``synchronous=FULL`` a commit holds the one lock of all who write for as long as the disk takes, and each of them waits
for a sync of its own. Here the lock is let go of first; one sync serves all whose commits came before it.
"""

from __future__ import annotations

import os
import threading

#: What the system has of it: where only the whole file can be synced, that is done.
_sync_file = getattr(os, "fdatasync", os.fsync)
#: Failed syncs that whoever wakes late from one still hears of.
_REMEMBERED = 1_000


class WriteAheadLog:
    """The log beside one database; any thread may ask."""

    def __init__(self, database: str) -> None:
        # SQLite follows links before it names its other files.
        self._path = f"{os.path.realpath(database)}-wal"
        self._changed = threading.Condition()
        #: How many syncs have begun and ended; one that has begun may miss what is committed from then on.
        self._begun = 0
        self._ended = 0
        self._failed: dict[int, OSError] = {}
        #: Of the file whose name is on the disk too.
        self._named = (0, 0)

    def sync(self) -> None:
        """Return when all that was committed before is on the disk. Raises OSError where the disk does not say so."""
        with self._changed:
            wanted = self._begun + 1
            while self._begun >= wanted or self._ended < self._begun:
                # Somebody syncs: too early for this commit, or just right.
                self._changed.wait()
                if self._ended >= wanted:
                    self._raise_for(wanted)
                    return
            self._begun = wanted
        error: OSError | None = None
        try:
            self._sync()
        except OSError as failed:
            error = failed
        with self._changed:
            if error is not None:
                self._failed[wanted] = error
                self._failed.pop(wanted - _REMEMBERED, None)
            self._ended = wanted
            self._changed.notify_all()
        if error is not None:
            raise error

    def _raise_for(self, number: int) -> None:
        if error := self._failed.get(number):
            raise OSError(error.errno, error.strerror, self._path)

    def _sync(self) -> None:
        # Opened anew each time: SQLite removes the file with the last connection and makes another one. To close this
        # file is safe: those whose closing lets go of a process's locks are the database and its shared memory.
        file = os.open(self._path, os.O_RDONLY)
        try:
            _sync_file(file)
            status = os.fstat(file)
        finally:
            os.close(file)
        if (named := (status.st_dev, status.st_ino)) != self._named:
            folder = os.open(os.path.dirname(self._path) or ".", os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            self._named = named
