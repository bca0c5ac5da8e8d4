"""The log of each attempt: one file, appended to while the attempt runs."""

from __future__ import annotations

from pathlib import Path

from ..core.ids import RunId


class FolderLogStore:
    """`core.ports.LogStore` in a local or mounted folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, run: RunId, attempt: int, offset: int, data: bytes) -> None:
        """Write at `offset`: a batch that is written twice is there once."""
        path = self._path(run, attempt)
        try:
            file = open(path, "r+b" if offset else "wb")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = open(path, "wb")
        with file:
            file.seek(offset)
            file.write(data)

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

    def _path(self, run: RunId, attempt: int) -> Path:
        # The last two characters of an id are random, the first ones are the time.
        return self._folder / "logs" / run[-2:] / run / f"{attempt}.log"
