"""What a description of a program may say, checked with the line of each fault."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from ..core.limits import KEYS as LIMIT_KEYS
from ..core.limits import SPACE, limit_of
from ..core.programs import Program, ProgramLine, Word
from ..core.retries import Retry
from ..core.tools import Delivery, View
from .settings import languages_of, translations_of

Json = Any
#: Every key of a description, with what it is for.
KEYS: dict[str, str] = {
    "title": "Name for people; a text, or one for each language: `{en: …, ru: …}`.",
    "description": "What it does; likewise in several languages.",
    "category": "Where it is listed; by default the sub-folder, or the toolbox.",
    "tags": "Words by which it is found.",
    "icon": "Name of a drawing.",
    "hidden": "`true` where it is not listed.",
    "command": "The program and its words, as a list. A text is a word as it is: no shell reads it, nothing needs quotes. "
    "The first is the program: a path from the description's folder where it has a `/` (`./count.sh`), else a command "
    "of the system. A mapping is a word that a param gives; see below.",
    "params": "What the form asks for, by name; see below.",
    "stdin": "What the program reads: a text, `{param: NAME}` for the text of a param, or `{file: NAME}` for the "
    "file that it names. Else nothing.",
    "stdout": "Name of a file that keeps what the program prints, byte by byte. Else that is the log.",
    "outputs": "Patterns of the files that are kept, such as `*.csv`; a run that leaves none for one of them has failed. "
    "Without it every new or changed file is kept.",
    "env": "Environment variables: a text, or `{param: NAME}`.",
    "exit_codes": "Those that mean success; `[0]` unless told otherwise.",
    "progress": "A regular expression for lines that tell progress, with the groups `done` and `total`, or `percent`, "
    "and `text`; in RE2's syntax, without lookaround and back-references. The first 200 characters of a line count.",
    "root": "Folder that a run sees as its own; by default that of the toolbox.",
    "view": "`private` (the originals stay), `publish` (a finished run's changes are put back) or `in_place`.",
    "delivery": "`at_most_once`, `idempotent` or `transactional`.",
    **LIMIT_KEYS,
    "max_attempts": "Attempts in all, where the delivery or `retry` allows more than one; 3.",
    "max_running": "Runs at a time, whoever asks for them; the others wait. Any number by itself.",
    "retry": "Failures that are tried again by themselves: a list of reasons, or a mapping; see below.",
    "reuse": "`true` where a run takes the result of an earlier one that was the same, `false` where it never may.",
}
#: Every key of a word.
WORD_KEYS: dict[str, str] = {
    "param": "The param that gives the word; nothing where it has no value, is `false` or an empty list.",
    "flag": "A word in front: `{param: count, flag: --count}` gives `--count 3`. Of a boolean the word where it is true.",
    "off": "The word where a boolean is false.",
    "prefix": "Text in front of the value in the same word: `{param: count, prefix: --count=}` gives `--count=3`.",
    "repeat": "`true`: the flag stands in front of each item of a list.",
    "join": "The items of a list become one word, with this text between them.",
    "dash": "`true` where a text that begins with `-` may be a word of its own. Else it is refused, since the program could "
    "take it for an option, unless its mapping has a `flag` or a `prefix`, or the word `--` stands before. A flag that is "
    "a word of its own (`-e`) does not count: nobody can tell whether it takes a value. `choices` are never refused.",
    "optional": "A list of words that are there only where all their params have a value.",
}
#: Every key of a param.
PARAM_KEYS: dict[str, str] = {
    "type": "`text`, `integer`, `number`, `boolean`, `path`, `file`, `folder`, `date`, `time`, `datetime` or `list`.",
    "title": "Name for people.",
    "description": "A sentence about it.",
    "default": "Its value where nothing else is chosen.",
    "required": "`false` where it may be left out; what has a default, and a boolean, is not required.",
    "choices": "The values that it can have.",
    "items": "Of a list: the type of each item, or a param of its own.",
    "accepts": "Of a file: endings (`.csv`) and media types.",
    "minimum": "Of a number.",
    "maximum": "Of a number.",
    "min_items": "Of a list.",
    "max_items": "Of a list.",
    "max_length": "Of a text.",
    "pattern": "Of a text: a regular expression that fits it.",
    "advanced": "`true` where the form shows it on demand.",
    "secret": "`true` where nobody shall see it.",
}
_TYPES: dict[str, dict[str, Json]] = {
    "text": {"type": "string"},
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "path": {"type": "string", "format": "path"},
    "file": {"type": "string", "format": "file-path"},
    "folder": {"type": "string", "format": "directory-path"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
}
_PLAIN = {
    "minimum": "minimum", "maximum": "maximum", "min_items": "minItems", "max_items": "maxItems", "max_length": "maxLength",
    "pattern": "pattern",
}  # fmt: skip
_NAME = re.compile(r"[^\W\d]\w*")
_Path = tuple[Any, ...]
_RESOLVED_OTHERWISE = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp")


# -- YAML with lines ------------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Only ``true`` and ``false`` are booleans, and a date is a text: whoever writes ``off: --no-colour`` means that."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [each for each in resolvers if each[0] not in _RESOLVED_OTHERWISE]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)


@dataclass
class Places:
    """Where each part of a description stands, and how it is written there."""

    lines: dict[_Path, int]
    written: dict[_Path, str]

    def line_of(self, where: _Path) -> int:
        """Of the part itself, or of what it stands in."""
        ends = range(len(where), -1, -1)
        return next((self.lines[where[:end]] for end in ends if where[:end] in self.lines), 1)


def parsed(text: str) -> tuple[Json, Places]:
    """The data of a description. Raises YAMLError, ValueError, RecursionError."""
    loader = _Loader(text)
    places = Places({(): 1}, {})
    try:
        root = loader.get_single_node()
        if root is None:
            return None, places
        _note_places(root, (), places)
        return loader.construct_document(root), places
    finally:
        loader.dispose()


def _note_places(node: yaml.Node, path: _Path, places: Places) -> None:
    if len(path) > 20:
        raise ValueError("nested too deeply")
    places.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        places.written[path] = node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, key.value)
            if below in places.lines:
                problem = f"{key.value} stands there twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            places.lines[below] = key.start_mark.line + 1
            _note_places(value, below, places)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_places(item, (*path, index), places)


# -- reading --------------------------------------------------------------------------------------------------------


class Description:
    """Reads the data of one file; what is wrong is gathered, and the rest is read all the same."""

    def __init__(self, folder: Path, places: Places) -> None:
        self._folder = folder
        self._places = places
        self._params: dict[str, dict[str, Json]] = {}
        self._used: set[str] = set()
        #: Each with its line.
        self.problems: list[tuple[int, str]] = []

    def read(self, data: Json) -> dict[str, Json]:
        """``schema``, ``command_line``, ``program``, texts and policy; what is wrong is among the problems."""
        if not self._is_mapping(data, ()):
            return {}
        self._known(data, KEYS, ())
        if "command" not in data:
            self._problem((), "has no command: a list whose first word is the program")
            return {}
        schema = self._schema(data.get("params") or {})
        program, word, words = self._command(data["command"])
        described = {
            "schema": schema,
            "command_line": asdict(ProgramLine(words=tuple(words))),
            "program": asdict(self._program(program, data)),
            "word": word,
            "description": self._text(data, "description"),
            "translations": translations_of(data, data.get("params") or {}),
            **self._settings(data),
        }
        if not self.problems:
            for name in self._params:
                if name not in self._used:
                    self._problem(("params", name), f"param {name} is not used in the command")
        return described

    def _settings(self, data: Mapping[str, Json]) -> dict[str, Json]:
        return {
            "title": self._text(data, "title"),
            "category": self._text(data, "category"),
            "icon": self._text(data, "icon"),
            "tags": self._texts(data, "tags"),
            "root": self._text(data, "root"),
            "view": self._choice(data, "view", [each.value for each in View]),
            "delivery": self._choice(data, "delivery", [each.value for each in Delivery]),
            "time_limit": self._number(data, "time_limit"),
            **self._limits(data),
            "max_attempts": self._number(data, "max_attempts", whole=True),
            "max_running": self._number(data, "max_running", whole=True),
            "retry": self._retry(data),
            "reuse": self._flag(data, "reuse"),
            "hidden": data.get("hidden") is True,
        }

    def _flag(self, data: Mapping[str, Json], key: str) -> bool | None:
        value = data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._problem((key,), f"{key} must be true or false")
        return None

    # -- the command ----------------------------------------------------------------------------------------------

    def _command(self, data: Json) -> tuple[str, str, list[Word]]:
        """The program's path, its word as it was written, and the words behind it."""
        where = ("command",)
        if isinstance(data, str):
            self._problem(
                where, f"command must be a list of words, such as {data.split()}: no shell reads it"
            )
            return "", "", []
        if not isinstance(data, list) or not data:
            self._problem(where, "command must be a list of words")
            return "", "", []
        first = data[0]
        if not isinstance(first, str) or not first.strip():
            self._problem(("command", 0), "the first word is the program: a text")
            return "", "", []
        words = [self._word(each, ("command", index)) for index, each in enumerate(data) if index]
        return self._found(first), first, [each for each in words if each is not None]

    def _found(self, word: str) -> str:
        if "/" in word:
            return os.path.normpath(self._folder.resolve() / os.path.expanduser(word))
        return shutil.which(word) or f"/nowhere/{word}"

    def _word(self, data: Json, where: _Path) -> Word | None:
        if isinstance(data, (str, int, float)) and not isinstance(data, bool):
            # A number as it is written: 1.50 is no 1.5 here.
            return Word(literal=self._places.written.get(where, str(data)))
        if not isinstance(data, dict):
            self._problem(
                where, f"a word is a text or a mapping such as {{param: name}}; {data!r} is neither"
            )
            return None
        if not self._known(data, WORD_KEYS, where):
            return None
        if "optional" in data:
            return self._optional(data, where)
        if not (name := self._param_name(data, "param", where)):
            return None
        return Word(
            param=name,
            flag=self._text(data, "flag", where) or "",
            off=self._text(data, "off", where) or "",
            prefix=self._text(data, "prefix", where) or "",
            repeat=data.get("repeat") is True,
            join=self._text(data, "join", where),
            dash=data.get("dash") is True or self._is_chosen(name),
        )

    def _is_chosen(self, name: str) -> bool:
        """Whether the description itself says which values there are."""
        prop = self._params[name]
        return "enum" in prop or "enum" in prop.get("items", {})

    def _optional(self, data: Mapping[str, Json], where: _Path) -> Word | None:
        inner = data["optional"]
        if not isinstance(inner, list) or len(data) > 1:
            self._problem(where, "optional is a list of words, alone in its mapping")
            return None
        words = [self._word(each, (*where, "optional", index)) for index, each in enumerate(inner)]
        made = Word(optional=tuple(each for each in words if each is not None))
        if not any(True for _ in made.params()) and not self.problems:
            self._problem(where, "optional has no param that decides whether it is there")
        return made

    def _param_name(self, data: Mapping[str, Json], key: str, where: _Path) -> str:
        name = data.get(key)
        if not isinstance(name, str) or name not in self._params:
            known = ", ".join(self._params) or "none"
            said = f"there is no param {name}" if name is not None else f"{key} is missing"
            self._problem((*where, key), f"{said}; declared under params: {known}")
            return ""
        self._used.add(name)
        return name

    def _program(self, path: str, data: Mapping[str, Json]) -> Program:
        stdin, is_file = self._stdin(data.get("stdin"))
        progress = self._text(data, "progress") or ""
        self._check_progress(progress)
        stdout = self._text(data, "stdout") or ""
        if stdout and (os.path.isabs(stdout) or ".." in Path(stdout).parts):
            self._problem(("stdout",), "stdout is the name of a file in the run's own folder")
        codes = data.get("exit_codes", [0])
        if (
            not isinstance(codes, list)
            or not codes
            or not all(type(each) is int and 0 <= each < 256 for each in codes)
        ):
            self._problem(("exit_codes",), "exit_codes must be a list of numbers from 0 to 255")
            codes = [0]
        return Program(
            path=path,
            stdin=stdin,
            stdin_is_file=is_file,
            stdout=stdout,
            env=self._environment(data.get("env") or {}),
            outputs=tuple(self._texts(data, "outputs") or ()),
            exit_codes=tuple(codes),
            progress=progress,
        )

    def _stdin(self, data: Json) -> tuple[Word | None, bool]:
        if data is None:
            return None, False
        if isinstance(data, str):
            return Word(literal=data), False
        if not isinstance(data, dict) or len(data) != 1 or not set(data) <= {"param", "file"}:
            self._problem(("stdin",), "stdin must be a text, {param: name} or {file: name}")
            return None, False
        (key,) = data
        name = self._param_name(data, key, ("stdin",))
        return (Word(param=name) if name else None), key == "file"

    def _environment(self, data: Json) -> dict[str, Word]:
        if not self._is_mapping(data, ("env",)):
            return {}
        found = {}
        for name, value in data.items():
            where = ("env", name)
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)) or str(name).startswith("TOOLRUNNER_"):
                self._problem(where, f"{name} can't be set as an environment variable")
            elif isinstance(value, dict) and not self._known(value, {"param": ""}, where):
                continue
            elif (word := self._word(value, where)) is not None:
                found[str(name)] = word
        return found

    def _check_progress(self, pattern: str) -> None:
        if not pattern:
            return
        from ..core.progress_patterns import NoPattern, ProgressPattern

        try:
            groups = ProgressPattern(pattern).groups
        except NoPattern as error:
            self._problem(("progress",), f"progress is no regular expression that RE2 takes: {error}")
            return
        if not groups & {"done", "percent"}:
            self._problem(("progress",), "progress needs a group (?P<done>…) or (?P<percent>…)")

    # -- params ---------------------------------------------------------------------------------------------------

    def _schema(self, data: Json) -> dict[str, Json]:
        required = []
        if self._is_mapping(data, ("params",)):
            for name, said in data.items():
                where = ("params", name)
                if not isinstance(name, str) or not _NAME.fullmatch(name):
                    self._problem(where, f"{name!r} can't name a param: letters, digits and _ can")
                    continue
                prop = self._param(said, where)
                prop.setdefault("title", _title(name))
                if self._is_required(said, prop):
                    required.append(name)
                self._params[name] = prop
        schema: dict[str, Json] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": self._params,
            "additionalProperties": False,
            "x-order": list(self._params),
        }
        return {**schema, "required": required} if required else schema

    def _is_required(self, said: Json, prop: dict[str, Json]) -> bool:
        if prop.get("type") == "boolean" and "default" not in prop:
            prop["default"] = False
        wanted = said.get("required") if isinstance(said, dict) else None
        return bool(wanted) if isinstance(wanted, bool) else "default" not in prop

    def _param(self, data: Json, where: _Path) -> dict[str, Json]:
        if isinstance(data, str):
            return self._of_type(data, where)
        if isinstance(data, list):
            return self._of_choices(data, {}, where)
        if not self._is_mapping(data, where) or not self._known(data, PARAM_KEYS, where):
            return {}
        prop = self._of_type(data.get("type", "list" if "items" in data else "text"), where)
        if "choices" in data:
            prop = self._of_choices(data["choices"], prop, (*where, "choices"))
        prop |= {word: self._limit(data[key], key, where) for key, word in _PLAIN.items() if key in data}
        if "items" in data:
            prop["items"] = self._param(data["items"], (*where, "items"))
        self._add_texts(prop, data, where)
        if data.get("default") is not None:
            self._add_default(prop, data["default"], (*where, "default"))
        return prop

    def _add_texts(self, prop: dict[str, Json], data: Mapping[str, Json], where: _Path) -> None:
        for key in ("title", "description"):
            if (text := self._text(data, key, where)) is not None:
                prop[key] = text
        if (accepts := self._texts(data, "accepts", where)) is not None:
            prop["x-accepts"] = accepts
        prop |= {f"x-{key}": True for key in ("advanced", "secret") if data.get(key) is True}

    def _of_type(self, name: Json, where: _Path) -> dict[str, Json]:
        if not isinstance(name, str) or name not in _TYPES:
            self._problem((*where, "type"), f"type {name!r} is not known; known are {', '.join(_TYPES)}")
            return {}
        return dict(_TYPES[name])

    def _of_choices(self, choices: Json, prop: dict[str, Json], where: _Path) -> dict[str, Json]:
        plain = (
            isinstance(choices, list)
            and choices
            and all(isinstance(each, (str, int, float)) and not isinstance(each, bool) for each in choices)
        )
        if not plain:
            self._problem(
                where, "choices must be a list of texts or numbers; put on, off, yes and no into quotes"
            )
            return prop
        if prop.get("type") == "array":
            return {**prop, "items": {"enum": choices}}
        return {**{key: each for key, each in prop.items() if key != "type"}, "enum": choices}

    def _limit(self, value: Json, key: str, where: _Path) -> Json:
        if key == "pattern":
            try:
                re.compile(value)
                return value
            except (re.error, TypeError) as error:
                self._problem((*where, key), f"pattern is no regular expression: {error}")
                return ""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._problem((*where, key), f"{key} must be a number")
        return value

    def _add_default(self, prop: dict[str, Json], default: Json, where: _Path) -> None:
        from jsonschema import Draft202012Validator

        try:
            fits = Draft202012Validator(prop).is_valid(default)
        except Exception:
            # What is wrong with the param itself is a problem already.
            return
        if not fits:
            self._problem(where, f"default {default!r} does not fit the param")
        prop["default"] = default

    # -- parts ----------------------------------------------------------------------------------------------------

    def _known(self, data: Mapping[Any, Json], keys: Mapping[str, str], where: _Path) -> bool:
        unknown = [key for key in data if key not in keys]
        for key in unknown:
            self._problem((*where, key), f"{key} is not known here; known are {', '.join(sorted(keys))}")
        return not unknown

    def _is_mapping(self, data: Json, where: _Path) -> bool:
        if not isinstance(data, dict):
            self._problem(where, f"{_place(where)} must be a mapping")
        return isinstance(data, dict)

    def _text(self, data: Mapping[str, Json], key: str, where: _Path = ()) -> str | None:
        value = data.get(key)
        if isinstance(value, dict) and key in ("title", "description", "category"):
            return languages_of(value).get("en")
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        self._problem((*where, key), f"{key} must be a text")
        return None

    def _texts(self, data: Mapping[str, Json], key: str, where: _Path = ()) -> list[str] | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            return [value]
        if isinstance(value, list) and all(isinstance(each, (str, int, float)) for each in value):
            return [str(each) for each in value]
        self._problem((*where, key), f"{key} must be a list of texts")
        return None

    def _number(self, data: Mapping[str, Json], key: str, *, whole: bool = False) -> Json:
        value = data.get(key)
        kinds = int if whole else (int, float)
        if value is None or (isinstance(value, kinds) and not isinstance(value, bool) and 0 < value < 1e9):
            return value
        self._problem((key,), f"{key} must be a {'whole ' if whole else ''}number above 0")
        return None

    def _retry(self, data: Mapping[str, Json]) -> Json:
        if (given := data.get("retry")) is not None:
            try:
                Retry.of(given)
            except ValueError as error:
                self._problem(("retry",), str(error))
                return None
        return given

    def _limits(self, data: Mapping[str, Json]) -> dict[str, Json]:
        found = {}
        for key in SPACE:
            if data.get(key) is not None:
                try:
                    found[key] = limit_of(key, data[key])
                except ValueError as error:
                    self._problem((key,), f"{key} {error}")
        return found

    def _choice(self, data: Mapping[str, Json], key: str, choices: list[str]) -> str | None:
        value = data.get(key)
        if value is None or value in choices:
            return value
        self._problem((key,), f"{key} must be one of {', '.join(choices)}")
        return None

    def _problem(self, where: _Path, message: str) -> None:
        self.problems.append((self._places.line_of(where), message))


def _place(where: _Path) -> str:
    return ".".join(map(str, where)) or "the file"


def _title(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
