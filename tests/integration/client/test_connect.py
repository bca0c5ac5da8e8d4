"""The same client in this process and over HTTP, against the real parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import TOKEN, Server, serving

from jupyter_toolrunner import connect, connect_async
from jupyter_toolrunner.client import Client, RunFailed
from jupyter_toolrunner.core.errors import Conflict, Forbidden, InvalidParams, NotAvailable, NotFound

TOOLS = '''
import sys, time
from pathlib import Path
from jupyter_toolrunner import tool, progress

@tool
def greet(name: str, times: int = 1) -> list[str]:
    """Say hello."""
    print(f"Greeting {name}")
    return [f"Hello, {name}!"] * times

@tool
def fail(message: str) -> None:
    raise ValueError(message)

@tool
def size(file: Path) -> int:
    return file.stat().st_size

@tool
def wait_for(file: str) -> str:
    print("first line", flush=True)
    while not Path(file).exists():
        time.sleep(0.02)
    print("last line ✓", flush=True)
    return "done"
'''


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toolbox") / "box"
    folder.mkdir()
    (folder / "tools.py").write_text(TOOLS)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, toolbox: Path) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), toolboxes=(toolbox,)) as server:
        yield server


@pytest.fixture
def beside(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server is one of this user's."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.folder / "runtime"))
    return server


@pytest.fixture(scope="module", params=["in process", "over HTTP"])
def tr(
    request: pytest.FixtureRequest, toolbox: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    if request.param == "over HTTP":
        with connect(request.getfixturevalue("server").url, TOKEN) as client:
            yield client
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TOOLRUNNER_URL", raising=False)
        patch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        patch.setenv("TOOLRUNNER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        client = connect(toolboxes=[str(toolbox)])
    with client:
        yield client


def test_tools_of_the_toolbox_are_listed_and_found(tr: Client) -> None:
    names = [tool.name for tool in tr.tools()]
    assert "starter.build_graph" in names
    assert tr.tools("greet")[0].title == "Greet"
    assert tr.tool("greet").params_schema["required"] == ["name"]


def test_a_run_gives_result_log_and_artifacts(tr: Client, tmp_path: Path) -> None:
    run = tr.submit("greet", name="Ольга", times=2).wait(60)
    assert (run.status, run.error) == ("succeeded", None)
    assert run.result() == ["Hello, Ольга!"] * 2
    assert "Greeting Ольга" in run.log()
    assert run.artifacts["result.json"].save(tmp_path).read_bytes() == run.artifacts[0].read()


def test_a_file_is_loaded_as_what_it_holds(tr: Client) -> None:
    table = tr.submit("aggregate_table").wait(60)
    found = table.artifacts["moons.groups.parquet"].load()
    assert next(iter(found.columns)) == "planet"
    assert len(found) == table.result()["groups"]
    chart = tr.submit("plot_table", table=table.artifacts["moons.groups.parquet"]).wait(60)
    name = chart.result()["chart"]
    assert (
        chart.artifacts[name]
        .load()
        .to_dict()["$schema"]
        .startswith("https://vega.github.io/schema/vega-lite/")
    )
    graph = tr.submit("build_graph").wait(60)
    (loaded,) = [each.load() for each in graph.artifacts if each.name.endswith(".graph.json")]
    assert loaded.number_of_nodes() > 3


def test_a_run_that_fails_tells_its_error(tr: Client) -> None:
    run = tr.submit("fail", message="no data").wait(60)
    assert (run.status, run.reason) == ("failed", "error")
    assert run.error is not None
    assert (run.error.type, run.error.message) == ("ValueError", "no data")
    with pytest.raises(RunFailed, match="ValueError: no data"):
        run.result()


def test_a_log_is_followed_while_it_grows(tr: Client, tmp_path: Path) -> None:
    go = tmp_path / "go"
    run = tr.submit("wait_for", file=str(go))
    pieces = []
    for piece in run.follow():
        pieces.append(piece)
        if "first line" in piece:
            assert run.status == "running"
            go.touch()
    assert "".join(pieces).splitlines() == ["first line", "last line ✓"]
    assert run.refresh().status == "succeeded"


def test_waiting_has_an_end(tr: Client, tmp_path: Path) -> None:
    run = tr.submit("wait_for", file=str(tmp_path / "never"))
    with pytest.raises(TimeoutError, match="it goes on"):
        run.wait(0.1)
    assert run.cancel().wait(30).status == "canceled"


def test_a_run_that_ended_cannot_be_canceled(tr: Client) -> None:
    run = tr.submit("greet", name="x").wait(60)
    with pytest.raises(Conflict):
        run.cancel()


def test_a_failed_run_is_tried_again(tr: Client) -> None:
    run = tr.submit("fail", message="again").wait(60)
    run.retry().wait(60)
    assert (run.status, run.attempt, len(run.attempts)) == ("failed", 2, 2)


def test_an_artifact_is_the_input_of_the_next_run(tr: Client) -> None:
    artifact = tr.submit("greet", name="x").wait(60).artifacts["result.json"]
    assert tr.submit("size", file=artifact).result(60) == artifact.size


def test_a_path_is_the_input_of_a_run(tr: Client, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"12345")
    assert tr.submit("size", file=tmp_path / "data.bin").result(60) == 5


def test_the_same_key_is_the_same_run(tr: Client) -> None:
    first = tr.submit("greet", name="x", idempotency_key="k1")
    assert tr.submit("greet", name="x", idempotency_key="k1").id == first.id
    with pytest.raises(Conflict):
        tr.submit("greet", name="y", idempotency_key="k1")


def test_runs_are_listed_newest_first_and_found_by_number(tr: Client) -> None:
    run = tr.submit("fail", message="last").wait(60)
    assert tr.runs(tool="fail", status="failed", limit=1)[0].id == run.id
    assert tr.run(run.number).id == run.id


def test_what_is_wrong_is_told_with_its_field(tr: Client) -> None:
    with pytest.raises(InvalidParams) as caught:
        tr.submit("greet", name="x", times="many")
    assert caught.value.field == "times"
    with pytest.raises(NotFound):
        tr.submit("no_such_tool")
    with pytest.raises(NotFound):
        tr.run("no-such-run")


async def test_the_async_client_does_the_same(server: Server) -> None:
    async with await connect_async(server.url, TOKEN) as client:
        run = await client.submit("greet", name="async")
        assert await run.result(60) == ["Hello, async!"]
        assert "Greeting async" in "".join([piece async for piece in run.follow()])


async def test_the_async_client_works_in_process(toolbox: Path) -> None:
    async with await connect_async(toolboxes=[str(toolbox)]) as client:
        run = await client.submit("greet", name="async")
        assert await run.result(60) == ["Hello, async!"]


def test_a_running_server_of_this_user_is_found(beside: Server) -> None:
    with connect() as client:
        assert "at http" in repr(client)
        assert client.submit("greet", name="found").result(60) == ["Hello, found!"]


def test_a_running_server_with_the_toolbox_is_used(beside: Server, toolbox: Path) -> None:
    with connect(toolboxes=[str(toolbox)]) as client:
        assert "at http" in repr(client)


def test_a_running_server_without_the_toolbox_is_not_used(beside: Server, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(TOOLS)
    with connect(toolboxes=[str(tmp_path)]) as client:
        assert repr(client) == "<Toolrunner in this process>"


def test_where_the_data_are_named_a_server_with_others_is_not_used(
    beside: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOOLRUNNER_DATA_DIR", str(tmp_path))
    with connect(works=False) as client:
        assert repr(client) == "<Toolrunner in this process>"
    monkeypatch.setenv("TOOLRUNNER_DATA_DIR", str(beside.data_dir))
    with connect() as client:
        assert "at http" in repr(client)


def test_a_wrong_key_is_refused_at_once(server: Server) -> None:
    with pytest.raises(Forbidden) as caught:
        connect(server.url, "wrong")
    assert "TOOLRUNNER_API_KEY" in str(caught.value.hint)


def test_a_server_that_is_not_there_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLRUNNER_URL", "http://127.0.0.1:9")
    with pytest.raises(NotAvailable, match="does not answer"):
        connect()
