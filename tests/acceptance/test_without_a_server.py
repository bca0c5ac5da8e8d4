"""What waits while no server runs: who only looks leaves it in the queue, who works brings to its end what it takes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import LocalTransport
from jupyter_toolrunner.core.settings import Settings

TOOLS = '''
import time
from jupyter_toolrunner import tool

@tool
def slow(seconds: float = 1.5) -> str:
    """Take a while."""
    time.sleep(seconds)
    return "done"

@tool
def quick() -> str:
    """Take no time."""
    return "done"
'''


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "tools.py").write_text(TOOLS)
    return Settings(data_dir=tmp_path / "data", toolboxes=(str(tmp_path / "box"),), workers=0)


@pytest.fixture
def call(settings: Settings, tmp_path: Path) -> Callable[..., Any]:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jupyter_toolrunner.cli", *words],
            env={
                **os.environ,
                "TOOLRUNNER_DATA_DIR": str(settings.data_dir),
                "TOOLRUNNER_TOOLBOXES": settings.toolboxes[0],
                "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
            },
            capture_output=True,
            text=True,
        )

    return call


def _queued(settings: Settings, tool: str) -> str:
    with Client(LocalTransport(settings)) as client:
        return str(client.submit(tool).number)


def _status(settings: Settings, number: str) -> str:
    with Client(LocalTransport(settings)) as client:
        return str(client.run(number).status)


@pytest.mark.parametrize(
    "words",
    [("runs",), ("show", "1"), ("logs", "1"), ("artifacts", "1"), ("tools",), ("batch", "list")],
    ids=" ".join,
)
def test_who_looks_starts_nothing(
    settings: Settings, call: Callable[..., Any], words: tuple[str, ...]
) -> None:
    number = _queued(settings, "slow")
    done = call(*words)
    assert done.returncode == 0, done.stderr
    assert _status(settings, number) == "queued"


def test_who_works_brings_to_its_end_what_else_it_took(settings: Settings, call: Callable[..., Any]) -> None:
    number = _queued(settings, "slow")
    done = call("run", "quick")
    assert done.returncode == 0, done.stderr
    # It was taken by one of the workers before, or is still there; in no case is it lost.
    assert _status(settings, number) in ("succeeded", "queued")
    call("run", "slow", "-p", "seconds=2.5")
    assert _status(settings, number) == "succeeded"
