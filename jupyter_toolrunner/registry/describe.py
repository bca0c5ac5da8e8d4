"""An ``argparse`` parser as a JSON Schema for forms and a command line for runs.

Runs in the throw-away process that reads a script, on objects that the script made: nothing of them is trusted to behave.
Standard library only.
"""

from __future__ import annotations

import argparse
import datetime
import enum
import functools
import json
import math
import os
import pathlib
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: More choices than this become a range or plain text.
MAX_CHOICES = 2000
MAX_TEXT = 20_000
_SECRET = re.compile(
    r"(^|_|-)(password|passwd|passphrase|secret|token|api_?key|credentials?)($|_|-)", re.IGNORECASE
)
_PATH_FUNCTIONS = {"abspath", "expanduser", "realpath", "normpath", "expandvars", "open", "existing_file"}

Json = Any


@dataclass
class Reading:
    """What is gathered while a parser is described."""

    #: Text that stands for the folder of the reading and means nothing later.
    scratch: str = ""
    order: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.time)


def describe(
    parser: argparse.ArgumentParser, method: str = "parse_args", scratch: str = ""
) -> dict[str, Json]:
    """``schema``, ``command_line``, ``title`` and ``description`` of a parser."""
    reading = Reading(scratch=scratch)
    level = _describe_level(parser, reading)
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        **level.as_schema(),
        "x-order": reading.order,
    }
    schema["unevaluatedProperties" if level.commands else "additionalProperties"] = False
    return {
        "schema": schema,
        "command_line": {"parser": level.as_parser(parser), "method": method},
        "description": text_of(lambda: _formatted(parser, parser.description)),
        "epilog": text_of(lambda: _formatted(parser, parser.epilog)),
    }


# -- one parser -----------------------------------------------------------------------------------------------------


@dataclass
class Level:
    """What one parser gives: properties for the form, arguments for the command line."""

    properties: dict[str, dict[str, Json]] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    arguments: list[dict[str, Json]] = field(default_factory=list)
    exclusive: list[dict[str, Json]] = field(default_factory=list)
    groups: list[dict[str, Json]] = field(default_factory=list)
    command: str = ""
    commands: dict[str, tuple[argparse.ArgumentParser, Level]] = field(default_factory=dict)

    def as_parser(self, parser: argparse.ArgumentParser) -> dict[str, Json]:
        return {
            "arguments": self.arguments,
            "exclusive": self.exclusive,
            "commands": {name: each.as_parser(sub) for name, (sub, each) in self.commands.items()} or None,
            "prefix_chars": str(parser.prefix_chars),
            "fromfile_prefix_chars": parser.fromfile_prefix_chars,
            "allow_abbrev": bool(getattr(parser, "allow_abbrev", True)),
        }

    def as_schema(self) -> dict[str, Json]:
        """``properties``, ``required`` and the conditions of one level."""
        moved = self._moved_down()
        schema: dict[str, Json] = {
            "properties": {name: each for name, each in self.properties.items() if name not in moved}
        }
        if required := [name for name in self.required if name not in moved]:
            schema["required"] = required
        conditions = [rule for group in self.groups for rule in _exclusive_rules(group, self.properties)]
        conditions += self._branches(moved)
        if conditions:
            schema["allOf"] = conditions
        if self.groups:
            schema["x-exclusive"] = self.groups
        return schema

    def _moved_down(self) -> set[str]:
        """Fields that a command declares in another way: they follow the command."""
        return {
            name
            for _, level in self.commands.values()
            for name, each in level.properties.items()
            if name in self.properties and each != self.properties[name]
        }

    def _branches(self, moved: set[str]) -> list[dict[str, Json]]:
        branches = []
        for name, (_, level) in self.commands.items():
            then = level.as_schema()
            for each in sorted(moved - set(level.properties)):
                then["properties"][each] = self.properties[each]
                if each in self.required:
                    then.setdefault("required", []).append(each)
            chosen = {"properties": {self.command: {"const": name}}, "required": [self.command]}
            branches.append({"if": chosen, "then": then})
        if moved and self.command not in self.required:
            then = {"properties": {each: self.properties[each] for each in sorted(moved)}}
            branches.append({"if": {"not": {"required": [self.command]}}, "then": then})
        return branches


