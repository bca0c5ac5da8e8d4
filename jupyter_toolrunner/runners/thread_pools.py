"""Thread pools of numerical libraries: one thread while a zygote imports and forks, all of them in a run.

The libraries read how many threads they may have when they are loaded, so putting the environment back is not enough.
Standard library alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator

#: Environment variables of the pools.
SIZES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
#: Other threads that libraries start when they are loaded.
_OTHERS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
#: By a part of the library's name: the functions that set its number of threads, and the variable that would have.
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

_found: dict[str, tuple[str, Callable[[int], object]]] = {}


@contextlib.contextmanager
def single() -> Iterator[None]:
    """Whatever is loaded in here has one thread."""
    asked = {**dict.fromkeys(SIZES, "1"), **_OTHERS}
    before = {name: os.environ.get(name) for name in asked}
    os.environ.update(asked)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    _find_libraries()


def _find_libraries() -> None:
    """Remember how the pools of all loaded libraries are set."""
    try:
        with open("/proc/self/maps") as file:
            paths = {line.split(None, 5)[5].strip() for line in file if line.count("/")}
    except OSError:
        return
    for path in paths - _found.keys():
        for part, (variable, *names) in _SETTERS.items():
            if part in os.path.basename(path):
                with contextlib.suppress(OSError):
                    library = ctypes.CDLL(path, mode=getattr(os, "RTLD_NOLOAD", 0) | os.RTLD_NOW)
                    setter = next((getattr(library, name) for name in names if hasattr(library, name)), None)
                    if setter is not None:
                        _found[path] = (variable, setter)


def restore() -> None:
    """Let the libraries have the threads that they would have had in a fresh process."""
    if not _found:
        return
    for variable, setter in _found.values():
        setter(_size(variable))


def _size(variable: str) -> int:
    for name in (variable, "OMP_NUM_THREADS"):
        with contextlib.suppress(ValueError):
            return max(1, int(os.environ.get(name, "")))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
