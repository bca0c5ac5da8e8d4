"""What each argument of the command line may be."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from ...core.errors import InvalidParams
from .paths import Paths, is_ending
from .state import KnownRun, KnownTool, State

#: Runs that are offered.
_RECENT = 50
_ACTIVE = ("waiting", "queued", "running")
#: Values with what they mean, values alone, or paths.
Offer = Mapping[str, str] | Iterable[str] | Paths


class Arguments:
    """The arguments of a parser, each with its completer; ``find_state`` is called when one needs to know something."""

    def __init__(self, parser: argparse.ArgumentParser, find_state: Callable[[list[str]], State]) -> None:
        self.parser = parser
        self._find_state = find_state
        #: Whether a value can or must follow.
        self.asked = False
        #: The paths that can follow, where those can.
        self.paths: Paths | None = None
        for command, action in arguments_of(parser):
            action.completer = self._completer(OFFERS[command, action.dest])  # type: ignore[attr-defined]

    def _completer(self, offer: Callable[[Line], Offer]) -> Callable[..., Iterable[str]]:
        def complete(
            *, prefix: str, parsed_args: argparse.Namespace, action: argparse.Action, **_: Any
        ) -> Iterable[str]:
            self.asked = self.asked or action.nargs not in ("?", "*")
            offered = offer(Line(parsed_args, prefix, self._find_state))
            if not isinstance(offered, Paths):
                return offered
            self.paths = offered
            return list(offered.beginning_with(prefix))

        return complete


class Line:
    """What was typed so far, and what is known for it."""

    def __init__(
        self, given: argparse.Namespace, prefix: str, find_state: Callable[[list[str]], State]
    ) -> None:
        self._given = given
        #: The beginning of the word that is completed.
        self.prefix = prefix
        self._find_state = find_state

    @cached_property
    def state(self) -> State:
        return self._find_state([*self.given("toolboxes_before"), *self.given("toolboxes")])

    @cached_property
    def tool(self) -> KnownTool | None:
        """The one that was named."""
        name = getattr(self._given, "name", None)
        return self.state.tool(name) if name else None

    @property
    def run(self) -> str:
        return str(getattr(self._given, "run", None) or "").strip().removeprefix("#")

    def given(self, what: str) -> list[str]:
        """The values of an argument that may be repeated."""
        return list(getattr(self._given, what, None) or ())


def arguments_of(parser: argparse.ArgumentParser, command: str = "") -> Iterator[tuple[str, argparse.Action]]:
    """Each argument that takes a value of its own, no choice, with the command that it belongs to."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public name for it
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, below in action.choices.items():
                yield from arguments_of(below, f"{command} {name}".strip())
        elif action.nargs != 0 and action.choices is None:
            yield command, action


# -- what is offered ------------------------------------------------------------------------------------------------


def _nothing(line: Line) -> Offer:
    return ()


def _tools(line: Line) -> Offer:
    return _names(line.state.tools(), line.prefix)


def _tools_that_run(line: Line) -> Offer:
    return _names([tool for tool in line.state.tools() if tool.can_run], line.prefix)


def _names(tools: Iterable[KnownTool], prefix: str) -> dict[str, str]:
    """The shortest name that means each tool; whole names where one was begun."""
    tools = list(tools)
    short = [tool.short_name for tool in tools]
    names = {
        tool.short_name if short.count(tool.short_name) == 1 else tool.name: tool.title for tool in tools
    }
    begun = any(name.startswith(prefix) for name in names)
    return names if begun else {tool.name: tool.title for tool in tools}


def _whole_names(line: Line) -> Offer:
    return {tool.name: tool.title for tool in line.state.tools()} | _names(line.state.tools(), line.prefix)


def _categories(line: Line) -> Offer:
    return sorted({tool.category for tool in line.state.tools() if tool.category})


def _params(line: Line) -> Offer:
    """Names with ``=``, and after that what the param may be."""
    from ...core.params import applying, choices

    if line.tool is None:
        return ()
    schema, given = line.tool.params_schema, _given_params(line)
    name, sign, _ = line.prefix.partition("=")
    if not sign:
        known = {
            each: declared
            for branch in applying(schema, given)
            for each, declared in branch.get("properties", {}).items()
        }
        return {
            f"{each}=": _first_line(declared.get("description"))
            for each, declared in known.items()
            if each not in given or declared.get("type") == "array"
        }
    if (paths := _input_paths(schema, name)) is not None:
        return paths
    return [f"{name}={text}" for text in choices(schema, name)]


