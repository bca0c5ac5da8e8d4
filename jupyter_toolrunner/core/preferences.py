"""Preferences: small state of one user, such as favourites, that all windows of that user share."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import InvalidRequest, TooLarge

#: Bytes of one value, as JSON.
VALUE_LIMIT = 64 * 1024
#: Keys of one user.
KEYS_LIMIT = 200
_KEY = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    key: str
    #: Anything JSON-able.
    value: Any
    updated_at: datetime

    def to_json(self) -> Mapping[str, Any]:
        return {"key": self.key, "value": self.value, "updated_at": self.updated_at.isoformat()}


def check_key(key: str) -> str:
    """Raises InvalidRequest."""
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            f"{key[:50]!r} is no key of a preference.",
            field="key",
            hint="Small letters, digits and _ . : - make a key; 100 characters at most.",
        )
    return key


def encode(value: Any) -> str:
    """As text that no database refuses. Raises TooLarge."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    if len(text) > VALUE_LIMIT:
        raise TooLarge(
            f"The value has {len(text):,} bytes; {VALUE_LIMIT:,} are kept.",
            hint="Nothing was changed. Put what is large into a file.",
        )
    return text
