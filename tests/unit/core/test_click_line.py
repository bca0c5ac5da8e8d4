"""Params become words that click reads back; what it cannot be given is named with its field."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from jupyter_toolrunner.core.click_line import ClickLevel, ClickLine, ClickParam
from jupyter_toolrunner.core.errors import InvalidParams
from jupyter_toolrunner.core.lines import line_from_json


def option(field: str, **more: Any) -> ClickParam:
    return ClickParam(**{"field": field, "kind": "value", "option": f"--{field}", **more})


def argument(field: str, **more: Any) -> ClickParam:
    return ClickParam(**{"field": field, "kind": "argument", **more})


def line(*params: ClickParam) -> ClickLine:
    return ClickLine(levels=(ClickLevel(name="", params=params),))


def test_the_words_of_a_command_stand_behind_those_of_its_groups() -> None:
    levels = (
        ClickLevel(name="", params=(option("store"), argument("shelf"))),
        ClickLevel(name="tag", params=()),
        ClickLevel(name="set", params=(option("name"), argument("tags", nargs=-1))),
    )
    made = ClickLine(levels=levels)
    params = {"store": "s", "shelf": "-x", "name": "n", "tags": ["--", "a"]}
    assert made.argv(params) == ["--store=s", "--", "-x", "tag", "set", "--name=n", "--", "--", "a"]
    assert line_from_json(json.loads(json.dumps(asdict(made)))) == made


@pytest.mark.parametrize(
    ("param", "value", "words"),
    [
        (option("x"), "", ["--x="]),
        (option("x"), 1e-9, ["--x=1e-09"]),
        (option("x"), True, ["--x=true"]),
        (option("x", option="-x"), "-y", ["-x", "-y"]),
        (option("x", nargs=2), ["-a", 1], ["--x", "-a", "1"]),
        (option("x", multiple=True), ["a", "b"], ["--x=a", "--x=b"]),
        (option("x", multiple=True, nargs=2), [[1, 2], [3, 4]], ["--x", "1", "2", "--x", "3", "4"]),
        (option("x", default="d", has_default=True), "d", []),
        (option("x", default="d", has_default=True, asks=True), "d", ["--x=d"]),
        (option("x", default="d", has_default=True, always=True), "d", ["--x=d"]),
        (option("x", stands_alone=True), "v", ["--x", "v"]),
        (option("x", kind="flag", flags=((True, "--x"), (False, "--no-x"))), False, ["--no-x"]),
        (option("x", kind="flag", flags=(("a", "--a"), ("b", "--b"))), "b", ["--b"]),
        (option("x", kind="count", option="-x"), 3, ["-x", "-x", "-x"]),
    ],
)
def test_a_value_is_written_as_click_takes_it(param: ClickParam, value: Any, words: list[str]) -> None:
    assert line(param).argv({"x": value}) == words


@pytest.mark.parametrize(
    ("param", "params", "message"),
    [
        (option("x", required=True), {}, "is required"),
        (option("x", asks=True), {}, "is required"),
        (option("x", nargs=2), {"x": ["a"]}, "must have 2 values"),
        (option("x", nargs=2), {"x": "ab"}, "must be a list"),
        (option("x", multiple=True, default=["d"], has_default=True), {"x": []}, "can't be empty"),
        (option("x", stands_alone=True), {"x": "-1"}, "can't begin with “-”"),
        (
            option("x", kind="flag", flags=((True, "--x"),)),
            {"x": False},
            "no option of the script gives false",
        ),
        (option("x", kind="flag", flags=((True, "--x"),), asks=True), {"x": False}, "would ask instead"),
        (option("x", kind="count", default=2, has_default=True), {"x": 0}, "can't be 0"),
        (option("x", kind="count"), {"x": 2000}, "1000 times at most"),
        (option("x"), {"x": None}, "has no value"),
        (option("x"), {"x": "a\0"}, "NUL"),
        (option("x"), {"x": "\ud800"}, "surrogate"),
        (argument("x", required=True), {}, "is required"),
        (argument("x", nargs=-1, default=["d"], has_default=True), {"x": []}, "can't be empty"),
    ],
)
def test_what_click_cannot_be_given_is_named(param: ClickParam, params: dict[str, Any], message: str) -> None:
    (problem,) = line(param).problems(params)
    assert problem.field == "x"
    assert message in problem.message
    with pytest.raises(InvalidParams):
        line(param).argv(params)


def test_an_argument_before_one_that_is_given_must_be_given_too() -> None:
    made = line(argument("first"), argument("second"))
    assert made.argv({"first": "a"}) == ["a"]
    (problem,) = made.problems({"second": "b"})
    assert (problem.field, problem.message) == ("first", "must be given too, since second comes behind it")


def test_a_default_in_the_middle_is_written_and_at_the_end_left_out() -> None:
    made = line(
        argument("first", default="d", has_default=True), argument("second", default="e", has_default=True)
    )
    assert made.argv({"first": "d", "second": "x"}) == ["d", "x"]
    assert made.argv({"first": "x", "second": "e"}) == ["x"]
