"""Names of tools and of their fields, and the choices of a field, while they are written in a notebook."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from ..core.errors import ToolrunnerError
from ..core.params import named
from .connection import known_client

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..client import Tool

#: Seconds for which the list of tools is good enough.
_GOOD_FOR = 2.0
_NAME = r"[\w.\-]+"
_MAGIC = re.compile(r"^\s*(?:\w+\s*=\s*)?%{1,2}(?:run_tool|tool)\s+(?P<rest>.*)$")
_CELL = re.compile(rf"^%%tool\s+(?P<tool>{_NAME})")
#: `ToolForm("calc`, `tr.submit("calc`, `Results(tool="calc`.
_QUOTED = re.compile(
    r"""(?:\bToolForm\(\s*|\.(?:tool|submit)\(\s*|\b(?:History|Results)\(.*?\btool\s*=\s*)["'](?P<part>[^"']*)$"""
)
#: `ToolForm("calculate_pagerank", damping=0.9, wei`
_CALL = re.compile(
    rf"""(?:\bToolForm|\.submit)\(\s*["'](?P<tool>{_NAME})["']\s*,(?:.*[,\s])?(?P<word>[^,\s()]*)$""",
    re.DOTALL,
)

_tools: tuple[float, list[Tool]] = (0.0, [])


def install(shell: InteractiveShell) -> None:
    """Offer them in this shell; once is enough."""
    completer = shell.Completer
    if completer is not None and matches not in completer.custom_matchers:
        completer.custom_matchers.append(matches)


@context_matcher()  # type: ignore[untyped-decorator]
def matches(context: CompletionContext) -> SimpleMatcherResult:
    """What fits at the cursor; nothing where no server is known, or it does not answer."""
    try:
        lines = context.full_text.split("\n")[: context.cursor_line]
        before = "\n".join([*lines, context.text_until_cursor])
        part, found = _at(before, context.full_text, context.cursor_line)
    except ToolrunnerError:
        part, found = "", []
    return SimpleMatcherResult(
        completions=[SimpleCompletion(text=text, type="tool") for text in found],
        matched_fragment=part,
        suppress=bool(found),
    )


def _at(before: str, whole: str, line: int) -> tuple[str, list[str]]:
    """The part that is written already, and what it may become."""
    here = before.rpartition("\n")[2]
    if magic := _MAGIC.match(here):
        return _in_words(magic["rest"])
    if (cell := _CELL.match(whole)) and line > 0:
        return _in_yaml(cell["tool"], here)
    if quoted := _QUOTED.search(before):
        return _beginning(quoted["part"], _names())
    if call := _CALL.search(before):
        return _in_call(call["tool"], call["word"])
    return "", []


def _in_words(rest: str) -> tuple[str, list[str]]:
    *words, part = rest.split(" ")
    names = [word for word in words if word and "=" not in word and not word.startswith("-")]
    if not names:
        return _beginning(part, _names())
    fields = _fields(names[0])
    name, sign, written = part.partition("=")
    if sign:
        return _beginning(written, _choices(fields.get(name, {}), str))
    return _beginning(part, [f"{name}=" for name in fields])


def _in_yaml(tool: str, here: str) -> tuple[str, list[str]]:
    name, sign, written = here.partition(":")
    fields = _fields(tool)
    if sign:
        written = written.lstrip()
        return _beginning(
            written,
            _choices(fields.get(name.strip(), {}), lambda value: json.dumps(value, ensure_ascii=False)),
        )
    return _beginning(here, [f"{name}: " for name in fields])


def _in_call(tool: str, word: str) -> tuple[str, list[str]]:
    fields = _fields(tool)
    name, sign, written = word.partition("=")
    if sign:
        return _beginning(written, _choices(fields.get(name, {}), repr))
    return _beginning(word, [f"{name}=" for name in fields if name.isidentifier()])


def _beginning(part: str, texts: Iterable[str]) -> tuple[str, list[str]]:
    return part, [text for text in texts if text.startswith(part) and text != part]


def _names() -> list[str]:
    """Short names where they are enough, and full ones."""
    tools = _known_tools()
    short = [tool.short_name for tool in tools]
    return [name for name in short if short.count(name) == 1] + [tool.name for tool in tools]


def _fields(tool: str) -> dict[str, Mapping[str, Any]]:
    found = [each for each in _known_tools() if tool in (each.name, each.short_name)]
    return dict(named(found[0].params_schema)) if len(found) == 1 else {}


def _choices(declared: Mapping[str, Any], written: Callable[[Any], str]) -> Iterator[str]:
    if declared.get("type") == "boolean":
        yield from (written(True), written(False))
    for value in declared.get("enum", ()):
        yield written(value)
    for each in (*declared.get("anyOf", ()), *declared.get("oneOf", ())):
        if "const" in each:
            yield written(each["const"])
        else:
            yield from _choices(each, written)


def _known_tools() -> list[Tool]:
    global _tools  # noqa: PLW0603 - a cache of one value
    read_at, tools = _tools
    if time.monotonic() - read_at > _GOOD_FOR:
        client = known_client()
        tools = client.tools() if client is not None else []
        _tools = (time.monotonic(), tools)
    return tools
