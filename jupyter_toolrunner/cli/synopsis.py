"""What a tool takes, as a terminal shows it: its params, those of its sub-commands, what excludes what, and an example."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .terminal import Terminal

#: Levels of sub-commands that are shown.
_DEPTH = 8


def show_params(schema: Mapping[str, Any], terminal: Terminal) -> None:
    for title, part, rows in _parts(schema, schema, "Params", {}, 0):
        if not rows:
            continue
        terminal.line(f"\n{title}")
        terminal.table(rows, indent="  ")
        for group in part.get("x-exclusive", ()):
            words = "One" if group.get("required") else "At most one"
            terminal.line(f"  {words} of: {', '.join(group.get('fields', ()))}")


def example(name: str, schema: Mapping[str, Any]) -> str:
    """A command that is accepted once its ``…`` are filled in."""
    given = [_option(param, value) for param, value in example_params(schema).items()]
    return " ".join(["jupyter toolrunner run", shlex.quote(name), *given])


def _option(name: str, value: Any) -> str:
    text = _text(value)
    return f"-p {shlex.quote(name)}={text if text.strip('…') == '' and text else shlex.quote(text)}"


def example_params(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fewest values that the tool accepts, with the first choice where there are several."""
    from ..core.params import applying

    values: dict[str, Any] = {}
    for _ in range(_DEPTH):
        branches = list(applying(schema, values))
        known = {name: prop for branch in branches for name, prop in branch.get("properties", {}).items()}
        missing = [name for branch in branches for name in _needed(branch, values) if name not in values]
        if not missing:
            break
        for name in missing:
            values[name] = _sample(known.get(name, {}), schema.get("$defs", {}))
    return values


def _needed(branch: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    yield from branch.get("required", ())
    for group in branch.get("x-exclusive", ()):
        fields = group.get("fields", ())
        if group.get("required") and fields and not any(name in values for name in fields):
            yield fields[0]


def _sample(prop: Any, definitions: Mapping[str, Any], depth: int = 0) -> Any:
    """A value of this kind; ``…`` where any text will do."""
    if not isinstance(prop, dict) or depth > _DEPTH:
        return "…"
    if "$ref" in prop:
        return _sample(definitions.get(str(prop["$ref"]).rpartition("/")[2]), definitions, depth + 1)
    for key in ("enum", "examples", "anyOf", "oneOf", "allOf"):
        if prop.get(key):
            first = prop[key][0]
            return first if key in ("enum", "examples") else _sample(first, definitions, depth + 1)
    for key in ("const", "default"):
        if key in prop:
            return prop[key]
    return _sample_of_type(prop, definitions, depth)


def _sample_of_type(prop: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Any:
    kind = prop.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind in ("integer", "number"):
        return _sample_number(prop, 1 if kind == "integer" else 0.5)
    if kind == "boolean":
        # What a group takes as given.
        return not prop.get("default", False)
    if kind == "array":
        items = prop.get("prefixItems") or [prop.get("items", {})] * max(1, prop.get("minItems", 1))
        return [_sample(item, definitions, depth + 1) for item in items]
    if kind == "object":
        inner = prop.get("properties", {})
        return {name: _sample(inner.get(name), definitions, depth + 1) for name in prop.get("required", ())}
    by_format = {"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "time": "12:00:00Z"}
    return by_format.get(str(prop.get("format")), "…" + "…" * (prop.get("minLength", 1) - 1))


def _sample_number(prop: Mapping[str, Any], usual: float) -> float:
    least = prop.get("minimum", prop.get("exclusiveMinimum"))
    most = prop.get("maximum", prop.get("exclusiveMaximum"))
    step = prop.get("multipleOf", 1 if isinstance(usual, int) else 0.5)
    if least is not None and usual <= least:
        usual = least + (step if "minimum" not in prop else 0)
    elif most is not None and usual >= most:
        usual = most - (step if "maximum" not in prop else 0)
    return usual


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# -- params ---------------------------------------------------------------------------------------------------------

_Row = tuple[str, str, str, str]


def _parts(
    schema: Mapping[str, Any], part: Mapping[str, Any], title: str, outer: Mapping[str, Any], depth: int
) -> Iterator[tuple[str, Mapping[str, Any], list[_Row]]]:
    """The params of a command and then those of each of its sub-commands, without what the outer one said already."""
    own = part.get("properties", {})
    rows = list(_rows(part, schema.get("$defs", {}), outer))
    yield title, part, rows
    if depth >= _DEPTH:
        return
    for branch in part.get("allOf", ()):
        if isinstance(branch, dict) and "if" in branch and isinstance(branch.get("then"), dict):
            condition = _condition(branch["if"])
            inner = condition if depth == 0 else f"{title}, {condition.removeprefix('With ')}"
            yield from _parts(schema, branch["then"], inner, {**outer, **own}, depth + 1)


def _condition(condition: Any) -> str:
    if not isinstance(condition, dict):
        return "In some cases"
    if isinstance(condition.get("not"), dict):
        return f"Without {', '.join(condition['not'].get('required', ()))}"
    words = []
    for name, declared in condition.get("properties", {}).items():
        values = declared.get("enum", [declared.get("const")]) if isinstance(declared, dict) else []
        words.append(f"{name}={' or '.join(_text(value) for value in values)}")
    return f"With {', '.join(words)}"


def _rows(
    part: Mapping[str, Any], definitions: Mapping[str, Any], outer: Mapping[str, Any]
) -> Iterator[_Row]:
    required = set(part.get("required", ()))
    for name, declared in part.get("properties", {}).items():
        if name in outer and outer[name] == declared:
            continue
        known = declared if isinstance(declared, dict) else {}
        if name in required:
            default = "required"
        elif known.get("default") in (None, "", [], {}):
            default = ""
        else:
            default = f"= {_short(json.dumps(known['default'], ensure_ascii=False))}"
        yield name, type_of(known, definitions), default, known.get("description", "")


def type_of(declared: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """In a few words what a param takes."""
    if "x-accepts" in declared:
        return "file" if declared.get("type") != "array" else "list of files"
    if "$ref" in declared:
        target = definitions.get(str(declared["$ref"]).rpartition("/")[2])
        return type_of(target, {}) if isinstance(target, dict) else "object"
    for several in ("anyOf", "oneOf"):
        if several in declared:
            kinds = [type_of(each, definitions) for each in declared[several] if each.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "enum" in declared:
        return _short(
            "|".join(each if isinstance(each, str) else json.dumps(each) for each in declared["enum"])
        )
    if "const" in declared:
        return json.dumps(declared["const"])
    if declared.get("type") == "array":
        items = declared.get("items")
        return f"list of {type_of(items, definitions)}" if isinstance(items, dict) and items else "list"
    kind = declared.get("type", "any")
    return "|".join(kind) if isinstance(kind, list) else str(kind)


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