def _first_line(text: Any) -> str:
    return str(text or "").strip().partition("\n")[0]


def _given_params(line: Line) -> dict[str, Any]:
    from ...core.params import parse_option
    from ..params import grouped

    given: dict[str, Any] = {}
    for name, texts in grouped([text for text in line.given("params") if text.partition("=")[0]]).items():
        with suppress(InvalidParams):
            given[name] = parse_option(line.tool.params_schema, name, texts) if line.tool else texts
    return given


def _input_paths(schema: Mapping[str, Any], name: str) -> Paths | None:
    from ...core.params import named
    from ...services.inputs import path_fields

    if name not in path_fields(schema):
        return None
    declared = dict(named(schema)).get(name, {})
    if declared.get("format") == "directory-path":
        return Paths(endings=None, before=f"{name}=")
    accepts = [str(each).lower() for each in declared.get("x-accepts", ())]
    # Media types say too little of names to leave a file out; and zsh would carry out what some signs stand for.
    endings = tuple(accepts) if all(is_ending(each) for each in accepts) else ()
    return Paths(endings=endings, before=f"{name}=")


def _presets(line: Line) -> Offer:
    return line.state.presets(line.tool) if line.tool else ()


def _toolboxes(line: Line) -> Offer:
    return Paths(endings=(".py", ".ipynb"))


def _params_files(line: Line) -> Offer:
    return Paths(endings=(".json", ".yaml", ".yml"))


def _notebooks(line: Line) -> Offer:
    return Paths(endings=(".ipynb",))


def _pages(line: Line) -> Offer:
    return line.state.pages()


def _backups(line: Line) -> Offer:
    return Paths(endings=(".tar",))


def _tables(line: Line) -> Offer:
    return Paths(endings=(".csv", ".tsv", ".txt", ".parquet", ".pq", ".json"))


def _folders(line: Line) -> Offer:
    return Paths(endings=None)


def _statuses(line: Line) -> Offer:
    from ..parser import STATUSES

    before = line.prefix[: line.prefix.rfind(",") + 1]
    return [f"{before}{status}" for status in STATUSES if status not in before.split(",")]


def _runs_of(*statuses: str) -> Callable[[Line], Offer]:
    def offer(line: Line) -> Offer:
        return {str(run.number): _told(run) for run in line.state.runs(statuses, _RECENT)}

    return offer


def _told(run: KnownRun) -> str:
    return f"{run.tool}, {run.status}"


def _files(line: Line) -> Offer:
    there = line.state.artifacts(line.run) if line.run else ()
    return [name for name in there if name not in line.given("names")]


def _tags(line: Line) -> Offer:
    return [tag for tag in line.state.tags() if tag not in line.given("tags")]


def _tags_of_run(line: Line) -> Offer:
    there = line.state.tags(line.run) if line.run else ()
    return [tag for tag in there if tag not in line.given("remove")]


def _schedules(line: Line) -> Offer:
    return line.state.schedules()


def _workers(line: Line) -> Offer:
    return {name: host for name, host in line.state.workers().items() if name not in line.given("names")}


def _zones(line: Line) -> Offer:
    from zoneinfo import available_timezones

    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


