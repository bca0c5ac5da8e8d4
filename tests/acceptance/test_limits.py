"""Runs that take all that there is, side by side: each ends with its limit's name, and the server goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import greedy
import psutil
import pytest
from serving import Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("greedy")
    (folder / "box").mkdir()
    (folder / "box" / "greed.py").write_text(greedy.SOURCE)
    variables = {**greedy.LIMITS, "TOOLRUNNER_WORKERS": "4"}
    with serving(folder / "server", toolboxes=(folder / "box",), **variables) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


def test_each_ends_with_its_limits_name_and_the_server_answers_all_along(server: Server) -> None:
    runs = {tool: server.submit(tool)["id"] for tool in greedy.ENDS}
    answers = 0

    def all_ended() -> bool:
        nonlocal answers
        answers += 1
        page = server.http.get("runs", params={"limit": 50}).raise_for_status().json()
        return all(run["finished_at"] for run in page["items"])

    server.eventually(all_ended, seconds=40)
    assert answers > 3
    for tool, (reason, words) in greedy.ENDS.items():
        run = server.run(runs[tool])
        assert (run["status"], run["reason"]) == ("failed", reason), (tool, run["error"])
        assert words in run["error"]["message"], tool
        assert run["error"]["hint"]
    assert server.done("noop")["status"] == "succeeded"
    assert _processes_of_runs(server) == []


def _processes_of_runs(server: Server) -> list[psutil.Process]:
    """Those that a run has begun: what waits for one has nothing of it in its environment yet."""
    names = {run["id"] for run in server.http.get("runs").json()["items"]}
    found = []
    for process in server.services():
        try:
            if process.environ().get("TOOLRUNNER_RUN") in names:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_the_history_is_asked_for_what_ended_so(server: Server) -> None:
    server.wait(server.submit("fork_bomb")["id"])
    found = server.http.get("runs", params={"reason": "processes"}).json()["items"]
    assert found
    assert {run["reason"] for run in found} == {"processes"}


def test_a_tool_says_what_its_runs_may_take(server: Server) -> None:
    tool = server.http.get("tools/spinner").json()
    assert tool["limits"]["time_limit"] == 2
    assert tool["limits"]["memory_limit"] is None


def test_the_largest_limits_hold_for_every_tool(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "greed.py").write_text(
        "from jupyter_toolrunner import tool\n"
        "@tool(process_limit=1000, open_files_limit=1000)\n"
        "def opens(n: int) -> int:\n"
        "    return len([open('/dev/null') for _ in range(n)])\n"
    )
    command = [sys.executable, "-m", "jupyter_toolrunner.cli", "run", "opens", "-p", "n=600", "--json"]
    variables = {
        "TOOLRUNNER_LARGEST_LIMITS": "open_files_limit=300",
        "TOOLRUNNER_DATA_DIR": str(tmp_path / "data"),
        "TOOLRUNNER_TOOLBOXES": str(tmp_path / "box"),
        "PATH": "/usr/bin:/bin",
    }
    made = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 1, made.stderr
    run = json.loads(made.stdout)
    assert run["reason"] == "open_files"
    assert "had 300 files open, which is its limit" in run["error"]["message"]
