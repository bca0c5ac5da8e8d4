"""``%run_tool``, ``%tool`` and ``%%tool``: a tool in one line of a notebook, or in a cell of its own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import yaml
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display

from ..core.errors import InvalidRequest, NotFound, ToolrunnerError
from ..core.params import parse_option
from ..core.runs import Priority
from . import completion
from .connection import the_client
from .form import ToolForm
from .run_view import RunView
from .values import fitting

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..client import Tool

_USAGE = "%run_tool NAME key=value … [--priority high|default|low] [--detach]"


def load(shell: InteractiveShell) -> None:
    shell.register_magics(ToolMagics)
    completion.install(shell)


class _Call:
    """What stands behind the name of a magic: the tool's name, values as text, options."""

    def __init__(self, line: str) -> None:
        try:
            words = _words(line)
        except ValueError as error:
            raise InvalidRequest(f"The line cannot be read: {error}", hint=_USAGE) from None
        self.detach = False
        self.priority = Priority.DEFAULT
        self.texts: dict[str, list[str]] = {}
        names: list[str] = []
        while words:
            self._take(words.pop(0), words, names)
        if len(names) != 1:
            raise InvalidRequest("The name of one tool is needed", hint=_USAGE)
        self.tool = names[0]

    def _take(self, word: str, rest: list[str], names: list[str]) -> None:
        name, sign, text = word.partition("=")
        if word == "--detach":
            self.detach = True
        elif word == "--priority" and rest and rest[0] in set(Priority):
            self.priority = Priority(rest.pop(0))
        elif word.startswith("--"):
            raise InvalidRequest(f"{' '.join([word, *rest[:1]])} is no option", hint=_USAGE)
        elif sign:
            self.texts.setdefault(name, []).append(text)
        else:
            names.append(word)


@magics_class
class ToolMagics(Magics):
    """Tools in one line."""

    shell: InteractiveShell

    @no_var_expand
    @line_magic
    def run_tool(self, line: str) -> Any:
        """Run a tool, show the run while it goes on, and give back its result.

        ``%run_tool calculate_pagerank damping=0.9 graph=$graph``

        Values are read as the tool's schema says; ``$name`` is a variable of the notebook, such as a DataFrame or an
        artifact, ``$$`` a text that begins with a dollar. ``--detach`` gives back the run at once; a tool that returns
        nothing gives back its files.
        """
        return _told(lambda: self._run(_Call(line), {}))

    @no_var_expand
    @line_cell_magic
    def tool(self, line: str, cell: str | None = None) -> Any:
        """Show a tool's form; as the first line of a cell, run the tool with the values that the cell has as YAML.

        ``%tool calculate_pagerank damping=0.9``

        ``%%tool calculate_pagerank``
        ``damping: 0.9``
        ``graph: $graph``
        """
        if cell is None:
            return _told(lambda: self._form(_Call(line)))
        return _told(lambda: self._run(_Call(line), _of_yaml(cell)))

    def _form(self, call: _Call) -> ToolForm:
        client = the_client()
        tool = client.tool(call.tool)
        return ToolForm(tool, params=self._read(tool, call), client=client)

    def _run(self, call: _Call, values: Mapping[str, Any]) -> Any:
        client = the_client()
        tool = client.tool(call.tool)
        given = {name: self._variable(value) for name, value in values.items()}
        params = fitting(client, tool, {**given, **self._read(tool, call)})
        run = client.submit(tool, params, priority=call.priority)
        display(RunView(run, client=client))  # type: ignore[no-untyped-call]
        if call.detach:
            return run
        try:
            result = run.result()
        except NotFound:
            result = None
        files = [artifact for artifact in run.artifacts if not artifact.metadata.get("result")]
        return (files or None) if result is None else result

    def _read(self, tool: Tool, call: _Call) -> dict[str, Any]:
        params: dict[str, Any] = {}
        for name, texts in call.texts.items():
            if len(texts) == 1 and texts[0].startswith("$") and not texts[0].startswith("$$"):
                params[name] = self._variable(texts[0])
            else:
                plain = [
                    _unquoted(text.removeprefix("$") if text.startswith("$$") else text) for text in texts
                ]
                params[name] = parse_option(tool.params_schema, name, plain)
        return params

    def _variable(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if value.startswith("$$"):
            return value[1:]
        try:
            return self.shell.ev(value[1:])  # type: ignore[no-untyped-call]
        except Exception as error:
            kind = type(error).__name__
            raise InvalidRequest(
                f"{value} cannot be computed: {kind}: {error}", hint="$$ begins a text with a dollar"
            ) from error


def _of_yaml(cell: str) -> Mapping[str, Any]:
    try:
        values = yaml.safe_load(cell)
    except yaml.YAMLError as error:
        raise InvalidRequest(
            f"The cell is not YAML: {error}", hint="Write one line for each value: key: value"
        ) from None
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise InvalidRequest(
            "The cell has no names of values", hint="Write one line for each value: key: value"
        )
    return {str(name): value for name, value in values.items()}


def _words(line: str) -> list[str]:
    """The words of a line as they were written: blanks in quotes and in brackets end none. Raises ValueError."""
    words, word, quote, depth = [], "", "", 0
    for letter in line:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[{(":
            depth += 1
        elif letter in "]})":
            depth -= 1
        elif letter.isspace() and depth <= 0:
            words.append(word)
            word = ""
            continue
        word += letter
    if quote:
        raise ValueError(f"there is no second {quote}")
    return [each for each in [*words, word] if each]


def _unquoted(text: str) -> str:
    """The text that quotes stand around; JSON keeps its own."""
    return text if text[:1] in ("[", "{") else "".join(shlex.split(text)) if {*text} & {'"', "'"} else text


def _told(act: Callable[[], Any]) -> Any:
    """What went wrong in two lines: a traceback of ours tells nobody anything."""
    try:
        return act()
    except ToolrunnerError as error:
        text = f"{type(error).__name__}: {error.message}" + (f"\n{error.hint}" if error.hint else "")
        error.__dict__["_render_traceback_"] = lambda: [text]
        raise
