"""Links that lead nowhere."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...authoring import progress
from .. import reports
from ..folders import Folder, FolderError
from ..pages import HTML, MARKDOWN, NOTEBOOK, Link, Page, pages_of
from .targets import Book, Target, has_anchor, target_of

_AGENT = "jupyter-toolrunner-link-check"
#: Hosts that are asked at the same time, each one by one.
_HOSTS = 8
#: Seconds between two questions to a host.
_PAUSE = 0.5
#: An answer that says nothing of the page: it is asked for again, or the host wants a person.
_UNSURE = {401, 403, 405, 406, 407, 429, 451, 999}


@dataclass(frozen=True, slots=True)
class Problem:
    page: str
    line: int
    target: str
    #: ``missing file``, ``missing anchor``, ``outside``, ``not an address``, ``web``, ``unsure`` or ``unused``.
    kind: str
    message: str


def check(
    folder: Path | None, *, web: bool, timeout: float, most: int, pages_alone: bool, exclude: Sequence[str]
) -> dict[str, Any]:
    """Write a report and a table of the links that lead nowhere into the current folder."""
    given = Folder(folder, exclude)
    files = given.files(MARKDOWN + HTML + NOTEBOOK)
    pages: dict[str, Page] = {}
    for number, page in pages_of(given, files):
        progress(0.5 + 4 * number / len(files), 10, page.name)
        pages[page.name] = _without_text(page)
    if not pages:
        raise FolderError(f"None of the {len(files)} files in {given.path} could be read")
    book = Book(given.path, pages)
    problems: list[Problem] = []
    addresses: dict[str, list[tuple[str, int]]] = {}
    linked: set[str] = set()
    counted: Counter[str] = Counter()
    for page in pages.values():
        for link in page.links:
            kind, problem = _checked(link, page, book, pages, addresses, linked)
            counted[kind] += 1
            if problem is not None:
                problems.append(problem)
    if pages_alone:
        problems += _unlinked(pages, linked)
    asked = 0
    if web and addresses:
        asked = min(len(addresses), most)
        problems += _ask(addresses, timeout, most)
    problems.sort(key=lambda problem: (problem.page, problem.line, problem.target))
    made = [_write_report(given, problems, counted, addresses, asked), _write_table(problems)]
    broken = sum(problem.kind not in ("unsure", "unused") for problem in problems)
    print(f"{', '.join(made)}: {broken} broken of {counted.total()} links on {len(pages)} pages")
    progress(10, 10, f"{broken} broken links")
    return {
        "report": made[0],
        "table": made[1],
        "pages": len(pages),
        "links": counted.total(),
        "broken": broken,
        "problems": dict(Counter(problem.kind for problem in problems)),
        "addresses": len(addresses),
        "addresses_asked": asked,
        "left_out": len(given.left_out),
    }


def _without_text(page: Page) -> Page:
    """What is needed of a page later: its text would only take memory."""
    return Page(page.name, page.kind, page.title, "", (), page.links, page.anchors)


def _checked(
    link: Link,
    page: Page,
    book: Book,
    pages: Mapping[str, Page],
    addresses: dict[str, list[tuple[str, int]]],
    linked: set[str],
) -> tuple[str, Problem | None]:
    """The kind of target, and what is wrong with it."""
    if link.kind == "wiki":
        name, _, fragment = link.target.partition("#")
        found = book.wiki(name.strip(), page.name) if name.strip() else page.name
        if found is None:
            return "file", _problem(link, page, "missing file", _no_page(book, name))
        return "file", _anchor(link, page, found, fragment.strip(), pages, linked, wiki=True)
    try:
        target = target_of(link, page.name)
    except ValueError as error:
        return "other", _problem(link, page, "not an address", str(error))
    if target.kind == "web":
        addresses.setdefault(target.path.partition("#")[0], []).append((page.name, link.line))
    if target.kind != "file":
        return target.kind, None
    return "file", _file(link, page, target, book, pages, linked)


def _file(
    link: Link, page: Page, target: Target, book: Book, pages: Mapping[str, Page], linked: set[str]
) -> Problem | None:
    if target.path == ".." or target.path.startswith("../"):
        return _problem(link, page, "outside", "leads out of the folder, where nothing is looked at")
    found = book.find(target.path)
    if found is None:
        return _problem(link, page, "missing file", _no_page(book, target.path))
    return _anchor(link, page, found, target.fragment, pages, linked)


def _anchor(
    link: Link,
    page: Page,
    found: str,
    fragment: str,
    pages: Mapping[str, Page],
    linked: set[str],
    *,
    wiki: bool = False,
) -> Problem | None:
    if found != page.name:
        linked.add(found)
    other = pages.get(found)
    if other is None or has_anchor(other, fragment):
        return None
    if wiki and has_anchor(other, fragment.lower().replace(" ", "-")):
        return None
    import difflib

    near = difflib.get_close_matches(fragment.lower(), sorted(other.anchors), n=1, cutoff=0.6)
    hint = f"; the closest is #{near[0]}" if near else ""
    return _problem(link, page, "missing anchor", f"{found} has no #{fragment}{hint}")


def _no_page(book: Book, name: str) -> str:
    near = book.close_to(name)
    return f"there is no {name}" + (f"; the closest is {', '.join(near)}" if near else "")


def _problem(link: Link, page: Page, kind: str, message: str) -> Problem:
    return Problem(page.name, link.line, unquote(link.target), kind, message)


def _unlinked(pages: Mapping[str, Page], linked: set[str]) -> Iterator[Problem]:
    for name in pages:
        stem = name.rpartition("/")[2].partition(".")[0].lower()
        if name not in linked and stem not in ("index", "readme"):
            yield Problem(name, 0, "", "unused", "no page links here")


# -- the web --------------------------------------------------------------------------------------------------------


def _ask(addresses: Mapping[str, list[tuple[str, int]]], timeout: float, most: int) -> list[Problem]:
    """Ask each address once: hosts side by side, the pages of a host one after the other."""
    import httpx

    by_host: dict[str, list[str]] = {}
    for address in list(addresses)[:most]:
        by_host.setdefault(urlsplit(address).netloc.lower(), []).append(address)
    if len(addresses) > most:
        print(f"{most} of {len(addresses)} addresses are asked ('most' asks more)")
    done = 0
    problems: list[Problem] = []
    with (
        httpx.Client(timeout=timeout, follow_redirects=True, headers={"User-Agent": _AGENT}) as client,
        ThreadPoolExecutor(_HOSTS) as hosts,
    ):
        for found in hosts.map(lambda names: _ask_host(client, names), by_host.values()):
            for address, kind, message in found:
                done += 1
                if kind:
                    problems += [
                        Problem(page, line, address, kind, message) for page, line in addresses[address]
                    ]
            progress(5 + 4.5 * done / min(most, len(addresses)), 10, f"{done} addresses asked")
    return problems


def _ask_host(client: Any, addresses: Sequence[str]) -> list[tuple[str, str, str]]:
    found = []
    for number, address in enumerate(addresses):
        if number:
            time.sleep(_PAUSE)
        found.append((address, *_answer(client, address)))
    return found


def _answer(client: Any, address: str) -> tuple[str, str]:
    """Kind and message of what is wrong; empty where nothing is."""
    import httpx

    try:
        status = client.head(address).status_code
        if status >= 400:
            # Some know no HEAD; of the page itself no more than the head is taken.
            with client.stream("GET", address) as answer:
                status = answer.status_code
    except httpx.TimeoutException:
        return "web", "no answer in time"
    except httpx.TooManyRedirects:
        return "web", "leads round in circles"
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
        return "web", " ".join(str(error).split())[:200] or type(error).__name__
    if status in _UNSURE:
        return "unsure", f"the host does not tell a program (status {status}): look by hand"
    return ("web", f"answers with status {status}") if status >= 400 else ("", "")


# -- what is written ------------------------------------------------------------------------------------------------


def _write_report(
    folder: Folder,
    problems: Sequence[Problem],
    counted: Counter[str],
    addresses: Mapping[str, Any],
    asked: int,
) -> str:
    report = reports.Report(f"Links of {folder.title}")
    broken = [problem for problem in problems if problem.kind not in ("unsure", "unused")]
    points = [f"{reports.number(counted.total(), 'link')}; leading nowhere: {len(broken):,}"]
    if addresses and not asked:
        points.append(f"Addresses of the web that were not asked: {len(addresses):,} ('web' asks them)")
    elif asked:
        points.append(f"Addresses of the web that were asked: {asked:,}")
    if folder.left_out:
        points.append(f"{reports.number(len(folder.left_out), 'file')} could not be read: the log says why")
    report.points(points)
    for title, kinds in (
        ("Broken", {problem.kind for problem in broken}),
        ("To be looked at by hand", {"unsure"}),
        ("Pages that no page links to", {"unused"}),
    ):
        some = [problem for problem in problems if problem.kind in kinds]
        if some and kinds == {"unused"}:
            report.heading(title)
            report.points(reports.code(problem.page) for problem in some[: reports.MOST_ROWS])
        elif some:
            report.heading(title)
            report.table(
                ["Page", "Line", "Link", "What is wrong"],
                [
                    [
                        reports.code(problem.page),
                        str(problem.line or ""),
                        reports.code(reports.short(problem.target, 90)),
                        reports.plain(problem.message),
                    ]
                    for problem in some
                ],
            )
    if not problems:
        report.text("Every link leads somewhere.")
    return report.save(f"{folder.title}.links.md")


def _write_table(problems: Sequence[Problem]) -> str:
    with Path("problems.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["page", "line", "link", "kind", "message"])
        for each in problems:
            writer.writerow([each.page, each.line or "", each.target, each.kind, each.message])
    return "problems.csv"
