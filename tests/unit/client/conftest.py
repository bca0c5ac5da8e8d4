"""A server that says what it is told to, so that the client meets answers that a real one gives rarely."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client._sync.http import HttpTransport

RUN = {
    "id": "01run",
    "number": 7,
    "tool": "box.tool",
    "version": "v1",
    "params": {},
    "status": "queued",
    "owner": "me",
    "priority": "default",
    "delivery": "at_most_once",
    "attempt": 0,
    "created_at": "2026-01-02T03:04:05Z",
}


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answering:
    """Gives the prepared answers in turn; None breaks the connection."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes] | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def then(
        self, body: Any = None, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Answering:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, headers or {}, content))
        return self

    def then_run(self, **changed: Any) -> Answering:
        return self.then({**RUN, **changed})

    def then_log(self, data: bytes, following: int, *, complete: bool = False) -> Answering:
        return self.then(
            data, headers={"X-Log-Next": str(following), "X-Log-Complete": "true" if complete else "false"}
        )

    def then_hang_up(self) -> Answering:
        self.answers.append(None)
        return self


@pytest.fixture
def server() -> Iterator[Answering]:
    state = Answering()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = parts.path.removeprefix("/toolrunner/api/")
            state.asked.append(Asked(self.command, path, dict(parse_qsl(parts.query)), headers, body))
            answer = state.answers.pop(0)
            if answer is None:
                self.close_connection = True
                return
            status, more, content = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 – names that http.server calls

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        state.url = f"http://127.0.0.1:{http.server_port}"
        yield state
        http.shutdown()
        thread.join()


@pytest.fixture
def client(server: Answering) -> Iterator[Client]:
    with Client(HttpTransport(server.url, "secret")) as client:
        yield client
