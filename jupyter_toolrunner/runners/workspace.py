"""Where an attempt works, and which files it left there.

A function works in an empty folder. A script sees its root folder as its own: through an overlay that only its process
has (``PrivateView``), in a real copy where the system forbids that, or as it is (``InPlace``).
"""

from __future__ import annotations

import contextlib
import fcntl
import filecmp
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..core.crashpoints import crashpoint
from ..core.ports import WORK_FOLDER
from . import earlier, files
from .guard import Filling
from .reflink import copy_file, copy_with_times

#: What a file is called that is not whole yet.
_HALF = ".toolrunner-"


@dataclass(frozen=True, slots=True)
class Left:
    """A file that an attempt left."""

    name: str
    path: Path
    size: int


@dataclass(slots=True)
class Changes:
    """What an attempt did to its files."""

    left: list[Left] = field(default_factory=list)
    #: Names that were there before and are gone.
    deleted: list[str] = field(default_factory=list)
    #: Sentences on what was left out, for the log.
    notes: list[str] = field(default_factory=list)


class Workspace(Protocol):
    def start(self) -> dict[str, Any]:
        """What the run's process must be told: ``cwd`` and, where wanted, ``overlay``."""

    def refuse_overlay(self, reason: str) -> dict[str, Any]:
        """Another way, as the system would not give the overlay."""

    def filling(self) -> Filling:
        """What fills while the attempt works; asked for once it has started."""

    def changes(self) -> Changes:
        """What was changed; only once no process of the attempt is left."""

    def publish(self) -> list[str]:
        """After a success; sentences for the log."""

    def close(self) -> None: ...


class OwnFolder:
    """An empty folder; all that is left in it is an output."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / WORK_FOLDER

    def start(self) -> dict[str, Any]:
        self._folder.mkdir(parents=True, exist_ok=True)
        return {"cwd": str(self._folder)}

    def refuse_overlay(self, reason: str) -> dict[str, Any]:
        raise AssertionError(reason)

    def filling(self) -> Filling:
        return Filling((self._folder,))

    def changes(self) -> Changes:
        return _all_files(self._folder)

    def publish(self) -> list[str]:
        return []

    def close(self) -> None:
        return


class FolderOfThen(OwnFolder):
    """An empty folder for a function of an earlier version, which sees its files as they were."""

    def __init__(
        self, root: Path, directory: Path, code: Mapping[str, bytes], *, movable: bool, refused: str | None
    ) -> None:
        """``movable``: whether it can be called from a copy of the folder too."""
        super().__init__(directory)
        if directory.is_relative_to(root):
            raise earlier.NotPlaced(f"the runs work below {root}, which holds the tool")
        self.root = root
        self._movable = movable
        self._view = PrivateView(root, directory, published=False, refused=refused, code=code)

    @property
    def refused(self) -> str | None:
        return self._view.refused

    def start(self) -> dict[str, Any]:
        if not self._movable and self._view.is_refused():
            raise earlier.NotPlaced(self._view.refused)
        return {**self._view.start(), **super().start()}

    def refuse_overlay(self, reason: str) -> dict[str, Any]:
        if not self._movable:
            raise earlier.NotPlaced(reason)
        return {**self._view.refuse_overlay(reason), **super().start()}

    def close(self) -> None:
        self._view.close()


class PrivateView:
    """The root as the run's own; the original stays untouched, unless the changes are published in the end."""

    def __init__(
        self,
        root: Path,
        directory: Path,
        *,
        published: bool,
        refused: str | None = None,
        code: Mapping[str, bytes] | None = None,
    ) -> None:
        """``code``: files of the tool as they were, by path: the run finds them in the root's place of now."""
        self.root = root
        self._code, outside = earlier.within(root, code or {})
        self._covers = earlier.covers(outside, directory / "code")
        self._placed: dict[str, _Mark] = {}
        self._changes = directory / "changes"
        self._scratch = directory / "scratch"
        self._copy = directory / "view" / root.name
        self._published = published
        #: Why there is a copy instead of an overlay.
        self.refused = refused
        self._copied: dict[str, _Mark] = {}
        self._unread: list[str] = []

    def is_refused(self) -> bool:
        """Whether it is known that there can be no overlay."""
        if self.refused is None:
            self.refused = _mounts_inside(self.root)
        return self.refused is not None

    def start(self) -> dict[str, Any]:
        if self.is_refused():
            return self.refuse_overlay(str(self.refused))
        # There already where a process ended before the run could start in it.
        self._changes.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(exist_ok=True)
        for name in earlier.place(self._code, self._changes, self.root):
            self._placed[name] = _mark((self._changes / name).lstat())
        overlay = {"root": str(self.root), "changes": str(self._changes), "scratch": str(self._scratch)}
        return {"cwd": str(self.root), "overlay": overlay, "covers": self._covers}

    def refuse_overlay(self, reason: str) -> dict[str, Any]:
        self.refused = reason
        if not self._copy.exists():
            self._copied, self._unread = _copy_tree(self.root, self._copy)
            for name in earlier.place(self._code, self._copy, self.root):
                self._copied[name] = _mark((self._copy / name).lstat())
        moved = [str(self.root), str(self._copy)]
        return {"cwd": str(self._copy), "moved": moved, "covers": self._covers}

    def filling(self) -> Filling:
        if self.refused is None:
            return Filling((self._changes,))
        return Filling((self._copy,), sum(size for _, size, _ in self._copied.values()), len(self._copied))

    def changes(self) -> Changes:
        found = self._changes_in_copy() if self.refused is not None else self._changes_in_overlay()
        found.notes += [f"{name} may not be read, and was empty in the run's copy" for name in self._unread]
        return found

    def _changes_in_overlay(self) -> Changes:
        found = Changes()
        for entry in files.walk(str(self._changes), opening=True):
            original = self.root / entry.name
            if self._placed.get(entry.name) == _mark(entry.status):
                continue
            if entry.is_whiteout:
                found.deleted.append(entry.name)
            elif _take(entry, self._changes, found) and _same_content(self._changes / entry.name, original):
                found.left.pop()
        if self._published:
            found.deleted += _deleted_in_replaced_folders(self._changes, self.root)
        return found

    def _changes_in_copy(self) -> Changes:
        found = Changes()
        seen = set()
        for entry in files.walk(str(self._copy), opening=True):
            seen.add(entry.name)
            if self._copied.get(entry.name) == _mark(entry.status):
                continue
            if _take(entry, self._copy, found) and _same_content(
                self._copy / entry.name, self.root / entry.name
            ):
                found.left.pop()
        found.deleted = [name for name in self._copied if name not in seen]
        return found

    def publish(self) -> list[str]:
        return _publish(self.changes(), self.root) if self._published else []

    def close(self) -> None:
        # The kernel leaves a folder there that its owner may not enter.
        for folder, _, _ in os.walk(self._scratch):
            with os.scandir(folder) as entries:
                inner = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
            for path in inner:
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)
        shutil.rmtree(self._scratch, ignore_errors=True)


