from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from jupyter_toolrunner.client.servers import place_of, running_servers


def keep(folder: Path, pid: int, url: str, *, age: int = 0, **more: str) -> None:
    path = folder / f"jpserver-{pid}.json"
    path.write_text(json.dumps({"pid": pid, "url": url, "token": f"token-{pid}", **more}))
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


def test_a_file_has_a_place_in_the_folder_of_its_server_alone(tmp_path: Path) -> None:
    root = tmp_path / "root"
    keep(tmp_path, os.getpid(), "http://here:1/", root_dir=str(root))
    assert place_of(root / "a" / "x.ipynb", "http://here:1", tmp_path) == "a/x.ipynb"
    assert place_of(root / "a" / ".." / "x.ipynb", "http://here:1/", tmp_path) == "x.ipynb"
    assert place_of(root / ".." / "x.ipynb", "http://here:1", tmp_path) == ""
    assert place_of(root / "x.ipynb", "http://there:1", tmp_path) == ""
    assert place_of(root / "x.ipynb", "", tmp_path) == ""


def test_without_a_folder_that_the_server_tells_no_place_is_known(tmp_path: Path) -> None:
    keep(tmp_path, os.getpid(), "http://here:1/")
    assert place_of(tmp_path / "x.ipynb", "http://here:1", tmp_path) == ""
