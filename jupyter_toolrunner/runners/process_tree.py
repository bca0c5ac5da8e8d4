"""Every process below another one: found, stopped and killed until none is left. Standard library alone."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable

#: Seconds after which the killing of processes that do not go is given up.
PATIENCE = 10.0
#: Whether the system lists the children of a process.
can_list_children = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def children_of(pid: int) -> set[int]:
    """The living and ended children of a process; empty where it is gone."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            found |= _children_of_thread(pid, task)
    return found


def adopted_by(pid: int) -> set[int]:
    """Children of the first thread of a process: orphans come to that one."""
    return _children_of_thread(pid, str(pid))


def _children_of_thread(pid: int, thread: str) -> set[int]:
    try:
        file = os.open(f"/proc/{pid}/task/{thread}/children", os.O_RDONLY)
    except OSError:
        return set()
    try:
        data = b""
        while part := os.read(file, 1 << 16):
            data += part
    except OSError:
        pass
    finally:
        os.close(file)
    return set(map(int, data.split()))


def _parents() -> dict[int, int]:
    """Parent by process, of all processes that have not ended."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # The name in brackets may hold anything.
                state, parent = file.read().rpartition(b")")[2].split()[:2]
                if state not in (b"Z", b"X"):
                    parents[int(name)] = int(parent)
    return parents


def descendants(roots: Iterable[int], spared: Iterable[int] = ()) -> set[int]:
    """All living processes below the roots, without the roots; those spared are left out with all below them."""
    below: dict[int, list[int]] = {}
    for pid, parent in _parents().items():
        below.setdefault(parent, []).append(pid)
    spared = set(spared)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        for pid in below.get(waiting.pop(), ()):
            if pid not in spared and pid not in found:
                found.add(pid)
                waiting.append(pid)
    return found


def below(roots: Iterable[int], most: int) -> list[int]:
    """The roots and all below them, found from child to child; the search ends soon after ``most`` of them."""
    found = list(roots)
    seen = set(found)
    for pid in found:
        if len(found) > most:
            break
        more = children_of(pid) - seen
        seen |= more
        found += more
    return found


def kill_all(
    roots: Callable[[], Iterable[int]], spared: Callable[[], set[int]], patience: float = PATIENCE
) -> set[int]:
    """Kill all below the roots until nothing is left; those that would not go.

    They are stopped first, all of them, so that none can start another while its neighbours are killed.
    """
    deadline = time.monotonic() + patience
    while True:
        _stop(roots, spared, min(deadline, time.monotonic() + 1.0))
        found = descendants(roots(), spared())
        send(signal.SIGKILL, found)
        if not found or time.monotonic() > deadline:
            return found
        _wait_until_gone(found, deadline)


def _stop(roots: Callable[[], Iterable[int]], spared: Callable[[], set[int]], deadline: float) -> None:
    """Stop each process as soon as it is found: some live only for the time it takes to fork."""
    stopped: set[int] = set()
    quiet = 0
    while quiet < 2 and time.monotonic() < deadline:
        known = len(stopped)
        spare = spared()
        waiting = list(roots())
        seen = set(waiting)
        while waiting:
            for pid in children_of(waiting.pop()) - spare - seen:
                seen.add(pid)
                waiting.append(pid)
                if pid not in stopped:
                    send(signal.SIGSTOP, [pid])
                    stopped.add(pid)
        quiet = quiet + 1 if len(stopped) == known else 0


def _wait_until_gone(found: set[int], deadline: float) -> None:
    pause = 0.001
    limit = min(deadline, time.monotonic() + 0.5)
    while living(found) and time.monotonic() < limit:
        time.sleep(pause)
        pause = min(pause * 2, 0.02)


def living(pids: Iterable[int]) -> set[int]:
    """Those that have not ended."""
    return {pid for pid in pids if _state(pid) not in (b"Z", b"X", b"")}


def _state(pid: int) -> bytes:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[0]
    return b""


def reap(pids: Iterable[int]) -> None:
    """Take leave of ended children that nobody else waits for."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.waitpid(pid, os.WNOHANG)


def send(number: int, pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)