class InPlace:
    """The root itself; outputs are copies of what was changed in it."""

    def __init__(self, root: Path, directory: Path, code: Mapping[str, bytes] | None = None) -> None:
        self.root = root
        self._covers = earlier.covers(code or {}, directory / "code")
        self._kept = directory / "changed"
        self._before: dict[str, _Mark] = {}

    def start(self) -> dict[str, Any]:
        self._before = {entry.name: _mark(entry.status) for entry in files.walk(str(self.root))}
        return {"cwd": str(self.root), "covers": self._covers}

    def refuse_overlay(self, reason: str) -> dict[str, Any]:
        raise AssertionError(reason)

    def filling(self) -> Filling:
        # Who else works in it, and what was there before, nobody can tell in time.
        return Filling()

    def changes(self) -> Changes:
        found = Changes()
        seen = set()
        for entry in files.walk(str(self.root)):
            seen.add(entry.name)
            if self._before.get(entry.name) != _mark(entry.status):
                _take(entry, self.root, found)
        found.deleted = [name for name in self._before if name not in seen]
        # Other runs may change the originals at any time from now on.
        found.left = [self._keep(left) for left in found.left]
        return found

    def _keep(self, left: Left) -> Left:
        path = self._kept / left.name
        path.parent.mkdir(parents=True, exist_ok=True)
        copy_file(left.path, path)
        return Left(left.name, path, left.size)

    def publish(self) -> list[str]:
        return []

    def close(self) -> None:
        return


def _mounts_inside(folder: Path) -> str | None:
    """Other file systems below a folder would not show in its overlay."""
    prefix = (
        f"{folder}/".replace("\\", "\\134")
        .replace(" ", "\\040")
        .replace("\t", "\\011")
        .replace("\n", "\\012")
    )
    with contextlib.suppress(OSError), open("/proc/self/mountinfo") as file:
        for line in file:
            place = line.split(" ", 5)[4]
            if place.startswith(prefix):
                return f"{place} is a file system of its own"
    return None


# -- finding ------------------------------------------------------------------------------------------------------


def _all_files(folder: Path) -> Changes:
    found = Changes()
    for entry in files.walk(str(folder), opening=True):
        _take(entry, folder, found)
    _refuse_foreign_links(found)
    return found


def _take(entry: files.Found, folder: Path, found: Changes) -> bool:
    """Add a regular file to what was found; of anything else only a note is taken."""
    if entry.is_file:
        found.left.append(Left(entry.name, folder / entry.name, entry.status.st_size))
        return True
    found.notes.append(f"{entry.name} was left out: it is {entry.kind}")
    return False


