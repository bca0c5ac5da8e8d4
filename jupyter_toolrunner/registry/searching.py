"""Ranked search over tools: what matches the name best comes first.

The same rules stand in ``labextension/src/logic/search.ts``, which searches in the browser; both are held to
``tests/search_cases.json``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property

from ..core.tools import Tool

_WORD = re.compile(r"\w+")
#: Where a word is found, and what that is worth.
_NAME, _TITLE, _TAGS, _PARAMS, _DESCRIPTION = 40.0, 30.0, 15.0, 8.0, 4.0
#: How it is found: as it is, as the beginning of a word, in another form, inside of a word.
_WHOLE, _START, _FORM, _INSIDE = 1.0, 0.8, 0.6, 0.4
#: With one wrong letter, with two.
_TYPOS = (0.3, 0.2)
_NAMED, _NAMED_FROM_START = 1000.0, 200.0
#: Letters from which on a form, a middle and a typo are looked for.
_FORM_FROM, _INSIDE_FROM, _TYPO_FROM, _TWO_TYPOS_FROM = 4, 3, 4, 8
_LONGEST_TEXT = 20_000


class Index:
    """The texts of tools, for ranked search."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = list(tools)

    @cached_property
    def _texts(self) -> _Texts:
        """Folded when somebody searches for the first time."""
        return _Texts(self._tools)

    def search(self, query: str, category: str | None = None) -> list[Tool]:
        """Tools in which every word of the query is found, the best first; all of them for an empty query."""
        if query.strip():
            found = self._texts.search(query)
        else:
            found = sorted(self._tools, key=lambda tool: (tool.title.lower(), tool.name))
        return [tool for tool in found if category is None or category in _categories_of(tool)]


class _Texts:
    """Each word that occurs, with the tools that it occurs in and what it is worth there."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = sorted(tools, key=lambda tool: (tool.title.lower(), tool.name))
        self._names = [_names_of(tool) for tool in self._tools]
        self._titles = [fold(tool.title) for tool in self._tools]
        places: dict[str, dict[int, float]] = {}
        for number, tool in enumerate(self._tools):
            for weight, text in _fields_of(tool):
                for word in set(words_of(text)):
                    at = places.setdefault(word, {})
                    at[number] = max(weight, at.get(number, 0.0))
        self._places = places

    def search(self, query: str) -> list[Tool]:
        words, plain = words_of(query), fold(query.strip())
        if not words:
            return []
        scores = self._found(words[0])
        for word in words[1:]:
            more = self._found(word)
            scores = {number: score + more[number] for number, score in scores.items() if number in more}
        for number in scores:
            if plain in self._names[number]:
                scores[number] += _NAMED
            elif self._starts(number, plain):
                scores[number] += _NAMED_FROM_START
        return [
            self._tools[number] for number in sorted(scores, key=lambda number: (-scores[number], number))
        ]

    def _starts(self, number: int, plain: str) -> bool:
        return any(name.startswith(plain) for name in (*self._names[number], self._titles[number]))

    def _found(self, word: str) -> dict[int, float]:
        """What the word is worth in each tool that has it; with typos only where nobody has it."""
        return self._worth(_forms(word, self._places)) or self._worth(_misspelt(word, self._places))

    def _worth(self, hits: Iterable[tuple[str, float]]) -> dict[int, float]:
        best: dict[int, float] = {}
        for other, factor in hits:
            for number, weight in self._places[other].items():
                if weight * factor > best.get(number, 0.0):
                    best[number] = weight * factor
        return best


def _forms(word: str, others: Iterable[str]) -> Iterator[tuple[str, float]]:
    stem = stem_of(word) if len(word) >= _FORM_FROM else ""
    beginning = stem[: max(3, len(stem) - 1)] if stem else "\0"
    for other in others:
        if word in other:
            if other.startswith(word):
                yield other, _WHOLE if other == word else _START
            elif other.startswith(beginning) and stem_of(other) == stem:
                yield other, _FORM
            elif len(word) >= _INSIDE_FROM:
                yield other, _INSIDE
        elif other.startswith(beginning) and stem_of(other) == stem:
            yield other, _FORM


def _misspelt(word: str, others: Iterable[str]) -> Iterator[tuple[str, float]]:
    if len(word) < _TYPO_FROM:
        return
    most = 2 if len(word) >= _TWO_TYPOS_FROM else 1
    pieces = _pieces(word, 2 * most + 1)
    for other in others:
        if abs(len(other) - len(word)) > most:
            continue
        # A typo harms two pieces at most, where it exchanges the letters between them: one stands where it stood.
        if (
            any(other.find(piece, max(0, at - most), at + len(piece) + most) >= 0 for at, piece in pieces)
            and (edits := distance(word, other, most)) <= most
        ):
            yield other, _TYPOS[edits - 1]


def _pieces(word: str, count: int) -> list[tuple[int, str]]:
    """The word in so many parts, each with its place; empty ones are left out."""
    ends = [len(word) * number // count for number in range(count + 1)]
    return [(ends[n], word[ends[n] : ends[n + 1]]) for n in range(count) if ends[n] < ends[n + 1]]


def distance(one: str, other: str, most: int) -> int:
    """Letters to add, leave out, change or exchange with the next; more than ``most`` is not counted on."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        previous, before, row = before, row, [i]
        for j, second in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != second))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == second:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


