"""One attempt, from the spare that takes it to the last of its processes."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.crashpoints import crashpoint
from ..core.limits import EXCESS, NO_LIMITS
from ..core.params import canonical
from ..core.ports import AttemptSpec, StopRequest
from ..core.presets import secrets_of
from ..core.runs import Progress
from ..core.tools import ToolKind, View
from . import outcomes, process_tree, wire
from .guard import Guard, Over, confine, give_way, go_first, over_log
from .log_reader import LogReader
from .outcomes import End, Evidence
from .progress_reader import PatternReader, ProgressReader
from .workspace import Workspace
from .zygotes import Taken, Zygotes, wait_readable

#: Seconds after which the next spare is forked while a run goes on.
REFILL_AFTER = 0.05
#: Seconds after which it is told that a run has started: most that end sooner have said so before anybody could look.
_TOLD_AFTER = 0.005
#: Seconds that a look at the run's processes waits for the number of a spare that is being forked.
_SHORT_PATIENCE = 0.02
#: Seconds that a stopped run has to put its things in order.
GRACE = 0.3
#: Seconds that helpers of a finished run have to end by themselves.
LEFTOVER_GRACE = 1.0
#: Seconds between two tellings of progress at least.
PROGRESS_INTERVAL = 0.1
_CONTROL_LINE = 1 << 16


class Attempt:
    """Makes one attempt in a spare of its tool's zygote."""

    def __init__(
        self,
        spec: AttemptSpec,
        workspace: Workspace,
        zygotes: Zygotes,
        on_log: Callable[[bytes], None],
        on_progress: Callable[[Progress], None],
        stop: StopRequest,
        on_start: Callable[[], None] = lambda: None,
        interpreter: wire.Message | None = None,
        max_files: int = 10_000,
    ) -> None:
        """``interpreter``: the Python of its own that a script runs in, and how it is built. ``max_files``: kept of it."""
        self._max_files = max_files
        self._on_start = on_start
        self._interpreter = interpreter
        #: What the process said of that Python.
        self.environment: wire.Message | None = None
        self._spec = spec
        self._workspace = workspace
        self._zygotes = zygotes
        self._on_log = on_log
        pattern = spec.tool.entry.program.progress if spec.tool.entry.program is not None else ""
        self._on_progress = on_progress
        self._progress = ProgressTeller(
            self._progressed, PatternReader(pattern) if pattern else ProgressReader()
        )
        self._stop = stop
        self._made_at = time.monotonic()
        #: Whether the workspace holds anything.
        self.began = False
        #: Sentences on what had to be done about the run's processes, for the log.
        self.notes: list[str] = []
        #: Files of the returned value, as the process told them.
        self.results: list[wire.Message] = []

    def make(self) -> End:
        """Blocks until the attempt ended and no process of it is left."""
        for _ in range(3):
            self.began = False
            taken = self._zygotes.take(
                self._spec.tool, self.is_stopped, self._stop.fileno(), plain=bool(self._spec.code)
            )
            if taken is None:
                return outcomes.stopped(self._stop.reason(), self._spec.limits)
            self.began = True
            process = _Process(
                self._spec,
                self._workspace,
                self._zygotes,
                taken,
                self._heard,
                self._progress,
                self._interpreter,
                self._max_files,
            )
            try:
                end = self._make_in(process)
            finally:
                self.notes += process.close()
                self.environment = process.environment
                self._zygotes.release(taken, again=process.parked)
            if end is not None:
                return end
        return outcomes.failed("lost", "Three processes in a row ended before the run could start in them.")

    def _heard(self, data: bytes) -> None:
        # Who is told of a log has to know of its attempt.
        self._tell_start()
        self._on_log(data)

    def _progressed(self, progress: Progress) -> None:
        # A start that is told later would take it back.
        self._tell_start()
        self._on_progress(progress)

    def _tell_start(self) -> None:
        self._on_start()
        self._on_start = lambda: None

    def is_stopped(self) -> bool:
        return wait_readable([self._stop.fileno()], 0)

    def _make_in(self, process: _Process) -> End | None:
        """None where the process was dead before anything of the tool could run in it."""
        process.start()
        refill = time.monotonic() + REFILL_AFTER
        process.watch(self._stop.fileno(), time.monotonic() + _TOLD_AFTER)
        if process.goes_on:
            self._tell_start()
            process.watch(self._stop.fileno(), refill)
        # What has ended by now had no time to use up the memory, and to look takes a while.
        memory_kills = _memory_kills() if process.goes_on else None
        if process.goes_on and not self.is_stopped():
            self._zygotes.have_next(process.zygote, self._spec.tool, learn=False)
            process.set_guard()
            process.watch(self._stop.fileno(), None)
        if process.goes_on:
            seconds = time.monotonic() - self._made_at
            if process.over is None:
                process.ask_to_end(GRACE)
            process.end_everything(0)
            process.read_rest()
            self.results = process.kept
            if process.over is not None:
                return outcomes.over(process.over)
            return outcomes.stopped(self._stop.reason(), self._spec.limits, seconds)
        process.end_everything(LEFTOVER_GRACE)
        process.read_rest()
        if process.over is not None:
            self.results = process.kept
            return outcomes.over(process.over)
        if not process.started:
            return None
        end = outcomes.judge(
            Evidence(
                kind=self._spec.tool.kind,
                exit_codes=_success_codes(self._spec),
                said=process.said,
                exit_status=process.status,
                tail=process.tail,
                out_of_memory=bool(process.status)
                and memory_kills is not None
                and _memory_kills() > memory_kills,
                limits=self._spec.limits,
            )
        )
        # A process that was killed on its way out had returned something, and its run has no result all the same.
        returned = (process.said or {}).get("results", ()) if end is outcomes.SUCCESS else ()
        self.results = [*returned, *process.kept]
        return end


