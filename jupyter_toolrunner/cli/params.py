"""Params from the command line: ``-p KEY=VALUE`` and ``--params FILE``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidParams, Problem
from .errors import WrongCall

if TYPE_CHECKING:
    from ..client import Client, Tool


def read_params(schema: Mapping[str, Any], texts: Sequence[str], file: str | None) -> dict[str, Any]:
    """The params as they were typed, read as the schema says; what ``-p`` gives goes before the file's.

    Raises InvalidParams with the fields, WrongCall where there is no field to name.
    """
    from ..core.params import parse_option

    params = read_file(file) if file is not None else {}
    problems: list[Problem] = []
    for name, values in grouped(texts).items():
        try:
            params[name] = _reference(schema, name, values) or parse_option(schema, name, values)
        except InvalidParams as error:
            problems += error.problems
    if problems:
        raise InvalidParams(problems)
    return params


def _reference(schema: Mapping[str, Any], name: str, texts: Sequence[str]) -> Any:
    """What another run leaves, where that is what was given; it may stand for a value of any type.

    Raises InvalidParams where it is nearly that: nobody means a file or a text that begins so.
    """
    from ..core.params import types
    from ..core.references import Reference

    if not all(text.startswith("{") for text in texts):
        return None
    try:
        given = [json.loads(text) for text in texts]
    except ValueError:
        return None
    if not all(Reference.of(each) for each in given):
        if all("run" in each for each in given) and not types(schema, name) & {"object", "array"}:
            said = "names a run, and takes of it either a file or a value of its result:"
            raise InvalidParams(
                [Problem(name, f'{said} {{"run": 12, "output": "NAME"}} or {{"run": 12, "result": "KEY"}}')]
            )
        return None
    return given if len(given) > 1 else given[0]


def grouped(texts: Sequence[str]) -> dict[str, list[str]]:
    """The values of each name, in the order given."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise WrongCall(f"-p {_shown(text)} is not KEY=VALUE", hint="An empty text is given as -p KEY=")
        check_text(name, value)
        found.setdefault(name, []).append(value)
    return found


def check_text(name: str, value: str) -> None:
    """Refuse bytes that are no text: Python hands them over as lone surrogates."""
    for what, text in (("name", name), ("value", value)):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            byte = ord(text[error.start]) & 0xFF
            message = f"its {what} is not text in UTF-8: byte 0x{byte:02x} at character {error.start + 1}"
            raise InvalidParams([Problem(_shown(name), message)]) from None


def with_files(tool: Tool, params: Mapping[str, Any]) -> dict[str, Any]:
    """The params with file inputs as the run can find them: it works in another folder, maybe on another machine.

    A path from here that is there becomes absolute, and ``{"artifact": ID}`` as text names a file of another run. A
    script's paths stay as they are unless declared as inputs: they may as well name what it writes.
    """
    fields = _file_fields(tool)
    return {name: _file(value) if name in fields else value for name, value in params.items()}


def bring_files(client: Client, tool: Tool, params: Mapping[str, Any]) -> dict[str, Any]:
    """The params with file inputs of this machine uploaded to the server, which runs on another one."""
    fields = _file_fields(tool)
    return {name: _brought(client, value) if name in fields else value for name, value in params.items()}


def _brought(client: Client, value: Any) -> Any:
    if isinstance(value, list):
        return [_brought(client, each) for each in value]
    if isinstance(value, str) and value.startswith("/") and Path(value).is_file():
        return {"artifact": client.upload(value).id}
    return value


def _file_fields(tool: Tool) -> set[str]:
    from ..services.inputs import path_fields

    declared = tool.params_schema.get("properties", {})
    return {
        name
        for name in path_fields(tool.params_schema)
        if tool.kind == "function" or _is_read(declared.get(name, {}))
    }


def _is_read(declared: Mapping[str, Any]) -> bool:
    return "x-accepts" in declared or str(declared.get("x-type", "")).startswith("FileType('r")


def _file(value: Any) -> Any:
    if isinstance(value, list):
        return [_file(each) for each in value]
    if not isinstance(value, str) or not value or "\0" in value:
        return value
    if value.startswith("{"):
        try:
            read = json.loads(value)
        except ValueError:
            return value
        return read if isinstance(read, dict) and set(read) == {"artifact"} else value
    try:
        path = Path(value).expanduser()
        return str(path.absolute()) if path.exists() else value
    except (OSError, RuntimeError):
        return value


def read_file(file: str) -> dict[str, Any]:
    """The object in a file, JSON or by its name YAML; ``-`` is standard input, JSON where it begins with a bracket."""
    where = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        text = data.decode("utf-8-sig")
        if is_yaml := _is_yaml(file, text):
            from .yaml_params import read_yaml

            params = read_yaml(text)
        else:
            params = json.loads(text, object_pairs_hook=_without_doubles)
    except OSError as error:
        raise WrongCall(f"--params {_shown(file)}: {error.strerror}", field="params") from error
    except UnicodeDecodeError as error:
        raise WrongCall(f"{where} is not text in UTF-8 (byte {error.start})", field="params") from error
    except ValueError as error:
        raise WrongCall(f"{where} is not {'YAML' if is_yaml else 'JSON'}: {error}", field="params") from error
    except RecursionError as error:
        raise WrongCall(f"{where} is nested too deeply", field="params") from error
    if not isinstance(params, dict):
        raise WrongCall(f"{where} must hold an object of params, not {type(params).__name__}", field="params")
    return {str(name): value for name, value in params.items()}


def _is_yaml(file: str, text: str) -> bool:
    if file == "-":
        return not text.lstrip().startswith(("{", "[")) and bool(text.strip())
    return Path(file).suffix.lower() in (".yaml", ".yml")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice is a mistake: JSON readers would keep the last one silently."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidParams([Problem(name, "stands twice in one JSON object")])
        found[name] = value
    return found


def _shown(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:200]
