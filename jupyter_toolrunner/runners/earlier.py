"""Files of an earlier version of a tool, put where a run sees them in the places of those of now. Standard library alone."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: What a run is told that cannot have its files.
_HINT = "Run again makes a new run of the tool as it is now."


class NotPlaced(OSError):
    """The files of then cannot be put where the run would see them."""


def refused(why: str) -> dict[str, Any]:
    """The end of a run whose system allows no views."""
    message = f"The tool can't be run as it was: its files can't be put in their places here ({why})."
    return {"type": "version", "message": message, "hint": _HINT, "frames": [], "traceback": None}


def within(root: Path, code: Mapping[str, bytes]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Files below the folder, by their names in it; and the others, by path."""
    inside, outside = {}, {}
    for path, data in code.items():
        place = Path(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        if place.is_relative_to(root):
            inside[place.relative_to(root).as_posix()] = data
        else:
            outside[path] = data
    return inside, outside


def place(files: Mapping[str, bytes], folder: Path, original: Path) -> list[str]:
    """Write files below the folder, with the rights that they and their folders have in the original; their names."""
    for name, data in files.items():
        target = folder / name
        for part in reversed(Path(name).parents):
            if not (folder / part).is_dir():
                (folder / part).mkdir(parents=True)
                with contextlib.suppress(OSError):
                    shutil.copymode(original / part, folder / part)
        _write(target, data, like=original / name)
    return list(files)


def covers(files: Mapping[str, bytes], folder: Path) -> list[list[str]]:
    """Pairs for `linux.cover`: what each file was, and its path. Raises NotPlaced where one is gone by now."""
    pairs = []
    for number, (path, data) in enumerate(files.items()):
        if not os.path.isfile(path):
            raise NotPlaced(f"{path} is gone, and is put back only into a folder that the run has for itself")
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / str(number)
        _write(source, data, like=Path(path))
        pairs.append([str(source), os.path.realpath(path)])
    return pairs


def _write(target: Path, data: bytes, like: Path) -> None:
    # A link, or a file that the run may only read, would be in the way.
    target.unlink(missing_ok=True)
    target.write_bytes(data)
    try:
        shutil.copymode(like, target)
    except OSError:
        target.chmod(0o755 if data.startswith(b"#!") else 0o644)
    # Python takes compiled code for that of a file of the same size and time: no file of today has such a time.
    seconds = int(hashlib.sha256(data).hexdigest()[:7], 16)
    os.utime(target, (seconds, seconds))
