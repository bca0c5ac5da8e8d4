"""The run's own process: from the spare that waits to the last flush before its end. Standard library alone."""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import gc
import io
import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from ..core.secrets import NOT_FOR_TOOLS
from . import failure, thread_pools, wire

#: Where the control channel is in every run: high enough that no program meets it by counting.
CONTROL_DESCRIPTOR = 240
#: Runs go before servers and workers when memory ends.
_OOM_SCORE = "600"
_REHEARSAL = compile("def rehearse(n: int = 0) -> int:\n    return n\n", "rehearsal", "exec")
#: Modules that are not the run's.
_loaded_before: dict[str, ModuleType] = {}
#: Text before the bytes that it becomes.
_WRITERS = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


def prepare_zygote() -> None:
    """Have in the zygote what every run needs, before anything of a tool is imported there.

    Modules keep the streams and read the environment that they meet when they are imported.
    """
    from .. import authoring  # noqa: F401 - what every declared tool imports
    from . import codec, function_run, script_run  # noqa: F401

    _prepare_environment()
    _make_streams()


def run(channel: socket.socket) -> NoReturn:
    """Wait for the word to start, make the run, and end."""
    me = os.getpid()
    _get_ready()
    try:
        spec, descriptors = wire.receive(channel, descriptors=2)
    except (wire.Closed, OSError):
        os._exit(0)
    code = 1

    def tell(message: wire.Message) -> None:
        # A copy of this process (os.fork in a tool) must not speak for the run.
        if os.getpid() == me:
            with contextlib.suppress(OSError):
                wire.send(channel, {**message, "nonce": spec["nonce"]})

    try:
        code = _attempt(channel, spec, descriptors, tell)
    finally:
        _leave(code, spec["own"], tell)


def _get_ready() -> None:
    """All that can be done before anything is known of the run."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(_OOM_SCORE)
    # What a run forks or spawns must not find the zygote's own program there.
    sys.modules["__main__"] = ModuleType("__main__")
    _seed_anew()
    _rehearse()
    gc.enable()


def _rehearse() -> None:
    """Walk the way of a run once: the pages that it writes are copied now and not when the run has started."""
    from . import arguments, codec, load

    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, {"environment": dict(os.environ), "params": {"n": 1}, "nonce": None}, [0, 1])
        message, descriptors = wire.receive(theirs, descriptors=2)
    for descriptor in descriptors:
        os.close(descriptor)
    os.environ.update({"TOOLRUNNER_RUN": "", "TOOLRUNNER_ATTEMPT": ""})
    module = load.load_as("toolrunner_rehearsal", __file__, _REHEARSAL)
    positional, named = arguments.bind(module.rehearse, message["params"])
    module.rehearse(*positional, **named)
    codec.rehearse()
    del sys.modules["toolrunner_rehearsal"]
    _loaded_before.update(sys.modules)
    _flush_files()


def _seed_anew() -> None:
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _attempt(
    channel: socket.socket, spec: wire.Message, descriptors: list[int], tell: Callable[[wire.Message], None]
) -> int:
    tell({"started": True})
    _connect(*descriptors)
    _set_environment(spec["environment"])
    spec = _enter_view(channel, spec)
    thread_pools.set_as_asked(spec["environment"])
    os.chdir(spec["cwd"])
    if spec["kind"] == "script":
        from .script_run import run_script

        return run_script(spec, tell)
    from .function_run import run_function

    return run_function(spec, tell)


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
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        stream.mode = "w"  # type: ignore[misc]
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    faulthandler.enable(2)


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


def _enter_view(channel: socket.socket, spec: wire.Message) -> wire.Message:
    """See the script's folder as the run's own; where the system refuses, the worker answers with another way."""
    overlay = spec.get("overlay")
    if overlay is None:
        return spec
    from . import linux

    try:
        linux.mount_private_view(overlay["root"], overlay["changes"], overlay["scratch"])
        return spec
    except OSError as error:
        wire.send(channel, {"refused": str(error), "nonce": spec["nonce"]})
        changed, _ = wire.receive(channel)
        return {**spec, **changed}


def _leave(code: int, own: list[str], tell: Callable[[wire.Message], None]) -> NoReturn:
    """End as Python ends, without taking apart what the zygote had imported: that alone would cost tens of milliseconds."""
    try:
        _finish_threads()
        _run_exit_functions()
        _flush_files()
        _drop_own_objects(own)
        _flush_files()
    except BaseException as error:
        failure.show(error)
    finally:
        tell({"leave": code})
        os._exit(code)


def _finish_threads() -> None:
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()


def _run_exit_functions() -> None:
    atexit._run_exitfuncs()


def _drop_own_objects(own: list[str]) -> None:
    """Finalizers of what the tool left in variables of its modules run, as at the end of Python."""
    modules = [module for name, module in sys.modules.items() if _loaded_before.get(name) is not module]
    for module in sorted(modules, key=lambda module: module is not sys.modules["__main__"]):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and failure.is_own(file, own):
            _empty(vars(module))
    gc.collect()


def _empty(namespace: dict[str, Any]) -> None:
    names = [name for name in namespace if name != "__builtins__"]
    for name in sorted(names, key=lambda name: not name.startswith("_")):
        namespace[name] = None


def _flush_files() -> None:
    """Files that are still open lose nothing."""
    open_files = [item for item in gc.get_objects() if type(item) in _WRITERS]
    # Older than the run, and not among its objects.
    open_files += [stream for stream in (sys.__stdout__, sys.__stderr__) if type(stream) in _WRITERS]
    for kind in _WRITERS:
        for item in open_files:
            if type(item) is kind and not item.closed:
                with contextlib.suppress(OSError, ValueError):
                    item.flush()
