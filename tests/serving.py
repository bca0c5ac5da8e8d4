"""A real server with its services, in folders of its own, and what tests ask it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from jupyter_toolrunner.core.settings import Settings

TOKEN = "the-token-of-the-tests"


class Server:
    """`jupyter server` (or `lab`) with the extension, as a person would start it."""

    def __init__(
        self,
        folder: Path,
        *,
        toolboxes: tuple[Path, ...] = (),
        app: str = "server",
        base_url: str = "/",
        within: tuple[str, ...] = (),
        **variables: str,
    ) -> None:
        """``within``: the command that starts the command, as one that makes a namespace."""
        self.folder = folder
        self.data_dir = folder / "data"
        self.root = folder / "root"
        self.root.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{base_url}"
        self._base_url = base_url
        self.toolboxes = os.pathsep.join(str(box) for box in toolboxes)
        self._app = app
        self._within = within
        self._variables = {
            "TOOLRUNNER_DATA_DIR": str(self.data_dir),
            "TOOLRUNNER_TOOLBOXES": self.toolboxes,
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(
            base_url=f"{self.url}toolrunner/api/", headers={"Authorization": f"token {TOKEN}"}, timeout=60
        )

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self, *, until_open: bool = True) -> Server:
        """Until tools are known and runs accepted; else until Jupyter answers."""
        log = (self.folder / "server.log").open("ab")
        command = [str(Path(sys.executable).with_name("jupyter")), self._app, "--no-browser", "--allow-root"]
        settings = [
            f"--port={self.port}",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.root}",
            f"--ServerApp.base_url={self._base_url}",
            "--ServerApp.port_retries=0",
        ]
        self.process = subprocess.Popen(
            [*self._within, *command, *settings],
            env={**os.environ, **self._variables},
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        ready = self.is_up if until_open else self.is_there
        self.eventually(ready, f"the server is not up: {self.log()[-2000:]}", seconds=60)
        return self

    def is_up(self) -> bool:
        return self._answers("health")

    def is_there(self) -> bool:
        return self._answers(f"{self.url}api/status")

    def _answers(self, path: str) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended: {self.log()[-3000:]}"
        try:
            return self.http.get(path).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """As a power button would, but for this process alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        try:
            self._stop()
        finally:
            # It lies elsewhere where the test's own folder has a long path.
            if not self.services_dir.is_relative_to(self.data_dir):
                shutil.rmtree(self.services_dir, ignore_errors=True)

    def _stop(self) -> None:
        self.http.close()
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop: {self.log()[-3000:]}") from None

    @property
    def services_dir(self) -> Path:
        """Elsewhere than below the data where that path is too long for a socket."""
        return Settings(data_dir=self.data_dir).services_dir

    def log(self) -> str:
        services = self.services_dir / "services.log"
        texts = [
            path.read_text(errors="replace")
            for path in (self.folder / "server.log", services)
            if path.exists()
        ]
        return "\n".join(texts)

    # -- asking -------------------------------------------------------------------------------------------------

    def submit(self, tool: str, **params: Any) -> dict[str, Any]:
        answer = self.http.post("runs", json={"tool": tool, "params": params})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def run(self, run: str | int) -> dict[str, Any]:
        return dict(self.http.get(f"runs/{run}").raise_for_status().json())

    def wait(self, run: str | int, seconds: float = 60) -> dict[str, Any]:
        """The run when it is final."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = dict(self.http.get(f"runs/{run}", params={"wait": 5}).raise_for_status().json())
            if found["finished_at"] is not None:
                return found
        raise AssertionError(f"run {run} did not end: {self.run(run)}\n{self.log()[-2000:]}")

    def done(self, tool: str, **params: Any) -> dict[str, Any]:
        """Submit and wait; the run must succeed."""
        run = self.wait(self.submit(tool, **params)["id"])
        assert run["status"] == "succeeded", (run["error"], self.log_of(run["id"]))
        return run

    def result(self, run: dict[str, Any]) -> Any:
        return json.loads(self.content(run, "result.json"))

    def content(self, run: dict[str, Any], name: str) -> bytes:
        artifact = next(one for one in run["artifacts"] if one["name"] == name)
        return self.http.get(f"artifacts/{artifact['id']}").raise_for_status().content

    def log_of(self, run: str) -> str:
        return self.http.get(f"runs/{run}/log").text

    def eventually(self, happens: Callable[[], Any], message: str = "", seconds: float = 30) -> Any:
        """The first true answer of ``happens``."""
        deadline = time.monotonic() + seconds
        while not (answer := happens()):
            assert time.monotonic() < deadline, message or self.log()[-2000:]
            time.sleep(0.02)
        return answer

    def processes(self, marker: str) -> list[psutil.Process]:
        """Every process of the machine with this in its command line."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if any(marker in part for part in process.cmdline()):
                    found.append(process)
        return found

    def services(self) -> list[psutil.Process]:
        """The processes that work for this data directory."""
        name, value = "TOOLRUNNER_SERVICES", str(self.services_dir)
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found


def free_port() -> int:
    """Tests that run side by side never pick the same one: each of their processes has every second pair of ports."""
    mine = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw1"
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if bool(port & 2) == mine:
            return port


@contextlib.contextmanager
def serving(folder: Path, **options: Any) -> Iterator[Server]:
    server = Server(folder, **options)
    try:
        yield server.start()
    finally:
        server.stop()
