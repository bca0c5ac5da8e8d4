"""A disk that fails at a write of one's choice, for a whole product: its server, workers, queue and tools."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("fail_writes.c")
_NUMBERS = struct.Struct("5q")
_SIZE = 256
FOR_EVER = 1 << 62


class DiskFaults:
    """Counts what is written below a folder, and lets it fail."""

    def __init__(self, folder: Path, below: Path) -> None:
        """``folder`` gets what is needed for it; ``below`` is the folder that fails."""
        library, control = folder / "fail_writes.so", folder / "faults"
        command = ["gcc", "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl"]
        subprocess.run(command, check=True)
        control.write_bytes(bytes(_SIZE))
        with control.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        #: For the environment of the processes whose writes count.
        self.variables = {
            "LD_PRELOAD": str(library),
            "FAULT_CONTROL": str(control),
            "FAULT_FOLDER": str(below),
        }

    @staticmethod
    def are_possible() -> bool:
        return shutil.which("gcc") is not None

    def fail(self, first: int, error: int, *, times: int = 1) -> None:
        """Let the ``first`` write from now on fail, and those that follow it, so many in all."""
        self.stop()
        self._map[40:_SIZE] = bytes(_SIZE - 40)
        _NUMBERS.pack_into(self._map, 0, 0, first, first + times - 1, error, 0)

    def stop(self) -> None:
        """Let everything succeed from now on."""
        struct.pack_into("q", self._map, 8, 0)

    @property
    def count(self) -> int:
        return int(_NUMBERS.unpack_from(self._map)[0])

    @property
    def failed(self) -> int:
        return int(_NUMBERS.unpack_from(self._map)[4])

    @property
    def what(self) -> str:
        """The first that failed."""
        return self._map[40:_SIZE].split(b"\0")[0].decode(errors="replace")
