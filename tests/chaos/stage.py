"""The life of a run without Jupyter: clients and workers that die where they are told to, and are started again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checker import Finding, check
from .fleet import Ending
from .history import Accepted, History
from .roles import ENDINGS
from .services import command_of, marked
from .toolbox.witness import FOLDER, content_of

_BOX = Path(__file__).parent / "toolbox"
_COUNT = """\
import argparse, pathlib
from witness import content_of, work
argparse.ArgumentParser().parse_args()
pathlib.Path(__file__).with_name("count.bin").write_bytes(content_of("count"))
work("count", 0.0)
"""
_SECONDS = 60.0


class Forge:
    """Starts roles in processes that have imported everything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended: dict[int, int] = {}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forge.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def start(self, role: str, environment: Mapping[str, str], log: Path) -> int:
        with self._lock:
            pid = int(self._ask({"play": role, "environment": dict(environment), "log": str(log)}))
            self._ended.pop(pid, None)
            return pid

    def status(self, pid: int) -> int | None:
        """As of ``waitpid``; None while it lives."""
        with self._lock:
            self._ended.update({int(ended): int(status) for ended, status in self._ask({"ended": True})})
            return self._ended.get(pid)

    def _ask(self, what: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(what), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass
class Stage:
    """One life, in folders and a database of its own."""

    forge: Forge
    folder: Path
    template: Path | None
    redis_url: str
    database_url: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.history = History(self.folder / "history")
        self.history.prepare()
        if self.template is not None:
            shutil.copytree(self.template, self.data_dir)
        else:
            self.data_dir.mkdir()
        states = self.folder / "states"
        states.mkdir()
        shutil.copy(_BOX / "witness.py", states)
        (states / "count.py").write_text(_COUNT)
        (states / "toolbox.yaml").write_text(
            "{ignore: [witness.py], tools: {count: {view: publish, delivery: transactional, max_attempts: 9}}}"
        )
        self.environment = {
            "TOOLRUNNER_DATA_DIR": str(self.data_dir),
            "TOOLRUNNER_DATABASE_URL": self.database_url,
            "TOOLRUNNER_REDIS_URL": self.redis_url,
            "TOOLRUNNER_TOOLBOXES": str(_BOX),
            "TOOLRUNNER_WORKERS": "1",
            "TOOLRUNNER_LEASE_SECONDS": "0.6",
            FOLDER: str(self.history.folder),
            ENDINGS: str(self.folder / "endings.json"),
        }

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def play(self, story: str, *, services: bool, **variables: str) -> dict[str, Any]:
        """Until the client has told its story; what became of its runs."""
        environment = {**self.environment, **variables}
        if story == "put back":
            environment["TOOLRUNNER_TOOLBOXES"] = str(self.folder / "states")
        roles = [story] if services else ["worker", story]
        living = {role: self.forge.start(role, environment, self.log) for role in roles}
        deadline = time.monotonic() + _SECONDS
        try:
            while not self._is_over(living, story, environment):
                assert time.monotonic() < deadline, f"the story does not end: {self.words()}"
                time.sleep(0.02)
        finally:
            self._end(living)
        ended: dict[str, Any] = json.loads((self.folder / "endings.json").read_text())
        return ended

    def _is_over(self, living: dict[str, int], story: str, environment: Mapping[str, str]) -> bool:
        for role, pid in living.items():
            status = self.forge.status(pid)
            if status is None:
                continue
            if role == story and status == 0:
                del living[role]
                return True
            assert os.WIFSIGNALED(status), f"{role} ended with {status}: {self.words()}"
            living[role] = self.forge.start(role, environment, self.log)
        return False

    def _end(self, living: Mapping[str, int]) -> None:
        for pid in living.values():
            # It may be gone by itself.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        for pid in living.values():
            while self.forge.status(pid) is None:
                if time.monotonic() > deadline:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.01)

    def words(self) -> str:
        services = self.data_dir / "services" / "services.log"
        texts = [path.read_text(errors="replace")[-3000:] for path in (self.log, services) if path.exists()]
        return "\n".join(texts)

    def findings(self, ended: Mapping[str, Mapping[str, Any]]) -> Sequence[Finding]:
        """What must hold after any death."""
        endings = [_ending(tool, told) for tool, told in ended.items()]
        found = check(self.history, endings, ())
        found += [
            Finding("stuck", f"{one.run.tool} is {one.status}")
            for one in endings
            if one.status not in ("succeeded", "failed", "canceled")
        ]
        if "count" in ended and self._state() != content_of("count"):
            found.append(Finding("lost", "what was put back is not whole"))
        return [*found, *(Finding("left", text) for text in self._left())]

    def _state(self) -> bytes:
        return (self.folder / "states" / "count.bin").read_bytes()

    def _left(self) -> Collection[str]:
        deadline = time.monotonic() + 5
        while (processes := marked(FOLDER, str(self.history.folder))) and time.monotonic() < deadline:
            time.sleep(0.02)
        left = [f"process {process.pid}: {command_of(process.pid)}" for process in processes]
        for process in processes:
            process.kill()
        if self._files():
            # The last worker may have been stopped before it looked: the next one removes what is left.
            self._work_once_more()
        return left + self._files()

    def _work_once_more(self) -> None:
        pid = self.forge.start("worker", self.environment, self.log)
        deadline = time.monotonic() + 10
        # Its own folder is there as soon as it works, and soon it is alone; asked to end before it listens it leaves that.
        while (self._is_left_to(pid) or not _ends_in_order(pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
        self._end({"worker": pid})

    def _is_left_to(self, worker: int) -> bool:
        """Whether there is something that the worker may still remove."""
        own = [f":{worker}:" in name for name in self._files()]
        return not own or not all(own)

    def _files(self) -> list[str]:
        folders = [
            self.data_dir / "scratch",
            self.data_dir / "artifacts" / "incoming",
            self.folder / "states",
        ]
        known = {"count.py", "count.bin", "toolbox.yaml", "witness.py"}
        return [
            str((Path(place) / name).relative_to(self.folder))
            for folder in folders
            # It passes over what somebody removes meanwhile.
            for place, below, files in os.walk(folder)
            for name in (*below, *files)
            if name not in known and "__pycache__" not in (*Path(place).parts, name)
        ]


def _ends_in_order(pid: int) -> bool:
    """Whether a process does something about SIGTERM, or is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def _ending(tool: str, told: Mapping[str, Any]) -> Ending:
    return Ending(
        Accepted(tool, told["id"], tool),
        told["status"],
        told["attempts"],
        published={name: bytes.fromhex(content) for name, content in told["published"].items()},
        logs={int(number): text for number, text in told["logs"].items()},
    )
