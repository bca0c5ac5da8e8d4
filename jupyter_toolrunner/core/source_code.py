"""The files that a version of a tool runs: their digests, and all of them as one content that can be kept.

What reads scripts imports this too: the standard library alone, and what Python 3.9 knows.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

#: Bytes of a file that are kept at most, and of all files of one version.
LARGEST_FILE = 4 << 20
LARGEST = 32 << 20
#: Bytes of a file that is looked at at all: what is larger is data, or a program of the system.
_LARGEST_READ = 64 << 20
NOTEBOOK = ".ipynb"


def digests(paths: Iterable[str]) -> dict[str, str]:
    """By path; of files that can be read and are no larger than code ever is."""
    found = {}
    for path in paths:
        try:
            found[path] = digest(path, content(path))
        except OSError:
            continue
    return found


def content(path: str) -> bytes:
    """Raises OSError, also for what is too large."""
    with open(path, "rb") as file:
        data = file.read(_LARGEST_READ + 1)
    if len(data) > _LARGEST_READ:
        raise OSError(27, "too large for code", path)
    return data


def digest(path: str, data: bytes) -> str:
    """Of what would run: a notebook's outputs, counts and widgets are no part of it."""
    notebook = _notebook(data) if path.endswith(NOTEBOOK) else None
    if notebook is not None:
        metadata = notebook.get("metadata")
        kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
        parts = [
            [cell.get("cell_type"), _text(cell.get("source")), _tags(cell)] for cell in notebook["cells"]
        ]
        data = json.dumps([parts, kernel.get("name") if isinstance(kernel, dict) else None]).encode()
    return hashlib.sha256(data).hexdigest()


def kept(path: str, data: bytes) -> bytes:
    """What of a file's content is kept: a notebook without its outputs."""
    notebook = _notebook(data) if path.endswith(NOTEBOOK) else None
    if notebook is None:
        return data
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    if isinstance(notebook.get("metadata"), dict):
        notebook["metadata"].pop("widgets", None)
    return json.dumps(notebook, indent=1).encode()


def pack(files: Mapping[str, bytes]) -> bytes:
    """The same for the same files, whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, path in enumerate(sorted(files)):
            for name, data in (
                (f"{number}.path", path.encode("utf-8", "surrogateescape")),
                (f"{number}", files[path]),
            ):
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Raises ValueError where it is not what `pack` made."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name[: -len(".path")] for name in archive.namelist() if name.endswith(".path")]
            return {
                archive.read(f"{name}.path").decode("utf-8", "surrogateescape"): archive.read(name)
                for name in names
            }
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"the kept code cannot be read: {error}") from None


def _notebook(data: bytes) -> Any:
    """Of version 4; None for what is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    cells = found.get("cells") if isinstance(found, dict) else None
    good = isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)
    return found if good else None


def _text(source: Any) -> Any:
    """Files have the lines of a cell in a list, or all of it as one text."""
    return "".join(map(str, source)) if isinstance(source, list) else source


def _tags(cell: Mapping[str, Any]) -> Any:
    metadata = cell.get("metadata")
    return metadata.get("tags") if isinstance(metadata, dict) else None
