"""The peers: RQ and Celery, each as its documentation has it, in an environment of its own, under the same nemesis."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from .fleet import Ending, NotAccepted
from .history import Accepted, History
from .scenario import ONCE, Scenario
from .services import Redis, children_of, command_of, marked
from .toolbox.witness import FOLDER

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """What is installed, and how its workers start."""

    name: str
    packages: tuple[str, ...]
    client: str
    worker: tuple[str, ...]


_RQ = ("rq", "worker", "--url", "{redis}", "--quiet")
PEERS: Mapping[str, Peer] = {
    "rq3": Peer("RQ 3", ("rq>=3,<4",), "rq", _RQ),
    "rq2": Peer("RQ 2.12", ("rq==2.12.0",), "rq", _RQ),
    "celery": Peer(
        "Celery",
        ("celery[redis]>=5.5",),
        "celery",
        (
            *("celery", "-A", "celery_tasks", "worker", "--concurrency", "1", "--loglevel", "error"),
            *("-n", "worker{number}@%h", "--without-gossip", "--without-mingle"),
        ),
    ),
}


class Other:
    """`Fleet` of a peer. Its Redis keeps what it was told in an append-only file: without, it would lose everything."""

    def __init__(self, peer: Peer, scenario: Scenario, history: History) -> None:
        self.name = peer.name
        self._peer = peer
        self._history = history
        self._folder = scenario.folder / "peer"
        self._bin = scenario.folder / "environment" / "bin"
        self._redis = Redis(scenario.folder / "redis", keeps=True)
        self._workers: list[subprocess.Popen[bytes] | None] = [None] * scenario.workers
        self._client: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.targets: Mapping[str, Callable[[], Sequence[int]]] = {
            "run": self._runs,
            "worker": self._working,
            "worker and run": lambda: [*self._working()[:1], *self._runs()],
            "redis": self._redis.processes,
        }
        self.weights: Mapping[str, int] = {"run": 30, "worker": 22, "worker and run": 6, "redis": 13}

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CHAOS_REDIS": self._redis.url
            if self._peer.client == "rq"
            else f"redis+socket{self._redis.url[4:]}",
            "PYTHONPATH": os.pathsep.join([str(_HERE / "toolbox"), str(_HERE / "peers")]),
            # Celery refuses to work as root without.
            "C_FORCE_ROOT": "1",
            FOLDER: str(self._history.folder),
        }

    def start(self) -> None:
        self._folder.mkdir(parents=True)
        pip = [str(self._bin / "pip"), "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([sys.executable, "-m", "venv", str(self._bin.parent)], check=True)
        subprocess.run([*pip, *self._peer.packages], check=True)
        self._redis.start()
        self._client = subprocess.Popen(
            [self._bin / "python", _HERE / "peers" / "client.py", self._peer.client],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self._environment,
        )
        self.keep_up()

    def keep_up(self) -> None:
        self._redis.keep_up()
        for number, worker in enumerate(self._workers):
            if worker is None or worker.poll() is not None:
                self._workers[number] = self._started(number)

    def _started(self, number: int) -> subprocess.Popen[bytes]:
        program, *arguments = (
            part.format(redis=self._redis.url, number=number) for part in self._peer.worker
        )
        with (self._folder / "workers.log").open("ab") as log:
            return subprocess.Popen(
                [self._bin / program, *arguments],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def submit(self, key: str, tool: str, seconds: float) -> str:
        return str(self._ask({"submit": [key, tool in ONCE, seconds]}))

    def unfinished(self) -> Collection[str]:
        states = self._states(list(self._history.accepted))
        # What is gone for good is waited for by nobody.
        return {name for name, state in states.items() if state not in ("succeeded", "failed", None)}

    def ending(self, run: Accepted) -> Ending:
        return Ending(run, self._states([run.run])[run.run], published=None)

    def _states(self, names: list[str]) -> Mapping[str, str | None]:
        states: Mapping[str, str | None] = self._ask({"states": names})
        return states

    def _ask(self, what: Mapping[str, Any]) -> Any:
        assert self._client is not None
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        with self._lock:
            print(json.dumps(what), file=self._client.stdin, flush=True)
            answer = json.loads(self._client.stdout.readline())
        if isinstance(answer, dict) and "error" in answer:
            raise NotAccepted(answer["error"])
        return answer

    def leftovers(self) -> Sequence[str]:
        known = {child for pid in self._alive() for child in [pid, *children_of(pid)]}
        working = {mark.process for mark in self._history.marks()}
        found = [process.pid for process in marked(FOLDER, str(self._history.folder))]
        return [f"process {pid} of a worker that was killed" for pid in found if pid in working - known]

    def stop(self) -> Sequence[str]:
        for worker in self._workers:
            if worker is not None:
                worker.kill()
                worker.wait()
        if self._client is not None:
            self._client.kill()
            self._client.communicate()
        self._redis.stop()
        time.sleep(0.2)
        for process in marked(FOLDER, str(self._history.folder)):
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        return []

    def _alive(self) -> list[int]:
        return [worker.pid for worker in self._workers if worker is not None and worker.poll() is None]

    def _working(self) -> list[int]:
        """Those that have begun to work at least once, or can."""
        return [pid for pid in self._alive() if self._peer.client in command_of(pid)]

    def _runs(self) -> list[int]:
        working = set(self._history.under_way())
        return [child for pid in self._alive() for child in children_of(pid) if child in working]