def _describe_level(parser: argparse.ArgumentParser, reading: Reading) -> Level:
    level = Level()
    positions: dict[int, int] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            _describe_commands(level, action, reading)
            continue
        described = _describe_action(parser, action, reading)
        if described is None:
            continue
        argument, prop = described
        positions[id(action)] = len(level.arguments)
        level.arguments.append(argument)
        name = argument["field"]
        level.properties[name] = _merged(level.properties[name], prop) if name in level.properties else prop
        if argument["required"] and name not in level.required:
            level.required.append(name)
        if name not in reading.order:
            reading.order.append(name)
    for group in parser._mutually_exclusive_groups:
        _describe_group(level, group, positions)
    return level


def _describe_commands(level: Level, action: Any, reading: Reading) -> None:
    dest = action.dest if isinstance(action.dest, str) and not _is_suppressed(action.dest) else ""
    name = _unused(dest or ("command" if "command" not in reading.taken else "subcommand"), reading.taken)
    reading.taken.add(name)
    reading.order.append(name)
    helps = {each.dest: each.help for each in action._choices_actions}
    seen: dict[int, str] = {}
    for command, parser in action.choices.items():
        if id(parser) in seen:
            continue
        seen[id(parser)] = command
        level.commands[command] = (parser, _describe_level(parser, reading))
    level.command = name
    prop: dict[str, Json] = {
        "type": "string",
        "enum": list(level.commands),
        "title": title_of(name),
        "x-subcommand": True,
    }
    if described := {c: text_of(functools.partial(str, helps.get(c) or "")) for c in level.commands}:
        prop["x-enum-descriptions"] = [described[command] for command in level.commands]
    if help_text := text_of(lambda: "" if _is_suppressed(action.help) else str(action.help or "")):
        prop["description"] = help_text
    level.properties[name] = prop
    if action.required:
        level.required.append(name)
    argument = _argument(
        name, dest or f"__{name}__", action="command", nargs="A...", required=bool(action.required)
    )
    level.arguments.append(argument)


