"""Code of scripts, compiled once and checked against the file before each use. Standard library alone."""

from __future__ import annotations

import contextlib
import os
from types import CodeType

_Signature = tuple[int, int, int]
_compiled: dict[str, tuple[_Signature, CodeType]] = {}


def code_of(path: str) -> CodeType:
    """The code of a file as it is now. Raises OSError, SyntaxError, ValueError as Python does for a script."""
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        signature = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = _compiled.get(path)
        if known is not None and known[0] == signature:
            return known[1]
        code = compile(file.read(), path, "exec", dont_inherit=True)
    _compiled[path] = (signature, code)
    return code


def compile_ahead(path: str) -> None:
    # What is wrong with the file is told by the run that uses it.
    with contextlib.suppress(Exception):
        code_of(path)
