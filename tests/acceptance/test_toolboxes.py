"""Toolboxes that people add to a running server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, serving

SCRIPT = '''"""Say hello."""
import argparse
parser = argparse.ArgumentParser(description="Say hello")
parser.add_argument("--name", default="you")
print("hello", parser.parse_args().name)
'''


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "server") as server:
        yield server


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    folder = tmp_path / "my scripts"
    folder.mkdir()
    (folder / "hello.py").write_text(SCRIPT)
    return folder


def _names(server: Server) -> set[str]:
    return {tool["name"] for tool in server.http.get("tools").json()}


def test_an_added_folder_runs_survives_a_restart_and_can_be_removed(
    own_server: Server, scripts: Path
) -> None:
    added = own_server.http.post("toolboxes", json={"path": f"{scripts}/"})
    assert added.status_code == 201, added.text
    toolbox = added.json()
    assert (toolbox["place"], toolbox["added"], toolbox["tools"]) == (str(scripts), True, 1)
    assert "my scripts.hello" in _names(own_server)
    run = own_server.done("my scripts.hello", name="Ada")
    assert own_server.log_of(run["id"]) == "hello Ada\n"

    own_server.kill()
    own_server.start()
    own_server.eventually(lambda: "my scripts.hello" in _names(own_server))

    assert own_server.http.delete(f"toolboxes/{toolbox['id']}").status_code == 204
    assert "my scripts.hello" not in _names(own_server)
    assert own_server.run(run["id"])["status"] == "succeeded"
    assert (scripts / "hello.py").exists()
    assert own_server.http.delete(f"toolboxes/{toolbox['id']}").status_code == 404


def test_an_added_script_is_a_toolbox_of_its_own(own_server: Server, scripts: Path) -> None:
    own_server.http.post("toolboxes", json={"path": str(scripts / "hello.py")}).raise_for_status()
    assert "hello.hello" in _names(own_server)


def test_what_is_no_toolbox_is_refused_with_the_reason_and_nothing_is_added(
    own_server: Server, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    library = tmp_path / "library"
    library.mkdir()
    (library / "values.py").write_text("ANSWER = 42\n")
    note = tmp_path / "note.txt"
    note.write_text("no script")
    for path, reason in {
        str(tmp_path / "nowhere"): "There is no",
        "relative/path": "no absolute path",
        "": "no path",
        "a\0b": "no path",
        str(note): "not a folder",
        str(empty): "is a tool",
        str(library): "is a tool",
        "/": "much more than scripts",
        "~": "much more than scripts",
        "/usr": "much more than scripts",
    }.items():
        answer = own_server.http.post("toolboxes", json={"path": path})
        assert answer.status_code == 400, (path, answer.text)
        error = answer.json()["error"]
        assert reason in error["message"], (path, error)
        assert error["field"] == "path"
        assert error["hint"].startswith("Nothing was added.")
    assert [toolbox["id"] for toolbox in own_server.http.get("toolboxes").json()] == ["starter"]


def test_the_same_folder_twice_and_one_of_the_configuration_are_conflicts(
    own_server: Server, scripts: Path
) -> None:
    own_server.http.post("toolboxes", json={"path": str(scripts)}).raise_for_status()
    again = own_server.http.post("toolboxes", json={"path": str(scripts)})
    assert again.status_code == 409
    assert "is a toolbox already" in again.json()["error"]["message"]
    removed = own_server.http.delete("toolboxes/starter")
    assert removed.status_code == 409
    assert "installed package" in removed.json()["error"]["hint"]


def test_a_second_server_on_the_same_data_takes_it_up(
    own_server: Server, scripts: Path, tmp_path: Path
) -> None:
    with serving(tmp_path / "second", TOOLRUNNER_DATA_DIR=str(own_server.data_dir)) as second:
        own_server.http.post("toolboxes", json={"path": str(scripts)}).raise_for_status()
        second.eventually(lambda: "my scripts.hello" in _names(second), seconds=5)


def test_a_broken_file_in_it_is_listed_and_hides_nothing(own_server: Server, scripts: Path) -> None:
    (scripts / "bad.py").write_text("def (:\n")
    own_server.http.post("toolboxes", json={"path": str(scripts)}).raise_for_status()
    tools = {tool["short_name"]: tool for tool in own_server.http.get("tools").json()}
    assert tools["hello"]["error"] is None
    assert tools["bad"]["error"]["line"] == 1
