"""click commands and typer apps as JSON Schemas for forms and command lines for runs: each leaf command is a tool.

Runs in the throw-away process that reads a script, on objects that the script made, with whatever version of click or typer
it brings: what is asked of an object is asked by name, and nothing of it is trusted to behave. Standard library only.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import click_types
from .describe import MAX_TEXT, is_fleeting, is_secret, plain_copy, text_of, title_of

Json = Any
#: Where the class of all commands is, by the versions that there are.
_HOMES = ("click.core", "typer._click.core")
MAX_COMMANDS = 500
_DEPTH = 8


@dataclass
class Reading:
    """What is known while the commands of one file are described."""

    scratch: str = ""
    #: Described commands, in the order in which the program lists them.
    found: list[dict[str, Json]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


def intercept(found: Callable[[Any], None]) -> None:
    """Have ``found`` called with the command that a script starts, in the place of starting it."""
    for home in _HOMES:
        try:
            module = importlib.import_module(home)
        except Exception:  # noqa: S112 - which of them there are differs
            continue
        # Every way to start a command, those of subclasses too, goes through the making of its context.
        base = module.Command
        if "make_context" not in vars(base):
            base = next(each for each in base.__mro__ if "make_context" in vars(each))
        base.make_context = _intercepted(base.make_context, found)


def _intercepted(real: Callable[..., Any], found: Callable[[Any], None]) -> Callable[..., Any]:
    def make_context(self: Any, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        given = list(args or ())
        # With words of its own the script tries its commands out; below a parent it is at work already.
        if parent is None and (not given or given == sys.argv[1:]):
            found(self)
        return real(self, info_name, args, parent, **extra)

    return make_context


def command_of(value: Any) -> Any:
    """The command that an object is or makes; None for anything else."""
    kind = type(value)
    names = {f"{each.__module__.partition('.')[0]}.{each.__name__}" for each in kind.__mro__}
    if "typer.Typer" in names:
        main = importlib.import_module("typer.main")
        try:
            return main.get_command(value)
        except RuntimeError:
            # An app without a command.
            return None
    is_command = {"click.Command", "click.BaseCommand", "typer.Command"} & names
    return value if is_command and not isinstance(value, type) else None


def roots_of(namespace: Mapping[str, Any], imported: set[str]) -> Iterator[tuple[str, Any]]:
    """The commands of a module that no group of the module has, each with its name there."""
    commands: dict[str, Any] = {}
    seen: set[int] = set()
    for name, value in list(namespace.items()):
        if name in imported or name.startswith("__") or id(value) in seen:
            continue
        command = command_of(value)
        if command is not None:
            commands[name] = command
            seen.add(id(value))
    below = {callback for each in commands.values() for callback in _callbacks_below(each, 0)}
    for name, command in commands.items():
        if id(getattr(command, "callback", None)) not in below:
            yield name, command


def _callbacks_below(command: Any, depth: int) -> Iterator[int]:
    """Identities of what the commands below a group call: typer makes the commands anew each time."""
    if depth > _DEPTH or not _is_group(command):
        return
    for each in list(getattr(command, "commands", {}).values()):
        callback = getattr(each, "callback", None)
        if callback is not None:
            yield id(callback)
        yield from _callbacks_below(each, depth + 1)


def describe_commands(root: Any, scratch: str = "", name: str | None = None) -> list[dict[str, Json]]:
    """Each leaf with ``name`` (below the program, dotted), ``schema``, ``command_line`` and texts.

    One that does not load has its ``error`` instead.
    """
    reading = Reading(scratch)
    context = _context(root, name or _name_of(root), None)
    _walk(root, context, [], [], reading)
    return reading.found


# -- commands -------------------------------------------------------------------------------------------------------


def _is_group(command: Any) -> bool:
    return hasattr(command, "list_commands") and hasattr(command, "get_command")


def _name_of(command: Any) -> str:
    return str(getattr(command, "name", None) or "main")


def _context(command: Any, name: str, parent: Any) -> Any:
    settings = dict(getattr(command, "context_settings", None) or {})
    kind = getattr(command, "context_class", None)
    if kind is None:
        kind = sys.modules[_home_of(command)].Context
    return kind(command, info_name=name, parent=parent, **settings)


def _home_of(command: Any) -> str:
    return next(each.__module__ for each in type(command).__mro__ if each.__module__ in _HOMES)


def _walk(
    command: Any, context: Any, path: list[str], above: list[tuple[str, Any, Any]], reading: Reading
) -> None:
    levels = [*above, (path[-1] if path else "", command, context)]
    if not _is_group(command):
        _add(path, levels, reading)
        return
    if getattr(command, "invoke_without_command", False) and _does_work(command):
        _add(path, levels, reading)
    for name in list(command.list_commands(context)):
        if len(reading.found) >= MAX_COMMANDS or len(path) >= _DEPTH:
            return
        _walk_below(command, context, [*path, str(name)], levels, reading)


def _does_work(command: Any) -> bool:
    return (
        getattr(command, "callback", None) is not None
        or getattr(command, "result_callback", None) is not None
    )


def _walk_below(
    group: Any, context: Any, path: list[str], levels: list[tuple[str, Any, Any]], reading: Reading
) -> None:
    try:
        command = group.get_command(context, path[-1])
        if command is None or getattr(command, "hidden", False) or id(command) in reading.seen:
            return
        reading.seen.add(id(command))
        _walk(command, _context(command, path[-1], context), path, levels, reading)
    except BaseException as error:
        # One that is loaded when it is asked for may not load; the others are there all the same.
        if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
            raise
        reading.found.append({"name": ".".join(path), "error": error})


def _add(path: list[str], levels: list[tuple[str, Any, Any]], reading: Reading) -> None:
    command = levels[-1][1]
    schema, line = _Schema(levels, reading.scratch).made()
    help_text = text_of(lambda: _help_of(command))
    reading.found.append(
        {
            "name": ".".join(path),
            "schema": schema,
            "command_line": line,
            "title": text_of(lambda: str(getattr(command, "short_help", None) or "")),
            "description": help_text,
            "epilog": text_of(lambda: str(getattr(command, "epilog", None) or "")),
            "deprecated": text_of(lambda: _deprecation(command)),
        }
    )


def _help_of(command: Any) -> str:
    text = str(getattr(command, "help", None) or getattr(command, "short_help", None) or "")
    # What stands behind a form feed is for those who read the code; \b keeps click from wrapping a paragraph.
    text = text.partition("\f")[0].replace("\b\n", "").replace("\b", "")
    return inspect.cleandoc(text)


def _deprecation(command: Any) -> str:
    said = getattr(command, "deprecated", False)
    if not said:
        return ""
    return (
        f"Its author calls it deprecated: {said}"
        if isinstance(said, str)
        else "Its author calls it deprecated."
    )


# -- params ---------------------------------------------------------------------------------------------------------


class _Schema:
    """The form and the command line of one leaf: its own params, then those of the groups above it."""

    def __init__(self, levels: list[tuple[str, Any, Any]], scratch: str) -> None:
        self._levels = levels
        self._scratch = scratch
        self._properties: dict[str, dict[str, Json]] = {}
        self._required: list[str] = []

    def made(self) -> tuple[dict[str, Json], dict[str, Json]]:
        lines: list[dict[str, Json]] = []
        for name, command, context in reversed(self._levels):
            own = name or str(context.info_name or "")
            lines.insert(0, {"name": name, "params": self._params(command, context, own)})
        schema: dict[str, Json] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": self._properties,
            "x-order": list(self._properties),
            "additionalProperties": False,
        }
        if self._required:
            schema["required"] = self._required
        return schema, {"levels": lines}

    def _params(self, command: Any, context: Any, name: str) -> list[dict[str, Json]]:
        described: dict[str, dict[str, Json]] = {}
        for param in list(command.get_params(context)):
            if _ends_the_program(param):
                continue
            plain = _field_of(param)
            if plain in described:
                _merge(
                    described[plain],
                    self._properties[described[plain]["field"]],
                    _Param(param, context, self._scratch),
                )
                continue
            made = _Param(param, context, self._scratch)
            field_name = self._free(plain, name)
            described[plain] = {**made.line, "field": field_name}
            self._properties[field_name] = made.prop
            if made.line["required"] or made.line["asks"]:
                self._required.append(field_name)
        return list(described.values())

    def _free(self, name: str, level: str) -> str:
        """An option of a group may have the name of one of its command's."""
        if name not in self._properties:
            return name
        number, candidate = 2, f"{level.replace('-', '_')}_{name}"
        while candidate in self._properties:
            candidate, number = f"{name}_{number}", number + 1
        return candidate


