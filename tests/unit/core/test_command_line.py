"""Params become arguments that argparse reads back as exactly these params, or are refused with their field."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from nasty import NOT_FOR_ARGPARSE, NOT_FOR_ARGV, NUMBERS, TEXTS

from jupyter_toolrunner.core.command_line import CommandLine
from jupyter_toolrunner.core.errors import InvalidParams
from jupyter_toolrunner.core.params import complete
from jupyter_toolrunner.registry.describe import describe


class Parser(argparse.ArgumentParser):
    """The script's parser; a usage error is a failure of the test."""

    def error(self, message: str) -> Any:
        raise AssertionError(message)


def described(
    parser: argparse.ArgumentParser, method: str = "parse_args"
) -> tuple[CommandLine, dict[str, Any]]:
    made = json.loads(json.dumps(describe(parser, method)))
    line = CommandLine.from_json(made["command_line"])
    assert CommandLine.from_json(json.loads(json.dumps(asdict(line)))) == line
    return line, made["schema"]


def read_back(parser: argparse.ArgumentParser, params: Mapping[str, Any], method: str = "parse_args") -> Any:
    """What the script gets for these params."""
    line, schema = described(parser, method)
    words = line.argv(complete(schema, params))
    assert all(isinstance(word, str) for word in words)
    return getattr(parser, method)(words)


def refused(parser: argparse.ArgumentParser, params: Mapping[str, Any]) -> list[str]:
    """The fields that are refused."""
    line, schema = described(parser)
    filled = complete(schema, params)
    problems = line.problems(filled)
    assert problems, line.argv(filled)
    with pytest.raises(InvalidParams):
        line.argv(filled)
    return [problem.field for problem in problems]


# -- nasty values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_a_nasty_text_arrives_in_an_option_or_is_refused(name: str) -> None:
    parser = Parser()
    parser.add_argument("--text")
    if name in NOT_FOR_ARGV | NOT_FOR_ARGPARSE:
        assert refused(parser, {"text": TEXTS[name]}) == ["text"]
    else:
        assert read_back(parser, {"text": TEXTS[name]}).text == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_a_nasty_text_arrives_in_a_positional_or_is_refused(name: str) -> None:
    parser = Parser()
    parser.add_argument("text")
    if name in NOT_FOR_ARGV:
        assert refused(parser, {"text": TEXTS[name]}) == ["text"]
    else:
        assert read_back(parser, {"text": TEXTS[name]}).text == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_a_nasty_text_arrives_in_repeated_options_and_lists_or_is_refused(name: str) -> None:
    parser = Parser()
    parser.add_argument("--each", action="append")
    parser.add_argument("--all", nargs="+")
    value = TEXTS[name]
    if name in NOT_FOR_ARGV | NOT_FOR_ARGPARSE:
        assert refused(parser, {"each": ["a", value]}) == ["each"]
    else:
        assert read_back(parser, {"each": ["a", value, "b"]}).each == ["a", value, "b"]
    line, schema = described(parser)
    params = complete(schema, {"all": ["a", value]})
    if problems := line.problems(params):
        assert [problem.field for problem in problems] == ["all"]
        assert name in NOT_FOR_ARGV or value.startswith("-")
    else:
        assert parser.parse_args(line.argv(params)).all == ["a", value]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("shape", ["option", "positional", "list", "append"])
def test_a_number_arrives_exactly(name: str, shape: str) -> None:
    parser = Parser()
    value = NUMBERS[name]
    kind = type(value)
    params: dict[str, Any] = {"x": value}
    if shape == "option":
        parser.add_argument("--x", type=kind)
    elif shape == "positional":
        parser.add_argument("x", type=kind)
    elif shape == "list":
        parser.add_argument("--x", type=kind, nargs="+")
        params = {"x": [value, value]}
    else:
        parser.add_argument("--x", type=kind, action="append")
        params = {"x": [value, value]}
    assert repr(read_back(parser, params).x) == repr(params["x"])


# -- rules of their own ---------------------------------------------------------------------------------------------


def test_two_dashes_and_a_leading_dash_in_a_list_are_refused_with_the_field() -> None:
    parser = Parser()
    parser.add_argument("--names", nargs="+")
    parser.add_argument("--other")
    assert refused(parser, {"names": ["a", "-b"], "other": "-fine"}) == ["names"]
    if NOT_FOR_ARGPARSE:
        assert refused(parser, {"names": ["a"], "other": "--"}) == ["other"]


