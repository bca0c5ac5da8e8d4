"""The source passes every linter and type checker, in Python and in TypeScript."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from linters import PYTHON, ROOT, TYPESCRIPT, Linting


@pytest.mark.parametrize("linter", PYTHON)
@pytest.mark.timeout(600)
def test_python_source_passes(linter: str, linting: Linting) -> None:
    complaint = linting.complaint(linter)
    assert not complaint, complaint


@pytest.mark.parametrize("linter", TYPESCRIPT)
@pytest.mark.timeout(600)
def test_typescript_source_passes(linter: str, linting: Linting, frontend_packages: Path) -> None:
    complaint = linting.complaint(linter)
    assert not complaint, complaint


def test_shell_scripts_have_no_syntax_errors() -> None:
    done = subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_build_leaves_the_lock_file_as_it_is(frontend_packages: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "diff", "--stat", "--exit-code", "--", "labextension/yarn.lock"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"Commit the lock file that jlpm wrote:\n{done.stdout}"
