"""What a run meets on this machine beside its tool and its inputs: the Python, and what is installed for it.

Packages count by name and version, as they are listed where they are installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import sysconfig
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..core.interpreters import Interpreter
from ..core.tools import Tool, ToolKind

#: Seconds for which a folder has to have been left alone before what it lists is remembered.
_SETTLED = 2.5
#: What languages, numbers and times look like, and how Python itself works.
_VARIABLES = (
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_MONETARY",
    "LC_NUMERIC",
    "LC_TIME",
    "PYTHONHASHSEED",
    "PYTHONPATH",
    "PYTHONUTF8",
    "TZ",
)
_PLACES = [sysconfig.get_path(name) for name in ("purelib", "platlib")]
_INFO = (".dist-info", ".egg-info", ".egg-link", ".pth")


class Surroundings:
    def __init__(self, environments: Path | None = None, settled: float = _SETTLED) -> None:
        """``environments``: where those lie that are built for scripts. ``settled``: seconds for which a folder has to have
        been left alone before what it lists is remembered.
        """
        self._settled = settled
        self._environments = environments
        #: By folder: its times, and a digest of the packages that it lists.
        self._listed: dict[str, tuple[tuple[int, int, int], str]] = {}

    def digest(self, tool: Tool) -> str | None:
        """The same as long as a run of the tool meets the same; None where that cannot be known."""
        try:
            found = self._of(tool)
        except OSError:
            return None
        if found is None:
            return None
        said = [
            found,
            platform.machine(),
            sys.platform,
            {name: os.environ[name] for name in _VARIABLES if name in os.environ},
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _of(self, tool: Tool) -> Any:
        entry = tool.entry
        if entry.program is not None:
            return ["program", _file(entry.program.path)]
        if entry.interpreter is not None:
            return self._apart(entry.interpreter)
        if tool.kind is ToolKind.NOTEBOOK and entry.kernel is not None:
            return self._kernel(entry.kernel)
        return self._own()

    def _own(self) -> Any:
        return [sys.version, self._packages(_own_folders())]

    def _apart(self, interpreter: Interpreter) -> Any:
        if interpreter.path is None:
            if self._environments is None or not interpreter.is_ready(self._environments):
                return None
            marker = interpreter.marker(self._environments).read_text()
            return [interpreter.key, marker, self._python(interpreter.python(self._environments))]
        return self._python(interpreter.path)

    def _python(self, path: str) -> Any:
        """Another Python, told by its files: asking it would take longer than many a run."""
        home = Path(path).parent.parent
        marker = home / "pyvenv.cfg"
        folders = [*home.glob("lib/python*/site-packages"), *home.glob("lib/python*/dist-packages")]
        if not marker.is_file():
            # One of the system has packages in places of its own.
            folders += [
                *Path("/usr/lib").glob("python*/dist-packages"),
                *home.glob("local/lib/python*/*-packages"),
            ]
        return [
            _file(os.path.realpath(path)),
            marker.read_text() if marker.is_file() else "",
            self._packages(map(str, folders)),
        ]

    def _kernel(self, name: str) -> Any:
        from .kernels import python_of

        python = python_of(name)
        if python is None:
            return None
        return self._own() if python == sys.executable else self._python(python)

    def _packages(self, folders: Iterable[str]) -> list[str]:
        return [self._list(folder) for folder in folders]

    def _list(self, folder: str) -> str:
        try:
            status = os.stat(folder)
        except (FileNotFoundError, NotADirectoryError):
            return ""
        times = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
        known = self._listed.get(folder)
        if known is not None and known[0] == times:
            return known[1]
        if not os.path.isdir(folder):
            # A zip file that Python imports from.
            return str(times)
        began = time.time()
        names = sorted(name for name in os.listdir(folder) if name.endswith(_INFO))
        listed = hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()
        if status.st_ctime < began - self._settled:
            self._listed[folder] = (times, listed)
        return listed


def _own_folders() -> list[str]:
    """Where the packages of this Python lie. Of `sys.path` the rest differs between the processes of one Python."""
    return list(dict.fromkeys([*_PLACES, *(each for each in sys.path if each.endswith("-packages"))]))


def _file(path: str) -> list[Any]:
    status = os.stat(path)
    return [path, status.st_size, status.st_mtime_ns]
