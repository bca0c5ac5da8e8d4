"""The run's own process: from the spare that waits to the last flush before its end. Standard library alone."""

from __future__ import annotations

# `signal` without its enums, which cost a process that has just been forked half a millisecond.
import _signal  # type: ignore[import-not-found]
import contextlib
import faulthandler
import gc
import io
import itertools
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

from ..core.crashpoints import crashpoint
from ..core.secrets import NOT_FOR_TOOLS
from . import earlier, ending, failure, linux, open_files, parking, sources, thread_pools, wire
from .parking import Parking

#: Where the control channel is in every run: high enough that no program meets it by counting.
CONTROL_DESCRIPTOR = 240
#: Runs go before servers and workers when memory ends.
_OOM_SCORE = b"600"
_REHEARSAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rehearsal", "nothing.py")
_ALL_SIGNALS = frozenset(map(int, signal.valid_signals()))
#: The module that was loaded last before the run's own.
_last_loaded = ""


def prepare_zygote() -> None:
    """Have in the zygote what every run needs, before anything of a tool is imported there.

    Modules keep the streams and read the environment that they meet when they are imported.
    """
    # What scripts import more than anything else of the standard library: several milliseconds each.
    import argparse  # noqa: F401
    import csv  # noqa: F401
    import logging  # noqa: F401

    from .. import authoring  # noqa: F401 - what every declared tool imports
    from . import codec, function_run, script_run  # noqa: F401

    sources.compile_ahead(_REHEARSAL)
    _prepare_environment()
    _make_streams()


def run(channel: socket.socket) -> NoReturn:
    """Wait for the word to start, make the run, and end; a warm process makes one after the other."""
    me = os.getpid()
    _get_ready()
    try:
        spec, descriptors = wire.receive(channel, descriptors=2)
    except (wire.Closed, OSError):
        os._exit(0)
    between = Parking(CONTROL_DESCRIPTOR) if spec["warm"] else None
    said: wire.Message = {}

    def tell(message: wire.Message) -> None:
        nonlocal said
        said = message
        # A copy of this process (os.fork in a tool) must not speak for the run.
        if os.getpid() == me:
            with contextlib.suppress(OSError):
                wire.send(channel, {**message, "nonce": spec["nonce"]})

    code, goes_on = 1, False
    try:
        while True:
            code, goes_on = 1, False
            code = _attempt(channel, spec, descriptors, tell)
            returned = said.get("end") == "returned" and os.getpid() == me
            if between is None or not returned or not _park(between, spec):
                break
            goes_on = True
            tell({"parked": True})
            between.restore()
            spec, descriptors = _next_run(channel)
            if not _can_make(spec):
                raise wire.Closed
    except wire.Closed:
        # A tool that hangs in what it does at its end does not keep the process.
        faulthandler.dump_traceback_later(parking.LAST_WORDS, exit=True)
    finally:
        frozen = between is not None and between.frozen
        _leave(0 if goes_on else code, spec["own"], tell, channel, frozen=frozen)


def _park(between: Parking, spec: wire.Message) -> bool:
    """Whether this process can serve another run."""
    if spec["kind"] != "notebook":
        return between.enter()
    from .notebook_run import park

    kernel = park()
    if kernel is None:
        return False
    os.chdir("/")
    linux.leave_private_view()
    return between.enter(kernel)


def _can_make(spec: wire.Message) -> bool:
    """Whether what was kept for the run is still there; where not, it is made in another process."""
    if spec["kind"] != "notebook":
        return True
    from .notebook_run import is_ready

    return is_ready()


def _next_run(channel: socket.socket) -> tuple[wire.Message, list[int]]:
    """Raises Closed where none comes any more."""
    channel.settimeout(parking.IDLE)
    try:
        return wire.receive(channel, descriptors=2)
    except OSError as error:
        raise wire.Closed from error
    finally:
        channel.settimeout(None)


