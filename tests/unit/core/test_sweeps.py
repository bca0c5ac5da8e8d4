"""Values as people write them, and all combinations of them."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_toolrunner.core.errors import InvalidParams, InvalidRequest
from jupyter_toolrunner.core.sweeps import rows_of, title_of

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "k": {"type": "integer"},
        "rate": {"type": "number"},
        "kind": {"enum": ["knn", "tree", "a, b"]},
        "fast": {"type": "boolean"},
        "name": {"type": "string"},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "columns": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("field", "said", "values"),
    [
        ("k", "2..10 step 2", [2, 4, 6, 8, 10]),
        ("k", " 2 .. 10 STEP 2 ", [2, 4, 6, 8, 10]),
        ("k", "2:10:2", [2, 4, 6, 8, 10]),
        ("k", "1..3", [1, 2, 3]),
        ("k", "1…3", [1, 2, 3]),
        ("k", "3..1", [3, 2, 1]),
        ("k", "10..4 step -3", [10, 7, 4]),
        ("k", "2..9 step 3", [2, 5, 8]),
        ("k", "-2..0", [-2, -1, 0]),
        ("k", "7", [7]),
        ("k", "2, 4,8", [2, 4, 8]),
        ("k", "2;4", [2, 4]),
        ("k", "[2, 4]", [2, 4]),
        ("rate", "0.1..0.5 step 0.1", [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("rate", "1..3", [1, 2, 3]),
        ("rate", "1e-3, 1e-2", [0.001, 0.01]),
        ("maybe", "1..2", [1, 2]),
        ("kind", "*", ["knn", "tree", "a, b"]),
        ("kind", 'knn, "a, b"', ["knn", "a, b"]),
        ("fast", "*", [True, False]),
        ("fast", "yes", [True]),
        ("name", "1..3", ["1..3"]),
        ("name", "*", ["*"]),
        ("name", "a, б", ["a", "б"]),
        ("columns", '[["a"], ["a", "b"]]', [["a"], ["a", "b"]]),
    ],
)
def test_what_is_written_is_read_by_the_type_of_the_field(field: str, said: str, values: list[Any]) -> None:
    rows = rows_of(SCHEMA, {field: said}, most=100)
    assert [row[field] for row in rows] == values
    assert [type(row[field]) for row in rows] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("k", ""),
        ("k", " , "),
        ("k", "2..10 step 0"),
        ("k", "2..10 step -1"),
        ("k", "1..2 step 0.5"),
        ("k", "1..0.5"),
        ("k", "1..1e9"),
        ("k", "many"),
        ("k", "[2, 4"),
        ("rate", "1..1e400"),
        ("fast", "maybe"),
        ("absent", "1..3"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_field(field: str, said: str) -> None:
    with pytest.raises(InvalidParams) as refused:
        rows_of(SCHEMA, {field: said, "name": "x"}, most=100)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_there_is_a_row_for_each_combination() -> None:
    rows = rows_of(SCHEMA, {"k": "2..10 step 2", "maybe": [1, 2, 3]}, most=15)
    assert len(rows) == 15
    assert rows[:4] == [
        {"k": 2, "maybe": 1},
        {"k": 2, "maybe": 2},
        {"k": 2, "maybe": 3},
        {"k": 4, "maybe": 1},
    ]


def test_too_many_combinations_are_refused_before_they_are_made() -> None:
    with pytest.raises(InvalidRequest, match="1,000,000 combinations"):
        rows_of(SCHEMA, {"k": "1..100", "maybe": "1..100", "rate": "1..100"}, most=10_000)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "said",
    [
        ":".join(["1" * 1_000] * 3) + "x",
        "0..1e5000",
        "0..1e1000000",
        "1e1000000..1e1000000",
        "0..1 step 1e-999999999",
        "0..1e999999999999999999",
        "1..10000000",
    ],
)
def test_what_would_take_for_ever_is_refused_at_once(said: str) -> None:
    for field in ("k", "rate"):
        with pytest.raises(InvalidParams) as caught:
            rows_of(SCHEMA, {field: said}, most=10_000)
        assert caught.value.field == field


def test_one_without_a_name_is_called_by_its_values_but_for_secrets() -> None:
    sweep = {"k": " 2..10\nstep 2", "kind": "*", "key": "abc", "rate": [0.5, 1]}
    assert title_of(sweep, hidden=["key"]) == "k 2..10 step 2, kind *, key, rate 0.5, 1"
    long = title_of({"k": "1, " * 200})
    assert (len(long), long[-1]) == (200, "…")
