"""Code in a notebook works as the user who started its kernel, without the server's token."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from serving import Server

#: A server that knows two people by their tokens.
_CONFIG = """
from jupyter_server.auth.identity import IdentityProvider, User

class TwoPeople(IdentityProvider):
    def get_user(self, handler):
        name = {"token-of-ann": "ann", "token-of-bob": "bob"}.get(self.get_token(handler))
        handler._token_authenticated = name is not None
        return User(username=name) if name else None

c.ServerApp.identity_provider_class = TwoPeople
"""


class Person:
    """Somebody who works on the server with a notebook."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.url, headers={"Authorization": f"token token-of-{name}"})
        self.kernel = self.http.post("api/kernels", json={}).raise_for_status().json()["id"]

    def execute(self, code: str) -> Any:
        """What the kernel prints as JSON."""
        client = BlockingKernelClient()
        client.load_connection_file(str(self.server.folder / "runtime" / f"kernel-{self.kernel}.json"))
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            printed: list[str] = []

            def hear(message: dict[str, Any]) -> None:
                content = message["content"]
                if message["msg_type"] == "error":
                    raise AssertionError("\n".join(content["traceback"]))
                printed.append(content.get("text", "") if content.get("name") == "stdout" else "")

            client.execute_interactive(textwrap.dedent(code), timeout=60, output_hook=hear)
            return json.loads("".join(printed) or "null")
        finally:
            client.stop_channels()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "config").mkdir()
    (folder / "config" / "jupyter_server_config.py").write_text(_CONFIG)
    box = folder / "box"
    box.mkdir()
    (box / "hello.py").write_text("print('hello')\n")
    server = Server(folder, toolboxes=(box,), JUPYTER_CONFIG_DIR=str(folder / "config"))
    server.http.headers["Authorization"] = "token token-of-ann"
    try:
        server.start()
        # What stands there would let everybody in who can read it; no kernel needs it.
        (file,) = (folder / "runtime").glob("jpserver-*.json")
        file.write_text(json.dumps({**json.loads(file.read_text()), "token": "not the token"}))
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def ann(server: Server) -> Iterator[Person]:
    person = Person(server, "ann")
    yield person
    person.http.close()


@pytest.fixture
def bob(server: Server) -> Iterator[Person]:
    person = Person(server, "bob")
    yield person
    person.http.close()


_RUN = """
    import json
    from jupyter_toolrunner import connect
    tr = connect()
    run = tr.submit("hello").wait(60)
    print(json.dumps([run.owner, run.status.value, run.log().strip()]))
"""


def test_a_run_from_a_notebook_belongs_to_whoever_started_the_kernel(ann: Person, bob: Person) -> None:
    assert ann.execute(_RUN) == ["ann", "succeeded", "hello"]
    assert bob.execute(_RUN) == ["bob", "succeeded", "hello"]


def test_the_kernel_has_no_token_of_the_server_and_its_own_opens_nothing_else(
    server: Server, ann: Person
) -> None:
    header = ann.execute("""
        import json
        from jupyter_toolrunner import connect
        tr = connect()
        tr.tools()
        print(json.dumps(tr.transport._http.headers["authorization"]))
    """)

    def status(path: str) -> int:
        return httpx.get(f"{server.url}{path}", headers={"Authorization": header}).status_code

    assert status("toolrunner/api/runs") == 200
    assert status("api/contents") == 403
    assert status("api/kernels") == 403
    environment = ann.execute("import json, os; print(json.dumps(list(os.environ.values())))")
    assert not [value for value in environment if "token-of" in value or header.split()[1] in value]


def test_a_credential_that_is_over_is_renewed_in_passing(server: Server, ann: Person) -> None:
    before, after = ann.execute("""
        from jupyter_toolrunner import connect
        tr = connect()
        tr.transport._http.headers["authorization"] = "toolrunner-kernel over"
        before = len(tr.tools())
        import json
        print(json.dumps([before, len(tr.tools())]))
    """)
    assert before == after > 0


def test_a_kernel_that_was_started_again_works_on_and_one_that_ended_has_no_rights(
    server: Server, ann: Person
) -> None:
    header = ann.execute("""
        import json
        from jupyter_toolrunner import connect
        tr = connect(); tr.tools()
        print(json.dumps(tr.transport._http.headers["authorization"]))
    """)

    def status() -> int:
        return httpx.get(f"{server.url}toolrunner/api/runs", headers={"Authorization": header}).status_code

    ann.http.post(f"api/kernels/{ann.kernel}/restart", timeout=60).raise_for_status()
    assert ann.execute(_RUN) == ["ann", "succeeded", "hello"]
    ann.http.delete(f"api/kernels/{ann.kernel}", timeout=60).raise_for_status()
    assert status() == 401
