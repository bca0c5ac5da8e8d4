"""Presets as files: ``templates/presets/TOOL/NAME.json`` (or ``.yaml``) beside the tools."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import InvalidParams
from ..core.ids import PresetId
from ..core.params import plain
from ..core.presets import LONGEST_NAME, Preset
from ..core.tools import Tool

FOLDER = Path("templates", "presets")
_ENDINGS = (".json", ".yaml", ".yml")
_MAX_SIZE = 8 * 2**20
_MOST_VALUES = 200_000
#: More files than this in one folder are no presets.
_MOST = 500


class FolderPresets:
    """`core.ports.PresetFiles`: below the toolboxes' own folders, and below one of the server."""

    def __init__(self, own: Path, folders: Callable[[], Sequence[Path]]) -> None:
        """``folders``: those of the toolboxes."""
        self._own = own
        self._folders = folders

    def of(self, tool: Tool) -> Sequence[Preset]:
        found: dict[str, Preset] = {}
        for file, with_tool in self._files(tool):
            # The server's own file goes before one of the same name beside the tool.
            found.setdefault(file.stem.casefold(), _preset_of(tool, file, with_tool=with_tool))
        return sorted(found.values(), key=lambda preset: preset.name.casefold())

    def _files(self, tool: Tool) -> Iterator[tuple[Path, bool]]:
        """Each with whether it comes with the tool."""
        for place, with_tool in self._places(tool):
            for name in dict.fromkeys((tool.short_name, tool.name)):
                folder = place / FOLDER / name
                try:
                    files = sorted(folder.iterdir())[:_MOST] if folder.is_dir() else []
                except OSError:
                    continue
                for file in files:
                    if file.suffix.lower() in _ENDINGS and file.is_file():
                        yield file, with_tool

    def _places(self, tool: Tool) -> Iterator[tuple[Path, bool]]:
        yield self._own, False
        if tool.entry.path is None:
            return
        source = Path(tool.entry.path)
        around = [folder for folder in self._folders() if source.is_relative_to(folder)]
        yield from ((folder, False) for folder in around)
        if not around:
            yield from (
                (folder, tool.entry.module is not None) for folder in _beside(source, tool.entry.module)
            )


def _beside(source: Path, module: str | None) -> list[Path]:
    """Where presets of a module that a package brings stand: beside it, or beside the package that is the toolbox."""
    package = (module or "").rpartition(".")[2]
    around = [folder for folder in source.parents if folder.name == package]
    return list(dict.fromkeys([source.parent, *around[:1]]))


def _preset_of(tool: Tool, file: Path, *, with_tool: bool) -> Preset:
    params, problem = {}, None
    try:
        params = plain(_read(file))
    except InvalidParams as error:
        problem = error.message
    except RecursionError:
        problem = f"{file.name} is nested too deeply"
    except (OSError, ValueError) as error:
        problem = str(error)
    mark = hashlib.sha256(f"{tool.name}\0{file}".encode(errors="surrogateescape")).hexdigest()
    return Preset(
        id=PresetId(f"file-{mark[:24]}"),
        tool=tool.name,
        name=file.stem.encode(errors="replace").decode()[:LONGEST_NAME],
        params=params,
        shared=True,
        path=str(file).encode(errors="replace").decode(),
        with_tool=with_tool,
        problem=problem,
    )


def _read(file: Path) -> Any:
    if file.stat().st_size > _MAX_SIZE:
        raise ValueError(f"{file.name} is larger than {_MAX_SIZE >> 20} MB")
    text = file.read_text("utf-8")
    if file.suffix.lower() == ".json":
        return json.loads(text)
    import yaml

    try:
        return _dates_as_text(yaml.safe_load(text) or {}, Budget(file.name))
    except yaml.YAMLError as error:
        raise ValueError(f"{file.name} is not YAML: {error}") from None


class Budget:
    """How many values a file may still have: a few lines of aliases stand for more than any memory holds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = _MOST_VALUES

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"{self._name} has more than {_MOST_VALUES:,} values")


def _dates_as_text(value: Any, budget: Budget) -> Any:
    """YAML reads dates by itself; params have them as text."""
    budget.spend()
    if isinstance(value, dict):
        return {key: _dates_as_text(item, budget) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item, budget) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
