"""The worker's zygotes: started when first needed, renewed when stale, few at a time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..core.crashpoints import crashpoint
from ..core.errors import NotAvailable
from ..core.tools import Tool, ToolKind
from . import process_tree

#: Zygotes of one worker at most.
LIMIT = 4
#: Warm processes of one worker that wait for their next run, at most.
WARM_LIMIT = 4
#: Seconds that a run waits for modules that are imported ahead, before it starts without them.
PATIENCE = 20.0
#: Seconds that warm processes have to put their things in order when their zygote ends.
_LAST_WORDS = 0.5
#: Seconds for a process that imports nothing, on the slowest of machines.
_LAST_PATIENCE = 60.0
_NOTEBOOKS = f"{__package__}.notebook_ahead"
_PROGRAM = str(Path(__file__).with_name("zygote.py"))
_PACKAGES = tuple({sysconfig.get_path(name) for name in ("purelib", "platlib")})

_WARM = (ToolKind.FUNCTION, ToolKind.NOTEBOOK)

Signature = tuple[tuple[str, int, int], ...]


class Warmth(NamedTuple):
    """Which runs a warm process serves: those of one tool, as it and its files were before the first of them."""

    tool: str
    version: str
    attribute: str | None
    signature: Signature


@dataclass(slots=True, eq=False)
class Spare:
    """A process that waits for its run."""

    pid: int
    channel: socket.socket
    #: Becomes readable when the process ends; -1 where the system has no such thing.
    pidfd: int
    #: When it ended its last run, for a warm one.
    parked_at: float = 0.0

    def close(self) -> None:
        self.channel.close()
        if self.pidfd >= 0:
            os.close(self.pidfd)


class Zygote:
    """The worker's end of one zygote."""

    def __init__(self, modules: Iterable[str], held: tuple[int, ...] = ()) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, crashpoint("zygote.spawn"):
            self._process = subprocess.Popen(
                [sys.executable, _PROGRAM, *map(str, (theirs.fileno(), os.getpid(), *held))],
                pass_fds=[theirs.fileno(), *held],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.pid = self._process.pid
        self.alive = True
        self.loaded: set[str] = set()
        self.used_at = time.monotonic()
        #: Whether an attempt runs in one of its processes, and whether it is closed after that.
        self.busy = False
        self.retired = False
        #: Whether runs have waited for it in vain, and its spare has not come yet.
        self.late = False
        self.signatures: dict[str, Signature] = {}
        self._channel = ours
        self._channel.setblocking(False)
        self._generation = 0
        self._spares: list[Spare] = []
        #: Warm processes between two runs.
        self.parked: dict[Warmth, Spare] = {}
        #: Spares that were asked for and have not come.
        self._expected = 0
        self._ask_again_at = 0.0
        self._exits: dict[int, int] = {}
        self._forgotten: set[int] = set()
        self._compiled: dict[str, tuple[str, int, int]] = {}
        self.preload(modules)
        self.refill()

    def fileno(self) -> int:
        return self._channel.fileno()

    def start_use(self) -> None:
        self.used_at = time.monotonic()
        self.busy = True

    def spare_pids(self, patience: float = 0.5) -> set[int]:
        """Those that wait for a run or are as good as gone; a spare that is being forked right now is waited for."""
        deadline = time.monotonic() + patience
        self.pump()
        while self.alive and self._expected and time.monotonic() < deadline:
            wait_readable([self.fileno()], deadline - time.monotonic())
            self.pump()
        return {spare.pid for spare in (*self._spares, *self.parked.values())} | self._forgotten

    def preload(self, modules: Iterable[str]) -> None:
        """Have these modules in the spares from now on."""
        wanted = [name for name in modules if name not in self.loaded]
        if wanted:
            self.loaded.update(wanted)
            self._drop_spares()
            self._expected = 0
            self._generation += 1
            self._send({"preload": wanted})

    def compile_ahead(self, path: str) -> None:
        """Have the code of a script, as its file is now, in the spares that come."""
        signature = _stat(path)
        if self._compiled.get(path) != signature:
            self._compiled[path] = signature
            self._send({"compile": path})

    def refill(self) -> None:
        """Have one spare ready soon."""
        if not self._spares and not self._expected and time.monotonic() >= self._ask_again_at:
            self._expected += 1
            self._send({"fork": True})

    def take(self) -> Spare | None:
        self.pump()
        return self._spares.pop(0) if self._spares else None

    def take_parked(self, warmth: Warmth) -> Spare | None:
        self.pump()
        spare = self.parked.pop(warmth, None) if self.alive else None
        if spare is None or spare.pidfd < 0 or not wait_readable([spare.pidfd], 0):
            return spare
        # It has ended, and its exit is not told yet.
        self.forget(spare.pid)
        spare.close()
        return None

    def end_parked(self, warmth: Warmth) -> None:
        """A warm process whose channel closes ends by itself."""
        spare = self.parked.pop(warmth)
        self.forget(spare.pid)
        spare.close()

    def exit_status(self, pid: int) -> int | None:
        return self._exits.pop(pid, None)

    def forget(self, pid: int) -> None:
        """How this one exited is known already."""
        if self._exits.pop(pid, None) is None:
            self._forgotten.add(pid)

    def pump(self) -> None:
        """Take in what the zygote has said."""
        while self.alive:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._channel, 1 << 16, 1, socket.MSG_CMSG_CLOEXEC)
            except BlockingIOError:
                return
            except OSError:
                data, descriptors = b"", []
            if not data:
                self.alive = False
                return
            self._hear(json.loads(data), descriptors)

    def _hear(self, message: dict[str, Any], descriptors: list[int]) -> None:
        if "exit" in message:
            if message["exit"] in self._forgotten:
                self._forgotten.discard(message["exit"])
                return
            self._exits[message["exit"]] = message["status"]
            for spare in [s for s in self._spares if s.pid == message["exit"]]:
                self._spares.remove(spare)
                spare.close()
            for warmth in [w for w, s in self.parked.items() if s.pid == message["exit"]]:
                self.parked.pop(warmth).close()
            return
        if "failed" in message:
            self._expected = 0
            # Processes or memory are short; not made worse by asking again at once.
            self._ask_again_at = time.monotonic() + 0.1
            return
        channel = socket.socket(fileno=descriptors[0])
        if message["generation"] != self._generation:
            channel.close()
            return
        self._expected = 0
        # Numbers of processes come round: what is known of this one is about another.
        self._exits.pop(message["spare"], None)
        self._forgotten.discard(message["spare"])
        self._spares.append(Spare(message["spare"], channel, _pidfd(message["spare"])))

    def _send(self, message: dict[str, Any]) -> None:
        # A zygote that is gone is noticed by whoever waits for its spare.
        with contextlib.suppress(OSError):
            self._channel.send(json.dumps(message).encode())

    def _drop_spares(self) -> None:
        # A spare whose channel closes ends.
        for spare in self._spares:
            spare.close()
        self._spares.clear()

    def close(self) -> None:
        self._end_all_parked()
        self.alive = False
        # Stopped, so that it neither forks nor ends spares itself while they are ended with it.
        process_tree.send(signal.SIGSTOP, [self.pid])
        spares = process_tree.children_of(self.pid)
        self._process.kill()
        process_tree.send(signal.SIGKILL, spares)
        self._process.wait()
        spares |= {spare.pid for spare in self._spares}
        self._drop_spares()
        self._channel.close()
        for pid in spares:
            # Their zygote gone, they are children of this process.
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)

    def _end_all_parked(self) -> None:
        deadline = time.monotonic() + _LAST_WORDS
        for spare in self.parked.values():
            spare.channel.close()
        for spare in self.parked.values():
            if spare.pidfd >= 0:
                wait_readable([spare.pidfd], deadline - time.monotonic())
            spare.close()
        self.parked.clear()


