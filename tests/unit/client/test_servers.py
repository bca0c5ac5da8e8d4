from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from jupyter_toolrunner.client.servers import running_servers


def keep(folder: Path, pid: int, url: str, *, age: int = 0) -> None:
    path = folder / f"jpserver-{pid}.json"
    path.write_text(json.dumps({"pid": pid, "url": url, "token": f"token-{pid}"}))
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))


def test_running_servers_are_found_newest_first(tmp_path: Path) -> None:
    keep(tmp_path, os.getppid(), "http://old/", age=100)
    keep(tmp_path, os.getpid(), "http://new/")
    assert [server.url for server in running_servers(tmp_path)] == ["http://new/", "http://old/"]


def test_a_server_that_ended_is_passed_over_and_its_file_left_alone(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    keep(tmp_path, ended.pid, "http://ended/")
    assert running_servers(tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_being_written_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "jpserver-1.json").write_text('{"pid": 1, ')
    (tmp_path / "jpserver-2.json").write_text("[]")
    assert running_servers(tmp_path) == []


def test_without_a_runtime_folder_there_are_none(tmp_path: Path) -> None:
    assert running_servers(tmp_path / "absent") == []