def _get_ready() -> None:
    """All that can be done before anything is known of the run."""
    os.setsid()
    for number in (_signal.SIGTERM, _signal.SIGCHLD):
        _signal.signal(number, _signal.SIG_DFL)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
    with contextlib.suppress(OSError):
        file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(file, _OOM_SCORE)
        os.close(file)
    # What a run forks or spawns must not find the zygote's own program there.
    sys.modules["__main__"] = ModuleType("__main__")
    _seed_anew()
    _rehearse()
    gc.enable()


def _rehearse() -> None:
    """Walk the way of a run once: the pages that it writes are copied now and not when the run has started."""
    global _last_loaded  # noqa: PLW0603 - told once, before the first run
    from . import function_run

    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, _rehearsed_spec(), [0, 1])
        spec, descriptors = wire.receive(theirs, descriptors=2)
        os.environ.update(spec["environment"])
        _last_loaded = next(reversed(sys.modules))
        function_run.run_function(spec, lambda message: wire.send(theirs, {**message, "nonce": None}))
    for descriptor in descriptors:
        os.close(descriptor)
    # Asked for before they are emptied: then none says any more where it is from.
    own = _own_modules(spec["own"])
    ending.drop_objects(["__main__", *own])
    open_files.flush()
    for name in own:
        del sys.modules[name]
    sys.path.remove(spec["own"][0])
    _last_loaded = next(reversed(sys.modules))
    # When the run's own objects are looked through, these need not be.
    gc.freeze()


def _rehearsed_spec() -> wire.Message:
    folder = os.path.dirname(_REHEARSAL)
    return {
        "nonce": None,
        "path": _REHEARSAL,
        "attribute": "nothing",
        "params": {"n": 1},
        "results": folder,
        "cwd": folder,
        "own": [folder],
        "warm": False,
        "environment": {"TOOLRUNNER_RUN": "", "TOOLRUNNER_ATTEMPT": ""},
    }


def _seed_anew() -> None:
    """Python's own generator sees to that itself."""
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _attempt(
    channel: socket.socket, spec: wire.Message, descriptors: list[int], tell: Callable[[wire.Message], None]
) -> int:
    with crashpoint("run.begin"):
        tell({"started": True})
    _connect(*descriptors)
    _set_environment(spec["environment"])
    if spec.get("interpreter"):
        return _attempt_apart(channel, spec, tell)
    entered = _enter_view(channel, spec, tell)
    if entered is None:
        return 1
    spec = entered
    thread_pools.set_as_asked(spec["environment"])
    os.chdir(spec["cwd"])
    if spec["kind"] == "executable":
        from .program_run import run_program

        return run_program(spec, tell)
    if spec["kind"] == "notebook":
        from .notebook_run import run_notebook

        return run_notebook({**spec, "channel": channel.fileno()}, tell)
    if spec["kind"] == "script":
        from .script_run import run_script

        return run_script(spec, tell)
    from .function_run import run_function

    return run_function(spec, tell)


def _attempt_apart(channel: socket.socket, spec: wire.Message, tell: Callable[[wire.Message], None]) -> int:
    """In another Python: its environment is built before the view hides where it is kept."""
    from . import interpreters

    if not interpreters.prepare(spec["interpreter"], tell):
        return 1
    if spec["interpreter"]["only_builds"]:
        return 0
    entered = _enter_view(channel, spec, tell)
    if entered is None:
        return 1
    spec = entered
    os.chdir(spec["cwd"])
    return interpreters.become(spec, channel.fileno(), tell)


def _connect(log: int, control: int) -> None:
    """Output goes to the log; the control channel gets its place."""
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(control, CONTROL_DESCRIPTOR)
    os.close(log)
    os.close(control)


