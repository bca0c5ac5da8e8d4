"""Params: JSON objects that are valid against a tool's schema.

This is the authority; forms and command lines are only polite. Whatever is given, the answer is complete params or
``InvalidParams`` with every problem and its field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from .errors import InvalidParams, Problem
from .validators import Schema, surely_valid, thorough
from .values import has_structure

Json = Any

MAX_DEPTH = 100
MAX_BYTES = 8 * 2**20
#: Digits of an integer; Python itself refuses to write longer ones.
MAX_DIGITS = 4300
#: Problems that are told; the rest is counted by nobody.
MAX_PROBLEMS = 50
_SHOWN = 80
#: Characters of a text, names of an object and size of a number that need no second look.
_SMALL, _LARGE = 1_000, 10**300
#: How each format of time is said.
_TIMES: Mapping[str, str] = {
    "date": "a date, such as 2026-01-31",
    "date-time": "a date with a time, such as 2026-01-31T12:30",
    "time": "a time, such as 12:30",
}


def complete(schema: Schema, params: Mapping[str, Any]) -> dict[str, Json]:
    """The params with the schema's defaults, valid. Raises InvalidParams with every problem and its field."""
    given = plain(params)
    # A default may choose a sub-command, which has defaults.
    for _ in range(20 if "allOf" in schema else 1):
        missing = {name: default for name, default in _defaults(schema, given) if name not in given}
        if not missing:
            break
        given.update(json.loads(json.dumps(missing)) if has_structure(missing) else missing)
    try:
        problems = _problems(schema, given)
    except RecursionError:
        problems = [Problem("", f"nested more than {MAX_DEPTH} levels deep")]
    if problems:
        raise InvalidParams(problems[:MAX_PROBLEMS])
    for name, prop in [
        each for branch in applying(schema, given) for each in branch.get("properties", {}).items()
    ]:
        if name in given:
            given[name] = _whole(prop, given[name])
    return given


def completer(schema: Schema) -> Callable[[Mapping[str, Any]], dict[str, Json]]:
    """`complete` of one schema, for many rows: what is the same for all of them is looked at once."""
    props = schema.get("properties", {})
    if "allOf" in schema or not all(isinstance(prop, Mapping) for prop in props.values()):
        return lambda params: complete(schema, params)
    defaults = {name: prop["default"] for name, prop in props.items() if "default" in prop}
    if has_structure(defaults):
        return lambda params: complete(schema, params)

    def complete_one(params: Mapping[str, Any]) -> dict[str, Json]:
        given = {**params}
        for name, default in defaults.items():
            if name not in given:
                given[name] = default
        # A number with a point may be a whole one, and what has a structure is looked into.
        if any(type(value) is float and value.is_integer() for value in given.values()) or not (
            _is_small_and_flat(given) and surely_valid(schema, given)
        ):
            return complete(schema, params)
        return given

    return complete_one


