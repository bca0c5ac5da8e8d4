"""Where tools come from: folders, single files, modules and entry points."""

from __future__ import annotations

import fnmatch
import importlib.machinery
import importlib.metadata
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Installed packages offer their toolboxes under this entry point group.
GROUP = "jupyter_toolrunner.toolboxes"
#: A toolbox with more files than this is most likely not meant.
MAX_FILES = 20_000
_SKIPPED = {"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"}
SETTINGS_FILE = "toolbox.yaml"
#: Scripts, notebooks, and the descriptions of programs.
ENDINGS = (".py", ".ipynb", ".tool.yaml", ".tool.yml")


@dataclass(frozen=True)
class Source:
    """One toolbox as it was named, before anything of it was read."""

    name: str
    #: What the user or the package wrote.
    given: str
    #: Folder that is searched, or that the single file stands in.
    folder: Path | None = None
    file: Path | None = None
    module: str | None = None
    attribute: str | None = None
    #: Lower goes first where short names meet: 0 for a user's own, 1 for what packages bring.
    rank: int = 0

    @property
    def key(self) -> str:
        return self.given


@dataclass
class Found:
    """What stands in a toolbox now."""

    #: Files or modules, each with its fingerprint.
    items: dict[str, list[int] | None] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    settings: list[int] | None = None
    problem: str | None = None


def sources_of(given: Sequence[str], entry_points: bool = True) -> list[Source]:
    """The toolboxes in order, each once, under names of their own."""
    found = [_source_of(each, 0) for each in given if each.strip()]
    if entry_points:
        found += _entry_points()
    unique: dict[tuple[object, ...], Source] = {}
    for each in found:
        unique.setdefault((each.file or each.folder, each.module, each.attribute), each)
    return _named_apart(unique.values())


def _source_of(given: str, rank: int) -> Source:
    text = given.strip()
    path = Path(os.path.abspath(os.path.expanduser(text)))
    if path.is_dir():
        return Source(path.name or "root", text, folder=path, rank=rank)
    if path.is_file() or text.endswith(ENDINGS):
        return Source(path.stem, text, folder=path.parent, file=path, rank=rank)
    if re.fullmatch(r"[\w.]+(:[\w.]+)?", text) and not text.startswith("."):
        module, _, attribute = text.partition(":")
        own = module.startswith("jupyter_toolrunner.")
        name = module.rpartition(".")[2]
        return Source(name, text, module=module, attribute=attribute or None, rank=1 if own else rank)
    return Source(path.name or "root", text, folder=path, rank=rank)


def _entry_points() -> list[Source]:
    found = []
    for each in importlib.metadata.entry_points(group=GROUP):
        module, _, attribute = each.value.partition(":")
        found.append(Source(each.name, each.value, module=module, attribute=attribute or None, rank=1))
    return sorted(found, key=lambda source: source.name)


def _named_apart(sources: Iterable[Source]) -> list[Source]:
    taken: set[str] = set()
    apart = []
    for source in sources:
        name = source.name.replace("/", "_") or "toolbox"
        number, candidate = 2, name
        while candidate in taken:
            candidate, number = f"{name}-{number}", number + 1
        taken.add(candidate)
        apart.append(Source(**{**source.__dict__, "name": candidate}))
    return apart


def scan(source: Source, ignore: Sequence[str] = ()) -> Found:
    """List the files of a toolbox that may be tools with their fingerprints; a module is one item."""
    found = Found()
    if source.module:
        found.items[f"{source.module}:{source.attribute or ''}"] = None
        return found
    if source.file:
        found.folders = [str(source.file.parent)]
        found.items[str(source.file)] = fingerprint(source.file)
        if found.items[str(source.file)] is None:
            found.items.clear()
            found.problem = f"{source.file} does not exist, so no tools come from it."
        found.settings = None
        return found
    assert source.folder is not None
    if not source.folder.is_dir():
        found.problem = f"{source.folder} is not a folder, so no tools come from it."
        found.folders = []
        return found
    if not os.access(source.folder, os.R_OK | os.X_OK):
        found.problem = f"{source.folder} may not be read, so no tools come from it."
        return found
    found.settings = fingerprint(source.folder / SETTINGS_FILE)
    for path, mark in _files(source.folder, found):
        relative = os.path.relpath(path, source.folder)
        if not any(_matches(relative, pattern) for pattern in ignore):
            found.items[path] = mark
        if len(found.items) >= MAX_FILES:
            found.problem = f"{source.folder} has more than {MAX_FILES} files of tools; the rest is left out"
            break
    return found


def settings_path(source: Source) -> Path | None:
    """Where a toolbox may have its settings: in the folder, or beside the file of a module."""
    folder = _folder_of(source.module) if source.module else source.folder
    return None if source.file or folder is None else folder / SETTINGS_FILE


def _folder_of(module: str) -> Path | None:
    """Where the module's file lies, found without running any of its packages."""
    first, *rest = module.split(".")
    try:
        spec = importlib.machinery.PathFinder.find_spec(first)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.submodule_search_locations is None:
        return None
    for location in spec.submodule_search_locations:
        path = Path(location, *rest)
        if path.is_dir():
            return path
        if path.with_suffix(".py").is_file():
            return path.parent
    return None


def _matches(relative: str, pattern: str) -> bool:
    name = relative.rpartition("/")[2]
    folder = pattern.rstrip("/") + "/"
    return fnmatch.fnmatch(relative, pattern) or fnmatch.fnmatch(name, pattern) or relative.startswith(folder)


def _files(folder: Path, found: Found) -> Iterator[tuple[str, list[int]]]:
    waiting = [str(folder)]
    while waiting:
        current = waiting.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError:
            continue
        found.folders.append(current)
        below = []
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not _is_skipped(entry):
                        below.append(entry.path)
                elif entry.name.endswith(ENDINGS) and not entry.name.startswith(".") and entry.is_file():
                    yield entry.path, _mark(entry.stat())
            except OSError:
                continue
        waiting.extend(reversed(below))


def _is_skipped(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _SKIPPED:
        return True
    return os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))


def _mark(status: os.stat_result) -> list[int]:
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def fingerprint(path: str | Path) -> list[int] | None:
    """What changes when a file does; None where there is none."""
    try:
        return _mark(os.stat(path))
    except (OSError, ValueError):
        return None
