"""The types of click's and typer's params, as JSON Schemas of their values. Standard library only.

click says what a param takes by an object (``param.type``), a recent typer by the annotation (``param.type_descriptor``).
"""

from __future__ import annotations

import datetime
import enum
import io
import math
import os
import pathlib
import typing
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .describe import MAX_CHOICES, callable_name, fits

Json = Any
#: A default that no JSON value stands for.
NONE: Any = object()
_WRITING = ("w", "a", "x")


def schema_of(param: Any) -> dict[str, list[dict[str, Json]]]:
    """``items``: the schema of each value in one occurrence; one for all where they are alike."""
    descriptor = getattr(param, "type_descriptor", None)
    if descriptor is not None:
        return {"items": _of_annotation(descriptor.annotation, descriptor.parameter_info)}
    kind = getattr(param, "type", None)
    parts = getattr(kind, "types", None)
    if parts is not None and getattr(kind, "is_composite", False):
        return {"items": [_of_type(each) for each in parts]}
    return {"items": [_of_type(kind)]}


def examples_of(param: Any) -> list[str]:
    """How a time is written, where that is not to be seen in the schema."""
    formats = list(getattr(getattr(param, "type", None), "formats", None) or ())
    descriptor = getattr(param, "type_descriptor", None)
    if descriptor is not None and descriptor.annotation is datetime.datetime:
        formats = list(descriptor.parameter_info.formats or ())
    if formats == ["%Y-%m-%d"]:
        return []
    moment = datetime.datetime(2024, 1, 31, 9, 30, tzinfo=datetime.timezone.utc)  # noqa: UP017 - for Python 3.9
    return [moment.strftime(str(each)) for each in formats]


# -- click ----------------------------------------------------------------------------------------------------------


def _of_type(kind: Any) -> dict[str, Json]:
    """By the names of the classes: click may be any version, and typer brought one of its own."""
    names = {each.__name__ for each in type(kind).__mro__}
    if "Choice" in names:
        return _choices(kind.choices)
    if "IntRange" in names or "FloatRange" in names:
        return {"type": "integer" if "IntRange" in names else "number", **_bounds(kind)}
    if "Path" in names or "TyperPath" in names:
        return _path(kind)
    if "File" in names:
        mode = str(getattr(kind, "mode", "r"))
        shape = "path" if mode[:1] in _WRITING else "file-path"
        return {"type": "string", "format": shape, "x-type": f"FileType({mode!r})"}
    if "DateTime" in names:
        return _time(list(kind.formats))
    plain = {
        "BoolParamType": "boolean",
        "IntParamType": "integer",
        "FloatParamType": "number",
        "StringParamType": "string",
        "UnprocessedParamType": "string",
    }
    for name, json_type in plain.items():
        if name in names:
            return {"type": json_type}
    if "UUIDParameterType" in names:
        return {"type": "string", "format": "uuid"}
    if "FuncParamType" in names:
        return {"type": "string", "x-type": callable_name(kind.func)}
    return {"type": "string", "x-type": str(getattr(kind, "name", None) or type(kind).__name__)}


def _bounds(kind: Any) -> dict[str, Json]:
    bounds: dict[str, Json] = {}
    for name, word, other in (
        ("min", "minimum", "exclusiveMinimum"),
        ("max", "maximum", "exclusiveMaximum"),
    ):
        value = getattr(kind, name, None)
        if isinstance(value, (int, float)) and math.isfinite(value):
            bounds[other if getattr(kind, f"{name}_open", False) else word] = value
    return bounds


def _path(kind: Any) -> dict[str, Json]:
    if not getattr(kind, "file_okay", True):
        return {"type": "string", "format": "directory-path"}
    must_be = bool(getattr(kind, "exists", False)) and not getattr(kind, "dir_okay", True)
    return {"type": "string", "format": "file-path" if must_be else "path"}


def _time(formats: list[str]) -> dict[str, Json]:
    if formats == ["%Y-%m-%d"]:
        return {"type": "string", "format": "date"}
    return {"type": "string", "x-type": "datetime"}


def _choices(choices: Any) -> dict[str, Json]:
    texts = [choice_text(each) for each in list(choices)[: MAX_CHOICES + 1]]
    if len(texts) > MAX_CHOICES or not texts:
        return {"type": "string"}
    return {"enum": list(dict.fromkeys(texts))}


def choice_text(choice: Any) -> str:
    """The word by which click takes a choice: the name of an enum's member, the text of anything else."""
    return choice.name if isinstance(choice, enum.Enum) else str(choice)


# -- typer ----------------------------------------------------------------------------------------------------------