class _Process:
    """The run's own process, with all below it, as the worker sees it."""

    def __init__(
        self,
        spec: AttemptSpec,
        workspace: Workspace,
        zygotes: Zygotes,
        taken: Taken,
        on_log: Callable[[bytes], None],
        progress: ProgressTeller,
        interpreter: wire.Message | None,
        max_files: int,
    ) -> None:
        self._max_files = max_files
        zygote, spare, warmth = taken
        self.zygote = zygote
        self._warm = warmth is not None
        #: Whether it waits for another run instead of ending.
        self.parked = False
        self._must_end = False
        self._zygotes = zygotes
        #: As of ``waitpid``, once it has ended.
        self.status: int | None = None
        #: Whether it took the run; before, nothing of the tool has happened.
        self.started = False
        #: What it said about its end.
        self.said: wire.Message | None = None
        #: Files that are outputs however it ends.
        self.kept: list[wire.Message] = []
        #: The exit code that it was about to end with.
        self._leaving: int | None = None
        self._swept = False
        self._guard: Guard | None = None
        self._printed = 0
        #: The limit that it was ended for.
        self.over: Over | None = None
        self._spec = spec
        self._workspace = workspace
        self._spare = spare
        self._on_log = on_log
        self._progress = progress
        self._interpreter = interpreter
        #: What the process said of the Python that it runs in, where that is one of its own.
        self.environment: wire.Message | None = None
        self._nonce = secrets.token_hex(8)
        self._mailbox = wire.Mailbox()
        self._notes: list[str] = []
        self._neighbours = process_tree.adopted_by(os.getpid())
        log, self._log_end = os.pipe()
        self._log = LogReader(log, self._heard)
        self._control, self._control_end = os.pipe()
        os.set_blocking(self._control, False)
        self._control_rest = b""
        self._silent_since: float | None = None
        self._sources: dict[int, Callable[[], bool]] = {
            zygote.fileno(): self._read_exit,
            spare.channel.fileno(): self._read_messages,
            self._control: self._read_control,
            log: self._log.read,
        }
        if spare.pidfd >= 0:
            self._sources[spare.pidfd] = self._read_end

    @property
    def tail(self) -> bytes:
        return self._log.tail

    @property
    def goes_on(self) -> bool:
        return self.status is None and self.zygote.alive

    def start(self) -> None:
        message = {
            **_start_message(self._spec, self._workspace, self._nonce, self._interpreter),
            "warm": self._warm,
        }
        in_place = self._spec.tool.entry.view is View.IN_PLACE
        if self._warm:
            go_first(self._spare.pid)
        confine(self._spare.pid, self._spec.limits, whole_files=not in_place)
        self._spare.channel.setblocking(True)
        # A spare that is gone already is noticed by its exit.
        with contextlib.suppress(OSError), crashpoint("attempt.start"):
            wire.send(self._spare.channel, message, [self._log_end, self._control_end])
        self._close_far_ends()
        self._spare.channel.setblocking(False)

    def _close_far_ends(self) -> None:
        for end in (self._log_end, self._control_end):
            if end >= 0:
                os.close(end)
        self._log_end = self._control_end = -1

    def set_guard(self) -> None:
        """From now on what it takes is watched: it is none of those that end at once."""
        self._guard = self._new_guard()
        give_way(self._spare.pid, self._processes(1 << 10))

    def _new_guard(self) -> Guard:
        return Guard(self._spec.limits, self._processes, self._workspace.filling(), self._max_files)

    def _processes(self, most: int) -> list[int]:
        """The run's processes, found from child to child; not many more than ``most``."""
        if not process_tree.can_list_children:
            return [self._spare.pid, *self._living()]
        roots = {self._spare.pid} if self.status is None else set()
        if orphans := process_tree.adopted_by(self.zygote.pid) - {self._spare.pid}:
            roots |= orphans - self.zygote.spare_pids(_SHORT_PATIENCE)
        return process_tree.below(roots | self._adopted(), most)

    def _look(self) -> None:
        if self._guard is not None and self.over is None:
            self.over = self._guard.look()

    # -- listening ------------------------------------------------------------------------------------------------

    def watch(self, stop: int | None, until: float | None) -> None:
        """Take in what comes, until the process ended, ``stop`` becomes readable or the time has come."""
        poller = select.poll()
        for descriptor in self._sources:
            poller.register(descriptor, select.POLLIN)
        if stop is not None:
            poller.register(stop, select.POLLIN)
        while self.goes_on and self.over is None and (until is None or time.monotonic() < until):
            events = self._poll(poller, until)
            if any(descriptor == stop for descriptor, _ in events):
                return
            for descriptor, _ in events:
                if not self._sources[descriptor]():
                    poller.unregister(descriptor)
                    del self._sources[descriptor]
            # Others who ask for spares may have taken the news of the exit in.
            self._take_exit()
            self._progress.flush_if_due()
            self._wake_zygote_if_silent()
            self._look()

    def _poll(self, poller: select.poll, until: float | None) -> list[tuple[int, int]]:
        """Events; the log's only when its next batch is due."""
        seconds = self._progress.pause()
        if self._guard is not None:
            seconds = min(seconds, self._guard.pause())
        if until is not None:
            seconds = min(seconds, max(0.0, until - time.monotonic()))
        pause = self._log.pause()
        if not pause or self._log.fileno() not in self._sources:
            return poller.poll(seconds * 1000)
        poller.unregister(self._log.fileno())
        try:
            return poller.poll(min(seconds, pause) * 1000)
        finally:
            poller.register(self._log.fileno(), select.POLLIN)

    def _read_exit(self) -> bool:
        self.zygote.pump()
        self._take_exit()
        return self.zygote.alive

    def _take_exit(self) -> None:
        if self.status is None:
            self.status = self.zygote.exit_status(self._spare.pid)

    def _read_end(self) -> bool:
        self._read_messages()
        self._know_exit()
        return False

    def _is_over(self) -> None:
        """The process has nothing left to do but to be taken apart by the system, which takes its time."""
        if self._left_no_orphans():
            self._know_exit()
            self._swept = True

    def _is_parked(self) -> None:
        if self._must_end:
            return
        if self._left_no_orphans():
            self.parked = self._swept = True
            self.status = 0
        else:
            # No other run comes: it ends as any process whose run left something.
            with contextlib.suppress(OSError):
                self._spare.channel.shutdown(socket.SHUT_WR)

    def _left_no_orphans(self) -> bool:
        # It may have stopped the zygote.
        process_tree.send(signal.SIGCONT, [self.zygote.pid])
        orphans = process_tree.adopted_by(self.zygote.pid) - self.zygote.spare_pids() - {self._spare.pid}
        return process_tree.can_list_children and not orphans

    def _know_exit(self) -> None:
        """By what the process said last its exit is known before the zygote tells."""
        if self._leaving is not None and self.status is None:
            self.status = self._leaving << 8
            self.zygote.forget(self._spare.pid)

    def _read_messages(self) -> bool:
        while True:
            try:
                data = self._spare.channel.recv(1 << 18)
            except BlockingIOError:
                return True
            except OSError:
                data = b""
            if not data:
                self._silent_since = time.monotonic()
                return False
            for message in self._mailbox.feed(data):
                if message.get("nonce") == self._nonce:
                    self._obey(message)

    def _obey(self, message: wire.Message) -> None:
        if "started" in message:
            self.started = True
        elif "refused" in message:
            changed = _moved(self._spec, self._workspace.refuse_overlay(message["refused"]))
            self._spare.channel.setblocking(True)
            with contextlib.suppress(OSError):
                wire.send(self._spare.channel, changed)
            self._spare.channel.setblocking(False)
        elif "parked" in message:
            self._is_parked()
        elif "leave" in message:
            self._leaving = message["leave"]
            if message.get("alone"):
                self._is_over()
        elif "environment" in message:
            self.environment = message["environment"]
        elif "keep" in message:
            self.kept = message["keep"]
        elif "end" in message:
            self.said = message

    def _read_control(self) -> bool:
        while True:
            try:
                data = os.read(self._control, 1 << 16)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self._control_rest = (self._control_rest + data).split(b"\n")
            self._control_rest = self._control_rest[-_CONTROL_LINE:]
            for line in lines:
                self._progress.told(line)

    def _heard(self, data: bytes) -> None:
        self._printed += len(data)
        limit = self._spec.limits.log_limit
        if limit is not None and self._printed > EXCESS * limit and self.over is None:
            self.over = over_log(self._printed, limit)
        self._on_log(data)
        self._progress.shown(data)

    def _wake_zygote_if_silent(self) -> None:
        """A process that has gone without its exit being told may have stopped the zygote."""
        if self._silent_since is not None and time.monotonic() > self._silent_since + 0.5:
            process_tree.send(signal.SIGCONT, [self.zygote.pid])

    def read_rest(self) -> None:
        """Take in what is left, once nobody writes any more."""
        self._read_messages()
        self._read_control()
        self._log.read_rest()
        self._progress.flush()

    # -- ending ---------------------------------------------------------------------------------------------------

    def ask_to_end(self, grace: float) -> None:
        """Give the run's processes a moment to put their things in order."""
        self._must_end = True
        process_tree.send(signal.SIGCONT, [self.zygote.pid])
        processes = self._living()
        process_tree.send(signal.SIGTERM, processes)
        process_tree.send(signal.SIGCONT, processes)
        until = time.monotonic() + grace
        self.watch(None, until)
        while time.monotonic() < until and self._living():
            time.sleep(0.01)

    def end_everything(self, grace: float) -> None:
        """Leave no process of the run."""
        if self._swept or not self._maybe_left():
            self._swept = self._swept or self.status is not None
            return
        until = time.monotonic() + grace
        if self.over is not None:
            self._kill_group()
        elif self._guard is None and self._spec.limits != NO_LIMITS:
            # It began others and ended at once.
            self._guard = self._new_guard()
        while (left := self._living()) and time.monotonic() < until and self.over is None:
            time.sleep(0.005)
            self._look()
        if left and self.over is not None:
            self._kill_group()
        if not left:
            return
        names = _names(left - {self._spare.pid})
        remaining = process_tree.kill_all(self._roots, self._spared)
        if grace and names:
            self._notes.append(f"processes that the run left behind were ended: {names}")
        if remaining:
            self._notes.append(f"processes that could not be ended: {_names(remaining)}")
        self._swept = not remaining
        self._read_exit()

    def _kill_group(self) -> None:
        """All at once that is in the process's own group, as most of a fork bomb is: no copy comes between."""
        # The number of a process that is gone is another's, unless its group lives.
        with contextlib.suppress(OSError):
            if self.status is None or any(os.getpgid(pid) == self._spare.pid for pid in self._processes(64)):
                os.killpg(self._spare.pid, signal.SIGKILL)

    def _maybe_left(self) -> bool:
        """Cheap, and sure only where it says no."""
        if not process_tree.can_list_children:
            with contextlib.suppress(OSError):
                os.killpg(self._spare.pid, signal.SIGKILL)
            return False
        if self._adopted():
            return True
        ended = {self._spare.pid} if self.status is not None else set()
        return bool(process_tree.children_of(self.zygote.pid) - self.zygote.spare_pids() - ended)

    def _living(self) -> set[int]:
        """The run's processes: all below its zygote but the spares, and orphans that came to this process."""
        return process_tree.descendants(self._roots(), self._spared())

    def _roots(self) -> list[int]:
        process_tree.reap(self._adopted())
        return [self.zygote.pid, os.getpid()]

    def _spared(self) -> set[int]:
        return self.zygote.spare_pids() | self._neighbours | self._zygotes.pids() | {self.zygote.pid}

    def _adopted(self) -> set[int]:
        """Orphans of the run that came to this process."""
        children = process_tree.adopted_by(os.getpid()) - self._neighbours - {self.zygote.pid}
        # Asked for after the children: a zygote that was being started meanwhile is known then.
        return children - self._zygotes.pids() if children else children

    def close(self) -> list[str]:
        self._close_far_ends()
        self.end_everything(0)
        os.close(self._log.fileno())
        os.close(self._control)
        return self._notes


