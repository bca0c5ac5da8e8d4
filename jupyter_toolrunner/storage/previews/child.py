"""The process in which files that others wrote are read: little memory, little time, no way back but a folder.

Its standard output says how much is done, a number from 0 to 1 a line, and ``done`` at the end.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ...core.errors import InvalidRequest, ToolrunnerError
from .workshop import write_meta, write_problem

#: Bytes of memory of its own; files that are mapped do not count.
MEMORY = 2 * 2**30
FILE_SIZE = 8 * 2**30
OPEN_FILES = 256
_PR_SET_PDEATHSIG, _SIGKILL = 1, 9

#: ``make(source, place, options, progress)`` of these modules answers what is to be known of the thing.
MODULES = {
    "table": "table_parts",
    "rows": "table_rows",
    "json": "json_index",
    "image": "images",
    "archive": "archives",
    "graph": "graphs",
}

Progress = Callable[[float], None]
Make = Callable[[Path, Path, Mapping[str, Any], Progress], Mapping[str, Any]]


def limit(seconds: float) -> None:
    limits = (
        (resource.RLIMIT_CPU, int(seconds) * 2 + 1),
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    )
    for what, most in limits:
        _, hard = resource.getrlimit(what)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (value, value))
    with contextlib.suppress(OSError):
        os.nice(10)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def tell(share: float) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, f"{share:.3f}\n".encode())


def make(kind: str, source: Path, place: Path, options: Mapping[str, Any], progress: Progress) -> None:
    """Fill the folder. What the file is to blame for is written there as well."""
    maker: Make = import_module(f".{MODULES[kind]}", __package__).make
    try:
        meta = maker(source, place, options, progress)
    except ToolrunnerError as error:
        write_problem(place, error)
    except MemoryError:
        write_problem(
            place,
            InvalidRequest(
                "The file needs more memory than a preview may take.", hint="Download it to look at it."
            ),
        )
    except Exception as error:  # noqa: BLE001 - the libraries raise what they like for a damaged file
        said = f"{type(error).__name__}: {error}"[:300]
        write_problem(
            place,
            InvalidRequest(f"The file cannot be read: {said}", hint="Download it to look at it."),
        )
    else:
        write_meta(place, meta)


def main(arguments: list[str]) -> None:
    kind, source, place, options, seconds = arguments
    limit(float(seconds))
    make(kind, Path(source), Path(place), json.loads(options), tell)
    os.write(1, b"done\n")


if __name__ == "__main__":
    main(sys.argv[1:])
