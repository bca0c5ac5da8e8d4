"""Machines as network namespaces with a name of their own, on one bridge; and what happens to their cables."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path


def refusal() -> str | None:
    """Why there can be none here."""
    if os.getuid() != 0:
        return "only root makes network namespaces"
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        return "ip (iproute2) and unshare (util-linux) are not installed"
    probe = f"trn{os.getpid()}p"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if made.returncode:
        return f"network namespaces are refused here: {made.stderr.strip()}"
    _ip("netns", "del", probe)
    return None


class Network:
    """A bridge, on which this process is as well."""

    def __init__(self) -> None:
        self._mark = f"trn{os.getpid()}"
        # A range that is kept for such tests; another process has another part of it.
        part = os.getpid() % 65_000
        self._prefix = f"198.{18 + part % 2}.{part // 256 % 256}"
        self.address = f"{self._prefix}.1"
        self._machines: list[Machine] = []
        _ip("link", "add", self._mark, "type", "bridge")
        _ip("addr", "add", f"{self.address}/24", "dev", self._mark)
        _ip("link", "set", self._mark, "up")

    def machine(self, name: str) -> Machine:
        machine = Machine(name, self._mark, f"{self._prefix}.{len(self._machines) + 2}", len(self._machines))
        self._machines.append(machine)
        return machine

    def close(self) -> None:
        for machine in self._machines:
            machine.close()
        _ip("link", "del", self._mark)


class Machine:
    def __init__(self, name: str, bridge: str, address: str, number: int) -> None:
        self._namespace = f"{bridge}-{name}"
        self._cable, inside = f"{bridge}o{number}", f"{bridge}i{number}"
        _ip("netns", "add", self._namespace)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", inside)
        _ip("link", "set", self._cable, "master", bridge, "up")
        _ip("link", "set", inside, "netns", self._namespace)
        for words in (("link", "set", "lo", "up"), ("link", "set", inside, "up")):
            _ip("-n", self._namespace, *words)
        _ip("-n", self._namespace, "addr", "add", f"{address}/24", "dev", inside)
        #: Words before a command that is to run there.
        self.prefix: Sequence[str] = (
            *("ip", "netns", "exec", self._namespace, "unshare", "--uts"),
            *("sh", "-c", f'hostname {name} && exec "$@"', "sh"),
        )

    def cut_off(self) -> None:
        _ip("link", "set", self._cable, "down")

    def connect(self) -> None:
        _ip("link", "set", self._cable, "up")

    def close(self) -> None:
        _ip("link", "del", self._cable)
        _ip("netns", "del", self._namespace)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stderr)


@contextlib.contextmanager
def network() -> Iterator[Network]:
    made = Network()
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def forwarded(address: str, target: Path | tuple[str, int], delay: float = 0.0) -> Iterator[int]:
    """A port at which another server is reached: one on a unix socket, or a slow one, each way takes so many seconds."""
    forwarder = Forwarder(address, target, delay)
    try:
        yield forwarder.port
    finally:
        forwarder.close()


class Forwarder:
    def __init__(self, address: str, target: Path | tuple[str, int], delay: float) -> None:
        self._listener = socket.create_server((address, 0))
        self.port = int(self._listener.getsockname()[1])
        self._target = target
        self._delay = delay
        self._ends: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here = self._listener.accept()[0]
                there = socket.socket(socket.AF_UNIX if isinstance(self._target, Path) else socket.AF_INET)
                self._ends.extend((here, there))
                there.connect(str(self._target) if isinstance(self._target, Path) else self._target)
                for source, sink in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        threading.Thread(target=_deliver, args=(waiting, sink), daemon=True).start()
        data = b"?"
        while data:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            waiting.put((time.monotonic() + self._delay, data))


def _deliver(waiting: queue.SimpleQueue[tuple[float, bytes]], sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, data = waiting.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                sink.shutdown(socket.SHUT_RDWR)
                return
            sink.sendall(data)
