"""A process that has imported a toolbox's heavy modules and forks ahead, so that a run starts at once.

Started by the worker as ``python zygote.py <channel> <worker's pid> [<file to keep open>…]`` and told everything over the
channel, one JSON message per packet:

- ``{"fork": true}`` — have one more spare; answered with ``{"spare": pid, "generation": n}`` and the spare's socket.
- ``{"preload": [names]}`` — import these; spares forked before are of an older generation.
- ``{"compile": path}`` — have the code of a script ready.
- ``{"exit": pid, "status": n}`` comes from here, at once, for every spare that ended.

It never runs a tool's code, has a single thread whenever it forks, and when its worker is gone it kills all that it
has started before it goes too. Standard library alone.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys

# Started by its path: this package is taken from where this file is, and its folder is not where tools look for modules.
sys.path[0] = str(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from jupyter_toolrunner.core.crashpoints import crashpoint  # noqa: E402
from jupyter_toolrunner.runners import child, linux, process_tree, sources, thread_pools  # noqa: E402

# Once only: what looks through the path for packages would find each of them twice.
if (_place := sys.path.pop(0)) not in sys.path:
    sys.path.append(_place)

#: Seconds without a message after which a zygote ends by itself.
IDLE = 900.0


class Zygote:
    def __init__(self, channel: socket.socket, worker: int) -> None:
        self._channel = channel
        self._worker = worker
        self._generation = 0
        #: All that were forked and have not ended, whether they wait or run.
        self._spares: set[int] = set()
        self._fork_failed = False
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)

    def serve(self) -> socket.socket | None:
        """Answer until the worker is gone: None then; in each forked spare, the spare's socket."""
        signal.signal(signal.SIGCHLD, _ignore)
        signal.signal(signal.SIGTERM, _ignore)
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        spare = None
        # A worker that was killed resets the channel before it counts as gone.
        with contextlib.suppress(OSError):
            spare = self._listen()
        if spare is None:
            process_tree.kill_all(lambda: [os.getpid()], set)
        return spare

    def _listen(self) -> socket.socket | None:
        while True:
            ready = self._selector.select(IDLE)
            if os.getppid() != self._worker or (not ready and self._is_idle()):
                return None
            self._report_exits()
            if any(key.fileobj is self._channel for key, _ in ready):
                packet = self._channel.recv(1 << 16)
                if not packet:
                    return None
                spare = self._obey(json.loads(packet))
                if spare is not None:
                    return spare

    def _is_idle(self) -> bool:
        """Whether nothing runs: while one runs, another waits beside it."""
        return len(self._spares) <= 1 and not self._fork_failed

    def _obey(self, message: dict[str, object]) -> socket.socket | None:
        """Do as told; a socket only in a forked spare."""
        if "preload" in message:
            self._preload(message["preload"])
        if "compile" in message:
            sources.compile_ahead(str(message["compile"]))
        return self._fork() if message.get("fork") else None

    def _preload(self, names: object) -> None:
        assert isinstance(names, list)
        self._generation += 1
        # While a module is imported nothing else can notice that the worker died.
        linux.die_with_parent(self._worker, signal.SIGKILL)
        with thread_pools.none_for_good():
            for name in names:
                # A module that cannot be imported is the run's own error, raised where the tool imports it.
                with contextlib.suppress(BaseException):
                    importlib.import_module(name)
        linux.die_with_parent(self._worker, signal.SIGTERM)
        gc.collect()

    def _fork(self) -> socket.socket | None:
        gc.freeze()
        ours, spares = socket.socketpair()
        me = os.getpid()
        try:
            # Behind it stand two processes.
            with crashpoint("run.fork"):
                pid = os.fork()
        except OSError as error:
            self._fork_failed = True
            ours.close()
            spares.close()
            self._channel.send(json.dumps({"failed": str(error)}).encode())
            return None
        if pid == 0:
            self._become_spare(me)
            ours.close()
            return spares
        self._fork_failed = False
        spares.close()
        self._spares.add(pid)
        message = {"spare": pid, "generation": self._generation}
        with contextlib.suppress(OSError):
            socket.send_fds(self._channel, [json.dumps(message).encode()], [ours.fileno()])
        ours.close()
        return None

    def _become_spare(self, parent: int) -> None:
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for end in (self._channel, self._wake_reader, self._wake_writer):
            os.close(end.detach())
        if not linux.die_with_parent(parent, signal.SIGKILL):
            os._exit(1)

    def _report_exits(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_reader.recv(4096)
        with contextlib.suppress(ChildProcessError, OSError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid in self._spares:
                    self._spares.discard(pid)
                    self._channel.send(json.dumps({"exit": pid, "status": status}).encode())


def _ignore(number: int, frame: object) -> None:
    """Only the wake-up counts."""


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    worker = int(sys.argv[2])
    for file in (channel.fileno(), *map(int, sys.argv[3:])):
        os.set_inheritable(file, False)
    if not linux.die_with_parent(worker, signal.SIGTERM):
        return
    linux.adopt_orphans()
    # Collections while modules are imported find nothing and take a tenth of the time.
    gc.disable()
    child.prepare_zygote()
    spare = Zygote(channel, worker).serve()
    if spare is not None:
        child.run(spare)


if __name__ == "__main__":
    main()
