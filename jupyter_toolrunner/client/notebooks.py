"""Notebooks that are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..core.errors import InvalidRequest, NotFound


def notebook_of(path: Path) -> dict[str, Any]:
    """The content of its file. Raises NotFound, InvalidRequest."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFound(f"There is no notebook {path}", hint="Nothing was published. Check the path") from None
    except ValueError as error:
        raise InvalidRequest(
            f"{path} is no notebook: {error}", field="notebook", hint="Nothing was published."
        ) from None
    if not isinstance(content, dict):
        raise InvalidRequest(f"{path} is no notebook", field="notebook", hint="Nothing was published.")
    return content
