from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.client import Client, RunFailed
from jupyter_toolrunner.core.errors import InvalidRequest, NotFound

from .conftest import RUN, Answering


def artifact(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "media_type": "text/plain", "size": 3, "digest": "d", **more}


def test_a_submit_sends_tool_params_and_priority(server: Answering, client: Client) -> None:
    server.then_run()
    client.submit("tool", {"name": "x"}, priority="high", n=3)
    asked = server.asked[0]
    assert (asked.method, asked.path) == ("POST", "runs")
    assert asked.json() == {"tool": "tool", "params": {"name": "x", "n": 3}, "priority": "high"}


def test_params_that_have_the_name_of_an_option_go_into_the_mapping(
    server: Answering, client: Client
) -> None:
    server.then_run()
    client.submit("tool", params={"priority": 5, "params": 6, "tool": 7})
    assert server.asked[0].json()["params"] == {"priority": 5, "params": 6, "tool": 7}


def test_a_param_that_is_given_twice_is_refused(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="n is given twice"):
        client.submit("tool", {"n": 1}, n=2)


def test_params_that_are_no_mapping_are_refused(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="params is the mapping"):
        client.submit("tool", params=[1])  # type: ignore[arg-type]


def test_runs_are_fetched_page_by_page_up_to_the_limit(server: Answering, client: Client) -> None:
    server.then({"items": [RUN] * 100, "next": "c1"}).then({"items": [RUN] * 20, "next": "c2"})
    assert len(client.runs(tool="tool", status=["failed", "canceled"], limit=120)) == 120
    assert [asked.query for asked in server.asked] == [
        {"tool": "tool", "status": "failed,canceled", "limit": "100"},
        {"tool": "tool", "status": "failed,canceled", "limit": "20", "cursor": "c1"},
    ]


def test_a_field_that_a_newer_server_sends_does_no_harm(server: Answering, client: Client) -> None:
    server.then_run(news=1)
    assert client.run(7).number == 7


def test_waiting_holds_the_question_open_until_the_run_is_final(server: Answering, client: Client) -> None:
    server.then_run().then_run(status="running").then_run(status="failed", reason="timeout")
    run = client.run(7).wait()
    assert (run.status, run.reason) == ("failed", "timeout")
    assert [asked.query for asked in server.asked] == [{}, {"wait": "20.000"}, {"wait": "20.000"}]


def test_waiting_with_a_timeout_asks_at_least_once_and_says_that_the_run_goes_on(
    server: Answering, client: Client
) -> None:
    server.then_run().then_run(status="running")
    run = client.run(7)
    with pytest.raises(TimeoutError, match="running after 0 s; it goes on"):
        run.wait(timeout=0)


def test_the_status_of_a_run_under_way_is_asked_for(server: Answering, client: Client) -> None:
    server.then_run().then_run(status="running").then_run(status="succeeded")
    run = client.run(7)
    assert run.status == "running"
    run._read_at = 0
    assert run.status == "succeeded"
    run._read_at = 0
    assert run.status == "succeeded"
    assert len(server.asked) == 3


def test_reading_several_fields_in_a_row_asks_once(server: Answering, client: Client) -> None:
    server.then_run().then_run(status="running")
    run = client.run(7)
    assert (run.status, run.progress, run.error, run.attempt) == ("running", None, None, 0)
    assert len(server.asked) == 2


def test_a_run_is_shown_with_its_number_tool_and_status(server: Answering, client: Client) -> None:
    server.then_run(status="failed", reason="error")
    assert repr(client.run(7)) == "<Run #7 box.tool failed (error)>"


def test_a_run_is_shown_when_the_server_is_away(server: Answering, client: Client) -> None:
    server.then_run().then({}, status=502)
    assert repr(client.run(7)) == "<Run #7 box.tool queued, server does not answer>"


def test_a_log_is_read_to_its_end_in_pieces(server: Answering, client: Client) -> None:
    word = "Привет".encode()
    server.then_run().then_log(word[:5], 5).then_log(word[5:], 12).then_log(b"", 12)
    assert client.run(7).log() == "Привет"
    assert [asked.query["offset"] for asked in server.asked[1:]] == ["0", "5", "12"]


