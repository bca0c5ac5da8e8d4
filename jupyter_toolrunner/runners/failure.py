"""An exception of a tool, described for the one who reads it. Standard library alone."""

from __future__ import annotations

import contextlib
import errno
import linecache
import os
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from . import wire

_HERE = os.path.dirname(os.path.abspath(__file__))
_MESSAGE = 4_000
_TRACEBACK = 60_000
_FRAMES = 60
SMALLER_INPUT = "The run needed more memory than there was. Try smaller input."

#: The exit code of programs that were called in a wrong way.
_WRONG_CALL = 2
_CLICK = ("click.", "typer.")
_ABORTED = "It aborted itself, or it asked for something: a run has nobody to ask. Make what is asked for a parameter."
_FULL = "Free some space, then press Retry."
_NOBODY = "A run has nobody to ask: its standard input is empty. Make what is asked for a parameter."

#: Names under which a package is installed, where it is imported under another.
_DISTRIBUTIONS = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "github": "PyGithub",
    "jwt": "PyJWT",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "pptx": "python-pptx",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


def describe(error: BaseException, own: Sequence[str]) -> wire.Message:
    """The error as the worker wants it: type, message, frames, traceback, hint."""
    trace = own_part(error.__traceback__)
    return {
        "type": type(error).__name__,
        "message": text_of(error),
        "hint": _hint(error),
        "frames": _frames(error, trace, own),
        "traceback": _printed(error, trace),
    }


def show(error: BaseException) -> None:
    """Print the error as Python would, through the tool's own hook where it set one."""
    trace = own_part(error.__traceback__)
    try:
        sys.excepthook(type(error), error.with_traceback(trace), trace)
    except BaseException:
        with contextlib.suppress(Exception):
            sys.__excepthook__(type(error), error, trace)
    with contextlib.suppress(Exception):
        sys.stderr.flush()


def text_of(value: object) -> str:
    try:
        return _cut(str(value), _MESSAGE)
    except Exception as problem:
        return f"<{type(value).__name__} whose text cannot be had: {type(problem).__name__}>"


def own_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames that started the run."""
    start = trace
    while start is not None and _is_ours(start.tb_frame.f_code.co_filename):
        start = start.tb_next
    return start


def _is_ours(file: str) -> bool:
    return (
        os.path.dirname(file) == _HERE
        or file.startswith("<frozen importlib")
        or file.endswith("importlib/__init__.py")
    )


def refusal_of(stop: BaseException) -> str | None:
    """What argparse or click had against the values, where it was that which ended the script."""
    if (said := _said_by_click(stop)) is not None:
        return said
    trace = stop.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_name == "error" and os.path.basename(code.co_filename) == "argparse.py":
            message = trace.tb_frame.f_locals.get("message")
            return _cut(message, _MESSAGE) if isinstance(message, str) else None
        trace = trace.tb_next
    return None


def _said_by_click(stop: BaseException) -> str | None:
    """Of a usage error of click or typer, of any version, the message, which names the option."""
    error = _error_of_click(stop)
    if not hasattr(error, "format_message") or getattr(error, "exit_code", None) != _WRONG_CALL:
        return None
    try:
        return _cut(str(error.format_message()), _MESSAGE)
    except Exception:
        return None


def end_by_click(stop: BaseException) -> wire.Message | None:
    """Another end that click or typer made of an exception: its message, and what helps."""
    error = _error_of_click(stop)
    if error == "aborted":
        return {"text": "The script was aborted.", "hint": _ABORTED}
    if hasattr(error, "format_message"):
        with contextlib.suppress(Exception):
            return {"text": _cut(str(error.format_message()), _MESSAGE), "hint": None}
    return None


def _error_of_click(stop: BaseException) -> Any:
    """What click or typer exits for: an exception with a message, ``aborted``, or nothing that is known."""
    error = stop.__context__
    if error is not None and type(error).__module__.startswith(_CLICK):
        return "aborted" if type(error).__name__ == "Abort" else error
    # click from 8.5 on has left the handling of the exception when it exits.
    trace = stop.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_name == "main" and str(frame.f_globals.get("__name__", "")).startswith(_CLICK):
            report = frame.f_locals.get("report")
            known = getattr(report, "__self__", None)
            return known if known is not None or report is None else "aborted"
        trace = trace.tb_next
    return None


def _printed(error: BaseException, trace: TracebackType | None) -> str:
    try:
        lines = traceback.TracebackException(type(error), error, trace).format()
        return _cut("".join(lines), _TRACEBACK)
    except Exception:
        return f"{type(error).__name__}: {text_of(error)}\n"


def _frames(error: BaseException, trace: TracebackType | None, own: Sequence[str]) -> list[wire.Message]:
    frames = []
    for frame, line in traceback.walk_tb(trace):
        code = frame.f_code
        frames.append(_frame(code.co_filename, line or 0, code.co_name, own))
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(_frame(error.filename, error.lineno or 0, "<module>", own))
    if len(frames) > _FRAMES:
        frames = frames[:10] + frames[10 - _FRAMES :]
    for each in frames:
        each["text"] = _cut(linecache.getline(each["file"], each["line"]).strip(), 300)
    return frames


def _frame(file: str, line: int, function: str, own: Sequence[str]) -> wire.Message:
    return {"file": file, "line": line, "function": function, "text": "", "own": is_own(file, own)}


def is_own(file: str, own: Sequence[str]) -> bool:
    real = os.path.realpath(file)
    for place in map(os.path.realpath, own):
        if real == place:
            return True
        inside = real.removeprefix(place.rstrip(os.sep) + os.sep)
        if inside != real and not {"site-packages", "dist-packages"} & set(inside.split(os.sep)):
            return True
    return False


def _hint(error: BaseException) -> str | None:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return hint_for_module(error.name)
    if isinstance(error, MemoryError):
        return SMALLER_INPUT
    if isinstance(error, EOFError):
        return _NOBODY
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _FULL
    if (
        isinstance(error, FileNotFoundError)
        and error.filename
        and not os.path.isabs(os.fsdecode(error.filename))
    ):
        return f"The path is relative, and the run works in {os.getcwd()}."
    return None


def hint_for_module(name: str) -> str:
    """What helps where a module is missing."""
    top = name.partition(".")[0]
    return f"Install it where the tool runs: pip install {_DISTRIBUTIONS.get(top, top)}"


def _cut(text: str, limit: int) -> str:
    return (
        text
        if len(text) <= limit
        else f"{text[: limit // 2]}\n… {len(text) - limit} characters left out …\n{text[-limit // 2 :]}"
    )
