"""Pages: what a person reads in a file of Markdown, HTML, a notebook or plain text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .anchors import Anchors
from .folders import File, Folder
from .texts import NotText, read_text, reason

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MARKDOWN = (".md", ".markdown")
HTML = (".html", ".htm", ".xhtml")
NOTEBOOK = (".ipynb",)
TEXT = (".txt", ".text", ".rst", ".org", ".adoc", ".tex")
ENDINGS = MARKDOWN + HTML + NOTEBOOK + TEXT

_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_WIKI = re.compile(r"(!?)\[\[([^\[\]|\n]+)(?:\|[^\[\]\n]*)?\]\]")
#: Where elements of HTML name what they lead to or show.
ATTRIBUTES = {"a": "href", "area": "href", "link": "href", "img": "src", "script": "src", "iframe": "src", "source": "src",
              "video": "src", "audio": "src", "embed": "src", "track": "src", "object": "data"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    anchor: str
    #: Line of the file, from 1; 0 where it is not known.
    line: int


@dataclass(frozen=True, slots=True)
class Link:
    target: str
    line: int
    #: ``link``, ``image`` or ``wiki``.
    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    #: Of the file, relative to the folder.
    name: str
    kind: str
    title: str
    #: What is read, without marks, code and markup; paragraphs end with an empty line.
    text: str
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    #: What a link may lead to within the page.
    anchors: frozenset[str] = frozenset()
    #: Of the front matter, or of the page's head.
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: Why the front matter could not be read; empty where it could, or there is none.
    problem: str = ""
    #: Markdown without its front matter; empty for other kinds.
    source: str = ""
    #: Lines of the file above the source.
    lines_above: int = 0
    code: str = ""


def read_page(file: File) -> Page:
    """Raises NotText and OSError."""
    text = read_text(file.path)
    if file.ending in MARKDOWN:
        return _markdown(file.name, text)
    if file.ending in HTML:
        return _html(file.name, text)
    if file.ending in NOTEBOOK:
        return _notebook(file.name, text)
    # Neither signs of comments nor lines under headings are a title.
    first = next((line for each in text.splitlines() if (line := each.strip("#\"'/*=-~ \t"))), "")
    return Page(file.name, "text", first[:100] or _stem(file.name), text)


def pages_of(folder: Folder, files: list[File]) -> Iterator[tuple[int, Page]]:
    """The pages of files with their numbers; those that cannot be read are left out, and noted so."""
    for number, file in enumerate(files):
        try:
            yield number, read_page(file)
        except (NotText, OSError, RecursionError) as error:
            folder.leave_out(file.name, reason(error))


def front_matter(text: str) -> tuple[Mapping[str, Any], str, str, int]:
    """The front matter, what is wrong with it, the text below it, and how many lines it takes."""
    match = _FRONT.match(text)
    if match is None:
        return {}, "", text, 0
    import yaml

    lines = text[: match.end()].count("\n")
    try:
        found = yaml.load(match.group(1) or "", Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return {}, f"is not YAML: {' '.join(str(error).split())[:300]}", text[match.end() :], lines
    if found is None:
        found = {}
    if not isinstance(found, dict):
        return {}, f"is {type(found).__name__} and not names with values", text[match.end() :], lines
    return {str(key): value for key, value in found.items()}, "", text[match.end() :], lines


def tags_of(page: Page) -> list[str]:
    """The tags that the front matter gives, as a list or as one text with commas."""
    found = page.metadata.get("tags", page.metadata.get("keywords"))
    if isinstance(found, str):
        found = found.split(",") if "," in found else found.split()
    if not isinstance(found, list):
        return []
    return [str(tag).strip().lstrip("#") for tag in found if str(tag).strip()]


# -- Markdown -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """Markdown as sites of repositories read it, with footnotes and lists of definitions."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.tasklists import tasklists_plugin

    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return made.use(deflist_plugin).use(footnote_plugin).use(tasklists_plugin)


def _markdown(name: str, text: str) -> Page:
    metadata, problem, body, lines = front_matter(text)
    tokens = parser().parse(body)
    headings = tuple(_headings(tokens, lines))
    found = metadata.get("title")
    title = str(found) if found else next((h.text for h in headings), _stem(name))
    return Page(
        name,
        "markdown",
        title,
        plain_text(tokens),
        headings,
        tuple(_links(tokens, lines)),
        frozenset({heading.anchor for heading in headings} | set(_ids(tokens))),
        metadata,
        problem,
        body,
        lines,
        "\n".join(token.content for token in tokens if token.type in ("fence", "code_block")),
    )


def _headings(tokens: list[Token], lines: int) -> Iterator[Heading]:
    anchors = Anchors()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            text = inline_text(tokens[place + 1])
            line = lines + token.map[0] + 1 if token.map else 0
            yield Heading(int(token.tag[1]), text, anchors.of(text), line)


