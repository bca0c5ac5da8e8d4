"""The first seconds of a server, and a server that cannot do its work."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from serving import Server

BOX = Path(__file__).parent / "toolbox"


def test_what_is_submitted_before_any_worker_is_up_is_accepted_and_done(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", toolboxes=(BOX,))
    try:
        server.start(until_open=False)
        run = server.submit("calculate_pagerank")
        assert run["status"] == "queued"
        assert server.wait(run["id"])["status"] == "succeeded"
    finally:
        server.stop()


def test_a_database_of_a_newer_version_says_so_in_every_answer_until_it_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    data = folder / "data"
    data.mkdir(parents=True)
    with sqlite3.connect(data / "toolrunner.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()
    server = Server(folder)
    try:
        server.start(until_open=False)
        for path in ("health", "tools", "runs", "openapi.json"):
            answer = server.http.get(path)
            assert answer.status_code == 503, path
            assert "version 9999" in answer.text, path
        error = server.http.get("tools").json()["error"]
        assert error["code"] == "not_available"
        assert "Nothing was changed" in error["hint"]
        assert server.services() == [], "no worker is started for it"

        for file in data.glob("toolrunner.db*"):
            file.unlink()
        server.eventually(lambda: server.http.get("health").status_code == 200)
        assert server.done("calculate_pagerank")
    finally:
        server.stop()


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    (folder / "data").mkdir(parents=True)
    file = folder / "data" / "toolrunner.db"
    file.write_bytes(b"These are my notes, no database at all. " * 200)
    before = file.read_bytes()
    server = Server(folder)
    try:
        server.start(until_open=False)
        answer = server.http.get("tools")
        assert answer.status_code == 503
        assert str(file) in answer.json()["error"]["message"]
    finally:
        server.stop()
    assert file.read_bytes() == before


def test_a_server_that_is_stopped_at_once_ends(tmp_path: Path) -> None:
    server = Server(tmp_path / "server")
    server.start(until_open=False)
    server.stop()
    assert server.process is not None
    assert server.process.returncode == 0
    assert server.services() == []
