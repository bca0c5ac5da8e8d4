"""The terms of a folder's texts, with what is said of them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import reports
from ..folders import Folder, FolderError
from ..pages import ENDINGS, Page, inline_text, pages_of, parser
from ..words import is_stop_word, language_of_word, sentences_of, stem, words_of
from .contents import in_order

_NAME = r"[^\W\d_][\w'’\-‐]*(?:\s[\w'’\-‐]+){0,4}?"
#: "An orbit is the path …", "Орбита — это путь …", "Орбита — путь …" with a word before and after.
_IS = re.compile(
    rf"^(?:(?:A|An|The)\s)?({_NAME})(?:\s\(([^()]{{2,20}})\))?\s(?:is|are)\s((?:an?|the|one of)\s.+)$"
)
_IS_IN_RUSSIAN = re.compile(rf"^({_NAME})(?:\s\(([^()]{{2,20}})\))?\s[—–-]\sэто\s(.+)$")
_BOLD = re.compile(
    r"^(?:\*\*|__)(.{2,80}?)(?:\*\*|__)\s*(?:[:—–]|\s-\s)\s*(\S.*)$|^(?:\*\*|__)(.{2,80}?)[:.](?:\*\*|__)\s*(\S.*)$",
    re.DOTALL,
)
_ABBREVIATION = re.compile(r"\(([A-ZА-ЯЁ][A-Za-zА-ЯЁа-яё]{0,8}[A-ZА-ЯЁ])\)")
_LONGEST = 500
#: How it is known that something is a term, the surest first.
_KINDS = ("list", "bold", "sentence", "abbreviation", "frequent")


@dataclass(slots=True)
class Term:
    name: str
    kind: str
    definition: str = ""
    #: Page and anchor where it is defined.
    where: str = ""
    short: str = ""
    count: int = 0
    pages: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, ...]:
        return _key(self.name)


def glossary(folder: Path | None, *, exclude: Sequence[str], frequent: int, minimum: int) -> dict[str, Any]:
    """Write the glossary as Markdown and as a table into the current folder."""
    given = Folder(folder, exclude)
    files = sorted(given.files(ENDINGS), key=lambda file: in_order(file.name))
    terms: dict[tuple[str, ...], Term] = {}
    counted: Counter[tuple[str, ...]] = Counter()
    spread: Counter[tuple[str, ...]] = Counter()
    forms: dict[tuple[str, ...], Counter[str]] = {}
    for number, page in pages_of(given, files):
        progress(0.5 + 4.5 * number / len(files), 10, page.name)
        for term in _defined(page):
            _keep(terms, term)
        if frequent:
            _count_words(page, counted, spread, forms)
    for term in _frequent(counted, spread, forms, frequent, minimum, terms):
        terms[term.key] = term
    if not terms:
        raise FolderError(
            f"No term was found in the {len(files)} files in {given.path}: lower 'minimum' to see rarer words"
        )
    for number, page in pages_of(Folder(given.path, exclude), files):
        progress(5 + 4 * number / len(files), 10, page.name)
        _find(page, terms.values())
    kept = sorted(terms.values(), key=lambda term: term.name.casefold().replace("ё", "е"))
    made = [_write_pages(given, kept), _write_table(given, kept)]
    defined = sum(bool(term.definition) for term in kept)
    print(f"{', '.join(made)}: {len(kept)} terms, {defined} of them defined")
    progress(10, 10, f"{len(kept)} terms")
    return {
        "glossary": made[0],
        "table": made[1],
        "terms": len(kept),
        "defined": defined,
        "pages": len(files) - len(given.left_out),
        "left_out": len(given.left_out),
    }


def _key(name: str) -> tuple[str, ...]:
    """What all forms of a term have in common."""
    return tuple(stem(word) for word in words_of(name)) or (name.casefold(),)


def _keep(terms: dict[tuple[str, ...], Term], term: Term) -> None:
    """Of several definitions the surest, and of those the first."""
    known = terms.get(term.key)
    if known is None or _KINDS.index(term.kind) < _KINDS.index(known.kind):
        if known is not None and known.short and not term.short:
            term.short = known.short
        terms[term.key] = term
    elif term.short and not known.short:
        known.short = term.short


# -- definitions ----------------------------------------------------------------------------------------------------


def _defined(page: Page) -> Iterator[Term]:
    if page.source:
        yield from _in_markdown(page)
    yield from _in_sentences(page)


def _in_markdown(page: Page) -> Iterator[Term]:
    """Lists of definitions, and paragraphs that begin with a bold name."""
    tokens = parser().parse(page.source)
    name = ""
    for place, token in enumerate(tokens):
        if token.type == "dt_open":
            name = inline_text(tokens[place + 1])
        elif (
            token.type == "inline"
            and name
            and tokens[place - 1].type == "paragraph_open"
            and place > 1
            and tokens[place - 2].type == "dd_open"
        ):
            yield Term(name, "list", _cut(inline_text(token)), page.name)
            name = ""
        elif token.type == "inline" and tokens[place - 1].type == "paragraph_open":
            match = _BOLD.match(token.content)
            if match:
                term, said = match.group(1) or match.group(3), match.group(2) or match.group(4)
                term, said = (inline_text(parser().parseInline(each)[0]) for each in (term, said))
                if _is_term(term, most=6):
                    yield Term(term, "bold", _cut(said), page.name)


def _in_sentences(page: Page) -> Iterator[Term]:
    anchor = {heading.text.casefold(): heading.anchor for heading in page.headings}
    for sentence in sentences_of(page.text):
        match = _IS.match(sentence) or _IS_IN_RUSSIAN.match(sentence)
        if match and _is_term(match.group(1)):
            # "The aperture of a telescope is": the term is what it begins with.
            name = re.split(r"\sof\s", match.group(1))[0]
            place = anchor.get(name.casefold())
            where = f"{page.name}#{place}" if place else page.name
            yield Term(name, "sentence", _cut(sentence), where, match.group(2) or "")
        for found in _ABBREVIATION.finditer(sentence):
            long = _spelled_out(sentence[: found.start()], found.group(1))
            if long:
                yield Term(long, "abbreviation", "", page.name, found.group(1))


def _is_term(name: str, most: int = 4) -> bool:
    words = words_of(name)
    if not 1 <= len(words) <= most:
        return False
    # "One of them is", "This is", "What follows is" name nothing.
    return not is_stop_word(words[0]) and not is_stop_word(words[-1]) and any(len(word) > 2 for word in words)


def _spelled_out(before: str, short: str) -> str:
    """The words before an abbreviation whose first letters it has, by the rule of A. Schwartz and M. Hearst (2003)."""
    words = re.findall(r"[\w'’\-‐]+", before)[-(len(short) * 2) :]
    at, letters = len(words), [letter.casefold() for letter in short]
    for letter in reversed(letters):
        at -= 1
        while at >= 0 and not words[at].casefold().startswith(letter):
            if len(words) - at > len(short) + 2:
                return ""
            at -= 1
        if at < 0:
            return ""
    long = " ".join(words[at:])
    return long if len(words[at:]) > 1 and not is_stop_word(words[at]) else ""


def _cut(text: str) -> str:
    return reports.short(text, _LONGEST)


# -- frequent words -------------------------------------------------------------------------------------------------


def _count_words(
    page: Page,
    counted: Counter[tuple[str, ...]],
    spread: Counter[tuple[str, ...]],
    forms: dict[tuple[str, ...], Counter[str]],
) -> None:
    """Words and pairs of words, but none that begin or end with a word that says nothing."""
    here = set()
    for sentence in sentences_of(page.text):
        words = words_of(sentence)
        for place, word in enumerate(words):
            if len(word) < 4 or is_stop_word(word):
                continue
            phrases: list[tuple[str, ...]] = [(word,)]
            if place + 1 < len(words) and len(words[place + 1]) > 3 and not is_stop_word(words[place + 1]):
                phrases.append((word, words[place + 1]))
            for phrase in phrases:
                key = tuple(stem(each) for each in phrase)
                counted[key] += 1
                here.add(key)
                forms.setdefault(key, Counter())[" ".join(phrase).lower()] += 1
    spread.update(here)


def _frequent(
    counted: Counter[tuple[str, ...]],
    spread: Counter[tuple[str, ...]],
    forms: dict[tuple[str, ...], Counter[str]],
    most: int,
    minimum: int,
    known: dict[tuple[str, ...], Term],
) -> Iterator[Term]:
    """What comes often and is no term yet; a pair goes before a word that comes nearly always in it."""
    often = {
        key: n for key, n in counted.items() if n >= minimum and (len(key) == 1 or n >= max(2, minimum // 2))
    }
    inside: Counter[tuple[str, ...]] = Counter()
    for key, n in often.items():
        if len(key) == 2:
            for part in key:
                inside[(part,)] = max(inside[(part,)], n)
    ranked = sorted(
        (key for key, n in often.items() if key not in known and inside[key] * 2 < n),
        key=lambda key: (-often[key] * len(key) * (1 + min(spread[key], 5) / 5), key),
    )
    for key in ranked[:most]:
        yield Term(forms[key].most_common(1)[0][0], "frequent")


def _find(page: Page, terms: Iterable[Term]) -> None:
    """Count how often each term comes on a page, in whichever form."""
    text = f" {' '.join(stem(word) for word in words_of(page.text))} "
    words = set(text.split())
    for term in terms:
        if term.key[0] not in words:
            continue
        needle = f" {' '.join(term.key)} "
        # Two in a row share the blank between them.
        number = text.replace(" ", "  ").count(needle.replace(" ", "  "))
        if number:
            term.count += number
            term.pages.append(page.name)


# -- what is written ------------------------------------------------------------------------------------------------


def _write_pages(folder: Folder, terms: Sequence[Term]) -> str:
    report = reports.Report(f"Glossary of {folder.title}")
    defined = [term for term in terms if term.definition or term.short]
    letter = ""
    for term in sorted(defined, key=lambda term: (language_of_word(term.name), term.name.casefold())):
        first = term.name[:1].upper()
        if first != letter:
            report.heading(first)
            letter = first
        short = f" ({reports.plain(term.short)})" if term.short else ""
        said = f": {reports.plain(term.definition)}" if term.definition else ""
        where = f" {reports.link(term.where, term.where)}" if term.where else ""
        report.text(f"**{reports.plain(term.name)}**{short}{said} —{where}, {_times(term)}")
    others = [term for term in terms if not (term.definition or term.short)]
    if others:
        report.heading("Frequent, and nowhere defined")
        report.table(
            ["Term", "Times", "Pages"],
            [
                [reports.plain(term.name), f"{term.count:,}", _pages(term.pages)]
                for term in sorted(others, key=lambda term: (-term.count, term.name))
            ],
        )
    return report.save(f"{folder.title}.glossary.md")


def _times(term: Term) -> str:
    times = "once" if term.count == 1 else f"{term.count:,} times"
    return (
        f"{times} on {len(term.pages)} page{'' if len(term.pages) == 1 else 's'}"
        if term.count
        else "not used elsewhere"
    )


def _pages(names: Sequence[str]) -> str:
    shown = ", ".join(reports.code(name) for name in names[:4])
    return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _write_table(folder: Folder, terms: Sequence[Term]) -> str:
    path = f"{folder.title}.glossary.csv"
    with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["term", "abbreviation", "definition", "defined_in", "found_by", "times", "pages", "page_names"]
        )
        for term in terms:
            found = term.where, term.kind, term.count, len(term.pages), "; ".join(term.pages[:50])
            writer.writerow([term.name, term.short, term.definition, *found])
    return path