def _make_streams() -> None:
    """Standard output and error as in a terminal, line by line; they write to whatever is behind 1 and 2 then."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        raw = io.FileIO(number, "wb", closefd=False)
        raw.name = f"<{name}>"
        _know_no_place(raw)
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        stream.mode = "w"  # type: ignore[misc]
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    faulthandler.enable(2)


def _know_no_place(raw: io.FileIO) -> None:
    """A file remembers whether it has places to go to: the log, a pipe, has none, while what is there now may have."""
    reader, writer = os.pipe()
    now = os.dup(raw.fileno())
    os.dup2(writer, raw.fileno())
    assert not raw.seekable()
    os.dup2(now, raw.fileno())
    for descriptor in (reader, writer, now):
        os.close(descriptor)


def _set_environment(added: dict[str, str]) -> None:
    inode = os.fstat(CONTROL_DESCRIPTOR).st_ino
    os.environ["TOOLRUNNER_CONTROL"] = f"{CONTROL_DESCRIPTOR}:{inode}"
    os.environ.update(added)


def _prepare_environment() -> None:
    for name in NOT_FOR_TOOLS:
        os.environ.pop(name, None)
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ["PYTHONIOENCODING"] = "utf-8:backslashreplace"
    # There is no screen, and no notebook either, whatever the server was started from.
    if os.environ.get("MPLBACKEND", "module://").startswith("module://"):
        os.environ["MPLBACKEND"] = "Agg"


def _enter_view(
    channel: socket.socket, spec: wire.Message, tell: Callable[[wire.Message], None]
) -> wire.Message | None:
    """See the script's folder as the run's own; where the system refuses, the worker answers with another way.

    None where files of an earlier version cannot be put in their places; that is told.
    """
    overlay = spec.get("overlay")
    if overlay is not None:
        try:
            linux.mount_private_view(overlay["root"], overlay["changes"], overlay["scratch"])
        except OSError as error:
            wire.send(channel, {"refused": str(error), "nonce": spec["nonce"]})
            changed, _ = wire.receive(channel)
            spec = {**spec, **changed}
    if spec.get("covers"):
        try:
            linux.cover(spec["covers"])
        except OSError as error:
            tell({"end": "error", "error": earlier.refused(str(error))})
            return None
    return spec


def _leave(
    code: int,
    own: list[str],
    tell: Callable[[wire.Message], None],
    channel: socket.socket,
    *,
    frozen: bool,
) -> NoReturn:
    """End as Python ends, without taking apart what the zygote had imported: that alone would cost tens of milliseconds."""
    try:
        ending.finish_threads()
        ending.run_exit_functions()
        open_files.flush()
        if frozen:
            gc.unfreeze()
        ending.drop_objects(["__main__", *_own_modules(own)], old=frozen)
        open_files.flush()
    except BaseException as error:
        failure.show(error)
    finally:
        with crashpoint("run.leave"):
            tell({"leave": code, "alone": _is_alone(channel.fileno())})
        os._exit(code)


def _is_alone(channel: int) -> bool:
    """Whether the run is over with this thread, which does nothing more: then nobody need wait until the system has
    taken the process apart, and what it holds (locks, ports) is let go of at once."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _ALL_SIGNALS)
    try:
        # A folder has a link for each folder in it, and there is one of those for each thread.
        if os.stat("/proc/self/task").st_nlink != 3:
            return False
        os.waitpid(-1, os.WNOHANG | linux.WALL)
    except ChildProcessError:
        os.closerange(3, channel)
        os.closerange(channel + 1, CONTROL_DESCRIPTOR + 1)
        return True
    except OSError:
        pass
    return False


def _own_modules(own: list[str]) -> list[str]:
    """Names, in the order of loading. To look at all that the zygote has loaded would copy a page for most of it."""
    loaded = list(itertools.takewhile(lambda name: name != _last_loaded, reversed(sys.modules)))
    return [
        name
        for name in reversed(loaded)
        if isinstance(file := getattr(sys.modules[name], "__file__", None), str) and failure.is_own(file, own)
    ]