class Taken(NamedTuple):
    """A process for one attempt."""

    zygote: Zygote
    spare: Spare
    #: What it can be kept for; None where it ends with the attempt.
    warmth: Warmth | None


class Zygotes:
    """Gives spares to runs; a tool's zygote has imported what the tools of its toolbox need."""

    def __init__(self, limit: int = LIMIT, patience: float = PATIENCE, held: tuple[int, ...] = ()) -> None:
        """``held``: files that zygotes keep open."""
        self._held = held
        self._limit = limit
        self._patience = patience
        self._zygotes: dict[str, Zygote] = {}
        self._lock = threading.RLock()
        # The parent-death signal comes when the thread that started a process ends: this one stays.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="zygotes")
        self._bad: set[tuple[str, ...]] = set()

    def prepare(self, tool: Tool) -> None:
        """Have a spare for the tool soon; returns at once."""
        with self._lock:
            self.have_next(self._zygote_of(tool), tool, learn=True)

    def take(
        self, tool: Tool, stopped: Callable[[], bool], stop: int, *, plain: bool = False
    ) -> Taken | None:
        """A process for the tool; None where the attempt was stopped meanwhile. Raises NotAvailable.

        ``plain``: one that has nothing of any toolbox, and that no other run comes into.
        """
        with self._lock:
            own = self._plain() if plain else self._zygote_of(tool)
            warmth = None if plain else _warmth_of(tool, own.signatures[tool.name])
            parked = self._take_parked(warmth) if warmth is not None else None
        if parked is not None:
            return parked
        patience = 0.0 if own.late else self._patience
        for which in ("own", "plain"):
            zygote = own if which == "own" else self._plain()
            spare = self._wait_for_spare(zygote, patience, stop, stopped)
            if spare is not None:
                zygote.late = False
                zygote.start_use()
                return Taken(zygote, spare, warmth)
            if stopped():
                return None
            if zygote.alive:
                # Still importing: runs go without until it is done.
                zygote.late = True
            else:
                # What it imported ended it: its runs get along without.
                self._bad.add(_preload(tool))
                self._discard(zygote)
            patience = _LAST_PATIENCE
        raise NotAvailable(
            "No process could be started for the run.",
            hint="See the log of the worker; the machine may be out of memory.",
        )

    def pids(self) -> set[int]:
        with self._lock:
            return {zygote.pid for zygote in self._zygotes.values()}

    def have_next(self, zygote: Zygote, tool: Tool, *, learn: bool) -> None:
        """Have the next spare; with ``learn``, one that has what this tool imports, which may take the zygote a while."""
        with self._lock:
            zygote.pump()
            if not zygote.alive:
                return
            if learn and zygote is self._zygotes.get(_place_of(tool, zygote.loaded)):
                self._learn(zygote, tool)
            if tool.entry.path is not None and tool.kind is not ToolKind.EXECUTABLE:
                zygote.compile_ahead(tool.entry.path)
            zygote.refill()

    def release(self, taken: Taken, *, again: bool) -> None:
        """The attempt has ended; its process waits for another one, or has ended too."""
        zygote, spare, warmth = taken
        with self._lock:
            zygote.busy = False
            if again and warmth is not None:
                self._park(zygote, spare, warmth)
            else:
                spare.close()
            if zygote.retired:
                zygote.close()

    def close(self) -> None:
        with self._lock:
            for zygote in list(self._zygotes.values()):
                zygote.busy = False
                self._discard(zygote)
        self._starter.shutdown()

    def _park(self, zygote: Zygote, spare: Spare, warmth: Warmth) -> None:
        parked = [
            (each.parked[key].parked_at, each, key) for each in self._zygotes.values() for key in each.parked
        ]
        parked.sort(key=lambda one: one[0])
        for _, each, key in parked[: max(0, len(parked) - WARM_LIMIT + 1)]:
            each.end_parked(key)
        spare.parked_at = time.monotonic()
        zygote.parked[warmth] = spare

    def _take_parked(self, warmth: Warmth) -> Taken | None:
        for zygote in self._zygotes.values():
            stale = [w for w in zygote.parked if w.tool == warmth.tool and w.signature != warmth.signature]
            for each in stale:
                zygote.end_parked(each)
            spare = zygote.take_parked(warmth) if warmth in zygote.parked else None
            if spare is not None:
                zygote.start_use()
                return Taken(zygote, spare, warmth)
        return None

    def _learn(self, zygote: Zygote, tool: Tool) -> None:
        zygote.preload(_preload(tool) if _preload(tool) not in self._bad else ())

    def _zygote_of(self, tool: Tool) -> Zygote:
        modules = _preload(tool) if _preload(tool) not in self._bad else ()
        key = _place_of(tool, modules)
        signature = _signature_of(tool)
        zygote = self._zygotes.get(key)
        if zygote is not None:
            zygote.pump()
            known = zygote.signatures.get(tool.name, signature)
            if not zygote.alive or (key and _is_stale(tool, known, signature)):
                self._discard(zygote)
                zygote = None
        if zygote is None:
            zygote = self._start(key, modules)
        zygote.signatures[tool.name] = signature
        return zygote

    def _plain(self) -> Zygote:
        with self._lock:
            zygote = self._zygotes.get("")
            if zygote is None or not zygote.alive:
                zygote = self._start("", ())
            zygote.refill()
            return zygote

    def _start(self, key: str, modules: Iterable[str]) -> Zygote:
        if len(self._zygotes) >= self._limit:
            self._discard(min(self._zygotes.values(), key=lambda zygote: (zygote.busy, zygote.used_at)))
        zygote = self._starter.submit(Zygote, modules, self._held).result()
        self._zygotes[key] = zygote
        return zygote

    def _discard(self, zygote: Zygote) -> None:
        with self._lock:
            self._zygotes = {key: each for key, each in self._zygotes.items() if each is not zygote}
            zygote.retired = True
            if not zygote.busy:
                zygote.close()

    def _wait_for_spare(
        self, zygote: Zygote, patience: float, stop: int, stopped: Callable[[], bool]
    ) -> Spare | None:
        deadline = time.monotonic() + patience
        while True:
            spare = zygote.take()
            if spare is not None or not zygote.alive or stopped():
                return spare
            zygote.refill()
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            wait_readable([zygote.fileno(), stop], min(remaining, 0.5))


