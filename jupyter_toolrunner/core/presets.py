"""Presets: named params of a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import Conflict
from .ids import PresetId, ToolName
from .tools import Schema

#: Characters of a preset's name.
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Named params of a tool: somebody's own, shared with everybody, or a file beside the tool."""

    id: PresetId
    tool: ToolName
    name: str
    #: What was set; the rest is left to the tool's defaults, and nothing says that it is complete.
    params: Mapping[str, Any]
    #: Who made it; empty for a file.
    owner: str = ""
    shared: bool = False
    #: Whether the form opens with it, for the user who asks.
    is_default: bool = False
    #: Whether the user who asks may change it.
    mine: bool = False
    #: The file that it is; such a preset is changed there alone.
    path: str | None = None
    #: Whether the file is a part of the package that brings the tool.
    with_tool: bool = False
    #: Why the file cannot be used.
    problem: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.PresetShape`."""
        return {
            "id": self.id,
            "tool": self.tool,
            "name": self.name,
            "params": self.params,
            "owner": self.owner,
            "shared": self.shared,
            "is_default": self.is_default,
            "mine": self.mine,
            "path": self.path,
            "with_tool": self.with_tool,
            "problem": self.problem,
            "created_at": self.created_at and self.created_at.isoformat(),
            "updated_at": self.updated_at and self.updated_at.isoformat(),
        }


def name_taken(name: str) -> Conflict:
    return Conflict(
        f"You have a preset “{name}” of this tool already.",
        hint="Give another name, or replace the one that is there.",
    )


def without_secrets(params: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The params but for those that the tool declares as secret: these are never kept."""
    secret = set(secrets_of(schema))
    return {name: value for name, value in params.items() if name not in secret}


def secrets_of(schema: Any) -> list[str]:
    """Names of the params that the tool declares as secret."""
    if not isinstance(schema, Mapping):
        return []
    found = [
        name
        for name, declared in dict(schema.get("properties") or {}).items()
        if isinstance(declared, Mapping) and declared.get("x-secret") is True
    ]
    branches = [*(schema.get("allOf") or ()), schema.get("then"), schema.get("else")]
    return found + [name for branch in branches for name in secrets_of(branch)]
