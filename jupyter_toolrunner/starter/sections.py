"""Parts of a page: what stands under each heading, or a few paragraphs where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .anchors import Anchors
from .pages import Page, inline_text, parser

#: Characters after which a part without headings ends with its paragraph.
_LONG = 4000


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    anchor: str
    #: Of the file, from 1; 0 where it is not known.
    line: int
    text: str


def sections_of(page: Page) -> Iterator[Section]:
    if page.source:
        yield from _by_headings(page)
        return
    line, first, parts, length = 1, 1, [], 0
    for block in page.text.split("\n\n"):
        parts.append(block)
        length += len(block)
        line += block.count("\n") + 2
        if length > _LONG:
            yield Section("", "", first if page.kind == "text" else 0, "\n\n".join(parts))
            first, parts, length = line, [], 0
    if any(part.strip() for part in parts):
        yield Section("", "", first if page.kind == "text" else 0, "\n\n".join(parts))


def _by_headings(page: Page) -> Iterator[Section]:
    anchors, lines = Anchors(), page.lines_above
    heading, anchor, line = "", "", lines + 1 if page.kind == "markdown" else 0
    parts: list[str] = []
    tokens = parser().parse(page.source)
    inside = False
    for token in tokens:
        if token.type == "heading_open":
            if heading or parts:
                yield Section(heading, anchor, line, "\n\n".join(parts))
            parts, inside = [], True
            line = lines + token.map[0] + 1 if token.map and page.kind == "markdown" else 0
        elif token.type == "heading_close":
            inside = False
        elif token.type == "inline":
            text = inline_text(token)
            if inside:
                heading, anchor = text, anchors.of(text)
            elif text:
                parts.append(text)
    if heading or parts:
        yield Section(heading, anchor, line, "\n\n".join(parts))
