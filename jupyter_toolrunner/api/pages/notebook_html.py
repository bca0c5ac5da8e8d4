"""What a notebook shows, as HTML that runs nothing: for a page that is there before any kernel is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt

from ...core.dashboards import VIEW_TYPE, Notebook, text_of

_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_PICTURES = (*_IMAGES, "image/svg+xml")
_WIDGET = "application/vnd.jupyter.widget-view+json"
#: Characters of one output that are shown.
_LONGEST = 200_000
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")
#: Cells that stay out of the page, by the tags that other publishers of notebooks know too.
_HIDDEN = frozenset({"remove-cell", "remove_cell", "hide-cell", "parameters", "injected-parameters"})
_HIDDEN_OUTPUT = frozenset({"remove-output", "remove_output", "hide-output"})
_TAGS = nh3.ALLOWED_TAGS | {"details", "summary", "section", "figure", "figcaption"}
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"title", "dir", "lang"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
}
_SCHEMES = {"http", "https", "mailto", "data"}


def notebook_html(notebook: Notebook, notes: Mapping[str, str] = {}) -> str:
    """The cells' texts and kept outputs, without code. Scripts, frames, forms and styles of the notebook are left out.

    ``notes``: what is said where that leaves nothing to see, of a ``script`` and of a ``widget``.
    """
    return "\n".join(part for cell in notebook["cells"] for part in _cell(cell, notes))


def _cell(cell: Mapping[str, Any], notes: Mapping[str, str]) -> Iterator[str]:
    tags = set((cell.get("metadata") or {}).get("tags") or ())
    if tags & _HIDDEN:
        return
    source = text_of(cell.get("source"))
    if cell.get("cell_type") == "markdown":
        yield f'<section class="trn-text">{_markdown(_with_attachments(source, cell.get("attachments")))}</section>'
    elif cell.get("cell_type") == "code" and not tags & _HIDDEN_OUTPUT:
        shown = "".join(
            _output(output, notes) for output in cell.get("outputs") or () if isinstance(output, Mapping)
        )
        if shown:
            yield f'<section class="trn-outputs">{shown}</section>'


def _output(output: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return _plain(text_of(output.get("text")), "trn-error" if output.get("name") == "stderr" else "")
    if kind == "error":
        message = f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
        return _plain(message, "trn-error")
    data = output.get("data")
    return _bundle(data, notes) if isinstance(data, Mapping) else ""


def _bundle(data: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    if VIEW_TYPE in data:
        view = html.escape(json.dumps(data[VIEW_TYPE], ensure_ascii=True))
        return f'<div class="trn-view" data-view="{view}">{_still(data)}</div>'
    for kind in data:
        if "vega" in kind or "plotly" in kind:
            spec = html.escape(json.dumps(data[kind], ensure_ascii=True))
            return f'<div class="trn-chart" data-type="{html.escape(kind)}" data-spec="{spec}">{_still(data)}</div>'
    if _WIDGET in data:
        return _still(data) + _note(notes.get("widget"))
    return _still(data) + (_note(notes.get("script")) if _is_script_alone(data) else "")


def _is_script_alone(data: Mapping[str, Any]) -> bool:
    """Whether only a program could draw it, as Altair's charts are kept where no renderer was chosen."""
    text = text_of(data.get("text/html"))
    return "<script" in text and not _shows(_clean(text)) and not any(kind in data for kind in _PICTURES)


def _shows(cleaned: str) -> bool:
    return re.sub(r"<(?!img)[^>]*>|\s", "", cleaned) != ""


def _note(text: str | None) -> str:
    return f'<p class="trn-left-out">{html.escape(text)}</p>' if text else ""


def _still(data: Mapping[str, Any]) -> str:
    """What needs no program to be shown."""
    for kind in _IMAGES:
        if kind in data:
            return f'<img alt="" src="{_data_url(kind, data[kind])}">'
    if "image/svg+xml" in data:
        return f'<img alt="" src="data:image/svg+xml,{quote(text_of(data["image/svg+xml"]))}">'
    if "text/html" in data:
        shown = _clean(text_of(data["text/html"]))
        if _shows(shown):
            return f'<div class="trn-html">{shown}</div>'
    if "text/markdown" in data:
        return _markdown(text_of(data["text/markdown"]))
    return _plain(text_of(data.get("text/plain") or data.get("text/latex")), "")


def _plain(text: str, name: str) -> str:
    if not text:
        return ""
    shown = _ANSI.sub("", text[:_LONGEST]) + ("\n…" if len(text) > _LONGEST else "")
    return f'<pre class="{name}">{html.escape(shown)}</pre>'


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _markdown(text: str) -> str:
    return _clean(_parser().render(text[:_LONGEST]))


def _clean(text: str) -> str:
    return nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        attribute_filter=_filtered,
        clean_content_tags={"script", "style"},
    )


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    """Nothing is fetched from elsewhere, and no address holds a page of its own."""
    if attribute == "src":
        return value if re.match(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", value) else None
    if attribute in ("href", "cite"):
        return None if value.lstrip().lower().startswith("data:") else value
    return value


def _with_attachments(text: str, attachments: Any) -> str:
    if not isinstance(attachments, Mapping):
        return text
    for name, bundle in attachments.items():
        kind = next((kind for kind in _IMAGES if isinstance(bundle, Mapping) and kind in bundle), None)
        if kind:
            text = text.replace(f"attachment:{name}", _data_url(kind, bundle[kind]))
    return text


def _data_url(kind: str, content: Any) -> str:
    return f"data:{kind};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', text_of(content))}"
