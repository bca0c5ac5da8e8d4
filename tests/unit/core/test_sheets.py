"""Columns that are params, and cells that are values."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.sheets import CellProblem, fields_of, params_of

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sample_id": {"type": "string"},
        "oil": {"type": "number", "title": "Oil, ml"},
        "origin": {"type": "integer"},
    },
    "required": ["sample_id"],
}


def test_columns_are_found_by_name_and_title_whatever_the_case_and_signs() -> None:
    names = ["Sample ID", "OIL (ml)", "origin", "remark"]
    assert fields_of(names, SCHEMA) == ["sample_id", "oil", "origin", None]
    assert fields_of(["sample-id", "Образец"], SCHEMA, {"sample_id": ["образец"]}) == ["sample_id", None]
    assert fields_of(["Образец"], SCHEMA, {"sample_id": ["образец"]}) == ["sample_id"]


def test_cells_are_read_as_the_params_are_typed() -> None:
    cells: list[list[str | None]] = [
        ["s1", "2.5", "3", "x"],
        ["s2", "much", "", None],
        ["", "1", "the Moon", ""],
    ]
    rows, problems = params_of(SCHEMA, ["sample_id", "oil", "origin", None], cells)
    assert rows == [{"sample_id": "s1", "oil": 2.5, "origin": 3}, {"sample_id": "s2"}, {"oil": 1}]
    assert [(each.row, each.field) for each in problems] == [(2, "oil"), (3, "origin")]
    assert isinstance(problems[0], CellProblem)
    assert "much" in problems[0].message


def test_rows_of_another_length_and_a_param_twice_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="Data row 1 has 1 cells"):
        params_of(SCHEMA, ["sample_id", "oil"], [["s1"]])
    with pytest.raises(InvalidRequest, match="Two columns are oil"):
        params_of(SCHEMA, ["oil", "oil"], [["1", "2"]])
