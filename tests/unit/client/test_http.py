from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_toolrunner.client import AsyncClient, Client
from jupyter_toolrunner.client._async.http import AsyncHttpTransport
from jupyter_toolrunner.client._sync.http import HttpTransport
from jupyter_toolrunner.core.errors import NotAvailable

from .conftest import Answering


def test_the_key_goes_in_the_authorization_header(server: Answering, client: Client) -> None:
    server.then([])
    client.tools()
    assert server.asked[0].headers["authorization"] == "token secret"
    assert "secret" not in server.asked[0].path


def test_without_a_key_a_request_shows_that_it_is_no_forgery(server: Answering) -> None:
    server.then_run()
    Client(HttpTransport(server.url)).submit("box.tool")
    headers = server.asked[0].headers
    assert "authorization" not in headers
    assert headers["cookie"] == f"_xsrf={headers['x-xsrftoken']}"


def test_a_question_is_asked_again_when_the_connection_breaks(server: Answering, client: Client) -> None:
    server.then_hang_up().then([])
    assert client.tools() == []
    assert len(server.asked) == 2


def test_a_submit_is_repeated_with_the_same_key(server: Answering, client: Client) -> None:
    server.then_hang_up().then_run()
    client.submit("box.tool")
    first, second = (asked.headers["idempotency-key"] for asked in server.asked)
    assert first == second


def test_what_changes_something_without_a_key_is_not_repeated(server: Answering, client: Client) -> None:
    server.then_run().then_hang_up()
    run = client.submit("box.tool")
    with pytest.raises(NotAvailable):
        run.retry()
    assert len(server.asked) == 2


def test_a_server_that_is_away_is_named() -> None:
    client = Client(HttpTransport("http://127.0.0.1:9", patient=False))
    with pytest.raises(NotAvailable, match=r"http://127\.0\.0\.1:9 does not answer"):
        client.tools()


def test_a_base_url_below_the_root_is_kept(server: Answering) -> None:
    server.then([])
    Client(HttpTransport(f"{server.url}/user/me/", "secret")).tools()
    assert server.asked[0].path == "/user/me/toolrunner/api/tools"


def test_names_in_paths_are_quoted(server: Answering, client: Client) -> None:
    server.then({}, status=404)
    with pytest.raises(Exception, match="404"):
        client.tool("../runs?x=1")
    assert server.asked[0].path == "tools/..%2Fruns%3Fx%3D1"


def test_a_download_that_fails_leaves_no_file(server: Answering, tmp_path: Path) -> None:
    server.then({}, status=404)
    response = HttpTransport(server.url).download("artifacts/1", tmp_path / "file")
    assert response.status == 404
    assert list(tmp_path.iterdir()) == []


async def test_the_async_client_asks_the_same(server: Answering) -> None:
    server.then_run().then_run(status="succeeded").then_log(b"hello", 5).then_log(b"", 5)
    async with AsyncClient(AsyncHttpTransport(server.url, "secret")) as client:
        run = await client.submit("box.tool", x=1)
        await run.wait()
        assert run.status == "succeeded"
        assert await run.log() == "hello"
    assert [asked.path for asked in server.asked] == [
        "runs",
        "runs/01run",
        "runs/01run/log",
        "runs/01run/log",
    ]
