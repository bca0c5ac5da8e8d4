"""How a click or typer command takes its params, as a value: turns them into an ``argv`` list that click reads back exactly.

click takes the word behind an option as its value whatever it looks like, and everything behind ``--`` as arguments, so no
value needs to be tried out; what click cannot be given at all is named with its field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import InvalidParams, Problem
from .words import canonical, short, text_of, unprintable

#: More repetitions of a counted flag than anyone means.
MAX_COUNT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickParam:
    """One option or argument."""

    #: Name of the property in the params.
    field: str
    #: ``value`` for an option with values, ``flag``, ``count``, or ``argument``.
    kind: str
    #: The option's word, for ``value`` and ``count``.
    option: str = ""
    #: Of a flag: each value that it can give, with its word.
    flags: tuple[tuple[Any, str], ...] = ()
    #: Values in one occurrence; -1 for any number.
    nargs: int = 1
    multiple: bool = False
    #: Whether the option may stand alone, so that click takes a word with a dash for the next option.
    stands_alone: bool = False
    #: Whether click asks where it is not given.
    asks: bool = False
    #: Whether the default is given too: something else would take its place.
    always: bool = False
    required: bool = False
    #: The JSON value that equals the default, where ``has_default``.
    default: Any = None
    has_default: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClickParam:
        return cls(**{**data, "flags": tuple((value, word) for value, word in data["flags"])})

    def is_default(self, value: Any) -> bool:
        return self.has_default and canonical(self.default) == canonical(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickLevel:
    """A command with what stands before the name of the next one."""

    #: The command's own name; empty for the program itself.
    name: str
    params: tuple[ClickParam, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClickLevel:
        return cls(name=data["name"], params=tuple(map(ClickParam.from_json, data["params"])))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickLine:
    #: From the program to the command that does the work.
    levels: tuple[ClickLevel, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClickLine:
        return cls(levels=tuple(map(ClickLevel.from_json, data["levels"])))

    def problems(self, params: Mapping[str, Any]) -> list[Problem]:
        """Values that cannot be carried, each with its field."""
        return self._written(params)[1]

    def argv(self, params: Mapping[str, Any]) -> list[str]:
        """The arguments after the program's name. Raises InvalidParams where a value cannot be carried."""
        words, problems = self._written(params)
        if problems:
            raise InvalidParams(problems)
        return words

    def _written(self, params: Mapping[str, Any]) -> tuple[list[str], list[Problem]]:
        words: list[str] = []
        problems: list[Problem] = []
        for level in self.levels:
            if level.name:
                words.append(level.name)
            for each in level.params:
                if each.kind != "argument":
                    _collect(words, problems, each.field, lambda each=each: _option(each, params))
            values = _arguments(level.params, params, problems)
            if any(not word[:1].isalnum() for word in values):
                words.append("--")
            words += values
        return words, problems


class _Impossible(Exception):
    """A value that click cannot be given; its text ends a sentence that begins with the field."""


def _collect(words: list[str], problems: list[Problem], field: str, write: Any) -> None:
    try:
        written = write()
    except _Impossible as why:
        problems.append(Problem(field, str(why)))
        return
    if refused := unprintable(field, written):
        problems += refused
    else:
        words += written


def _option(param: ClickParam, params: Mapping[str, Any]) -> list[str]:
    if param.field not in params:
        if param.asks or param.required:
            raise _Impossible("is required")
        return []
    value = params[param.field]
    if param.is_default(value) and not param.asks and not param.always:
        return []
    if param.kind == "flag":
        return _flag(param, value)
    if param.kind == "count":
        return _count(param, value)
    occurrences = value if param.multiple else [value]
    if not isinstance(occurrences, list):
        raise _Impossible("must be a list")
    if not occurrences and param.has_default and param.default:
        raise _Impossible("can't be empty: without the option the script takes its default")
    return [word for each in occurrences for word in _occurrence(param, each)]


def _flag(param: ClickParam, value: Any) -> list[str]:
    for const, word in param.flags:
        if canonical(const) == canonical(value):
            return [word]
    if param.is_default(value) and not param.asks:
        return []
    if param.asks:
        raise _Impossible(
            f"can't be {short(value)}: the script would ask instead, and a run has nobody to answer"
        )
    raise _Impossible(f"no option of the script gives {short(value)}")


def _count(param: ClickParam, value: Any) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise _Impossible(f"is counted by repeating a flag, {MAX_COUNT} times at most")
    if value == 0 and param.has_default and param.default:
        raise _Impossible("can't be 0: without the flag the script takes its default")
    return [param.option] * value


def _occurrence(param: ClickParam, value: Any) -> list[str]:
    texts = _texts(param, value)
    if param.stands_alone and texts and texts[0].startswith("-") and len(texts[0]) > 1:
        raise _Impossible(
            "can't begin with “-”: its option may stand alone, so click takes it for the next one"
        )
    if len(texts) == 1 and param.option.startswith("--") and not param.stands_alone:
        return [f"{param.option}={texts[0]}"]
    return [param.option, *texts]


def _texts(param: ClickParam, value: Any) -> list[str]:
    if param.nargs == 1:
        return [_text(value)]
    if not isinstance(value, list):
        raise _Impossible("must be a list")
    if param.nargs > 1 and len(value) != param.nargs:
        raise _Impossible(f"must have {param.nargs} values")
    return [_text(each) for each in value]


def _text(value: Any) -> str:
    if value is None:
        raise _Impossible("has no value; leave it out instead")
    if isinstance(value, (list, dict)):
        raise _Impossible(f"can't be given as {short(value)}")
    return text_of(value)


def _arguments(
    declared: Sequence[ClickParam], params: Mapping[str, Any], problems: list[Problem]
) -> list[str]:
    """The words of all arguments: those at the end that are at their default are left out."""
    arguments = [each for each in declared if each.kind == "argument"]
    while arguments and _may_be_left_out(arguments[-1], params):
        arguments.pop()
    words: list[str] = []
    for each in arguments:
        if each.field not in params:
            last = arguments[-1].field
            why = "is required" if each.required else f"must be given too, since {last} comes behind it"
            problems.append(Problem(each.field, why))
            continue
        _collect(words, problems, each.field, lambda each=each: _argument(each, params[each.field]))
    return words


def _may_be_left_out(param: ClickParam, params: Mapping[str, Any]) -> bool:
    if param.field not in params:
        return not param.required
    return not param.always and param.is_default(params[param.field])


def _argument(param: ClickParam, value: Any) -> list[str]:
    if param.nargs == -1 and not value and param.has_default and param.default:
        raise _Impossible("can't be empty: without a value the script takes its default")
    return _texts(param, value)
