"""Functions for the acceptance tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_toolrunner import progress, tool


@tool
def echo(value: Any = None, text: str = "", count: int = 0, ratio: float = 0.0, names: list[str] | None = None) -> Any:
    """Give back what came in."""
    return {"value": value, "text": text, "count": count, "ratio": ratio, "names": names}


@tool
def read_file(file: Path, times: int = 1) -> dict[str, Any]:
    """Say what is in a file."""
    content = Path(file).read_bytes()
    return {"name": Path(file).name, "size": len(content), "start": content[:20].decode("utf-8", "replace"), "times": times}


@tool
def noop() -> None:
    """Do nothing."""


_calls: list[int] = []


@tool(warm=True)
def count_calls(fails: bool = False) -> list[int]:
    """Tell the process and how often it was called before."""
    _calls.append(os.getpid())
    print(f"call {len(_calls)}")
    if fails:
        raise ValueError("asked to fail")
    return [os.getpid(), len(_calls)]


@tool
def lines(count: int = 10, pause: float = 0.0) -> int:
    """Print numbered lines."""
    for number in range(count):
        print(f"line {number}", flush=True)
        progress(number + 1, count, f"line {number}")
        time.sleep(pause)
    return count


@tool
def fail(message: str = "threshold") -> None:
    """Raise an error."""
    settings: dict[str, int] = {}
    print("about to fail")
    settings[message]


@tool(delivery="idempotent")
def stay(marker: str, seconds: float = 60) -> str:
    """Stay for a while, with a grandchild in a session of its own that ignores SIGTERM; can be run again."""
    _stubborn(marker)
    time.sleep(seconds)
    return "stayed"


@tool
def linger(marker: str, seconds: float = 60) -> str:
    """As `stay`, but cannot be run again."""
    return stay(marker, seconds)


def _stubborn(marker: str) -> None:
    code = "import os, signal, sys, time; os.setsid(); signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(600)"
    started = subprocess.Popen([sys.executable, "-u", "-c", code, marker], stdout=subprocess.PIPE)
    assert started.stdout is not None
    started.stdout.readline()
    print("grandchild is up", flush=True)


@tool
def once_in_two(folder: Path, seconds: float = 0.0) -> str:
    """Fail the first time, succeed the second."""
    mark = Path(folder) / "tried"
    time.sleep(seconds)
    if not mark.exists():
        mark.touch()
        print("first try")
        os.kill(os.getpid(), signal.SIGKILL)
    return "second try"