def test_values_that_name_a_file_of_arguments_are_refused_only_where_argparse_would_read_it() -> None:
    parser = Parser(fromfile_prefix_chars="@")
    parser.add_argument("--option")
    parser.add_argument("word", nargs="?")
    assert read_back(parser, {"option": "@x"}).option == "@x"
    assert refused(parser, {"word": "@x"}) == ["word"]


def test_a_list_before_a_positional_does_not_swallow_it() -> None:
    parser = Parser()
    parser.add_argument("--list", nargs="*")
    parser.add_argument("word")
    found = read_back(parser, {"list": ["a", "b"], "word": "c"})
    assert (found.list, found.word) == (["a", "b"], "c")


def test_an_option_with_a_remainder_stands_last() -> None:
    parser = Parser()
    parser.add_argument("--command", nargs=argparse.REMAINDER)
    parser.add_argument("--name")
    parser.add_argument("word")
    found = read_back(parser, {"command": ["ls", "-l", "--name", "x"], "name": "n", "word": "w"})
    assert (found.command, found.name, found.word) == (["ls", "-l", "--name", "x"], "n", "w")


def test_an_optional_positional_is_given_where_a_later_one_is() -> None:
    parser = Parser()
    parser.add_argument("first", nargs="?", default="one")
    parser.add_argument("second", nargs="?", default="two")
    assert described(parser)[0].argv({"first": "one", "second": "two"}) == []
    assert vars(read_back(parser, {"second": "x"})) == {"first": "one", "second": "x"}


def test_a_later_positional_without_an_earlier_one_is_refused() -> None:
    parser = Parser()
    parser.add_argument("first", nargs="?")
    parser.add_argument("second", nargs="?")
    assert refused(parser, {"second": "x"})


def test_a_list_that_does_not_begin_with_its_default_is_refused() -> None:
    parser = Parser()
    parser.add_argument("--add", action="append", default=["a"])
    assert read_back(parser, {"add": ["a", "b"]}).add == ["a", "b"]
    assert refused(parser, {"add": ["b"]}) == ["add"]


def test_counted_flags_are_repeated_and_never_too_often() -> None:
    parser = Parser()
    parser.add_argument("-v", action="count", default=1)
    line, _ = described(parser)
    assert line.argv({"v": 3}) == ["-v", "-v"]
    assert line.argv({"v": 1}) == []
    assert [p.field for p in line.problems({"v": 100_000})] == ["v"]


def test_a_default_of_another_type_is_given_and_not_left_out() -> None:
    parser = Parser()
    parser.add_argument("--ratio", type=float, default=1)
    line, _ = described(parser)
    assert line.argv({"ratio": 1}) == []
    assert line.argv({"ratio": 1.0}) == ["--ratio=1.0"]


def test_a_value_that_equals_the_default_does_not_meet_its_exclusive_neighbour() -> None:
    parser = Parser()
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--one", default="x")
    group.add_argument("--two")
    assert read_back(parser, {"one": "x", "two": "y"}).two == "y"
    _, schema = described(parser)
    with pytest.raises(InvalidParams) as info:
        complete(schema, {"one": "z", "two": "y"})
    assert info.value.problems[0].field == "two"
    with pytest.raises(InvalidParams):
        complete(schema, {})


def test_an_option_of_parent_and_command_is_given_to_the_command() -> None:
    parser = Parser()
    parser.add_argument("--count", type=int, default=1)
    commands = parser.add_subparsers(dest="what")
    commands.add_parser("one").add_argument("--count", type=int, default=10)
    commands.add_parser("two")
    assert read_back(parser, {"what": "one", "count": 1}).count == 1
    assert read_back(parser, {"what": "one"}).count == 10
    assert read_back(parser, {"what": "two"}).count == 1
    assert read_back(parser, {"what": "two", "count": 5}).count == 5
    assert read_back(parser, {"count": 5}).count == 5


