"""The quick look at params and the thorough one agree wherever the quick one says yes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_toolrunner.core.validators import surely_valid, thorough

_SHAPES = st.one_of(
    st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"]).map(
        lambda kind: {"type": kind}
    ),
    st.lists(st.one_of(st.integers(-3, 3), st.booleans(), st.text(max_size=2), st.none()), min_size=1).map(
        lambda values: {"enum": values}
    ),
    st.tuples(st.integers(-5, 5), st.integers(-5, 5)).map(
        lambda ends: {"type": "number", "minimum": ends[0], "exclusiveMaximum": ends[1]}
    ),
    st.sampled_from(["date", "time", "date-time", "email"]).map(
        lambda name: {"type": "string", "format": name}
    ),
    st.sampled_from([r"^\d+$", r"^\w{1,2}$", r"(?P<a>x)(?P=a)", r"x\Z"]).map(lambda text: {"pattern": text}),
    st.integers(0, 3).map(lambda count: {"type": "array", "minItems": count, "uniqueItems": True}),
)
_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=3),
        st.sampled_from(["2026-01-31", "2026-13-01", "20260131", "12:30", "2026-01-31T12:30", "٣", "1\n"]),
    ),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=2), each, max_size=2),
    max_leaves=4,
)


@given(_SHAPES, _SHAPES, _VALUES)
def test_what_is_told_to_be_valid_is_so(shape: dict[str, Any], other: dict[str, Any], value: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"one": shape, "any": {"anyOf": [shape, other]}},
        "additionalProperties": False,
    }
    params = {"one": value, "any": value}
    if surely_valid(schema, params):
        assert thorough(schema).is_valid(params)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"a": {"pattern": r"(?P<x>a)(?P=x)(?#said)"}}}, {"a": "aa"}),
        ({"properties": {"a": {"enum": ["a", "b"]}}}, {"a": "\ud800"}),
        ({"properties": {"a": {"$ref": "http://127.0.0.1:9/schema"}}}, {"a": 1}),
    ],
)
def test_what_it_does_not_know_is_not_said_to_be_valid(schema: dict[str, Any], value: dict[str, Any]) -> None:
    assert surely_valid(schema, value) is False


def test_most_values_need_no_second_look() -> None:
    schema = {
        "type": "object",
        "properties": {
            "rows": {"type": "integer", "minimum": 1},
            "day": {"type": "string", "format": "date"},
            "table": {"anyOf": [{"type": "string", "format": "path"}, {"type": "null"}]},
        },
        "required": ["rows"],
        "additionalProperties": False,
    }
    assert surely_valid(schema, {"rows": 3.0, "day": "2026-01-31", "table": "a.csv"})
    assert not surely_valid(schema, {"rows": 3, "day": "20260131"})
    assert not surely_valid(schema, {"rows": True})
