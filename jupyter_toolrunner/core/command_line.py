"""How a script takes its params: what was read from its ``argparse`` parser, as a value.

Turns params into an ``argv`` list that the parser reads back as exactly these values, and names the values that argparse or
the operating system cannot carry. What argparse does with ``--``, leading dashes, abbreviations and open-ended lists differs
between positions and between versions of Python, so the judge is argparse itself: each list of arguments is read back by a
parser of the same shape before it is handed out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice, product
from typing import Any, NoReturn

from .errors import InvalidParams, Problem
from .words import canonical, short, unprintable

#: More repetitions of a counted flag than anyone means.
MAX_COUNT = 1000
#: Actions that take values from the command line.
_STORING = ("store", "append", "extend", "custom")
#: Arrangements that are tried before a value counts as impossible.
_MAX_ARRANGEMENTS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One thing that the parser takes."""

    #: Name of the property in the params.
    field: str
    #: Name in argparse's namespace; mostly the same.
    dest: str
    #: Option strings; none for a positional.
    flags: tuple[str, ...] = ()
    #: ``store``, ``const``, ``append``, ``append_const``, ``extend``, ``count``, ``boolean``, ``command`` or ``custom``.
    action: str = "store"
    #: As argparse has it: None, a number, ``?``, ``*``, ``+``, ``...``.
    nargs: str | int | None = None
    #: How a JSON value becomes text: ``str``, ``int``, ``float``, ``bool`` (``bool('')`` is false), ``word`` (true, false).
    text: str = "str"
    #: The JSON value that stands for the constant, where ``has_const``.
    const: Any = None
    has_const: bool = False
    #: The JSON value that equals the default, where ``has_default``.
    default: Any = None
    has_default: bool = False
    required: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Argument:
        return cls(**{**data, "flags": tuple(data["flags"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusive:
    """Arguments of which at most one may be given."""

    #: Positions in ``Parser.arguments``.
    members: tuple[int, ...]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """The shape of one parser; that of a sub-command is one of its ``commands``."""

    arguments: tuple[Argument, ...] = ()
    exclusive: tuple[Exclusive, ...] = ()
    commands: Mapping[str, Parser] | None = None
    prefix_chars: str = "-"
    fromfile_prefix_chars: str | None = None
    allow_abbrev: bool = True

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Parser:
        commands = data.get("commands")
        return cls(
            **{
                **data,
                "arguments": tuple(Argument.from_json(each) for each in data["arguments"]),
                "exclusive": tuple(
                    Exclusive(members=tuple(each["members"]), required=each["required"])
                    for each in data["exclusive"]
                ),
                "commands": {name: cls.from_json(each) for name, each in commands.items()}
                if commands
                else None,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    parser: Parser = Parser()
    #: The method that the script parses with.
    method: str = "parse_args"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CommandLine:
        return cls(parser=Parser.from_json(data["parser"]), method=data["method"])

    def problems(self, params: Mapping[str, Any]) -> list[Problem]:
        """Values that cannot be carried, each with its field."""
        return self._arranged(params)[1]

    def argv(self, params: Mapping[str, Any]) -> list[str]:
        """The arguments after the program's name. Raises InvalidParams where a value cannot be carried."""
        words, problems = self._arranged(params)
        if problems:
            raise InvalidParams(problems)
        return words

    def _arranged(self, params: Mapping[str, Any]) -> tuple[list[str], list[Problem]]:
        try:
            plan = _plan(self.parser, params)
        except _Impossible as impossible:
            return [], impossible.problems
        if problems := _unprintable(plan):
            return [], problems
        first: list[Problem] = []
        for words in islice(_arrangements(plan), _MAX_ARRANGEMENTS):
            problems = self._read_back(plan, words)
            if not problems:
                return words, []
            first = first or problems
        return [], first

    def _read_back(self, plan: _Plan, words: list[str]) -> list[Problem]:
        """What the script's parser would not read as it was meant."""
        if problems := _from_files(plan, words):
            return problems
        try:
            parser = _replica(self.parser)
            method = getattr(parser, self.method, parser.parse_args)
            answer = method(list(words))
        except (_Refused, argparse.ArgumentError, ValueError, IndexError, TypeError) as error:
            return [_explain(plan, error)]
        known, rest = answer if isinstance(answer, tuple) else (answer, [])
        wrong = [
            Problem(field, _why_not(value))
            for field, dest, value in plan.expected()
            if not _same(getattr(known, dest, _ABSENT), value)
        ]
        if rest and not wrong:
            wrong = [_explain(plan, ValueError(f"unrecognized arguments: {' '.join(rest)[:200]}"))]
        return wrong


class _Impossible(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems


class _Refused(Exception):
    """The parser printed a usage error."""


class _Marker:
    """Stands for a default, or for a value that is not given."""

    def __init__(self, name: str) -> None:
        self.name = name


_DEFAULT = _Marker("default")
_ABSENT = _Marker("absent")


# -- from params to words -------------------------------------------------------------------------------------------


@dataclass
class _Given:
    """One argument with the words that give it."""

    argument: Argument
    #: Words of an option, each list one occurrence; of a positional, its values.
    words: list[list[str]]
    #: Whether it would swallow values that follow it.
    open_ended: bool = False


@dataclass
class _Plan:
    parser: Parser
    options: list[_Given]
    positionals: list[_Given]
    #: What argparse must answer: field, dest, value.
    results: list[tuple[str, str, Any]]
    command: tuple[Argument, str, _Plan] | None = None

    def expected(self) -> list[tuple[str, str, Any]]:
        """A sub-command's values replace those of its parent."""
        by_dest = {dest: (field, dest, value) for field, dest, value in self.results}
        if self.command:
            by_dest.update({dest: (field, dest, value) for field, dest, value in self.command[2].expected()})
        return list(by_dest.values())

    def given(self) -> Iterator[_Given]:
        yield from self.options
        yield from self.positionals
        if self.command:
            yield from self.command[2].given()

    def levels(self) -> Iterator[_Plan]:
        yield self
        if self.command:
            yield from self.command[2].levels()


def _plan(parser: Parser, params: Mapping[str, Any], outer: frozenset[str] = frozenset()) -> _Plan:
    plan = _Plan(parser, [], [], [])
    inner: frozenset[str] = frozenset()
    for argument in parser.arguments:
        if argument.action == "command" and params.get(argument.field) is not None:
            name = str(params[argument.field])
            chosen = (parser.commands or {}).get(name)
            if chosen is None:
                raise _Impossible([Problem(argument.field, f"there is no command {name!r}")])
            plan.command = (argument, name, _plan(chosen, params))
            inner = frozenset(each.field for each in chosen.arguments)
            plan.results.append((argument.field, argument.dest, name))
    problems: list[Problem] = []
    for field, arguments in _by_field(parser).items():
        if field in inner:
            continue
        try:
            _plan_field(plan, field, arguments, params)
        except _Impossible as impossible:
            problems += impossible.problems
    if problems:
        raise _Impossible(problems)
    _drop_trailing_defaults(plan, params)
    return plan


def _by_field(parser: Parser) -> dict[str, list[Argument]]:
    fields: dict[str, list[Argument]] = {}
    for argument in parser.arguments:
        if argument.action != "command":
            fields.setdefault(argument.field, []).append(argument)
    return fields


def _plan_field(plan: _Plan, field: str, arguments: list[Argument], params: Mapping[str, Any]) -> None:
    positional = next((each for each in arguments if not each.flags), None)
    if field not in params:
        if positional is None:
            _omit(plan, field, arguments)
        return
    value = params[field]
    if positional is not None:
        texts = _texts(positional, value)
        plan.positionals.append(_Given(positional, [texts]))
        plan.results.append((field, positional.dest, _expected(positional, value)))
    elif _is_default(arguments, value):
        _omit(plan, field, arguments)
    else:
        _plan_option(plan, field, arguments, value)


def _omit(plan: _Plan, field: str, arguments: list[Argument]) -> None:
    first = arguments[0]
    if any(each.required for each in arguments):
        if not _is_default(arguments, first.default) or first.default is None:
            raise _Impossible([Problem(field, "is required")])
        _plan_option(plan, field, arguments, first.default)
        return
    plan.results.append((field, first.dest, _DEFAULT))


def _is_default(arguments: list[Argument], value: Any) -> bool:
    first = arguments[0]
    return first.has_default and not first.required and _canonical(first.default) == _canonical(value)


def _plan_option(plan: _Plan, field: str, arguments: list[Argument], value: Any) -> None:
    expected: Any = value
    listing = [each for each in arguments if each.action in ("append", "append_const", "extend")]
    if listing and isinstance(value, list):
        expected = _plan_list(plan, field, listing, value)
    elif constant := _constant(arguments, value):
        plan.options.append(_Given(constant, [[_flag(constant, value)]]))
    elif counting := next((each for each in arguments if each.action == "count"), None):
        plan.options.append(_Given(counting, _counted(field, counting, value)))
    elif storing := next((each for each in arguments if each.action in _STORING), None):
        words, open_ended = _option_words(storing, value)
        plan.options.append(_Given(storing, [words], open_ended))
        expected = _expected(storing, value)
    else:
        raise _Impossible([Problem(field, f"no option of the script gives {_short(value)}")])
    plan.results.append((field, arguments[0].dest, expected))


def _constant(arguments: list[Argument], value: Any) -> Argument | None:
    """The argument whose flag alone gives this value."""
    for each in arguments:
        if each.action == "boolean" and isinstance(value, bool):
            return each
        flag_alone = each.action == "const" or (each.action == "custom" and each.nargs == 0)
        # A value that can be written is safer written: the constant of ``nargs="?"`` may be shared with a type.
        optional = each.nargs == "?" and each.action == "store" and not _writable(each, value)
        if (flag_alone or optional) and each.has_const and _canonical(each.const) == _canonical(value):
            return each
    return None


def _writable(argument: Argument, value: Any) -> bool:
    if argument.text == "str":
        return isinstance(value, str)
    if argument.text in ("bool", "word"):
        return isinstance(value, bool)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _counted(field: str, argument: Argument, value: Any) -> list[list[str]]:
    start = argument.default if isinstance(argument.default, int) else 0
    if isinstance(value, bool) or not isinstance(value, int) or value <= start - (start > 0):
        raise _Impossible([Problem(field, f"is counted up from {start}; it can't be {_short(value)}")])
    if value > MAX_COUNT:
        raise _Impossible([Problem(field, f"is counted by repeating a flag; {MAX_COUNT} times at most")])
    return [[_flag(argument, value)] for _ in range(value - start)]


def _plan_list(plan: _Plan, field: str, arguments: list[Argument], value: list[Any]) -> list[Any]:
    """Lists grow from their default, so a value must begin with it."""
    start = arguments[0].default if isinstance(arguments[0].default, list) else []
    if _canonical(value[: len(start)]) != _canonical(start) or len(value) <= len(start):
        begin = f"begin with the default {_short(start)} and add to it" if start else "have at least one item"
        raise _Impossible([Problem(field, f"must {begin}, since each option only appends")])
    expected: list[Any] = list(start)
    for index, item in enumerate(value[len(start) :], len(start)):
        constant = next(
            (e for e in arguments if e.action == "append_const" and _canonical(e.const) == _canonical(item)),
            None,
        )
        storing = next((each for each in arguments if each.action in ("append", "extend")), None)
        if constant is not None:
            plan.options.append(_Given(constant, [[_flag(constant, item)]]))
            expected.append(item)
        elif storing is not None:
            try:
                words, open_ended = _option_words(storing, [item] if storing.action == "extend" else item)
            except _Impossible as impossible:
                raise _Impossible(
                    [Problem(f"{field}[{index}]", each.message) for each in impossible.problems]
                ) from None
            plan.options.append(_Given(storing, [words], open_ended))
            expected.append(_text(storing, item) if storing.action == "extend" else _expected(storing, item))
        else:
            raise _Impossible([Problem(f"{field}[{index}]", f"no option of the script gives {_short(item)}")])
    return expected


def _option_words(argument: Argument, value: Any) -> tuple[list[str], bool]:
    """The words of one occurrence, and whether it would swallow values that follow."""
    flag = _flag(argument, value)
    if argument.nargs == 0:
        raise _Impossible([Problem(argument.field, f"no option of the script gives {_short(value)}")])
    texts = _texts(argument, value)
    if argument.nargs == "...":
        return [flag, *texts], True
    if len(texts) == 1:
        return [f"{flag}={texts[0]}"], False
    return [flag, *texts], argument.nargs in ("*", "+", "?")


def _flag(argument: Argument, value: Any) -> str:
    flags = list(argument.flags)
    if argument.action == "boolean":
        negative = [each for each in flags if each.startswith("--no-")]
        flags = negative if value is False else [each for each in flags if each not in negative] or flags
    return max(flags, key=lambda each: (each[:1] == each[1:2], len(each)))


def _texts(argument: Argument, value: Any) -> list[str]:
    if argument.nargs in (None, "?"):
        return [_text(argument, value)]
    if not isinstance(value, list):
        raise _Impossible([Problem(argument.field, "must be a list")])
    return [_text(argument, item) for item in value]


def _expected(argument: Argument, value: Any) -> Any:
    texts = _texts(argument, value)
    return texts[0] if argument.nargs in (None, "?") else texts


def _text(argument: Argument, value: Any) -> str:
    if value is None:
        raise _Impossible([Problem(argument.field, "has no value; leave it out instead")])
    if not _writable(argument, value):
        raise _Impossible([Problem(argument.field, f"no option of the script gives {_short(value)}")])
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        if argument.text == "bool":
            return "True" if value else ""
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # argparse before 3.14 takes "-1e-05" for an option, "-0.00001" for a number.
        return format(Decimal(repr(value)), "f") if value < 0 else repr(value)
    raise AssertionError(value)


def _drop_trailing_defaults(plan: _Plan, params: Mapping[str, Any]) -> None:
    """Positionals that equal their default are left out as long as nothing follows them."""
    while plan.positionals and plan.command is None:
        argument = plan.positionals[-1].argument
        optional = argument.nargs in ("?", "*", "...")
        if not (optional and _is_default([argument], params[argument.field])):
            return
        plan.positionals.pop()
        plan.results = [
            (field, dest, _DEFAULT if field == argument.field else value)
            for field, dest, value in plan.results
        ]


# -- from words to a list -------------------------------------------------------------------------------------------


def _arrangements(plan: _Plan) -> Iterator[list[str]]:
    """Orders and guards under which argparse may read the words as they are meant, the plainest first."""
    levels = list(plan.levels())
    for layouts in product(*(_layouts(level) for level in levels)):
        yield [word for layout in layouts for word in layout]


def _layouts(plan: _Plan) -> list[list[str]]:
    options = sorted(plan.options, key=lambda given: given.argument.nargs == "...")
    last = [given for given in options if given.argument.nargs == "..."]
    opened = [given for given in options if given.open_ended and given not in last]
    closed = [given for given in options if not given.open_ended]
    front = _words(opened) + _words(closed)
    values = [word for given in plan.positionals for words in given.words for word in words]
    tail = [plan.command[1]] if plan.command else []
    remainder = bool(plan.positionals) and plan.positionals[-1].argument.nargs == "..."
    behind = _words(closed) + _words(opened)
    layouts = [front + values + _words(last) + tail]
    if values:
        layouts.append([*front, "--", *values, *tail])
        if not tail:
            layouts.append(values + behind + _words(last))
    if remainder and len(plan.positionals) > 1:
        head = [word for given in plan.positionals[:-1] for words in given.words for word in words]
        rest = plan.positionals[-1].words[0]
        layouts.append([*front, "--", *head, *rest])
    plain = not opened and not any(word[:1] in plan.parser.prefix_chars for word in values)
    if values and not plain and not last:
        layouts[0], layouts[1] = layouts[1], layouts[0]
    unique: list[list[str]] = []
    return [layout for layout in layouts if layout not in unique and not unique.append(layout)]  # type: ignore[func-returns-value]


def _words(given: Sequence[_Given]) -> list[str]:
    return [word for each in given for words in each.words for word in words]


# -- what no arrangement can carry ----------------------------------------------------------------------------------


def _unprintable(plan: _Plan) -> list[Problem]:
    return [
        problem
        for given in plan.given()
        for problem in unprintable(given.argument.field, [word for each in given.words for word in each])
    ]


def _from_files(plan: _Plan, words: Sequence[str]) -> list[Problem]:
    """Arguments that argparse would replace by a file's content."""
    signs = "".join(level.parser.fromfile_prefix_chars or "" for level in plan.levels())
    if not signs or not any(word[:1] and word[0] in signs for word in words):
        return []
    found = [
        given.argument.field
        for given in plan.given()
        if any(word[:1] and word[0] in signs for each in given.words for word in each)
    ]
    return [
        Problem(field, f"begins with {signs!r}, which the script takes for the name of a file of arguments")
        for field in dict.fromkeys(found)
    ]


def _why_not(value: Any) -> str:
    texts = value if isinstance(value, list) else [value]
    if "--" in texts:
        return "is or holds “--”, which argparse takes for the end of the options"
    if isinstance(value, list) and any(isinstance(each, str) and each.startswith("-") for each in texts):
        return "holds a value with a leading “-”, which argparse takes for an option here"
    if value is _DEFAULT:
        return "can't stay at its default beside the other values"
    return f"argparse can't take {_short(value)} here, beside the other values"


def _explain(plan: _Plan, error: Exception) -> Problem:
    """Which field it was that the parser refused."""
    message = str(error)
    named = getattr(error, "argument_name", None) or ""
    everything = list(plan.given())
    for given in everything:
        if named and (named in given.argument.flags or named == "/".join(given.argument.flags)):
            return Problem(given.argument.field, _dashes(given) or f"argparse refuses it: {message}")
    for given in everything:
        if why := _dashes(given):
            return Problem(given.argument.field, why)
    for given in everything:
        if named and named in (given.argument.field, given.argument.dest):
            return Problem(given.argument.field, f"argparse refuses it: {message}")
    missing = next((each.argument.field for each in everything if each.open_ended), "")
    if not missing and everything:
        missing = everything[0].argument.field
    return Problem(missing, f"argparse can't take these values together: {message}")


def _dashes(given: _Given) -> str:
    """Why the words of a list or a positional can't stand where they stand."""
    if given.argument.flags and given.argument.nargs is None:
        return ""
    words = [word for each in given.words for word in (each[1:] if given.argument.flags else each)]
    if any(word.startswith("-") for word in words):
        return _why_not(words)
    return ""


def _canonical(value: Any) -> str:
    return value.name if isinstance(value, _Marker) else canonical(value)


def _short(value: Any) -> str:
    return value.name if isinstance(value, _Marker) else short(value)


# -- argparse as the judge ------------------------------------------------------------------------------------------


class _Replica(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Refused(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise _Refused(message or "the parser exits")


def _replica(
    parser: Parser, make: Callable[..., argparse.ArgumentParser] = _Replica
) -> argparse.ArgumentParser:
    """A parser of the same shape that keeps every value as text."""
    replica = make(
        prog="script",
        usage="",
        add_help=False,
        prefix_chars=parser.prefix_chars,
        allow_abbrev=parser.allow_abbrev,
        exit_on_error=False,
    )
    groups: dict[int, Any] = {}
    for exclusive in parser.exclusive:
        group = replica.add_mutually_exclusive_group(required=exclusive.required)
        groups.update(dict.fromkeys(exclusive.members, group))
    for index, argument in enumerate(parser.arguments):
        if argument.action == "command":
            _replicate_commands(replica, parser, argument)
        else:
            _replicate(groups.get(index, replica), argument)
    return replica


def _replicate_commands(replica: argparse.ArgumentParser, parser: Parser, argument: Argument) -> None:
    commands = replica.add_subparsers(dest=argument.dest, required=argument.required, parser_class=_Replica)
    for name, each in (parser.commands or {}).items():
        _replica(each, lambda name=name, **options: commands.add_parser(name, **{**options, "prog": name}))


def _replicate(target: Any, argument: Argument) -> None:
    options: dict[str, Any] = {"default": _replica_default(argument)}
    action = argument.action
    if argument.flags:
        options["required"] = argument.required
    if action in _STORING and argument.nargs != 0:
        options["action"] = action if action != "custom" else "store"
        options["nargs"] = argument.nargs
        if argument.nargs == "?" and argument.flags:
            options["const"] = argument.const
    elif action in ("const", "custom", "append_const"):
        options["action"] = "append_const" if action == "append_const" else "store_const"
        options["const"] = argument.const
    elif action == "count":
        options["action"] = "count"
    elif action == "boolean":
        options["action"] = argparse.BooleanOptionalAction
    if argument.flags:
        flags = argument.flags
        if action == "boolean":
            flags = tuple(each for each in flags if not each.startswith("--no-")) or flags
        target.add_argument(*flags, dest=argument.dest, **options)
    else:
        target.add_argument(argument.dest, **options)


def _replica_default(argument: Argument) -> Any:
    if argument.action in ("append", "append_const", "extend"):
        return _Start(argument.default) if isinstance(argument.default, list) else _DEFAULT_LIST
    if argument.action == "count":
        return argument.default if isinstance(argument.default, int) else None
    return _DEFAULT


class _Start(list[Any]):
    """A list that options append to; argparse copies it, so that the copy is a plain list."""

    def __copy__(self) -> list[Any]:
        return list(self)


#: Nothing to append to.
_DEFAULT_LIST: Any = None


def _same(found: Any, value: Any) -> bool:
    if value is _DEFAULT:
        return found is _DEFAULT or found is None or found == [] or isinstance(found, (int, _Start))
    if isinstance(found, _Marker):
        return False
    return _canonical(found) == _canonical(value)
