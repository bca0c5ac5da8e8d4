"""What went wrong in a notebook, described for the one who reads it."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Sequence
from typing import Any, Protocol

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from .. import notebooks
from . import failure, wire

#: Colours, movements of a cursor, and what sets titles and links.
_ANSI = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_FRAME = re.compile(
    r"^\s*(?:Cell In\[(?P<count>\d+)\], line (?P<cell_line>\d+)(?:, in .+)?"
    r"|File (?P<file>[^\n]+?):(?P<line>\d+)(?:, in (?P<function>.+?))?)$"
)


_MISSING = re.compile(r"No module named '([^']+)'")
_NO_FILE = re.compile(r"No such file or directory: '(.+)'$")


class Copy(Protocol):
    """The notebook that was run."""

    notebook: NotebookNode
    original: Any
    injected: int | None


def plain(text: str) -> str:
    """Without colours."""
    return _ANSI.sub("", text)


def cell_number(copy: Copy, index: int) -> int:
    """The number that the notebook shows at a cell."""
    cells = copy.notebook.cells
    place = sum(cell.cell_type == "code" for cell in cells[: index + 1])
    return int(cells[index].get("execution_count") or place)


def of_cell(copy: Copy, index: int, error: CellExecutionError, spec: wire.Message) -> wire.Message:
    """The error as the worker wants it, of a cell that failed."""
    cell = copy.notebook.cells[index]
    said = next(
        (output for output in reversed(cell.get("outputs", [])) if output.output_type == "error"), None
    )
    if error.ename == "SystemExit":
        return _of_exit(copy, index, plain(error.evalue))
    trace = plain("\n".join(said.traceback if said else [error.traceback]))
    return {
        "type": error.ename,
        "message": plain(error.evalue),
        "hint": _hint(error, spec),
        "frames": _frames(copy, index, trace, spec["own"]),
        "traceback": trace,
    }


def _of_exit(copy: Copy, index: int, said: str) -> wire.Message:
    number = cell_number(copy, index)
    message = (
        f"The notebook ended with exit code {said} in cell {number}." if said.lstrip("-").isdigit() else said
    )
    return {"type": "exit", "message": message, "hint": None, "frames": [], "traceback": None}


def of_kernel(copy: Copy, index: int, name: str, how: str) -> wire.Message:
    """The error of a kernel that ended in the middle of a cell."""
    where = f"cell {cell_number(copy, index)}" + (f" ({name})" if name else "")
    return {
        "type": "kernel",
        "message": f"The notebook's kernel {how} in {where}. What it had shown by then was kept.",
        "hint": "Look at the end of the log. os._exit, a crash in a library and too little memory end a kernel so.",
        "frames": [],
        "traceback": None,
    }


def _hint(error: CellExecutionError, spec: wire.Message) -> str | None:
    if error.ename == "ModuleNotFoundError" and (missing := _MISSING.search(error.evalue)):
        return failure.hint_for_module(missing[1])
    if error.ename in ("StdinNotImplementedError", "EOFError"):
        return "A run has nobody to ask. Make what input() asks for a parameter."
    if error.ename in ("MemoryError", "_ArrayMemoryError"):
        return failure.SMALLER_INPUT
    if error.ename == "FileNotFoundError" and (named := _NO_FILE.search(error.evalue)):
        return (
            None
            if os.path.isabs(named[1])
            else f"The path is relative, and the notebook works in {spec['folder']}."
        )
    return None


def _frames(copy: Copy, index: int, trace: str, own: Sequence[str]) -> list[wire.Message]:
    """Frames as IPython writes them."""
    frames = []
    for line in trace.split("\n"):
        if (found := _FRAME.match(line)) is None:
            continue
        if found["count"]:
            frames.append(_cell_frame(copy, int(found["count"]), int(found["cell_line"])))
        else:
            file = os.path.expanduser(found["file"])
            number = int(found["line"])
            frames.append(
                {
                    "file": file,
                    "line": number,
                    "function": found["function"] or "<module>",
                    "text": linecache.getline(file, number).strip()[:300],
                    "own": failure.is_own(file, own),
                }
            )
    return frames


def _cell_frame(copy: Copy, count: int, line: int) -> wire.Message:
    """A frame of a cell, placed where the tool's source has that line."""
    cells = copy.notebook.cells
    index = next((i for i, cell in enumerate(cells) if cell.get("execution_count") == count), None)
    text, place = "", 0
    if index is not None:
        lines = notebooks.source_of(cells[index]).split("\n")
        text = lines[line - 1].strip() if line <= len(lines) else ""
        before = [cell for i, cell in enumerate(cells) if i != copy.injected]
        shown = index - (copy.injected is not None and index > copy.injected)
        if index != copy.injected:
            place = notebooks.as_text(before)[1][shown] + line
    return {
        "file": str(copy.original),
        "line": place,
        "function": f"In [{count}], line {line}",
        "text": text[:300],
        "own": True,
    }
