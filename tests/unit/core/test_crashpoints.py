from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_toolrunner.core import crashpoints

_STEPS = """
from jupyter_toolrunner.core.crashpoints import crashpoint
for number in range(3):
    with crashpoint("step"):
        print("made", number, flush=True)
"""


@pytest.mark.parametrize(
    ("where", "made"),
    [
        ("step.before", 0),
        ("step.after", 1),
        ("step.before:3", 2),
        ("step.after:2", 2),
        ("elsewhere.after", 3),
    ],
)
def test_a_process_dies_where_it_is_told_to(where: str, made: int) -> None:
    ended = _run(TOOLRUNNER_CRASH_AT=where)
    assert len(ended.stdout.splitlines()) == made
    assert ended.returncode == (0 if made == 3 else -9)


def test_with_a_mark_it_dies_once(tmp_path: Path) -> None:
    variables = {"TOOLRUNNER_CRASH_AT": "step.after", "TOOLRUNNER_CRASH_MARK": str(tmp_path / "mark")}
    assert [_run(**variables).returncode for _ in range(2)] == [-9, 0]


def test_points_that_are_come_to_are_noted(tmp_path: Path) -> None:
    _run(TOOLRUNNER_CRASH_LOG=str(tmp_path / "log"))
    assert (tmp_path / "log").read_text().split() == ["step.before", "step.after"] * 3


def test_nothing_is_asked_for_here() -> None:
    assert not crashpoints.armed
    assert crashpoints.crashpoint("a") is crashpoints.crashpoint("b")


def _run(**variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _STEPS]
    return subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True)
