"""What machines share that share no disk: a database, a queue and a store of artifacts, each by its address."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from redis import Redis
from redis.exceptions import RedisError
from serving import Server, free_port
from sqlalchemy import create_engine, text

from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.queue.supervisor import valkey_binary


@dataclass(frozen=True, slots=True)
class Addresses:
    database: str
    redis: str
    artifacts: str

    def variables(self) -> dict[str, str]:
        return {
            "TOOLRUNNER_DATABASE_URL": self.database,
            "TOOLRUNNER_REDIS_URL": self.redis,
            "TOOLRUNNER_ARTIFACTS_URL": self.artifacts,
        }


@contextlib.contextmanager
def redis_server(folder: Path, host: str = "127.0.0.1") -> Iterator[str]:
    """Address of Debian's Redis, or of the Valkey that comes along; without a number of a database at its end."""
    port = free_port()
    binary = shutil.which("redis-server") or str(valkey_binary())
    options = {
        "port": str(port),
        "bind": host,
        "protected-mode": "no",
        "dir": str(folder),
        "save": "",
        "databases": "500",
    }
    command = [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while not _answers(host, port):
            assert process.poll() is None, (folder / "redis.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"redis://{host}:{port}"
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def s3_server(folder: Path, host: str = "127.0.0.1", prefix: Sequence[str] = ()) -> Iterator[str]:
    """Address of a server that speaks S3."""
    port = free_port()
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "moto.server", "-H", host, "-p", str(port)],
            stdout=log,
            stderr=log,
        )
    url = f"http://{host}:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _is_s3(url):
            assert process.poll() is None, (folder / "s3.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


def new_bucket(server: str) -> str:
    """URL of a place of its own in a bucket."""
    bucket = f"test-{uuid.uuid4().hex}"
    httpx.put(f"{server}/{bucket}", headers=_SIGNED).raise_for_status()
    return f"s3://key:secret@{bucket}/toolrunner?endpoint_url={server}&region=us-east-1"


#: Makes a request one to S3; what stands behind is not looked at.
_SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=key/20300101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
}


def _is_s3(url: str) -> bool:
    try:
        return httpx.get(url, headers=_SIGNED).status_code == 200
    except httpx.TransportError:
        return False


def _answers(host: str, port: int) -> bool:
    try:
        with Redis(host=host, port=port) as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False


def new_database(server: str) -> str:
    """An empty one in a PostgreSQL server."""
    name = f"t{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = engine.url.set(database=name).render_as_string(hide_password=False)
    engine.dispose()
    return url


class Workers:
    """`jupyter toolrunner worker` as on another machine: its own data and toolboxes, and three addresses."""

    def __init__(
        self,
        folder: Path,
        addresses: Addresses,
        toolboxes: Sequence[Path],
        *,
        count: int = 1,
        prefix: Sequence[str] = (),
        **variables: str,
    ) -> None:
        """``prefix``: words before the command, such as those that run it in a network of its own."""
        self.folder = folder
        self.data_dir = folder / "data"
        self.data_dir.mkdir(parents=True)
        self._command = [
            *prefix,
            *(str(Path(sys.executable).with_name("jupyter")), "toolrunner", "worker", "--count", str(count)),
        ]
        self._variables = {
            "TOOLRUNNER_DATA_DIR": str(self.data_dir),
            "TOOLRUNNER_TOOLBOXES": os.pathsep.join(map(str, toolboxes)),
            **addresses.variables(),
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Workers:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def kill(self) -> None:
        """As a power button would: the command, and by it all that it started."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGTERM):
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
                return
        self.kill()


@contextlib.contextmanager
def working(*options: Any, **named: Any) -> Iterator[Workers]:
    workers = Workers(*options, **named)
    try:
        yield workers.start()
    finally:
        workers.stop()


def is_attempted_by(server: Server, run: Mapping[str, Any], workers: Workers) -> bool:
    """Whether the run's attempt is one of these workers."""
    worker = server.run(run["id"])["worker"]
    # Elsewhere than below the data where that path is too long for a socket.
    folder = Settings(data_dir=workers.data_dir).services_dir / "workers"
    return bool(worker) and (folder / worker.replace("/", "_")).exists()
