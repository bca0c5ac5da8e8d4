"""A team's folders of scripts, as they are: all listed, all run side by side, and nothing of theirs changes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus_table import CORPUS, RUNS, TOOLBOXES, Case
from serving import Server, serving


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "corpus"
    shutil.copytree(CORPUS, folder)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Iterator[Server]:
    boxes = tuple(corpus / box for box in TOOLBOXES)
    with serving(tmp_path_factory.mktemp("server"), toolboxes=boxes) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"], seconds=120)
        yield server


def state_of(folder: Path) -> dict[str, str]:
    """Every file below with a digest of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def tools_by_path(server: Server) -> dict[tuple[str, str], dict[str, Any]]:
    """By file and command; the command is empty for a file that is one tool."""
    found = {}
    for tool in server.http.get("tools").json():
        if tool["path"]:
            found[tool["path"], ""] = found[tool["path"], tool["short_name"]] = tool
    return found


def tool_of(listed: dict[tuple[str, str], dict[str, Any]], corpus: Path, case: Case) -> dict[str, Any]:
    name = case.tool if case.toolbox == "commands" else ""
    return listed[str(corpus / case.toolbox / case.script), name]


def end_of_log(server: Server, run: str) -> str:
    return server.http.get(f"runs/{run}/log", params={"offset": -100_000}).text


def test_every_script_that_can_run_is_listed_with_a_schema_and_no_error(server: Server, corpus: Path) -> None:
    listed = tools_by_path(server)
    for case in RUNS:
        tool = tool_of(listed, corpus, case)
        assert tool["error"] is None, tool["error"]
        assert tool["params_schema"]["type"] == "object"


def test_hostile_scripts_are_listed_with_their_error_and_harm_nothing(server: Server, corpus: Path) -> None:
    listed = tools_by_path(server)
    hostile = [tool for (path, _), tool in listed.items() if Path(path).parent == corpus / "hostile"]
    assert hostile
    assert all(tool["error"] or tool["notice"] or tool["params_schema"] for tool in hostile)
    assert any(tool["error"] for tool in hostile)
    assert state_of(corpus) == state_of(CORPUS)


def test_all_run_side_by_side_and_the_originals_stay_untouched(server: Server, corpus: Path) -> None:
    listed = tools_by_path(server)
    before = state_of(corpus)
    submitted: list[tuple[Case, dict[str, Any]]] = []
    for case in RUNS:
        name = tool_of(listed, corpus, case)["name"]
        submitted += [(case, server.submit(name, **case.params)) for _ in range(2)]
    wrong = []
    for case, run in submitted:
        ended = server.wait(run["id"], seconds=300)
        expected = "succeeded" if case.status == 0 else "failed"
        names = [artifact["name"] for artifact in ended["artifacts"]]
        left = not case.leaves or any(name.endswith(case.leaves) for name in names)
        if ended["status"] != expected or not left or case.prints not in end_of_log(server, run["id"]):
            wrong.append((case.script, case.params, ended["status"], ended["error"], names))
    assert not wrong
    assert state_of(corpus) == before
