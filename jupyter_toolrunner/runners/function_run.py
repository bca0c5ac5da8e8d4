"""A function, called with a run's params; its value becomes the result. Standard library alone."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import arguments, codec, failure, load, wire

Tell = Callable[[wire.Message], None]


def run_function(spec: wire.Message, tell: Tell) -> int:
    """The exit code; the result's files or the error are told."""
    try:
        function = load.attribute_of(spec)
        value = _call(function, spec["params"])
        results = _results(value, spec["results"], spec["cwd"])
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
    tell({"end": "returned", "results": results})
    return 0


def _results(value: Any, folder: str, cwd: str) -> list[wire.Message]:
    if (told := codec.told(value, folder, cwd)) is not None:
        return [told]
    return [part.to_message() for part in codec.write(value, Path(folder), Path(cwd))]


def _stopped(stop: SystemExit, tell: Tell) -> int:
    code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    text = None if stop.code is None or isinstance(stop.code, int) else failure.text_of(stop.code)
    tell({"end": "exit", "code": code, "text": text})
    if text:
        print(text, file=sys.stderr)
    return code


def _bare(error: codec.NotAResult) -> wire.Message:
    return {"message": str(error), "hint": error.hint, "frames": [], "traceback": None}


def _call(function: Callable[..., Any], params: dict[str, Any]) -> Any:
    positional, named = arguments.bind(function, params)
    value = function(*positional, **named)
    if inspect.iscoroutine(value):
        import asyncio

        return asyncio.run(value)
    return value