_ANY_RUN = _runs_of()
#: By command and argument. A test compares it with what can be typed.
OFFERS: Mapping[tuple[str, str], Callable[[Line], Offer]] = {
    ("", "toolboxes_before"): _toolboxes,
    ("tools", "query"): _nothing,
    ("tools", "category"): _categories,
    ("tools", "toolboxes"): _toolboxes,
    ("tool", "name"): _tools,
    ("tool", "toolboxes"): _toolboxes,
    ("run", "name"): _tools_that_run,
    ("run", "params"): _params,
    ("run", "params_file"): _params_files,
    ("run", "preset"): _presets,
    ("run", "version"): _nothing,
    ("run", "after"): _ANY_RUN,
    ("run", "toolboxes"): _toolboxes,
    ("runs", "tool"): _whole_names,
    ("runs", "status"): _statuses,
    ("runs", "tags"): _tags,
    ("runs", "owner"): _nothing,
    ("runs", "conditions"): _nothing,
    ("runs", "search"): _nothing,
    ("runs", "limit"): _nothing,
    ("batch run", "name"): _tools_that_run,
    ("batch run", "table"): _tables,
    ("batch run", "sweep"): _params,
    ("batch run", "params"): _params,
    ("batch run", "preset"): _presets,
    ("batch run", "title"): _nothing,
    ("batch run", "toolboxes"): _toolboxes,
    ("batch list", "limit"): _nothing,
    ("batch show", "batch"): _nothing,
    ("batch wait", "batch"): _nothing,
    ("batch retry", "batch"): _nothing,
    ("batch cancel", "batch"): _nothing,
    ("batch table", "batch"): _nothing,
    ("batch table", "output"): _tables,
    ("show", "run"): _ANY_RUN,
    ("logs", "run"): _ANY_RUN,
    ("logs", "attempt"): _nothing,
    ("cancel", "run"): _runs_of(*_ACTIVE),
    ("retry", "run"): _runs_of("waiting", "failed", "canceled"),
    ("tag", "run"): _ANY_RUN,
    ("tag", "tags"): _tags,
    ("tag", "remove"): _tags_of_run,
    ("note", "run"): _ANY_RUN,
    ("note", "text"): _nothing,
    ("artifacts", "run"): _ANY_RUN,
    ("download", "run"): _ANY_RUN,
    ("download", "names"): _files,
    ("download", "output"): _folders,
    ("publish", "notebook"): _notebooks,
    ("publish", "title"): _nothing,
    ("publish", "name"): _pages,
    ("withdraw", "name"): _pages,
    ("queue show", "owner"): _nothing,
    ("queue show", "limit"): _nothing,
    ("queue hold", "name"): _tools,
    ("queue hold", "note"): _nothing,
    ("queue release", "name"): _tools,
    ("queue move", "runs"): _runs_of("queued"),
    ("queue move", "before"): _runs_of("queued"),
    ("queue move", "after"): _runs_of("queued"),
    ("queue priority", "runs"): _runs_of("waiting", "queued"),
    ("schedule add", "name"): _tools_that_run,
    ("schedule add", "params"): _params,
    ("schedule add", "params_file"): _params_files,
    ("schedule add", "cron"): _nothing,
    ("schedule add", "every"): _nothing,
    ("schedule add", "at"): _nothing,
    ("schedule add", "after_run"): _runs_of(*_ACTIVE),
    ("schedule add", "start"): _nothing,
    ("schedule add", "zone"): _zones,
    ("schedule add", "title"): _nothing,
    ("schedule add", "toolboxes"): _toolboxes,
    ("schedule list", "query"): _schedules,
    ("schedule list", "limit"): _nothing,
    ("schedule show", "schedule"): _schedules,
    ("schedule runs", "schedule"): _schedules,
    ("schedule runs", "limit"): _nothing,
    ("schedule change", "schedule"): _schedules,
    ("schedule change", "cron"): _nothing,
    ("schedule change", "every"): _nothing,
    ("schedule change", "at"): _nothing,
    ("schedule change", "after_run"): _runs_of(*_ACTIVE),
    ("schedule change", "start"): _nothing,
    ("schedule change", "zone"): _zones,
    ("schedule change", "title"): _nothing,
    ("schedule pause", "schedule"): _schedules,
    ("schedule resume", "schedule"): _schedules,
    ("schedule remove", "schedule"): _schedules,
    ("schedule next", "schedule"): _schedules,
    ("schedule next", "cron"): _nothing,
    ("schedule next", "every"): _nothing,
    ("schedule next", "at"): _nothing,
    ("schedule next", "after_run"): _runs_of(*_ACTIVE),
    ("schedule next", "start"): _nothing,
    ("schedule next", "zone"): _zones,
    ("workers drain", "names"): _workers,
    ("workers stop", "names"): _workers,
    ("workers scale", "workers"): _nothing,
    ("worker", "count"): _nothing,
    ("backup", "file"): _backups,
    ("restore", "file"): _backups,
    ("doctor", "toolboxes"): _toolboxes,
}
