"""Numbers about the texts of a folder, and how easily they are read."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import reports
from ..folders import Folder, FolderError
from ..pages import ENDINGS, Page, pages_of
from ..words import is_stop_word, language_of, sentences_of, stem, words_of
from .readability import Counts, count, level, scores

#: Words that a grown-up reads in a minute, silently; M. Brysbaert, Journal of Memory and Language 109 (2019).
_A_MINUTE = {"english": 238, "russian": 184}
_FORMULAS = (
    "flesch_reading_ease",
    "flesch_kincaid_grade",
    "school_grade",
    "gunning_fog",
    "smog",
    "coleman_liau",
    "ari",
    "lix",
)
#: A text shorter than this has no readability worth the name.
_LEAST_WORDS = 100
_COLUMNS = ("page", "title", "language", "words", "sentences", "different_words", "words_per_sentence",
            "letters_per_word", "syllables_per_word", "minutes", *_FORMULAS)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    page: str
    title: str
    counts: Counts
    different: int
    scores: dict[str, float]

    @property
    def minutes(self) -> float:
        return self.counts.words / _A_MINUTE[self.counts.language]

    def row(self) -> dict[str, Any]:
        counts = self.counts
        return {
            "page": self.page,
            "title": self.title,
            "language": counts.language,
            "words": counts.words,
            "sentences": counts.sentences,
            "different_words": self.different,
            "words_per_sentence": round(counts.words / max(1, counts.sentences), 2),
            "letters_per_word": round(counts.letters / max(1, counts.words), 2),
            "syllables_per_word": round(counts.syllables / max(1, counts.words), 3),
            "minutes": round(self.minutes, 1),
            **{name: round(value, 1) for name, value in self.scores.items()},
        }


def statistics(folder: Path | None, *, language: str, exclude: Sequence[str], top: int) -> dict[str, Any]:
    """Write a report and a table with a row per page into the current folder."""
    given = Folder(folder, exclude)
    files = given.files(ENDINGS)
    measured: list[Measured] = []
    often: dict[str, Counter[str]] = {"english": Counter(), "russian": Counter()}
    forms: dict[str, str] = {}
    for number, page in pages_of(given, files):
        progress(0.5 + 8 * number / len(files), 10, page.name)
        one = measure(page, language)
        if one is None:
            given.leave_out(page.name, "no words")
            continue
        measured.append(one)
        for word in words_of(page.text):
            if len(word) > 2 and not is_stop_word(word):
                root = stem(word)
                often[one.counts.language][root] += 1
                forms.setdefault(root, word.lower())
    if not measured:
        raise FolderError(f"None of the {len(files)} files in {given.path} has words to count")
    progress(9, 10, "Writing")
    frequent = {
        name: [(forms[root], n) for root, n in counter.most_common(top)]
        for name, counter in often.items()
        if counter
    }
    files_made = [_write_report(given, measured, frequent), _write_table(given, measured)]
    total = sum(each.counts.words for each in measured)
    print(f"{', '.join(files_made)}: {len(measured)} pages, {total} words")
    progress(10, 10, f"{total} words")
    return {
        "report": files_made[0],
        "table": files_made[1],
        "pages": len(measured),
        "words": total,
        "sentences": sum(each.counts.sentences for each in measured),
        "minutes": round(sum(each.minutes for each in measured), 1),
        "left_out": len(given.left_out),
        "languages": {
            name: _mean(measured, name) for name in often if any(m.counts.language == name for m in measured)
        },
        "frequent": {name: dict(words) for name, words in frequent.items()},
    }


def measure(page: Page, language: str = "auto") -> Measured | None:
    """None for a page without words."""
    known = language_of(page.text) if language == "auto" else language
    if not known:
        return None
    sentences = [words_of(sentence) for sentence in sentences_of(page.text)]
    counts = count(known, sentences)
    if not counts.words:
        return None
    different = len({word.lower() for sentence in sentences for word in sentence})
    return Measured(page.name, page.title, counts, different, scores(counts))


def _mean(measured: Sequence[Measured], language: str) -> dict[str, float]:
    """Of the texts in a language, each as often as it has words."""
    some = [each for each in measured if each.counts.language == language]
    words = sum(each.counts.words for each in some)
    return {
        name: round(sum(each.scores[name] * each.counts.words for each in some) / words, 1)
        for name in _FORMULAS
        if all(name in each.scores for each in some)
    }


def _write_report(
    folder: Folder, measured: Sequence[Measured], frequent: dict[str, list[tuple[str, int]]]
) -> str:
    report = reports.Report(f"Texts of {folder.title}")
    words = sum(each.counts.words for each in measured)
    minutes = sum(each.minutes for each in measured)
    sentences = reports.number(sum(each.counts.sentences for each in measured), "sentence")
    report.points(
        [
            f"{reports.number(len(measured), 'page')}, {reports.number(words, 'word')}, {sentences}",
            f"Read in about {minutes:.0f} minutes"
            if minutes < 120
            else f"Read in about {minutes / 60:.1f} hours",
            *(
                [
                    f"{reports.number(len(folder.left_out), 'file was', 'files were')} left out: the log says why"
                ]
                if folder.left_out
                else []
            ),
        ]
    )
    for language in ("english", "russian"):
        some = [each for each in measured if each.counts.language == language]
        if some:
            _write_language(report, language, some, frequent.get(language, []))
    report.heading("How to read the numbers")
    report.text(
        "Reading ease goes from 0 to 100, and more is easier. A grade is the year of school in which a text is understood. "
        f"LIX is below 30 for a text for children and above 60 for one of experts. Texts of fewer than {_LEAST_WORDS} "
        "words, marked with ·, are too short for numbers to mean much."
    )
    return report.save(f"{folder.title}.texts.md")


def _write_language(
    report: reports.Report, language: str, some: Sequence[Measured], frequent: Sequence[tuple[str, int]]
) -> None:
    report.heading(language.capitalize())
    mean = _mean(some, language)
    ease = mean["flesch_reading_ease"]
    report.text(f"Reading ease {ease:.0f} on average: {level(ease)}.")
    grade = "school_grade" if language == "russian" else "gunning_fog"
    name = "Grade (school books)" if language == "russian" else "Gunning fog"
    report.table(
        ["Page", "Words", "Words per sentence", "Reading ease", "Grade", name, "LIX"],
        [
            [
                reports.code(each.page) + (" ·" if each.counts.words < _LEAST_WORDS else ""),
                f"{each.counts.words:,}",
                f"{each.counts.words / each.counts.sentences:.1f}",
                *(
                    f"{each.scores[key]:.1f}"
                    for key in ("flesch_reading_ease", "flesch_kincaid_grade", grade, "lix")
                ),
            ]
            for each in sorted(some, key=lambda each: each.scores["flesch_reading_ease"])
        ],
    )
    if frequent:
        report.text("Frequent words: " + ", ".join(f"{reports.plain(word)} ({n})" for word, n in frequent))


def _write_table(folder: Folder, measured: Sequence[Measured]) -> str:
    path = f"{folder.title}.texts.csv"
    with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(each.row() for each in measured)
    return path