def _of_annotation(annotation: Any, info: Any) -> list[dict[str, Json]]:
    origin = typing.get_origin(annotation)
    inner = typing.get_args(annotation)
    if origin is list:
        return [_of_python(inner[0] if inner else str, info)]
    if origin is tuple:
        return [_of_python(each, info) for each in inner]
    return [_of_python(annotation, info)]


def _of_python(annotation: Any, info: Any) -> dict[str, Json]:
    if (convert := getattr(info, "parser", None)) is not None:
        return {"type": "string", "x-type": callable_name(convert)}
    if (given := getattr(info, "click_type", None)) is not None:
        return _of_type(given)
    if typing.get_origin(annotation) is typing.Literal:
        return {"enum": [str(each) for each in typing.get_args(annotation)]}
    if not isinstance(annotation, type):
        return {"type": "string", "x-type": callable_name(annotation)}
    if issubclass(annotation, enum.Enum):
        return {"enum": list(dict.fromkeys(str(each.value) for each in annotation))}
    plain: dict[type, dict[str, Json]] = {
        str: {"type": "string"},
        bool: {"type": "boolean"},
        uuid.UUID: {"type": "string", "format": "uuid"},
    }
    if annotation in plain:
        return plain[annotation]
    if annotation is int:
        return {"type": "integer", **_bounds(info)}
    if annotation is float or issubclass(annotation, Decimal):
        return {"type": "number", **_bounds(info)}
    return _of_class(annotation, info)


def _of_class(annotation: type, info: Any) -> dict[str, Json]:
    if issubclass(annotation, datetime.datetime):
        return _time([str(each) for each in getattr(info, "formats", None) or ()])
    if issubclass(annotation, pathlib.PurePath):
        return _path(info)
    if issubclass(annotation, io.IOBase):
        writes = "Write" in annotation.__name__
        shape = "path" if writes else "file-path"
        return {"type": "string", "format": shape, "x-type": f"FileType({'w' if writes else 'r'!r})"}
    return {"type": "string", "x-type": annotation.__qualname__}


# -- defaults -------------------------------------------------------------------------------------------------------


def is_unset(value: Any) -> bool:
    """click from 8.3 on has a word for what nobody gave."""
    return type(value).__name__ == "Sentinel" or value is Ellipsis


def json_of(default: Any, prop: Mapping[str, Json], param: Any) -> Json:
    """The JSON value that gives the same as the default, or ``NONE``."""
    # typer takes an enum's member by its value, click by its name.
    by_value = type(param).__module__.startswith("typer")
    for first in (by_value, not by_value):
        value = _plain(default, by_value=first)
        for candidate in (value, _as_typed(value, prop)):
            if candidate is not NONE and fits(candidate, prop):
                return candidate
    return NONE


def _as_typed(value: Json, prop: Mapping[str, Json]) -> Json:
    """click reads a default as it reads a word: ``"5"`` of an integer is 5, and a number among texts is its text."""
    if isinstance(value, list) and isinstance(prop.get("items"), Mapping):
        return [_as_typed(each, prop["items"]) for each in value]
    kind = prop.get("type")
    try:
        if isinstance(value, str) and kind in ("integer", "number"):
            return int(value) if kind == "integer" else float(value)
    except ValueError:
        return NONE
    words = {
        "true": True,
        "yes": True,
        "on": True,
        "1": True,
        "false": False,
        "no": False,
        "off": False,
        "0": False,
    }
    if isinstance(value, str) and kind == "boolean":
        return words.get(value.lower(), NONE)
    if kind == "number" and type(value) is int:
        return float(value)
    if (kind == "string" or "enum" in prop) and type(value) in (int, float):
        return str(value)
    return value


def _plain(value: Any, *, by_value: bool) -> Json:
    if isinstance(value, enum.Enum):
        return str(value.value) if by_value else value.name
    if isinstance(value, (list, tuple)):
        items = [_plain(each, by_value=by_value) for each in value]
        return NONE if any(each is NONE for each in items) else items
    if isinstance(value, (pathlib.PurePath, uuid.UUID)):
        return os.fspath(value) if isinstance(value, pathlib.PurePath) else str(value)
    if isinstance(value, Decimal):
        return float(value)
    if type(value) in (bool, int, str):
        return value
    return value if type(value) is float and math.isfinite(value) else NONE


def shown(default: Any) -> str:
    """A default for people."""
    if isinstance(default, (list, tuple)):
        return ", ".join(shown(each) for each in default)
    if isinstance(default, (datetime.date, datetime.datetime)):
        return default.isoformat()
    if isinstance(default, enum.Enum):
        return default.name
    return str(default)
