"""Watches what a run takes while it lasts, and says when that is more than it may.

Looks cost little: none before the first, the next ones as far apart as the run leaves room below its limits.
"""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..core.limits import EXCESS, RunLimits, size_text
from ..core.runs import Reason
from . import linux

#: Seconds between two looks at most.
_PAUSE = 0.1
_SHORTEST_PAUSE = 0.01
#: Bytes that all processes of a run can take in a second.
_RATE = 4 << 30
#: How much longer pauses are than the time of the processor that the looks between them take, up to so many seconds. Not
#: than the time that passes: where a run takes the machine, a look takes long, and it is then that the next must come soon.
_COST = 20
_LONGEST_PAUSE = 0.5
#: Seconds between two measurements of the files at most; sooner where the processes have written enough to be over.
_FILES_PAUSE = 1.0
#: Bytes that a process may ask for at once beyond the memory that it may use: threads and libraries ask for what they
#: never touch. It is what a run can take between two looks.
_ASKED_BEYOND = 2 << 30
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: Runs that last give way to the server and its workers.
_NICE = 10


@dataclass(frozen=True)
class Over:
    """A limit that a run went over."""

    reason: Reason
    message: str


@dataclass(frozen=True)
class Filling:
    """Folders that fill while an attempt works, with what was in them before."""

    folders: tuple[Path, ...] = ()
    size: int = 0
    count: int = 0


def confine(pid: int, limits: RunLimits, *, whole_files: bool) -> None:
    """Have the system keep a process, and all that come from it, to the limits that it knows.

    ``whole_files``: whether all files that it writes are the run's own, so that none may be larger than all of them.
    """
    if not linux.available:
        return
    # A core file would lie among the run's files, and be as large as its memory.
    _lower(pid, resource.RLIMIT_CORE, 0)
    if limits.memory_limit is not None:
        _lower(pid, resource.RLIMIT_DATA, limits.memory_limit + _ASKED_BEYOND)
    if limits.output_limit is not None and whole_files:
        _lower(pid, resource.RLIMIT_FSIZE, limits.output_limit)
    if limits.open_files_limit is not None:
        with contextlib.suppress(OSError, ValueError):
            most = open_files(limits.open_files_limit)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))


def open_files(wanted: int) -> int:
    """As many as the system gives."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


def _lower(pid: int, what: int, limit: int) -> None:
    """Only what holds at once: a process that makes run after run must come up again."""
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.prlimit(pid, what)
        resource.prlimit(pid, what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def give_way(group: int, processes: Iterable[int]) -> None:
    """Let others go first from now on, where they want to."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PGRP, group, _NICE)
    for pid in processes:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, _NICE)
    # Where the system shares its time among sessions, what counts is the weight of the session.
    with contextlib.suppress(OSError):
        Path(f"/proc/{group}/autogroup").write_text(str(_NICE))


