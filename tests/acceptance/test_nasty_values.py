"""Values that break what is careless with them arrive exactly, or are refused first, with the field named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from nasty import NOT_FOR_ARGPARSE, NOT_FOR_ARGV, TEXTS
from serving import Server

NESTED: dict[str, Any] = {
    "none": None,
    "true": True,
    "zero": 0,
    "minus zero": -0.0,
    "large": 10**30,
    "small": 5e-324,
    "list": [1, "1", None, True, [], {}],
    "dict": {"a": {"b": [{"c": "d"}]}, "__proto__": {"x": 1}, "": "empty key", "\u202e": "bidi"},
    "texts": sorted(TEXTS.values()),
}


def _json(value: object) -> bytes:
    """ASCII, so that half a surrogate pair can be sent at all."""
    return json.dumps(value, ensure_ascii=True).encode()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_reaches_a_function_exactly(server: Server, name: str) -> None:
    answer = server.http.post("runs", content=_json({"tool": "echo", "params": {"text": TEXTS[name]}}))
    assert answer.status_code == 201, answer.text
    assert server.result(server.wait(answer.json()["id"]))["text"] == TEXTS[name]


@pytest.mark.parametrize("name", sorted(NESTED))
def test_a_value_of_any_type_reaches_a_function_exactly(server: Server, name: str) -> None:
    answer = server.http.post("runs", content=_json({"tool": "echo", "params": {"value": NESTED[name]}}))
    assert answer.status_code == 201, answer.text
    value = server.result(server.wait(answer.json()["id"]))["value"]
    assert value == NESTED[name]
    assert type(value) is type(NESTED[name])


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_reaches_a_script_exactly_or_is_refused_with_its_field(server: Server, name: str) -> None:
    params = {"first": TEXTS[name], "text": TEXTS[name], "names": [TEXTS[name], "x"]}
    for field, value in params.items():
        answer = server.http.post("runs", content=_json({"tool": "say", "params": {field: value}}))
        if answer.status_code == 201:
            assert name not in NOT_FOR_ARGV
            run = server.wait(answer.json()["id"])
            assert run["status"] == "succeeded", (run["error"], server.log_of(run["id"]))
            assert json.loads(server.content(run, "said.json"))[field] == value
        else:
            assert answer.status_code == 422, answer.text
            assert answer.json()["error"]["field"].startswith(field)
            assert name in NOT_FOR_ARGV | NOT_FOR_ARGPARSE or TEXTS[name].startswith("-")
