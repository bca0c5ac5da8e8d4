"""Words, sentences and languages of texts in English and Russian."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

#: A word may have apostrophes and hyphens inside; numbers are none.
WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’\-‐][^\W\d_]+)*(?!\w)")
_CYRILLIC = re.compile(r"[а-яёА-ЯЁ]")
_LATIN = re.compile(r"[a-zA-Z]")
#: The end of a sentence, with what closes it, before a blank and the beginning of the next.
_END = re.compile(r"(?<=[.!?…])(?:[\"'»”’)\]]*)\s+(?=[\"'«“‘(\[—–-]*\s*[A-ZА-ЯЁ0-9])")
_SHORT = re.compile(
    r"(?:\b(?:[A-ZА-ЯЁ]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|cf|No|Fig|approx|т|г|гг|в|вв|ул|им|стр|рис|см|тыс|млн|млрд|руб|др|пр|т\.е|т\.к))\.$"
)

_STOP_WORDS = Path(__file__).parent / "stopwords"


def language_of(text: str) -> str:
    """``russian`` where most letters are Cyrillic, ``english`` where most are Latin, else empty."""
    sample = text[:200_000]
    russian, latin = len(_CYRILLIC.findall(sample)), len(_LATIN.findall(sample))
    if russian == latin == 0:
        return ""
    return "russian" if russian > latin else "english"


def language_of_word(word: str) -> str:
    return "russian" if _CYRILLIC.search(word) else "english"


def words_of(text: str) -> list[str]:
    return WORD.findall(text)


def is_stop_word(word: str) -> bool:
    folded = word.lower().replace("’", "'")
    return folded in stop_words(language_of_word(folded))


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that say nothing by themselves."""
    return frozenset((_STOP_WORDS / f"{language}.txt").read_text(encoding="utf-8").split())


def sentences_of(text: str) -> list[str]:
    """A paragraph, a list item or a heading ends a sentence too; initials and common short forms don't."""
    return [
        sentence for block in re.split(r"\n\s*\n", text) for sentence in _sentences(" ".join(block.split()))
    ]


def _sentences(line: str) -> Iterator[str]:
    begin = 0
    for end in _END.finditer(line):
        candidate = line[begin : end.end()].strip()
        if _SHORT.search(line[begin : end.start()]):
            continue
        if candidate:
            yield candidate
        begin = end.end()
    if rest := line[begin:].strip():
        yield rest


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(language)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What the forms of a word have in common, by the Snowball stemmer of its language."""
    folded = word.lower().replace("ё", "е").replace("’", "'")
    return str(_stemmer(language_of_word(folded)).stemWord(folded))
