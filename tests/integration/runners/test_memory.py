"""What a worker and all below it take."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_toolrunner.runners.memory import memory_below

MUCH = 64 * 2**20
#: Touches each page, so that the system gives it.
HOLDS = f"held = bytearray(b'x') * {MUCH}"
FORKS = "import os; child = os.fork()"
SAYS = "print('held', flush=True) if {} else None; import sys; sys.stdin.read()"


@contextmanager
def running(*lines: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield process.pid
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def test_what_is_taken_below_a_process_counts() -> None:
    before = memory_below(os.getpid())
    with running(HOLDS, SAYS.format("True")):
        assert memory_below(os.getpid()) - before > 0.9 * MUCH


def test_what_a_process_shares_with_its_forks_counts_once() -> None:
    with running(HOLDS, FORKS, SAYS.format("child")) as pid:
        assert 0.9 * MUCH < memory_below(pid) < 1.6 * MUCH


def test_of_a_process_that_is_gone_nothing_counts() -> None:
    with running(SAYS.format("True")) as pid:
        pass
    assert memory_below(pid) == 0
