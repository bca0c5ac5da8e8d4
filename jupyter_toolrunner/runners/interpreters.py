"""A script in a Python of its own: the run's process builds the environment where that is wanted, and becomes that Python.

Standard library alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..core.interpreters import PACKAGE, START_APART
from . import wire
from .program_run import not_started

Tell = Callable[[wire.Message], None]

_KEPT_LINES = 30
#: What holds as a constraint; paths and addresses are in the requirements already.
_PIN = re.compile(r"[A-Za-z0-9][\w.-]*===?\S+")
_MAIN = "jupyter_toolrunner.runners.apart"


class NotBuilt(Exception):
    """An environment could not be built."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def prepare(wanted: wire.Message, tell: Tell) -> bool:
    """Build the environment where it is not there yet; False where that failed, which is told."""
    if wanted["home"] is None:
        return True
    try:
        with _locked(Path(wanted["home"] + ".lock")):
            if not _is_ready(wanted):
                _build(wanted)
    except NotBuilt as error:
        tell(_error(str(error), error.hint))
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        tell(_error(f"The environment could not be built: {error.strerror}{where}.", None))
    else:
        if wanted["only_builds"]:
            _say("The environment is there. The tool's form gets its fields now; run it again with them.")
            tell({"end": "built"})
        return True
    return False


def become(spec: wire.Message, channel: int, tell: Tell) -> int:
    """Go on as the other Python; returns only where it cannot be started."""
    python = spec["interpreter"]["python"]
    told = os.memfd_create("spec", 0)
    with open(told, "wb", closefd=False) as file:
        file.write(json.dumps(spec).encode("ascii"))
    os.lseek(told, 0, os.SEEK_SET)
    os.set_inheritable(channel, True)
    os.set_inheritable(told, True)
    try:
        os.execve(  # noqa: S606 - the process becomes that Python
            python, [python, "-c", START_APART, PACKAGE, _MAIN, str(channel), str(told)], os.environ
        )
    except OSError as error:
        tell(not_started(python, error, "Mend it, or name another interpreter for the tool in toolbox.yaml."))
        return 126


# -- building -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One builder at a time on this machine; the lock goes with the process."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another run builds the same environment; this one waits for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_ready(wanted: wire.Message) -> bool:
    return os.path.exists(wanted["marker"]) and os.path.exists(wanted["python"])


def _build(wanted: wire.Message) -> None:
    """In its final place, since an environment can't be moved; it counts from the moment its marker is written."""
    began = time.monotonic()
    home, lock = Path(wanted["home"]), Path(wanted["home"] + ".txt")
    shutil.rmtree(home, ignore_errors=True)
    Path(wanted["marker"]).unlink(missing_ok=True)
    requirements = Path(wanted["home"] + ".in")
    _write(requirements, "".join(f"{line}\n" for line in wanted["requirements"]))
    _say(f"Building an environment with {_named(wanted['requirements']) or 'nothing in it'} …")
    builder = _Uv(wanted) if shutil.which("uv") else _Pip(wanted)
    builder.make()
    # What was resolved once stays, also where the environment was removed; where it comes from is in the requirements alone.
    builder.install(requirements, None if _has_hashes(wanted) or not _holds(lock) else lock)
    frozen = builder.freeze()
    _write(lock, "".join(f"{line}\n" for line in frozen if _PIN.fullmatch(line)))
    _write(
        Path(wanted["marker"]),
        json.dumps({"packages": frozen, "requirements": wanted["requirements"]}, indent=1),
    )
    shown = ", ".join(frozen) or "no packages"
    _say(f"The environment is ready after {time.monotonic() - began:.1f} s, with {shown}.")


def _named(requirements: Sequence[str]) -> str:
    """What is asked for, without options: an index may have a password in its address."""
    return ", ".join(re.split(r"\s+--", line)[0] for line in requirements if not line.startswith("-"))


def _has_hashes(wanted: wire.Message) -> bool:
    """With those everything is told already, and constraints without them are refused."""
    return any("--hash" in line or "--require-hashes" in line for line in wanted["requirements"])