def _ends_the_program(param: Any) -> bool:
    """``--help``, ``--version``, ``--install-completion``: flags that only show something."""
    shows = getattr(param, "is_eager", False) and not getattr(param, "expose_value", True)
    return (shows and (getattr(param, "is_flag", False) or not _is_option(param))) or _field_of(param) in (
        "install_completion",
        "show_completion",
    )


def _is_option(param: Any) -> bool:
    return getattr(param, "param_type_name", "option") == "option"


def _field_of(param: Any) -> str:
    name = getattr(param, "name", None)
    if not name:
        name = max(param.opts, key=len).lstrip("-+/").replace("-", "_")
    return str(name)


def _merge(line: dict[str, Json], prop: dict[str, Json], other: _Param) -> None:
    """Several flags that give values to one name: it may have any of them."""
    line["flags"] = [*line["flags"], *other.line["flags"]]
    if other.line["has_default"] and not line["has_default"]:
        line.update(default=other.line["default"], has_default=True)
        prop["default"] = other.line["default"]
    values = [value for value, _ in line["flags"]]
    if line["has_default"]:
        values.append(line["default"])
    distinct: list[Json] = []
    for value in values:
        if not any(value == each and type(value) is type(each) for each in distinct):
            distinct.append(value)
    prop.pop("type", None)
    prop["enum"] = distinct
    if other.prop.get("description") and other.prop["description"] != prop.get("description"):
        prop["description"] = "\n".join(filter(None, [prop.get("description"), other.prop["description"]]))