def canonical(params: Mapping[str, Any]) -> str:
    """The one text for these values: sorted, ASCII only, so that half surrogate pairs survive too."""
    return json.dumps(params, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def parse_option(schema: Schema, name: str, texts: Sequence[str]) -> Json:
    """The value of ``-p name=text``, given once or more often, as the schema types it. Raises InvalidParams."""
    return option_reader(schema, name)(texts)


def option_reader(schema: Schema, name: str) -> Callable[[Sequence[str]], Json]:
    """`parse_option` of one param, for many rows of it."""
    prop = _property(schema, name)
    if prop is None:
        raise InvalidParams([Problem(name, _unknown(name, [each for each, _ in _properties(schema)]))])
    parse = _parser(schema, _shapes(schema, prop))

    def read(texts: Sequence[str]) -> Json:
        try:
            return parse(texts)
        except ValueError as error:
            raise InvalidParams([Problem(name, str(error))]) from None

    return read


def check_names(schema: Schema, params: Iterable[str]) -> None:
    """Raises InvalidParams for names that the tool has nowhere, with the nearest that it has."""
    if schema.get("additionalProperties", False) is not False:
        return
    known = [name for name, _ in _properties(schema)]
    if unknown := [Problem(name, _unknown(name, sorted(known))) for name in params if name not in known]:
        raise InvalidParams(unknown)


def named(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """All params by name, those of every sub-command too."""
    return _properties(schema)


def types(schema: Schema, name: str) -> set[str]:
    """The JSON types that a param may have; empty where any may be."""
    prop = _property(schema, name)
    return {kind for shape in _shapes(schema, prop or {}) for kind in _types_of(shape)}


def choices(schema: Schema, name: str) -> list[str]:
    """The texts that ``-p name=text`` may give where the schema names them; for a list those of an item."""
    prop = _property(schema, name)
    shapes = [] if prop is None else _shapes(schema, prop)
    items = [shape["items"] for shape in shapes if isinstance(shape.get("items"), Mapping)]
    shapes += [shape for each in items for shape in _shapes(schema, each)]
    texts: dict[str, None] = {}
    for shape in shapes:
        values = shape.get("enum", [shape["const"]] if "const" in shape else ())
        texts |= {value if isinstance(value, str) else json.dumps(value): None for value in values}
        if not values and "boolean" in _types_of(shape):
            texts |= {"true": None, "false": None}
    return list(texts)


def _whole(prop: Schema, value: Json) -> Json:
    """JSON has one kind of number: ``3.0`` is valid for an integer, and arrives as ``3``."""
    if isinstance(value, float) and value.is_integer() and prop.get("type") == "integer":
        return int(value)
    if isinstance(value, list) and isinstance(prop.get("items"), Mapping):
        return [_whole(prop["items"], item) for item in value]
    return value


# -- plain JSON -----------------------------------------------------------------------------------------------------


def plain(params: Mapping[str, Any]) -> dict[str, Json]:
    """A copy that is JSON and no more than is reasonable, valid or not. Raises InvalidParams."""
    if not isinstance(params, Mapping):
        raise InvalidParams([Problem("", "params must be an object of names and values")])
    if _is_small_and_flat(params):
        return dict(params)
    copied: dict[str, Json] = _Copy().of(params)
    return copied


def _is_small_and_flat(params: Mapping[Any, Any]) -> bool:
    """Whether it has nothing that has to be looked at closely."""
    for name, value in params.items():
        kind = type(value)
        if type(name) is not str or len(name) > _SMALL:
            return False
        if not (
            (kind is str and len(value) <= _SMALL)
            or (kind is int and -_LARGE < value < _LARGE)
            or (kind is float and -_LARGE < value < _LARGE)
            or kind is bool
            or value is None
        ):
            return False
    return len(params) <= _SMALL


class _Copy:
    """Copies values with a stack and no recursion: depth is for the caller to abuse."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.size = 0
        # A value, where its copy goes (container and key), its path and its depth.
        self.waiting: list[tuple[Any, Any, Any, str, int]] = []

    def of(self, value: Any) -> Any:
        top: list[Any] = [None]
        self.waiting.append((value, top, 0, "", 0))
        while self.waiting and len(self.problems) < MAX_PROBLEMS:
            each, container, key, path, depth = self.waiting.pop()
            self._limit(each, path, depth)
            container[key] = self._copied(each, path, depth)
        if self.problems:
            raise InvalidParams(self.problems)
        return top[0]

    def _limit(self, value: Any, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise InvalidParams([Problem(_top(path), f"nested more than {MAX_DEPTH} levels deep")])
        self.size += 8 + (_size(value) if isinstance(value, str) else 0)
        if self.size > MAX_BYTES:
            most = f"params may have {MAX_BYTES >> 20} MB in all; give data as a file"
            raise InvalidParams([Problem(_top(path), f"is too much: {most}")])

    def _copied(self, value: Any, path: str, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._copied_object(value, path, depth)
        if isinstance(value, (list, tuple)):
            copied: list[Any] = [None] * len(value)
            places = [
                (item, copied, index, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)
            ]
            self.waiting.extend(reversed(places))
            return copied
        if why := _not_json(value):
            self.problems.append(Problem(path, why))
        return value

    def _copied_object(self, value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
        # The order of the given object is kept, whatever is filled in first.
        copied: dict[str, Any] = {name: None for name in value if isinstance(name, str)}
        for name in reversed(list(value)):
            if isinstance(name, str):
                self.size += _size(name)
                below = f"{path}.{name}" if path else name
                self.waiting.append((value[name], copied, name, below, depth + 1))
            else:
                self.problems.append(Problem(path, f"has the name {_short(name)}; names must be text"))
        return copied


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _not_json(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{value} is not a number that JSON has"
    if isinstance(value, int) and not isinstance(value, bool):
        return "has too many digits" if value.bit_length() > MAX_DIGITS * 3.3 else ""
    if value is None or isinstance(value, (bool, str)):
        return ""
    return f"is {_article(type(value).__name__)}, not JSON; give text, a number, true or false, a list or an object"


def _article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text[: _SHOWN + 1].encode("utf-8", "backslashreplace").decode()
    quoted = json.dumps(text, ensure_ascii=False) if isinstance(value, str) else text
    return quoted if len(text) <= _SHOWN else quoted[:_SHOWN] + "…"


# -- defaults and conditions ----------------------------------------------------------------------------------------


def _defaults(schema: Schema, params: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Defaults of the properties that apply: those of the chosen sub-command, not of the others."""
    for branch in applying(schema, params):
        for name, prop in branch.get("properties", {}).items():
            if isinstance(prop, Mapping) and "default" in prop:
                yield name, prop["default"]


def applying(schema: Schema, params: Mapping[str, Json]) -> Iterator[Schema]:
    """The schema and those of the sub-commands that these params choose."""
    yield schema
    for condition in schema.get("allOf", ()):
        if not isinstance(condition, Mapping) or "if" not in condition:
            continue
        branch = condition.get("then" if _holds(condition["if"], params) else "else")
        if isinstance(branch, Mapping):
            yield from applying(branch, params)


def _holds(condition: Schema, params: Mapping[str, Json]) -> bool:
    """The conditions that sub-commands need: a constant, and presence."""
    if isinstance(negated := condition.get("not"), Mapping):
        return not _holds(negated, params)
    if any(name not in params for name in condition.get("required", ())):
        return False
    return all(
        name not in params or "const" not in prop or params[name] == prop["const"]
        for name, prop in condition.get("properties", {}).items()
    )


def _properties(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """All properties, those of every sub-command too."""
    for name, prop in schema.get("properties", {}).items():
        if isinstance(prop, Mapping):
            yield name, prop
    for condition in schema.get("allOf", ()):
        for key in ("then", "else"):
            if isinstance(condition, Mapping) and isinstance(condition.get(key), Mapping):
                yield from _properties(condition[key])


def _property(schema: Schema, name: str) -> Schema | None:
    return next((prop for each, prop in _properties(schema) if each == name), None)


# -- validation -----------------------------------------------------------------------------------------------------


def _problems(schema: Schema, params: Mapping[str, Json]) -> list[Problem]:
    if surely_valid(schema, params):
        return []
    found: dict[Problem, None] = {}
    for error in thorough(schema).iter_errors(params):
        for problem in _explained(schema, params, error):
            found.setdefault(problem)
            if len(found) >= MAX_PROBLEMS:
                return list(found)
    return list(found)


def _path(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _explained(schema: Schema, params: Mapping[str, Json], error: Any) -> list[Problem]:
    """Problems in words; the whole value is never repeated."""
    field = _path(error.absolute_path)
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        return _unknown_names(schema, params, error, field)
    if error.validator in ("required", "dependentRequired") and not field:
        missing = [name for name in error.validator_value if name not in error.instance]
        return [Problem(name, "is required") for name in missing]
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [Problem(f"{field}.{name}" if field else name, "is required") for name in missing]
    if isinstance(error.schema, Mapping) and error.schema.get("$comment") == "exclusive":
        return [_exclusive(schema, error)]
    if error.validator in ("anyOf", "oneOf"):
        return [Problem(field, _alternatives(error))]
    return [Problem(field, _message(error))]


def _unknown_names(schema: Schema, params: Mapping[str, Json], error: Any, field: str) -> list[Problem]:
    if field:
        known = set(error.schema.get("properties", {}))
        names = [name for name in error.instance if name not in known]
        return [Problem(f"{field}.{name}", _unknown(name, list(known))) for name in names]
    here = {name for branch in applying(schema, params) for name in branch.get("properties", {})}
    everywhere = {name for name, _ in _properties(schema)}
    problems = []
    for name in params:
        if name in here:
            continue
        if name in everywhere:
            problems.append(Problem(name, "does not belong to the chosen command"))
        else:
            problems.append(Problem(name, _unknown(name, sorted(here))))
    return problems


def _unknown(name: str, known: list[str]) -> str:
    close = get_close_matches(name[:200].replace("-", "_"), known, n=1, cutoff=0.6)
    if close:
        return f"there is no such parameter; did you mean {close[0]}?"
    shown = f"; there are {', '.join(known[:20])}" if known else "; this tool takes none"
    return f"there is no such parameter{shown}"


def _exclusive(schema: Schema, error: Any) -> Problem:
    names = [name for rule in error.schema.get("anyOf", ()) for name in rule["required"]]
    if names:
        return Problem(names[0], f"one of {', '.join(names)} is required")
    one, other = (rule["required"][0] for rule in error.schema["not"]["allOf"])
    return Problem(other, f"can't be given together with {one}")


def _alternatives(error: Any) -> str:
    kinds: list[str] = []
    for each in error.validator_value:
        if isinstance(each, Mapping):
            kinds += _kinds(each)
    if error.validator == "oneOf" and not error.context:
        return "fits more than one of the shapes that are allowed"
    if len(set(kinds)) > 1 or not error.context:
        return (
            f"{_short(error.instance)} must be {' or '.join(dict.fromkeys(kinds)) or 'of an allowed shape'}"
        )
    from jsonschema.exceptions import best_match

    best = best_match(iter(error.context))
    return _message(best) if best is not None else "is not of an allowed shape"


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    words = [kinds] if isinstance(kinds, str) else list(kinds)
    if "enum" in schema:
        words = [f"one of {', '.join(_short(each) for each in schema['enum'][:12])}"]
    if "const" in schema:
        words = [_short(schema["const"])]
    return [_WORDS.get(word, word) for word in words] or (["an object"] if "$ref" in schema else [])


_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _message(error: Any) -> str:
    value, wanted = error.instance, error.validator_value
    shown = _short(value)
    messages: dict[str, Callable[[], str]] = {
        "type": lambda: f"{shown} must be {' or '.join(_kinds({'type': wanted}))}",
        "enum": lambda: f"{shown} must be one of {', '.join(_short(each) for each in wanted[:40])}",
        "const": lambda: f"{shown} must be {_short(wanted)}",
        "minimum": lambda: f"{shown} must be at least {wanted}",
        "maximum": lambda: f"{shown} must be at most {wanted}",
        "exclusiveMinimum": lambda: f"{shown} must be greater than {wanted}",
        "exclusiveMaximum": lambda: f"{shown} must be less than {wanted}",
        "multipleOf": lambda: f"{shown} must be a multiple of {wanted}",
        "minLength": lambda: f"must have at least {wanted} characters",
        "maxLength": lambda: f"must have at most {wanted} characters",
        "pattern": lambda: f"{shown} must match the pattern {wanted}",
        "minItems": lambda: f"must have at least {wanted} items",
        "maxItems": lambda: f"must have at most {wanted} items",
        "uniqueItems": lambda: "must not have the same item twice",
        "minProperties": lambda: f"must have at least {wanted} entries",
        "maxProperties": lambda: f"must have at most {wanted} entries",
        "format": lambda: f"{shown} must be {_TIMES[wanted]}",
    }
    if error.validator in messages:
        return messages[error.validator]()
    return f"{shown} is not valid ({error.validator})"


# -- the command line -----------------------------------------------------------------------------------------------


_Parse = Callable[[Sequence[str]], Json]


def _parser(schema: Schema, shapes: Sequence[Schema]) -> _Parse:
    """Reads the texts of a value that has one of these shapes."""
    kinds = {kind for shape in shapes for kind in _types_of(shape)}
    if "array" in kinds and "string" not in kinds:
        items: Schema = next((shape.get("items", {}) for shape in shapes if "array" in _types_of(shape)), {})
        return lambda texts: _parse_list(schema, items, texts)
    readers = (_of_choices(shapes), _boolean, _string, _numeric, _null, _structure)

    def parse(texts: Sequence[str]) -> Json:
        if len(texts) > 1:
            raise ValueError("is given more than once, and takes one value")
        for read in readers:
            if (value := read(texts[0], kinds)) is not _UNREAD:
                return value
        wanted = " or ".join(_WORDS.get(kind, kind) for kind in sorted(kinds))
        written = ", written as JSON" if kinds & {"object", "array"} else ""
        raise ValueError(f"{_short(texts[0])} must be {wanted}{written}")

    return parse


def _shapes(schema: Schema, prop: Schema, depth: int = 0) -> list[Schema]:
    """The alternatives of a property, references followed."""
    if depth > 10:
        return [prop]
    if isinstance(reference := prop.get("$ref"), str) and reference.startswith("#/$defs/"):
        named = schema.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {})
        return _shapes(schema, named, depth + 1)
    for key in ("anyOf", "oneOf"):
        if key in prop:
            return [shape for each in prop[key] for shape in _shapes(schema, each, depth + 1)]
    if len(prop.get("allOf", ())) == 1:
        return _shapes(schema, prop["allOf"][0], depth + 1)
    return [prop]


def _types_of(shape: Schema) -> set[str]:
    declared = shape.get("type")
    if declared:
        return {declared} if isinstance(declared, str) else set(declared)
    values = [shape["const"]] if "const" in shape else shape.get("enum", ())
    return {_type_of(value) for value in values}


def _type_of(value: Json) -> str:
    names = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
        (dict, "object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _parse_list(schema: Schema, items: Schema, texts: Sequence[str]) -> list[Json]:
    """Given as one JSON list, or item by item."""
    if len(texts) == 1 and texts[0].lstrip().startswith("["):
        value = _json(texts[0])
        nested = any("array" in _types_of(shape) for shape in _shapes(schema, items))
        if isinstance(value, list) and not (nested and value and not isinstance(value[0], list)):
            return value
    parse = _parser(schema, _shapes(schema, items))
    return [parse([text]) for text in texts]


_UNREAD: Any = object()
_Read = Callable[[str, set[str]], Json]


def _of_choices(shapes: Sequence[Schema]) -> _Read:
    choices = [
        value for shape in shapes for value in shape.get("enum", [shape["const"]] if "const" in shape else [])
    ]

    def read(text: str, _kinds: set[str]) -> Json:
        if not choices:
            return _UNREAD
        if text in choices:
            return text
        return next(
            (each for each in choices if not isinstance(each, str) and json.dumps(each) == text), _UNREAD
        )

    return read


def _boolean(text: str, kinds: set[str]) -> Json:
    if "boolean" not in kinds or ("string" in kinds and text not in ("true", "false")):
        return _UNREAD
    if text.lower() in _TRUE or text.lower() in _FALSE:
        return text.lower() in _TRUE
    if kinds == {"boolean"}:
        raise ValueError(f"{_short(text)} must be true or false")
    return _UNREAD


def _string(text: str, kinds: set[str]) -> Json:
    return text if "string" in kinds else _UNREAD


def _numeric(text: str, kinds: set[str]) -> Json:
    number = _number(text, kinds) if kinds & {"integer", "number"} else None
    return _UNREAD if number is None else number


def _null(text: str, kinds: set[str]) -> Json:
    return None if "null" in kinds and text in ("null", "") else _UNREAD


def _structure(text: str, kinds: set[str]) -> Json:
    """Objects and lists as JSON; without any type whatever JSON there is, else the text."""
    if kinds and not kinds & {"object", "array"}:
        return _UNREAD
    value = _json(text)
    if not kinds:
        return text if value is _NOT_JSON else value
    wanted = ((dict, "object"), (list, "array"))
    return value if any(isinstance(value, kind) and name in kinds for kind, name in wanted) else _UNREAD


_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_NOT_JSON: Any = object()


def _json(text: str) -> Json:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _number(text: str, kinds: set[str]) -> int | float | None:
    stripped = text.strip().replace("_", "x")
    try:
        return int(stripped)
    except ValueError:
        if stripped.lstrip("+-").isdigit():
            raise ValueError("has too many digits") from None
    try:
        value = float(stripped)
    except ValueError:
        return None
    if not math.isfinite(value):
        raise ValueError(f"{_short(text)} is not a number that JSON has")
    if "number" in kinds:
        return value
    return int(value) if value.is_integer() and abs(value) < 2**53 else None
