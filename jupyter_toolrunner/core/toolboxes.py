"""Toolboxes: where tools come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """A source of tools as it is now."""

    #: A name of its own; its tools may bear another.
    id: str
    title: str
    #: Its folder, its file, or its module.
    place: str
    #: Whether people added it, and may remove it; else the configuration or a package named it.
    added: bool
    #: Tools that were read so far.
    tools: int
    reading: bool
    problems: tuple[str, ...] = ()

    def to_json(self) -> Mapping[str, Any]:
        return {**asdict(self), "problems": list(self.problems)}
