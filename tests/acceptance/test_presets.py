"""Presets over REST, the command line and Python, with a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import websocket
from serving import TOKEN, Server

from jupyter_toolrunner import connect
from jupyter_toolrunner.client import Client
from jupyter_toolrunner.core.errors import NotFound

NASTY = {"text": 'it\'s "quoted"\n\u202e 🎈', "count": 10**30, "value": [{"a": None}, 1e-08]}


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with connect(server.url, TOKEN) as client:
        yield client


def _save(server: Server, name: str, **fields: Any) -> dict[str, Any]:
    answer = server.http.post("presets", json={"tool": "echo", "name": name, "params": NASTY, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _names(server: Server, tool: str = "echo") -> list[str]:
    return [preset["name"] for preset in server.http.get("presets", params={"tool": tool}).json()]


def test_a_preset_is_saved_renamed_shared_and_deleted(server: Server) -> None:
    saved = _save(server, " first \n one ")
    assert (saved["name"], saved["params"], saved["shared"]) == ("first one", NASTY, False)
    changed = server.http.patch(f"presets/{saved['id']}", json={"name": "renamed", "shared": True}).json()
    assert (changed["name"], changed["params"], changed["shared"]) == ("renamed", NASTY, True)
    assert "renamed" in _names(server)
    assert server.http.delete(f"presets/{saved['id']}").json()["name"] == "renamed"
    assert "renamed" not in _names(server)
    assert server.http.delete(f"presets/{saved['id']}").status_code == 404


def test_a_name_that_is_taken_is_refused_with_the_name(server: Server) -> None:
    saved = _save(server, "twice")
    answer = server.http.post("presets", json={"tool": "echo", "name": "twice", "params": {}})
    assert answer.status_code == 409
    assert "twice" in answer.json()["error"]["message"]
    server.http.delete(f"presets/{saved['id']}")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\0b", "\u202eabc"])
def test_a_name_that_nobody_can_read_is_refused(server: Server, name: str) -> None:
    answer = server.http.post("presets", json={"tool": "echo", "name": name})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "name")


def test_a_form_opens_with_the_default_and_only_one_is_it(server: Server) -> None:
    first, second = _save(server, "first", is_default=True), _save(server, "second")
    body = {"tool": "echo", "preset": second["id"]}
    marked = server.http.put("presets/default", json=body).json()
    assert [one["name"] for one in marked if one["is_default"]] == ["second"]
    assert server.http.put("presets/default", json={"tool": "echo", "preset": "nothing"}).status_code == 404
    marked = server.http.put("presets/default", json={"tool": "echo"}).json()
    assert not any(one["is_default"] for one in marked)
    for one in (first, second):
        server.http.delete(f"presets/{one['id']}")


def test_files_beside_the_tools_are_presets_that_only_the_file_changes(server: Server) -> None:
    folder = server.data_dir / "templates" / "presets" / "echo"
    folder.mkdir(parents=True)
    (folder / "from a file.yaml").write_text("text: in a file\ncount: 3\n", "utf-8")
    found = next(
        one
        for one in server.http.get("presets", params={"tool": "echo"}).json()
        if one["name"] == "from a file"
    )
    assert (found["path"], found["params"]["count"]) == (str(folder / "from a file.yaml"), 3)
    assert server.http.patch(f"presets/{found['id']}", json={"name": "x"}).status_code == 403
    assert server.http.delete(f"presets/{found['id']}").status_code == 403
    default = server.http.put("presets/default", json={"tool": "echo", "preset": found["id"]}).json()
    assert [one["name"] for one in default if one["is_default"]] == ["from a file"]
    server.http.put("presets/default", json={"tool": "echo"})


def test_every_window_is_told(server: Server) -> None:
    url = server.url.replace("http", "ws") + f"toolrunner/api/events?token={TOKEN}"
    socket = websocket.create_connection(url, timeout=10)
    assert json.loads(socket.recv())["type"] == "hello"
    saved = _save(server, "told")
    while (message := json.loads(socket.recv()))["type"] != "presets":
        pass
    assert message["tool"] == saved["tool"]
    socket.close()
    server.http.delete(f"presets/{saved['id']}")


def test_a_run_from_python_takes_a_preset_and_what_is_given_goes_before_it(
    server: Server, client: Client
) -> None:
    saved = _save(server, "for python")
    result = client.submit("echo", {"count": 7}, preset="for python").result(60)
    assert (result["count"], result["text"], result["value"]) == (7, NASTY["text"], NASTY["value"])
    with pytest.raises(NotFound, match="no preset 'other'"):
        client.submit("echo", preset="other")
    server.http.delete(f"presets/{saved['id']}")


def test_a_run_in_a_terminal_takes_a_preset(server: Server, tmp_path: Path) -> None:
    saved = _save(server, "for a terminal")
    command = ["run", "echo", "--preset", "for a terminal", "-p", "ratio=0.5", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_toolrunner.cli", *command],
        env={**os.environ, "TOOLRUNNER_URL": server.url, "TOOLRUNNER_API_KEY": TOKEN},
        capture_output=True,
        cwd=tmp_path,
        check=True,
    )
    params = json.loads(done.stdout)["params"]
    assert {name: params[name] for name in NASTY} == NASTY
    assert params["ratio"] == 0.5
    server.http.delete(f"presets/{saved['id']}")


def test_a_file_of_this_machine_is_brought_along(server: Server, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "данные.bin"
    file.write_bytes(b"0123456789" + bytes(9 * 2**20))
    brought = client.upload(file)
    result = client.submit("read_file", file=brought).result(60)
    assert (result["name"], result["size"], result["start"][:10]) == (
        "данные.bin",
        10 + 9 * 2**20,
        "0123456789",
    )
    used = server.http.delete(f"uploads/{brought.id}")
    assert (used.status_code, used.json()["error"]["code"]) == (403, "forbidden")
    assert server.http.get(f"artifacts/{brought.id}").content == file.read_bytes()


def test_a_file_that_is_not_whole_is_refused_at_its_field(server: Server) -> None:
    upload = server.http.post("uploads", json={"name": "half.bin", "size": 10}).json()
    server.http.put(f"uploads/{upload['id']}", params={"offset": 0}, content=b"half")
    answer = server.http.post(
        "runs", json={"tool": "read_file", "params": {"file": {"artifact": upload["id"]}}}
    )
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "file")


def test_an_upload_goes_on_after_the_server_was_killed(own_server: Server) -> None:
    upload = own_server.http.post("uploads", json={"name": "a.bin", "size": 10}).json()
    own_server.http.put(f"uploads/{upload['id']}", params={"offset": 0}, content=b"01234")
    own_server.kill()
    own_server.start()
    assert own_server.http.get(f"uploads/{upload['id']}").json()["received"] == 5
    own_server.http.put(f"uploads/{upload['id']}", params={"offset": 5}, content=b"56789")
    whole = own_server.http.post(f"uploads/{upload['id']}/finish").json()
    assert whole["digest"] == "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"


def test_artifacts_of_a_fitting_type_are_found(server: Server) -> None:
    run = server.done("echo", text="x")
    found = server.http.get("artifacts", params={"accept": ".json", "limit": 1}).json()
    assert (found["items"][0]["run_number"], found["items"][0]["name"]) == (run["number"], "result.json")
    nothing = server.http.get("artifacts", params={"accept": "image/*,.nothing"}).json()
    assert nothing == {"items": [], "next": None}


@pytest.mark.parametrize("tool", ["build_graph", "calculate_pagerank", "graph_visualizer"])
def test_a_starter_tool_comes_with_presets_that_it_accepts_and_nobody_changes(
    server: Server, tool: str
) -> None:
    presets = [one for one in server.http.get("presets", params={"tool": tool}).json() if one["with_tool"]]
    assert len(presets) == 2
    schema = server.http.get(f"tools/{tool}").json()["params_schema"]
    for preset in presets:
        assert preset["problem"] is None
        jsonschema.validate(preset["params"], schema)
        assert server.http.patch(f"presets/{preset['id']}", json={"name": "x"}).status_code == 403
        assert server.http.delete(f"presets/{preset['id']}").status_code == 403