def go_first(pid: int) -> None:
    """As before `give_way`; not everybody may."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, 0)


@dataclass
class Guard:
    """One attempt's. ``processes(most)`` lists those of the run, not more than one above ``most``."""

    limits: RunLimits
    processes: Callable[[int], list[int]]
    filling: Filling
    #: Files that are kept of a run.
    max_files: int
    _next: float = 0.0
    _next_files: float = 0.0
    _files_again: float = 0.0
    #: Bytes of the files when they were measured last, and what the processes had written by then.
    _size: int = 0
    _written: int = 0
    _swap: bool = False

    def __post_init__(self) -> None:
        self._swap = _has_swap()

    def pause(self) -> float:
        """Seconds until the next look is due."""
        return max(0.0, self._next - time.monotonic())

    def look(self) -> Over | None:
        """What is over its limit now; nothing where no look is due."""
        if time.monotonic() < self._next:
            return None
        began = time.thread_time()
        most = self.limits.process_limit
        processes = self.processes(most if most is not None else 1 << 20)
        over, pause = self._many(processes), _PAUSE
        if over is None and self.limits.memory_limit is not None:
            used = self._memory(processes, self.limits.memory_limit)
            pause = (self.limits.memory_limit - used) / _RATE
            if used > self.limits.memory_limit:
                over = _over_memory(used, self.limits.memory_limit)
        if over is None:
            over = self._files(processes)
        cost = min(_LONGEST_PAUSE, _COST * (time.thread_time() - began))
        self._next = time.monotonic() + max(_SHORTEST_PAUSE, min(_PAUSE, pause), cost)
        return over

    def _many(self, processes: list[int]) -> Over | None:
        most = self.limits.process_limit
        if most is None or len(processes) <= most:
            return None
        return Over(
            Reason.PROCESSES,
            f"The run had {len(processes)} processes at a time, and {most} is its limit; all of them were ended.",
        )

    # -- memory ---------------------------------------------------------------------------------------------------

    def _memory(self, processes: list[int], limit: int) -> int:
        """Bytes; exact only where they may be more than the limit: to tell what is shared takes long."""
        most = sum(map(self._resident, processes))
        return most if most <= limit else sum(map(_own_share, processes))

    def _resident(self, pid: int) -> int:
        """What is in memory of a process, whoever else has it too, and what is in swap of it."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            if not self._swap:
                return int(_read(f"/proc/{pid}/statm").split()[1]) * _PAGE
            return 1024 * sum(_numbers(_read(f"/proc/{pid}/status"), b"VmRSS:", b"VmSwap:"))
        return 0

    # -- files ----------------------------------------------------------------------------------------------------

    def _files(self, processes: list[int]) -> Over | None:
        limit = self.limits.output_limit
        now = time.monotonic()
        if limit is None or not self.filling.folders or now < self._files_again:
            return None
        written = sum(map(_written_by, processes))
        if now < self._next_files and self._size + max(0, written - self._written) <= limit:
            return None
        began = time.thread_time()
        size, count = measure(self.filling.folders, EXCESS * self.max_files + self.filling.count)
        self._size, self._written = size - self.filling.size, written
        cost = _COST * (time.thread_time() - began)
        self._files_again = now + cost
        self._next_files = now + max(_FILES_PAUSE, 3 * cost)
        if self._size > limit:
            return Over(
                Reason.OUTPUT_LIMIT,
                f"The run wrote {size_text(self._size)} in files, and {size_text(limit)} is its limit.",
            )
        count -= self.filling.count
        if count > EXCESS * self.max_files:
            return Over(
                Reason.OUTPUT_LIMIT,
                f"The run had more than {EXCESS * self.max_files} files, and {self.max_files} is the limit of what is kept.",
            )
        return None


def over_log(printed: int, limit: int) -> Over:
    return Over(
        Reason.OUTPUT_LIMIT,
        f"The run printed {size_text(printed)}: its log is kept up to {size_text(limit)}, and a run that prints "
        f"{EXCESS} times as much is ended.",
    )


def _over_memory(used: int, limit: int) -> Over:
    return Over(
        Reason.MEMORY,
        f"The run used {size_text(used)} of memory, and {size_text(limit)} is its limit.",
    )


def measure(folders: Iterable[Path], most: int) -> tuple[int, int]:
    """Bytes on disk of what is below the folders, and how many entries; not many more than ``most`` are looked at."""
    size = count = 0
    waiting = [os.fspath(folder) for folder in folders]
    while waiting and count <= most:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        status = entry.stat(follow_symlinks=False)
                        # Holes take nothing, and what a block has more than the file is not the tool's.
                        size += min(status.st_size, status.st_blocks * 512)
                if count > most:
                    break
    return size, count


def _own_share(pid: int) -> int:
    """Memory that would be free without the process: its own, and its part of what several have, without files."""
    with contextlib.suppress(OSError, ValueError):
        text = _read(f"/proc/{pid}/smaps_rollup")
        if found := _numbers(text, b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"):
            return 1024 * sum(found)
    with contextlib.suppress(OSError, ValueError, IndexError):
        resident, shared = _read(f"/proc/{pid}/statm").split()[1:3]
        return (int(resident) - int(shared)) * _PAGE
    return 0


def _written_by(pid: int) -> int:
    """Bytes that a process, and those that ended below it, have written to disks."""
    with contextlib.suppress(OSError, ValueError):
        return sum(_numbers(_read(f"/proc/{pid}/io"), b"write_bytes:"))
    return 0


def _has_swap() -> bool:
    with contextlib.suppress(OSError, ValueError):
        return sum(_numbers(_read("/proc/meminfo"), b"SwapTotal:")) > 0
    return False


def _numbers(text: bytes, *names: bytes) -> list[int]:
    """Of lines such as ``VmRSS:   1234 kB``."""
    return [int(line.split()[1]) for line in text.splitlines() if line.startswith(names)]


def _read(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while part := os.read(file, 1 << 16):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(file)
