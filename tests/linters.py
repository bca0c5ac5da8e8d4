"""Linters and type checkers, which run beside the tests: those keep one core busy, and these take minutes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from jupyter_toolrunner.dev.generate import node

ROOT = Path(__file__).parents[1]
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


class Linting:
    """These linters, one after the other, in a process beside this one: a thread would be in the way of tests that fork."""

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        self._folder = folder
        self._names = names
        command = [sys.executable, __file__, str(folder), *names]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)

    def complaint(self, name: str) -> str:
        """What it says against the source, once it has ended; empty where the source passes."""
        if name not in self._names:
            return _lint(name)
        end = _end(self._folder, name)
        while not end.exists():
            assert self._process.poll() is None or end.exists(), "the linters ended before their time"
            time.sleep(0.02)
        return str(json.loads(end.read_text("utf-8")))

    def close(self) -> None:
        """Nothing is left running where nobody asked for an end."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _end(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def _lint(name: str) -> str:
    folder = ROOT if name in PYTHON else FRONTEND
    command = [sys.executable, *PYTHON[name]] if name in PYTHON else [node(), *TYPESCRIPT[name]]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return (
        f"{' '.join(command)} (in {folder})\n{done.stdout.decode(errors='replace')}"
        if done.returncode
        else ""
    )


def main() -> None:
    folder, *names = sys.argv[1:]
    for name in names:
        end = _end(Path(folder), name)
        # There at once and whole.
        part = end.with_suffix(".part")
        part.write_text(json.dumps(_lint(name)), "utf-8")
        part.replace(end)


if __name__ == "__main__":
    main()
