"""A request and its answer, free of any web server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidRequest

if TYPE_CHECKING:
    from ..services.product import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came in, before a route was found for it."""

    method: str
    path: str
    query: Mapping[str, str]
    #: By their names in lower case.
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    product: Product
    #: Who asks; owner of what is made.
    user: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    #: Of the route's own shape.
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def integer(self, name: str, default: int, *, least: int | None = 0, most: int | None = None) -> int:
        """A number of the query, within its bounds. Raises InvalidRequest."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        try:
            value = int(text) if len(text) < 20 else None
        except ValueError:
            value = None
        if value is None or abs(value) >= 2**63 or (least is not None and value < least):
            raise InvalidRequest(f"{name} must be a whole number, not {text[:50]!r}.", field=name)
        return value if most is None else min(value, most)

    def idempotency_key(self, longest: int) -> str | None:
        """Raises InvalidRequest."""
        key = self.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= longest:
            raise InvalidRequest(
                f"An Idempotency-Key has 1 to {longest} characters here.", field="Idempotency-Key"
            )
        return key

    def seconds(self, name: str, *, most: float) -> float:
        text = self.query.get(name)
        if not text:
            return 0.0
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not value >= 0:
            raise InvalidRequest(f"{name} must be a number of seconds, not {text[:50]!r}.", field=name)
        return min(value, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int = 200
    #: JSON-able; None where ``content`` or ``file`` is given.
    json: Any = None
    content: bytes | None = None
    file: Path | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def is_text(value: str) -> bool:
    """Without what databases refuse: NUL, and halves of characters."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)
