"""A script, run exactly as ``python script.py …`` would. Standard library alone."""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
from collections.abc import Callable
from types import ModuleType

from . import failure, load, shadowing, sources, wire

Tell = Callable[[wire.Message], None]


def run_script(spec: wire.Message, tell: Tell) -> int:
    """The exit code; an end by an uncaught exception is told."""
    path = spec["path"]
    sys.argv = [path, *spec["argv"]]
    sys.orig_argv = [sys.executable, *sys.argv]
    try:
        if spec.get("attribute"):
            _call_command(spec)
        else:
            _run_as_main(path)
    except SystemExit as stop:
        return _exit_code(stop, spec, tell)
    except BaseException as error:
        tell({"end": "error", "error": failure.describe(error, own=spec["own"])})
        failure.show(error)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _run_as_main(path: str) -> None:
    folder = os.path.dirname(path)
    sys.path.insert(0, folder)
    shadowing.forget_shadowed(folder)
    main = ModuleType("__main__")
    main.__dict__.update(
        __file__=path,
        __builtins__=builtins,
        __loader__=importlib.machinery.SourceFileLoader("__main__", path),
        __cached__=None,
    )
    sys.modules["__main__"] = main
    exec(sources.code_of(path), main.__dict__)


def _call_command(spec: wire.Message) -> None:
    """A command object (click, typer, or a plain function that reads ``sys.argv``)."""
    sys.exit(load.attribute_of(spec)())


def _exit_code(stop: SystemExit, spec: wire.Message, tell: Tell) -> int:
    code = stop.code
    if code is None:
        return 0
    if isinstance(code, int):
        if code & 0xFF:
            refusal = failure.refusal_of(stop)
            more = (failure.end_by_click(stop) if refusal is None else None) or {}
            tell({"end": "exit", "code": code & 0xFF, "refusal": refusal, **more})
        return code & 0xFF
    tell({"end": "exit", "code": 1, "text": failure.text_of(code)})
    print(code, file=sys.stderr)
    return 1
