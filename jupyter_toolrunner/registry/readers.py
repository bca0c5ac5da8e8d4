"""Reader processes: started when something is to be read, gone when nothing is."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.interpreters import PACKAGE, START_APART

Json = Any
#: Children that read at the same time.
PROCESSES = 2
#: Seconds without work after which a reader process ends.
IDLE = 1.0
#: Seconds for one answer, above the reader's own limit.
PATIENCE = 30.0

_PACKAGE = str(Path(__file__).parent.parent.parent)
_START = (
    "import sys; place = sys.argv.pop(1); place in sys.path or sys.path.append(place); "
    "from jupyter_toolrunner.registry.reader import main; main()"
)
_READER = "jupyter_toolrunner.registry.reader"
Answered = Callable[[Mapping[str, Json], Mapping[str, Json]], None]


class Readers:
    """Reads what it is asked, the most urgent first, by ``processes`` at a time."""

    def __init__(self, answered: Answered, processes: int = PROCESSES) -> None:
        self._answered = answered
        self._most = processes
        self._condition = threading.Condition()
        self._waiting: list[tuple[int, int, Mapping[str, Json]]] = []
        self._numbers = itertools.count()
        self._threads: set[threading.Thread] = set()
        self._free = 0
        self._closed = False

    def ask(self, request: Mapping[str, Json], urgency: int = 1) -> None:
        """Have a file read; ``answered`` is called from another thread."""
        with self._condition:
            heapq.heappush(self._waiting, (urgency, next(self._numbers), request))
            if self._free:
                self._condition.notify()
            elif len(self._threads) < self._most and not self._closed:
                thread = threading.Thread(target=self._serve, name="toolrunner-reader", daemon=True)
                self._threads.add(thread)
                thread.start()

    def close(self) -> None:
        """End the processes; what was not read is forgotten."""
        with self._condition:
            self._closed = True
            self._waiting.clear()
            self._condition.notify_all()
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout=5)

    def _serve(self) -> None:
        process: _Process | None = None
        try:
            while (request := self._next()) is not None:
                try:
                    if process is not None and process.interpreter != request.get("interpreter"):
                        process.close()
                        process = None
                    process = process or _Process(request.get("interpreter"))
                    answer = process.read(request, lambda: self._closed)
                except (OSError, ValueError) as error:
                    answer = {"failure": _why(error, process, request.get("interpreter"))}
                    if process:
                        process.close()
                    process = None
                if self._closed:
                    return
                self._answered(request, answer)
        finally:
            if process:
                process.close()
            with self._condition:
                self._threads.discard(threading.current_thread())

    def _next(self) -> Mapping[str, Json] | None:
        with self._condition:
            deadline = time.monotonic() + IDLE
            while not self._waiting:
                left = deadline - time.monotonic()
                if self._closed or left <= 0:
                    self._threads.discard(threading.current_thread())
                    return None
                self._free += 1
                self._condition.wait(left)
                self._free -= 1
            return None if self._closed else heapq.heappop(self._waiting)[2]


def _failure(message: str) -> dict[str, Json]:
    return {"message": message, "line": None, "hint": None, "traceback": None}


def _why(error: Exception, process: _Process | None, interpreter: str | None) -> dict[str, Json]:
    if interpreter is None:
        return _failure(f"the reader ended: {error}")
    words = process.last_words() if process is not None else ""
    failure = _failure(f"The interpreter {interpreter} can't read it: {words or error}")
    hint = (
        "See whether it starts: it must be Python 3.9 or later. Mend it, or name another one in toolbox.yaml."
    )
    return {**failure, "hint": hint}


class _Process:
    """One reader process."""

    def __init__(self, interpreter: str | None = None) -> None:
        """Raises OSError where the interpreter cannot be started."""
        self.interpreter = interpreter
        own = [sys.executable, "-P", "-c", _START, _PACKAGE]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            own if interpreter is None else [interpreter, "-c", START_APART, PACKAGE, _READER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if interpreter is None else self._errors,
            start_new_session=True,
            bufsize=0,
        )

    def last_words(self) -> str:
        """The last line that it wrote of its own errors."""
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 4096))
        lines = self._errors.read().decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def read(self, request: Mapping[str, Json], stopped: Callable[[], bool]) -> dict[str, Json]:
        """Raises OSError where the process ended or does not answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        data = json.dumps(request).encode() + b"\n"
        while data:
            data = data[self._process.stdin.write(data) :]
        deadline = time.monotonic() + PATIENCE
        answer = b""
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([self._process.stdout], [], [], 0.5)
            if stopped():
                raise OSError("not needed any more")
            if ready:
                part = os.read(self._process.stdout.fileno(), 1 << 20)
                if not part:
                    raise OSError("it ended by itself")
                answer += part
            elif time.monotonic() > deadline:
                raise OSError(f"it gave no answer for {PATIENCE:g} s")
        read: dict[str, Json] = json.loads(answer)
        return read

    def close(self) -> None:
        """Its input ends, and so does it, with whatever it started."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()