def _holds(lock: Path) -> bool:
    return lock.is_file() and lock.stat().st_size > 0


class _Pip:
    """The standard library's environments, and pip."""

    def __init__(self, wanted: wire.Message) -> None:
        self._home, self._python, self._folder = wanted["home"], wanted["python"], wanted["folder"]
        # A pip that is here saves the time to put one there.
        self._own = importlib.util.find_spec("pip") is not None

    def make(self) -> None:
        bare = ["--without-pip"] if self._own else []
        _do([sys.executable, "-m", "venv", *bare, self._home], None)

    def _pip(self, *words: str) -> list[str]:
        start = (
            [sys.executable, "-m", "pip", "--python", self._python]
            if self._own
            else [self._python, "-m", "pip"]
        )
        return [*start, *words]

    def install(self, requirements: Path, lock: Path | None) -> None:
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        _do(self._pip("install", *quiet, "-r", str(requirements), *_pinned(lock)), self._folder)

    def freeze(self) -> list[str]:
        return _ask(self._pip("--disable-pip-version-check", "freeze"), self._folder)


class _Uv:
    """uv, where it is there: quicker, and it gets other Pythons."""

    def __init__(self, wanted: wire.Message) -> None:
        self._home, self._python, self._folder = wanted["home"], wanted["python"], wanted["folder"]
        self._version = wanted["requires_python"] or sys.executable

    def make(self) -> None:
        _do(["uv", "venv", "--no-project", "--python", self._version, self._home], None)

    def install(self, requirements: Path, lock: Path | None) -> None:
        command = ["uv", "pip", "install", "--python", self._python, "-r", str(requirements)]
        _do([*command, *_pinned(lock)], self._folder)

    def freeze(self) -> list[str]:
        return _ask(["uv", "pip", "freeze", "--python", self._python], self._folder)


def _pinned(lock: Path | None) -> list[str]:
    return [] if lock is None else ["-c", str(lock)]


def _do(command: Sequence[str], folder: str | None) -> None:
    """Run a step with its output in the log. Raises NotBuilt with its own words."""
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    # In the run's own session, so that it ends with the run.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=_folder(folder),
        env=_bare(),
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            os.write(1, line)
            last.append(line.decode("utf-8", "replace").rstrip())
    if process.returncode:
        raise NotBuilt(
            f"The environment could not be built: {_words(last)}",
            "Mend the requirements, or see to the network; the next run tries again. The log has every word.",
        )


def _ask(command: Sequence[str], folder: str | None) -> list[str]:
    done = subprocess.run(  # noqa: PLW1510 - what it returns is looked at
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=_folder(folder), env=_bare()
    )
    if done.returncode:
        raise NotBuilt(f"The environment could not be looked at: {_words(done.stderr.splitlines())}")
    return [line.strip() for line in done.stdout.splitlines() if line.strip() and not line.startswith("#")]


def _folder(folder: str | None) -> str | None:
    return folder if folder and os.path.isdir(folder) else None


def _bare() -> dict[str, str]:
    """Without what would lead an installer to another place."""
    misleading = {
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONUNBUFFERED",
        "VIRTUAL_ENV",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
        "TOOLRUNNER_CONTROL",
    }
    return {name: value for name, value in os.environ.items() if name not in misleading}


def _words(lines: Sequence[str]) -> str:
    """What the installer says is wrong: its errors, else its last line."""
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in lines]
    errors = [line for line in plain if re.match(r"(?i)(error\b|cause\b|×|╰─▶|fatal)", line)]
    chosen = errors or [line for line in plain if line][-1:] or ["it said nothing"]
    return "; ".join(re.sub(r"^(?i:error):\s*", "", line) for line in chosen)[:1500]


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(text, "utf-8")
    os.replace(part, path)


def _say(text: str) -> None:
    print(f"toolrunner: {text}", flush=True)


def _error(message: str, hint: str | None) -> wire.Message:
    error: dict[str, Any] = {
        "type": "environment",
        "message": message,
        "hint": hint,
        "frames": [],
        "traceback": None,
    }
    return {"end": "error", "error": error}