class ProgressTeller:
    """Tells progress, not more often than anybody can see; what the tool itself tells goes before what its output shows."""

    def __init__(self, tell: Callable[[Progress], None], reader: ProgressReader | PatternReader) -> None:
        self._tell = tell
        self._reader = reader
        self._reports = False
        self._waiting: Progress | None = None
        self._next = 0.0

    def told(self, line: bytes) -> None:
        """A line of the control channel."""
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
            said = json.loads(line)["progress"]
            total = said["total"]
            progress = Progress(
                done=float(said["done"]),
                total=None if total is None else float(total),
                text=outcomes.clean(str(said["text"]))[:1000],
            )
            self._reports = True
            self._offer(progress)

    def shown(self, data: bytes) -> None:
        """A part of the output."""
        if not self._reports:
            progress = self._reader.feed(data)
            if progress is not None:
                self._offer(progress)

    def _offer(self, progress: Progress) -> None:
        self._waiting = progress
        self.flush_if_due()

    def pause(self) -> float:
        """Seconds until something should be told that waits; one where nothing does."""
        return 1.0 if self._waiting is None else min(1.0, max(0.0, self._next - time.monotonic()))

    def flush_if_due(self) -> None:
        if self._waiting is not None and time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        if self._waiting is not None:
            progress, self._waiting = self._waiting, None
            self._next = time.monotonic() + PROGRESS_INTERVAL
            self._tell(progress)


