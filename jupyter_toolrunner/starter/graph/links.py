"""The graph of the links between the Markdown files and notebooks of a folder."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import networkx as nx
from markdown_it import MarkdownIt

from ...authoring import progress
from .graphs import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

_ENDINGS = (".md", ".markdown", ".ipynb")
_WIKI = re.compile(r"!?\[\[([^\[\]|#\n]*)(?:#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?\]\]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(['\"]?)(.+?)\1[ \t]*$", re.MULTILINE)


def links_graph(
    folder: Path, *, exclude: frozenset[str] = frozenset(), outside: bool = False
) -> nx.DiGraph[Any]:
    """Every page of a folder, with an edge to each page that it links to, ``[[wiki links]]`` included.

    Args:
        folder: Looked through with all folders in it; hidden ones and links to folders are left out.
        exclude: Names of folders to leave out.
        outside: Add linked web sites and pages that are not there.
    """
    progress(0, 10, f"Looking through {folder.name}")
    if not folder.is_dir():
        raise GraphError(
            f"There is no folder {str(folder)!r}" if not folder.exists() else f"{folder} is not a folder"
        )
    pages = list(_pages(folder, exclude))
    if not pages:
        raise GraphError(f"There is no Markdown file and no notebook in {folder}")
    print(f"{len(pages)} pages in {folder}")
    book = _Book(pages)
    graph: nx.DiGraph[Any] = nx.DiGraph(
        name=f"{folder.resolve().name or 'folder'}.links", source="links", directed_to="what it links to"
    )
    for page in pages:
        graph.add_node(
            page, kind="notebook" if page.endswith(".ipynb") else "page", label=PurePosixPath(page).stem
        )
    for number, page in enumerate(pages):
        progress(1 + 7 * number / len(pages), 10, page)
        _add_page(graph, folder, page, book, outside=outside)
    return graph


def _pages(folder: Path, exclude: frozenset[str]) -> Iterator[str]:
    """Relative to the folder, with ``/``."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in exclude)
        for file in sorted(files):
            if file.lower().endswith(_ENDINGS):
                yield Path(place, file).relative_to(folder).as_posix()


def _add_page(graph: nx.DiGraph[Any], folder: Path, page: str, book: _Book, *, outside: bool) -> None:
    try:
        text, title = _text_of(folder / page)
    except (OSError, ValueError, RecursionError) as error:
        print(f"Left out the links of {page}, which cannot be read: {error}")
        return
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    graph.nodes[page].update(
        label=title or _heading(tokens) or PurePosixPath(page).stem, words=len(text.split())
    )
    for target, kind in _targets(tokens, page, book):
        if target == page or (kind != "page" and not outside):
            continue
        if target not in graph:
            graph.add_node(target, kind=kind)
        count = graph.get_edge_data(page, target, {}).get("count", 0)
        graph.add_edge(page, target, count=count + 1)


def _text_of(path: Path) -> tuple[str, str | None]:
    """The Markdown of a page, and the title that its front matter gives."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if path.suffix.lower() == ".ipynb":
        return "\n\n".join(_markdown_cells(json.loads(text))), None
    front = _FRONT_MATTER.match(text)
    if front is None:
        return text, None
    title = _TITLE.search(front.group(1) or "")
    return text[front.end() :], title.group(2) if title else None


def _markdown_cells(notebook: Any) -> Iterator[str]:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
            source = cell.get("source", "")
            yield source if isinstance(source, str) else "".join(map(str, source))


def _heading(tokens: Iterable[Token]) -> str | None:
    """The text of the first heading."""
    inside = False
    for token in tokens:
        if inside and token.type == "inline":
            return "".join(
                t.content for t in token.children or () if t.type in ("text", "code_inline")
            ).strip()
        inside = token.type == "heading_open"
    return None


def _targets(tokens: Iterable[Token], page: str, book: _Book) -> Iterator[tuple[str, str]]:
    """What a page links to, each as a node with its kind; code is not looked into."""
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                found = book.link(str(child.attrs.get("href", "")), page)
                if found:
                    yield found
        if token.type == "inline":
            # Emphasis inside of a name must not tear it apart, so the source is searched, without its code.
            plain = re.sub(r"(`+).*?\1", "", token.content, flags=re.DOTALL)
            for match in _WIKI.finditer(plain):
                found = book.wiki(match.group(1).strip(), page)
                if found:
                    yield found


class _Book:
    """Finds the page that a link means."""

    def __init__(self, pages: Iterable[str]) -> None:
        self._pages = set(pages)
        self._by_stem: dict[str, list[str]] = {}
        for page in sorted(self._pages, key=lambda each: (each.count("/"), each)):
            for name in {PurePosixPath(page).stem.casefold(), PurePosixPath(page).name.casefold()}:
                self._by_stem.setdefault(name, []).append(page)

    def link(self, href: str, page: str) -> tuple[str, str] | None:
        """The node and its kind for ``[text](href)``; None for what leads nowhere of interest."""
        try:
            parts = urlsplit(href)
        except ValueError:
            return None
        if parts.scheme in ("http", "https") or (not parts.scheme and parts.netloc):
            return (parts.netloc.lower(), "web site") if parts.netloc else None
        path = unquote(parts.path)
        if parts.scheme or not path:
            return None
        base = "" if path.startswith("/") else page.rpartition("/")[0]
        target = os.path.normpath(f"{base}/{path}").lstrip("/")
        for candidate in (
            target,
            *(target + ending for ending in _ENDINGS),
            f"{target}/index.md",
            f"{target}/README.md",
        ):
            if candidate in self._pages:
                return candidate, "page"
        return (target, "missing") if target.lower().endswith(_ENDINGS) else None

    def wiki(self, name: str, page: str) -> tuple[str, str] | None:
        """The node and its kind for ``[[name]]``: a path from the top, or the nearest page of that name."""
        if not name:
            return None
        for candidate in (name, *(name + ending for ending in _ENDINGS)):
            if candidate in self._pages:
                return candidate, "page"
        same_name = self._by_stem.get(PurePosixPath(name).name.casefold(), [])
        beside = page.rpartition("/")[0]
        nearest = [each for each in same_name if each.rpartition("/")[0] == beside] or same_name
        return (nearest[0], "page") if nearest else (name, "missing")
