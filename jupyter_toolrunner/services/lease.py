"""Keeps the lease of the attempt that a worker makes, and learns that it shall stop."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..core.ids import RunId
from ..core.ports import RunStore
from ..core.runs import Progress, Reason

#: Seconds between looks at the database for a cancel whose ring was lost.
_LOOK = 1.0


class Stop:
    """`core.ports.StopRequest`: a pipe that becomes readable once."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._lock = threading.Lock()
        self._requested = False
        self._reason: Reason | None = None

    def fileno(self) -> int:
        return self._read

    def reason(self) -> Reason | None:
        return self._reason

    def request(self, reason: Reason | None) -> None:
        """Ask once; the first reason stays."""
        with self._lock:
            if self._requested:
                return
            self._requested, self._reason = True, reason
            if self._write >= 0:
                os.write(self._write, b"x")

    @property
    def requested(self) -> bool:
        return self._requested

    def close(self) -> None:
        with self._lock:
            for end in (self._read, self._write):
                os.close(end)
            self._read = self._write = -1


@dataclass
class _Held:
    run: RunId
    fence: int
    stop: Stop
    deadline: float | None
    renew_at: float
    progress: Progress | None = None
    #: What the database knows of it.
    written: Progress | None = None


class LeaseKeeper(threading.Thread):
    """One thread of a worker: renews the lease, looks for cancels and the time limit.

    ``wait_for_ring(seconds)`` blocks until somebody asks this worker to stop a run, and answers that run's id.
    """

    def __init__(
        self, runs: RunStore, lease_seconds: float, wait_for_ring: Callable[[float], str | None]
    ) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        self._runs = runs
        self._lease_seconds = lease_seconds
        self._wait_for_ring = wait_for_ring
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._closing = False

    def hold(self, run: RunId, fence: int, stop: Stop, time_limit: float | None) -> None:
        now = time.monotonic()
        deadline = now + time_limit if time_limit else None
        with self._lock:
            self._held = _Held(run, fence, stop, deadline, renew_at=now + self._lease_seconds / 3)

    def progress(self, progress: Progress) -> None:
        """Kept for the next look: the database hears of progress once a second, whoever watches at once."""
        with self._lock:
            if self._held is not None:
                self._held.progress = progress

    def release(self) -> None:
        with self._lock:
            self._held = None

    def stop_all(self, reason: Reason) -> None:
        with self._lock:
            if self._held is not None:
                self._held.stop.request(reason)

    def close(self) -> None:
        self._closing = True

    def run(self) -> None:
        while not self._closing:
            asked = self._wait_for_ring(self._patience())
            with self._lock:
                held = self._held
            if held is not None:
                self._look_after(held, asked)

    def _patience(self) -> float:
        with self._lock:
            held = self._held
        if held is None or held.deadline is None:
            return _LOOK
        return min(_LOOK, max(0.01, held.deadline - time.monotonic()))

    def _look_after(self, held: _Held, asked: str | None) -> None:
        now = time.monotonic()
        if held.deadline is not None and now >= held.deadline:
            held.stop.request(Reason.TIMEOUT)
        try:
            if now >= held.renew_at or held.progress is not held.written:
                held.written = held.progress
                lease = self._runs.renew(held.run, held.fence, self._lease_seconds, held.progress)
                held.renew_at = now + self._lease_seconds / 3
            else:
                lease = self._runs.lease(held.run, held.fence)
        except Exception:  # noqa: BLE001 - of whatever database
            # The database is away for a moment: the attempt goes on, the fence decides at its end.
            return
        if self._held is not held:
            return
        if not lease.held:
            held.stop.request(Reason.LOST_WORKER)
        elif lease.cancel_requested or asked == held.run:
            held.stop.request(None)
