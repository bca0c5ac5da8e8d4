"""What the operations answer is what the description of the API promises."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
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


#: What is told of tools only while they are read.
SOMETIMES = {"X-Tools-Reading"}


def answered(route: Route, response: Response) -> None:
    """The status, the media type and the body are what the description says."""
    described = openapi()["paths"][f"/{route.path}"][route.method.lower()]["responses"]
    assert response.status == route.status, response.body
    content = described[str(response.status)].get("content")
    if content is None:
        assert response.body == b""
        return
    assert "*/*" in content or response.headers["content-type"].split(";")[0] in content
    for name in described[str(response.status)].get("headers", {}):
        assert name.lower() in response.headers or name in SOMETIMES
    if "application/json" in content:
        conforms(response.json(), content["application/json"]["schema"])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(LocalTransport(Settings(data_dir=tmp_path_factory.mktemp("data"), workers=1))) as client:
        yield client


@dataclass(frozen=True)
class Asked:
    """What is sent to a route that it answers well."""

    path: str
    json: Any = None
    query: Mapping[str, str] | None = None
    content: bytes | None = None


PACKER = """import argparse
import zipfile
argparse.ArgumentParser(description="Pack a text.").parse_args()
with zipfile.ZipFile("kept.zip", "w") as archive:
    archive.writestr("kept.txt", "kept")
