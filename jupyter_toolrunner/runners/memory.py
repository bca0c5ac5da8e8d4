"""What a process and all below it take of this machine's memory."""

from __future__ import annotations

import contextlib
import os

from .process_tree import can_list_children, children_of, descendants

_PAGE = os.sysconf("SC_PAGE_SIZE")


def memory_below(pid: int) -> int:
    """Bytes of a process and of all that are below it; pages that several of them share count once."""
    return sum(_memory_of(each) for each in {pid, *_below(pid)})


def _below(pid: int) -> set[int]:
    if not can_list_children:
        return descendants([pid])
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = children_of(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def _memory_of(pid: int) -> int:
    """0 where it is gone."""
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    # Closed to us, or unknown to this system; then what is shared counts for each.
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE
    return 0
