"""How a process ends as Python ends, without taking apart what its parent had imported. Standard library alone."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from . import failure, open_files


def leave(code: int) -> NoReturn:
    """Threads, exit functions, finalizers of what stands in ``__main__``, open files; then the end."""
    try:
        finish_threads()
        run_exit_functions()
        open_files.flush()
        drop_objects(["__main__"])
        open_files.flush()
    except BaseException as error:
        failure.show(error)
    finally:
        os._exit(code)


def finish_threads() -> None:
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()


def run_exit_functions() -> None:
    atexit._run_exitfuncs()


def drop_objects(modules: Iterable[str], *, old: bool = False) -> None:
    """Finalizers of what the tool left in variables of these modules run, as at the end of Python."""
    for name in modules:
        _empty(vars(sys.modules[name]))
    # The oldest generation only where something has come to it: to collect that one writes to many pages.
    gc.collect(2 if old or gc.get_count()[2] else 1)


def _empty(namespace: dict[str, Any]) -> None:
    names = [name for name in namespace if name != "__builtins__"]
    for name in sorted(names, key=lambda name: not name.startswith("_")):
        namespace[name] = None