# -- the texts of a tool --------------------------------------------------------------------------------------------


def _names_of(tool: Tool) -> set[str]:
    return {fold(tool.name), fold(tool.short_name), fold(tool.short_name.rpartition(".")[2])}


def _categories_of(tool: Tool) -> list[str]:
    return [tool.category, *_translated(tool, "category")]


def _translated(tool: Tool, key: str) -> list[str]:
    return [str(texts[key]) for texts in tool.translations.values() if key in texts]


def _fields_of(tool: Tool) -> list[tuple[float, str]]:
    """In every language: people search in the one that they think in."""
    properties = [
        *_all_properties(tool.params_schema),
        *(item for texts in tool.translations.values() for item in texts.get("params", {}).items()),
    ]
    params = [text for name, each in properties for text in (name, str(each.get("title", "")))]
    described = [
        tool.description,
        *_translated(tool, "description"),
        *(str(each.get("description", "")) for _, each in properties),
    ]
    return [
        (_NAME, tool.name),
        (_TITLE, " ".join([tool.title, *_translated(tool, "title")])),
        (_TAGS, " ".join([*tool.tags, *_categories_of(tool)])),
        (_PARAMS, " ".join(params)),
        (_DESCRIPTION, " ".join(described)[:_LONGEST_TEXT]),
    ]


def _all_properties(schema: object) -> list[tuple[str, Mapping[str, object]]]:
    """Properties of a schema and of its sub-commands."""
    if not isinstance(schema, Mapping):
        return []
    found = [(name, each) for name, each in schema.get("properties", {}).items() if isinstance(each, Mapping)]
    for branch in schema.get("allOf", ()):
        if isinstance(branch, Mapping):
            found += _all_properties(branch.get("then"))
    return found


# -- words ----------------------------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Case, accents and ``ё`` don't matter; ``й`` is a letter of its own."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower()).replace("и\u0306", "й")
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words_of(text: str) -> list[str]:
    return [word for part in _WORD.findall(fold(text)) for word in part.split("_") if word]


@cache
def _stemmers() -> tuple[Callable[[str], str], Callable[[str], str]]:
    import snowballstemmer

    return snowballstemmer.stemmer("porter").stemWord, snowballstemmer.stemmer("russian").stemWord


def stem_of(word: str) -> str:
    """What the forms of an English or Russian word have in common."""
    english, russian = _stemmers()
    return russian(word) if "а" <= word[0] <= "я" else english(word)
