"""Cursors and filters of lists of runs: what is none of ours is refused before a database sees it."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest

from jupyter_toolrunner.api.operations import history
from jupyter_toolrunner.api.operations.artifacts import _filter
from jupyter_toolrunner.core.errors import InvalidRequest, NotFound


def _built(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "place",
    [
        ("-number", 2**63, 2**63),
        ("-number", "a", 1),
        ("-number", True, 1),
        ("tool", 3, 1),
        ("tool", "a\0", 1),
        ("status", "\ud800", 1),
        ("duration", "a", 1),
        ("duration", float("nan"), 1),
        ("queue", 2**40, 1),
        ("queue", None, 1),
        ("created", None, 1),
        ("nothing", 1, 1),
    ],
)
def test_a_cursor_of_ones_own_making_is_refused(place: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidRequest, match="none of ours"):
        history._place(_built(*place))


@pytest.mark.parametrize(
    "place",
    [
        ("-number", 5, 5),
        ("tool", "box.a", 1),
        ("-started", None, 4),
        ("duration", 0.5, 4),
        ("queue", 1, 9),
        ("created", "2026-01-01T00:00:00+00:00", 2),
    ],
)
def test_a_cursor_of_ours_is_taken(place: tuple[Any, ...]) -> None:
    found = history._place(_built(*place))
    assert found is not None
    assert (found.order, found.value, found.number) == place


class NoTools:
    def find(self, name: str) -> Any:
        raise NotFound(name)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("tag", ",".join(f"t{i}" for i in range(51))),
        ("param", ",".join(f"p{i}=1" for i in range(51))),
        ("tool", ",".join(f"t{i}" for i in range(501))),
        ("owner", ",".join(f"t{i}" for i in range(501))),
        ("q", " ".join(f"t{i}" for i in range(501))),
    ],
)
def test_more_conditions_than_a_database_takes_are_refused(field: str, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        history.read_filter({field: text}, cast(Any, NoTools()), "anna")
    assert refused.value.field == field


def test_a_filter_of_a_table_whose_operator_is_no_word_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        _filter({"op": [], "column": 0})


def test_a_filter_of_many_runs_with_what_no_text_has_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        history._known({"tag": "a\0"})
