"""What is left of runs when processes die: everything."""

from __future__ import annotations

import signal
import uuid
from pathlib import Path

import psutil
import pytest
from serving import Server, serving

BOX = Path(__file__).parent / "toolbox"
on_both = pytest.mark.parametrize("own_server", ["one machine", "shared"], indirect=True)


@on_both
def test_a_killed_server_leaves_nothing_running_and_its_history_whole(own_server: Server) -> None:
    server = own_server
    marker = f"stubborn-{uuid.uuid4()}"
    done = server.done("echo", text="before")
    once, again = server.submit("linger", marker=marker), server.submit("stay", marker=marker, seconds=1)
    server.eventually(lambda: all("grandchild is up" in server.log_of(run["id"]) for run in (once, again)))
    waiting = [server.submit("echo", text=str(number)) for number in range(3)]

    server.kill()
    server.eventually(lambda: not server.services(), "services outlived their server", seconds=6)
    assert not server.processes(marker)

    server.start()
    assert server.result(server.run(done["id"]))["text"] == "before"
    for run in waiting:
        assert server.wait(run["id"])["status"] == "succeeded"
    lost = server.wait(once["id"])
    assert (lost["status"], lost["reason"], lost["attempt"]) == ("failed", "lost_worker", 1)
    assert lost["error"]["hint"]
    assert "grandchild is up" in server.log_of(once["id"])
    repeated = server.wait(again["id"])
    assert (repeated["status"], repeated["attempt"]) == ("succeeded", 2)
    assert [attempt["reason"] for attempt in repeated["attempts"]] == ["lost_worker", None]
    assert len([p for p in server.services() if "valkey" in p.name()]) <= 1


def test_everything_of_a_server_killed_at_once_is_cleaned_up_by_the_next_one(own_server: Server) -> None:
    server = own_server
    marker = f"stubborn-{uuid.uuid4()}"
    run = server.submit("linger", marker=marker)
    server.eventually(lambda: "grandchild is up" in server.log_of(run["id"]))
    assert server.process is not None
    for process in [psutil.Process(server.process.pid), *_supervisors(server)]:
        process.kill()
    server.process.wait()
    server.process = None
    server.start()
    assert server.wait(run["id"])["reason"] == "lost_worker"
    server.eventually(lambda: not server.processes(marker))
    server.eventually(lambda: len([p for p in server.services() if "valkey" in p.name()]) == 1)
    assert server.done("echo")["status"] == "succeeded"


def test_a_killed_worker_is_replaced_and_its_run_ends_truthfully(own_server: Server) -> None:
    server = own_server
    marker = f"stubborn-{uuid.uuid4()}"
    run = server.submit("linger", marker=marker)
    server.eventually(lambda: "grandchild is up" in server.log_of(run["id"]))
    worker = server.run(run["id"])["worker"]
    psutil.Process(int(worker.split(":")[1])).kill()
    ended = server.wait(run["id"], seconds=10)
    assert (ended["status"], ended["reason"]) == ("failed", "lost_worker")
    server.eventually(lambda: not server.processes(marker), seconds=3)
    assert server.done("echo")["status"] == "succeeded"
    assert server.http.post(f"runs/{run['id']}/retry").status_code == 200
    assert server.http.post(f"runs/{run['id']}/cancel").status_code == 200
    assert server.wait(run["id"])["status"] == "canceled"


def test_runs_are_accepted_while_the_queue_is_away_and_start_when_it_is_back(own_server: Server) -> None:
    server = own_server
    valkey = next(p for p in server.services() if "valkey" in p.name())
    valkey.kill()
    runs = [server.submit("echo", text=str(number)) for number in range(5)]
    assert all(server.wait(run["id"])["status"] == "succeeded" for run in runs)


def test_a_supervisor_that_was_killed_is_started_again(own_server: Server) -> None:
    server = own_server
    for process in _supervisors(server):
        process.kill()
    assert server.done("echo")["status"] == "succeeded"
    assert len([p for p in server.services() if "valkey" in p.name()]) == 1


def test_a_server_that_is_stopped_takes_its_services_along(tmp_path: Path) -> None:
    with serving(tmp_path, toolboxes=(BOX,)) as server:
        server.done("noop")
    server.eventually(lambda: not server.services(), seconds=5)


def test_a_second_server_on_the_same_data_shares_the_services_and_takes_them_over(tmp_path: Path) -> None:
    with serving(tmp_path / "one", toolboxes=(BOX,)) as first:
        second = Server(tmp_path / "two", toolboxes=(BOX,), TOOLRUNNER_DATA_DIR=str(first.data_dir))
        second.data_dir = first.data_dir
        try:
            second.start()
            assert len([p for p in first.services() if "valkey" in p.name()]) == 1
            run = first.done("echo", text="shared")
            assert second.run(run["id"])["status"] == "succeeded"
            assert first.process is not None
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            first.process = None
            assert second.done("echo", text="taken over")["status"] == "succeeded"
            assert len([p for p in second.services() if "valkey" in p.name()]) == 1
        finally:
            second.stop()


def test_modules_in_the_folder_where_jupyter_was_started_are_not_imported(tmp_path: Path) -> None:
    server = Server(tmp_path, toolboxes=(BOX,))
    for name in ("redis.py", "sqlalchemy.py", "jupyter_toolrunner.py"):
        (server.root / name).write_text("raise ImportError('this file is the user's own')")
    try:
        assert server.start().done("noop")["status"] == "succeeded"
    finally:
        server.stop()


def _supervisors(server: Server) -> list[psutil.Process]:
    folder = str(server.data_dir)
    return [
        process
        for process in server.processes("jupyter_toolrunner.queue.supervisor")
        if process.environ().get("TOOLRUNNER_DATA_DIR") == folder
    ]
