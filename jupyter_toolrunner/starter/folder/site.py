"""The pages of a folder as a site that needs no server."""

from __future__ import annotations

import html
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import quote

from ...authoring import progress
from .. import reports
from ..anchors import Anchors
from ..dates import date_of
from ..folders import File, Folder, FolderError
from ..pages import ATTRIBUTES, ENDINGS, HTML, Link, Page, inline_text, pages_of, parser, read_page, tags_of
from ..text.contents import in_order
from ..texts import read_text
from ..words import language_of
from .sitemap import path_of
from .targets import Book, target_of

_HERE = Path(__file__).parent
#: More pages than this are not all named beside each page.
_MOST_NAMED = 150
#: Bytes of the files that pages show, all together.
_MOST_BYTES = 4 * 2**30
_WIKI = re.compile(r"(!?)\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]*))?\]\]")
_TIME = (2000, 1, 1, 0, 0, 0)
_WORDS = {
    "en": {"pages": "Pages", "here": "On this page", "all": "All pages"},
    "ru": {"pages": "Страницы", "here": "На этой странице", "all": "Все страницы"},
}
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True, slots=True)
class Place:
    """A page and where it stands in the site."""

    file: File
    title: str
    href: str
    language: str


class Shelf(Protocol):
    """What the site is written into."""

    def write(self, name: str, data: bytes) -> None: ...

    def copy(self, name: str, path: Path) -> None: ...


