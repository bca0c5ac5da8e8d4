"""Modules of a toolbox that have the name of one that is loaded: the toolbox's own go first, as in a fresh Python."""

from __future__ import annotations

import os
import sys

#: Loaded in every Python before a script starts: a script's neighbour of that name is not seen there either.
_ALWAYS_LOADED = frozenset(
    {
        "sys",
        "builtins",
        "os",
        "io",
        "abc",
        "codecs",
        "site",
        "stat",
        "time",
        "marshal",
        "posix",
        "encodings",
        "__main__",
    }
    | {"posixpath", "genericpath", "ntpath", "zipimport"}
)


def forget_shadowed(folder: str) -> None:
    """Let the next import of each module that has a file in the folder find that file."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        name = entry.name.partition(".")[0]
        if (
            name in sys.modules
            and name not in _ALWAYS_LOADED
            and name not in sys.builtin_module_names
            and _is_module(entry)
        ):
            _forget(name)


def _is_module(entry: os.DirEntry[str]) -> bool:
    if entry.name.endswith(".py"):
        return True
    return entry.name.isidentifier() and os.path.isfile(os.path.join(entry.path, "__init__.py"))


def _forget(name: str) -> None:
    # Whoever imported the hidden one before keeps it.
    for loaded in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[loaded]
