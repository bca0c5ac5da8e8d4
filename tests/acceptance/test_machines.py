"""Workers on machines that share with the server three addresses and no disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, serving
from shared import Addresses, Workers, is_attempted_by, working

BOX = Path(__file__).parent / "toolbox"
BESIDE = '''"""Read a file beside the script."""
import argparse
from pathlib import Path
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--file", type=Path, default=Path(__file__).parent / "beside.txt")
print(parser.parse_args().file.read_text())
'''


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same toolbox, as the server and as the workers have it."""
    folder = tmp_path_factory.mktemp("boxes")
    here, there = folder / "here" / "toolbox", folder / "there" / "lies" / "toolbox"
    for place, text in ((here, "of the server"), (there, "of the worker")):
        shutil.copytree(BOX, place)
        (place / "beside.py").write_text(BESIDE)
        (place / "beside.txt").write_text(text)
    return here, there


@pytest.fixture(scope="module")
def server(
    addresses_of_module: Addresses, boxes: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One that has no workers of its own."""
    variables = {"TOOLRUNNER_WORKERS": "0", **addresses_of_module.variables()}
    with serving(tmp_path_factory.mktemp("server"), toolboxes=(boxes[0],), **variables) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


@pytest.fixture(scope="module")
def workers(
    server: Server,
    addresses_of_module: Addresses,
    boxes: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("machine")
    quick = {"TOOLRUNNER_LEASE_SECONDS": "3"}
    with working(folder / "one", addresses_of_module, (boxes[1],), count=2, **quick) as workers:
        yield workers


def test_a_run_without_a_worker_says_so_and_starts_when_there_is_one(
    server: Server, request: pytest.FixtureRequest
) -> None:
    """The first of the module: the machine with workers comes with it."""
    run = server.submit("echo", text="far away")
    said = server.eventually(lambda: server.run(run["id"])["waits"])
    assert f"no worker has version {run['version'][:8]} of toolbox.echo" in said
    assert "No machine with workers has answered" in said
    (problem,) = server.http.get("health").json()["problems"]
    assert problem == f"{said} Runs that wait for it: 1."
    workers = request.getfixturevalue("workers")
    ended = server.wait(run["id"])
    assert (ended["status"], ended["waits"]) == ("succeeded", None)
    assert is_attempted_by(server, run, workers)
    assert server.result(ended)["text"] == "far away"
    server.eventually(lambda: server.http.get("health").json()["problems"] == [])


def test_the_doctor_looks_at_the_store(server: Server, addresses_of_module: Addresses) -> None:
    said = _doctor(server, addresses_of_module.variables())
    assert "ok    artifact store: s3://…@test-" in said
    assert "secret" not in said
    away = {
        **addresses_of_module.variables(),
        "TOOLRUNNER_ARTIFACTS_URL": "s3://b?endpoint_url=http://127.0.0.1:9",
    }
    assert (
        "FAIL  artifact store: The artifact store s3://b?endpoint_url=http://127.0.0.1:9 cannot be used"
        in _doctor(server, away)
    )


def _doctor(server: Server, variables: dict[str, str]) -> str:
    command = [sys.executable, "-m", "jupyter_toolrunner.cli", "doctor"]
    environment = {**os.environ, **variables, "TOOLRUNNER_DATA_DIR": str(server.data_dir)}
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


def test_the_files_of_the_workers_machine_are_used(server: Server, workers: Workers, tmp_path: Path) -> None:
    assert server.log_of(server.done("beside")["id"]) == "of the worker\n"
    named = tmp_path / "named.txt"
    named.write_text("of both")
    assert server.log_of(server.done("beside", file=str(named))["id"]) == "of both\n"


def test_log_and_progress_are_live_and_the_kept_log_is_exact(server: Server, workers: Workers) -> None:
    run = server.submit("lines", count=100, pause=0.05)
    text, offset, complete = b"", 0, False
    seen: set[float] = set()
    while not complete:
        answer = server.http.get(f"runs/{run['id']}/log", params={"offset": offset, "wait": 10})
        assert int(answer.headers["X-Log-Offset"]) == offset
        text += answer.content
        offset = int(answer.headers["X-Log-Next"])
        complete = answer.headers["X-Log-Complete"] == "true"
        if answer.content and not complete:
            seen.add(len(text))
        progress = server.run(run["id"])["progress"]
        if progress is not None:
            seen.add(-progress["done"])
    expected = "".join(f"line {number}\n" for number in range(100))
    assert text.decode() == expected
    assert len(seen) > 10
    assert server.log_of(run["id"]) == expected
    page = server.http.get(f"runs/{run['id']}/log/lines", params={"first": -3}).json()
    assert [line["text"] for line in page["lines"]] == ["line 97", "line 98", "line 99"]
    assert page["total"] == 100


def test_an_upload_and_a_result_are_inputs_far_away(server: Server, workers: Workers) -> None:
    content = b"brought along " * 100_000
    upload = server.http.post("uploads", json={"name": "brought.txt", "size": len(content)}).json()
    path = f"uploads/{upload['id']}"
    digest = hashlib.sha256(content).hexdigest()
    for offset in (0, 500_000):
        piece = content[:500_000] if offset == 0 else content[offset:]
        sent = server.http.put(path, params={"offset": offset}, content=piece)
        assert sent.status_code == 200, sent.text
    assert server.http.post(f"{path}/finish", params={"digest": digest}).status_code == 200
    run = server.done("read_file", file={"artifact": upload["id"]})
    assert server.result(run)["size"] == len(content)
    again = server.done("read_file", file={"artifact": run["artifacts"][0]["id"]})
    assert server.result(again)["name"] == "result.json"
    assert server.http.get(f"artifacts/{upload['id']}").content == content


def test_a_published_notebook_is_kept_in_the_store(server: Server) -> None:
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    made = server.http.post("dashboards", json={"notebook": notebook, "path": "a.ipynb", "title": "Far"})
    assert made.status_code == 201, made.text
    page = server.http.get(f"{server.url}toolrunner/dashboards/{made.json()['name']}")
    assert (page.status_code, "Far" in page.text) == (200, True)


def test_a_worker_does_not_run_another_version_than_the_one_that_was_asked_for(
    server: Server, workers: Workers, boxes: tuple[Path, Path]
) -> None:
    here, there = (box / "say.py" for box in boxes)
    before = server.http.get("tools/say").json()["version"]
    here.write_text(here.read_text() + "print('as it is now')\n")
    server.eventually(lambda: server.http.get("tools/say").json()["version"] != before)
    run = server.submit("say")
    # What the workers can run is not held up by what they can't.
    assert server.done("echo", text="behind it")["status"] == "succeeded"
    said = server.eventually(lambda: server.run(run["id"])["waits"])
    assert "Bring the toolbox up to date on" in said
    there.write_text(here.read_text())
    ended = server.wait(run["id"])
    assert "as it is now" in server.log_of(run["id"])
    assert ended["version"] == run["version"]


def test_the_ring_comes_to_the_machine_that_has_the_tool(
    server: Server, workers: Workers, addresses_of_module: Addresses, boxes: tuple[Path, Path], tmp_path: Path
) -> None:
    (boxes[0] / "rare.py").write_text("print('rare')\n")
    other = tmp_path / "other" / "toolbox"
    other.mkdir(parents=True)
    (other / "rare.py").write_text("print('rare')\n")
    with working(tmp_path / "two", addresses_of_module, (other,)) as few:
        ended = server.wait(server.eventually(lambda: _submitted(server, "rare"))["id"])
        assert is_attempted_by(server, ended, few)
        for _ in range(3):
            # Each of the others hears of one of these first.
            assert server.done("echo")["status"] == "succeeded"
            assert is_attempted_by(server, server.done("rare"), few)


def test_a_machine_that_dies_leaves_the_log_and_the_run_goes_on_elsewhere(
    server: Server, workers: Workers, addresses_of_module: Addresses, boxes: tuple[Path, Path], tmp_path: Path
) -> None:
    """The last of the module: it kills the machine of the others."""
    marker = uuid.uuid4().hex
    lost, again = server.submit("linger", marker=marker), server.submit("stay", marker=marker, seconds=1)
    # In the store, and not in the live stream alone.
    server.eventually(lambda: all(_kept(server, run) for run in (lost, again)))
    workers.kill()
    with working(tmp_path / "two", addresses_of_module, (boxes[1],)) as two:
        ended = server.wait(lost["id"])
        assert (ended["status"], ended["reason"]) == ("failed", "lost_worker")
        assert "grandchild is up" in server.log_of(lost["id"])
        ended = server.wait(again["id"])
        assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
        assert is_attempted_by(server, again, two)
        first = server.http.get(f"runs/{again['id']}/log", params={"attempt": 1}).text
        assert "grandchild is up" in first
    server.eventually(lambda: not server.processes(marker), seconds=5)


def _submitted(server: Server, tool: str, **params: object) -> dict[str, str] | None:
    """None while the tool is being read."""
    answer = server.http.post("runs", json={"tool": tool, "params": params})
    return answer.json() if answer.status_code == 201 else None


def _kept(server: Server, run: dict[str, str]) -> bool:
    (attempt,) = server.run(run["id"])["attempts"]
    return bool(attempt["log_size"] > 0)