def test_params_of_another_command_are_refused() -> None:
    parser = Parser()
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("one").add_argument("--a")
    commands.add_parser("two").add_argument("--b")
    _, schema = described(parser)
    with pytest.raises(InvalidParams) as info:
        complete(schema, {"what": "one", "b": "x"})
    assert [problem.field for problem in info.value.problems] == ["b"]


def test_an_abbreviation_that_is_a_prefix_of_another_option_is_no_trap() -> None:
    parser = Parser()
    parser.add_argument("--foo")
    parser.add_argument("--foobar")
    found = read_back(parser, {"foo": "bar=1", "foobar": "--foo"})
    assert (found.foo, found.foobar) == ("bar=1", "--foo")


def test_a_required_option_is_given_also_where_it_equals_its_default() -> None:
    parser = Parser()
    parser.add_argument("--mode", required=True, default="a")
    assert read_back(parser, {"mode": "a"}).mode == "a"


def test_the_constant_of_an_optional_value_may_be_of_another_type() -> None:
    parser = Parser()
    parser.add_argument("--log", nargs="?", const=True)
    parser.add_argument("--jobs", nargs="?", type=int, const=False, default=1)
    parser.add_argument("--level", nargs="?", type=int, const="3")
    parser.add_argument("--wrong", nargs="?", type=int, const="auto")
    found = read_back(parser, {"log": True, "jobs": False, "level": 3})
    assert (found.log, found.jobs, found.level) == (True, False, 3)
    found = read_back(parser, {"log": "true", "jobs": 5, "wrong": 5})
    assert (found.log, found.jobs, found.wrong) == ("true", 5, 5)
    assert refused(parser, {"log": False}) == ["log"]
    assert refused(parser, {"jobs": True}) == ["jobs"]


def test_what_is_not_in_the_params_is_left_to_the_script() -> None:
    parser = Parser()
    parser.add_argument("--set", default={1, 2})
    parser.add_argument("--none")
    assert vars(read_back(parser, {})) == {"set": {1, 2}, "none": None}


# -- anything -------------------------------------------------------------------------------------------------------

WORDS = st.one_of(
    st.sampled_from([value for name, value in TEXTS.items() if len(value) < 100]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    st.text("-=+@/ .1ex", max_size=4),
)
NAMES = ["alpha", "alphabet", "al", "beta", "gamma", "x", "n1"]
DEFAULTS: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(-20, 20),
    float: st.floats(allow_nan=False, allow_infinity=False),
}


@st.composite
def arguments(draw: st.DrawFn, name: str) -> tuple[list[str], dict[str, Any]]:
    """Flags and options of one ``add_argument`` call."""
    positional = draw(st.integers(0, 3)) == 0
    kind = draw(st.sampled_from([str, str, int, float]))
    plain = {} if kind is str else {"type": kind}
    if positional:
        nargs = draw(st.sampled_from([None, None, "?", "*", "+", 2, "..."]))
        options: dict[str, Any] = {"nargs": nargs, **plain}
        if nargs == "?" and draw(st.booleans()):
            options["default"] = draw(DEFAULTS[kind])
        return [name], options
    flags = [f"--{name}"] if draw(st.booleans()) else [f"-{name[0]}{name}", f"--{name}"]
    action = draw(
        st.sampled_from(["store"] * 4 + ["append", "extend", "count", "store_true", "store_const", "boolean"])
    )
    if action == "store":
        nargs = draw(st.sampled_from([None, None, "?", "*", "+", 1, 2]))
        options = {"nargs": nargs, **plain}
        if nargs in (None, "?") and draw(st.booleans()):
            options["default"] = draw(DEFAULTS[kind])
        if nargs == "?":
            options["const"] = draw(DEFAULTS[kind])
        options["required"] = draw(st.integers(0, 4)) == 0
        return flags, options
    if action in ("append", "extend"):
        nargs = "+" if action == "extend" else draw(st.sampled_from([None, 2]))
        return flags, {"action": action, "nargs": nargs, **plain}
    if action == "count":
        return flags, {"action": "count", "default": draw(st.sampled_from([None, 0, 2]))}
    if action == "store_const":
        return flags, {"action": action, "const": draw(DEFAULTS[kind])}
    if action == "boolean":
        return flags[-1:], {
            "action": argparse.BooleanOptionalAction,
            "default": draw(st.sampled_from([None, True, False])),
        }
    return flags, {"action": action}


