"""``tools`` and ``tool``."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from .delivery import of_tool
from .errors import DONE
from .session import connected
from .synopsis import example, show_params

if TYPE_CHECKING:
    import argparse

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


_REUSE = {
    True: "taken again: a run that is the same as an earlier one has the result of that",
    False: "never taken again",
    None: "",
}


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
    facts += [("process", "warm: one serves run after run" if found.warm else "")]
    facts += of_tool(found)
    facts += [("results", _REUSE[found.reuse])]
    facts += [("file", found.path or ""), ("version", found.version[:12])]
    terminal.table([fact for fact in facts if fact[1]])
    if found.notice:
        terminal.line(f"\nNote: {found.notice}")
    if found.error:
        _show_error(found, terminal)
        return DONE
    show_params(found.params_schema, terminal)
    terminal.line(f"\nExample\n  {example(found.name, found.params_schema)}")
    return DONE


def _show_error(tool: Tool, terminal: Terminal) -> None:
    assert tool.error is not None
    where = f" ({tool.error.path}:{tool.error.line})" if tool.error.path else ""
    terminal.line(f"\nCannot run: {tool.error.message}{where}")
    if tool.error.hint:
        terminal.line(f"Hint: {tool.error.hint}")
    if tool.error.traceback:
        terminal.line(f"\n{tool.error.traceback}")
