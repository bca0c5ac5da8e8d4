"""Requirements as pip reads them from files: what they include in its place, and what they name on this machine."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Json = Any
_MAX_INCLUDES = 20
_OPTION = re.compile(
    r"(?P<name>-r|--requirement|-c|--constraint|-f|--find-links|-e|--editable)(?:\s*=\s*|\s+|(?<=^-\w))(?P<value>.+)"
)
_INCLUDES, _CONSTRAINTS, _LINKS = ("-r", "--requirement"), ("-c", "--constraint"), ("-f", "--find-links")
_URL = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]*:")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz")
#: What of a project's folder counts.
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True)
class Unusable(Exception):
    """The interpreter that is named cannot be used."""

    message: str
    hint: str
    #: Files that would mend it by being there.
    awaited: tuple[str, ...] = ()

    def as_answer(self) -> dict[str, Json]:
        """As the reader's of a file that can't be read."""
        failure = {"message": self.message, "line": None, "hint": self.hint, "traceback": None}
        return {"failure": failure, "depends": list(self.awaited)}


def lines(line: str, folder: Path, depth: int = 0) -> Iterator[str]:
    """A line as it holds in any folder, those of an included file in its place. Raises Unusable.

    What pip reads from where the file of requirements lies is named absolutely, as the lines go into a file elsewhere.
    """
    option = _OPTION.fullmatch(line.strip())
    if option is None or _URL.match(option["value"]):
        yield line
    elif option["name"] in _INCLUDES and depth < _MAX_INCLUDES:
        file = _absolute(option["value"], folder)
        for each in _read(file):
            yield from lines(each, file.parent, depth + 1)
    elif option["name"] in _CONSTRAINTS or (
        option["name"] in _LINKS and _absolute(option["value"], folder).exists()
    ):
        yield f"{option['name']} {_absolute(option['value'], folder)}"
    else:
        yield line


def digest(requirements: Sequence[str], folder: Path) -> str:
    """Of the local files that these lines name; empty where there is none. Raises Unusable.

    Of a folder with a project only what says how it is built counts.
    """
    found: list[str] = []
    for line in requirements:
        option = _OPTION.fullmatch(line.strip())
        if option is not None and option["name"] in _CONSTRAINTS:
            if not _URL.match(option["value"]):
                found += _constraints(_absolute(option["value"], folder), 0)
        elif option is None or option["name"] not in _LINKS:
            found += _local(option["value"] if option else line, folder)
    return hashlib.sha256("\n".join(found).encode()).hexdigest() if found else ""


def _constraints(file: Path, depth: int) -> Iterator[str]:
    """Lines of a file of constraints and of those that it includes."""
    for line in _read(file):
        yield line
        option = _OPTION.fullmatch(line)
        includes = option and option["name"] in _INCLUDES + _CONSTRAINTS and not _URL.match(option["value"])
        if option and includes and depth < _MAX_INCLUDES:
            yield from _constraints(_absolute(option["value"], file.parent), depth + 1)


def _local(requirement: str, folder: Path) -> Iterator[str]:
    """Marks of the file or folder that a requirement is, where it is one."""
    named = re.split(r"\s+;|\s+--|#", requirement, maxsplit=1)[0].strip()
    named = re.sub(r"^[\w.-]+\s*(\[[^]]*\])?\s*@\s*", "", named)
    if named.startswith("file:"):
        named = unquote(re.sub(r"^file:(//(localhost)?(?=/))?", "", named))
    named = re.sub(r"\[[^]]*\]$", "", named)
    if not named or _URL.match(named) or not ("/" in named or named == "." or named.endswith(_ARCHIVES)):
        return
    path = _absolute(named, folder)
    for file in [path / each for each in _PROJECT] if path.is_dir() else [path]:
        try:
            status = file.stat()
            yield f"{file.name} {_digest_of(str(file), status.st_size, status.st_mtime_ns)}"
        except OSError:
            # The installer says what is wrong with it, and a file that comes makes another environment.
            continue


#: By size and time too: a file that changed is another one.
@lru_cache(maxsize=256)
def _digest_of(path: str, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _absolute(named: str, folder: Path) -> Path:
    return Path(os.path.normpath(folder / os.path.expanduser(named.strip())))


def _read(file: Path) -> Iterator[str]:
    """Its lines without comments, those that go on joined."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(
            f"The requirements {file} can't be read: {getattr(error, 'strerror', None) or error}.",
            "Put the file there, or write the requirements as a list in toolbox.yaml.",
            (str(file),),
        ) from None
    for raw in text.replace("\\\n", " ").splitlines():
        if line := re.sub(r"(^|\s)#.*$", "", raw).strip():
            yield line
