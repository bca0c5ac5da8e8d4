"""Copies that share their blocks with the original where the file system can do that."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

_FICLONE = 0x40049409
#: Bytes that are copied by one read and one write.
_SMALL = 1 << 16


def copy_file(source: Path, target: Path) -> None:
    """Copy a file's content, never following a link at the source."""
    incoming = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        outgoing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
        try:
            if not _clone(incoming, outgoing):
                _copy_bytes(incoming, outgoing)
        finally:
            os.close(outgoing)
    finally:
        os.close(incoming)


def copy_with_times(source: str, target: str, status: os.stat_result) -> os.stat_result:
    """Copy a file with its mode and times; what the copy looks like then."""
    incoming = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        outgoing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, status.st_mode & 0o7777 | 0o200)
        try:
            if status.st_size <= _SMALL:
                content = os.read(incoming, _SMALL + 1)
                while content:
                    content = content[os.write(outgoing, content) :]
            elif not _clone(incoming, outgoing):
                _copy_bytes(incoming, outgoing)
            if status.st_mode & 0o7777 != os.fstat(outgoing).st_mode & 0o7777:
                os.fchmod(outgoing, status.st_mode & 0o7777)
            os.utime(outgoing, ns=(status.st_atime_ns, status.st_mtime_ns))
            return os.fstat(outgoing)
        finally:
            os.close(outgoing)
    finally:
        os.close(incoming)


def _clone(incoming: int, outgoing: int) -> bool:
    try:
        fcntl.ioctl(outgoing, _FICLONE, incoming)
    except OSError:
        return False
    return True


def _copy_bytes(incoming: int, outgoing: int) -> None:
    size = os.fstat(incoming).st_size
    with contextlib.suppress(OSError, AttributeError):
        while size > 0:
            copied = os.copy_file_range(incoming, outgoing, size)
            if copied == 0:
                break
            size -= copied
    # Whatever is left, and everything where the system cannot copy by itself; offsets moved along.
    while data := os.read(incoming, 1 << 20):
        view = memoryview(data)
        while view:
            view = view[os.write(outgoing, view) :]
