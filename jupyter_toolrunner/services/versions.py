"""The code of each version of a tool: kept when a run is made of it, shown, and run where the files are others by then."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from ..core import source_code
from ..core.errors import Conflict, NotFound
from ..core.ids import Digest, ToolName
from ..core.ports import ArtifactStore, ToolStore
from ..core.tools import Tool, ToolKind

#: Files whose digests are remembered.
_MOST = 20_000
#: Seconds for which a file has to have been left alone before: of two changes in one tick of the file system's clock the
#: later one leaves no trace.
_SETTLED = 2.5
_RUN_AGAIN = "Run again makes a new run of it as it is now; this one stays as it was."


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """One file of a version."""

    path: str
    text: str
    #: Whether it is the one that the tool is in, and not one that it imports.
    main: bool


class Versions:
    def __init__(self, tools: ToolStore, artifacts: ArtifactStore) -> None:
        self._tools = tools
        self._artifacts = artifacts
        #: Versions that are kept with their code, and where it lay then.
        self._kept: dict[tuple[str, str], tuple[str | None, str | None]] = {}
        #: By path, what was found when it was looked at last.
        self._seen: dict[str, tuple[tuple[int, ...], str]] = {}

    def keep(self, tool: Tool, *, anyway: bool = False) -> bool:
        """Keep it with its files; False where these are others already than when it was read.

        ``anyway``: it is kept then too, without them.
        """
        key, place = (tool.name, tool.version), (tool.entry.path, tool.entry.root)
        if self._kept.get(key, ()) == place:
            return True
        if not self._is_kept(tool):
            files = _files_of(tool)
            if files is None:
                if anyway:
                    self._tools.keep(tool)
                return anyway
            code = self._artifacts.put_content(source_code.pack(files))[0] if files else None
            self._tools.keep(tool, code)
        self._kept[key] = place
        return True

    def get(self, name: ToolName, version: str) -> Tool:
        """By the beginning of its version, where that is enough to tell it. Raises NotFound, Conflict."""
        found = self._tools.matching(name, version)
        if len(found) > 1 and version not in found:
            raise Conflict(f"More than one version of {name} begins with {version}.", hint="Give more of it.")
        if not found:
            raise NotFound(
                f"No version {version[:12]!a} of {name} was kept.",
                hint="Each run shows the version that it had.",
            )
        return self._tools.get(name, Digest(version) if version in found else found[0])

    def is_of_now(self, tool: Tool) -> bool:
        """Whether its files are as they were when it was read."""
        return all(self._digest_now(path) == digest for path, digest in tool.code.items())

    def instead_of_now(self, tool: Tool) -> Mapping[str, bytes]:
        """The files of this version that are others now, or gone, by path. Raises Conflict where they were not kept."""
        changed = [path for path, digest in tool.code.items() if self._digest_now(path) != digest]
        if not changed:
            return {}
        kept = self._files(tool)
        if missing := [path for path in changed if path not in kept]:
            name = os.path.basename(missing[0])
            became = "is another one now" if os.path.exists(missing[0]) else "is gone"
            raise Conflict(
                f"{tool.name} can't be run as it was in version {tool.version[:7]}: {name} {became}, "
                "and what it was is not kept.",
                hint=_RUN_AGAIN,
            )
        return {path: kept[path] for path in changed}

    def code(self, tool: Tool) -> list[CodeFile]:
        """The files that it runs, its own first, as far as they are kept, or still there as they were."""
        kept = self._files(tool) or _files_of(tool) or {}
        files = [
            CodeFile(path=path, text=_text(path, data, tool), main=path == tool.entry.path)
            for path, data in kept.items()
            if b"\0" not in data
        ]
        if not any(file.main for file in files) and tool.source:
            files.append(CodeFile(path=tool.entry.path or tool.name, text=tool.source, main=True))
        return sorted(files, key=lambda file: (not file.main, file.path))

    def _is_kept(self, tool: Tool) -> bool:
        """With its files, where they are now: a toolbox may have been moved since."""
        try:
            there = self._tools.get(tool.name, tool.version).entry
            if (there.path, there.root) != (tool.entry.path, tool.entry.root):
                return False
            return self._tools.code(tool.name, tool.version) is not None
        except NotFound:
            return False

    def _files(self, tool: Tool) -> Mapping[str, bytes]:
        """Those that are kept."""
        try:
            code = self._tools.code(tool.name, tool.version)
            return {} if code is None else source_code.unpack(self._artifacts.path(code).read_bytes())
        except (NotFound, OSError, ValueError):
            return {}

    def _digest_now(self, path: str) -> str | None:
        try:
            status = os.stat(path)
            mark = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            known = self._seen.get(path)
            if known is None or known[0] != mark:
                known = (mark, source_code.digest(path, source_code.content(path)))
                if status.st_ctime > time.time() - _SETTLED:
                    return known[1]
                if len(self._seen) >= _MOST:
                    self._seen.clear()
                self._seen[path] = known
            return known[1]
        except OSError:
            return None


def _files_of(tool: Tool) -> dict[str, bytes] | None:
    """Its files as they are now, as far as they are kept; None where one is not what the version has."""
    files: dict[str, bytes] = {}
    left = source_code.LARGEST
    for path, digest in tool.code.items():
        try:
            data = source_code.content(path)
        except OSError:
            return None
        if source_code.digest(path, data) != digest:
            return None
        data = source_code.kept(path, data)
        # A program of the system is no file of the tool.
        own = tool.kind is not ToolKind.EXECUTABLE or path in (tool.entry.path, *tool.entry.files)
        if own and len(data) <= min(left, source_code.LARGEST_FILE):
            files[path] = data
            left -= len(data)
    return files


def _text(path: str, data: bytes, tool: Tool) -> str:
    """A notebook as its cells, which is how its source is shown."""
    if path == tool.entry.path and tool.kind is ToolKind.NOTEBOOK:
        return tool.source
    return data.decode("utf-8", "replace")
