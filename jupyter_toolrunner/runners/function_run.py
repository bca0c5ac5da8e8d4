"""A function, called with a run's params; its value becomes the result. Standard library alone."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from . import arguments, codec, failure, shadowing, sources, wire

Tell = Callable[[wire.Message], None]


def run_function(spec: wire.Message, tell: Tell) -> int:
    """The exit code; the result's files or the error are told."""
    try:
        function = _find(spec)
        value = _call(function, spec["params"])
        written = codec.write(value, Path(spec["results"]), Path(spec["cwd"]))
    except SystemExit as stop:
        return _stopped(stop, tell)
    except codec.NotAResult as error:
        tell({"end": "error", "error": {**_bare(error), "type": "result"}})
        print(error, file=sys.stderr)
        return 1
    except BaseException as error:
        tell({"end": "error", "error": failure.describe(error, own=spec["own"])})
        failure.show(error)
        return 1
    tell({"end": "returned", "results": [part.to_message() for part in written]})
    return 0


def _stopped(stop: SystemExit, tell: Tell) -> int:
    code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    text = None if stop.code is None or isinstance(stop.code, int) else failure.text_of(stop.code)
    tell({"end": "exit", "code": code, "text": text})
    if text:
        print(text, file=sys.stderr)
    return code or 1


def _bare(error: codec.NotAResult) -> wire.Message:
    return {"message": str(error), "hint": error.hint, "frames": [], "traceback": None}


def _find(spec: wire.Message) -> Callable[..., Any]:
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
    return _load(path)


def _load(path: str) -> ModuleType:
    """The module of a file, with its neighbours importable as they are for a script."""
    folder, file = os.path.split(path)
    sys.path.insert(0, folder)
    shadowing.forget_shadowed(folder)
    return load_as(_free_name(file.removesuffix(".py")), path, sources.code_of(path))


def load_as(name: str, path: str, code: CodeType) -> ModuleType:
    """A module of this name, from the code of a file."""
    spec = importlib.util.spec_from_loader(name, importlib.machinery.SourceFileLoader(name, path), origin=path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = path
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


def _free_name(name: str) -> str:
    return f"toolrunner_{name}" if name in sys.modules or name in sys.stdlib_module_names else name


def _call(function: Callable[..., Any], params: dict[str, Any]) -> Any:
    positional, named = arguments.bind(function, params)
    value = function(*positional, **named)
    if inspect.iscoroutine(value):
        import asyncio

        return asyncio.run(value)
    return value