def fill(draw: st.DrawFn, parser: argparse.ArgumentParser, names: list[str]) -> None:
    for name in names:
        flags, options = draw(arguments(name))
        try:
            parser.add_argument(*flags, **options)
        except (argparse.ArgumentError, ValueError):
            assume(False)


@st.composite
def parsers(draw: st.DrawFn) -> Parser:
    parser = Parser(prefix_chars=draw(st.sampled_from(["-", "-", "-+"])), allow_abbrev=draw(st.booleans()))
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    fill(draw, parser, names)
    if draw(st.integers(0, 3)) == 0:
        commands = parser.add_subparsers(dest="command", required=draw(st.booleans()))
        for command in ("do", "re"):
            fill(
                draw,
                commands.add_parser(command),
                draw(st.lists(st.sampled_from(["delta", "eps"]), unique=True)),
            )
    return parser


def value_of(draw: st.DrawFn, prop: Mapping[str, Any]) -> Any:
    if "enum" in prop:
        return draw(st.sampled_from(prop["enum"]))
    kinds = prop.get("type")
    kind = kinds if isinstance(kinds, str) else draw(st.sampled_from(kinds or ["string"]))
    if kind == "array":
        size = draw(st.integers(prop.get("minItems", 0), min(prop.get("maxItems", 3), 3)))
        return [value_of(draw, prop["items"]) for _ in range(size)]
    if kind == "integer":
        return draw(st.integers(prop.get("minimum", -50), min(prop.get("maximum", 50), 5)))
    return draw({"number": DEFAULTS[float], "boolean": st.booleans(), "string": WORDS}[kind])


def applying(schema: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of the chosen command, and which of them are required."""
    found = {name: (prop, name in schema.get("required", ())) for name, prop in schema["properties"].items()}
    for rule in schema.get("allOf", ()):
        chosen = rule.get("if", {}).get("properties", {}).get("command", {}).get("const")
        if chosen is not None and params.get("command") == chosen:
            then = rule["then"]
            found |= {n: (p, n in then.get("required", ())) for n, p in then["properties"].items()}
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), parser=parsers())
def test_what_is_not_refused_arrives_exactly(data: st.DataObject, parser: Parser) -> None:
    line, schema = described(parser)
    draw: Any = data.draw
    params: dict[str, Any] = {}
    if "command" in schema["properties"] and ("command" in schema.get("required", ()) or draw(st.booleans())):
        params["command"] = draw(st.sampled_from(["do", "re"]))
    for name, (prop, required) in applying(schema, params).items():
        if name != "command" and (required or draw(st.booleans())):
            params[name] = value_of(draw, prop)
    try:
        filled = complete(schema, params)
    except InvalidParams:
        return
    problems = line.problems(filled)
    if problems:
        known = set(applying(schema, filled))
        assert all(problem.field.partition("[")[0] in known for problem in problems), problems
        return
    found = vars(parser.parse_args(line.argv(filled)))
    for name, value in filled.items():
        assert repr(found[name]) == repr(value) or found[name] == value, name


SAFE = st.text("abcXYZ019_.,:", min_size=1, max_size=5)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_harmless_values_are_never_refused(data: st.DataObject) -> None:
    parser = Parser()
    shapes = data.draw(st.lists(st.sampled_from([None, "?", "*", "+", 2]), max_size=4))
    for number, nargs in enumerate(shapes):
        options: dict[str, Any] = {"const": "c"} if nargs == "?" else {}
        parser.add_argument(f"--o{number}", nargs=nargs, **options)
    tail = data.draw(st.sampled_from([None, "?", "*", "+", 3]))
    parser.add_argument("first")
    parser.add_argument("last", nargs=tail)
    line, schema = described(parser)
    params: dict[str, Any] = {}
    for name, prop in schema["properties"].items():
        if name in schema["required"] or data.draw(st.booleans()):
            size = st.integers(prop.get("minItems", 0), prop.get("maxItems", 3))
            many = prop["type"] == "array"
            params[name] = [data.draw(SAFE) for _ in range(data.draw(size))] if many else data.draw(SAFE)
    filled = complete(schema, params)
    assert line.problems(filled) == []
    found = vars(parser.parse_args(line.argv(filled)))
    assert all(found[name] == value for name, value in filled.items())
