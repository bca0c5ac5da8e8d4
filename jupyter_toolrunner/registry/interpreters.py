"""Which Python a script names: in ``toolbox.yaml``, or in itself (``# /// script``)."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.interpreters import Interpreter
from . import requirement_files
from .requirement_files import Unusable
from .settings import Settings, ToolSettings

Json = Any
_BLOCK = re.compile(r"(?m)^# /// script\s*$\n(?P<content>(?:^#(?: .*)?$\n)+?)^# ///\s*$")
_MAX_HEAD = 1 << 20


def interpreter_of(path: Path, folder: Path, settings: Settings, *names: str) -> Interpreter | None:
    """What the tool's own settings name, else the script itself, else the settings of the toolbox.

    None for ToolRunner's own Python. Raises Unusable.
    """
    own = settings.of(*names)
    if (named := _named(own, folder)) is not None:
        return named
    if (named := _in_script(path)) is not None:
        return named
    return _named(settings.defaults, folder)


def of_settings(folder: Path, settings: Settings, *names: str) -> str:
    """A mark that changes with what the settings name, files of requirements included."""
    try:
        named = [_named(settings.of(*names), folder), _named(settings.defaults, folder)]
    except Unusable as unusable:
        return unusable.message
    return "" if named == [None, None] else repr([each and each.to_json() for each in named])


def _named(said: ToolSettings, folder: Path) -> Interpreter | None:
    if said.interpreter is not None:
        return Interpreter(path=_existing(said.interpreter, folder))
    if said.environment is not None:
        return Interpreter(path=_of_environment(said.environment, folder))
    if said.requirements:
        return _built(said.requirements, folder)
    if said.requirements_file is not None:
        file = _absolute(said.requirements_file, folder)
        return _built((f"-r {file.name}",), file.parent)
    return None


def _built(requirements: Sequence[str], folder: Path, python: str = "") -> Interpreter:
    """Raises Unusable where a file that they name can't be read."""
    lines = tuple(line for each in requirements for line in requirement_files.lines(each, folder))
    return Interpreter(
        requirements=lines,
        folder=str(folder),
        requires_python=python,
        content=requirement_files.digest(lines, folder),
    )


def _absolute(named: str, folder: Path) -> Path:
    # The link that a virtual environment's Python is says which environment it belongs to: it is not followed.
    return Path(os.path.normpath(folder / os.path.expanduser(named)))


def _existing(named: str, folder: Path) -> str:
    found = _absolute(named, folder) if "/" in named else Path(shutil.which(named) or named)
    if not found.exists():
        raise Unusable(
            f"The interpreter {found} is not there.",
            "Make it there (python -m venv), or name another one under “interpreter” in toolbox.yaml.",
            (str(found),),
        )
    if found.is_dir() or not os.access(found, os.X_OK):
        raise Unusable(
            f"The interpreter {found} is no program that may be executed.",
            "Name the program itself, such as venv/bin/python; a folder is named under “environment”.",
            (str(found),),
        )
    return str(found)


def _of_environment(named: str, folder: Path) -> str:
    home = _absolute(named, folder)
    python = home / "bin" / "python"
    if not python.exists():
        what = "has no bin/python" if home.is_dir() else "is not there"
        raise Unusable(
            f"The environment {home} {what}.",
            f"Make it with: python -m venv {home}",
            (str(python),),
        )
    return _existing(str(python), folder)


# -- in the script --------------------------------------------------------------------------------------------------


def _in_script(path: Path) -> Interpreter | None:
    """Requirements that a script states in a comment, as packaging tools agreed on."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_HEAD)
    except (OSError, UnicodeDecodeError):
        return None
    if "# /// script" not in text:
        return None
    blocks = list(_BLOCK.finditer(text))
    if len(blocks) != 1:
        return None
    content = "".join(
        line[2:] if line.startswith("# ") else line[1:]
        for line in blocks[0]["content"].splitlines(keepends=True)
    )
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise Unusable(
            f"The comment “# /// script” is not valid TOML: {error}.", "Mend the comment in the script."
        ) from None
    return _of_metadata(data, path.parent)


def _of_metadata(data: Mapping[str, Json], folder: Path) -> Interpreter | None:
    needed, python = data.get("dependencies", []), data.get("requires-python", "")
    if (
        not isinstance(needed, list)
        or not all(isinstance(each, str) for each in needed)
        or not isinstance(python, str)
    ):
        raise Unusable(
            "The comment “# /// script” has dependencies that are no list of texts, or requires-python that is no text.",
            "Mend the comment in the script.",
        )
    fits = _fits(python)
    if not fits and shutil.which("uv") is None:
        raise Unusable(
            f"The script takes Python {python}, and this is {sys.version.split()[0]}.",
            "Name a Python that fits under “interpreter” in toolbox.yaml, or install uv, which gets one.",
        )
    if not needed and fits:
        # It needs nothing that is not here.
        return None
    return _built(needed, folder, "" if fits else python)


def _fits(python: str) -> bool:
    if not python:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(python).contains(sys.version.split()[0], prereleases=True)
    except InvalidSpecifier:
        raise Unusable(
            f"requires-python {python!r} in the script is no range of versions.", "Write it as in >=3.11."
        ) from None
