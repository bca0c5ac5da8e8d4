"""The description of the API, generated from the route table and the shapes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from .._version import __version__
from .routes import ROUTES, Parameter, Route
from .schemas import ClientMessage, ErrorAnswer, ServerMessage

_REF = "#/components/schemas/{model}"
_JSON = "application/json"
_Key = tuple[str, str]
_Mode = Literal["validation", "serialization"]

_REQUEST_HEADERS = {
    "submit_run": (
        Parameter("Idempotency-Key", "string", "The same key gives the same run; at most 200 characters"),
    ),
}
_ANSWER_HEADERS = {
    "list_tools": (
        Parameter(
            "ETag", "string", "Without a query: what If-None-Match answers with 304 while nothing changed"
        ),
        Parameter(
            "X-Tools-Reading",
            "string",
            "`read/files` while toolboxes are being read, so that more tools will come",
        ),
    ),
    "get_log": (
        Parameter("X-Log-Attempt", "integer", "Number of the attempt that the log is of"),
        Parameter("X-Log-Offset", "integer", "First byte of the answer"),
        Parameter("X-Log-Next", "integer", "Where to go on: the byte after the answer"),
        Parameter("X-Log-Size", "integer", "Bytes that there are so far"),
        Parameter("X-Log-Complete", "string", "`true` when all was sent and no more can come"),
    ),
}
_PARTS = {
    "id": "Its id; of a run also its number",
    "name": "Full name, or a short name that is unambiguous",
    "key": "Its key: small letters, digits and `_ . : -`, 100 at most",
}


@cache
def openapi() -> dict[str, Any]:
    """An OpenAPI 3.1 document; not to be changed."""
    shapes, components = _schemas()
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = _operation(route, shapes)
    paths["/events"] = {"get": _events()}
    paths["/openapi.json"] = {"get": _description()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Jupyter ToolRunner",
            "version": __version__,
            "description": "Tools, runs and artifacts. Errors of every kind have one shape; a 5xx is a bug.",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [
            {
                "url": ".",
                "description": "Where this document lies: toolrunner/api below the server's base URL",
            }
        ],
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {"Error": _answer("What went wrong, and what to do", shapes["error", "validation"])},
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token …` with the server's token or an API key",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "username",
                    "description": "Jupyter's sign-in",
                },
            },
        },
    }


def _schemas() -> tuple[dict[_Key, Any], dict[str, Any]]:
    """The schema of each body and answer, by the route's name and mode, and what they refer to."""
    wanted: list[tuple[str, _Mode, TypeAdapter[Any]]] = [
        ("error", "validation", TypeAdapter(ErrorAnswer)),
        ("ServerMessage", "serialization", TypeAdapter(ServerMessage)),
        ("ClientMessage", "validation", TypeAdapter(ClientMessage)),
    ]
    for route in ROUTES:
        if route.body is not None:
            wanted.append((route.name, "validation", TypeAdapter(route.body)))
        if route.answer is not None:
            wanted.append((route.name, "serialization", TypeAdapter(route.answer)))
    shapes, definitions = TypeAdapter.json_schemas(wanted, ref_template=_REF)
    components = dict(definitions["$defs"])
    components["ServerMessage"] = shapes["ServerMessage", "serialization"]
    components["ClientMessage"] = shapes["ClientMessage", "validation"]
    return {(name, mode): schema for (name, mode), schema in shapes.items()}, dict(sorted(components.items()))


def _operation(route: Route, shapes: dict[_Key, Any]) -> dict[str, Any]:
    # The type of an artifact's content is the artifact's own.
    media_type = "*/*" if route.media_type == "application/octet-stream" else route.media_type
    answer: dict[str, Any] = {"description": route.summary}
    if route.status != 204:
        answer = _answer(route.summary, _content(route, shapes), media_type)
    if headers := _ANSWER_HEADERS.get(route.name):
        answer["headers"] = {
            header.name: {"description": header.description, "schema": {"type": header.type}}
            for header in headers
        }
    operation = {
        "operationId": route.name,
        "summary": route.summary,
        "x-permission": {"action": route.action, "resource": route.resource},
        "parameters": _parameters(route),
        "responses": {str(route.status): answer, "default": {"$ref": "#/components/responses/Error"}},
    }
    if route.body is not None:
        content: dict[str, Any] = {_JSON: {"schema": shapes[route.name, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.binary:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _content(route: Route, shapes: dict[_Key, Any]) -> Any:
    if route.answer is not None:
        return shapes[route.name, "serialization"]
    return {"type": "string"} if route.media_type.startswith("text/") else {}


def _parameters(route: Route) -> list[dict[str, Any]]:
    parts = [Parameter(name, "string", _PARTS[name]) for name in re.findall(r"\{(\w+)\}", route.path)]
    return [
        *(_parameter(part, "path") for part in parts),
        *(_parameter(word, "query") for word in route.query),
        *(_parameter(header, "header") for header in _REQUEST_HEADERS.get(route.name, ())),
    ]


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "required": place == "path",
        "description": parameter.description,
        "schema": {"type": parameter.type},
    }


def _answer(description: str, schema: Any, media_type: str = _JSON) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _events() -> dict[str, Any]:
    last = Parameter("last", "string", "Id of the last event that was seen; the stream goes on behind it")
    return {
        "operationId": "events",
        "summary": "WebSocket: sends ServerMessage, takes ClientMessage, both as JSON text",
        "x-permission": {"action": "read", "resource": "toolrunner:events"},
        "parameters": [_parameter(last, "query")],
        "responses": {
            "101": {"description": "The connection is a WebSocket now"},
            "default": {"$ref": "#/components/responses/Error"},
        },
    }


def _description() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This document",
        "x-permission": {"action": "read", "resource": "toolrunner:api"},
        "responses": {
            "200": _answer("This document", {"type": "object"}),
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
