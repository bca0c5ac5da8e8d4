"""The addresses of a site's pages, as search engines read them: the protocol of sitemaps.org."""

from __future__ import annotations

import csv
import datetime
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from ...authoring import progress
from ..dates import date_of
from ..folders import File, Folder, FolderError
from ..pages import HTML, MARKDOWN, NOTEBOOK, Page, pages_of

#: Limits of the protocol, for one file.
MOST_ADDRESSES = 50_000
MOST_BYTES = 50 * 2**20
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_INDEX = ("index", "readme")


@dataclass(frozen=True, slots=True)
class Address:
    page: str
    url: str
    changed: str
    title: str


def sitemap(
    folder: Path | None, *, base_url: str, style: str, changed: str, packed: bool, exclude: Sequence[str]
) -> dict[str, Any]:
    """Write the sitemap and a table of its addresses into the current folder."""
    base = _base(base_url)
    given = Folder(folder, exclude)
    files = given.files(HTML + MARKDOWN + NOTEBOOK)
    addresses: list[Address] = []
    taken: dict[str, str] = {}
    hidden = 0
    for number, page in pages_of(given, files):
        progress(0.5 + 7 * number / len(files), 10, page.name)
        if _is_hidden(page):
            hidden += 1
            given.leave_out(page.name, "a draft, or not for search engines")
            continue
        url = base + quote(path_of(page.name, style), safe="/~!$&'()*+,;=:@-._")
        if url in taken:
            given.leave_out(page.name, f"has the same address as {taken[url]}")
            continue
        taken[url] = page.name
        addresses.append(Address(page.name, url, _changed(page, files[number], changed), page.title))
    if not addresses:
        raise FolderError(
            f"No page of {given.path} is for search engines: all {hidden} are drafts or say noindex"
        )
    progress(8, 10, f"Writing {len(addresses)} addresses")
    made = _write(addresses, base, packed=packed)
    table = _write_table(addresses)
    print(f"{', '.join(made)}, {table}: {len(addresses)} addresses")
    progress(10, 10, f"{len(addresses)} addresses")
    return {
        "sitemap": made[0],
        "files": made,
        "table": table,
        "addresses": len(addresses),
        "hidden": hidden,
        "left_out": len(given.left_out),
        "robots_line": f"Sitemap: {base}{made[0]}",
    }


def path_of(name: str, style: str) -> str:
    """The address of a page below the site: ``folder`` has none for an index, and no endings; ``html`` has ``.html``."""
    stem, _, _ = name.rpartition(".")
    place, _, last = stem.rpartition("/")
    prefix = f"{place}/" if place else ""
    if last.lower() in _INDEX:
        return prefix
    if style == "folder":
        return f"{prefix}{last}/"
    return f"{prefix}{last}.html" if style == "html" else name


def _base(given: str) -> str:
    """Raises FolderError for what no site can have as its address."""
    text = given.strip()
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise FolderError(
            f"base_url: {given!r} is not the address of a site; it must be like https://example.org/notes/"
        )
    return text if text.endswith("/") else f"{text}/"


def _is_hidden(page: Page) -> bool:
    metadata: Mapping[str, Any] = page.metadata
    robots = str(metadata.get("robots", "")).lower()
    return (
        metadata.get("draft") is True
        or metadata.get("published") is False
        or metadata.get("sitemap") is False
        or "noindex" in robots
        or "none" in robots.replace(" ", "").split(",")
    )


def _changed(page: Page, file: File, how: str) -> str:
    """As W3C writes dates; empty where nothing is known."""
    if how == "none":
        return ""
    for name in ("updated", "lastmod", "modified", "date", "article:modified_time") if how == "page" else ():
        found = date_of(page.metadata.get(name))
        if found is not None:
            return found.date.isoformat()
    return datetime.datetime.fromtimestamp(file.modified, datetime.UTC).date().isoformat()


# -- what is written ------------------------------------------------------------------------------------------------


def _write(addresses: Sequence[Address], base: str, *, packed: bool) -> list[str]:
    """One file, or several with an index where the protocol's limits ask for it."""
    parts: list[list[str]] = [[]]
    size = 0
    for address in addresses:
        entry = _entry(address)
        if len(parts[-1]) >= MOST_ADDRESSES or size + len(entry.encode()) > MOST_BYTES - 1024:
            parts.append([])
            size = 0
        parts[-1].append(entry)
        size += len(entry.encode())
    ending = ".xml.gz" if packed else ".xml"
    if len(parts) == 1:
        return [_save(f"sitemap{ending}", "urlset", parts[0])]
    names = [_save(f"sitemap-{number}{ending}", "urlset", part) for number, part in enumerate(parts, 1)]
    entries = [f"  <sitemap><loc>{escape(base + name)}</loc></sitemap>\n" for name in names]
    return [_save("sitemap.xml", "sitemapindex", entries), *names]


def _entry(address: Address) -> str:
    changed = f"<lastmod>{address.changed}</lastmod>" if address.changed else ""
    return f"  <url><loc>{escape(address.url)}</loc>{changed}</url>\n"


def _save(name: str, element: str, entries: Sequence[str]) -> str:
    text = f'{_HEAD}<{element} xmlns="{_NAMESPACE}">\n{"".join(entries)}</{element}>\n'.encode()
    # Without a time, so that the same pages give the same bytes.
    Path(name).write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
    return name


def _write_table(addresses: Sequence[Address]) -> str:
    with Path("addresses.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["page", "address", "changed", "title"])
        writer.writerows([each.page, each.url, each.changed, each.title] for each in addresses)
    return "addresses.csv"
