from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_toolrunner.api.dispatch import error_json
from jupyter_toolrunner.client.errors import error_of, raise_for
from jupyter_toolrunner.client.transport import Response
from jupyter_toolrunner.core import errors
from jupyter_toolrunner.core.errors import InvalidParams, Problem, ToolrunnerError

CLASSES = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, ToolrunnerError)]


def answer(
    code: str, message: str = "What happened", field: str | None = None, hint: str | None = None
) -> Response:
    detail: dict[str, Any] = {"code": code, "message": message, "field": field, "hint": hint}
    if code == "invalid_params":
        detail["problems"] = [{"field": field or "", "message": message}]
    return Response(status=400, body=json.dumps({"error": detail}).encode())


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.code)
def test_every_error_of_the_core_comes_back_as_itself(cls: type[ToolrunnerError]) -> None:
    error = error_of(answer(cls.code, "What happened", "field", "What to do"))
    assert type(error) is cls
    assert (error.code, error.field, error.hint) == (cls.code, "field", "What to do")


def test_invalid_params_come_back_with_all_that_is_wrong() -> None:
    wrong = InvalidParams([Problem("row 1, n", "too small"), Problem("row 7, n", "too large")])
    error = error_of(Response(status=422, body=json.dumps(error_json(wrong)).encode()))
    assert isinstance(error, InvalidParams)
    assert error.problems == wrong.problems
    assert error.message == "row 1, n: too small (and 1 more)"


def test_a_code_of_a_newer_server_is_kept() -> None:
    error = error_of(answer("quota"))
    assert (type(error), error.code, error.message) == (ToolrunnerError, "quota", "What happened")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (302, "forbidden"),
        (401, "forbidden"),
        (403, "forbidden"),
        (404, "not_found"),
        (413, "too_large"),
        (502, "not_available"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message": "Forbidden", "reason": null}'])
def test_an_answer_that_is_not_of_the_api_says_what_to_check(status: int, code: str, body: bytes) -> None:
    error = error_of(Response(status=status, body=body))
    assert error.code == code
    assert str(status) in error.message
    assert error.hint or status == 413


def test_a_success_raises_nothing() -> None:
    raise_for(Response(status=201))
