"""The regular files below a folder, found without ever following a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

#: What programs leave beside their work and nobody asked for.
JUNK_FOLDERS = frozenset(
    {"__pycache__", ".ipynb_checkpoints", ".git", ".hg", ".svn", ".venv", "node_modules", ".tox", ".nox"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".cache", ".jupyter", ".ipython"}
)
#: Folders inside folders that are looked into.
DEPTH = 64
JUNK_ENDINGS = (".pyc", ".pyo", ".swp")
JUNK_FILES = frozenset({".DS_Store", "Thumbs.db"})


@dataclass(frozen=True, slots=True)
class Found:
    """One entry that is not a folder."""

    #: Relative to where the search began, with ``/`` between its parts.
    name: str
    status: os.stat_result

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.status.st_mode)

    @property
    def kind(self) -> str:
        """What it is, in words."""
        if stat.S_ISDIR(self.status.st_mode) and self.name.count("/") < DEPTH:
            return "a folder that may not be looked into"
        return _kind_of(self.status)

    @property
    def is_whiteout(self) -> bool:
        """What an overlay leaves where a file was deleted."""
        return stat.S_ISCHR(self.status.st_mode) and self.status.st_rdev == 0


def walk(folder: str, *, junk: bool = False, opening: bool = False) -> Iterator[Found]:
    """Everything below a folder that is not itself a folder (or is one too deep inside, or closed), sorted by name.

    Junk only where asked for; nothing where the folder is not there. With ``opening`` folders inside that are closed to
    their owner are opened: only for what is the run's own, where it may have closed them to itself.
    """
    try:
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        yield from _walk(root, "", junk, opening)
    finally:
        os.close(root)


def _walk(folder: int, prefix: str, junk: bool, opening: bool) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_folder in names:
        if not junk and is_junk(name, is_folder):
            continue
        try:
            inner = _open(folder, name, opening) if is_folder and prefix.count("/") < DEPTH else None
            if inner is None:
                yield Found(prefix + name, os.stat(name, dir_fd=folder, follow_symlinks=False))
                continue
        except FileNotFoundError:
            continue
        try:
            yield from _walk(inner, f"{prefix}{name}/", junk, opening)
        finally:
            os.close(inner)


def _open(parent: int, name: str, opening: bool) -> int | None:
    """A descriptor of a folder; None where it is closed and stays so."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=parent)
    except PermissionError:
        if not opening:
            return None
    # What is not ours raises.
    os.chmod(name, 0o700, dir_fd=parent)
    return os.open(name, flags, dir_fd=parent)


def is_junk(name: str, is_folder: bool) -> bool:
    return name in JUNK_FOLDERS if is_folder else name in JUNK_FILES or name.endswith(JUNK_ENDINGS)


def _kind_of(status: os.stat_result) -> str:
    for test, word in (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a folder inside too many others"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(status.st_mode):
            return word
    return "a file"
