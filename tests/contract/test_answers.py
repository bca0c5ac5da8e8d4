"""What the operations answer is what the description of the API promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jupyter_toolrunner.api.openapi import openapi
from jupyter_toolrunner.api.routes import ROUTES, Route
from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import LocalTransport
from jupyter_toolrunner.client.transport import Response
from jupyter_toolrunner.core.settings import Settings


def conforms(answer: Any, schema: dict[str, Any]) -> None:
    whole = {"components": openapi()["components"], **schema}
    problems = [
        f"{error.json_path}: {error.message[:200]}"
        for error in Draft202012Validator(whole).iter_errors(answer)
    ]
    assert problems == []


def answered(route: Route, response: Response) -> None:
    """The status, the media type and the body are what the description says."""
    described = openapi()["paths"][f"/{route.path}"][route.method.lower()]["responses"]
    assert response.status == route.status, response.body
    content = described[str(response.status)]["content"]
    assert "*/*" in content or response.headers["content-type"].split(";")[0] in content
    for name in described[str(response.status)].get("headers", {}):
        assert name.lower() in response.headers
    if "application/json" in content:
        conforms(response.json(), content["application/json"]["schema"])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(LocalTransport(Settings(data_dir=tmp_path_factory.mktemp("data"), workers=1))) as client:
        yield client


@pytest.fixture(scope="module")
def paths(client: Client) -> dict[str, str]:
    """A path for each route: of a run that succeeded, but where that makes no sense."""
    done = client.submit("calculate_pagerank").wait(60)
    failed = client.submit("build_graph", source="links").wait(60)
    table = next(
        artifact.id
        for artifact in done.artifacts
        if "csv" in artifact.media_type or "parquet" in artifact.name
    )
    own = {
        "runs/{id}/cancel": client.submit("build_graph").id,
        "runs/{id}/retry": failed.id,
        "tools/{name}": "build_graph",
    }

    return {
        route.path: route.path.replace("{name}", own.get(route.path, "")).replace(
            "{id}", own.get(route.path, table if route.path.startswith("artifacts") else done.id)
        )
        for route in ROUTES
    }


#: A body for each route that takes one.
VALID: dict[str, Any] = {
    "submit_run": {"tool": "build_graph", "params": {}},
    "change_many": {"ids": ["1", "absent"], "action": "tag", "tags": ["seen"]},
    "edit_run": {"tags": ["good"], "note": "Kept for the report."},
}


#: Words without which a route answers nothing.
QUERIES = {"search_log": {"q": "a"}}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_an_answer_is_as_described(route: Route, client: Client, paths: dict[str, str]) -> None:
    answered(
        route,
        client.transport.request(
            route.method, paths[route.path], json=VALID.get(route.name), query=QUERIES.get(route.name)
        ),
    )


NOT_FOUND = [route for route in ROUTES if "{" in route.path]


@pytest.mark.parametrize("route", NOT_FOUND, ids=lambda route: route.name)
@pytest.mark.parametrize("word", ["absent", "%00", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%91%A9", "9" * 400])
def test_what_is_not_there_is_answered_as_described(route: Route, word: str, client: Client) -> None:
    path = route.path.replace("{id}", word).replace("{name}", word)
    response = client.transport.request(route.method, path, json=VALID.get(route.name))
    assert response.status == 404
    conforms(response.json(), {"$ref": "#/components/schemas/ErrorAnswer"})


BODIES: list[Any] = [
    [],
    "text",
    1,
    {},
    {"tool": 1},
    {"tool": "build_graph", "params": []},
    {"tool": "build_graph", "params": {"no_such": 1}},
    {"tool": "build_graph", "params": {"source": 5}},
    {"tool": "build_graph", "priority": "urgent"},
    {"tool": "build_graph", "more": True},
    {"tool": "build_graph", "params": {"package": float("nan")}},
    {"tool": "build_graph", "params": {"package": "x" * 10_000_000}},
    {"tool": "no_such_tool", "params": {}},
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body)[:60])
def test_a_bad_request_is_answered_as_described(body: Any, client: Client) -> None:
    response = client.transport.request("POST", "runs", json=body)
    assert 400 <= response.status < 500
    conforms(response.json(), {"$ref": "#/components/schemas/ErrorAnswer"})


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("runs", {"limit": "many"}),
        ("runs", {"limit": "-1"}),
        ("runs", {"cursor": "x"}),
        ("runs", {"cursor": "eyJhIjoxfQ"}),
        ("runs", {"cursor": "WyJ0b29sIiwiYSIsM10"}),
        ("runs", {"status": "nice"}),
        ("runs", {"reason": "bored"}),
        ("runs", {"sort": "beauty"}),
        ("runs", {"param": "damping"}),
        ("runs", {"param": "n>many"}),
        ("runs", {"created_from": "yesterday"}),
        ("runs", {"shortest": "-1"}),
        ("runs/groups", {"by": "mood"}),
        ("runs/groups", {"by": "day", "offset": "x"}),
        ("runs/1", {"wait": "long"}),
        ("runs/1", {"wait": "-1"}),
        ("runs/1", {"wait": "nan"}),
        ("runs/1/log", {"offset": "x"}),
        ("runs/1/log", {"attempt": "99"}),
        ("runs/1/log", {"limit": "0"}),
        ("runs/1/log/lines", {"first": "x"}),
        ("runs/1/log/lines", {"count": "-1"}),
        ("runs/1/log/search", {}),
        ("runs/1/log/search", {"q": "x" * 1001}),
        ("runs/1/log/search", {"q": "x", "offset": "-1"}),
    ],
    ids=str,
)
def test_a_bad_query_is_answered_as_described(
    path: str, query: dict[str, str], client: Client, paths: dict[str, str]
) -> None:
    response = client.transport.request("GET", path, query=query)
    assert 400 <= response.status < 500
    conforms(response.json(), {"$ref": "#/components/schemas/ErrorAnswer"})
