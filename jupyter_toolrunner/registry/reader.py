"""The process that reads toolboxes: one file after the other, each in a child that is thrown away.

Started by ``readers``; requests come in as lines of JSON, one answer goes out for each. It ends when its input does.
Standard library only, so that it is small and its forks are quick.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import child, sandbox

#: Seconds of wall time for one file.
WALL_SECONDS = 10.0
#: Bytes of memory; address space alone says little, since libraries reserve much and use little.
MAX_MEMORY = 2 << 30
#: Seconds between two looks at memory and clock.
LOOK = 0.1
#: Bytes of an answer; a schema is a few thousand.
MAX_ANSWER = 16 << 20
#: Bytes of output that are kept to explain a failure.
KEPT_OUTPUT = 4096

Json = Any


def main() -> None:
    """Serve until standard input ends."""
    with contextlib.suppress(OSError):
        os.nice(10)
    sandbox.adopt_orphans()
    answers = os.dup(1)
    os.dup2(2, 1)
    child.warm_up()
    requests = _Lines(0)
    while (line := requests.next()) is not None:
        answer = read_again(json.loads(line), requests)
        _write_all(answers, json.dumps(answer).encode() + b"\n")


class Interrupted(Exception):
    """Whoever asked is gone."""


class _Lines:
    """Lines of a pipe, without a buffer that hides whether something can be read."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.buffer = b""

    def next(self) -> bytes | None:
        while b"\n" not in self.buffer:
            data = os.read(self.descriptor, 65536)
            if not data:
                return None
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def read_again(request: Mapping[str, Json], requests: _Lines | None = None) -> dict[str, Json]:
    """As ``read``; a script that ends before it parses is tried once more as if it had been given an argument.

    Many print their usage and exit where they get none.
    """
    answer = read(request, requests)
    if (answer.get("failure") or {}).get("retry"):
        second = read({**request, "arguments": [""]}, requests)
        return second if second.get("described") else answer
    return answer


def read(request: Mapping[str, Json], requests: _Lines | None = None) -> dict[str, Json]:
    """The answer of a child to one request, with what became of the child where it did not answer fully."""
    scratch = Path(tempfile.mkdtemp(prefix="toolrunner-read-"))
    answer_in, answer_out = os.pipe()
    output_in, output_out = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(answer_in)
        os.close(output_in)
        child.serve(request, scratch, answer_out, output_out)
    os.close(answer_out)
    os.close(output_out)
    try:
        return _collect(pid, answer_in, output_in, requests)
    finally:
        os.close(answer_in)
        os.close(output_in)
        end_all()
        shutil.rmtree(scratch, ignore_errors=True)


def _collect(pid: int, answer_in: int, output_in: int, requests: _Lines | None) -> dict[str, Json]:
    """Read what the child says until it ends or its time is over."""
    said, printed = b"", b""
    deadline = time.monotonic() + WALL_SECONDS
    open_pipes = {answer_in, output_in}
    late = large = False
    while answer_in in open_pipes:
        watched = [*open_pipes, *([requests.descriptor] if requests and not requests.buffer else [])]
        ready, _, _ = select.select(watched, [], [], LOOK)
        late, large = time.monotonic() > deadline, not ready and _resident() > MAX_MEMORY
        if late or large:
            break
        for descriptor in ready:
            if requests and descriptor == requests.descriptor:
                _take_more(requests)
                continue
            data = os.read(descriptor, 65536)
            if not data:
                open_pipes.discard(descriptor)
            elif descriptor == answer_in:
                said += data
            else:
                printed = (printed + data)[-KEPT_OUTPUT:]
        if len(said) > MAX_ANSWER or said.endswith(b"\nEND\n"):
            break
    status = None if late or large else _wait_a_moment(pid)
    return _assemble(said, printed, _why_ended(late, large, len(said) > MAX_ANSWER, status))


def _why_ended(late: bool, large: bool, verbose: bool, status: int | None) -> str:
    if late:
        return f"it did not reach its parser within {WALL_SECONDS:g} s"
    if large:
        return f"it took more than {MAX_MEMORY >> 30} GB of memory before it reached its parser"
    if verbose:
        return "its description is too large"
    if status == -signal.SIGXCPU:
        return f"it used more than {sandbox.CPU_SECONDS} s of CPU time"
    if status is not None and status < 0:
        return f"it was ended by {signal.Signals(-status).name}"
    return "it ended before it reached its parser"


def _resident() -> int:
    """Bytes that the child and its descendants hold."""
    pages = 0
    for pid in _descendants(os.getpid()):
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _take_more(requests: _Lines) -> None:
    data = os.read(requests.descriptor, 65536)
    if not data:
        end_all()
        sys.exit(0)
    requests.buffer += data


def _wait_a_moment(pid: int) -> int | None:
    """How the child ended, if it did."""
    for _ in range(200):
        try:
            done, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return None
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005)
    return None


def _assemble(said: bytes, printed: bytes, reason: str) -> dict[str, Json]:
    answer: dict[str, Json] = {}
    for line in said.split(b"\n"):
        with contextlib.suppress(ValueError):
            part = json.loads(line)
            if isinstance(part, dict):
                answer.update(part)
    if not answer.pop("done", False):
        answer["failure"] = {"message": reason, "line": None, "hint": None, "traceback": None}
        answer["printed"] = printed.decode(errors="replace")
    return answer


# -- ending what the child left -------------------------------------------------------------------------------------


def end_all() -> None:
    """End every descendant, also those that left the group; they are ours, since orphans come to us."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        left = _descendants(os.getpid())
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGSTOP)
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not _reap() and not left:
            return
        if left:
            time.sleep(0.001)


def _reap() -> bool:
    """Take the ended children; whether there are others."""
    try:
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return True
    except ChildProcessError:
        return False


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        try:
            tasks = os.listdir(f"/proc/{each}/task")
        except OSError:
            continue
        for task in tasks:
            try:
                children = Path(f"/proc/{each}/task/{task}/children").read_text().split()
            except OSError:
                continue
            found += [int(child) for child in children]
            waiting += [int(child) for child in children]
    return found