"""


WAITER = """import argparse
import signal
argparse.ArgumentParser(description="Never end.").parse_args()
signal.pause()
"""


@pytest.fixture(scope="module")
def asked(client: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    """Something there is for each route: of a run that succeeded, but where that makes no sense."""
    done = client.submit("calculate_pagerank", reuse=True).wait(60)
    failed = client.submit("build_graph", source="links").wait(60)
    drawn = client.submit("graph_visualizer").wait(60)
    found = {Path(artifact.name).suffix: artifact.id for artifact in (*done.artifacts, *drawn.artifacts)}
    graph = next(artifact.id for artifact in done.artifacts if artifact.name.endswith(".graph.json"))
    boxes = [_toolbox(tmp_path_factory.mktemp("box"), f"box_{n}") for n in range(2)]
    (boxes[0] / "waiter.py").write_text(WAITER, "utf-8")
    send = client.transport.request
    boxed = send("POST", "toolboxes", json={"path": str(boxes[0])}).json()["id"]
    packed = client.submit("of_box_0").wait(60)
    presets = [
        send("POST", "presets", json={"tool": "build_graph", "name": name, "params": {}}).json()["id"]
        for name in ("kept", "removed")
    ]
    uploads = [
        send("POST", "uploads", json={"name": "a.csv", "size": size}).json()["id"] for size in (4, 4, 0, 4)
    ]
    nightly = {"tool": "build_graph", "rule": {"cron": "0 3 * * *"}}
    kept, removed = (send("POST", "schedules", json=nightly).json()["id"] for _ in range(2))
    page = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    send("POST", "dashboards", json={"notebook": page, "name": "withdrawn"})
    batch = send("POST", "batches", json={"tool": "build_graph", "rows": [{}, {}]}).json()["batch"]["id"]
    send("POST", "queue/hold", json={"tool": "graph_visualizer"})
    # Two that are told to end, beside the one that works on.
    send("POST", "workers/scale", json={"workers": 3})
    ends = [_worker(client, name) for name in ("worker-2", "worker-3")]
    send("PUT", "preferences/seen", json={"value": 1})
    own = {
        "get_tool": Asked("tools/build_graph"),
        "forecast_runs": Asked("tools/build_graph/forecast", {"runs": 15, "params": {"source": "links"}}),
        "get_code": Asked("tools/build_graph/code"),
        "find_earlier": Asked("tools/calculate_pagerank/earlier", {"params": {}}),
        "add_toolbox": Asked("toolboxes", {"path": str(boxes[1])}),
        "remove_toolbox": Asked(f"toolboxes/{boxed}"),
        "publish_dashboard": Asked("dashboards", {"notebook": page, "name": "kept"}),
        "withdraw_dashboard": Asked("dashboards/withdrawn"),
        "submit_run": Asked("runs", {"tool": "build_graph", "params": {}}),
        "submit_batch": Asked("batches", {"tool": "build_graph", "rows": [{}, {}]}),
        "check_batch": Asked("batches/check", {"tool": "build_graph", "sweep": {"optional": "*"}}),
        "read_table": Asked(
            "tools/build_graph/table", query={"name": "a.csv"}, content=b"Source,b\nlinks,2\n"
        ),
        "change_many": Asked("runs/bulk", {"ids": ["1", "absent"], "action": "tag", "tags": ["seen"]}),
        "edit_run": Asked(f"runs/{done.id}", {"tags": ["good"], "note": "Kept for the report."}),
        "cancel_run": Asked(f"runs/{client.submit('box_0.waiter').id}/cancel"),
        "retry_run": Asked(f"runs/{failed.id}/retry"),
        "search_log": Asked(f"runs/{done.id}/log/search", query={"q": "a"}),
        "get_json": Asked(f"artifacts/{graph}/json"),
        "get_entries": Asked(f"artifacts/{packed.artifacts[0].id}/entries"),
        "get_graph": Asked(f"artifacts/{graph}/graph"),
        "get_thumbnail": Asked(f"artifacts/{found['.png']}/thumbnail"),
        "get_preference": Asked("preferences/seen"),
        "put_preference": Asked("preferences/seen", {"value": [1]}),
        "delete_preference": Asked("preferences/seen"),
        "list_presets": Asked("presets", query={"tool": "build_graph"}),
        "save_preset": Asked("presets", {"tool": "build_graph", "name": "mine", "params": {}}),
        "set_default_preset": Asked("presets/default", {"tool": "build_graph", "preset": presets[0]}),
        "change_preset": Asked(f"presets/{presets[0]}", {"shared": True}),
        "delete_preset": Asked(f"presets/{presets[1]}"),
        "add_schedule": Asked("schedules", {"tool": "build_graph", "rule": {"every": 3600}}),
        "preview_schedule": Asked("schedules/preview", {"cron": "30 2 * * *", "zone": "Europe/Berlin"}),
        "change_schedule": Asked(f"schedules/{kept}", {"name": "nightly"}),
        "remove_schedule": Asked(f"schedules/{removed}"),
        "get_queue": Asked("queue"),
        "get_retention": Asked("retention"),
        "clean": Asked("retention/clean", {"dry_run": False}),
        "hold_queue": Asked("queue/hold", {"tool": "calculate_pagerank", "note": "new data"}),
        "release_queue": Asked("queue/release", {"tool": "graph_visualizer"}),
        "move_runs": Asked("queue/move", {"ids": ["1", "absent"], "to": "front"}),
        "drain_worker": Asked(f"workers/{ends[0]}/drain"),
        "stop_worker": Asked(f"workers/{ends[1]}/stop"),
        "scale_crew": Asked("workers/scale", {"workers": 1}),
        "begin_upload": Asked("uploads", {"name": "b.csv", "size": 4}),
        "get_upload": Asked(f"uploads/{uploads[0]}"),
        "write_upload": Asked(f"uploads/{uploads[1]}", query={"offset": "0"}, content=b"a,b\n"),
        "finish_upload": Asked(f"uploads/{uploads[2]}/finish"),
        "remove_upload": Asked(f"uploads/{uploads[3]}"),
    }
    ids = {"artifacts": found[".csv"], "runs": done.id, "batches": batch, "schedules": kept}
    return {
        route.name: own.get(route.name)
        or Asked(route.path.replace("{id}", ids.get(route.path.partition("/")[0], "")))
        for route in ROUTES
    }


def _worker(client: Client, name: str) -> str:
    deadline = time.monotonic() + 60
    while not (found := [each.id for each in client.workers() if each.name == name]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found[0]


def _toolbox(folder: Path, name: str) -> Path:
    box = folder / name
    box.mkdir()
    (box / f"of_{name}.py").write_text(PACKER, "utf-8")
    return box


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_an_answer_is_as_described(route: Route, client: Client, asked: dict[str, Asked]) -> None:
    answered(route, _ask(client, route, asked[route.name]))


def _ask(client: Client, route: Route, asked: Asked) -> Response:
    """The answer, when what has to be read for it is read."""
    deadline = time.monotonic() + 60
    while True:
        response = client.transport.request(
            route.method, asked.path, json=asked.json, query=asked.query, content=asked.content
        )
        if response.status != 202 or time.monotonic() > deadline:
            return response


#: What a preference's key may be is another question.
NOT_FOUND = [route for route in ROUTES if "{" in route.path and "{key}" not in route.path]


@pytest.mark.parametrize("route", NOT_FOUND, ids=lambda route: route.name)
@pytest.mark.parametrize("word", ["absent", "%00", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%91%A9", "9" * 400])
def test_what_is_not_there_is_answered_as_described(
    route: Route, word: str, client: Client, asked: dict[str, Asked]
) -> None:
    path = route.path.replace("{id}", word).replace("{name}", word)
    of = asked[route.name]
    response = client.transport.request(route.method, path, json=of.json, query=of.query, content=of.content)
    assert response.status == 404
    conforms(response.json(), {"$ref": "#/components/schemas/ErrorAnswer"})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("word", ["%00", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%91%A9", "Upper", "9" * 400])
def test_a_bad_key_of_a_preference_is_answered_as_described(method: str, word: str, client: Client) -> None:
    json = {"value": 1} if method == "PUT" else None
    response = client.transport.request(method, f"preferences/{word}", json=json)
    assert 400 <= response.status < 500
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
    path: str, query: dict[str, str], client: Client, asked: dict[str, Asked]
) -> None:
    response = client.transport.request("GET", path, query=query)
    assert 400 <= response.status < 500
    conforms(response.json(), {"$ref": "#/components/schemas/ErrorAnswer"})


def test_values_are_asked_about_in_no_address(client: Client, asked: dict[str, Asked]) -> None:
    """Servers write addresses down, and refuse long ones."""
    assert not any(word.name == "params" for route in ROUTES for word in route.query)
    told = client.forecast("build_graph", params={"package": "x" * 200_000})
    assert (told.tool.endswith("build_graph"), told.runs) == (True, 1)
