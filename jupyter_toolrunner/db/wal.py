"""SQLite's write-ahead log brought to the disk after a commit, and not inside of it.

With ``synchronous=FULL`` a commit holds the one lock of all who write for as long as the disk takes, and each of them waits
for a sync of its own. Here the lock is let go of first; one sync serves all whose commits came before it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
from contextlib import closing

#: What the system has of it: where only the whole file can be synced, that is done.
_sync_file = getattr(os, "fdatasync", os.fsync)
#: Seconds that readers have to let the log begin anew.
_PATIENCE = 5.0


class WriteAheadLog:
    """The log beside one database; any thread may ask."""

    def __init__(self, database: str) -> None:
        # SQLite follows links before it names its other files.
        self._database = os.path.realpath(database)
        self._path = f"{self._database}-wal"
        self._changed = threading.Condition()
        #: How many syncs have begun and ended; one that has begun may miss what is committed from then on.
        self._begun = 0
        self._ended = 0
        #: The latest that failed, and with what.
        self._failed = (0, 0)
        self._file = -1
        self._is_broken = False

    def sync(self) -> None:
        """Return when all that was committed before is on the disk. Raises OSError where the disk does not say so."""
        leads = False
        # What ends this thread, such as Ctrl-C, is no sync either.
        failed = errno.EINTR
        try:
            with self._changed:
                wanted = self._begun + 1
                while self._ended < self._begun:
                    # Somebody syncs: too early for this commit, or just right.
                    self._changed.wait()
                    if self._ended >= wanted:
                        self._raise_for(wanted)
                        return
                leads = True
                self._begun = wanted
            self._sync()
            failed = 0
        except OSError as error:
            failed = error.errno or errno.EIO
            raise
        finally:
            if leads:
                self._end(wanted, failed)

    def _end(self, number: int, failed: int) -> None:
        with self._changed:
            self._ended = number
            if failed:
                self._failed = (number, failed)
            self._changed.notify_all()

    def _raise_for(self, number: int) -> None:
        """For a sync that failed; whoever wakes late may take a later one's failure for it, which tells no less."""
        failed, why = self._failed
        if failed >= number:
            raise OSError(why, os.strerror(why), self._path)

    def _sync(self) -> None:
        """One thread at a time."""
        if not self._is_broken:
            try:
                _sync_file(self._opened())
            except OSError:
                # The system takes what it could not write for written. A later sync would succeed, and what it brings to
                # the disk would lie behind a hole, where nobody who starts anew finds it.
                self._is_broken = True
        if self._is_broken:
            self._begin_anew()
            self._is_broken = False

    def _opened(self) -> int:
        """The file, held open: only then does every process learn of a failure, whoever met it first.

        To close it is safe: those whose closing lets go of a process's locks are the database and its shared memory.
        """
        now = os.stat(self._path)
        if self._file >= 0:
            known = os.fstat(self._file)
            if (known.st_dev, known.st_ino) == (now.st_dev, now.st_ino):
                return self._file
            # The last one who had the database open has removed it, and somebody has begun another one.
            self._close()
        self._file = os.open(self._path, os.O_RDONLY)
        return self._file

    def _begin_anew(self) -> None:
        """Have all that is in the log in the database, and the log empty. Raises OSError."""
        try:
            with closing(sqlite3.connect(self._database, timeout=_PATIENCE)) as connection:
                connection.execute("PRAGMA synchronous=FULL")
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error as error:
            raise OSError(errno.EIO, str(error), self._path) from error
        if busy:
            raise OSError(errno.EIO, os.strerror(errno.EIO), self._path)

    def _close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            with contextlib.suppress(OSError):
                os.close(file)

    def __del__(self) -> None:
        self._close()