def _start_message(
    spec: AttemptSpec, workspace: Workspace, nonce: str, interpreter: wire.Message | None
) -> wire.Message:
    entry = spec.tool.entry
    message: dict[str, Any] = {
        "nonce": nonce,
        "kind": spec.tool.kind.value,
        "path": entry.path,
        "original": entry.path,
        "module": entry.module,
        "attribute": entry.attribute,
        "kernel": entry.kernel,
        "declared": list(spec.tool.params_schema.get("properties", ())),
        "secret": secrets_of(spec.tool.params_schema),
        "results": str(spec.directory / "results"),
        "own": _places(spec),
        "environment": {
            **spec.environment,
            "TOOLRUNNER_RUN": spec.run,
            "TOOLRUNNER_ATTEMPT": str(spec.attempt),
        },
        **_values(spec),
        **workspace.start(),
    }
    if interpreter is not None:
        message["interpreter"] = interpreter
    return _moved(spec, message) if "moved" in message else message


def _places(spec: AttemptSpec) -> list[str]:
    """Where the tool's own code is."""
    entry = spec.tool.entry
    places = [entry.root, entry.path and os.path.dirname(entry.path), *entry.files]
    return [place for place in places if place]


def _same(value: Any) -> Any:
    return value


def _values(spec: AttemptSpec, move: Callable[[Any], Any] = _same) -> wire.Message:
    """The params, as this kind of tool takes them; ``move`` makes paths those of a copy."""
    entry = spec.tool.entry
    if spec.tool.kind is ToolKind.FUNCTION:
        return {"argv": [], "params": move(dict(spec.params))}
    if spec.tool.kind is ToolKind.NOTEBOOK:
        return {"argv": [], "params": _chosen(spec, move(dict(spec.params)))}
    argv = entry.command_line.argv(spec.params) if entry.command_line is not None else []
    program = {"program": entry.program.start(spec.params)} if entry.program is not None else {}
    return {"argv": move(argv), "params": None, **program}


