"""Files that a run has open for writing, and what Python still holds back of them. Standard library alone."""

from __future__ import annotations

import contextlib
import gc
import io
import sys
from typing import Any
from weakref import WeakSet

#: Text before the bytes that it becomes.
_WRITERS = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)
#: Older than the garbage collector looks.
_older: WeakSet[Any] = WeakSet()


def flush() -> None:
    """Files that are still open lose nothing."""
    found = [*_older, *_writers()]
    # Older than the run, and not among its objects.
    found += [stream for stream in (sys.__stdout__, sys.__stderr__) if type(stream) in _WRITERS]
    for kind in _WRITERS:
        for item in found:
            if type(item) is kind:
                # Closed, or what it wrote to was taken from it.
                with contextlib.suppress(OSError, ValueError):
                    item.flush()


def freeze() -> None:
    """What lives now need not be looked through again, but for its open files."""
    _older.update(_writers())
    gc.freeze()


def _writers() -> list[Any]:
    return [item for item in gc.get_objects() if type(item) in _WRITERS]
