from __future__ import annotations

import json
import math
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_toolrunner.api.schemas import ArtifactShape
from jupyter_toolrunner.client.params import encode_params, to_wire
from jupyter_toolrunner.client.values import ArtifactFields
from jupyter_toolrunner.core.errors import InvalidParams

NASTY: list[Any] = [
    "",
    " ",
    "'\"`",
    "a\nb\r\tc",
    "-x",
    "--",
    "\0",
    "\u202eabc",
    "👩‍🚀",
    "\ud800",
    "__import__('os').system('x')",
    "x" * 1_000_000,
    None,
    True,
    0,
    -0.0,
    2**70,
    1e308,
    {"a": [{"b": None}]},
    [],
    {"__proto__": 1},
]


@pytest.mark.parametrize("value", NASTY, ids=lambda value: repr(value)[:20])
def test_json_values_arrive_exactly(value: Any) -> None:
    assert json.loads(to_wire(encode_params({"value": value}))) == {"value": value}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_left_for_the_server_to_judge(value: float) -> None:
    assert repr(json.loads(to_wire(encode_params({"value": value})))["value"]) == repr(value)


def test_the_wire_is_ascii() -> None:
    assert to_wire({"имя": "Привет"}).isascii()


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ((1, 2), [1, 2]),
        ({3}, [3]),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.5"), "1.5"),
        (Colour.RED, "red"),
        (np.int64(5), 5),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        ([np.int32(1)], [1]),
    ],
    ids=repr,
)
def test_values_of_python_become_values_of_json(value: Any, sent: Any) -> None:
    assert encode_params({"value": value}) == {"value": sent}


def test_a_path_to_something_is_sent_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data.csv").write_text("a")
    monkeypatch.chdir(tmp_path)
    assert encode_params({"file": Path("data.csv"), "files": [Path("data.csv")]}) == {
        "file": str(tmp_path / "data.csv"),
        "files": [str(tmp_path / "data.csv")],
    }


def test_a_path_to_nothing_is_sent_as_it_is() -> None:
    assert encode_params({"file": Path("on/the/server.csv")}) == {"file": "on/the/server.csv"}


def test_an_artifact_is_sent_as_a_reference() -> None:
    artifact = ArtifactFields(
        ArtifactShape(id="a1", name="graph.json", media_type="application/json", size=3, digest="d")
    )
    assert encode_params({"graph": artifact, "more": [artifact]}) == {
        "graph": {"artifact": "a1"},
        "more": [{"artifact": "a1"}],
    }


@pytest.mark.parametrize("value", [object(), np.zeros(3), lambda: None], ids=["object", "array", "function"])
def test_what_cannot_be_sent_is_refused_with_its_field(value: Any) -> None:
    with pytest.raises(InvalidParams) as caught:
        encode_params({"filter": {"rows": [1, value]}})
    assert caught.value.field == "filter.rows[1]"
    assert "save it to a file" in caught.value.message