def inline_text(token: Token) -> str:
    """What is read of a line: the text without its marks."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)
    return " ".join("".join(parts).split())


def plain_text(tokens: list[Token]) -> str:
    """What is read of a page: paragraph after paragraph, without code and raw HTML."""
    return "\n\n".join(text for token in tokens if token.type == "inline" and (text := inline_text(token)))


def _links(tokens: list[Token], lines: int) -> Iterator[Link]:
    for token in tokens:
        line = lines + token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            yield from _links_in_html(token.content, line)
        for place, child in enumerate(token.children or ()):
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "link_open":
                following = (token.children or [])[place + 1 :]
                text = following[0].content if following and following[0].type == "text" else ""
                yield Link(str(child.attrs.get("href", "")), line, "link", text)
            elif child.type == "image":
                yield Link(str(child.attrs.get("src", "")), line, "image", child.content)
            elif child.type == "html_inline":
                yield from _links_in_html(child.content, line)
        if token.type == "inline":
            # Emphasis inside of a name must not tear it apart, so the source is searched, without its code.
            plain = re.sub(r"(`+).*?\1", "", token.content, flags=re.DOTALL)
            first = lines + token.map[0] + 1 if token.map else 0
            for match in _WIKI.finditer(plain):
                before = plain[: match.start()].count("\n")
                yield Link(match.group(2).strip(), first + before, "wiki", match.group(2).strip())


def _links_in_html(html: str, line: int) -> Iterator[Link]:
    for match in re.finditer(r"<(\w+)\b[^>]*?\b(href|src|data)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", html):
        if ATTRIBUTES.get(match.group(1).lower()) == match.group(2).lower():
            kind = "image" if match.group(1).lower() == "img" else "link"
            yield Link(match.group(3).strip("\"'"), line + html[: match.start()].count("\n"), kind)


def _ids(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        for part in (token, *(token.children or ())):
            if part.type in ("html_block", "html_inline"):
                for match in re.finditer(r"\b(?:id|name)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", part.content):
                    yield match.group(1).strip("\"'")


# -- others ---------------------------------------------------------------------------------------------------------


def _html(name: str, text: str) -> Page:
    import warnings

    import bs4

    with warnings.catch_warnings():
        # What looks like XML or like a path is read all the same.
        warnings.simplefilter("ignore")
        soup = bs4.BeautifulSoup(text, "html.parser")
    metadata: dict[str, Any] = {}
    for tag in soup.find_all("meta"):
        key, value = tag.get("name") or tag.get("property"), tag.get("content")
        if isinstance(key, str) and isinstance(value, str):
            metadata[key.lower()] = value
    language = soup.html.get("lang") if soup.html else None
    if isinstance(language, str):
        metadata.setdefault("lang", language)
    links = tuple(
        _link_of(tag) for tag in soup.find_all(list(ATTRIBUTES)) if tag.get(ATTRIBUTES[tag.name]) is not None
    )
    named = frozenset(
        str(tag.get("id") or tag.get("name"))
        for tag in soup.find_all(id=True) + soup.find_all("a", attrs={"name": True})
    )
    headings = [_heading_of(tag) for tag in soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])]
    title = soup.title.get_text(strip=True) if soup.title else ""
    for tag in soup.find_all(["script", "style", "template", "noscript", "pre", "head"]):
        tag.decompose()
    body = "\n\n".join(
        part for block in soup.get_text("\n").split("\n\n") if (part := " ".join(block.split()))
    )
    return Page(
        name,
        "html",
        title or next((h.text for h in headings), _stem(name)),
        body,
        tuple(headings),
        links,
        named,
        metadata,
    )


def _link_of(tag: Any) -> Link:
    kind = "image" if tag.name == "img" else "link"
    text = tag.get_text(" ", strip=True)[:80]
    return Link(str(tag.get(ATTRIBUTES[tag.name])), tag.sourceline or 0, kind, text)


def _heading_of(tag: Any) -> Heading:
    text = tag.get_text(" ", strip=True)
    return Heading(int(tag.name[1]), text, str(tag.get("id") or ""), tag.sourceline or 0)


def _notebook(name: str, text: str) -> Page:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise NotText(f"not a notebook: {error}") from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise NotText("not a notebook: it has no cells")
    prose: list[str] = []
    code: list[str] = []
    for cell in cells:
        if isinstance(cell, dict):
            source = cell.get("source", "")
            part = (
                source
                if isinstance(source, str)
                else "".join(map(str, source))
                if isinstance(source, list)
                else ""
            )
            (
                prose
                if cell.get("cell_type") == "markdown"
                else code
                if cell.get("cell_type") == "code"
                else []
            ).append(part)
    page = _markdown(name, "\n\n".join(prose))
    own = data.get("metadata")
    metadata = {str(key): value for key, value in own.items()} if isinstance(own, dict) else {}
    title = metadata.get("title")
    headings = tuple(Heading(h.level, h.text, h.anchor, 0) for h in page.headings)
    links = tuple(Link(link.target, 0, link.kind, link.text) for link in page.links)
    return Page(
        name,
        "notebook",
        str(title) if isinstance(title, str) and title else page.title,
        page.text,
        headings,
        links,
        page.anchors,
        metadata,
        source=page.source,
        code="\n\n".join(code),
    )


def _stem(name: str) -> str:
    return PurePosixPath(name).stem
