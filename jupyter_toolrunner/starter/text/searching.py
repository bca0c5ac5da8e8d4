"""A full-text index of a folder, and what is found in it."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import reports
from ..folders import Folder, FolderError
from ..pages import ENDINGS, Page, pages_of, tags_of
from ..sections import sections_of
from ..words import WORD, is_stop_word, stem

ENDING = ".search.sqlite"
#: Marks a file of SQLite as an index of ours, in this shape.
_MARK = 0x54524E31
_AROUND = 180
_TERM = re.compile(r'(-?)(?:"([^"]+)"|(\S+))')
_TOKEN = re.compile(r"[^\W_]+(?:['’\-‐][^\W_]+)*")
_SCHEMA = f"""
PRAGMA application_id = {_MARK};
CREATE TABLE about (folder TEXT, pages INTEGER, words INTEGER);
CREATE TABLE pages (id INTEGER PRIMARY KEY, name TEXT, title TEXT, kind TEXT);
CREATE TABLE sections (id INTEGER PRIMARY KEY, page INTEGER, heading TEXT, anchor TEXT, line INTEGER, text TEXT);
CREATE VIRTUAL TABLE stems USING fts5(title, heading, text, tokenize = "unicode61 remove_diacritics 0");
"""


@dataclass(frozen=True, slots=True)
class Found:
    page: str
    title: str
    heading: str
    anchor: str
    line: int
    score: float
    #: Around the words that were looked for.
    passage: str


def search(
    folder: Path | None,
    index: Path | None,
    query: str,
    *,
    limit: int,
    exclude: Sequence[str],
    endings: Sequence[str],
) -> dict[str, Any]:
    """Index the folder, or take an index that was made before, and look for the query where there is one."""
    result: dict[str, Any] = {}
    if index is None:
        path, result = _make_index(folder, exclude, endings)
    else:
        path = index
        progress(1, 10, f"Opening {path.name}")
    with closing(_open(path)) as database:
        about = dict(database.execute("SELECT * FROM about").fetchone())
        result |= {"folder": about["folder"], "pages": about["pages"], "words": about["words"]}
        if not query.strip():
            progress(10, 10, f"{about['pages']} pages in the index")
            return result | {"query": "", "found": 0, "top": []}
        progress(8, 10, f"Looking for {query}")
        terms = _terms(query)
        found, loosely = _look_up(database, terms, limit)
    for place in found[:10]:
        print(f"{place.page}: {place.heading or place.title}")
    files = [_write_report(query, found, about, loosely=loosely), _write_table(found)]
    progress(10, 10, f"{len(found)} found")
    return result | {
        "query": query,
        "found": len(found),
        "all_words": not loosely,
        "report": files[0],
        "table": files[1],
        "top": [{"page": each.page, "heading": each.heading, "passage": each.passage} for each in found[:20]],
    }


# -- the index ------------------------------------------------------------------------------------------------------


def _make_index(
    given: Path | None, exclude: Sequence[str], endings: Sequence[str]
) -> tuple[Path, dict[str, Any]]:
    folder = Folder(given, exclude)
    wanted = [each if each.startswith(".") else f".{each}" for each in map(str.strip, endings) if each]
    files = folder.files([each.lower() for each in wanted] or ENDINGS)
    path = Path(f"{folder.title}{ENDING}")
    path.unlink(missing_ok=True)
    words = pages = 0
    with closing(sqlite3.connect(path)) as database:
        database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_SCHEMA}")
        with database:
            for number, page in pages_of(folder, files):
                progress(0.5 + 7 * number / len(files), 10, page.name)
                pages += 1
                words += _add(database, pages, page)
            if not pages:
                raise FolderError(f"None of the {len(files)} files in {folder.path} could be read")
            database.execute("INSERT INTO about VALUES (?, ?, ?)", (folder.title, pages, words))
            database.execute("INSERT INTO stems(stems) VALUES ('optimize')")
    print(f"{path}: {pages} pages, {words} words")
    return path, {"index": str(path), "left_out": len(folder.left_out)}


def _add(database: sqlite3.Connection, number: int, page: Page) -> int:
    """One page with its parts; the number of words."""
    database.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (number, page.name, page.title, page.kind))
    named = " ".join((page.title, page.name.rpartition("/")[2], *tags_of(page)))
    parts = [(each.heading, each.anchor, each.line, each.text) for each in sections_of(page)]
    if page.code:
        parts.append(("", "", 0, page.code))
    words = 0
    for part in parts or [("", "", 0, "")]:
        row = database.execute(
            "INSERT INTO sections(page, heading, anchor, line, text) VALUES (?, ?, ?, ?, ?)", (number, *part)
        ).lastrowid
        stems = _stems(part[3])
        words += len(stems)
        database.execute(
            "INSERT INTO stems(rowid, title, heading, text) VALUES (?, ?, ?, ?)",
            (row, " ".join(_stems(named)), " ".join(_stems(part[0])), " ".join(stems)),
        )
    return words


def _stems(text: str) -> list[str]:
    """Words by their stems, numbers as they are; a word with a hyphen counts by its parts too, after it."""
    found = []
    for token in _TOKEN.findall(text):
        # Whole and parts in this order, each once: a phrase is looked for as it stands here.
        for part in dict.fromkeys((token, *re.split(r"[-‐]", token))):
            plain = stem(part) if WORD.fullmatch(part) else part.lower()
            found.append(re.sub(r"[^\w]", "", plain) or part.lower())
    return found


def _open(path: Path) -> sqlite3.Connection:
    """To be read only. Raises FolderError for a file that is no index of ours."""
    refusal = (
        f"{path.name} is not an index that this tool made: choose a file that ends in {ENDING}, or a folder"
    )
    if not path.is_file():
        raise FolderError(f"There is no index {str(path)!r}: choose one of an earlier run, or a folder")
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        if database.execute("PRAGMA application_id").fetchone()[0] != _MARK:
            raise FolderError(refusal)
    except sqlite3.DatabaseError:
        database.close()
        raise FolderError(refusal) from None
    database.row_factory = sqlite3.Row
    return database


# -- the query ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """A word, its beginning, or words in a row; wanted or not."""

    stems: tuple[str, ...]
    wanted: bool
    beginning: bool

    def to_match(self) -> str:
        """Each stem in quotes: nothing in it is an operator."""
        return '"' + " ".join(self.stems) + '"' + ("*" if self.beginning else "")


def _terms(query: str) -> list[Term]:
    """Raises FolderError for a query without any word."""
    terms: list[Term] = []
    # "the moons of Jupiter": what says nothing counts only where there is nothing else.
    idle: list[Term] = []
    for minus, phrase, word in _TERM.findall(query):
        beginning = bool(word) and word.endswith("*")
        if beginning:
            stems = [part.lower().replace("ё", "е") for part in _TOKEN.findall(word)]
        elif phrase:
            stems = _stems(phrase)
        else:
            # A word with a hyphen is looked for as it is, and not by its parts too.
            stems = [
                stem(token) if WORD.fullmatch(token) else token.lower() for token in _TOKEN.findall(word)
            ]
        stems = [cleaned for each in stems if (cleaned := re.sub(r"[^\w]", "", each))]
        if stems:
            said = Term(tuple(stems), not minus, beginning)
            (idle if not (phrase or beginning or minus) and is_stop_word(word) else terms).append(said)
    if not any(term.wanted for term in terms):
        terms += idle
    if not any(term.wanted for term in terms):
        raise FolderError(
            f'query: {query!r} has no word to look for. Words are looked for in all their forms, "words in a row" '
            "in quotes, and -word leaves pages with it out"
        )
    return terms


def _look_up(database: sqlite3.Connection, terms: Sequence[Term], limit: int) -> tuple[list[Found], bool]:
    """Parts with all of the terms, else those with some; and whether it is only some."""
    wanted = [term.to_match() for term in terms if term.wanted]
    without = "".join(f" NOT {term.to_match()}" for term in terms if not term.wanted)
    for joined, loosely in ((" AND ", False), (" OR ", True)):
        found = database.execute(
            "SELECT p.name, p.title, s.heading, s.anchor, s.line, s.text, bm25(stems, 8.0, 4.0, 1.0) AS score "
            "FROM stems JOIN sections s ON s.id = stems.rowid JOIN pages p ON p.id = s.page "
            "WHERE stems MATCH ? ORDER BY score, p.name, s.id LIMIT ?",
            (f"({joined.join(wanted)}){without}", limit),
        ).fetchall()
        if found:
            return [_found(row, terms) for row in found], loosely and len(wanted) > 1
    return [], False


def _found(row: sqlite3.Row, terms: Iterable[Term]) -> Found:
    passage = _passage(row["text"] or row["heading"] or row["title"], terms)
    return Found(
        row["name"],
        row["title"],
        row["heading"],
        row["anchor"],
        row["line"],
        round(-row["score"], 4),
        passage,
    )


def _passage(text: str, terms: Iterable[Term]) -> str:
    """The place where most of what was looked for stands together, cut at words."""
    line = " ".join(text.split())
    places = [match.start() for match in _TOKEN.finditer(line) if _fits(match.group(), terms)]
    middle = max(places, key=lambda at: sum(abs(at - other) < _AROUND for other in places), default=0)
    begin, end = max(0, middle - _AROUND), min(len(line), middle + _AROUND)
    if begin:
        begin = line.find(" ", begin) + 1
    if end < len(line):
        end = max(line.rfind(" ", begin, end), begin)
    return ("…" if begin else "") + line[begin:end] + ("…" if end < len(line) else "")


def _fits(word: str, terms: Iterable[Term]) -> bool:
    plain = word.lower().replace("ё", "е")
    root = re.sub(r"[^\w]", "", stem(word))
    return any(
        root in term.stems or (term.beginning and plain.startswith(term.stems[0]))
        for term in terms
        if term.wanted
    )


# -- what is written ------------------------------------------------------------------------------------------------


def _write_report(query: str, found: Sequence[Found], about: dict[str, Any], *, loosely: bool) -> str:
    report = reports.Report(query)
    pages = reports.number(about["pages"], "page")
    lines = [f"{reports.number(len(found), 'place')} in {pages} of {reports.code(about['folder'])}"]
    if loosely:
        lines.append("No place has all of the words: these have some")
    if not found:
        lines.append("Nothing was found: try fewer words, or the beginning of one with a * after it")
    report.points(lines)
    terms = _terms(query)
    for place in found:
        where = f"{place.page}#{place.anchor}" if place.anchor else place.page
        title = (
            place.title
            if not place.heading or place.heading == place.title
            else f"{place.title}: {place.heading}"
        )
        report.heading(title, 3)
        line = f", line {place.line}" if place.line else ""
        report.text(f"{reports.code(where)}{line}")
        report.text(_marked(place.passage, terms))
    return report.save("search.md")


def _marked(passage: str, terms: Sequence[Term]) -> str:
    """The passage as Markdown, with what was looked for in bold."""
    parts, end = [], 0
    for match in _TOKEN.finditer(passage):
        if _fits(match.group(), terms):
            parts += [reports.plain_part(passage[end : match.start()]), f"**{reports.plain(match.group())}**"]
            end = match.end()
    return "".join([*parts, reports.plain_part(passage[end:])])


def _write_table(found: Sequence[Found]) -> str:
    with Path("found.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["position", "page", "line", "title", "heading", "score", "passage"])
        for position, each in enumerate(found, 1):
            writer.writerow(
                [position, each.page, each.line or "", each.title, each.heading, each.score, each.passage]
            )
    return "found.csv"
