"""Answers as bytes."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from nasty import TEXTS

from jupyter_toolrunner.api.encoding import encoded
from jupyter_toolrunner.api.requests import Reply


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_text_arrives_as_it_is(text: str) -> None:
    assert read(Reply(json={"text": text, text: [text]})) == {"text": text, text: [text]}


@pytest.mark.parametrize("value", [10**400, -0.0, 5e-324, 1e22, 2**63, True, None, [], {}, [[[]]]])
def test_every_value_arrives_as_it_is(value: Any) -> None:
    assert read(Reply(json=[value])) == [value]


def test_a_large_answer_is_packed_for_whoever_takes_that() -> None:
    large = {"text": "x" * 100_000}
    packed = encoded(Reply(json=large), {"accept-encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content is not None
    assert len(packed.content) < 5_000
    assert json.loads(gzip.decompress(packed.content)) == large


@pytest.mark.parametrize(("text", "asked_with"), [("x" * 100_000, "br"), ("x", "gzip")])
def test_other_answers_are_not(text: str, asked_with: str) -> None:
    answer = encoded(Reply(json=text), {"accept-encoding": asked_with})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "reply", [Reply(content=b"text", media_type="text/plain"), Reply(status=204), Reply(status=304)]
)
def test_what_has_no_json_stays_as_it_is(reply: Reply) -> None:
    assert encoded(reply, {"accept-encoding": "gzip"}) is reply


def read(reply: Reply) -> Any:
    content = encoded(reply, {}).content
    assert content is not None
    return json.loads(content)
