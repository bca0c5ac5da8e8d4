"""Copies that share their blocks with the original where the file system can do that."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

_FICLONE = 0x40049409


def copy_file(source: Path, target: Path, *, only_reflink: bool = False) -> bool:
    """Copy a file's content, never following a link at the source; False where only a reflink would do and none can be."""
    incoming = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        outgoing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
        try:
            with contextlib.suppress(OSError):
                fcntl.ioctl(outgoing, _FICLONE, incoming)
                return True
            if only_reflink:
                os.unlink(target)
                return False
            _copy_bytes(incoming, outgoing)
            return True
        finally:
            os.close(outgoing)
    finally:
        os.close(incoming)


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
