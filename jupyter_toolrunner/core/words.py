"""Words of a command line: how a JSON value becomes one, and what none can carry."""

from __future__ import annotations

import json
from typing import Any

from .errors import Problem

#: Bytes that the system takes in one word of a new program, its end included.
MAX_WORD = 131_072
#: Bytes of all words of a new program, well below what the system takes of words and environment.
MAX_WORDS = 1_500_000


def text_of(value: Any) -> str:
    """The word that gives a value: text as it is, numbers with every digit, ``true`` and ``false``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value)
    return json.dumps(value)


def unprintable(field: str, words: list[str]) -> list[Problem]:
    """Signs that no command line carries."""
    if any("\0" in word for word in words):
        return [Problem(field, "has a NUL character, which a command line can't carry")]
    if any(_has_surrogate(word) for word in words):
        return [Problem(field, "has half of a surrogate pair, which a command line can't carry")]
    return []


def too_long(field: str, words: list[str]) -> list[Problem]:
    """Words that a new program can't be given."""
    size = max((len(word.encode("utf-8", "surrogatepass")) for word in words), default=0)
    if size >= MAX_WORD:
        return [Problem(field, f"has {size:,} bytes; a program takes {MAX_WORD - 1:,} in one value at most")]
    return []


def short(value: Any) -> str:
    """A value as it is named in a sentence."""
    text = canonical(value)
    return text if len(text) <= 60 else text[:57] + "…"


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
