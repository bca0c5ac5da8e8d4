"""Ranked search over tools: what matches the name best comes first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property

from ..core.tools import Tool

_WORD = re.compile(r"\w+")
#: Where a word is found, and what that is worth.
_NAME, _TITLE, _TAGS, _PARAMS, _DESCRIPTION = 40.0, 30.0, 15.0, 8.0, 4.0


class Index:
    """The texts of tools, for ranked search."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = list(tools)

    @cached_property
    def _entries(self) -> list[_Entry]:
        """Folded when somebody searches for the first time."""
        return [_Entry(tool) for tool in self._tools]

    def search(self, query: str, category: str | None = None) -> list[Tool]:
        """Tools in which every word of the query is found, the best first."""
        words = words_of(query)
        plain = fold(query.strip())
        scored = [
            (entry.score(words, plain), entry.tool)
            for entry in self._entries
            if category is None or entry.tool.category == category
        ]
        hits = [(score, tool) for score, tool in scored if score > 0 or not words]
        return [
            tool for _, tool in sorted(hits, key=lambda hit: (-hit[0], hit[1].title.lower(), hit[1].name))
        ]


class _Entry:
    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.names = {fold(tool.name), fold(tool.short_name), fold(tool.short_name.rpartition(".")[2])}
        self.title = fold(tool.title)
        schema = tool.params_schema
        params = [
            text for name, each in _all_properties(schema) for text in (name, str(each.get("title", "")))
        ]
        described = [
            tool.description,
            *(str(each.get("description", "")) for _, each in _all_properties(schema)),
        ]
        self.fields: list[tuple[float, list[str]]] = [
            (_NAME, words_of(tool.name)),
            (_TITLE, words_of(tool.title)),
            (_TAGS, words_of(" ".join([*tool.tags, tool.category]))),
            (_PARAMS, words_of(" ".join(params))),
            (_DESCRIPTION, words_of(" ".join(described)[:20_000])),
        ]

    def score(self, words: Sequence[str], plain: str) -> float:
        """0 where a word of the query is nowhere."""
        if plain in self.names:
            return 1000.0
        total = 200.0 if plain and any(name.startswith(plain) for name in (*self.names, self.title)) else 0.0
        for word in words:
            best = max((weight * _match(word, texts) for weight, texts in self.fields), default=0.0)
            if not best:
                return 0.0
            total += best
        return total


def _match(word: str, texts: Sequence[str]) -> float:
    """1 for the word itself, less for its beginning, its stem or its middle."""
    best = 0.0
    stem = word[: max(4, len(word) - 2)] if len(word) > 5 else word
    for text in texts:
        if text == word:
            return 1.0
        if text.startswith(word):
            best = max(best, 0.8)
        elif len(word) > 5 and text.startswith(stem):
            best = max(best, 0.5)
        elif len(word) > 2 and word in text:
            best = max(best, 0.4)
    return best


def _all_properties(schema: object) -> list[tuple[str, dict[str, object]]]:
    """Properties of a schema and of its sub-commands."""
    if not isinstance(schema, dict):
        return []
    found = [(name, each) for name, each in schema.get("properties", {}).items() if isinstance(each, dict)]
    for branch in schema.get("allOf", ()):
        if isinstance(branch, dict):
            found += _all_properties(branch.get("then"))
    return found


def fold(text: str) -> str:
    """Case, accents that are marks of their own, and ``ё`` don't matter."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ё", "е").replace("й", "и"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words_of(text: str) -> list[str]:
    return [word for part in _WORD.findall(fold(text)) for word in part.split("_") if word]
