"""What files and folders hold, as digests; a file that has not changed is not read again."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator

#: Files whose digests are remembered.
_MOST = 50_000
#: Seconds for which a file has to have been left alone before its digest is remembered: of two changes in one tick of the
#: file system's clock, which is some milliseconds on disks and a second or two on old shares, the later one leaves no trace.
_SETTLED = 2.5
#: Files of a folder, and bytes that are read for one answer.
_MOST_FILES = 20_000
_MOST_BYTES = 1 << 30
#: What no run has its result from.
_PASSED_OVER = frozenset({".git", "__pycache__", ".ipynb_checkpoints"})
_ABSENT = "absent"

_Mark = tuple[int, int, int, int, int]


class FileContents:
    """`core.ports.Contents` of this machine."""

    def __init__(self, settled: float = _SETTLED) -> None:
        """``settled``: seconds for which a file has to have been left alone before its digest is remembered."""
        self._settled = settled
        self._known: dict[str, tuple[_Mark, str]] = {}

    def of(self, path: str) -> str | None:
        """A digest of the file, or of all in the folder, links followed; None where it cannot be read, or is too much.

        None of what is not there, too: it may be the beginning of names, or a pattern of some.
        """
        try:
            return _Look(self._known, self._settled).of(path)
        except (OSError, ValueError, _TooMuch):
            return None


class _TooMuch(Exception):
    """It would take too long."""


class _Look:
    def __init__(self, known: dict[str, tuple[_Mark, str]], settled: float) -> None:
        self._known = known
        self._settled = settled
        self._files = 0
        self._bytes = 0

    def of(self, path: str) -> str:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            return self._folder(path)
        return self._file(path)

    def _folder(self, path: str) -> str:
        digest = hashlib.sha256()
        for name, each in self._below(path):
            digest.update(f"{name}\0{each}\0".encode("utf-8", "surrogateescape"))
        return f"folder {digest.hexdigest()}"

    def _below(self, path: str) -> Iterator[tuple[str, str]]:
        #: From the folder down to where we are; each with what is left of it.
        way = [_Folder(path, "")]
        while way:
            here = way[-1]
            if not here.left:
                way.pop()
                continue
            entry = here.left.pop()
            if entry.name in _PASSED_OVER:
                continue
            self._files += 1
            if self._files > _MOST_FILES:
                raise _TooMuch
            name = f"{here.name}/{entry.name}"
            if _leads_nowhere(entry):
                yield name, _ABSENT
            elif entry.is_dir():
                inner = _Folder(entry.path, name)
                is_loop = any(inner.mark == above.mark for above in way)
                yield name, "loop" if is_loop else "folder"
                if not is_loop:
                    way.append(inner)
            else:
                yield name, self._file(entry.path)

    def _file(self, path: str) -> str:
        # Opened before it is looked at: on a share that is what asks its server anew.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(22, "no file", path)
            mark = _mark(status)
            known = self._known.get(path)
            if known is not None and known[0] == mark:
                return known[1]
            began = time.time()
            digest = self._read(descriptor)
            if _mark(os.fstat(descriptor)) != mark:
                raise OSError(11, "it is being written", path)
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
            self._bytes += len(piece)
            if self._bytes > _MOST_BYTES:
                raise _TooMuch
            digest.update(piece)
        return digest.hexdigest()


class _Folder:
    def __init__(self, path: str, name: str) -> None:
        status = os.stat(path)
        self.name = name
        self.mark = (status.st_dev, status.st_ino)
        with os.scandir(path) as entries:
            #: The first one comes last.
            self.left = sorted(entries, key=lambda entry: entry.name, reverse=True)


def _leads_nowhere(entry: os.DirEntry[str]) -> bool:
    """A link to what is not there: known, as its folder is looked at as a whole."""
    return entry.is_symlink() and not os.path.exists(entry.path)


def _mark(status: os.stat_result) -> _Mark:
    """Changes with the file: nobody sets the time of its last change back."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
