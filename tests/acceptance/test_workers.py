"""Workers that are looked at, drained, stopped and scaled while a real server and its supervisor run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from serving import TOKEN, Server, serving
from shared import Addresses, working

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
TOOLS = ("wait", "again")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    box = tmp_path_factory.mktemp("boxes") / "box"
    box.mkdir()
    for name in TOOLS:
        (box / f"{name}.py").write_text(SLEEPER)
    (box / "toolbox.yaml").write_text("tools: {again: {delivery: idempotent}}\n")
    return box


@pytest.fixture(scope="module")
def server(box: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), toolboxes=(box,), TOOLRUNNER_WORKERS="2") as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        server.eventually(lambda: crew(server) == (2, 2))
        yield server


@pytest.fixture
def two(server: Server) -> Server:
    """With two workers that have nothing to do, whatever the test before has left."""
    assert server.http.post("workers/scale", json={"workers": 2}).status_code == 200
    server.eventually(lambda: [one["state"] for one in said(server)] == ["idle", "idle"])
    return server


def living(server: Server) -> list[dict[str, Any]]:
    return [one for one in server.http.get("workers").json() if one["state"] != "stopped"]


def said(server: Server) -> list[dict[str, Any]]:
    """Those of them that have said something of themselves."""
    return [one for one in living(server) if one["version"]]


def worker(server: Server, id_: str) -> dict[str, Any] | None:
    return next((one for one in server.http.get("workers").json() if one["id"] == id_), None)


def crew(server: Server) -> tuple[int, int]:
    """How many are wanted and up on the server's machine."""
    found = server.http.get("workers/scale").json()
    return found["wanted"], found["up"]


def state(server: Server, id_: str) -> str | None:
    found = worker(server, id_)
    return None if found is None else found["state"]


