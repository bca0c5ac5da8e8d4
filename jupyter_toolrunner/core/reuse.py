"""What two runs have in common that are the same: then the result of the one is that of the other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .ids import Digest
from .tools import Tool, ToolKind, View

#: Changes where a key comes to mean something else.
_FORMAT = 1


def key_of(tool: Tool, params: Mapping[str, Any], contents: Mapping[str, str], surroundings: str) -> Digest:
    """``contents``: what the files hold that the run can see, by path; ``surroundings``: what it runs in."""
    said = [
        _FORMAT,
        tool.name,
        tool.version,
        sorted(tool.code.values()),
        params,
        contents,
        surroundings,
    ]
    return Digest(hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest())


def leaves_only_results(tool: Tool) -> bool:
    """Whether all that a run of it does is there when its result is; others change a folder that stays."""
    return tool.kind is ToolKind.FUNCTION or tool.entry.view is View.PRIVATE


def folder_of(tool: Tool) -> str | None:
    """The folder that a run of it sees as its own, with all that lies there; None where it has none."""
    return None if tool.kind is ToolKind.FUNCTION else tool.entry.root
