"""``tools`` and ``tool``."""

from __future__ import annotations

import json
import shlex
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .errors import DONE
from .session import connected

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from ..client import Tool
    from .terminal import Terminal

_TOOL_FIELDS = (
    "name",
    "title",
    "category",
    "tags",
    "kind",
    "version",
    "description",
    "params_schema",
    "error",
)


def tools(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.tools(options.query, category=options.category)
    if options.json:
        dumps = [tool.model_dump(mode="json") for tool in found]
        terminal.json([{name: dump[name] for name in _TOOL_FIELDS} for dump in dumps])
        return DONE
    if not found:
        terminal.note(f"No tool matches {options.query!r}." if options.query else "There is no tool.")
    # With a query the best come first; without one, what belongs together stands together.
    shown = found if options.query else sorted(found, key=lambda tool: (tool.category, tool.name))
    for category, group in groupby(shown, key=lambda tool: "" if options.query else tool.category):
        if category:
            terminal.line(category)
        terminal.table([_row(tool) for tool in group], indent="  ")
    broken = sum(tool.error is not None for tool in found)
    if broken:
        terminal.note(f"{broken} of {len(found)} cannot run; 'jupyter toolrunner tool NAME' says why.")
    return DONE


def _row(tool: Tool) -> tuple[str, str]:
    if tool.error:
        return tool.name, f"✗ {tool.error.message}"
    first = tool.description.strip().partition("\n")[0]
    return tool.name, first or tool.title


def tool(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.tool(options.name)
    if options.json:
        terminal.json(found.model_dump(mode="json"))
        return DONE
    terminal.line(f"{found.title}  ({found.name})")
    if found.description:
        terminal.line(f"\n{found.description}\n")
    facts = [("kind", str(found.kind)), ("category", found.category), ("tags", ", ".join(found.tags))]
    facts += [("file", found.path or ""), ("version", found.version[:12])]
    terminal.table([fact for fact in facts if fact[1]])
    if found.notice:
        terminal.line(f"\nNote: {found.notice}")
    if found.error:
        _show_error(found, terminal)
        return DONE
    params = list(_params(found.params_schema))
    if params:
        terminal.line("\nParams")
        terminal.table(params, indent="  ")
    terminal.line(f"\nExample\n  {_example(found)}")
    return DONE


def _show_error(tool: Tool, terminal: Terminal) -> None:
    assert tool.error is not None
    where = f" ({tool.error.path}:{tool.error.line})" if tool.error.path else ""
    terminal.line(f"\nCannot run: {tool.error.message}{where}")
    if tool.error.hint:
        terminal.line(f"Hint: {tool.error.hint}")
    if tool.error.traceback:
        terminal.line(f"\n{tool.error.traceback}")


def _params(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    required = set(schema.get("required", ()))
    for name, declared in schema.get("properties", {}).items():
        known = declared if isinstance(declared, dict) else {}
        if name in required:
            default = "required"
        elif known.get("default") in (None, "", [], {}):
            default = ""
        else:
            default = f"= {_short(json.dumps(known['default'], ensure_ascii=False))}"
        yield name, type_of(known, schema.get("$defs", {})), default, known.get("description", "")


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


def _example(tool: Tool) -> str:
    schema = tool.params_schema
    given = [f"-p {shlex.quote(name)}=…" for name in schema.get("required", ())]
    return " ".join(["jupyter toolrunner run", shlex.quote(tool.name), *given])


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
