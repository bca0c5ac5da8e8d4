"""The product: a real Jupyter server with the extension, and everything that it starts."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil
import sqlalchemy as sa
from serving import Server

from .fleet import Ending, NotAccepted
from .history import Accepted, History
from .scenario import Scenario
from .services import Postgres, Redis, children_of, command_of, marked
from .toolbox.witness import FOLDER

BOX = Path(__file__).parent / "toolbox"
_FINAL = ("succeeded", "failed", "canceled", "skipped")


class Toolrunner:
    """`Fleet` of the product."""

    name = "toolrunner"

    def __init__(self, scenario: Scenario, history: History) -> None:
        self._history = history
        self._redis = Redis(scenario.folder / "redis")
        self._postgres = Postgres(scenario.folder / "postgres") if scenario.database == "postgresql" else None
        self._folder = scenario.folder / "server"
        self._variables = {
            "TOOLRUNNER_WORKERS": str(scenario.workers),
            "TOOLRUNNER_LEASE_SECONDS": str(scenario.lease_seconds),
            FOLDER: str(history.folder),
        }
        self._server: Server | None = None
        self._engine: sa.Engine | None = None
        #: Runs that were accepted when the server was started last.
        self._accepted_before = 0
        self.targets: Mapping[str, Callable[[], Sequence[int]]] = {
            "run": self._runs,
            "spare": self._spares,
            "zygote": self._zygotes,
            "worker": self._working,
            "worker and run": lambda: [*self._working()[:1], *self._runs()],
            "supervisor": lambda: self._supervisors() if self._working() else [],
            "server": self._open_servers,
            "everything": lambda: [*self._open_servers(), *self._supervisors(), *self._workers()],
            "redis": self._redis.processes,
        }
        self.weights: Mapping[str, int] = {
            "run": 30,
            "spare": 8,
            "zygote": 14,
            "worker": 22,
            "worker and run": 6,
            "supervisor": 3,
            "server": 2,
            "everything": 1,
            "redis": 13,
        }
        if (postgres := self._postgres) is not None:
            self.targets = {
                **self.targets,
                "postmaster": lambda: postgres.postmaster() if self._open_servers() else [],
                "backend": postgres.backends,
            }
            self.weights = {**self.weights, "postmaster": 2, "backend": 4}

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._redis.start()
        self._variables["TOOLRUNNER_REDIS_URL"] = self._redis.url
        if self._postgres is not None:
            self._postgres.start()
            self._variables["TOOLRUNNER_DATABASE_URL"] = self._postgres.url
        self._folder.mkdir(parents=True)
        self._server = Server(self._folder, toolboxes=(BOX,), within=(), **self._variables)
        url = self._variables.get(
            "TOOLRUNNER_DATABASE_URL", f"sqlite:///{self._server.data_dir}/toolrunner.db"
        )
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        self._server.start()
        server = self._server
        server.eventually(lambda: not server.http.get("health").json()["reading"])

    def keep_up(self) -> None:
        self._redis.keep_up()
        if self._postgres is not None:
            self._postgres.keep_up()
        server = self._server
        assert server is not None
        if server.process is None or server.process.poll() is not None:
            # It may be killed while it starts.
            self._accepted_before = len(self._history.accepted)
            with contextlib.suppress(AssertionError):
                server.start(until_open=False)

    def stop(self) -> Sequence[str]:
        assert self._server is not None
        assert self._engine is not None
        self._server.stop()
        self._engine.dispose()
        if self._postgres is not None:
            self._postgres.stop()
        self._redis.stop()
        deadline = time.monotonic() + 15
        while (left := marked(FOLDER, str(self._history.folder))) and time.monotonic() < deadline:
            time.sleep(0.1)
        found = [f"process {process.pid} outlived the server: {command_of(process.pid)}" for process in left]
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        return [*found, *self._files("data/scratch", "data/artifacts/incoming")]

    def leftovers(self) -> Sequence[str]:
        """Quiet: whatever runs, runs for nobody."""
        return [f"process {pid} of a run that has ended" for pid in self._runs()]

    def _files(self, *folders: str) -> list[str]:
        return [
            f"left: {path.relative_to(self._folder)}"
            for folder in folders
            for path in sorted((self._folder / folder).rglob("*"))
        ]

    # -- asking -------------------------------------------------------------------------------------------------

    def submit(self, key: str, tool: str, seconds: float) -> str:
        assert self._server is not None
        body = {"tool": f"chaos.{tool}", "params": {"key": key, "seconds": seconds}}
        try:
            answer = self._server.http.post("runs", json=body, headers={"Idempotency-Key": key}, timeout=20)
        except httpx.TransportError as error:
            raise NotAccepted from error
        if answer.status_code == 503 or "application/json" not in answer.headers["content-type"]:
            raise NotAccepted
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return str(answer.json()["id"])

    def unfinished(self) -> Collection[str]:
        assert self._engine is not None
        query = sa.text("SELECT id FROM runs WHERE status NOT IN :final").bindparams(
            sa.bindparam("final", _FINAL, expanding=True)
        )
        try:
            with self._engine.connect() as connection:
                return set(connection.execute(query).scalars())
        except sa.exc.DBAPIError as error:
            raise NotAccepted from error

    def ending(self, run: Accepted) -> Ending:
        assert self._server is not None
        http = self._server.http
        answer = http.get(f"runs/{run.run}")
        if answer.status_code == 404:
            return Ending(run, None)
        found: dict[str, Any] = answer.raise_for_status().json()
        attempts = [one["number"] for one in found["attempts"]]
        content = {
            one["name"]: (one["digest"], http.get(f"artifacts/{one['id']}").raise_for_status().content)
            for one in found["artifacts"]
        }
        return Ending(
            run,
            found["status"],
            attempts,
            published={name: data for name, (_, data) in content.items()},
            damaged=[
                n for n, (digest, data) in content.items() if hashlib.sha256(data).hexdigest() != digest
            ],
            logs={n: http.get(f"runs/{run.run}/log", params={"attempt": n}).text for n in attempts},
        )

    # -- processes ----------------------------------------------------------------------------------------------

    def _servers(self) -> list[int]:
        process = self._server.process if self._server is not None else None
        return [process.pid] if process is not None and process.poll() is None else []

    def _open_servers(self) -> list[int]:
        """One that is always killed while it starts would accept nothing."""
        return self._servers() if len(self._history.accepted) > self._accepted_before else []

    def _supervisors(self) -> list[int]:
        return _named("jupyter_toolrunner.queue.supervisor", self._servers())

    def _workers(self) -> list[int]:
        return _named("jupyter_toolrunner.worker", self._supervisors())

    def _working(self) -> list[int]:
        """Workers that have begun to work: one that is always killed while it starts shows nothing."""
        return [pid for pid in self._workers() if children_of(pid)]

    def _zygotes(self) -> list[int]:
        return _named("zygote.py", self._workers())

    def _spares(self) -> list[int]:
        return [child for zygote in self._zygotes() for child in children_of(zygote)]

    def _runs(self) -> list[int]:
        """Processes in which an attempt is under way."""
        working = set(self._history.under_way())
        return [pid for pid in self._spares() if pid in working and _owns(pid, self._history.folder)]


def _named(part: str, parents: Sequence[int]) -> list[int]:
    return [child for parent in parents for child in children_of(parent) if part in command_of(child)]


def _owns(pid: int, folder: Path) -> bool:
    """Whether a process has the lock of a run open: one that waits for another run has none."""
    owners = f"{folder / 'owners'}/"
    with contextlib.suppress(OSError):
        for file in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/fd/{file}").startswith(owners):
                    return True
    return False