def _unused(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def _describe_group(level: Level, group: Any, positions: Mapping[int, int]) -> None:
    members = [positions[id(action)] for action in group._group_actions if id(action) in positions]
    fields = list(dict.fromkeys(level.arguments[index]["field"] for index in members))
    if len(members) > 1:
        level.exclusive.append({"members": members, "required": bool(group.required)})
    if len(fields) > 1:
        level.groups.append({"fields": fields, "required": bool(group.required)})
    elif fields and group.required and fields[0] not in level.required:
        level.required.append(fields[0])


def _exclusive_rules(group: Mapping[str, Json], properties: Mapping[str, Json]) -> list[dict[str, Json]]:
    """A value that equals its default counts as not given, as it does for argparse."""
    given = []
    for name in group["fields"]:
        rule: dict[str, Json] = {"required": [name]}
        if "default" in properties[name]:
            rule["properties"] = {name: {"not": {"const": properties[name]["default"]}}}
        given.append(rule)
    rules: list[dict[str, Json]] = [
        {"$comment": "exclusive", "not": {"allOf": [one, other]}}
        for index, one in enumerate(given)
        for other in given[index + 1 :]
    ]
    if group["required"]:
        rules.append({"$comment": "exclusive", "anyOf": given})
    return rules


# -- one action -----------------------------------------------------------------------------------------------------


def _argument(name: str, dest: str, **values: Json) -> dict[str, Json]:
    empty: dict[str, Json] = {
        "flags": [],
        "action": "store",
        "nargs": None,
        "text": "str",
        "const": None,
        "has_const": False,
    }
    return {
        "field": name,
        "dest": dest,
        **empty,
        "default": None,
        "has_default": False,
        "required": False,
        **values,
    }


def _describe_action(
    parser: argparse.ArgumentParser, action: argparse.Action, reading: Reading
) -> tuple[dict[str, Json], dict[str, Json]] | None:
    """The argument and the property; None for what ends the script (``--help``, ``--version``)."""
    if (
        isinstance(action, (argparse._HelpAction, argparse._VersionAction))
        or action.dest == argparse.SUPPRESS
    ):
        return None
    kind = _kind_of(action)
    argument = _argument(
        action.dest, action.dest, flags=[str(each) for each in action.option_strings], action=kind
    )
    argument["nargs"] = action.nargs if kind in ("store", "append", "extend", "custom") else None
    argument["required"] = _is_required(action)
    prop = _property_of(parser, action, argument)
    _add_default(action, argument, prop, reading)
    _add_texts(parser, action, argument, prop)
    return argument, prop


def _kind_of(action: argparse.Action) -> str:
    kinds: list[tuple[Any, str]] = [
        (argparse._AppendConstAction, "append_const"),
        (argparse._StoreConstAction, "const"),
        (argparse._ExtendAction, "extend"),
        (argparse._AppendAction, "append"),
        (argparse._CountAction, "count"),
        (argparse.BooleanOptionalAction, "boolean"),
    ]
    for base, kind in kinds:
        if isinstance(action, base):
            return kind
    if type(action) is argparse._StoreAction:
        return "store"
    if action.nargs != 0 and any(each.startswith("--no-") for each in action.option_strings):
        return "custom"
    return "custom"


def _is_required(action: argparse.Action) -> bool:
    if action.option_strings:
        return bool(action.required)
    return action.nargs not in ("?", "*", "...")


def _property_of(
    parser: argparse.ArgumentParser, action: argparse.Action, argument: dict[str, Json]
) -> dict[str, Json]:
    kind = argument["action"]
    if kind == "boolean" or (kind == "custom" and action.nargs == 0):
        argument.update(const=True, has_const=kind == "custom")
        return {"type": "boolean"}
    if kind == "count":
        return {"type": "integer", "minimum": 0, "maximum": 1000}
    if kind == "const":
        return _const_property(action, argument)
    if kind == "append_const":
        argument.update(const=_stand_in(action.const, action), has_const=True)
        return {"type": "array", "items": {"enum": [argument["const"]]}}
    item = _item_of(parser, action, argument)
    if action.nargs == "?" and action.option_strings and kind == "store":
        _allow_const(action, argument, item)
    many = action.nargs not in (None, "?")
    prop = _list_of(item, action.nargs) if many and kind != "extend" else item
    if kind in ("append", "extend"):
        prop = {"type": "array", "items": prop}
        if kind == "extend" and action.nargs is None:
            argument["action"], prop = "custom", item
    return prop


def _list_of(item: dict[str, Json], nargs: Json) -> dict[str, Json]:
    prop: dict[str, Json] = {"type": "array", "items": item}
    if isinstance(nargs, int):
        prop["minItems"] = prop["maxItems"] = nargs
    elif nargs == "+":
        prop["minItems"] = 1
    for key in ("x-type", "x-enum-names"):
        if key in item:
            prop[key] = item.pop(key)
    return prop


def _const_property(action: argparse.Action, argument: dict[str, Json]) -> dict[str, Json]:
    argument.update(const=_stand_in(action.const, action), has_const=True)
    if isinstance(action.const, bool) and (action.default is None or isinstance(action.default, bool)):
        return {"type": "boolean"}
    values = [argument["const"]]
    if _is_json(action.default) and action.default is not None and not _is_suppressed(action.default):
        values.append(action.default)
    return {"enum": _distinct(values)}


def _stand_in(const: Json, action: argparse.Action) -> Json:
    """The JSON value that stands for a constant; a function goes by its name."""
    if _is_json(const) and const is not None:
        return const
    name = getattr(const, "__name__", None) or getattr(const, "name", None)
    if isinstance(name, str) and name != "<lambda>":
        return name
    return max(action.option_strings, key=len).lstrip("-+/")


def _allow_const(action: argparse.Action, argument: dict[str, Json], item: dict[str, Json]) -> None:
    """The value that the option has when it stands alone is a value too."""
    const = action.const
    if isinstance(const, str) and item.get("type") in ("integer", "number", "boolean"):
        # argparse converts a constant that is text, as it does with a default.
        const = _attempt(action.type, const)
    if const is None or not _is_json(const) or isinstance(const, (list, tuple, dict)):
        return
    argument.update(const=const, has_const=True)
    item["x-const"] = const
    wanted = _json_type(const)
    if "type" in item and wanted != item["type"] and not (wanted == "integer" and item["type"] == "number"):
        item["type"] = [item["type"], wanted]
    if "enum" in item and const not in item["enum"]:
        item["enum"] = [*item["enum"], const]


# -- types and choices ----------------------------------------------------------------------------------------------


def _item_of(
    parser: argparse.ArgumentParser, action: argparse.Action, argument: dict[str, Json]
) -> dict[str, Json]:
    convert = action.type
    if isinstance(convert, str) or convert is None:
        convert = parser._registry_get("type", convert, convert)
        if action.type is None:
            convert = None
    item, argument["text"] = _type_of(convert)
    if action.choices is not None:
        _add_choices(action.choices, convert, item, argument)
    return item


def _type_of(convert: Any) -> tuple[dict[str, Json], str]:
    """The schema of one value, and how it becomes text."""
    plain: dict[Any, tuple[dict[str, Json], str]] = {
        int: ({"type": "integer"}, "int"),
        float: ({"type": "number"}, "float"),
        bool: ({"type": "boolean"}, "bool"),
        str: ({"type": "string"}, "str"),
    }
    if convert is None:
        return plain[str]
    try:
        if convert in plain:
            return dict(plain[convert][0]), plain[convert][1]
    except TypeError:
        pass
    name = callable_name(convert)
    if isinstance(convert, argparse.FileType):
        mode = str(getattr(convert, "_mode", "r"))
        return {"type": "string", "format": "path", "x-type": f"FileType({mode!r})"}, "str"
    if isinstance(convert, type) and issubclass(convert, (pathlib.PurePath, os.PathLike)):
        return {"type": "string", "format": "path", "x-type": name}, "str"
    if name.rpartition(".")[2] in _PATH_FUNCTIONS:
        return {"type": "string", "format": "path", "x-type": name}, "str"
    if name in ("date.fromisoformat", "datetime.fromisoformat", "time.fromisoformat"):
        formats = {"date": "date", "datetime": "date-time", "time": "time"}
        return {"type": "string", "format": formats[name.partition(".")[0]], "x-type": name}, "str"
    if "bool" in name.lower() and (words := _boolean_words(convert)):
        return {"type": "boolean", "x-type": name}, words
    return {"type": "string", "x-type": name}, "str"


def _boolean_words(convert: Callable[[str], Any]) -> str:
    """``word`` where the callable takes "true" and "false" for what they say."""
    try:
        return "word" if convert("true") is True and convert("false") is False else ""
    except Exception:
        return ""


def callable_name(convert: Any) -> str:
    if isinstance(convert, functools.partial):
        return f"partial({callable_name(convert.func)})"
    if convert is json.loads:
        return "json.loads"
    name = getattr(convert, "__qualname__", None) or type(convert).__qualname__
    name = str(name).replace("<locals>.", "").rpartition("lambda")
    return "lambda" if name[1] else text_of(lambda: str(name[2]))


def _add_choices(choices: Any, convert: Any, item: dict[str, Json], argument: dict[str, Json]) -> None:
    if isinstance(choices, range) and len(choices) > 200 and item["type"] in ("integer", "number"):
        low, high = min(choices[0], choices[-1]), max(choices[0], choices[-1])
        item.update(minimum=low, maximum=high)
        if abs(choices.step) != 1 and low % abs(choices.step) == 0:
            item["multipleOf"] = abs(choices.step)
        return
    values = _listed(choices)
    if values is None:
        return
    if isinstance(choices, str) and item["type"] == "string":
        values = list(choices)
    texts = [_choice_text(value, convert, item["type"]) for value in values]
    if texts and all(text is not None for text in texts):
        item["enum"] = _distinct(texts)


def _listed(choices: Any) -> list[Any] | None:
    try:
        values = []
        for value in choices:
            values.append(value)
            if len(values) > MAX_CHOICES:
                return None
        return values
    except Exception:
        return None


def _choice_text(value: Any, convert: Any, kind: Json) -> Json:
    """The JSON value by which a choice is given; None where there is none."""
    if kind in ("integer", "number", "boolean") and _json_type(value) in ("integer", "number", "boolean"):
        return value
    candidates = [value] if isinstance(value, str) and not isinstance(value, enum.Enum) else []
    if isinstance(value, enum.Enum):
        candidates += [value.value, value.name]
    candidates += [text_of(lambda: str(value))]
    for candidate in candidates:
        text = str(candidate)
        if _converts(convert, text, value):
            return text
    return value if isinstance(value, str) and not isinstance(value, enum.Enum) else None


def _converts(convert: Any, text: str, value: Any) -> bool:
    """Whether the script's own callable makes the value of the text."""
    try:
        return bool((text if convert is None else convert(text)) == value)
    except Exception:
        return False


# -- defaults -------------------------------------------------------------------------------------------------------


def _add_default(
    action: argparse.Action, argument: dict[str, Json], prop: dict[str, Json], reading: Reading
) -> None:
    default = action.default
    if argument["action"] == "const" and prop.get("type") == "boolean" and default is None:
        return
    if argument["action"] == "custom" and action.nargs == 0 and default is None:
        default = False
        prop["default"] = False
        argument.update(default=False, has_default=True)
        return
    if argument["action"] == "count":
        start = default if isinstance(default, int) and not isinstance(default, bool) else 0
        prop["minimum"] = start if default is not None else 1
    if default is None and not action.option_strings and action.nargs in ("*", "..."):
        default = []
    if default is None or _is_suppressed(default):
        return
    if is_fleeting(default, reading.scratch, reading.started):
        prop["x-default"] = _shown(default, reading)
        return
    value = _default_value(default, action, argument, prop)
    if value is _NONE:
        prop["x-default"] = _shown(default, reading)
        return
    prop["default"] = value
    argument.update(default=value, has_default=True)


_NONE: Any = object()


def _default_value(
    default: Any, action: argparse.Action, argument: Mapping[str, Json], prop: Mapping[str, Json]
) -> Json:
    """The JSON value that gives the same as the default, or ``_NONE``."""
    if isinstance(default, enum.Enum) or not _is_json(default):
        return _given_as(default, action, argument, prop)
    if isinstance(default, tuple):
        default = list(default)
    if isinstance(default, str) and prop.get("type") in ("integer", "number", "boolean"):
        converted = _attempt(action.type, default)
        return converted if _is_json(converted) and fits(converted, prop) else _NONE
    if isinstance(default, (list, dict)):
        default = plain_copy(default)
    if fits(default, prop):
        return default
    return _given_as(default, action, argument, prop)


def _given_as(
    default: Any, action: argparse.Action, argument: Mapping[str, Json], prop: Mapping[str, Json]
) -> Json:
    """Text from which the script's callable makes the default."""
    if isinstance(default, (list, tuple)) and prop.get("type") == "array":
        items = [_given_as(each, action, argument, prop["items"]) for each in default]
        return items if _NONE not in items and fits(items, prop) else _NONE
    if argument["action"] == "const":
        return _NONE
    candidates = list(prop.get("enum", ()))
    if isinstance(default, pathlib.PurePath) or (prop.get("type") == "string" and action.type is not None):
        candidates += [text_of(lambda: str(default))]
    if not callable(action.type):
        return _NONE
    texts = [each for each in candidates if isinstance(each, str) and fits(each, prop)]
    return next((text for text in texts if _converts(action.type, text, default)), _NONE)


def _attempt(convert: Any, text: str) -> Any:
    try:
        return convert(text)
    except Exception:
        return _NONE


def is_fleeting(default: Any, scratch: str, started: float | None = None) -> bool:
    """Whether the default is of this moment or this place: the date, the clock, the folder of the reading."""
    started = time.time() if started is None else started
    if isinstance(default, (datetime.date, datetime.datetime, datetime.time)):
        return True
    if isinstance(default, float) and abs(default - started) < 3600:
        return True
    if isinstance(default, int) and not isinstance(default, bool):
        return abs(default - started) < 3600
    text = text_of(lambda: str(default)) if isinstance(default, (str, os.PathLike)) else ""
    if not text:
        return False
    today = datetime.datetime.now().astimezone().date()
    forms = ["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%Y_%m_%d", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y"]
    if any(today.strftime(form) in text for form in forms):
        return True
    return bool(scratch) and scratch in text


def _shown(default: Any, reading: Reading) -> str:
    if default is sys.stdin or default is sys.stdout or default is sys.stderr:
        names = {id(sys.stdin): "standard input", id(sys.stdout): "standard output"}
        return names.get(id(default), "standard error")
    if callable(default) and hasattr(default, "__name__"):
        return str(default.__name__)
    if isinstance(default, (datetime.date, datetime.datetime, datetime.time)):
        return default.isoformat()
    if isinstance(default, enum.Enum):
        return str(default.name)
    if isinstance(default, (set, frozenset)):
        return ", ".join(sorted(str(each) for each in default))[:MAX_TEXT]
    if isinstance(default, (list, tuple)):
        return ", ".join(str(each) for each in default)[:MAX_TEXT]
    text = text_of(lambda: str(default))
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return text.replace(reading.scratch, ".") if reading.scratch else text


def fits(value: Any, prop: Mapping[str, Json]) -> bool:
    """Whether a value is valid against the few keywords that are used here."""
    kinds = prop.get("type")
    if kinds is not None and not any(
        _json_type(value) == kind or (kind == "number" and _json_type(value) == "integer")
        for kind in ([kinds] if isinstance(kinds, str) else kinds)
    ):
        return False
    if "enum" in prop and not any(value == each and type(value) is type(each) for each in prop["enum"]):
        return False
    if isinstance(value, list):
        if not prop.get("minItems", 0) <= len(value) <= prop.get("maxItems", len(value)):
            return False
        return all(fits(each, prop.get("items", {})) for each in value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(prop.get("minimum", value) <= value <= prop.get("maximum", value))
    return True


def plain_copy(value: Any) -> Json:
    """Lists for tuples."""
    if isinstance(value, (list, tuple)):
        return [plain_copy(each) for each in value]
    return {key: plain_copy(each) for key, each in value.items()} if isinstance(value, dict) else value


def _is_suppressed(value: Any) -> bool:
    """Without comparing: a script's objects may do anything when they are compared."""
    return isinstance(value, str) and value == argparse.SUPPRESS


# -- texts ----------------------------------------------------------------------------------------------------------


def _add_texts(
    parser: argparse.ArgumentParser,
    action: argparse.Action,
    argument: Mapping[str, Json],
    prop: dict[str, Json],
) -> None:
    prop["title"] = title_of(action.dest)
    if action.option_strings:
        prop["x-flag"] = max(action.option_strings, key=lambda flag: (flag.startswith("--"), len(flag)))
        if argument["action"] == "boolean":
            prop["x-flag"] = next(
                (flag for flag in action.option_strings if not flag.startswith("--no-")), prop["x-flag"]
            )
    if _is_suppressed(action.help):
        prop["x-advanced"] = True
    elif text := text_of(lambda: _help(parser, action)):
        prop["description"] = text
    if is_secret(action.dest):
        prop["x-advanced"] = True
        prop["x-secret"] = True
    if argument["action"] == "custom" and type(action) is not argparse._StoreAction:
        prop.setdefault("x-type", type(action).__name__)
    if isinstance(action.metavar, str) and action.metavar.strip():
        prop["x-metavar"] = action.metavar


def is_secret(name: str) -> bool:
    """Whether the name of a field says that its value is nobody's business."""
    return bool(_SECRET.search(name))


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    if not action.help:
        return ""
    try:
        return str(parser._get_formatter()._expand_help(action)).strip()
    except Exception:
        return str(action.help).strip()


def _formatted(parser: argparse.ArgumentParser, text: Any) -> str:
    if not text:
        return ""
    plain = str(text)
    if "%(prog)" in plain:
        plain = plain % {"prog": parser.prog}
    return "\n".join(line.strip() for line in plain.strip().splitlines())


def text_of(make: Callable[[], str]) -> str:
    """A text that a script's object gives, or nothing where it fails."""
    try:
        # Half surrogate pairs in texts for people would break every later encoding.
        return str(make())[:MAX_TEXT].encode("utf-8", "replace").decode()
    except Exception:
        return ""


def title_of(name: str) -> str:
    words = re.sub(r"[_\-]+", " ", name).strip()
    return words[:1].upper() + words[1:] if words else name


# -- JSON -----------------------------------------------------------------------------------------------------------


def _merged(first: dict[str, Json], second: dict[str, Json]) -> dict[str, Json]:
    """Several options write the same value: it may be what any of them gives."""
    merged = {**second, **first}
    if first.get("type") == "array" and second.get("type") == "array":
        one, other = first["items"], second["items"]
        merged["items"] = _either(one, other)
        return merged
    for key in ("enum", "type"):
        merged.pop(key, None)
    merged.update(_either(first, second))
    if "default" in merged and not fits(merged["default"], merged):
        merged["x-default"] = str(merged.pop("default"))
    return merged


def _either(first: Mapping[str, Json], second: Mapping[str, Json]) -> dict[str, Json]:
    if "enum" in first and "enum" in second:
        return {"enum": _distinct([*first["enum"], *second["enum"]])}
    kinds: list[str] = []
    for each in (first, second):
        declared = each.get("type") or sorted({_json_type(value) for value in each.get("enum", ())})
        kinds += [declared] if isinstance(declared, str) else declared
    kinds = list(dict.fromkeys(kinds))
    return {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}


def _distinct(values: Iterable[Json]) -> list[Json]:
    seen: dict[str, Json] = {}
    for value in values:
        seen.setdefault(f"{_json_type(value)} {value!r}", value)
    return list(seen.values())


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "object")


def _is_json(value: Any, depth: int = 0) -> bool:
    """Whether a value is JSON as it is; subclasses (enums, numpy's numbers) are not."""
    if value is None or type(value) in (bool, int, str):
        return True
    if type(value) is float:
        return math.isfinite(value)
    if depth > 20:
        return False
    if type(value) in (list, tuple):
        return all(_is_json(each, depth + 1) for each in value)
    if type(value) is dict:
        return all(type(key) is str and _is_json(each, depth + 1) for key, each in value.items())
    return False