def _refuse_foreign_links(found: Changes) -> None:
    """Leave out hard links to files that are not the run's own."""
    counts: dict[tuple[int, int], list[Left]] = {}
    links: dict[tuple[int, int], int] = {}
    for left in found.left:
        status = left.path.lstat()
        if status.st_nlink > 1:
            key = (status.st_dev, status.st_ino)
            counts.setdefault(key, []).append(left)
            links[key] = status.st_nlink
    for key, lefts in counts.items():
        if len(lefts) < links[key]:
            for left in lefts:
                found.left.remove(left)
                found.notes.append(f"{left.name} was left out: it is a hard link to a file from elsewhere")


_Mark = tuple[int, int, int]


def _mark(status: os.stat_result) -> _Mark:
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _same_content(changed: Path, original: Path) -> bool:
    """Whether a file was only touched, or written with what was there before."""
    try:
        before, after = original.lstat(), changed.lstat()
        if not stat.S_ISREG(before.st_mode) or before.st_size != after.st_size:
            return False
        return filecmp.cmp(changed, original, shallow=False)
    except OSError:
        return False


def _deleted_in_replaced_folders(changes: Path, root: Path) -> list[str]:
    """Names below folders that were deleted and made again: the overlay hides the old ones with one mark."""
    deleted = []
    for folder, names, _ in os.walk(changes):
        for name in names:
            place = Path(folder, name)
            if _is_opaque(place):
                relative = place.relative_to(changes)
                deleted += [
                    f"{relative.as_posix()}/{entry.name}"
                    for entry in _walk_if_there(root / relative)
                    if not os.path.lexists(place / entry.name)
                ]
    return deleted


def _is_opaque(folder: Path) -> bool:
    for name in ("trusted.overlay.opaque", "user.overlay.opaque"):
        with contextlib.suppress(OSError):
            if os.getxattr(folder, name) == b"y":
                return True
    return False


def _walk_if_there(folder: Path) -> Iterator[files.Found]:
    if folder.is_dir():
        yield from files.walk(str(folder))


# -- copying ------------------------------------------------------------------------------------------------------


def _copy_tree(source: Path, target: Path) -> tuple[dict[str, _Mark], list[str]]:
    """Copy a folder without its junk; marks of the copies by name, and the names of what may not be read."""
    target.mkdir(parents=True)
    copying = _Copying(avoid={str(path) for path in (target, *target.parents)})
    copying.folder(str(source), str(target), "")
    return copying.copied, copying.unread


class _Copying:
    """One copy of a folder under way. Plain calls on plain names: there may be ten thousand files."""

    def __init__(self, avoid: set[str]) -> None:
        self.copied: dict[str, _Mark] = {}
        self.unread: list[str] = []
        self._avoid = avoid

    def folder(self, source: str, target: str, prefix: str) -> None:
        with os.scandir(source) as entries:
            for entry in entries:
                self._entry(entry, f"{target}/{entry.name}", prefix + entry.name)

    def _entry(self, entry: os.DirEntry[str], target: str, name: str) -> None:
        if entry.is_dir(follow_symlinks=False):
            if not files.is_junk(entry.name, True) and entry.path not in self._avoid:
                os.mkdir(target)
                try:
                    self.folder(entry.path, target, f"{name}/")
                except PermissionError:
                    self.unread.append(name)
        elif entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
            self.copied[name] = _mark(os.lstat(target))
        elif entry.is_file(follow_symlinks=False) and not files.is_junk(entry.name, False):
            self._file(entry, target, name)

    def _file(self, entry: os.DirEntry[str], target: str, name: str) -> None:
        # However large: a link in its place would let the run write to the original.
        status = entry.stat(follow_symlinks=False)
        try:
            self.copied[name] = _mark(copy_with_times(entry.path, target, status))
        except PermissionError:
            Path(target).touch(mode=0)
            self.copied[name] = _mark(os.lstat(target))
            self.unread.append(name)


# -- putting back -------------------------------------------------------------------------------------------------


def _publish(found: Changes, root: Path) -> list[str]:
    """Put changes into the root, one run at a time; each file is whole at every moment."""
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    notes = []
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in found.deleted:
            notes += _delete(root / name)
        targets = [(left.path, root / left.name) for left in found.left]
        for folder in {target.parent for _, target in targets}:
            # Halves of somebody who was killed while he published: nobody else does now.
            for half in folder.glob(f"{_HALF}*"):
                half.unlink(missing_ok=True)
        for source, target in targets:
            notes += _replace(source, target)
    finally:
        os.close(lock)
    return notes


def _delete(path: Path) -> list[str]:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        return [f"{path} could not be deleted when the changes were published: {error.strerror}"]
    return []


def _replace(source: Path, target: Path) -> list[str]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_HALF, dir=target.parent)
        os.close(descriptor)
        try:
            copy_file(source, Path(name))
            shutil.copymode(source, name)
            with crashpoint("workspace.publish"):
                os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        return [f"{target} could not be published: {error.strerror}"]
    return []
