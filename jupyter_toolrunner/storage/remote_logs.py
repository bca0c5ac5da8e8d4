"""Logs in a store that is reached over the network: objects of one size, of which the last is written anew as it grows.

Such stores do not append. The worker keeps the log as a file of its own, and brings what is new to the store each second;
what it had not brought when its machine died is lost with that.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import NotAvailable
from ..core.ids import RunId
from .bucket import Bucket
from .logs import FolderLogStore

log = logging.getLogger(__name__)

#: Bytes of each object but the last.
CHUNK = 1 << 20
#: Seconds between two batches.
EVERY = 1.0
#: Whole objects that are remembered.
_REMEMBERED = 32

Key = tuple[RunId, int]


@dataclass
class _Open:
    """A log that this process writes."""

    size: int = 0
    #: Bytes of it that are in the store.
    sent: int = 0


class RemoteLogStore:
    """`core.ports.LogStore`."""

    immediate = False

    def __init__(self, bucket: Bucket, spool: Path) -> None:
        """``spool``: a local folder for the logs that this process writes."""
        self._bucket = bucket
        self._spool = FolderLogStore(spool)
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._open: dict[Key, _Open] = {}
        self._whole: OrderedDict[tuple[RunId, int, int], bytes] = OrderedDict()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # -- writing ------------------------------------------------------------------------------------------------

    def append(self, run: RunId, attempt: int, offset: int, data: bytes) -> None:
        self._spool.append(run, attempt, offset, data)
        with self._lock:
            written = self._open.setdefault((run, attempt), _Open())
            written.size = max(written.size, offset + len(data))
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_sending, name="log-batches", daemon=True)
                self._thread.start()
        self._wake.set()

    def close(self, run: RunId, attempt: int) -> None:
        with self._lock:
            written = self._open.get((run, attempt))
        if written is not None:
            try:
                self._send((run, attempt), written)
            finally:
                with self._lock:
                    del self._open[run, attempt]
                self._spool.remove(run, attempt)

    def _keep_sending(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                grown = [(key, one) for key, one in self._open.items() if one.sent < one.size]
            for key, written in grown:
                try:
                    self._send(key, written)
                except (NotAvailable, OSError) as error:
                    log.warning("the log of run %s waits here: %s", key[0], error)
                    self._wake.set()
            # Whoever reads meanwhile has the live stream; the store gets batches.
            threading.Event().wait(EVERY)

    def _send(self, key: Key, written: _Open) -> None:
        with self._sending:
            while written.sent < (size := written.size):
                number = written.sent // CHUNK
                end = min(size, (number + 1) * CHUNK)
                data = self._spool.read(*key, number * CHUNK, end - number * CHUNK)
                if len(data) < end - number * CHUNK:
                    raise OSError("the part of the log that was kept on this machine is gone")
                self._bucket.write(_key(*key, number), data)
                written.sent = end

    def remove(self, run: RunId, attempt: int) -> None:
        self._bucket.remove(_folder(run, attempt))
        with self._lock:
            for key in [key for key in self._whole if key[:2] == (run, attempt)]:
                del self._whole[key]

    # -- reading ------------------------------------------------------------------------------------------------

    def read(self, run: RunId, attempt: int, offset: int, limit: int) -> bytes:
        parts = []
        while limit > 0:
            number, start = divmod(offset, CHUNK)
            part = self._part(run, attempt, number, start, min(CHUNK, start + limit))
            parts.append(part)
            offset, limit = offset + len(part), limit - len(part)
            if start + len(part) < CHUNK:
                break
        return b"".join(parts)

    def size(self, run: RunId, attempt: int) -> int:
        there = self._bucket.list(_folder(run, attempt))
        return (len(there) - 1) * CHUNK + there[-1].size if there else 0

    def _part(self, run: RunId, attempt: int, number: int, start: int, end: int) -> bytes:
        with self._lock:
            known = self._whole.get((run, attempt, number))
        if known is not None:
            return known[start:end]
        data = self._bucket.read(_key(run, attempt, number), start, end)
        if start == 0 and len(data) == CHUNK:
            with self._lock:
                self._whole[run, attempt, number] = data
                while len(self._whole) > _REMEMBERED:
                    self._whole.popitem(last=False)
        return data


def _folder(run: RunId, attempt: int) -> str:
    return f"logs/{run[-2:]}/{run}/{attempt}"


def _key(run: RunId, attempt: int, number: int) -> str:
    return f"{_folder(run, attempt)}/{number:06d}"