def _chosen(spec: AttemptSpec, params: dict[str, Any]) -> dict[str, Any]:
    """Without those that are as the notebook has them: its own code makes what JSON can't say, such as a tuple."""
    declared = spec.tool.params_schema.get("properties", {})
    return {
        name: value
        for name, value in params.items()
        if "default" not in declared.get(name, {})
        or canonical({"": value}) != canonical({"": declared[name]["default"]})
    }


def _moved(spec: AttemptSpec, message: wire.Message) -> wire.Message:
    """Paths of the tool's folder become those of its copy."""
    old, new = message.pop("moved")
    entry = spec.tool.entry

    def move(path: str) -> str:
        real = os.path.realpath(path) if os.path.isabs(path) else path
        return new + real[len(old) :] if real == old or real.startswith(old.rstrip("/") + "/") else path

    def move_all(value: Any) -> Any:
        if isinstance(value, list):
            return [move_all(each) for each in value]
        if isinstance(value, dict):
            return {name: move_all(each) for name, each in value.items()}
        return move(value) if isinstance(value, str) else value

    values = _values(spec, move_all)
    if (program := values.get("program")) is not None:
        given = program["stdin"]
        if given and "file" in given:
            given["file"] = move(given["file"])
        program["path"] = move(program["path"])
    return {
        **message,
        **values,
        "path": move(entry.path) if entry.path else None,
        "own": [*_places(spec), new],
    }


def _success_codes(spec: AttemptSpec) -> tuple[int, ...]:
    program = spec.tool.entry.program
    return (0,) if program is None else program.exit_codes


def _memory_kills() -> int:
    """How often the system killed a process for want of memory since it started."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = Path("/proc/vmstat").read_bytes()
        return int(text.split(b"\noom_kill ", 1)[1].split(b"\n", 1)[0])
    return 0


def _names(pids: set[int]) -> str:
    names = []
    for pid in sorted(pids)[:5]:
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").strip()[:80]
            names.append(f"{command.decode('utf-8', 'replace') or 'process'} ({pid})")
    return ", ".join(names) + (" …" if len(pids) > 5 else "")
