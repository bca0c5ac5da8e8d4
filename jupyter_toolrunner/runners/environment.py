"""What runs meet: Python, platform, host, installed packages."""

from __future__ import annotations

import platform
import socket
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Environment:
    """Read once, and again when packages were installed or removed."""

    def __init__(self) -> None:
        self._signature: tuple[int, ...] = ()
        self._known: Mapping[str, Any] = {}

    def read(self) -> Mapping[str, Any]:
        folders = _folders()
        signature = tuple(folder.stat().st_mtime_ns for folder in folders)
        if signature != self._signature:
            self._known = {
                "python": platform.python_version(),
                "executable": sys.executable,
                "platform": platform.platform(),
                "host": socket.gethostname(),
                "packages": dict(sorted(_packages(folders))),
            }
            self._signature = signature
        return self._known


def _folders() -> list[Path]:
    paths = dict.fromkeys([*(sysconfig.get_path(name) for name in ("purelib", "platlib")), *sys.path])
    return [path for path in map(Path, filter(None, paths)) if path.is_dir()]


def _packages(folders: list[Path]) -> Iterator[tuple[str, str]]:
    """Names and versions, from the names of the folders that describe them: reading each would take half a second."""
    for folder in reversed(folders):
        for place in folder.iterdir():
            if place.suffix in (".dist-info", ".egg-info") and "-" in place.stem:
                name, version = place.stem.split("-")[:2]
                yield name.replace("_", "-").lower(), version
