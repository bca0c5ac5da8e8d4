"""Values of a notebook as a form takes them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidParams, Problem
from ..core.presets import without_secrets

if TYPE_CHECKING:
    from ..client import Client, Tool


def fitting(
    client: Client, tool: Tool, params: Mapping[str, Any], *, keep_secrets: bool = True
) -> dict[str, Any]:
    """The params as JSON, files among them uploaded. Raises InvalidParams where a name is not the tool's."""
    from ..client.params import encode_params

    return encode_params(params)
