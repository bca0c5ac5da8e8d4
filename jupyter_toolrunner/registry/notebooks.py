"""What a notebook says of itself without being run: its parameters, texts, imports, and where it works."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import notebooks
from ..core import source_code
from .notebook_params import NotInspectable, schema_of
from .source import Source, inspect_tree, module_level_names

Json = Any

MAX_SIZE = 100 << 20
ENDING = ".ipynb"
_LONGEST_DESCRIPTION = 4000
#: Text in quotes that leads out of the notebook's folder, as relative paths in a notebook do.
_UPWARDS = re.compile(r"""["']((?:\.\./)+)""")
#: Cell magics whose lines are Python all the same.
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")


class Unreadable(Exception):
    """The file is no notebook that can be run."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def read(path: Path, toolbox: Path) -> tuple[dict[str, Json], Source]:
    """The parts of the reader's answer, and what is known of its code; never raises for what is in the file."""
    try:
        notebook = _loaded(path)
    except Unreadable as error:
        failure = {
            "message": str(error),
            "path": str(path),
            "line": None,
            "hint": error.hint,
            "traceback": None,
        }
        return {"notebook": {"error": failure}}, Source()
    cells, metadata = notebook["cells"], notebook["metadata"]
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    tree = _tree_of(code) if notebooks.language_of(metadata).lower() == "python" else ast.Module([], [])
    source = inspect_tree(path, toolbox, tree)
    source.climbs = max([source.climbs, *(_climbs(notebooks.source_of(cell)) for cell in code)])
    answer = {
        "notebook": {**_described(cells, metadata), "preload": _preload(source, tree)},
        "source": source.to_json(),
        "text": notebooks.as_text(cells)[0][: 1 << 20],
        "digest": _digest(cells, metadata, source.local),
        "code": source_code.digests([str(path), *source.local]),
    }
    return answer, source


def _loaded(path: Path) -> dict[str, Json]:
    """The notebook as one of version 4."""
    try:
        if (size := path.stat().st_size) > MAX_SIZE:
            raise Unreadable(f"It is larger than {MAX_SIZE >> 20} MB", "Clear its outputs and save it.")
        if not size:
            raise Unreadable("It is empty", "Open it in JupyterLab, or delete it.")
        notebook = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"It can't be read as a notebook: {detail}") from None
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if not isinstance(version, int) or version < 1:
        raise Unreadable("It is no notebook: it is JSON without nbformat")
    if version < 4:
        notebook = _upgraded(notebook)
    elif version > 4:
        raise Unreadable(
            f"It is a notebook of version {version}, which is newer than the one that is known here (4)"
        )
    if not isinstance(notebook.get("cells"), list) or not all(
        isinstance(cell, dict) and isinstance(cell.get("metadata", {}), dict) for cell in notebook["cells"]
    ):
        raise Unreadable("It is no notebook: it has no list of cells")
    metadata = notebook.get("metadata")
    return {"cells": notebook["cells"], "metadata": metadata if isinstance(metadata, dict) else {}}


def _upgraded(notebook: Json) -> Json:
    import nbformat

    try:
        return nbformat.convert(nbformat.from_dict(notebook), 4)
    except Exception as error:
        raise Unreadable(f"It is an old notebook that can't be converted: {error}") from None


def _described(cells: Sequence[notebooks.Cell], metadata: Mapping[str, Json]) -> dict[str, Json]:
    index = notebooks.tagged(cells, notebooks.PARAMETERS)
    kernel, language = notebooks.kernel_of(metadata), notebooks.language_of(metadata)
    markdown = [notebooks.source_of(cell) for cell in cells if cell.get("cell_type") == "markdown"]
    title = next((found for text in markdown if (found := notebooks.heading_of(text))), None)
    schema, notice = None, None
    if index is not None:
        try:
            schema = schema_of(notebooks.source_of(cells[index]), kernel, language)
        except NotInspectable:
            notice = f"papermill cannot read which parameters a notebook in {language} has; it runs with the values in it."
    said = metadata.get("toolrunner")
    return {
        "title": title,
        "kernel": kernel,
        "description": notebooks.without_heading(markdown[0])[:_LONGEST_DESCRIPTION] if markdown else "",
        "parameters": index is not None,
        #: What papermill left when it ran a notebook.
        "executed": notebooks.tagged(cells, notebooks.INJECTED) is not None,
        "schema": schema,
        "notice": notice,
        "warm": isinstance(said, dict) and said.get("warm") is True,
        "reuse": said["reuse"] if isinstance(said, dict) and isinstance(said.get("reuse"), bool) else None,
        "error": None,
    }


def _digest(cells: Sequence[notebooks.Cell], metadata: Mapping[str, Json], local: Sequence[str]) -> str:
    """Of what would run, and of what it imports beside itself: not of outputs, counts and widgets."""
    sources = [
        [cell.get("cell_type"), notebooks.source_of(cell), list(notebooks.tags_of(cell))] for cell in cells
    ]
    digest = hashlib.sha256(json.dumps([sources, notebooks.kernel_of(metadata)]).encode())
    for each in sorted(local):
        try:
            digest.update(b"\0" + Path(each).read_bytes())
        except OSError:
            continue
    return digest.hexdigest()


# -- its code -------------------------------------------------------------------------------------------------------


def _tree_of(cells: Sequence[notebooks.Cell]) -> ast.Module:
    """What can be parsed of the cells, one after the other."""
    body: list[ast.stmt] = []
    for cell in cells:
        try:
            body += ast.parse(_without_magics(notebooks.source_of(cell))).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return ast.Module(body, [])


def _without_magics(source: str) -> str:
    lines = source.split("\n")
    first = lines[0].lstrip()
    if first.startswith("%%"):
        if not first.startswith(_PYTHON_CELLS):
            return ""
        lines[0] = ""
    return "\n".join(_python_line(line) for line in lines)


def _python_line(line: str) -> str:
    code = line.lstrip()
    return line[: len(line) - len(code)] + "pass" if code.startswith(("%", "!")) else line


def _preload(source: Source, tree: ast.Module) -> list[str]:
    """Modules that every run imports first, by their whole names: ``matplotlib.pyplot`` takes most of the time."""
    tops = set(source.preload)
    return sorted(name for name in module_level_names(tree) if name.partition(".")[0] in tops)


def _climbs(code: str) -> int:
    return max((len(found) // 3 for found in _UPWARDS.findall(code)), default=0)
