"""Status, progress and log by push, over a real WebSocket."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket
from serving import TOKEN, Server, serving

BOX = Path(__file__).parent / "toolbox"


class Browser:
    """One connection to `events`, as a page keeps it."""

    def __init__(self, server: Server, last: str | None = None) -> None:
        url = f"{server.url.replace('http', 'ws', 1)}toolrunner/api/events"
        self._socket = websocket.create_connection(
            url + (f"?last={last}" if last else ""), header={"Authorization": f"token {TOKEN}"}, timeout=20
        )
        self.hello = self.receive()
        assert self.hello["type"] == "hello"
        self.last = self.hello["last"]

    def receive(self) -> dict[str, Any]:
        text = self._socket.recv()
        if not text:
            raise websocket.WebSocketConnectionClosedException
        message = dict(json.loads(text))
        if message["type"] == "run":
            self.last = message["id"]
        return message

    def send(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))

    def until_final(self, run: str) -> list[dict[str, Any]]:
        """Every event of the run, the last one included."""
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["finished_at"] is None:
            message = self.receive()
            if message["type"] == "run" and message["run"]["id"] == run:
                seen.append(message["run"])
        return seen

    def log_from(self, run: str, offset: int = 0, stop_after: int | None = None) -> tuple[str, int]:
        """Follow to the end, or until so many bytes came; the text and where it ends."""
        self.send(type="follow", run=run, offset=offset)
        text = ""
        while True:
            message = self.receive()
            if message["type"] != "log" or message["run"] != run:
                continue
            assert message["offset"] == offset, "a piece is missing or came twice"
            text, offset = text + message["text"], message["next"]
            if message["end"] or (stop_after is not None and offset >= stop_after):
                return text, offset

    def close(self) -> None:
        self._socket.close()
        # Where the server was the one to close, the call above leaves the socket open.
        self._socket.shutdown()


@contextlib.contextmanager
def browsing(server: Server, last: str | None = None) -> Iterator[Browser]:
    browser = Browser(server, last)
    try:
        yield browser
    finally:
        browser.close()


def test_two_browsers_see_the_same_life_of_a_run(server: Server) -> None:
    with browsing(server) as one, browsing(server) as two:
        run = server.submit("lines", count=5, pause=0.15)["id"]
        lives = [[seen["status"] for seen in browser.until_final(run)] for browser in (one, two)]
    assert lives[0] == lives[1]
    assert list(dict.fromkeys(lives[0])) == ["queued", "running", "succeeded"]


def test_progress_comes_while_the_run_runs(server: Server) -> None:
    with browsing(server) as browser:
        run = server.submit("lines", count=10, pause=0.1)["id"]
        seen = [event["progress"] for event in browser.until_final(run) if event["progress"]]
    done = [progress["done"] for progress in seen]
    assert len(done) >= 3
    assert done == sorted(done)
    assert seen[0]["total"] == 10


def test_a_log_is_pushed_line_by_line_to_its_end(server: Server) -> None:
    with browsing(server) as browser:
        run = server.submit("lines", count=50, pause=0.02)["id"]
        text, _ = browser.log_from(run)
    assert text.splitlines() == [f"line {number}" for number in range(50)]


def test_after_a_lost_connection_nothing_is_missing_and_nothing_doubled(server: Server) -> None:
    with browsing(server) as browser:
        run = server.submit("lines", count=100, pause=0.02)["id"]
        first, offset = browser.log_from(run, stop_after=100)
        last = browser.last
    server.eventually(lambda: len(server.log_of(run)) > offset + 200)
    with browsing(server, last) as browser:
        rest, _ = browser.log_from(run, offset)
    assert (first + rest).splitlines() == [f"line {number}" for number in range(100)]


def test_events_that_were_missed_come_after_the_hello(server: Server) -> None:
    with browsing(server) as browser:
        last = browser.last
    # Long enough to be told as running: of a run that ends within 5 ms only its end is.
    run = server.done("lines", count=1, pause=0.1)["id"]
    with browsing(server, last) as browser:
        told = [event["status"] for event in browser.until_final(run)]
    assert list(dict.fromkeys(told)) == ["queued", "running", "succeeded"]


@pytest.mark.parametrize("last", ["1-0/0-0", "nonsense", "99999999999999-0/0-0"])
def test_a_browser_that_was_away_too_long_is_told_to_fetch(server: Server, last: str) -> None:
    server.done("noop")
    with browsing(server, last) as browser:
        assert browser.receive()["type"] == "gap"


def test_a_finished_log_can_be_followed_from_its_end_backwards(server: Server) -> None:
    run = server.done("lines", count=100)["id"]
    with browsing(server) as browser:
        browser.send(type="follow", run=run, offset=-30)
        message = next(m for m in iter(browser.receive, None) if m["type"] == "log")
    assert message["end"]
    assert message["text"] == "line 97\nline 98\nline 99\n"


def test_a_message_that_is_none_ends_the_connection_and_nothing_else(server: Server) -> None:
    with browsing(server) as browser:
        browser.send(type="format_disk")
        with pytest.raises(websocket.WebSocketException):
            browser.until_final("no run")
    assert server.done("noop")


def test_a_changed_tool_is_told_within_two_seconds(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    script = box / "greet.py"
    script.write_text(
        'import argparse\np = argparse.ArgumentParser()\np.add_argument("--name")\np.parse_args()\n'
    )
    with serving(tmp_path / "server", toolboxes=(box,)) as server:
        server.eventually(lambda: server.http.get("tools/greet").status_code == 200)
        with browsing(server) as browser:
            script.write_text(script.read_text().replace('"--name"', '"--title"'))
            while browser.receive()["type"] != "tools":
                pass
            schema = server.http.get("tools/greet").json()["params_schema"]
            assert list(schema["properties"]) == ["title"]


def test_a_restarted_server_tells_its_browsers_to_fetch(own_server: Server) -> None:
    server = own_server
    server.done("noop")
    with browsing(server) as browser:
        last = browser.last
    server.kill()
    server.start()
    run = server.done("noop")["id"]
    with browsing(server, last) as browser:
        first = browser.receive()
        assert first["type"] == "gap" or first["run"]["id"] == run