def _pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return -1


def wait_readable(descriptors: Iterable[int], seconds: float) -> bool:
    poller = select.poll()
    for descriptor in descriptors:
        poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(max(0.0, seconds) * 1000))


def _warmth_of(tool: Tool, signature: Signature) -> Warmth | None:
    """Only functions and notebooks can be warm: a script is the whole program of its process."""
    if not tool.policy.warm or tool.kind not in _WARM or not process_tree.can_list_children:
        return None
    return Warmth(tool.name, tool.version, tool.entry.attribute, signature)


def _preload(tool: Tool) -> tuple[str, ...]:
    if tool.kind is ToolKind.NOTEBOOK:
        return (_NOTEBOOKS, *tool.entry.preload)
    runs_here = tool.kind in (ToolKind.FUNCTION, ToolKind.SCRIPT) and tool.entry.interpreter is None
    return tool.entry.preload if runs_here else ()


def _place_of(tool: Tool, modules: Iterable[str]) -> str:
    """Which zygote a tool has: what notebooks need is nothing that the others should meet."""
    if tool.kind is ToolKind.NOTEBOOK:
        return f"{tool.toolbox}\0notebooks"
    return tool.toolbox if modules else ""


def _signature_of(tool: Tool) -> Signature:
    """Changes when the tool's files do, and when a package is installed, upgraded or removed."""
    return tuple(_stat(path) for path in (*tool.entry.files, *_PACKAGES))


def _is_stale(tool: Tool, known: Signature, signature: Signature) -> bool:
    """Whether what a zygote has imported or compiled is another thing now; of a notebook's own files it has nothing."""
    if tool.kind is ToolKind.NOTEBOOK:
        return known[-len(_PACKAGES) :] != signature[-len(_PACKAGES) :]
    return known != signature


def _stat(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (path, 0, 0)
    return (path, status.st_mtime_ns, status.st_size)