class _Param:
    """One option or argument, as a property and as a part of the command line."""

    def __init__(self, param: Any, context: Any, scratch: str) -> None:
        self.param, self.context, self.scratch = param, context, scratch
        self.nargs = int(getattr(param, "nargs", 1) or 1)
        self.multiple = bool(getattr(param, "multiple", False))
        self.line: dict[str, Json] = {
            "field": _field_of(param), "kind": self._kind(), "option": "", "flags": [], "nargs": self.nargs,
            "multiple": self.multiple, "stands_alone": False, "asks": self._asks(), "always": bool(self._variables()),
            "required": bool(getattr(param, "required", False)), "default": None, "has_default": False,
        }  # fmt: skip
        self.prop: dict[str, Json] = {}
        self._describe()
        self._add_default()
        self._add_texts()

    # -- kinds ----------------------------------------------------------------------------------------------------

    def _kind(self) -> str:
        if not _is_option(self.param):
            return "argument"
        if getattr(self.param, "count", False):
            return "count"
        return "flag" if getattr(self.param, "is_flag", False) else "value"

    def _asks(self) -> bool:
        """Whether click asks for it where it is not given; a run has nobody to answer."""
        if getattr(self.param, "prompt", None) is None or not _is_option(self.param):
            return False
        return bool(getattr(self.param, "prompt_required", True) or getattr(self.param, "required", False))

    def _variables(self) -> list[str]:
        """Environment variables that stand in where it is not given."""
        named = getattr(self.param, "envvar", None)
        names = [named] if isinstance(named, str) else [str(each) for each in named or ()]
        prefix = getattr(self.context, "auto_envvar_prefix", None)
        if prefix and _is_option(self.param) and getattr(self.param, "allow_from_autoenv", True):
            names.append(f"{prefix}_{_field_of(self.param).upper()}")
        return names

    def _is_set_outside(self) -> bool:
        return any(os.environ.get(name) for name in self._variables())

    def _describe(self) -> None:
        kind = self.line["kind"]
        if kind == "flag":
            self._describe_flag()
        elif kind == "count":
            self.line["option"] = self._longest()
            self.prop = {"type": "integer", "minimum": 0, "maximum": 1000}
        else:
            self.line["option"] = self._longest() if kind == "value" else ""
            self.line["stands_alone"] = bool(getattr(self.param, "_flag_needs_value", False))
            self.prop = self._valued()

    def _longest(self) -> str:
        return max(
            (str(each) for each in self.param.opts), key=lambda word: (word.startswith("--"), len(word))
        )

    def _describe_flag(self) -> None:
        value = self._flag_value()
        flags = [[value, self._longest()]]
        if secondary := [str(each) for each in getattr(self.param, "secondary_opts", ())]:
            flags.append([False, max(secondary, key=lambda word: (word.startswith("--"), len(word)))])
        self.line["flags"] = flags
        self.prop = {"type": "boolean"} if isinstance(value, bool) else {"enum": [value]}
        if self.multiple:
            self.line.update(kind="value", multiple=False)

    def _flag_value(self) -> Json:
        """The JSON value that stands for what the flag gives."""
        value = getattr(self.param, "flag_activation_value", None)
        if value is None:
            value = getattr(self.param, "flag_value", True)
        if value is None or click_types.is_unset(value):
            return True
        if type(value) in (bool, int, str) or (type(value) is float and value == value):
            return value
        name = getattr(value, "name", None) or getattr(value, "__name__", None)
        return str(name) if isinstance(name, str) else self._longest().lstrip("-")

    def _valued(self) -> dict[str, Json]:
        item = click_types.schema_of(self.param)
        if self.nargs == 1:
            prop = item["items"][0]
        elif self.nargs == -1:
            prop = {"type": "array", "items": item["items"][0]}
            if self.line["required"]:
                prop["minItems"] = 1
        else:
            prop = _fixed(item["items"], self.nargs)
        if self.multiple:
            prop = {"type": "array", "items": prop}
            if self.line["required"]:
                prop["minItems"] = 1
        if prop.get("type") == "array":
            inner = prop["items"] if isinstance(prop.get("items"), dict) else {}
            for key in ("x-type", "x-enum-names"):
                if key in inner:
                    prop[key] = inner.pop(key)
        return prop

    # -- defaults -------------------------------------------------------------------------------------------------

    def _add_default(self) -> None:
        if self._is_set_outside():
            # Whatever the environment says holds as long as nothing is given.
            self.line["required"] = self.line["asks"] = False
            self.prop["x-default"] = " or ".join(f"${name}" for name in self._variables())
            return
        default = self._default()
        if default is None or click_types.is_unset(default):
            self._add_empty_default()
            return
        if self.line["asks"] and self.line["kind"] == "flag" and len(self.line["flags"]) == 1:
            # Only one answer can be given: whoever runs it says so.
            return
        if callable(default) and not isinstance(default, type):
            self.line["required"] = False
            self.prop["x-default"] = text_of(lambda: self._called(default))
            return
        # With a default click requires nothing.
        self.line["required"] = False
        value = click_types.json_of(default, self.prop, self.param)
        if value is click_types.NONE or is_fleeting(default, self.scratch):
            shown = text_of(lambda: click_types.shown(default))
            self.prop["x-default"] = shown.replace(self.scratch, ".") if self.scratch else shown
            return
        self._set_default(value)

    def _add_empty_default(self) -> None:
        if self.line["kind"] == "flag" and isinstance(self._flag_value(), bool) and not self.line["asks"]:
            if not self.line["required"] and len(self.line["flags"]) == 1:
                self._set_default(False)
        elif self.line["kind"] == "count":
            self._set_default(0)
        elif (self.multiple or self.nargs == -1) and not self.line["required"] and not self.line["asks"]:
            self._set_default([])

    def _default(self) -> Any:
        try:
            return self.param.get_default(self.context, call=False)
        except Exception:
            return getattr(self.param, "default", None)

    def _called(self, default: Callable[[], Any]) -> str:
        value = default()
        return (
            f"{click_types.shown(value)} (computed)" if not is_fleeting(value, self.scratch) else "computed"
        )

    def _set_default(self, value: Json) -> None:
        value = plain_copy(value)
        self.prop["default"] = value
        self.line.update(default=value, has_default=True)
        if self.line["kind"] == "flag" and "enum" in self.prop and value not in self.prop["enum"]:
            self.prop["enum"] = [*self.prop["enum"], value]

    # -- texts ----------------------------------------------------------------------------------------------------

    def _add_texts(self) -> None:
        name = self.line["field"]
        self.prop["title"] = title_of(name)
        if _is_option(self.param):
            self.prop["x-flag"] = self.line["option"] or self.line["flags"][0][1]
        said = [text_of(lambda: str(getattr(self.param, "help", None) or "").strip())]
        if examples := click_types.examples_of(self.param):
            said.append(f"Such as {' or '.join(examples)}.")
        if text := "\n".join(each for each in said if each)[:MAX_TEXT]:
            self.prop["description"] = text
        if getattr(self.param, "hidden", False):
            self.prop["x-advanced"] = True
        hides = bool(getattr(self.param, "hide_input", False))
        if hides or is_secret(name):
            self.prop["x-secret"] = True
            if not (self.line["required"] or self.line["asks"]):
                self.prop["x-advanced"] = True
        if isinstance(metavar := getattr(self.param, "metavar", None), str) and metavar.strip():
            self.prop["x-metavar"] = metavar


def _fixed(items: list[dict[str, Json]], count: int) -> dict[str, Json]:
    """A list of a fixed length; of one kind where all are."""
    prop: dict[str, Json] = {"type": "array", "minItems": count, "maxItems": count}
    if len(items) == count and any(each != items[0] for each in items):
        return {**prop, "prefixItems": items}
    return {**prop, "items": items[0]}
