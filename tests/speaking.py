"""A tool that says much, and what a product does with it: what it keeps, how soon, and what its processes grow by."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from serving import Server, serving

from jupyter_toolrunner.core.settings import Settings

MB = 1 << 20
#: Bytes of a million of the lines below.
MILLION_LINES = 19_888_890
#: Used by the tool and by the test alike.
PIECES = """
import hashlib
import itertools

NASTY = b"a\\0b \\xff\\xfe\\x80 \\xd0 \\xed\\xa0\\x80 "
NASTY += b"\\x1b[31mred\\x1b[0m \\x1b]8;;http://x\\x07link\\x1b]8;;\\x07 1%\\r2%\\r100%\\n\\r\\n"

def pieces(kind, size):
    "The bytes of an output, piece by piece."
    written = 0
    for number in itertools.count():
        if kind == "lines":
            piece = b"".join(b"line %d of many\\n" % n for n in range(number * 1000, number * 1000 + 1000))
        elif kind == "binary on one line":
            piece = hashlib.shake_128(b"%d" % (number % 7)).digest(1 << 16).replace(b"\\n", b"\\0")
        else:
            piece = NASTY * 500
        piece = piece[: size - written]
        if not piece:
            return
        written += len(piece)
        yield piece
"""
TOOL = f"""import argparse, sys, time
{PIECES}
parser = argparse.ArgumentParser()
parser.add_argument("kind")
parser.add_argument("size", type=int)
options = parser.parse_args()
print(time.monotonic(), flush=True)
for piece in pieces(options.kind, options.size):
    sys.stdout.buffer.write(piece)
"""


@dataclass(frozen=True)
class Spoken:
    """What became of an output."""

    kind: str
    size: int
    #: Seconds from the printing of the first line until it could be read.
    delay: float
    #: Size and digest of what was kept, and of what should have been.
    kept: tuple[int, str]
    expected: tuple[int, str]
    seconds: float
    #: Bytes that each kind of process has grown by at most.
    grown: dict[str, int]

    def __str__(self) -> str:
        grown = ", ".join(f"{name} {size / MB:.1f} MiB" for name, size in self.grown.items())
        return (
            f"{self.size / 1e6:,.0f} MB of {self.kind}: first line readable {self.delay * 1000:.0f} ms after printing, "
            f"{self.kept[0]:,} bytes kept{' exactly' if self.kept == self.expected else ''} in {self.seconds:.1f} s; "
            f"grown by {grown}"
        )


@contextmanager
def speaking(folder: Path) -> Iterator[Server]:
    """A server with the tool, warmed up by a word."""
    box = folder / "box"
    box.mkdir()
    (box / "speak.py").write_text(TOOL)
    with serving(folder / "server", toolboxes=(box,)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        for _ in range(4):
            server.log_of(server.done("speak", kind="lines", size=1000)["id"])
        yield server


def speak(server: Server, kind: str, size: int) -> Spoken:
    with Memory(server) as memory:
        asked = time.monotonic()
        run = server.submit("speak", kind=kind, size=size)["id"]
        began, first, kept = _follow(server, run)
        seconds = time.monotonic() - asked
    ended = server.wait(run)
    assert ended["status"] == "succeeded", ended["error"]
    return Spoken(
        kind=kind,
        size=size,
        delay=began - float(first),
        kept=kept,
        expected=_expected(first, kind, size, Settings().log_limit),
        seconds=seconds,
        grown={name: memory.growth(name) for name in ("server", "worker", "queue")},
    )


class Memory:
    """What the processes of a product have grown by at most, looked at again and again."""

    def __init__(self, server: Server) -> None:
        assert server.process is not None
        workers = [p for p in server.services() if "jupyter_toolrunner.worker" in p.cmdline()]
        queue = next(p for p in server.services() if "valkey" in p.name())
        self._watched = {
            "server": [psutil.Process(server.process.pid)],
            "worker": workers,
            "queue": [queue],
        }
        self._before = {
            process: process.memory_info().rss for each in self._watched.values() for process in each
        }
        self._most = dict(self._before)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def growth(self, name: str) -> int:
        return max(self._most[process] - self._before[process] for process in self._watched[name])

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            for process, most in self._most.items():
                self._most[process] = max(most, process.memory_info().rss)


def _follow(server: Server, run: str) -> tuple[float, bytes, tuple[int, str]]:
    """Read a log while it is written: when it began, its first line, its size and digest."""
    began, first, digest, size = 0.0, b"", hashlib.sha256(), 0
    complete = False
    while not complete:
        answer = server.http.get(f"runs/{run}/log", params={"offset": size, "wait": 10})
        began = began or (time.monotonic() if answer.content else 0.0)
        first = first if b"\n" in first else first + answer.content[:100]
        digest.update(answer.content)
        size += len(answer.content)
        complete = answer.headers["X-Log-Complete"] == "true"
    return began, first.partition(b"\n")[0] + b"\n", (size, digest.hexdigest())


def _expected(first: bytes, kind: str, size: int, limit: int) -> tuple[int, str]:
    """Size and digest of what is to be kept."""
    made: dict[str, Any] = {}
    exec(PIECES, made)
    digest, kept = hashlib.sha256(first), len(first)
    for piece in made["pieces"](kind, size):
        digest.update(piece[: limit - kept])
        kept += len(piece[: limit - kept])
        if kept == limit:
            break
    if dropped := len(first) + size - kept:
        mark = f"\n… {dropped:,} bytes dropped: a log is kept up to {limit:,} bytes\n".encode()
        digest.update(mark)
        kept += len(mark)
    return kept, digest.hexdigest()
