"""Params are completed and checked against a schema; whatever comes, the answer is params or problems with fields."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasty import NUMBERS, TEXTS, WRONG

from jupyter_toolrunner.core.errors import InvalidParams, Problem
from jupyter_toolrunner.core.params import canonical, complete, parse_option

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "default": "x"},
        "n": {"type": "integer", "default": 3, "minimum": 0, "maximum": 2**70},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean", "default": False},
        "names": {"type": "array", "items": {"type": "string"}, "default": []},
        "numbers": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        "pairs": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "colour": {"type": "string", "enum": ["red", "green"]},
        "size": {"enum": [1, 2, "all", None]},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        "either": {"type": ["string", "boolean"]},
        "window": {"$ref": "#/$defs/Window"},
        "any": {},
    },
    "$defs": {
        "Window": {
            "type": "object",
            "properties": {"start": {"type": "integer"}, "end": {"type": "integer"}},
            "required": ["start"],
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
COMMANDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "cmd": {"enum": ["add", "list"], "default": "list"},
        "v": {"type": "boolean", "default": False},
    },
    "required": ["cmd"],
    "allOf": [
        {
            "if": {"properties": {"cmd": {"const": "add"}}, "required": ["cmd"]},
            "then": {
                "properties": {"name": {"type": "string"}, "how": {"enum": ["a", "b"], "default": "a"}},
                "required": ["name"],
                "allOf": [
                    {
                        "if": {"properties": {"how": {"const": "b"}}, "required": ["how"]},
                        "then": {"properties": {"more": {"type": "integer", "default": 7}}},
                    }
                ],
            },
        },
        {
            "if": {"properties": {"cmd": {"const": "list"}}, "required": ["cmd"]},
            "then": {"properties": {"limit": {"type": "integer", "default": 10}}},
        },
    ],
    "unevaluatedProperties": False,
}


def problems(params: Any, schema: dict[str, Any] = SCHEMA) -> dict[str, str]:
    with pytest.raises(InvalidParams) as info:
        complete(schema, params)
    assert all(len(problem.message) < 1000 for problem in info.value.problems)
    return {problem.field: problem.message for problem in info.value.problems}


# -- complete -------------------------------------------------------------------------------------------------------


def test_defaults_are_filled_in_and_never_shared() -> None:
    first = complete(SCHEMA, {})
    assert first == {"text": "x", "n": 3, "flag": False, "names": [], "maybe": None}
    first["names"].append("changed")
    assert complete(SCHEMA, {})["names"] == []


def test_defaults_follow_the_chosen_command() -> None:
    assert complete(COMMANDS, {}) == {"cmd": "list", "v": False, "limit": 10}
    assert complete(COMMANDS, {"cmd": "add", "name": "x"}) == {
        "cmd": "add",
        "name": "x",
        "v": False,
        "how": "a",
    }
    assert complete(COMMANDS, {"cmd": "add", "name": "x", "how": "b"})["more"] == 7


def test_every_problem_is_told_with_its_field() -> None:
    found = problems(
        {
            "text": 1,
            "n": -1,
            "flag": "yes",
            "names": ["a", 2, None],
            "colour": "blue",
            "window": {"end": "x"},
            "tect": "y",
        }
    )
    assert set(found) == {
        "text",
        "n",
        "flag",
        "names[1]",
        "names[2]",
        "colour",
        "window.start",
        "window.end",
        "tect",
    }
    assert "did you mean text" in found["tect"]
    assert '"red", "green"' in found["colour"]


def test_a_param_of_another_command_is_told_from_an_unknown_one() -> None:
    found = problems({"cmd": "add", "name": "x", "limit": 3, "nothing": 1}, COMMANDS)
    assert found["limit"] == "does not belong to the chosen command"
    assert "no such parameter" in found["nothing"]


def test_what_is_required_is_asked_for() -> None:
    assert problems({"cmd": "add"}, COMMANDS) == {"name": "is required"}


@pytest.mark.parametrize("name", TEXTS)
def test_a_nasty_text_stays_exactly_what_it_is(name: str) -> None:
    params = complete(SCHEMA, {"text": TEXTS[name], "names": [TEXTS[name]]})
    assert params["text"] == TEXTS[name]
    assert json.loads(canonical(params)) == params
    assert canonical(params).isascii()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_stays_exactly_what_it_is(name: str) -> None:
    value = NUMBERS[name]
    params = complete(SCHEMA, {"ratio": value})
    assert repr(params["ratio"]) == repr(value)
    assert repr(json.loads(canonical(params))["ratio"]) == repr(value)


@pytest.mark.parametrize("field", ["text", "n", "ratio", "flag", "colour"])
@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_another_kind_is_refused(field: str, name: str) -> None:
    assert list(problems({field: WRONG[name]})) == [field]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("field", ["ratio", "n", "any", "text"])
def test_what_is_no_number_in_json_is_refused(field: str, value: float) -> None:
    assert list(problems({field: value})) == [field]
    assert list(problems({"any": [{"x": [value]}]})) == ["any[0].x[0]"]


def test_booleans_are_no_numbers_and_numbers_no_booleans() -> None:
    assert set(problems({"n": True, "ratio": False, "flag": 1, "numbers": [1, True]})) == {
        "n",
        "ratio",
        "flag",
        "numbers[1]",
    }


def test_a_whole_number_may_be_written_with_a_point() -> None:
    params = complete(SCHEMA, {"n": 5.0, "numbers": [1.0], "ratio": 1.0})
    assert [type(params["n"]), type(params["numbers"][0]), type(params["ratio"])] == [int, int, float]


@pytest.mark.parametrize("value", [Path("x"), {1, 2}, b"bytes", object(), 1j, lambda: None])
def test_what_is_not_json_is_refused_in_words(value: Any) -> None:
    assert "not JSON" in problems({"any": {"deep": [value]}})["any.deep[0]"]


@pytest.mark.parametrize(
    ("format_", "right", "wrong", "says"),
    [
        (
            "date",
            ["2026-01-31", "2024-02-29"],
            ["yesterday", "2026-02-30", "31.01.2026", "", "20260131", "2026-W05-6"],
            "must be a date",
        ),
        (
            "date-time",
            ["2026-01-31T12:30", "2026-01-31T12:30:00Z", "2026-01-31 12:30:00+03:00"],
            ["noon", "2026-01-31T25:00"],
            "must be a date with a time",
        ),
        ("time", ["12:30", "23:59:59"], ["24:01", "half past"], "must be a time"),
    ],
)
def test_dates_and_times_are_checked(format_: str, right: list[str], wrong: list[str], says: str) -> None:
    schema = {
        "type": "object",
        "properties": {"when": {"anyOf": [{"type": "string", "format": format_}, {"type": "null"}]}},
    }
    plain = {"type": "object", "properties": {"when": {"type": "string", "format": format_}}}
    for value in right:
        assert complete(schema, {"when": value}) == complete(plain, {"when": value}) == {"when": value}
    assert complete(schema, {"when": None}) == {"when": None}
    for value in wrong:
        with pytest.raises(InvalidParams) as caught:
            complete(plain, {"when": value})
        (problem,) = caught.value.problems
        assert problem.field == "when"
        assert says in problem.message
        with pytest.raises(InvalidParams):
            complete(schema, {"when": value})


def test_names_must_be_text() -> None:
    assert list(problems({"any": {1: "x"}})) == ["any"]
    assert list(problems({1: "x"})) == [""]


@pytest.mark.parametrize("params", [None, [], "text", 3, [["text", "x"]]])
def test_params_must_be_an_object(params: Any) -> None:
    assert "object" in problems(params)[""]


def nested(depth: int, *, lists: bool) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if lists else {"x": value}
    return value


@pytest.mark.parametrize("lists", [True, False])
def test_nesting_has_a_limit(lists: bool) -> None:
    complete(SCHEMA, {"any": nested(95, lists=lists)})
    for depth in (101, 100_000):
        assert "100 levels" in problems({"any": nested(depth, lists=lists)})["any"]


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    assert "levels" in problems({"any": value})["any"]


def test_size_has_a_limit() -> None:
    complete(SCHEMA, {"text": "x" * 7_000_000})
    assert "8 MB" in problems({"text": "x" * 9_000_000})["text"]
    assert "8 MB" in problems({"text": "ё" * 5_000_000})["text"]
    assert "8 MB" in problems({"any": [0] * 3_000_000})["any"]
    assert "8 MB" in problems({"any": {"k" * 9_000_000: 1}})["any"]


def test_an_integer_with_too_many_digits_is_refused() -> None:
    assert "digits" in problems({"any": 10**5000})["any"]


def test_a_large_wrong_value_is_not_repeated_in_the_message() -> None:
    problems({"n": "x" * 1_000_000, "colour": "y" * 1_000_000, "z" * 100_000: 1})


def test_many_problems_are_cut_off() -> None:
    assert len(problems({"names": [1] * 10_000})) <= 50


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "other"]), ANYTHING, max_size=4))
def test_complete_params_are_complete_and_anything_else_has_problems(params: dict[str, Any]) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        full = complete(SCHEMA, params)
    except InvalidParams as error:
        problems = error.problems
    else:
        assert complete(SCHEMA, full) == full
        assert json.loads(canonical(full)) == full
    named = {re.split(r"[.\[]", problem.field)[0] for problem in problems}
    assert named <= {*params, *SCHEMA.get("required", ()), ""}


# -- parse_option ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "texts", "value"),
    [
        ("n", ["3"], 3),
        ("n", ["-0"], 0),
        ("n", ["3.0"], 3),
        ("ratio", ["3"], 3),
        ("ratio", ["-1e-3"], -0.001),
        ("text", ["3"], "3"),
        ("text", [""], ""),
        ("text", ["None"], "None"),
        ("text", ["True"], "True"),
        ("text", ["a=b"], "a=b"),
        ("text", ['["x"]'], '["x"]'),
        ("flag", ["true"], True),
        ("flag", ["False"], False),
        ("flag", ["1"], True),
        ("flag", ["no"], False),
        ("names", ["a"], ["a"]),
        ("names", ["a", "-b", ""], ["a", "-b", ""]),
        ("names", ['["a", "b"]'], ["a", "b"]),
        ("names", ["[broken"], ["[broken"]),
        ("names", ["[]"], []),
        ("numbers", ["1", "2"], [1, 2]),
        ("numbers", ["[1, 2]"], [1, 2]),
        ("pairs", ['["a", "b"]'], [["a", "b"]]),
        ("pairs", ['["a", "b"]', '["c"]'], [["a", "b"], ["c"]]),
        ("pairs", ['[["a", "b"], ["c"]]'], [["a", "b"], ["c"]]),
        ("colour", ["red"], "red"),
        ("colour", ["blue"], "blue"),
        ("size", ["1"], 1),
        ("size", ["all"], "all"),
        ("size", ["null"], None),
        ("maybe", ["5"], 5),
        ("maybe", ["null"], None),
        ("either", ["true"], True),
        ("either", ["yes"], "yes"),
        ("window", ['{"start": 1}'], {"start": 1}),
        ("any", ["3"], 3),
        ("any", ["plain"], "plain"),
        ("any", ['{"a": [1]}'], {"a": [1]}),
    ],
)
def test_an_option_is_read_as_the_schema_types_it(name: str, texts: list[str], value: Any) -> None:
    found = parse_option(SCHEMA, name, texts)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("n", ["x"]),
        ("n", [""]),
        ("n", ["1", "2"]),
        ("n", ["1_000"]),
        ("n", ["nan"]),
        ("n", ["9" * 5000]),
        ("n", ["1.5"]),
        ("ratio", ["inf"]),
        ("ratio", ["1e999"]),
        ("flag", ["maybe"]),
        ("numbers", ["1", "x"]),
        ("window", ["3"]),
        ("window", ["{"]),
        ("window", ["[" * 100_000]),
        ("maybe", ["x"]),
        ("nothing", ["x"]),
        ("", ["x"]),
    ],
)
def test_an_option_that_can_not_be_read_is_refused_with_its_name(name: str, texts: list[str]) -> None:
    with pytest.raises(InvalidParams) as info:
        parse_option(SCHEMA, name, texts)
    assert [problem.field for problem in info.value.problems] == [name]


def test_options_of_commands_are_known_too() -> None:
    assert parse_option(COMMANDS, "more", ["3"]) == 3
    assert parse_option(COMMANDS, "limit", ["4"]) == 4


@pytest.mark.parametrize("name", TEXTS)
def test_a_nasty_text_given_as_an_option_stays_exactly_text(name: str) -> None:
    assert parse_option(SCHEMA, "text", [TEXTS[name]]) == TEXTS[name]
    both = parse_option(SCHEMA, "names", ["a", TEXTS[name]])
    assert both == ["a", TEXTS[name]]
