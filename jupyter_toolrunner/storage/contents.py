"""What files and folders hold, as digests; a file that has not changed is not read again."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator

from ..core.ports import ContentsLook

#: Files whose digests are remembered.
_MOST = 50_000
#: Seconds for which a file has to have been left alone before its digest is remembered: of two changes in one tick of the
#: file system's clock, which is some milliseconds on disks and a second or two on old shares, the later one leaves no trace.
_SETTLED = 2.5
#: Files that one look may look at, and bytes that it may read.
MOST_FILES = 20_000
MOST_BYTES = 1 << 30
#: As these, while somebody waits for an answer of the server: the worker looks at what is more.
FEW_FILES = 2_000
FEW_BYTES = 64 << 20
#: What no run has its result from.
_PASSED_OVER = frozenset({".git", "__pycache__", ".ipynb_checkpoints"})
_ABSENT = "absent"

_Mark = tuple[int, int, int, int, int]


class FileContents:
    """`core.ports.Contents` of this machine."""

    def __init__(
        self, settled: float = _SETTLED, *, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES
    ) -> None:
        """``settled``: seconds for which a file has to have been left alone before its digest is remembered.

        ``most_files``, ``most_bytes``: that one look may look at, and read.
        """
        self._settled = settled
        self._most_files = most_files
        self._most_bytes = most_bytes
        self._known: dict[str, tuple[_Mark, str]] = {}

    def look(self) -> ContentsLook:
        return _Look(self._known, self._settled, self._most_files, self._most_bytes)

    def of(self, path: str) -> str | None:
        """In a look of its own."""
        return self.look().of(path)


class _TooMuch(Exception):
    """It would take too long."""


class _Look:
    """`core.ports.ContentsLook`"""

    def __init__(
        self, known: dict[str, tuple[_Mark, str]], settled: float, files_left: int, bytes_left: int
    ) -> None:
        self._known = known
        self._settled = settled
        self._files_left = files_left
        self._bytes_left = bytes_left
        #: By path without links.
        self._found: dict[str, str | None] = {}

    def of(self, path: str) -> str | None:
        """A digest of the file, or of all in the folder, links followed; None where it cannot be read, or is too much.

        None of what is not there, too: it may be the beginning of names, or a pattern of some.
        """
        try:
            real = os.path.realpath(path)
            if real not in self._found:
                self._found[real] = self._of(real)
            return self._found[real]
        except (OSError, ValueError):
            return None

    def _of(self, path: str) -> str | None:
        try:
            self._count()
            _check_place(path)
            return self._folder(path) if stat.S_ISDIR(os.stat(path).st_mode) else self._file(path)
        except (OSError, ValueError, _TooMuch):
            return None

    def _count(self) -> None:
        self._files_left -= 1
        if self._files_left < 0:
            raise _TooMuch

    def _folder(self, path: str) -> str:
        digest = hashlib.sha256()
        for name, each in self._below(path):
            digest.update(f"{name}\0{each}\0".encode("utf-8", "surrogateescape"))
        return f"folder {digest.hexdigest()}"

    def _below(self, path: str) -> Iterator[tuple[str, str]]:
        #: From the folder down to where we are; each with what is left of it.
        way = [_Folder(path, "", os.stat(path))]
        while way:
            here = way[-1]
            if not here.left:
                way.pop()
                continue
            entry = here.left.pop()
            if entry.name in _PASSED_OVER:
                continue
            self._count()
            name = f"{here.name}/{entry.name}"
            # What a link leads to is looked at without it: nobody puts another one in its place meanwhile.
            inner = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
            try:
                status = os.stat(inner)
            except FileNotFoundError:
                # A link to what is not there: known, as its folder is looked at as a whole.
                yield name, _ABSENT
                continue
            _check_place(inner)
            if stat.S_ISDIR(status.st_mode):
                is_loop = any(_place(status) == above.place for above in way)
                yield name, "loop" if is_loop else "folder"
                if not is_loop:
                    way.append(_Folder(inner, name, status))
            else:
                yield name, self._file(inner)

    def _file(self, path: str) -> str:
        # A pipe that is opened wakes who writes to it, and some devices act.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise _no_file(path)
        # Opened before its times are read: on a share that is what asks its server anew.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _no_file(path)
            mark = _mark(status)
            known = self._known.get(path)
            if known is not None and known[0] == mark:
                return known[1]
            began = time.time()
            digest = self._read(descriptor)
            if _mark(os.fstat(descriptor)) != mark:
                raise OSError(errno.EAGAIN, "it is being written", path)
        finally:
            os.close(descriptor)
        if status.st_ctime < began - self._settled:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[path] = (mark, digest)
        return digest

    def _read(self, descriptor: int) -> str:
        digest = hashlib.sha256()
        while piece := os.read(descriptor, 1 << 20):
            self._bytes_left -= len(piece)
            if self._bytes_left < 0:
                raise _TooMuch
            digest.update(piece)
        return digest.hexdigest()


class _Folder:
    def __init__(self, path: str, name: str, status: os.stat_result) -> None:
        self.name = name
        self.place = _place(status)
        with os.scandir(path) as entries:
            #: The first one comes last.
            self.left = sorted(entries, key=lambda entry: entry.name, reverse=True)


def _check_place(path: str) -> None:
    """Raises OSError for all of the disk, and for what the system makes up as it is read: no time tells of its changes."""
    if path == "/" or path.startswith(("/proc/", "/sys/")) or path in ("/proc", "/sys"):
        raise _no_file(path)


def _no_file(path: str) -> OSError:
    return OSError(errno.EINVAL, "no file", path)


def _place(status: os.stat_result) -> tuple[int, int]:
    return (status.st_dev, status.st_ino)


def _mark(status: os.stat_result) -> _Mark:
    """Changes with the file: nobody sets the time of its last change back."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
