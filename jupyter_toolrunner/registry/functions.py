"""A function's params as a JSON Schema, from its type hints and its docstring.

Runs in the throw-away process that reads toolboxes; pydantic and the docstring parser are imported there only.
"""

from __future__ import annotations

import inspect
import math
import os
import re
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from ..authoring import ATTRIBUTE, Accepts
from ..core.limits import SPACE, limit_of
from .describe import _is_json, is_secret, title_of

Json = Any
#: What a file input accepts that is one for a folder.
_FOLDER = ("inode/directory",)


class NotDescribable(Exception):
    """The function takes something that no form can give."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def tools_of(namespace: Mapping[str, Any], module: str | None = None) -> dict[str, Callable[..., Any]]:
    """The declared functions that a module's names hold, by attribute, each once."""
    found: dict[str, Callable[..., Any]] = {}
    seen: set[int] = set()
    for name, value in list(namespace.items()):
        if not callable(value) or isinstance(value, type) or id(value) in seen:
            continue
        declaration = getattr(value, ATTRIBUTE, None)
        if declaration is None or (module is not None and getattr(value, "__module__", module) != module):
            continue
        seen.add(id(value))
        found[name] = value
    return found


def describe_function(function: Callable[..., Any]) -> dict[str, Json]:
    """``schema``, ``title``, ``description`` and what the decorator was told."""
    declaration = getattr(function, ATTRIBUTE)
    texts = _read_docstring(inspect.getdoc(function) or "")
    described: dict[str, Json] = {
        "name": declaration.name or function.__name__,
        "title": declaration.title,
        "category": declaration.category,
        "tags": list(declaration.tags),
        "icon": declaration.icon,
        "description": declaration.description or texts["description"],
        "delivery": declaration.delivery,
        "time_limit": declaration.time_limit,
        **{
            key: limit_of(key, said) for key in SPACE if (said := getattr(declaration, key, None)) is not None
        },
        "max_attempts": declaration.max_attempts,
        "max_running": getattr(declaration, "max_running", None),
        "retry": getattr(declaration, "retry", None),
        "warm": getattr(declaration, "warm", False),
        "reuse": getattr(declaration, "reuse", None),
        "preload": list(getattr(declaration, "preload", ())),
        "line": getattr(getattr(inspect.unwrap(function), "__code__", None), "co_firstlineno", None),
        "error": None,
    }
    try:
        described["schema"] = _schema_of(function, texts["params"])
    except NotDescribable as error:
        described["schema"] = {"type": "object", "properties": {}}
        described["error"] = {"message": str(error), "hint": error.hint}
    return described


# -- the docstring --------------------------------------------------------------------------------------------------


def _read_docstring(text: str) -> dict[str, Any]:
    """The description, and one text for each parameter; Google, NumPy and Sphinx styles."""
    from docstring_parser import parse
    from docstring_parser.common import ParseError

    try:
        read = parse(text)
    except (ParseError, ValueError, IndexError, KeyError):
        return {"description": text.strip(), "params": {}}
    parts = [part for part in (read.short_description, read.long_description) if part]
    params = {
        each.arg_name: " ".join((each.description or "").split()) for each in read.params if each.description
    }
    return {"description": "\n\n".join(parts), "params": params}


# -- the signature --------------------------------------------------------------------------------------------------


def _schema_of(function: Callable[..., Any], texts: Mapping[str, str]) -> dict[str, Json]:
    signature = inspect.signature(function)
    hints = _hints(function)
    inputs = []
    for name, parameter in signature.parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise NotDescribable(
                f"takes {stars}{name}: a form needs every parameter by name",
                hint=f"Name the parameters instead of {stars}{name}, or leave it out.",
            )
        inputs.append((name, parameter, hints.get(name, _guessed(parameter))))
    properties, definitions = _properties(inputs)
    for name, parameter, hint in inputs:
        _complete(properties[name], name, parameter, hint, texts)
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "x-order": list(properties),
    }
    if required := [name for name, parameter, _ in inputs if _is_required(parameter)]:
        schema["required"] = required
    if definitions:
        schema["$defs"] = definitions
    return schema


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise NotDescribable(
            f"has a type hint that can't be resolved: {error}",
            hint="Import the name at the top of the file, not only under TYPE_CHECKING.",
        ) from None
    except Exception as error:
        raise NotDescribable(f"has type hints that can't be read: {error}") from None


