"""Whatever is asked of the routes, the answer is as described, and none is a 5xx."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from jsonschema import Draft202012Validator
from nasty import TEXTS

from jupyter_toolrunner.api.openapi import openapi
from jupyter_toolrunner.api.routes import ROUTES, Route
from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import LocalTransport
from jupyter_toolrunner.client.transport import Response
from jupyter_toolrunner.core.settings import Settings

COMPONENTS = openapi()["components"]
TOOL = '''from jupyter_toolrunner import tool

@tool
def echo(text: str = "", count: int = 1, items: list[str] | None = None) -> list[dict[str, str]]:
    """Say it again."""
    return [{"text": text}] * count
'''

#: Texts that a program might send in the place of anything.
ODD = st.one_of(
    st.sampled_from([text for text in TEXTS.values() if len(text) < 10_000]),
    st.sampled_from(
        ["", "0", "1", "-1", "1e9", "1e400", "nan", "inf", "9" * 30, "null", "true", "[]", "{}", "#1"]
    ),
    st.sampled_from(["2026-01-01", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+14:00", "0001-01-01"]),
    st.sampled_from(
        ["%", "%00", "../x", "a" * 300, "'; DROP TABLE runs; --", 'a"b', "AND OR NOT", "*", "-count"]
    ),
    st.sampled_from(
        ["٣", "1_000", "count=1", "text", "=", "created_at", "2026-13-45", "+", "a*b", "NEAR(a b)"]
    ),
    st.sampled_from(
        [
            base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
            for place in (
                *(
                    ["-number", 2**63, 2**63],
                    ["-number", "a", 1],
                    ["tool", "a\0", 1],
                    ["status", "\ud800", 1],
                ),
                *(["duration", "a", 1], ["queue", 2**40, 1], ["created", "0001-01-01T00:00:00+14:00", 1]),
            )
        ]
    ),
    st.text(max_size=30),
)
#: A wait that is long would be a test that is long.
WAITS = st.sampled_from(["0", "0.01", "-1", "x", "nan", "", "1e-400"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**63, 2**64, -(2**63) - 1, 10**400]),
    st.floats(allow_nan=False),
    ODD,
)
SHALLOW = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(ODD, LEAVES, max_size=3)
ANYTHING = SHALLOW | st.lists(SHALLOW, max_size=3) | st.dictionaries(ODD, SHALLOW, max_size=3)


class World:
    """A product with a run, an artifact, a preset and an upload, and requests about them."""

    def __init__(self, folder: Path, database_url: str) -> None:
        box = folder / "box"
        box.mkdir()
        (box / "tools.py").write_text(TOOL)
        settings = Settings(
            data_dir=folder / "data", database_url=database_url, toolboxes=(str(box),), workers=1
        )
        self.client = Client(LocalTransport(settings))
        run = self.client.submit("echo", text="a", count=2).wait(60)
        assert run.status == "succeeded", run.log()
        self.known = [
            *("echo", "box.echo", "tools.echo", "starter.build_graph"),
            *(run.id, str(run.number), run.artifacts[0].id, run.version, str(folder / "box")),
            *("succeeded", "queued", "error", "duration", "-created", "tool", "owner", "day", "text=a"),
            *("high", "low", "delete", "cancel", "default", run.artifacts[0].media_type),
        ]

    def send(self, data: DataObject, route: Route) -> Response:
        path = route.path
        for part in route.pattern.groupindex:
            path = path.replace("{" + part + "}", self._quoted(data.draw(self._word(), label=part)))
        described = openapi()["paths"][f"/{route.path}"][route.method.lower()]
        query = {
            word["name"]: data.draw(WAITS if word["name"] == "wait" else self._word(), label=word["name"])
            for word in described.get("parameters", ())
            if word["in"] == "query" and data.draw(st.booleans())
        }
        headers = {
            word["name"]: data.draw(ODD.filter(str.isprintable), label=word["name"])
            for word in described.get("parameters", ())
            if word["in"] == "header" and data.draw(st.booleans())
        }
        content = self._content(data, described)
        return self.client.transport.request(
            route.method, path, query=query, content=content, headers=headers
        )

    def _word(self) -> SearchStrategy[str]:
        return st.sampled_from(self.known) | ODD

    @staticmethod
    def _quoted(text: str) -> str:
        return text.replace("/", "%2F") or "%20"

    def _content(self, data: DataObject, described: dict[str, Any]) -> bytes | None:
        body = described.get("requestBody")
        if body is None or "application/json" not in body["content"]:
            return data.draw(st.binary(max_size=100), label="content") if body else None
        shape = body["content"]["application/json"]["schema"]
        value = data.draw(self._like(shape) | ANYTHING, label="body")
        if data.draw(st.integers(0, 9)) == 0:
            return data.draw(st.binary(max_size=40), label="content")
        return json.dumps(value).encode()

    def _like(self, shape: Any, depth: int = 0) -> SearchStrategy[Any]:
        """Values that fit the shape, most of the time."""
        if not isinstance(shape, dict) or depth > 4:
            return ANYTHING
        if "$ref" in shape:
            return self._like(COMPONENTS["schemas"][shape["$ref"].rpartition("/")[2]], depth)
        for several in ("anyOf", "oneOf"):
            if several in shape:
                return st.one_of([self._like(each, depth + 1) for each in shape[several]])
        if "const" in shape or "enum" in shape:
            return st.sampled_from(shape.get("enum") or [shape["const"]]) | LEAVES
        if shape.get("type") == "object" and "properties" in shape:
            required = set(shape.get("required", ()))
            inner = {name: self._like(each, depth + 1) for name, each in shape["properties"].items()}
            return st.fixed_dictionaries(
                {name: each for name, each in inner.items() if name in required},
                optional={name: each for name, each in inner.items() if name not in required},
            )
        plain: dict[str, SearchStrategy[Any]] = {
            "string": self._word().filter(_names_no_folder),
            "integer": st.integers() | st.integers(-1, 100),
            "number": st.floats(allow_nan=False) | st.integers(-1, 100),
            "boolean": st.booleans(),
            "null": st.none(),
            "array": st.lists(self._like(shape.get("items"), depth + 1), max_size=4),
            "object": st.dictionaries(self._word(), ANYTHING, max_size=4),
        }
        return plain.get(shape.get("type", ""), ANYTHING)


def _names_no_folder(text: str) -> bool:
    """A toolbox that is added is read: not the folder of the tests, and not the whole disk."""
    try:
        return not os.path.isdir(os.path.expanduser(text)) or text.endswith("box")
    except ValueError:
        return True


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    url = request.getfixturevalue("postgres") if request.param == "postgres" else ""
    world = World(tmp_path_factory.mktemp("world"), url)
    with world.client:
        yield world


def is_as_described(route: Route, response: Response) -> None:
    assert response.status < 500, response.body
    described = openapi()["paths"][f"/{route.path}"][route.method.lower()]["responses"]
    if response.status >= 400:
        _conforms(response.json(), {"$ref": "#/components/schemas/ErrorAnswer"})
        return
    assert str(response.status) in described
    content = described[str(response.status)].get("content", {})
    if "application/json" in content and response.status != 204:
        _conforms(response.json(), content["application/json"]["schema"])


def _conforms(answer: Any, schema: dict[str, Any]) -> None:
    validator = Draft202012Validator({"components": COMPONENTS, **schema})
    assert [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(answer)] == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
@given(data=st.data())
def test_every_answer_is_as_described(world: World, route: Route, data: DataObject) -> None:
    is_as_described(route, world.send(data, route))


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data(), route=st.sampled_from(ROUTES))
def test_every_answer_of_many_is_as_described(world: World, route: Route, data: DataObject) -> None:
    is_as_described(route, world.send(data, route))
