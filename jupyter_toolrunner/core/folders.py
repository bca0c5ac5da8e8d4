"""Folders that hold what is private, that everybody shares, and that a tool has left behind."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import uuid
from pathlib import Path

_SHARED = {"bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv",
           "sys", "tmp", "usr", "var", "Users"}  # fmt: skip


def is_shared(folder: Path) -> bool:
    """Whether a folder is a home, ``/`` or one of the system's: too much for a script to take for its own."""
    with contextlib.suppress(RuntimeError):
        if folder == Path.home():
            return True
    system = folder == Path("/") or (folder.parent == Path("/") and folder.name in _SHARED)
    return system or folder.parent in (Path("/home"), Path("/Users")) or folder == Path(tempfile.gettempdir())


def private_folder(path: Path) -> Path:
    """Make sure that the folder is there, is ours, and is closed to others.

    Raises NotAvailable where somebody else was there first: whoever owns a folder can exchange the sockets in it.
    """
    from .errors import NotAvailable

    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise NotAvailable(
            f"{path} is not a folder of this user.",
            hint="Nothing was started. Remove it, or name a shorter data directory by TOOLRUNNER_DATA_DIR.",
        )
    if status.st_mode & 0o077:
        path.chmod(0o700)
    return path


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, however deep a tool has nested it and whatever it has closed.

    What cannot be removed stays; nothing is raised. Folders inside are moved beside each other first, so that neither the
    depth of calls nor the length of a path can run out.
    """
    waiting = [folder]
    tried: set[Path] = set()
    while waiting:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            os.chmod(current, 0o700)
            with os.scandir(current) as entries:
                inside = [left for entry in entries for left in _remove_entry(entry, folder.parent)]
            if current not in tried and any(each.parent == current for each in inside):
                # Those that could not be moved are emptied where they are, before what holds them.
                tried.add(current)
                waiting.append(current)
            waiting += inside
            os.rmdir(current)


def _remove_entry(entry: os.DirEntry[str], beside: Path) -> list[Path]:
    """The folder to be emptied later, if it is one."""
    with contextlib.suppress(OSError):
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)
            return []
        with contextlib.suppress(OSError):
            # Most are empty.
            os.rmdir(entry.path)
            return []
        # Moving a folder writes its own "..".
        os.chmod(entry.path, 0o700)
        moved = beside / f"removed-{uuid.uuid4().hex}"
        try:
            os.rename(entry.path, moved)
        except OSError:
            # A full disk may have no room for another name.
            return [Path(entry.path)]
        return [moved]
    return []
