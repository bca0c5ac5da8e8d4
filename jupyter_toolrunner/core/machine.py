"""What this machine has, as far as this process may use it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")


def memory() -> int:
    """Bytes of memory that the processes of this container, or of this machine, can have; never swap."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_limits_of_groups()])


def _limits_of_groups() -> list[int]:
    """Of the control groups that this process is in, of either version, and of those above them."""
    found = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                found += _limits(_GROUPS, path, "memory.max")
            elif "memory" in controllers.split(","):
                found += _limits(_GROUPS / "memory", path, "memory.limit_in_bytes")
    return found


def _limits(root: Path, path: str, name: str) -> list[int]:
    group = root / path.lstrip("/")
    found = []
    # In a container the path may be one of the host's, and the group is the root.
    for folder in (group, *group.parents, root):
        # "max" is no number.
        with contextlib.suppress(OSError, ValueError):
            found.append(int((folder / name).read_text()))
        if folder == root:
            break
    return found
