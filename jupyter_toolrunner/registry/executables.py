"""``NAME.tool.yaml``: a program with a description beside it, as a tool. It is data: nothing of it runs to be read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import yaml

from ..core import source_code
from .descriptions import Description, parsed

Json = Any
ENDINGS = (".tool.yaml", ".tool.yml")
MAX_SIZE = 1 << 20
#: Bytes of a program whose content counts for the version; of a larger one size and time do.
_MAX_DIGESTED = 64 << 20
_SHOWN_TEXT = 1 << 18


def is_description(path: str) -> bool:
    return path.endswith(ENDINGS)


def name_of(path: Path) -> str:
    return next(path.name.removesuffix(ending) for ending in ENDINGS if path.name.endswith(ending))


def read(path: Path, toolbox: Path) -> dict[str, Json]:
    """The answer for one description, as the reader gives it for a script; never raises for what is in the file."""
    try:
        if path.stat().st_size > MAX_SIZE:
            return {"failure": _failure("larger than 1 MB")}
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return {"failure": _failure(f"can't be read: {error}")}
    answer: dict[str, Json] = {"text": text, "digest": hashlib.sha256(text.encode()).hexdigest()}
    try:
        data, places = parsed(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", None) or error)
        return {**answer, "failure": _failure(f"not valid YAML: {what}", mark.line + 1 if mark else None)}
    reading = Description(path.parent, places)
    described = reading.read(data)
    if reading.problems:
        return {**answer, "failure": _told(reading.problems)}
    program = Path(described["program"]["path"])
    answer["program"] = described
    answer["root"] = str(toolbox.resolve())
    if failure := _unusable(program, described.pop("word"), path):
        failure["line"] = places.line_of(("command", 0))
        return {**answer, "failure": failure, "source": {"imports": [str(program)]}}
    answer["files"] = [str(program)] if program.is_relative_to(toolbox.resolve()) else []
    answer["source"] = {"imports": [str(program)], "local": []}
    answer["digest"], answer["text"] = _with_program(text, program, beside=bool(answer["files"]))
    # One of the system too: it is not kept, but a version that ran another one is told from this one.
    answer["code"] = source_code.digests([str(path), str(program)])
    return answer


def _failure(message: str, line: int | None = None, hint: str | None = None) -> dict[str, Json]:
    return {"message": message, "line": line, "hint": hint, "traceback": None}


def _told(problems: list[tuple[int, str]]) -> dict[str, Json]:
    """The first with its line; all of them where there are more."""
    problems = sorted(problems)
    line, message = problems[0]
    if len(problems) == 1:
        return _failure(message, line)
    rest = "".join(f"\nline {each}: {text}" for each, text in problems[1:10])
    return _failure(f"{message} ({len(problems) - 1} more below){rest}", line)


def _unusable(program: Path, word: str, description: Path) -> dict[str, Json] | None:
    """Why the program cannot be started, and what to do."""
    if not program.exists():
        if "/" in word:
            return _failure(
                f"There is no program {program}.", hint="Put it there, or mend the first word of the command."
            )
        beside = description.with_name(word)
        hint = (
            f"Write ./{word} for the one beside the description."
            if beside.exists()
            else (f"Install {word} where the tools run, or give the program's whole path.")
        )
        return _failure(f"There is no program {word} on this machine.", hint=hint)
    if program.is_dir():
        return _failure(f"{program} is a folder, not a program.")
    if not os.access(program, os.X_OK):
        return _failure(f"{program} may not be executed.", hint=f"chmod +x {program}")
    return None


def _with_program(text: str, program: Path, *, beside: bool) -> tuple[str, str]:
    """Digest over description and program, and the text of both where the program is a text beside it."""
    digest = hashlib.sha256(text.encode())
    status = program.stat()
    digest.update(f"\0{program.name}\0".encode())
    if status.st_size > _MAX_DIGESTED:
        digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
        return digest.hexdigest(), text
    content = program.read_bytes()
    digest.update(content)
    if beside and len(content) < _SHOWN_TEXT and b"\0" not in content:
        text = f"{text.rstrip()}\n\n# {program.name}\n\n{content.decode('utf-8', 'replace')}"
    return digest.hexdigest(), text
