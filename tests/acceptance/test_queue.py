"""The queue as people use it, through REST, Python and the command line of a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, serving

SLEEPER = '''"""Wait until somebody makes the file."""
import argparse
import pathlib
import time

parser = argparse.ArgumentParser()
parser.add_argument("--until", default="")
until = parser.parse_args().until
while until and not pathlib.Path(until).exists():
    time.sleep(0.02)
'''


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    box = tmp_path / "box"
    box.mkdir()
    for name in ("limited", "free"):
        (box / f"{name}.py").write_text(SLEEPER)
    (box / "toolbox.yaml").write_text("tools: {limited: {max_running: 1}}\n")
    with serving(tmp_path / "server", toolboxes=(box,)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


def test_what_waits_for_a_limit_says_so_and_holds_up_no_other_tool(server: Server, tmp_path: Path) -> None:
    until = str(tmp_path / "go")
    first = server.submit("box.limited", until=until)
    server.eventually(lambda: server.http.get(f"runs/{first['id']}").json()["status"] == "running")
    second = server.submit("box.limited", until=until)
    other = server.submit("box.free")
    assert server.wait(other["id"])["status"] == "succeeded"
    waits = server.http.get(f"runs/{second['id']}").json()["waits"]
    assert waits == "Waits: 1 of 1 runs of this tool are running."
    place = server.http.get(f"runs/{second['id']}/place").json()
    assert (place["position"], place["waits"]["kind"]) == (1, "tool_limit")
    queue = server.http.get("queue").json()
    assert [item["run"]["id"] for item in queue["items"]] == [second["id"]]
    assert queue["tools"][0]["max_running"] == 1
    Path(until).touch()
    assert server.wait(second["id"])["status"] == "succeeded"


def test_a_hold_is_seen_and_anybody_who_may_run_releases_it(server: Server) -> None:
    held = server.http.post("queue/hold", json={"tool": "free", "note": "new data"})
    assert held.json()["tool"] == "box.free"
    assert server.http.post("queue/hold", json={"tool": "free"}).status_code == 409
    runs = [server.submit("box.free") for _ in range(3)]
    waits = server.http.get(f"runs/{runs[0]['id']}").json()["waits"]
    assert "is held by" in waits
    assert "(new data)" in waits
    ids = [run["id"] for run in runs]
    moved = server.http.post("queue/move", json={"ids": ids[2:], "to": "before", "beside": ids[1]}).json()
    assert not moved["refused"]
    listed = server.http.get("queue", params={"owner": "me"}).json()["items"]
    assert [item["run"]["id"] for item in listed] == [ids[0], ids[2], ids[1]]
    assert server.http.post("queue/release", json={"tool": "free"}).status_code == 200
    for run in ids:
        assert server.wait(run)["status"] == "succeeded"
