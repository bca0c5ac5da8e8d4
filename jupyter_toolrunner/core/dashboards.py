"""Dashboards: notebooks that were published as pages, with the results that they had then."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .errors import InvalidRequest
from .ids import Digest

#: What our own views are written as in a notebook's outputs; they need no kernel.
VIEW_TYPE = "application/vnd.toolrunner.view+json"
_WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"
LONGEST_TITLE = 200
_LONGEST_NAME = 60
_HEADING = re.compile(r"^ {0,3}#{1,3}\s+(.+?)\s*#*\s*$", re.MULTILINE)

#: A notebook as its file has it (nbformat 4).
Notebook = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    #: Its address: small letters, digits and dashes, unique.
    name: str
    title: str
    #: The notebook, relative to the server's folder; a live page works beside it. Empty where it came with a package.
    path: str = ""
    #: Of the notebook as it was published.
    digest: Digest = Digest("")
    #: Whether something in it moves only with a kernel.
    live: bool = False
    owner: str = ""
    published_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def checked(notebook: Any) -> Notebook:
    """The notebook. Raises InvalidRequest for what is none."""
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise InvalidRequest(
            "This is no notebook.", field="notebook", hint="Nothing was published. Save it in Jupyter first."
        )
    if notebook.get("nbformat") != 4:
        raise InvalidRequest(
            f"This notebook has the format {notebook.get('nbformat')!r}; only 4 can be published.",
            field="notebook",
            hint="Nothing was published. Open and save it in Jupyter: that brings it to format 4.",
        )
    return dict(notebook)


def _is_cell(cell: Any) -> bool:
    """Whether what is read of a cell has the form that it has in every notebook."""
    if not isinstance(cell, Mapping) or not isinstance(cell.get("metadata", {}), Mapping):
        return False
    tags, outputs = cell.get("metadata", {}).get("tags", []), cell.get("outputs", [])
    return (
        isinstance(tags, list)
        and all(isinstance(tag, str) for tag in tags)
        and isinstance(outputs, list)
        and all(isinstance(output, Mapping) for output in outputs)
        and isinstance(cell.get("attachments", {}), Mapping)
    )


def title_of(notebook: Notebook, path: str) -> str:
    """The first heading, else the file's name."""
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "markdown" and (found := _HEADING.search(text_of(cell.get("source")))):
            return re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", found[1])[:LONGEST_TITLE]
    stem = path.rpartition("/")[2].removesuffix(".ipynb")
    return stem.replace("_", " ").replace("-", " ").strip().capitalize()[:LONGEST_TITLE] or "Dashboard"


def name_for(title: str) -> str:
    """What a title becomes in an address; Russian letters are kept."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:_LONGEST_NAME].rstrip("-") or "dashboard"


def needs_kernel(notebook: Notebook) -> bool:
    """Whether an output holds a widget that only a kernel moves."""
    return any(_WIDGET_TYPE in data and VIEW_TYPE not in data for data in _bundles(notebook))


def _bundles(notebook: Notebook) -> Iterator[Mapping[str, Any]]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs") or ():
            if isinstance(output, Mapping) and isinstance(output.get("data"), Mapping):
                yield output["data"]


def text_of(value: Any) -> str:
    """Text that the format may keep as a list of lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
