"""Results that are taken again: through REST, Python and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import TOKEN, Server, serving

from jupyter_toolrunner.client import Client, connect
from jupyter_toolrunner.client.errors import RunFailed

BOX = '''
import os, time
from pathlib import Path
from jupyter_toolrunner import tool

def note(log: str) -> None:
    # What tells how often it was really run.
    with open(Path(__file__).parent / "log" / log, "a") as file:
        file.write("ran\\n")

@tool(reuse=True)
def double(n: int = 1, log: str = "double", seconds: float = 0.0, fails: bool = False) -> int:
    """Twice the number."""
    note(log)
    time.sleep(seconds)
    if fails:
        raise ValueError("no luck")
    return 2 * n

@tool(reuse=True)
def size(file: Path, log: str = "size") -> int:
    """Bytes of a file."""
    note(log)
    return len(file.read_bytes())

@tool(reuse=True)
def total(values: list[int], log: str = "total") -> int:
    """The sum."""
    note(log)
    return sum(values)

@tool
def plain(log: str = "plain") -> str:
    """Says nothing of reuse."""
    note(log)
    return "done"

@tool(reuse=False)
def send(log: str = "send") -> str:
    """Sends a message."""
    note(log)
    return "sent"
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reuse")
    (folder / "log").mkdir()
    (folder / "box.py").write_text(BOX)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder / "server", toolboxes=(folder / "box.py",)) as server:
        server.eventually(lambda: len(server.http.get("tools").json()) >= 5)
        yield server


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    with connect(server.url, api_key=TOKEN) as client:
        yield client


@pytest.fixture
def log(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


@pytest.fixture
def times(folder: Path, log: str) -> Any:
    """How often runs with this log were really made."""

    def count() -> int:
        file = folder / "log" / log
        return len(file.read_text().splitlines()) if file.exists() else 0

    return count


def test_the_second_run_is_there_at_once(client: Client, log: str, times: Any) -> None:
    first = client.submit("double", n=4, log=log).wait(30)
    second = client.submit("double", n=4, log=log)
    assert second.status == "succeeded"
    assert second.result() == first.result() == 8
    assert second.reused is not None
    assert (second.reused.run, second.reused.number) == (first.id, first.number)
    assert client.submit("double", n=5, log=log).result(30) == 10
    assert times() == 2


def test_it_is_shown_before_it_is_run(client: Client, log: str) -> None:
    assert client.earlier("double", n=4, log=log) is None
    first = client.submit("double", n=4, log=log).wait(30)
    found = client.earlier("double", n=4, log=log)
    assert found is not None
    assert found.number == first.number


def test_what_says_nothing_is_reused_where_that_is_asked_for(client: Client, log: str, times: Any) -> None:
    client.submit("plain", log=log, reuse=True).wait(30)
    assert client.submit("plain", log=log).wait(30).reused is None
    assert client.submit("plain", log=log, reuse=True).wait(30).reused is not None
    assert times() == 2


def test_what_forbids_it_is_always_run(server: Server, client: Client, log: str, times: Any) -> None:
    for _ in range(2):
        client.submit("send", log=log).wait(30)
    assert times() == 2
    answer = server.http.post("runs", json={"tool": "send", "params": {"log": log}, "reuse": True})
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "reuse"


def test_a_run_may_be_made_anew(client: Client, log: str, times: Any) -> None:
    client.submit("double", log=log).wait(30)
    anew = client.submit("double", log=log, reuse=False).wait(30)
    assert anew.reused is None
    taken = client.submit("double", log=log)
    assert taken.reused is not None
    assert taken.reused.run == anew.id
    assert taken.retry().wait(30).reused is None
    assert times() == 3


def test_a_failure_is_never_taken(client: Client, log: str, times: Any) -> None:
    for _ in range(2):
        with pytest.raises(RunFailed):
            client.submit("double", log=log, fails=True).result(30)
    assert times() == 2


def test_two_at_once_do_the_work_once(client: Client, log: str, times: Any) -> None:
    first = client.submit("double", log=log, seconds=1)
    second = client.submit("double", log=log, seconds=1)
    assert second.status == "waiting"
    second.refresh()
    assert str(first.number) in (second.shape.waits or "")
    assert second.result(30) == 2
    assert second.reused is not None
    assert second.reused.run == first.id
    assert times() == 1


def test_a_file_counts_by_what_it_holds(client: Client, tmp_path: Path, log: str, times: Any) -> None:
    file = tmp_path / "data.txt"
    for content, reused in (("one", False), ("one", True), ("two", False), ("one", True)):
        file.write_text(content)
        run = client.submit("size", file=file, log=log).wait(30)
        assert (run.reused is not None) == reused, content
        assert run.result() == 3
    assert times() == 2


def test_an_upload_counts_by_what_it_holds(client: Client, tmp_path: Path, log: str, times: Any) -> None:
    file = tmp_path / "data.txt"
    runs = []
    for content in ("one", "one", "three"):
        file.write_text(content)
        runs.append(client.submit("size", file=client.upload(file), log=log).wait(30))
    assert [run.reused is not None for run in runs] == [False, True, False]
    assert [run.result() for run in runs] == [3, 3, 5]


def test_what_another_run_left_counts_when_it_is_there(client: Client, log: str, times: Any) -> None:
    made = []
    for _ in range(2):
        source = client.submit("double", n=3, log=f"{log}-source", reuse=False)
        made.append(client.submit("total", values=[source.outcome(), 1], log=log).wait(30))
    assert [run.result() for run in made] == [7, 7]
    assert [run.reused is not None for run in made] == [False, True]
    assert times() == 1


def test_rows_of_a_batch_take_what_is_there(client: Client, log: str, times: Any) -> None:
    client.submit("double", n=1, log=log).wait(30)
    batch = client.submit_all("double", [{"n": n} for n in (1, 2, 2)], {"log": log})
    batch.wait()
    assert [run.result() for run in batch] == [2, 4, 4]
    assert times() == 2


def test_changed_code_is_run(client: Client, server: Server, folder: Path, log: str, times: Any) -> None:
    client.submit("double", n=4, log=log).wait(30)
    (folder / "box.py").write_text(BOX.replace("return 2 * n", "return 3 * n"))
    try:
        assert client.submit("double", n=4, log=log).result(30) == 12
    finally:
        (folder / "box.py").write_text(BOX)
    assert client.submit("double", n=4, log=log).result(30) == 8
    assert times() == 2


def test_the_command_line_says_whose_result_it_is(server: Server, log: str, times: Any) -> None:
    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jupyter_toolrunner.cli", "run", "double", "-p", f"log={log}", *more],
            capture_output=True,
            text=True,
            env={**os.environ, "TOOLRUNNER_URL": server.url, "TOOLRUNNER_API_KEY": TOKEN},
            timeout=60,
        )

    first = json.loads(run("--json").stdout)
    second = run()
    assert second.returncode == 0
    assert f"The result of run #{first['number']} of " in second.stderr
    assert json.loads(run("--no-reuse", "--json").stdout)["reused"] is None
    assert times() == 2
