"""The description of the API is valid, complete, and what the operations keep to."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from jupyter_toolrunner.api import dispatch
from jupyter_toolrunner.api.openapi import openapi
from jupyter_toolrunner.api.routes import ROUTES, Route
from jupyter_toolrunner.api.schemas import ErrorAnswer
from jupyter_toolrunner.core import errors
from jupyter_toolrunner.core.errors import InvalidParams, InvalidRequest, LeaseLost, Problem, ToolrunnerError

OPERATIONS = [operation for path in openapi()["paths"].values() for operation in path.values()]
ERRORS = [
    cls
    for cls in vars(errors).values()
    if isinstance(cls, type) and issubclass(cls, ToolrunnerError) and cls not in (ToolrunnerError, LeaseLost)
]


def test_the_description_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(openapi()).iter_errors()) == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_is_described(route: Route) -> None:
    operation = openapi()["paths"][f"/{route.path}"][route.method.lower()]
    assert operation["operationId"] == route.name
    assert str(route.status) in operation["responses"]


def test_names_of_operations_are_unique() -> None:
    names = [operation["operationId"] for operation in OPERATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation["operationId"])
def test_every_operation_names_its_permission_and_its_errors(operation: dict[str, Any]) -> None:
    assert set(operation["x-permission"]) == {"action", "resource"}
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/Error"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_word_of_the_query_is_explained(route: Route) -> None:
    assert all(word.description for word in route.query)


def _made(cls: type[ToolrunnerError]) -> ToolrunnerError:
    if cls is InvalidParams:
        return InvalidParams([Problem("n", "must be a number")])
    if issubclass(cls, InvalidRequest):
        return cls("What happened", field="n", hint="What to do")
    return cls("What happened", hint="What to do")


@pytest.mark.parametrize("cls", ERRORS, ids=lambda cls: cls.code)
def test_every_error_has_a_status_of_its_own_and_one_shape(cls: type[ToolrunnerError]) -> None:
    reply = dispatch.error_reply(_made(cls))
    assert 400 <= reply.status < 500 or cls is errors.NotAvailable
    assert ErrorAnswer.model_validate(reply.json).error.code == cls.code


def test_what_was_not_foreseen_tells_nothing_of_the_inside() -> None:
    reply = dispatch.error_reply(RuntimeError("password=secret"))
    assert reply.status == 500
    assert "secret" not in str(reply.json)
    assert ErrorAnswer.model_validate(reply.json).error.hint


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_method_that_a_path_does_not_take_is_refused(method: str) -> None:
    with pytest.raises(dispatch.MethodNotAllowed, match="runs takes"):
        dispatch.find_route(method, "runs")