def test_following_gives_every_character_once_until_the_end(server: Answering, client: Client) -> None:
    word = "Привет\n".encode()
    server.then_run(status="running", attempt=1).then_run(status="running", attempt=1)
    server.then_log(word[:5], 5).then_log(b"", 5).then_log(word[5:], 13, complete=True)
    server.then_run(status="succeeded", attempt=1)
    pieces = list(client.run(7).follow())
    assert "".join(pieces) == "Привет\n"
    assert "" not in pieces


def test_following_goes_on_with_the_next_attempt(server: Answering, client: Client) -> None:
    server.then_run(status="running", attempt=1).then_run(status="running", attempt=1)
    server.then_log(b"one ", 4, complete=True)
    server.then_run(status="queued", attempt=1).then_run(status="running", attempt=2)
    server.then_log(b"two", 3, complete=True)
    server.then_run(status="succeeded", attempt=2)
    assert "".join(client.run(7).follow()) == "one two"


def test_following_a_run_that_never_began_ends(server: Answering, client: Client) -> None:
    server.then_run().then_run(status="canceled")
    assert list(client.run(7).follow()) == []


def test_artifacts_are_found_by_place_and_by_name(server: Answering, client: Client) -> None:
    server.then_run(status="succeeded", artifacts=[artifact("a.txt"), artifact("b.txt")])
    artifacts = client.run(7).artifacts
    assert artifacts[0].name == "a.txt"
    assert artifacts["b.txt"].id == "id-b.txt"
    with pytest.raises(NotFound, match=r"it has: a\.txt, b\.txt"):
        artifacts["c.txt"]


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("a.txt", "a.txt"),
        ("x/y/a.txt", "a.txt"),
        ("../../a.txt", "a.txt"),
        ("..", "artifact"),
        ("c:\\a.txt", "a.txt"),
    ],
)
def test_an_artifact_is_never_saved_outside_of_the_folder(
    server: Answering, client: Client, tmp_path: Path, name: str, saved: str
) -> None:
    server.then_run(status="succeeded", artifacts=[artifact(name)]).then(b"abc")
    assert client.run(7).artifacts[0].save(tmp_path) == tmp_path / saved
    assert [path.name for path in tmp_path.iterdir()] == [saved]
    assert (tmp_path / saved).read_bytes() == b"abc"


def test_the_result_of_a_run_that_failed_says_why(server: Answering, client: Client) -> None:
    server.then_run(status="failed", reason="error", error={"type": "ValueError", "message": "no data"})
    with pytest.raises(RunFailed, match=r"Run #7 \(box.tool\) failed: ValueError: no data"):
        client.run(7).result()


def test_a_tool_that_gives_files_alone_has_no_result(server: Answering, client: Client) -> None:
    server.then_run(status="succeeded", artifacts=[artifact("a.txt")])
    with pytest.raises(NotFound, match="no result") as caught:
        client.run(7).result()
    assert caught.value.hint == "Look at run.artifacts for the files that it made"


def test_tags_and_notes_are_sent_as_changes(server: Answering, client: Client) -> None:
    server.then_run().then_run(tags=["good"]).then_run().then_run(note="Kept.", priority="high")
    run = client.run(7)
    assert run.tag("good").tags == ["good"]
    assert run.untag("good").tags == []
    edited = run.edit(note="Kept.", priority="high")
    assert (edited.note, edited.priority) == ("Kept.", "high")
    assert [(asked.method, asked.path, asked.json()) for asked in server.asked[1:]] == [
        ("PATCH", "runs/01run", {"add_tags": ["good"]}),
        ("PATCH", "runs/01run", {"remove_tags": ["good"]}),
        ("PATCH", "runs/01run", {"note": "Kept.", "priority": "high"}),
    ]


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [
        (("succeeded", 1), ("running", 1), "succeeded"),
        (("waiting", 1), ("running", 1), "waiting"),
        (("running", 2), ("queued", 1), "running"),
        (("failed", 1), ("queued", 1), "queued"),
        (("failed", 1), ("running", 2), "running"),
        (("running", 1), ("failed", 1), "failed"),
    ],
)
def test_an_answer_that_was_overtaken_does_not_undo_what_is_known(
    server: Answering, client: Client, known: tuple[str, int], told: tuple[str, int], kept: str
) -> None:
    server.then_run(status=known[0], attempt=known[1]).then_run(status=told[0], attempt=told[1])
    assert client.run(7).refresh()._shape.status == kept
