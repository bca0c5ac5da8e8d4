"""The log of each attempt: one file, appended to while the attempt runs."""

from __future__ import annotations

import os
from pathlib import Path

from ..core.crashpoints import crashpoint
from ..core.ids import RunId


class FolderLogStore:
    """`core.ports.LogStore` in a local or mounted folder."""

    immediate = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, run: RunId, attempt: int, offset: int, data: bytes) -> None:
        """Write at `offset`: a batch that is written twice is there once."""
        path = self._path(run, attempt)
        if offset == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o640)
        try:
            written = 0
            with crashpoint("logs.append"):
                while written < len(data):
                    written += os.pwrite(descriptor, data[written:], offset + written)
        finally:
            os.close(descriptor)

    def read(self, run: RunId, attempt: int, offset: int, limit: int) -> bytes:
        try:
            with open(self._path(run, attempt), "rb") as file:
                file.seek(offset)
                return file.read(limit)
        except FileNotFoundError:
            return b""

    def size(self, run: RunId, attempt: int) -> int:
        try:
            return self._path(run, attempt).stat().st_size
        except FileNotFoundError:
            return 0

    def close(self, run: RunId, attempt: int) -> None:
        """All of it is there already."""

    def remove(self, run: RunId, attempt: int) -> None:
        self._path(run, attempt).unlink(missing_ok=True)

    def _path(self, run: RunId, attempt: int) -> Path:
        # The last two characters of an id are random, the first ones are the time.
        return self._folder / "logs" / run[-2:] / run / f"{attempt}.log"
