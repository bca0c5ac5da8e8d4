"""A tool's module and what is called in it. Standard library alone."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

from . import shadowing, sources, wire

#: Modules of files that a process keeps for its next run.
_kept: dict[str, ModuleType] = {}


def attribute_of(spec: wire.Message) -> Callable[..., Any]:
    """The function or command that a run calls, from its module or its file."""
    found: Any = _module(spec)
    for name in spec["attribute"].split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{spec['attribute']} is {type(found).__name__}, not a function")
    return found  # type: ignore[no-any-return]


def _module(spec: wire.Message) -> ModuleType:
    name, path = spec.get("module"), spec.get("path")
    if name:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if path is None or error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
    assert path is not None
    if not spec.get("warm"):
        return _load(path)
    if path not in _kept:
        _kept[path] = _load(path)
    return _kept[path]


def _load(path: str) -> ModuleType:
    """The module of a file, with its neighbours importable as they are for a script."""
    folder, file = os.path.split(path)
    sys.path.insert(0, folder)
    shadowing.forget_shadowed(folder)
    return load_as(_free_name(file.removesuffix(".py")), path, sources.code_of(path))


def load_as(name: str, path: str, code: CodeType) -> ModuleType:
    """A module of this name, from the code of a file."""
    spec = importlib.util.spec_from_loader(
        name, importlib.machinery.SourceFileLoader(name, path), origin=path
    )
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = path
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


def _free_name(name: str) -> str:
    # A Python before 3.10 does not know what its standard library has.
    taken = name in sys.modules or name in getattr(sys, "stdlib_module_names", ())
    return f"toolrunner_{name}" if taken else name
