"""How easily a text is read, by formulas that others found; English and Russian.

Sources:

- Flesch reading ease: R. Flesch, A new readability yardstick, Journal of Applied Psychology 32 (1948).
- Flesch-Kincaid grade: J. P. Kincaid and others, Research Branch Report 8-75, Naval Technical Training (1975).
- Gunning fog: R. Gunning, The technique of clear writing (1952).
- SMOG: G. H. McLaughlin, SMOG grading, Journal of Reading 12 (1969).
- Coleman-Liau: M. Coleman, T. L. Liau, A computer readability formula, Journal of Applied Psychology 60 (1975).
- ARI: R. J. Senter, E. A. Smith, Automated readability index, AMRL-TR-66-220 (1967).
- LIX: C. H. Björnsson, Läsbarhet (1968); it has no constant of a language.
- Flesch reading ease and Flesch-Kincaid grade for Russian: И. В. Оборнева, Автоматизированная оценка сложности учебных
  текстов на основе статистических параметров (2006).
- Grade of Russian school books: V. Solovyev, V. Ivanov, M. Solnyshkina, Assessment of reading difficulty levels in Russian
  academic texts, Journal of Intelligent & Fuzzy Systems 34 (2018).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

_RUSSIAN_VOWEL = re.compile(r"[аеёиоуыэюя]")
_GROUP = re.compile(r"[aeiouy]+")
#: Two vowels that are read one after the other, and not as one.
_APART = re.compile(
    r"(?<![tcsg])i[ao](?!us)|(?<=[bdfhlmnprv])io(?=us)|(?<![qg])u[ao]|eo(?!u)|i[ue](?=[tm])|yi|[eo]i(?=ng)"
    r"|ea(?=t(?:e|i|or|u)|li|ux)"
)
#: An e that is not heard: at the end, in -es and -ed, and before some endings.
_SILENT = re.compile(r"[^aeiouy]e(?:s|d|ly|ful|less|ness|ments?)?$")
#: An e that is heard all the same.
_SPOKEN = re.compile(r"[^aeiouyl]le|(?:[csxzg]|ch|sh)es$|[td]ed$")
_WORDS = {
    "area": 3, "idea": 3, "ideas": 3, "people": 2, "something": 2, "sometimes": 2, "someone": 2, "everything": 3, "every": 2,
    "different": 3, "business": 2, "chocolate": 3, "being": 2, "science": 2, "quiet": 2, "society": 4, "variety": 4,
    "create": 2, "created": 3, "creates": 2, "real": 1, "realize": 3, "poem": 2, "poet": 2, "diet": 2, "lion": 2,
    "riot": 2, "giant": 2, "fluid": 2, "ruin": 2, "usually": 4, "whole": 1, "therefore": 2, "somewhere": 2, "anyone": 3,
    "one": 1, "once": 1, "the": 1, "eye": 1, "eyes": 1, "are": 1, "were": 1, "where": 1, "there": 1, "evening": 2,
    "planet": 2,
    "period": 3, "video": 3, "radio": 3, "serious": 3, "various": 3, "previous": 3, "question": 2, "region": 2, "museum": 3,
    "nature": 2, "naked": 2, "hundred": 2, "sacred": 2, "people's": 2, "theory": 3, "doing": 2, "going": 2, "seeing": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas are reckoned of."""

    language: str
    sentences: int
    words: int
    letters: int
    syllables: int
    #: Words of three or more syllables.
    polysyllables: int
    #: The same, but not those that have three only by -es, -ed or -ing.
    complex: int
    #: Words of more than six letters.
    long: int


def count(language: str, sentences: Iterable[list[str]]) -> Counts:
    """``sentences``: the words of each."""
    number = words = letters = syllables = poly = hard = long = 0
    of = syllables_russian if language == "russian" else syllables_english
    for sentence in sentences:
        if not sentence:
            continue
        number += 1
        for word in sentence:
            length, parts = sum(map(str.isalpha, word)), of(word)
            words += 1
            letters += length
            syllables += parts
            poly += parts >= 3
            hard += parts >= 3 and (parts > 3 or not word.lower().endswith(("es", "ed", "ing")))
            long += length > 6
    return Counts(language, number, words, letters, syllables, poly, hard, long)


def scores(counts: Counts) -> dict[str, float]:
    """By the name of the formula; none for a text without words."""
    if not counts.words or not counts.sentences:
        return {}
    length = counts.words / counts.sentences
    syllables = counts.syllables / counts.words
    lix = length + 100 * counts.long / counts.words
    if counts.language == "russian":
        return {
            "flesch_reading_ease": 206.835 - 1.3 * length - 60.1 * syllables,
            "flesch_kincaid_grade": 0.5 * length + 8.4 * syllables - 15.59,
            "school_grade": 0.36 * length + 5.76 * syllables - 11.97,
            "lix": lix,
        }
    return {
        "flesch_reading_ease": 206.835 - 1.015 * length - 84.6 * syllables,
        "flesch_kincaid_grade": 0.39 * length + 11.8 * syllables - 15.59,
        "gunning_fog": 0.4 * (length + 100 * counts.complex / counts.words),
        "smog": 1.043 * math.sqrt(counts.polysyllables * 30 / counts.sentences) + 3.1291,
        "coleman_liau": 0.0588 * 100 * counts.letters / counts.words
        - 0.296 * 100 * counts.sentences / counts.words
        - 15.8,
        "ari": 4.71 * counts.letters / counts.words + 0.5 * length - 21.43,
        "lix": lix,
    }


def level(ease: float) -> str:
    """What Flesch called a text of this reading ease."""
    steps = (
        (90, "very easy"),
        (80, "easy"),
        (70, "fairly easy"),
        (60, "standard"),
        (50, "fairly difficult"),
        (30, "difficult"),
    )
    return next((name for least, name in steps if ease >= least), "very difficult")


def syllables_russian(word: str) -> int:
    """Each vowel makes one; a word without any, such as ``в``, counts none."""
    return len(_RUSSIAN_VOWEL.findall(word.lower()))


def syllables_english(word: str) -> int:
    """By the spelling: about one word in twenty is off by one."""
    total = 0
    for part in re.split(r"[-‐]", word.lower()):
        total += bool(re.search(r"[ds]n['’]t$", part))
        plain = re.sub(r"['’](?:s|t|re|ve|ll|d|m)?$", "", part)
        plain = re.sub(r"[^a-z]", "", plain)
        if plain:
            total += _syllables(plain)
    return max(1, total)


def _syllables(word: str) -> int:
    if word in _WORDS:
        return _WORDS[word]
    count = len(_GROUP.findall(word)) + len(_APART.findall(word))
    if _SILENT.search(word) and not _SPOKEN.search(word):
        count -= 1
    if word.endswith(("ism", "isms", "thm", "thms")):
        count += 1
    return max(1, count)
