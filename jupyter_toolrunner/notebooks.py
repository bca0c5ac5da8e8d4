"""What reading and running both know of a notebook file. Standard library alone, but for papermill's translators."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import Any

Json = Any
Cell = Mapping[str, Json]

#: The kernel of a notebook that names none.
DEFAULT_KERNEL = "python3"
PARAMETERS, INJECTED = "parameters", "injected-parameters"
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|`")
_NAMED = re.compile(r"papermill_description=(\S+)")
_LONGEST_NAME = 80


def source_of(cell: Cell) -> str:
    """A cell's text; files have it as one text or as a list of lines."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def tags_of(cell: Cell) -> Sequence[str]:
    tags = (cell.get("metadata") or {}).get("tags") or []
    return tags if isinstance(tags, list) else []


def tagged(cells: Sequence[Cell], tag: str) -> int | None:
    """Where the first cell with this tag stands."""
    return next((index for index, cell in enumerate(cells) if tag in tags_of(cell)), None)


def kernel_of(metadata: Mapping[str, Json]) -> str:
    """Name of the kernel that a notebook asks for."""
    name = (metadata.get("kernelspec") or {}).get("name")
    return name if isinstance(name, str) and name else DEFAULT_KERNEL


def language_of(metadata: Mapping[str, Json]) -> str:
    """What its cells are written in."""
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        language = (metadata.get(key) or {}).get(name)
        if isinstance(language, str) and language:
            return language
    return "python"


def heading_of(markdown: str) -> str | None:
    """The first heading, without its marks."""
    found = _HEADING.search(markdown)
    return plain(found[1]) if found else None


def without_heading(markdown: str) -> str:
    """The text below the first heading."""
    found = _HEADING.search(markdown)
    return (markdown[found.end() :] if found else markdown).strip()


def plain(markdown: str) -> str:
    """A line of Markdown as a reader sees it."""
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", markdown)).split())


def names_of(cells: Sequence[Cell]) -> list[str]:
    """What each cell is called: by itself, by the heading above it, or by its first line."""
    names, heading = [], None
    for cell in cells:
        source = source_of(cell)
        if cell.get("cell_type") == "markdown":
            found = _HEADING.findall(source)
            heading = plain(found[-1]) if found else heading
            names.append(plain(found[0]) if found else "")
            continue
        names.append((_own_name(cell, source) or heading or _first_line(source))[:_LONGEST_NAME])
        heading = None
    return names


def _own_name(cell: Cell, source: str) -> str:
    name = (cell.get("metadata") or {}).get("name")
    if isinstance(name, str) and name.strip():
        return name.strip()
    if said := _NAMED.search(source):
        return said[1]
    first = source.lstrip().partition("\n")[0]
    return first.lstrip("#").strip() if first.startswith("#") and not first.startswith("#!") else ""


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "")


def as_text(cells: Sequence[Cell]) -> tuple[str, list[int]]:
    """A notebook's sources as one text, and the line of it before each cell's first."""
    lines: list[str] = []
    starts = []
    for cell in cells:
        kind = cell.get("cell_type")
        tags = f" tags={json.dumps(tags_of(cell))}" if tags_of(cell) else ""
        lines += [*([""] if lines else []), f"# %%{'' if kind == 'code' else f' [{kind}]'}{tags}"]
        starts.append(len(lines))
        # As frames count lines: nothing but a newline begins one.
        source = source_of(cell).split("\n")
        lines += source if kind == "code" else [f"# {line}".rstrip() for line in source]
    return "\n".join([*lines, ""]), starts


@cache
def translators() -> ModuleType:
    """``papermill.translators``, without what papermill imports for the stores that it can write to.

    With those (pyarrow, requests, cloud libraries where they are installed) it takes a hundred times as long, and every
    kernel that is forked later would have them all.
    """
    if "papermill" in sys.modules:
        return importlib.import_module("papermill.translators")
    found = importlib.util.find_spec("papermill")
    assert found is not None
    package = ModuleType("papermill")
    package.__path__ = list(found.submodule_search_locations or ())
    sys.modules["papermill"] = package
    try:
        return importlib.import_module("papermill.translators")
    finally:
        # Whoever imports papermill later gets all of it.
        for name in [name for name in sys.modules if name.partition(".")[0] == "papermill"]:
            del sys.modules[name]


def translator_of(kernel: str, language: str) -> Any:
    """papermill's translator; None where it has none."""
    module = translators()
    try:
        return module.papermill_translators.find_translator(kernel, language)
    except Exception as error:
        if type(error).__name__ != "PapermillException":
            raise
        return None


def assignments(kernel: str, language: str, params: Mapping[str, Json]) -> str:
    """Source of a cell that sets these names to these values. Raises NotTranslatable."""
    module, translator = translators(), translator_of(kernel, language)
    if translator is None:
        raise NotTranslatable(f"papermill knows no way to write values in {language}")
    codify = translator.codify
    if translator is module.PythonTranslator:
        # Its own one formats with black where that is installed, for a third of a second.
        codify = module.Translator.codify.__func__.__get__(translator)
    try:
        text: str = codify(dict(params))
    except NotImplementedError as error:
        raise NotTranslatable(str(error)) from None
    return text


class NotTranslatable(Exception):
    """papermill cannot write a value in the notebook's language."""
