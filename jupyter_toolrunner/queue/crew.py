"""How many workers the supervisor of this machine keeps up: one asks by a file, whoever leads the services reads it.

The supervisor imports it: the standard library alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..core.errors import Conflict
from ..core.settings import Settings
from ..core.workers import Crew


@dataclass(frozen=True, slots=True)
class Asked:
    workers: int
    #: What the configuration said at that moment: another configuration goes before what was asked.
    configured: int
    #: Nanoseconds since 1970: the same number may be asked for once more.
    at: int


class AskedFile:
    """What was asked for last; it outlives the services, for their next start."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.data_dir / "workers.json"

    def read(self) -> Asked | None:
        try:
            asked = Asked(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return asked if all(type(value) is int and value >= 0 for value in asdict(asked).values()) else None

    def write(self, asked: Asked) -> None:
        incoming = self._path.with_suffix(f".{os.getpid()}.tmp")
        incoming.write_text(json.dumps(asdict(asked)))
        incoming.replace(self._path)


class ToldMarks:
    """That workers were told to end, for the supervisor that would start them again: a file each, by process."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.services_dir / "told"

    def make(self, process: int) -> None:
        """The first time counts. Raises OSError."""
        self._folder.mkdir(exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            self._path(process).touch(exist_ok=False)

    def at(self, process: int) -> int | None:
        """Nanoseconds since 1970; None where it was not told."""
        try:
            return self._path(process).stat().st_mtime_ns
        except OSError:
            return None

    def remove(self, process: int) -> None:
        with contextlib.suppress(OSError):
            self._path(process).unlink()

    def clear(self) -> None:
        """No worker is up: numbers of processes come round, in a container with each start."""
        with contextlib.suppress(OSError):
            for mark in self._folder.iterdir():
                mark.unlink(missing_ok=True)

    def _path(self, process: int) -> Path:
        return self._folder / str(process)


class SupervisedCrew:
    """`core.ports.CrewKeeper`: the supervisor that leads the services of this machine and data directory."""

    def __init__(self, settings: Settings) -> None:
        self._file = AskedFile(settings)
        self._state = settings.services_dir / "state.json"

    def look(self) -> Crew:
        state = self._led()
        if not state.get("configured"):
            return Crew(wanted=None)
        asked = self._file.read()
        # What was asked for a moment ago is not known there yet.
        is_new = asked is not None and asked.at > state["asked_at"]
        return Crew(
            wanted=asked.workers if asked is not None and is_new else state["wanted"],
            configured=state["configured"],
            up=sum(each["pid"] is not None for each in state["services"] if each["name"] != "valkey"),
        )

    def ask(self, wanted: int) -> Crew:
        crew = self.look()
        if crew.wanted is None:
            raise Conflict(
                "No supervisor keeps workers up on the server's machine.",
                hint="Nothing was changed. Start workers there by jupyter toolrunner worker --count N, or configure the "
                "server with some.",
            )
        self._file.write(Asked(wanted, crew.configured, time.time_ns()))
        return self.look()

    def _led(self) -> dict[str, Any]:
        """What the leading supervisor has told; empty where there is none."""
        with contextlib.suppress(OSError, ValueError):
            state: dict[str, Any] = json.loads(self._state.read_text())
            command = Path(f"/proc/{state.get('supervisor')}/cmdline").read_bytes()
            # One that was killed has left what it told.
            return state if b"jupyter_toolrunner.queue.supervisor" in command else {}
        return {}