def tell(server: Server, id_: str, order: str) -> dict[str, Any]:
    answer = server.http.post(f"workers/{id_}/{order}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def at_work(server: Server, tool: str, until: Path) -> Mapping[str, Any]:
    run = server.submit(f"box.{tool}", until=str(until))
    return dict(
        server.eventually(lambda: now if (now := server.run(run["id"]))["status"] == "running" else None)
    )


def test_each_worker_says_where_and_what_it_is_and_what_it_takes(two: Server) -> None:
    for one in living(two):
        assert one["here"]
        assert one["python"] == ".".join(map(str, sys.version_info[:3]))
        assert one["version"] == two.http.get("health").json()["version"]
        assert 10e6 < one["memory"] < 2e9
        assert one["seen_at"] >= one["started_at"]
    assert two.http.get("workers/scale").json() == {"wanted": 2, "configured": 2, "up": 2}


def test_a_drained_worker_finishes_its_run_takes_no_other_and_stays_away(two: Server, tmp_path: Path) -> None:
    first = at_work(two, "wait", tmp_path / "go")
    drained = tell(two, first["worker"], "drain")
    assert (drained["state"], drained["run"]["id"]) == ("draining", first["id"])
    assert drained["told_by"]
    others = [two.submit("box.wait")["id"] for _ in range(5)]
    for run in others:
        ended = two.wait(run)
        assert (ended["status"], ended["worker"] != first["worker"]) == ("succeeded", True)
    assert two.run(first["id"])["status"] == "running"
    (tmp_path / "go").touch()
    assert two.wait(first["id"])["status"] == "succeeded"
    two.eventually(lambda: state(two, first["worker"]) == "stopped", seconds=10)
    two.eventually(lambda: crew(two) == (1, 1))
    (left,) = living(two)
    assert left["state"] == "idle"
    assert two.http.post(f"workers/{first['worker']}/stop").status_code == 409


def test_an_idle_worker_that_is_drained_is_gone_within_two_seconds(two: Server) -> None:
    name = living(two)[1]["name"]
    began = time.monotonic()
    told = tell(two, name, "drain")
    two.eventually(lambda: state(two, told["id"]) == "stopped", seconds=10)
    assert time.monotonic() - began < 3


def test_a_stopped_worker_ends_at_once_and_its_run_goes_as_its_tool_says(two: Server, tmp_path: Path) -> None:
    once = at_work(two, "wait", tmp_path / "never")
    again = at_work(two, "again", tmp_path / "go")
    tell(two, once["worker"], "stop")
    ended = two.wait(once["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "lost_worker")
    assert "Its worker was stopped while this ran" in ended["error"]["message"]
    two.eventually(lambda: state(two, once["worker"]) == "stopped", seconds=10)
    tell(two, again["worker"], "stop")
    two.eventually(lambda: state(two, again["worker"]) == "stopped", seconds=10)
    two.eventually(lambda: crew(two) == (0, 0))
    two.http.post("workers/scale", json={"workers": 1}).raise_for_status()
    (tmp_path / "go").touch()
    ended = two.wait(again["id"])
    assert (ended["status"], ended["attempt"]) == ("succeeded", 2)


def test_scaling_adds_workers_and_lets_go_those_that_are_too_many_when_their_run_is_done(
    two: Server, tmp_path: Path
) -> None:
    two.http.post("workers/scale", json={"workers": 3}).raise_for_status()
    two.eventually(lambda: [one["name"] for one in living(two)] == ["worker-1", "worker-2", "worker-3"])
    runs = [at_work(two, "wait", tmp_path / "go") for _ in range(3)]
    assert two.http.post("workers/scale", json={"workers": 0}).json()["wanted"] == 0
    two.eventually(lambda: {one["state"] for one in living(two)} == {"draining"})
    # The run of one that leaves takes as long as it takes: who is wanted now comes at once.
    two.http.post("workers/scale", json={"workers": 1}).raise_for_status()
    assert two.done("box.wait")["status"] == "succeeded"
    assert "worker-4" in [one["name"] for one in living(two)]
    (tmp_path / "go").touch()
    for run in runs:
        assert two.wait(run["id"])["status"] == "succeeded"
    two.eventually(lambda: [one["name"] for one in living(two)] == ["worker-4"])


def test_how_many_there_can_be_and_whom_one_can_tell(two: Server) -> None:
    for count in (-1, 101, 1.5, "many", None):
        answer = two.http.post("workers/scale", json={"workers": count})
        assert answer.status_code == 400, answer.text
    assert two.http.post("workers/nobody/drain").status_code == 404
    assert two.http.get("workers/scale").json()["wanted"] == 2


def test_workers_of_another_machine_are_told_through_the_database_alone(
    addresses: Addresses, box: Path, tmp_path: Path
) -> None:
    variables = addresses.variables()
    # Nobody answers there: neither rings nor orders come by it.
    deaf = Addresses(addresses.database, "redis://127.0.0.1:1/0", addresses.artifacts)
    nobody = {"TOOLRUNNER_WORKERS": "0", **variables}
    with serving(tmp_path / "server", toolboxes=(box,), **nobody) as server:
        answer = server.http.post("workers/scale", json={"workers": 2})
        assert (answer.status_code, "No supervisor" in answer.text) == (409, True)
        with working(tmp_path / "machine", deaf, (box,), count=2) as machine:
            server.eventually(lambda: len(said(server)) == 2)
            assert not any(one["here"] for one in living(server))
            run = at_work(server, "wait", tmp_path / "go")
            for each in living(server):
                tell(server, each["name"], "drain")
            assert machine.process is not None
            (tmp_path / "go").touch()
            assert server.wait(run["id"])["status"] == "succeeded"
            # It has nobody left to look after.
            assert machine.process.wait(20) == 0
            machine.process = None
        assert {one["state"] for one in server.http.get("workers").json()} == {"stopped"}


def test_the_command_line_lists_tells_and_scales(two: Server) -> None:
    def command(*words: str) -> str:
        made = subprocess.run(
            [sys.executable, "-m", "jupyter_toolrunner.cli", "workers", *words],
            env={**os.environ, "TOOLRUNNER_URL": two.url, "TOOLRUNNER_API_KEY": TOKEN},
            capture_output=True,
            text=True,
        )
        return f"{made.returncode} {made.stdout}{made.stderr}"

    listed = command("list")
    assert "2 workers of this machine kept up." in listed
    assert all(one["name"] in listed for one in living(two))
    assert "1 worker of this machine kept up" in command("scale", "1")
    assert command("scale", "-1").startswith("2 ")
    two.eventually(lambda: len(living(two)) == 1)
    (left,) = living(two)
    assert f"{left['name']} on {left['host']} is about to end." in command("stop", left["name"])
    assert command("drain", "nobody").startswith("3 ")
