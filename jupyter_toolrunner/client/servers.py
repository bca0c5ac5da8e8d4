"""Jupyter servers of this user that run now, from the files that they keep while they do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Placed(Protocol):
    """A tool, with the toolbox and the file that it comes from."""

    @property
    def toolbox(self) -> str: ...

    @property
    def path(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    url: str
    token: str
    pid: int
    #: The folder that it shows.
    root: Path | None = None


def running_servers(runtime_dir: Path | None = None) -> list[RunningServer]:
    """Newest first; files of servers that ended are passed over.

    jupyter_server has a function for this, but importing it takes a second or two, on every command.
    """
    if runtime_dir is None:
        from jupyter_core.paths import jupyter_runtime_dir

        runtime_dir = Path(jupyter_runtime_dir())
    return [server for _, server in sorted(_read(runtime_dir), key=lambda found: found[0], reverse=True)]


def _read(runtime_dir: Path) -> Iterator[tuple[float, RunningServer]]:
    for path in runtime_dir.glob("jpserver-*.json"):
        try:
            info = json.loads(path.read_text("utf-8"))
            pid = int(info["pid"])
            if _is_alive(pid):
                root = Path(info["root_dir"]) if info.get("root_dir") else None
                yield (
                    path.stat().st_mtime,
                    RunningServer(url=info["url"], token=info["token"], pid=pid, root=root),
                )
        except (OSError, ValueError, KeyError, TypeError):
            continue  # being written, or gone in this moment


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def place_of(file: Path, url: str, runtime_dir: Path | None = None) -> str:
    """Where the file lies in the folder of the running server with the address; empty where that is not known."""
    for server in running_servers(runtime_dir):
        if server.root is not None and server.url.rstrip("/") == url.rstrip("/"):
            root, real = server.root.resolve(), file.resolve()
            return real.relative_to(root).as_posix() if real.is_relative_to(root) else ""
    return ""


def has_toolbox(tools: Iterable[Placed], toolbox: str) -> bool:
    """Whether a server on this machine has the tools of a folder, a file, a module or a ``module:object``."""
    place = Path(toolbox).expanduser().absolute()
    if place.exists():
        return any(tool.path and Path(tool.path).is_relative_to(place) for tool in tools)
    name = toolbox.partition(":")[0].rpartition(".")[2]
    return any(tool.toolbox == name for tool in tools)
