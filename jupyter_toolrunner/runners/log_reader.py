"""A run's output on its way to the log: the first bytes at once, the rest in batches."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable

#: Bytes in one batch at most.
BATCH = 1 << 16
#: Seconds between batches of a run that writes little by little.
DELAY = 0.02
_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031
_TAIL = 8192


class LogReader:
    """Reads a pipe; everything that comes is given on, byte by byte as it was."""

    def __init__(self, pipe: int, give: Callable[[bytes], None]) -> None:
        self._pipe = pipe
        self._give = give
        self._next = 0.0
        self.ended = False
        #: The last of the output, to explain an end by it.
        self.tail = b""
        os.set_blocking(pipe, False)

    def fileno(self) -> int:
        return self._pipe

    def pause(self) -> float:
        """Seconds until the pipe should be read again; 0 for at once."""
        return max(0.0, self._next - time.monotonic())

    def read(self) -> bool:
        """Give on what is there, one batch; False where nothing will come any more."""
        data = self._fill()
        if not data:
            return not self.ended
        if not self.tail:
            # A tool that writes much need not wait for us between two batches.
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._pipe, _F_SETPIPE_SZ, _PIPE)
        self.tail = (self.tail + data)[-_TAIL:]
        self._next = time.monotonic() + (DELAY if len(data) < BATCH else 0.0)
        self._give(data)
        return not self.ended

    def read_rest(self) -> None:
        """Give on all that is there; for a pipe that nobody writes to any more."""
        before = None
        while not self.ended and before != (before := self._count):
            self.read()

    _count = 0

    def _fill(self) -> bytes:
        parts = []
        size = 0
        while size < BATCH and not self.ended:
            try:
                data = os.read(self._pipe, BATCH - size)
            except BlockingIOError:
                break
            if not data:
                self.ended = True
            parts.append(data)
            size += len(data)
        self._count += size
        return b"".join(parts)
