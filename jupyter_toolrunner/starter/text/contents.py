"""A table of contents of a folder's pages."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ...authoring import progress
from .. import reports
from ..folders import Folder, FolderError
from ..pages import HTML, MARKDOWN, NOTEBOOK, Heading, Page, pages_of

_FIRST = ("index", "readme")


@dataclass(frozen=True, slots=True)
class Entry:
    page: str
    title: str
    kind: str
    headings: tuple[Heading, ...]


def contents(folder: Path | None, *, depth: int, numbered: bool, exclude: Sequence[str]) -> dict[str, Any]:
    """Write the contents as Markdown, as a tree in JSON and as a table into the current folder."""
    given = Folder(folder, exclude)
    files = given.files(MARKDOWN + HTML + NOTEBOOK)
    entries: list[Entry] = []
    for number, page in pages_of(given, files):
        progress(0.5 + 8 * number / len(files), 10, page.name)
        entries.append(Entry(page.name, page.title, page.kind, _below_title(page)))
    if not entries:
        raise FolderError(f"None of the {len(files)} files in {given.path} could be read")
    entries.sort(key=lambda entry: in_order(entry.page))
    problems = [problem for entry in entries for problem in _problems(entry)]
    made = [
        _write_pages(given, entries, problems, depth=depth, numbered=numbered),
        _write_tree(given, entries),
        _write_table(given, entries),
    ]
    headings = sum(len(entry.headings) for entry in entries)
    print(f"{', '.join(made)}: {len(entries)} pages, {headings} headings")
    progress(10, 10, f"{len(entries)} pages")
    return {
        "contents": made[0],
        "tree": made[1],
        "table": made[2],
        "pages": len(entries),
        "headings": headings,
        "problems": problems[:100],
        "left_out": len(given.left_out),
    }


def in_order(name: str) -> tuple[Any, ...]:
    """What leads into a folder comes first in it, then its pages, then the folders in it."""
    path = PurePosixPath(name)
    order: list[tuple[int, str]] = [(2, part.casefold()) for part in path.parts[:-1]]
    stem = path.stem.casefold()
    order.append((0, "") if stem in _FIRST else (1, path.name.casefold()))
    return tuple(order)


def _below_title(page: Page) -> tuple[Heading, ...]:
    """The headings, but not one that only says the page's title again."""
    headings = page.headings
    if headings and headings[0].text == page.title:
        headings = headings[1:]
    return headings


def _problems(entry: Entry) -> list[str]:
    found: list[str] = []
    if not entry.headings and entry.kind == "html":
        return found
    before = 1
    for heading in entry.headings:
        if heading.level > before + 1:
            line = f", line {heading.line}" if heading.line else ""
            found.append(
                f"{entry.page}{line}: {heading.text!r} is of level {heading.level} below level {before}"
            )
        if not heading.text:
            found.append(f"{entry.page}, line {heading.line}: a heading without a text")
        before = heading.level
    return found


def _write_pages(
    folder: Folder, entries: Sequence[Entry], problems: Sequence[str], *, depth: int, numbered: bool
) -> str:
    report = reports.Report(f"Contents of {folder.title}")
    lines: list[str] = []
    place = ""
    number = 0
    for entry in entries:
        here = entry.page.rpartition("/")[0]
        if here != place:
            if lines:
                report.text("\n".join(lines))
            report.heading(f"{here}/", 2)
            lines, place, number = [], here, 0
        number += 1
        bullet = f"{number}." if numbered else "-"
        lines.append(f"{bullet} {reports.link(entry.title, entry.page)}")
        lines += _nested(entry, depth, numbered=numbered)
    report.text("\n".join(lines))
    if problems:
        report.heading("Headings that skip a level")
        report.points(reports.plain(problem) for problem in problems[:200])
    return report.save(f"{folder.title}.contents.md")


def _nested(entry: Entry, depth: int, *, numbered: bool) -> list[str]:
    """The headings as a list in a list, as deep as they really are nested."""
    lines: list[str] = []
    levels: list[int] = []
    numbers: list[int] = []
    for heading in entry.headings:
        while levels and levels[-1] >= heading.level:
            levels.pop()
        levels.append(heading.level)
        if len(levels) > depth:
            continue
        numbers = [*numbers[: len(levels)], *([0] * (len(levels) - len(numbers)))]
        numbers[len(levels) - 1] += 1
        indent = "   " * len(levels) if numbered else "  " * len(levels)
        bullet = f"{numbers[len(levels) - 1]}." if numbered else "-"
        target = f"{entry.page}#{heading.anchor}" if heading.anchor else entry.page
        lines.append(f"{indent}{bullet} {reports.link(heading.text or '…', target)}")
    return lines


def _write_tree(folder: Folder, entries: Sequence[Entry]) -> str:
    tree = [
        {
            "page": entry.page,
            "title": entry.title,
            "headings": [
                {
                    "level": heading.level,
                    "text": heading.text,
                    "anchor": heading.anchor,
                    "line": heading.line or None,
                }
                for heading in entry.headings
            ],
        }
        for entry in entries
    ]
    path = f"{folder.title}.contents.json"
    Path(path).write_text(
        json.dumps(tree, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", errors="backslashreplace"
    )
    return path


def _write_table(folder: Folder, entries: Sequence[Entry]) -> str:
    path = f"{folder.title}.headings.csv"
    with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["page", "title", "level", "heading", "anchor", "line"])
        for entry in entries:
            writer.writerow([entry.page, entry.title, 0, "", "", ""])
            for heading in entry.headings:
                writer.writerow(
                    [entry.page, entry.title, heading.level, heading.text, heading.anchor, heading.line or ""]
                )
    return path
