"""Threads of numerical libraries in zygotes and runs. Standard library alone.

Most libraries start threads when they are first used, or (OpenBLAS) end them before a fork and start them again when
needed. What is left to do: one that starts a thread for good when it is loaded, and runs that ask for another number of
threads than their libraries were loaded with.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator, Mapping

#: Keeps the allocator of Arrow from starting a thread.
_AT_LOAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
#: By a part of the library's name: the variable that it read when it was loaded, and functions that do the same later.
_SETTERS = {
    "openblas": (
        "OPENBLAS_NUM_THREADS",
        "scipy_openblas_set_num_threads64_",
        "scipy_openblas_set_num_threads",
        "openblas_set_num_threads64_",
        "openblas_set_num_threads",
    ),
    "libgomp": ("OMP_NUM_THREADS", "omp_set_num_threads"),
    "libomp": ("OMP_NUM_THREADS", "omp_set_num_threads"),
    "libiomp": ("OMP_NUM_THREADS", "omp_set_num_threads"),
    "libmkl_rt": ("MKL_NUM_THREADS", "MKL_Set_Num_Threads"),
}
_VARIABLES = frozenset({variable for variable, *_ in _SETTERS.values()})


@contextlib.contextmanager
def none_for_good() -> Iterator[None]:
    """Libraries that are loaded in here leave no thread that would be there at a fork."""
    before = {name: os.environ.get(name) for name in _AT_LOAD}
    os.environ.update(_AT_LOAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def set_as_asked(environment: Mapping[str, str]) -> None:
    """Where a run's own environment asks for a number of threads, libraries that are loaded already follow."""
    if not _VARIABLES & environment.keys():
        return
    for path in _loaded_libraries():
        for part, (variable, *names) in _SETTERS.items():
            if part in os.path.basename(path):
                size = environment.get(variable, environment.get("OMP_NUM_THREADS", ""))
                if size.isdigit() and int(size) > 0:
                    _set(path, names, int(size))


def _set(path: str, names: list[str], size: int) -> None:
    with contextlib.suppress(OSError):
        library = ctypes.CDLL(path)
        for name in names:
            if hasattr(library, name):
                getattr(library, name)(size)
                return


def _loaded_libraries() -> set[str]:
    try:
        with open("/proc/self/maps") as file:
            return {line.split(None, 5)[5].strip() for line in file if "/" in line}
    except OSError:
        return set()