def _guessed(parameter: inspect.Parameter) -> Any:
    """Without a hint the default tells the type; without either a value is text."""
    kind = type(parameter.default)
    if parameter.default is inspect.Parameter.empty or parameter.default is None:
        return str
    return (
        kind
        if kind in (bool, int, float, str, list, dict)
        else Path
        if isinstance(parameter.default, Path)
        else str
    )


def _is_required(parameter: inspect.Parameter) -> bool:
    default = parameter.default
    if default is inspect.Parameter.empty:
        return True
    return bool(_is_field(default) and default.is_required())


def _is_field(default: Any) -> bool:
    from pydantic.fields import FieldInfo

    return isinstance(default, FieldInfo)


def _properties(
    inputs: list[tuple[str, inspect.Parameter, Any]],
) -> tuple[dict[str, dict[str, Json]], dict[str, Json]]:
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter
    from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

    adapters: list[tuple[str, Literal["validation", "serialization"], Any]] = []
    for name, parameter, hint in inputs:
        annotated: Any = Annotated[hint, parameter.default] if _is_field(parameter.default) else hint
        try:
            try:
                adapter: Any = TypeAdapter(annotated)
            except PydanticSchemaGenerationError:
                adapter = TypeAdapter(annotated, config=ConfigDict(arbitrary_types_allowed=True))
            adapter.json_schema()
        except (PydanticUserError, PydanticInvalidForJsonSchema, TypeError, NameError) as error:
            raise NotDescribable(
                f"parameter {name}: its type {_name_of(hint)} can't be given in a form",
                hint="Use text, numbers, booleans, lists, dicts, dates, Literal, Enum, Path, "
                "a dataclass or a pydantic model; give data as a file (Path).",
            ) from error
        adapters.append((name, "validation", adapter))
    schemas, rest = TypeAdapter.json_schemas(adapters)
    properties = {name: dict(schemas[(name, "validation")]) for name, _, _ in inputs}
    return properties, rest.get("$defs", {})


def _name_of(hint: Any) -> str:
    return getattr(hint, "__name__", None) or str(hint)


def _complete(
    prop: dict[str, Json],
    name: str,
    parameter: inspect.Parameter,
    hint: Any,
    texts: Mapping[str, str],
) -> None:
    """Add title, description, default and what a file input accepts."""
    prop["title"] = (
        prop.get("title") if _is_field(parameter.default) and prop.get("title") else title_of(name)
    )
    if name in texts and "description" not in prop:
        prop["description"] = texts[name]
    if accepted := _accepted(hint):
        prop["x-accepts"] = list(accepted)
        if accepted == _FOLDER:
            _make_folder(prop)
    if is_secret(name):
        prop["x-advanced"] = prop["x-secret"] = True
    default = parameter.default
    if default is inspect.Parameter.empty:
        return
    if _is_field(default):
        if default.is_required():
            return
        default = default.get_default(call_default_factory=True, validated_data={})
    _add_default(prop, default)


def _make_folder(prop: dict[str, Json]) -> None:
    for part in (prop, *prop.get("anyOf", ())):
        if part.get("format") == "path":
            part["format"] = "directory-path"


def _add_default(prop: dict[str, Json], default: Any) -> None:
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    if isinstance(default, set | frozenset):
        # Their own order changes from one process to the next.
        default = sorted(default, key=repr)
    if isinstance(default, float) and not math.isfinite(default):
        prop["x-default"] = str(default)
        return
    if default is None:
        if _takes_null(prop):
            prop["default"] = None
        return
    try:
        value = to_jsonable_python(default)
    except (PydanticSerializationError, ValueError, RecursionError):
        value = default
    if _is_json(value):
        prop["default"] = value
    else:
        prop["x-default"] = re.sub(r" at 0x[0-9a-f]+", "", str(default))[:1000]


def _takes_null(prop: Mapping[str, Json]) -> bool:
    kinds = prop.get("type")
    if (
        kinds == "null"
        or (isinstance(kinds, list) and "null" in kinds)
        or not (set(prop) & {"type", "anyOf", "$ref"})
    ):
        return True
    return any(_takes_null(each) for each in prop.get("anyOf", ()))


def _accepted(hint: Any) -> tuple[str, ...]:
    """The file types that ``Accepts`` names, also within lists and options."""
    for each in getattr(hint, "__metadata__", ()):
        if isinstance(each, Accepts):
            return tuple(each.types)
    for inner in typing.get_args(hint):
        if not isinstance(inner, (str, bytes, int, os.PathLike)) and (found := _accepted(inner)):
            return found
    return ()
