from __future__ import annotations

from typing import Any

import pytest

from jupyter_toolrunner.core.errors import InvalidParams, NotFound
from jupyter_toolrunner.services import inputs

SCHEMA: dict[str, Any] = {
    "properties": {
        "file": {"type": "string", "format": "path"},
        "files": {"type": "array", "items": {"type": "string", "format": "path"}},
        "maybe": {"anyOf": [{"type": "string", "format": "path"}, {"type": "null"}]},
        "text": {"type": "string"},
        "value": {},
    },
    "allOf": [{"if": {}, "then": {"properties": {"later": {"type": "string", "format": "file-path"}}}}],
}


def find(artifact: str) -> object:
    if artifact == "none":
        raise NotFound("There is no artifact 'none'.")
    return artifact


def test_fields_that_take_a_path_are_found_wherever_they_are_declared() -> None:
    assert set(inputs.path_fields(SCHEMA)) == {"file", "files", "maybe", "later"}


def test_an_artifact_stands_where_a_path_may_stand() -> None:
    params = {
        "file": {"artifact": "a"},
        "files": ["x", {"artifact": "b"}],
        "maybe": None,
        "later": {"artifact": "c"},
    }
    checked = inputs.check(params, SCHEMA, find)
    assert checked == {"file": "a", "files": ["x", "b"], "maybe": None, "later": "c"}
    fetched = inputs.with_paths(params, lambda field, artifact: f"/in/{field}/{artifact}")
    assert fetched["files"] == ["x", "/in/files[1]/b"]


@pytest.mark.parametrize(
    ("params", "field"), [({"text": {"artifact": "a"}}, "text"), ({"file": {"artifact": "none"}}, "file")]
)
def test_an_artifact_that_does_not_fit_is_refused_with_its_field(params: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidParams) as caught:
        inputs.check(params, SCHEMA, find)
    assert caught.value.field == field


@pytest.mark.parametrize("value", [{"artifact": 3}, {"artifact": "a", "more": 1}, {}, "artifact", None])
def test_what_only_looks_like_an_artifact_is_a_plain_value(value: Any) -> None:
    assert inputs.check({"value": value}, SCHEMA, find) == {"value": value}
