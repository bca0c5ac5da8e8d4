"""The source passes every linter and type checker, in Python and in TypeScript."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_toolrunner.dev.generate import node

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "labextension"

PYTHON = {
    "ruff": ["-m", "ruff", "check", "--no-cache"],
    "ruff format": ["-m", "ruff", "format", "--check", "--no-cache"],
    "mypy": ["-m", "mypy"],
    "import contracts": ["-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
}
TYPESCRIPT = {
    "eslint": ["node_modules/eslint/bin/eslint.js", "--max-warnings", "0", "src", "test"],
    "tsc": ["node_modules/typescript/bin/tsc", "--project", "tsconfig.test.json"],
    "vitest": ["node_modules/vitest/vitest.mjs", "run"],
}


def _passes(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)} (in {folder})\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("arguments", PYTHON.values(), ids=PYTHON)
@pytest.mark.timeout(300)
def test_python_source_passes(arguments: list[str]) -> None:
    _passes([sys.executable, *arguments], ROOT)


@pytest.mark.parametrize("arguments", TYPESCRIPT.values(), ids=TYPESCRIPT)
@pytest.mark.timeout(300)
def test_typescript_source_passes(arguments: list[str], frontend_packages: Path) -> None:
    _passes([node(), *arguments], FRONTEND)


def test_shell_scripts_have_no_syntax_errors() -> None:
    _passes(["bash", "-n", ".ci/run"], ROOT)


def test_the_build_leaves_the_lock_file_as_it_is(frontend_packages: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "diff", "--stat", "--exit-code", "--", "labextension/yarn.lock"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"Commit the lock file that jlpm wrote:\n{done.stdout}"
