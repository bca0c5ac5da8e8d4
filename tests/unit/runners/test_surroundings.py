"""What a run meets beside its tool: it is the same until a package or the Python is another one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from factories import a_tool

from jupyter_toolrunner.core.interpreters import Interpreter
from jupyter_toolrunner.core.tools import Entry, Tool, ToolKind
from jupyter_toolrunner.runners.surroundings import Surroundings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a Python of its own."""
    home = tmp_path / "python"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").write_text("one")
    (home / "lib" / "python3.11" / "site-packages" / "numpy-1.0.dist-info").mkdir(parents=True)
    (home / "pyvenv.cfg").write_text("version = 3.11.1")
    return home


def _tool(home: Path) -> Tool:
    interpreter = Interpreter(path=str(home / "bin" / "python"))
    return a_tool(kind=ToolKind.SCRIPT, entry=Entry(interpreter=interpreter))


def _site(home: Path) -> Path:
    return home / "lib" / "python3.11" / "site-packages"


CHANGES: dict[str, Callable[[Path], object]] = {
    "another version": lambda home: (_site(home) / "numpy-1.0.dist-info").rename(
        _site(home) / "numpy-1.1.dist-info"
    ),
    "one more package": lambda home: (_site(home) / "pandas-2.0.dist-info").mkdir(),
    "a path file": lambda home: (_site(home) / "more.pth").touch(),
    "another Python": lambda home: (home / "bin" / "python").write_text("another"),
    "another base": lambda home: (home / "pyvenv.cfg").write_text("version = 3.11.2"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_they_are_others_after_any_change(home: Path, change: str) -> None:
    known = Surroundings(settled=-1)
    before = known.digest(_tool(home))
    assert known.digest(_tool(home)) == before is not None
    CHANGES[change](home)
    assert known.digest(_tool(home)) not in (None, before)


def test_they_are_others_in_another_zone_and_language(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Surroundings().digest(a_tool())
    monkeypatch.setenv("SOMETHING", "else")
    assert Surroundings().digest(a_tool()) == before
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert Surroundings().digest(a_tool()) != before


def test_nothing_is_said_of_an_environment_that_is_not_built_yet(tmp_path: Path) -> None:
    interpreter = Interpreter(requirements=("numpy",))
    tool = a_tool(kind=ToolKind.SCRIPT, entry=Entry(interpreter=interpreter))
    known = Surroundings(tmp_path)
    assert known.digest(tool) is None
    python = Path(interpreter.python(tmp_path))
    python.parent.mkdir(parents=True)
    python.touch()
    interpreter.marker(tmp_path).write_text("numpy 1.0")
    before = known.digest(tool)
    interpreter.marker(tmp_path).write_text("numpy 1.1")
    assert known.digest(tool) not in (None, before)


def test_a_python_that_is_gone_is_not_known(home: Path) -> None:
    (home / "bin" / "python").unlink()
    assert Surroundings().digest(_tool(home)) is None


def test_a_notebook_meets_what_its_kernel_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "kernels" / "odd" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(
        '{"argv": ["odd-language", "{connection_file}"], "display_name": "Odd", "language": "odd"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook = a_tool(kind=ToolKind.NOTEBOOK, entry=Entry(kernel="python3"))
    own = Surroundings().digest(a_tool(kind=ToolKind.NOTEBOOK))
    assert Surroundings().digest(notebook) == own
    for kernel in ("odd", "absent"):
        assert Surroundings().digest(replace(notebook, entry=Entry(kernel=kernel))) is None
    spec.write_text(
        f'{{"argv": ["{sys.executable}", "-m", "x", "{{connection_file}}"], "display_name": "", "language": ""}}'
    )
    assert Surroundings().digest(replace(notebook, entry=Entry(kernel="odd"))) == own
