"""The supervisor as a child of this process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from typing import Any

from ..core.crashpoints import crashpoint
from ..core.folders import private_folder
from ..core.settings import Settings

#: Seconds for workers and server to end by themselves.
_GRACE = 9.0
#: Supervisors that outlive their use here: Python would warn of a process that nobody waits for.
_others_supervisors: list[subprocess.Popen[bytes]] = []


class EmbeddedServices:
    """Starts a supervisor, starts it again when it died, and ends it with this process, however that ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def ensure(self) -> None:
        """Start the supervisor unless it runs; cheap, so that it can be called each second."""
        if self._process is not None and self._process.poll() is None:
            return
        if time.monotonic() - self._started_at < 1.0 and self._process is not None:
            return
        self._started_at = time.monotonic()
        folder = self._settings.services_dir
        private_folder(folder)
        with open(_rotated(self.log_path), "ab") as log, crashpoint("supervisor.spawn"):
            # The open end of its standard input is what the supervisor lives by.
            self._process = subprocess.Popen(
                # -P: a redis.py in the folder where Jupyter was started is not ours.
                [sys.executable, "-P", "-m", "jupyter_toolrunner.queue.supervisor"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._settings.to_environ()},
                start_new_session=True,
            )

    @property
    def log_path(self) -> str:
        return str(self._settings.services_dir / "services.log")

    @property
    def are_ours(self) -> bool:
        """Whether they end with this process."""
        return self._process is not None and self._state().get("supervisor") == self._process.pid

    def close(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        deadline = time.monotonic() + _GRACE
        while self._process.poll() is None and not self._stays():
            if time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                break
            time.sleep(0.01)
        self._process = None

    def _stays(self) -> bool:
        """Whether others use the services, so that the supervisor ends with the last of them."""
        assert self._process is not None
        state = self._state()
        if state.get("supervisor") != self._process.pid or not state.get("staying"):
            return False
        _others_supervisors.append(self._process)
        return True

    def _state(self) -> dict[str, Any]:
        """What whoever runs the services has told."""
        try:
            state: dict[str, Any] = json.loads((self._settings.services_dir / "state.json").read_text())
        except (OSError, ValueError):
            return {}
        return state


def _rotated(path: str) -> str:
    """Keep one older log, so that it cannot grow without end."""
    with contextlib.suppress(FileNotFoundError):
        if os.stat(path).st_size > 5 * 2**20:
            os.replace(path, f"{path}.1")
    return path
