"""What people pass as params becomes what the wire takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InvalidParams, Problem
from .values import ArtifactFields


def encode_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Paths become text (absolute where something is there), artifacts references; raises InvalidParams for the rest."""
    return {str(name): _encode(value, str(name)) for name, value in params.items()}


def _encode(value: Any, field: str) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, ArtifactFields):
        return {"artifact": value.id}
    if isinstance(value, Path):
        return str(value.absolute()) if value.exists() else str(value)
    if isinstance(value, Mapping):
        return {str(key): _encode(item, f"{field}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_encode(item, f"{field}[{index}]") for index, item in enumerate(value)]
    return _encode_other(value, field)


def _encode_other(value: Any, field: str) -> Any:
    """Dates, decimals, enums, dataclasses, models; numbers of numpy by their ``item``."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value, inf_nan_mode="constants", fallback=_plain_number)
    except (PydanticSerializationError, TypeError) as error:
        kind = type(value).__name__
        message = f"a {kind} cannot be sent; save it to a file and pass its path, or pass an artifact of another run"
        raise InvalidParams([Problem(field, message)]) from error


def _plain_number(value: Any) -> Any:
    if callable(getattr(value, "item", None)) and getattr(value, "ndim", None) == 0:
        return value.item()
    raise TypeError(type(value).__name__)


def pieces_of(path: Path, size: int) -> Iterator[tuple[int, bytes]]:
    """The content of a file in pieces, each with the byte that it begins at."""
    offset = 0
    with path.open("rb") as file:
        while piece := file.read(size):
            yield offset, piece
            offset += len(piece)


def to_wire(body: Any) -> bytes:
    """JSON in ASCII, so that every text arrives as it is, or is refused by the server with its field."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii")
