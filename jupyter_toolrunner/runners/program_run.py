"""A program of any kind: the run's own process becomes it. Standard library alone."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable

from . import wire

Tell = Callable[[wire.Message], None]


def run_program(spec: wire.Message, tell: Tell) -> int:
    """Returns only where the program cannot be started: that is told, with the exit code of shells for it."""
    program = spec["program"]
    path = program["path"]
    try:
        _connect_input(program["stdin"])
        _connect_output(program["stdout"])
    except OSError as error:
        tell(_error(f"{error.strerror}: {error.filename}", "See whether the file is there, and may be read."))
        return 1
    # Python ignores these; a program is to meet them as from a terminal.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        # The process becomes the program.
        os.execve(path, [path, *spec["argv"]], {**os.environ, **program["env"]})  # noqa: S606
    except OSError as error:
        tell(not_started(path, error))
        return 127 if error.errno == errno.ENOENT else 126


def _connect_input(given: wire.Message | None) -> None:
    if given is None:
        return
    if "file" in given:
        source = os.open(given["file"], os.O_RDONLY)
    else:
        source = os.memfd_create("input")
        data = memoryview(given["text"].encode())
        while data:
            data = data[os.write(source, data) :]
        os.lseek(source, 0, os.SEEK_SET)
    os.dup2(source, 0)
    os.close(source)


def _connect_output(name: str | None) -> None:
    if name is None:
        return
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(target, 1)
    os.close(target)


def not_started(path: str, error: OSError, otherwise: str | None = None) -> wire.Message:
    """The end of a run whose program the system would not start, with what to do about it."""
    if error.errno == errno.ENOEXEC:
        return _error(
            f"{path} is no program that the system can start.",
            "A script says in its first line what runs it, such as #!/bin/sh.",
        )
    if error.errno == errno.ENOENT and os.path.exists(path):
        return _error(
            f"{path} names a program in its first line (#!) that is not there.",
            "Mend that line, or install what it names.",
        )
    if error.errno == errno.ENOENT:
        hint = otherwise or "Put it there, or mend the description of the tool."
        return _error(f"There is no program {path}.", hint)
    if error.errno == errno.EACCES:
        return _error(f"{path} may not be executed.", f"chmod +x {path}")
    return _error(f"{path} could not be started: {error.strerror}.", otherwise)


def _error(message: str, hint: str | None) -> wire.Message:
    error: wire.Message = {
        "type": "program",
        "message": message,
        "hint": hint,
        "frames": [],
        "traceback": None,
    }
    return {"end": "error", "error": error}
