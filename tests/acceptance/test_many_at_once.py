"""One request for many runs, against a real server, queue and workers."""

from __future__ import annotations

import uuid
from typing import Any

from serving import Server

from jupyter_toolrunner.services.runs import MOST_ROWS


def _ask(server: Server, rows: list[Any], **headers: str) -> Any:
    return server.http.post("runs/all", json={"tool": "echo", "rows": rows}, headers=headers)


def _newest(server: Server) -> int:
    number: int = server.http.get("runs", params={"limit": 1}).json()["items"][0]["number"]
    return number


def test_each_row_is_a_run_and_all_of_them_end(server: Server) -> None:
    answer = _ask(server, [{"text": f"row {number}", "count": number} for number in range(40)])
    assert answer.status_code == 201, answer.text
    ended = [server.wait(run["id"]) for run in answer.json()]
    assert [server.result(run)["text"] for run in ended] == [f"row {number}" for number in range(40)]


def test_what_is_wrong_in_any_row_is_told_together_and_nothing_runs(server: Server) -> None:
    before = server.done("noop")["number"]
    rows = [{"text": "good"}, {"count": "many"}, {"text": "good"}, {"text": 1, "nothing": 2}]
    answer = _ask(server, rows)
    assert answer.status_code == 422
    fields = [problem["field"] for problem in answer.json()["error"]["problems"]]
    assert set(fields) == {
        "row 2, count",
        "row 4, text",
        "row 4, nothing",
    }
    assert _newest(server) == before


def test_a_request_that_is_repeated_is_the_same_runs(server: Server) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    rows = [{"text": "once"}, {"text": "each"}]
    first, again = _ask(server, rows, **key).json(), _ask(server, rows, **key).json()
    assert [run["id"] for run in again] == [run["id"] for run in first]
    other = _ask(server, rows[:1], **key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "key_reused")
    assert _ask(server, rows, **{"Idempotency-Key": "k" * 191}).status_code == 400


def test_no_row_and_too_many_are_refused(server: Server) -> None:
    for count in (0, MOST_ROWS + 1):
        answer = _ask(server, [{}] * count)
        assert answer.status_code == 400
        assert answer.json()["error"]["field"] == "rows"
