"""The parameters cell of a notebook as a JSON Schema.

papermill says which names the cell declares. It reads line by line, with patterns; what a Python cell says beyond
them (``"a=b"``, ``"#ff0000"``, ``int | None``, comments above a line) is read from its syntax tree.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import notebooks
from .describe import _is_json, is_secret, title_of

Json = Any

_PLAIN: dict[str, dict[str, Json]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "complex": {"type": "string"},
    "bool": {"type": "boolean"},
    "str": {"type": "string"},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "Mapping": {"type": "object"},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "tuple": {"type": "array"},
    "Tuple": {"type": "array"},
    "set": {"type": "array"},
    "Set": {"type": "array"},
    "Sequence": {"type": "array"},
    "Iterable": {"type": "array"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "Path": {"type": "string", "format": "path"},
    "PurePath": {"type": "string", "format": "path"},
    "None": {"type": "null"},
    "NoneType": {"type": "null"},
}
_ANYTHING = {"Any", "object"}
#: First lines of a cell that say what it is and not what a value is for.
_NOT_HELP = re.compile(r"\W*(notebook |papermill )?param(eter)?s?( cell)?\W*|\W*параметры\W*", re.IGNORECASE)
_TYPE_COMMENT = re.compile(r"type:\s*(\S+)\s*(.*)")


@dataclass
class Declared:
    """One name of the cell, as it stands there."""

    name: str
    annotation: str = ""
    #: Source of the value; None where there is none.
    value: str | None = None
    help: str = ""


class NotInspectable(Exception):
    """papermill cannot read what a notebook in this language declares."""


def schema_of(source: str, kernel: str, language: str) -> dict[str, Json]:
    """Raises NotInspectable."""
    declared = _declared(source, kernel, language)
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {each.name: _property(each) for each in declared},
        "additionalProperties": False,
        "x-order": [each.name for each in declared],
    }
    if required := [each.name for each in declared if each.value is None]:
        schema["required"] = required
    return schema


def _declared(source: str, kernel: str, language: str) -> list[Declared]:
    translator = notebooks.translator_of(kernel, language)
    if translator is None:
        raise NotInspectable
    try:
        found = translator.inspect({"source": source})
    except NotImplementedError:
        raise NotInspectable from None
    inspected = {
        each.name: Declared(
            each.name,
            "" if each.inferred_type_name == "None" else each.inferred_type_name,
            each.default,
            each.help,
        )
        for each in found
    }
    if translator is notebooks.translators().PythonTranslator and (tree := _parsed(source)) is not None:
        return list({each.name: each for each in _in_tree(source, tree)}.values())
    return list(inspected.values())


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _in_tree(source: str, tree: ast.Module) -> Iterator[Declared]:
    comments = _Comments(source)
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            targets: list[ast.expr] = [node.target]
        elif isinstance(node, ast.Assign):
            targets = node.targets
        else:
            continue
        value = None if node.value is None else ast.get_source_segment(source, node.value)
        annotation = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
        said = comments.of(node)
        if typed := _TYPE_COMMENT.fullmatch(said):
            annotation, said = annotation or typed[1], typed[2]
        for target in targets:
            if isinstance(target, ast.Name):
                yield Declared(target.id, annotation, value, said)


class _Comments:
    """The comments of a cell by line."""

    def __init__(self, source: str) -> None:
        self._lines = source.split("\n")
        self._by_line: dict[int, str] = {}
        try:
            for token in tokenize.generate_tokens(io.StringIO(source).readline):
                if token.type == tokenize.COMMENT:
                    self._by_line[token.start[0]] = token.string.lstrip("#").strip()
        except (tokenize.TokenError, SyntaxError):
            return

    def of(self, node: ast.stmt) -> str:
        """The comment behind a statement, or the lines of comment right above it."""
        if (behind := self._by_line.get(node.end_lineno or node.lineno)) is not None:
            return behind
        above: list[str] = []
        line = node.lineno - 1
        while line in self._by_line and self._lines[line - 1].lstrip().startswith("#"):
            above.insert(0, self._by_line[line])
            line -= 1
        text = " ".join(each for each in above if not _NOT_HELP.fullmatch(each))
        return " ".join(text.split())


# -- one param ------------------------------------------------------------------------------------------------------


def _property(declared: Declared) -> dict[str, Json]:
    known, default = _literal(declared.value)
    prop = _of_annotation(declared.annotation)
    if prop is None:
        prop = _of_default(default) if known else _of_call(declared.value)
        if declared.annotation:
            prop["x-type"] = declared.annotation
    prop["title"] = title_of(declared.name)
    if declared.help:
        prop["description"] = declared.help
    if is_secret(declared.name):
        prop["x-advanced"] = prop["x-secret"] = True
    if known and _is_json(default):
        if default is None:
            prop = _or_null(prop)
        prop["default"] = list(default) if isinstance(default, tuple) else default
    elif declared.value is not None:
        prop["x-default"] = declared.value[:1000]
    return prop


def _literal(source: str | None) -> tuple[bool, Any]:
    """Whether a value can be known without running it, and the value."""
    if source is None:
        return False, None
    try:
        return True, ast.literal_eval(source)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None


def _of_annotation(annotation: str) -> dict[str, Json] | None:
    if not annotation:
        return None
    try:
        return _of_type(ast.parse(annotation, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _of_type(node: ast.expr) -> dict[str, Json] | None:
    """The schema of a type as it is written; None for one that is not known."""
    if isinstance(node, ast.Constant):
        return _of_annotation(node.value) if isinstance(node.value, str) else _named(str(node.value))
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _named(node.id if isinstance(node, ast.Name) else node.attr)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _any_of([_of_type(node.left), _of_type(node.right)])
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _of_generic(ast.unparse(node.value).rpartition(".")[2], inner)
    return None


def _named(name: str) -> dict[str, Json] | None:
    return {} if name in _ANYTHING else dict(_PLAIN[name]) if name in _PLAIN else None


def _of_generic(name: str, inner: list[ast.expr]) -> dict[str, Json] | None:
    if name == "Literal":
        choices = [_literal(ast.unparse(each)) for each in inner]
        return {"enum": [value for _, value in choices]} if all(known for known, _ in choices) else None
    if name in ("Optional", "Union"):
        options = [_of_type(each) for each in inner]
        return _any_of([*options, *([dict(_PLAIN["None"])] if name == "Optional" else [])])
    if name in ("Annotated", "Final"):
        return _of_type(inner[0])
    outer = _named(name)
    if outer is None:
        return None
    if outer.get("type") == "array" and len({ast.unparse(each) for each in inner} - {"..."}) == 1:
        items = _of_type(inner[0])
        outer.update({"items": items} if items is not None else {})
    if outer.get("type") == "object" and len(inner) > 1 and (values := _of_type(inner[1])):
        outer["additionalProperties"] = values
    return outer


def _any_of(found: list[dict[str, Json] | None]) -> dict[str, Json] | None:
    options: list[dict[str, Json]] = []
    for each in found:
        if each is None:
            return None
        options += [option for option in each.get("anyOf", [each]) if option not in options]
    if {} in options:
        return {}
    return options[0] if len(options) == 1 else {"anyOf": options}


def _or_null(prop: dict[str, Json]) -> dict[str, Json]:
    """A value that may also be None, as its default is."""
    kinds = [each.get("type") for each in prop.get("anyOf", [prop])]
    if "null" in kinds or None in prop.get("enum", [0]) or not set(prop) & {"type", "anyOf", "enum"}:
        return prop
    told = ("title", "description", "x-type", "x-advanced", "x-secret")
    kind = {key: value for key, value in prop.items() if key not in told}
    return {
        "anyOf": [*kind.get("anyOf", [kind]), {"type": "null"}],
        **{key: prop[key] for key in told if key in prop},
    }


def _of_default(default: Any) -> dict[str, Json]:
    """What a value is like that nothing is said of."""
    for kind, name in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (dict, "object"),
    ):
        if isinstance(default, kind):
            return {"type": name}
    if isinstance(default, (list, tuple, set)):
        kinds = {_of_default(each)["type"] for each in default}
        if kinds == {"integer", "number"}:
            kinds = {"number"}
        simple = kinds.pop() if len(kinds) == 1 else None
        return {"type": "array", "items": {"type": simple}} if simple else {"type": "array"}
    return {"type": "string"}


def _of_call(source: str | None) -> dict[str, Json]:
    """What a value is like that only running would tell: ``Path("x")``, ``date(2026, 1, 1)``, ``float("nan")``."""
    try:
        node = ast.parse(source or "", mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return {"type": "string"}
    if isinstance(node, ast.Call):
        for part in reversed(ast.unparse(node.func).split(".")):
            if part in _PLAIN:
                return dict(_PLAIN[part])
    return {"type": "string"}