class ZipShelf:
    """The same pages give the same bytes: no times are kept."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def write(self, name: str, data: bytes) -> None:
        self._archive.writestr(self._entry(name), data)

    def copy(self, name: str, path: Path) -> None:
        with (
            path.open("rb") as source,
            self._archive.open(self._entry(name), "w", force_zip64=True) as target,
        ):
            shutil.copyfileobj(source, target, 2**20)

    @staticmethod
    def _entry(name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, _TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return entry


class FolderShelf:
    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, data: bytes) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def copy(self, name: str, path: Path) -> None:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def export(
    folder: Path | None,
    *,
    title: str,
    theme: str,
    form: str,
    files: str,
    raw_html: bool,
    drafts: bool,
    exclude: Sequence[str],
) -> dict[str, Any]:
    """Write the site into the current folder, as a zip or as a folder, and its first page to look at."""
    given = Folder(folder, exclude)
    found = given.files()
    pages = [file for file in found if file.ending in ENDINGS]
    if not pages:
        raise FolderError(f"There is no page in {given.path}: no Markdown, HTML, notebook or text")
    places = _places(given, pages, drafts=drafts)
    if not places:
        raise FolderError(f"No page of {given.path} can be shown: all are drafts or cannot be read")
    site = Site(given, places, found, title.strip() or given.title, theme, raw_html=raw_html)
    if form == "zip":
        name = f"{given.title}.site.zip"
        with zipfile.ZipFile(name, "w") as archive:
            numbers = site.write(ZipShelf(archive), files)
    else:
        name = f"{given.title}.site"
        numbers = site.write(FolderShelf(Path(name)), files)
    preview = f"{given.title}.index.html"
    Path(preview).write_bytes(site.first)
    print(f"{name}: {len(places)} pages, {numbers['files']} other files")
    progress(10, 10, f"{len(places)} pages")
    return {
        "site": name,
        "preview": preview,
        "title": site.title,
        "pages": len(places),
        **numbers,
        "left_out": len(given.left_out),
    }


def _places(folder: Folder, files: list[File], *, drafts: bool) -> list[Place]:
    """Every page with its address in the site, each of its own; what leads into a folder is its ``index.html``."""
    made: list[Place] = []
    names = {file.name.lower() for file in files}
    taken: set[str] = set()
    for number, page in pages_of(folder, files):
        file = files[number]
        progress(0.5 + 3.5 * number / len(files), 10, page.name)
        if not drafts and (page.metadata.get("draft") is True or page.metadata.get("published") is False):
            folder.leave_out(page.name, "a draft")
            continue
        try:
            page.name.encode()
        except UnicodeEncodeError:
            folder.leave_out(page.name.encode(errors="replace").decode(), "its name is no text")
            continue
        href = page.name if page.kind == "html" else path_of(page.name, "html")
        if not href or href.endswith("/"):
            # Beside an index a read-me is a page like others.
            other = page.name.lower().rpartition("/")[2].startswith("readme") and any(
                f"{page.name.lower().rpartition('/')[0]}/{each}".lstrip("/") in names
                for each in ("index.md", "index.html", "index.ipynb")
            )
            href += "readme.html" if other else "index.html"
        stem, number_ = href.removesuffix(".html"), 2
        while href.lower() in taken:
            href, number_ = f"{stem}-{number_}.html", number_ + 1
        taken.add(href.lower())
        made.append(Place(file, page.title, href, "ru" if language_of(page.text) == "russian" else "en"))
    made.sort(key=lambda place: in_order(place.file.name))
    return made


class Site:
    """Pages and how they lead to each other."""

    def __init__(
        self,
        folder: Folder,
        places: Sequence[Place],
        files: Sequence[File],
        title: str,
        theme: str,
        *,
        raw_html: bool,
    ) -> None:
        self.title = title
        #: The first page, to be looked at by itself.
        self.first = b""
        self._folder = folder
        self._places = places
        self._theme = theme
        self._raw = raw_html
        self._files = {file.name: file for file in files}
        self._by_name = {place.file.name: place for place in places}
        self._book = Book(folder.path, self._by_name)
        self._wanted: dict[str, None] = {}
        self._russian = sum(place.language == "ru" for place in places) * 2 > len(places)

    def write(self, shelf: Shelf, files: str) -> dict[str, int]:
        """All of the site; the numbers of bytes and of files beside the pages."""
        hrefs = {place.href for place in self._places}
        written = 0
        for number, place in enumerate(self._places):
            progress(4 + 5 * number / len(self._places), 10, place.file.name)
            data = self._page(number)
            shelf.write(place.href, data)
            written += len(data)
            if place.href == "index.html":
                self.first = data
        contents = self._contents()
        if "index.html" not in hrefs:
            shelf.write("index.html", contents)
            self.first = contents
        elif self._has_contents:
            shelf.write(self._contents_href, contents)
        copied = 0
        for name in self._others(files):
            file = self._files[name]
            if written + file.size > _MOST_BYTES:
                self._folder.leave_out(name, f"the site would be larger than {_MOST_BYTES // 2**30} GiB")
                continue
            try:
                shelf.copy(name, file.path)
            except OSError as error:
                self._folder.leave_out(name, error.strerror)
                continue
            written += file.size
            copied += 1
        return {"files": copied, "bytes": written}

    def _others(self, files: str) -> list[str]:
        if files == "all":
            return [name for name in self._files if name not in self._by_name and _is_text(name)]
        return list(self._wanted) if files == "linked" else []

    # -- one page ---------------------------------------------------------------------------------------------------

    def _page(self, number: int) -> bytes:
        place = self._places[number]
        if place.file.ending in HTML:
            return self._page_of_html(place)
        page = read_page(place.file)
        body, headings = self._body(page, place)
        facts = [str(found.date)] if (found := date_of(page.metadata.get("date"))) else []
        if isinstance(page.metadata.get("author"), str):
            facts.append(str(page.metadata["author"]))
        facts += [f"#{tag}" for tag in tags_of(page)]
        description = page.metadata.get("description") or reports.short(page.text, 150)
        return self._render(
            place.href,
            place.language,
            title=place.title,
            description=str(description),
            facts=facts,
            body=body,
            headings=headings,
            before=self._neighbour(number - 1, place.href),
            after=self._neighbour(number + 1, place.href),
        )

    def _body(self, page: Page, place: Place) -> tuple[str, list[dict[str, Any]]]:
        if page.kind == "text":
            return f"<h1>{html.escape(page.title)}</h1>\n<pre>{html.escape(page.text)}</pre>", []
        anchors = Anchors()
        if page.kind == "notebook":
            parts = [self._cell(cell, page, place, anchors) for cell in _cells(place.file)]
            body = "\n".join(text for text, _ in parts)
            headings = [heading for _, found in parts for heading in found]
        else:
            body, headings = self._markdown(page.source, page.name, place.href, anchors)
        if not any(heading["level"] == 1 for heading in headings):
            body = f"<h1>{html.escape(place.title)}</h1>\n{body}"
        return body, [heading for heading in headings if heading["level"] > 1]

    def _markdown(
        self, source: str, name: str, href: str, anchors: Anchors
    ) -> tuple[str, list[dict[str, Any]]]:
        markdown = parser()
        environment: dict[str, Any] = {}
        tokens = markdown.parse(source, environment)
        headings = []
        for place, token in enumerate(tokens):
            if token.type == "heading_open":
                text = inline_text(tokens[place + 1])
                anchor = anchors.of(text)
                token.attrSet("id", anchor)
                headings.append({"level": int(token.tag[1]), "text": text, "anchor": anchor})
            elif token.type == "html_block" and not self._raw:
                token.content = f"<p>{html.escape(token.content)}</p>\n"
            if token.children:
                token.children = [
                    part for child in token.children for part in self._inline(child, name, href)
                ]
        text = markdown.renderer.render(tokens, markdown.options, environment)
        return text.replace("<table>", '<div class="wide"><table>').replace(
            "</table>", "</table></div>"
        ), headings

    def _inline(self, child: Any, name: str, href: str) -> Iterator[Any]:
        if child.type == "link_open":
            child.attrSet("href", self._address(str(child.attrs.get("href", "")), name, href))
        elif child.type == "image":
            child.attrSet("src", self._address(str(child.attrs.get("src", "")), name, href))
        elif child.type == "html_inline" and not self._raw:
            child.type = "text"
        elif child.type == "text" and "[[" in child.content:
            yield from self._wiki(child, name, href)
            return
        yield child

    def _wiki(self, child: Any, name: str, href: str) -> Iterator[Any]:
        from markdown_it.token import Token

        end = 0
        for match in _WIKI.finditer(child.content):
            target, _, fragment = match.group(2).partition("#")
            found = self._book.wiki(target.strip(), name) if target.strip() else name
            if found is None or found not in self._by_name:
                continue
            yield Token("text", "", 0, content=child.content[end : match.start()])
            anchor = Anchors().of(fragment) if fragment else ""
            address = _relative(self._by_name[found].href, href) + (f"#{quote(anchor)}" if anchor else "")
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield Token("text", "", 0, content=(match.group(3) or match.group(2)).strip())
            yield Token("link_close", "a", -1)
            end = match.end()
        yield Token("text", "", 0, content=child.content[end:])

    def _address(self, written: str, name: str, href: str) -> str:
        """Where a link of a page leads in the site; what lies outside stays as it is."""
        try:
            target = target_of(Link(written, 0, "link"), name)
        except ValueError:
            return written
        if target.kind != "file" or target.path == name:
            return written
        found = self._book.find(target.path)
        if found is None:
            return written
        fragment = f"#{quote(target.fragment)}" if target.fragment else ""
        if found in self._by_name:
            return _relative(self._by_name[found].href, href) + fragment
        if found in self._files:
            self._wanted[found] = None
            return _relative(found, href) + fragment
        return written

    def _page_of_html(self, place: Place) -> bytes:
        """As it is, but for links to pages that are called differently in the site."""
        import bs4

        data = place.file.path.read_bytes()
        soup = bs4.BeautifulSoup(read_text(place.file.path), "html.parser")
        changed = False
        for tag in soup.find_all(list(ATTRIBUTES)):
            name = ATTRIBUTES[tag.name]
            written = tag.get(name)
            if (
                isinstance(written, str)
                and (address := self._address(written, place.file.name, place.href)) != written
            ):
                tag[name] = address
                changed = True
        return str(soup).encode("utf-8", "backslashreplace") if changed else data

    def _cell(
        self, cell: Mapping[str, Any], page: Page, place: Place, anchors: Anchors
    ) -> tuple[str, list[dict[str, Any]]]:
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            return self._markdown(source, page.name, place.href, anchors)
        if cell.get("cell_type") != "code":
            return f"<pre>{html.escape(source)}</pre>", []
        parts = [f'<pre class="input"><code>{html.escape(source)}</code></pre>'] if source.strip() else []
        outputs = cell.get("outputs")
        parts += (
            [_output(each) for each in outputs if isinstance(each, dict)] if isinstance(outputs, list) else []
        )
        return "\n".join(part for part in parts if part), []

    # -- around the pages -------------------------------------------------------------------------------------------

    @property
    def _has_contents(self) -> bool:
        return len(self._places) > _MOST_NAMED

    @property
    def _contents_href(self) -> str:
        hrefs = {place.href for place in self._places}
        return next(
            name
            for name in ("contents.html", "all-pages.html", "contents-of-the-site.html")
            if name not in hrefs
        )

    def _contents(self) -> bytes:
        language = "ru" if self._russian else "en"
        lines: list[str] = [f"<h1>{html.escape(self.title)}</h1>"]
        here = None
        for place in self._places:
            folder = place.file.name.rpartition("/")[0]
            if folder != here:
                lines += ["</ul>"] if here is not None else []
                lines += [f"<h2>{html.escape(folder)}/</h2>"] if folder else []
                lines.append("<ul>")
                here = folder
            lines.append(f'<li><a href="{quote(place.href)}">{html.escape(place.title)}</a></li>')
        lines.append("</ul>")
        return self._render(
            "index.html",
            language,
            title=self.title,
            description="",
            facts=[],
            body="\n".join(lines),
            headings=[],
            before=None,
            after=None,
        )

    def _neighbour(self, number: int, href: str) -> dict[str, str] | None:
        if not 0 <= number < len(self._places):
            return None
        place = self._places[number]
        return {"href": _relative(place.href, href), "title": place.title}

    def _groups(self, href: str) -> list[dict[str, Any]]:
        """Links to the pages, by folder; where there are very many, those of the same folder alone."""
        mine = href.rpartition("/")[0]
        groups: dict[str, list[Place]] = {}
        for place in self._places:
            folder = place.href.rpartition("/")[0]
            if not self._has_contents or folder == mine:
                groups.setdefault(folder, []).append(place)
        return [
            {
                "name": f"{name}/" if name else "",
                "open": name == mine or len(self._places) <= 30,
                "links": [
                    {"href": _relative(place.href, href), "title": place.title, "here": place.href == href}
                    for place in places[: 2 * _MOST_NAMED]
                ],
            }
            for name, places in groups.items()
        ]

    def _render(self, href: str, language: str, **parts: Any) -> bytes:
        text = self._template.render(
            site=self.title,
            theme=self._theme,
            language=language,
            words=_WORDS[language],
            style=_style(),
            home=_relative("index.html", href),
            contents=_relative(self._contents_href, href) if self._has_contents else "",
            groups=self._groups(href),
            **parts,
        )
        return str(text).encode("utf-8", "backslashreplace")

    @cached_property
    def _template(self) -> Any:
        import jinja2

        environment = jinja2.Environment(
            autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
        )
        return environment.from_string(_page())


@cache
def _page() -> str:
    return (_HERE / "page.html.j2").read_text(encoding="utf-8")


@cache
def _style() -> str:
    return (_HERE / "site.css").read_text(encoding="utf-8").replace("\n", "")


def _relative(target: str, page: str) -> str:
    """From one address of the site to another, so that it works without a server too."""
    here, there = PurePosixPath(page).parts[:-1], PurePosixPath(target).parts
    common = 0
    while common < min(len(here), len(there) - 1) and here[common] == there[common]:
        common += 1
    return quote("/".join([*[".."] * (len(here) - common), *there[common:]]))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cells(file: File) -> list[Mapping[str, Any]]:
    data = json.loads(read_text(file.path))
    return [cell for cell in data["cells"] if isinstance(cell, dict)]


def _joined(source: Any) -> str:
    return (
        source if isinstance(source, str) else "".join(map(str, source)) if isinstance(source, list) else ""
    )


def _output(output: Mapping[str, Any]) -> str:
    """What a cell has printed or drawn; HTML of outputs is left out, since scripts come with it."""
    if output.get("output_type") == "stream":
        return f'<pre class="output">{html.escape(_joined(output.get("text")))}</pre>'
    if output.get("output_type") == "error":
        return f'<pre class="output">{html.escape(str(output.get("ename")))}: {html.escape(str(output.get("evalue")))}</pre>'
    data = output.get("data")
    if not isinstance(data, dict):
        return ""
    for kind in _PICTURES:
        if isinstance(data.get(kind), str | list):
            base64 = "".join(re.findall(r"[A-Za-z0-9+/=]+", _joined(data[kind])))
            return f'<img alt="" src="data:{kind};base64,{base64}">'
    plain = _joined(data.get("text/plain"))
    return f'<pre class="output">{html.escape(plain)}</pre>' if plain else ""
