"""The life of a run, over REST, against a real server, queue and workers."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from serving import TOKEN, Server

from jupyter_toolrunner.api.routes import ROUTES


def test_a_run_is_accepted_runs_and_keeps_its_result(server: Server) -> None:
    run = server.submit("echo", text="hello", count=3)
    assert run["status"] in ("queued", "running")
    ended = server.wait(run["id"])
    assert ended["status"] == "succeeded"
    assert server.result(ended) == {"value": None, "text": "hello", "count": 3, "ratio": 0.0, "names": None}
    assert ended["attempts"][0]["environment"]["python"]
    assert ended["owner"]
    assert server.run(ended["number"])["id"] == ended["id"]


def test_a_failed_run_says_which_line_of_which_file_failed_and_keeps_its_log(server: Server) -> None:
    run = server.wait(server.submit("fail")["id"])
    assert (run["status"], run["reason"]) == ("failed", "error")
    assert run["error"]["type"] == "KeyError"
    own = [frame for frame in run["error"]["frames"] if frame["own"]]
    assert own[-1]["file"].endswith("functions.py")
    assert own[-1]["function"] == "fail"
    assert own[-1]["text"].strip() == "settings[message]"
    assert "about to fail" in server.log_of(run["id"])


def test_retry_by_hand_makes_a_second_attempt_with_a_log_and_an_error_of_its_own(
    server: Server, tmp_path: Path
) -> None:
    run = server.wait(server.submit("once_in_two", folder=str(tmp_path))["id"])
    assert (run["status"], run["attempt"]) == ("failed", 1)
    assert server.http.post(f"runs/{run['id']}/retry").status_code == 200
    again = server.wait(run["id"])
    assert (again["status"], again["attempt"]) == ("succeeded", 2)
    first, second = again["attempts"]
    assert first["error"] is not None
    assert second["error"] is None
    assert "first try" in server.http.get(f"runs/{run['id']}/log", params={"attempt": 1}).text
    assert "first try" not in server.http.get(f"runs/{run['id']}/log", params={"attempt": 2}).text


def test_a_run_is_found_by_the_words_of_its_note(server: Server) -> None:
    word = f"word{uuid.uuid4().hex[:8]}"
    run, _ = (server.done("echo", text="noted") for _ in range(2))
    server.http.patch(f"runs/{run['id']}", json={"note": f"For the Report, {word}."}).raise_for_status()
    found = server.http.get("runs", params={"q": f"echo {word} report"}).json()["items"]
    assert [one["id"] for one in found] == [run["id"]]


def test_a_warm_tool_keeps_its_process_until_a_run_fails(server: Server) -> None:
    assert server.http.get("tools/count_calls").json()["warm"] is True
    assert server.http.get("tools/echo").json()["warm"] is False

    def calls(count: int) -> list[list[int]]:
        runs = [server.wait(server.submit("count_calls")["id"]) for _ in range(count)]
        found = [server.result(run) for run in runs]
        assert [server.log_of(run["id"]) for run in runs] == [f"call {number}\n" for _, number in found]
        return found

    # Each worker has a process of its own.
    before = calls(6)
    assert len({pid for pid, _ in before}) < 6
    failed = server.wait(server.submit("count_calls", fails=True)["id"])
    assert failed["error"]["type"] == "ValueError"
    assert "asked to fail" in server.log_of(failed["id"])
    calls(2)


def test_cancel_ends_a_stubborn_grandchild_within_two_seconds(server: Server) -> None:
    marker = f"stubborn-{uuid.uuid4()}"
    run = server.submit("linger", marker=marker)
    server.eventually(lambda: "grandchild is up" in server.log_of(run["id"]))
    assert server.processes(marker)
    asked = time.monotonic()
    assert server.http.post(f"runs/{run['id']}/cancel").status_code == 200
    server.eventually(lambda: not server.processes(marker), seconds=2)
    assert time.monotonic() - asked < 2
    assert server.wait(run["id"])["status"] == "canceled"


def test_a_queued_run_is_canceled_at_once_and_never_starts(server: Server) -> None:
    busy = [server.submit("lines", count=20, pause=0.1) for _ in range(2)]
    waiting = server.submit("lines")
    canceled = server.http.post(f"runs/{waiting['id']}/cancel").json()
    assert (canceled["status"], canceled["attempt"]) == ("canceled", 0)
    assert all(server.wait(run["id"])["status"] == "succeeded" for run in busy)
    assert server.run(waiting["id"])["status"] == "canceled"


def test_a_finished_run_can_be_neither_canceled_nor_retried(server: Server) -> None:
    run = server.done("noop")
    for verb in ("cancel", "retry"):
        answer = server.http.post(f"runs/{run['id']}/{verb}")
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "conflict"


def test_a_repeated_submit_with_the_same_key_is_the_same_run(server: Server) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"tool": "echo", "params": {"text": "once"}}
    first, second = (server.http.post("runs", json=body, headers=key).json() for _ in range(2))
    assert first["id"] == second["id"]
    other = server.http.post("runs", json={**body, "params": {"text": "twice"}}, headers=key)
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "key_reused"


def many_submits(server: Server, requests: int, threads: int) -> None:
    """Each key comes four times, each fourth time with another body, from many at once."""
    keys = [f"many-{requests}-{number // 4}" for number in range(requests)]
    random.Random(5).shuffle(keys)
    asked: Counter[str] = Counter()
    answers: dict[str, set[str]] = {}
    lock, work = threading.Lock(), iter(keys)

    def submit() -> None:
        with httpx.Client(base_url=server.http.base_url, headers=server.http.headers, timeout=120) as http:
            while True:
                with lock:
                    if (key := next(work, None)) is None:
                        return
                    asked[key] += 1
                    # Whichever of the bodies comes first, that of the others is another one.
                    text = "other" if asked[key] == 4 else "same"
                answer = http.post(
                    "runs", json={"tool": "echo", "params": {"text": text}}, headers={"Idempotency-Key": key}
                )
                with lock:
                    told = (
                        answer.json()["id"] if answer.status_code == 201 else answer.json()["error"]["code"]
                    )
                    answers.setdefault(key, set()).add(told)

    before = server.submit("noop")["number"]
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(submit) for _ in range(threads)]:
            done.result()
    # One run, and one refusal: of the one other body, or of the three where that came first.
    assert {len(told) for told in answers.values()} == {2}
    assert all("key_reused" in told for told in answers.values())
    assert len(_made_since(server, before)) == len(set(keys))


def _made_since(server: Server, number: int) -> list[int]:
    """Numbers of later runs."""
    made: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.http.get("runs", params={"limit": 200, **cursor}).raise_for_status().json()
        made += [run["number"] for run in page["items"] if run["number"] > number]
        if not page["next"] or page["items"][-1]["number"] <= number:
            return made
        cursor = {"cursor": page["next"]}


def test_many_submits_at_once_make_as_many_runs_as_keys(server: Server) -> None:
    many_submits(server, requests=400, threads=50)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_ten_thousand_submits_from_fifty_threads_make_as_many_runs_as_keys(own_server: Server) -> None:
    many_submits(own_server, requests=10_000, threads=50)


def test_the_log_is_read_from_any_byte_without_a_missing_or_doubled_one(server: Server) -> None:
    run = server.submit("lines", count=60, pause=0.02)
    text, offset, complete = b"", 0, False
    while not complete:
        answer = server.http.get(f"runs/{run['id']}/log", params={"offset": offset, "wait": 10})
        assert int(answer.headers["X-Log-Offset"]) == offset
        text += answer.content
        offset = int(answer.headers["X-Log-Next"])
        complete = answer.headers["X-Log-Complete"] == "true"
    assert text.decode().splitlines() == [f"line {number}" for number in range(60)]


def test_runs_are_listed_newest_first_a_page_at_a_time(server: Server) -> None:
    made = [server.submit("noop")["number"] for _ in range(5)]
    listed: list[int] = []
    cursor = None
    while cursor != "":
        page = server.http.get(
            "runs", params={"limit": 2, "tool": "noop", **({"cursor": cursor} if cursor else {})}
        )
        listed += [run["number"] for run in page.json()["items"]]
        cursor = page.json()["next"] or ""
    assert listed[:5] == made[::-1]
    assert listed == sorted(set(listed), reverse=True)


class TestBadRequests:
    """Each gets a clear error, none is a 5xx."""

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (b"not json", 400, "invalid_request"),
            (b"", 400, "invalid_request"),
            (b"[]", 400, "invalid_request"),
            (b"\xff\xfe", 400, "invalid_request"),
            (b'{"tool": 1}', 400, "invalid_request"),
            (b'{"tool": "echo", "parms": {}}', 400, "invalid_request"),
            (b'{"tool": "echo", "params": {"count": NaN}}', 400, "invalid_request"),
            (b'{"tool": "echo", "params": {"count": "three"}}', 422, "invalid_params"),
            (b'{"tool": "echo", "params": {"count": true}}', 422, "invalid_params"),
            (b'{"tool": "echo", "params": {"cuont": 3}}', 422, "invalid_params"),
            (b'{"tool": "echo", "params": {"ratio": 1e400}}', 422, "invalid_params"),
            (b'{"tool": "echo", "priority": "urgent"}', 400, "invalid_request"),
            (b'{"tool": "no_such_tool"}', 404, "not_found"),
            (b'{"tool": "../../etc/passwd"}', 404, "not_found"),
            (b"[" * 200_000, 400, "invalid_request"),
            (
                b'{"tool": "echo", "params": {"value": ' + b"[" * 2000 + b"]" * 2000 + b"}}",
                400,
                "invalid_request",
            ),
            (
                b'{"tool": "echo", "params": {"value": ' + b"[" * 200 + b"]" * 200 + b"}}",
                422,
                "invalid_params",
            ),
            (b'{"tool": "echo", "params": {"count": ' + b"9" * 6000 + b"}}", 400, "invalid_request"),
            (b'{"tool": "echo", "params": {"text": "' + b"x" * 10_000_000 + b'"}}', 413, "too_large"),
        ],
    )
    def test_a_body_that_is_wrong(self, server: Server, content: bytes, status: int, code: str) -> None:
        answer = server.http.post("runs", content=content)
        assert answer.status_code == status, answer.text[:300]
        error = answer.json()["error"]
        assert error["code"] == code
        assert error["message"]

    def test_the_field_is_named(self, server: Server) -> None:
        answer = server.http.post("runs", json={"tool": "echo", "params": {"count": "three"}})
        assert answer.json()["error"]["field"] == "count"

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "runs/none", 404),
            ("GET", "runs/999999999", 404),
            ("GET", "runs/99999999999999999999999999", 404),
            ("GET", "runs?limit=x", 400),
            ("GET", "runs?cursor=-1", 400),
            ("GET", "runs?status=done", 400),
            ("GET", "runs/1/log?offset=x", 400),
            ("GET", "artifacts/none", 404),
            ("GET", "artifacts/none/table", 404),
            ("GET", "tools/none", 404),
            ("GET", "nowhere", 404),
            ("DELETE", "runs", 405),
            ("PUT", "runs/1", 405),
            ("POST", "runs/none/cancel", 404),
        ],
    )
    def test_a_path_that_is_wrong(self, server: Server, method: str, path: str, status: int) -> None:
        # Some paths are of the first run.
        server.submit("noop")
        answer = server.http.request(method, path)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["message"]


class TestAnonymous:
    """Nobody without a known user gets anything."""

    @pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
    def test_every_route_asks_who_it_is(self, server: Server, route: object) -> None:
        path = route.path.replace("{id}", "1").replace("{name}", "echo")  # type: ignore[attr-defined]
        answer = httpx.request(route.method, f"{server.url}toolrunner/api/{path}")  # type: ignore[attr-defined]
        assert answer.status_code in (401, 403)
        assert "error" in answer.json()

    @pytest.mark.parametrize("path", ["openapi.json", "events", "nowhere"])
    def test_so_does_the_rest(self, server: Server, path: str) -> None:
        assert httpx.get(f"{server.url}toolrunner/api/{path}").status_code in (401, 403)

    def test_a_wrong_token_is_no_token(self, server: Server) -> None:
        headers = {"Authorization": f"token {TOKEN}x"}
        assert httpx.get(f"{server.url}toolrunner/api/runs", headers=headers).status_code in (401, 403)


class TestChanges:
    """What people change of a run."""

    def test_tags_and_notes_are_kept_and_told_at_any_time(self, server: Server) -> None:
        run = server.done("noop")
        answer = server.http.patch(f"runs/{run['id']}", json={"tags": [" good "], "note": "Kept.\n"})
        assert answer.status_code == 200
        assert (answer.json()["tags"], answer.json()["note"]) == (["good"], "Kept.")
        assert server.run(run["id"])["tags"] == ["good"]
        assert {"tag": "good", "runs": 1} in server.http.get("tags").json()

    def test_values_of_a_waiting_run_are_checked_again_and_used(self, server: Server) -> None:
        busy = [server.submit("lines", count=20, pause=0.1) for _ in range(2)]
        waiting = server.submit("echo", text="before")
        path = f"runs/{waiting['id']}"
        wrong = server.http.patch(path, json={"params": {"text": "after", "count": "many"}})
        assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "count")
        edited = server.http.patch(path, json={"params": {"text": "after"}, "priority": "high"}).json()
        assert (edited["params"]["text"], edited["params"]["count"], edited["priority"]) == (
            "after",
            0,
            "high",
        )
        assert server.result(server.wait(waiting["id"]))["text"] == "after"
        assert all(server.wait(run["id"])["status"] == "succeeded" for run in busy)

    @pytest.mark.parametrize("change", [{"params": {"text": "x"}}, {"priority": "high"}], ids=str)
    def test_values_of_a_run_that_has_started_are_refused_with_what_to_do(
        self, server: Server, change: dict[str, object]
    ) -> None:
        run = server.done("echo", text="once")
        answer = server.http.patch(f"runs/{run['id']}", json=change)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert "run again" in answer.json()["error"]["hint"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"tags": ["a,b"]}, "tags"),
            ({"tags": "good"}, "tags"),
            ({"add_tags": ["x" * 100]}, "tags"),
            ({"note": "\0"}, "note"),
            ({"status": "failed"}, "status"),
            ({"priority": "urgent"}, "priority"),
        ],
        ids=str,
    )
    def test_what_cannot_be_written_is_refused_with_the_field_named(
        self, server: Server, change: dict[str, object], field: str
    ) -> None:
        run = server.done("noop")
        answer = server.http.patch(f"runs/{run['id']}", json=change)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)

    def test_a_run_remembers_the_run_that_it_was_made_from(self, server: Server) -> None:
        first = server.done("noop")
        body = {"tool": "noop", "params": {}, "origin": str(first["number"])}
        assert server.http.post("runs", json=body).json()["origin"] == first["id"]
        assert server.http.post("runs", json={**body, "origin": "none"}).status_code == 400
        chain = server.http.get(f"runs/{first['number']}/chain").json()
        assert [run["origin"] for run in chain["items"]] == [first["id"], None]
        assert not chain["more"]


def test_many_runs_are_changed_at_once_and_each_says_what_became_of_it(server: Server) -> None:
    marker = uuid.uuid4().hex
    ended = server.wait(server.submit("echo", text=marker)["id"])
    failed = server.wait(server.submit("fail", message=marker)["id"])
    tagged = server.http.post(
        "runs/bulk",
        json={"ids": [ended["id"], str(failed["number"]), "absent"], "action": "tag", "tags": [marker]},
    ).json()
    assert (tagged["done"], tagged["more"]) == (2, False)
    assert [(one["number"], one["done"]) for one in tagged["outcomes"]] == [
        (ended["number"], True),
        (failed["number"], True),
        (None, False),
    ]
    assert "There is no run" in tagged["outcomes"][2]["message"]
    found = server.http.get("runs", params={"tag": marker, "sort": "number"}).json()["items"]
    assert [run["id"] for run in found] == [ended["id"], failed["id"]]
    refused = server.http.post("runs/bulk", json={"ids": [ended["id"]], "action": "retry"}).json()
    assert "only failed and canceled runs" in refused["outcomes"][0]["message"]
    retried = server.http.post("runs/bulk", json={"where": {"tag": marker}, "action": "retry"}).json()
    assert [one["number"] for one in retried["outcomes"]] == [failed["number"]]
    assert server.wait(failed["id"])["attempt"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"action": "tag", "tags": ["x"]},
        {"action": "tag", "ids": ["1"], "where": {}, "tags": ["x"]},
        {"action": "cancel", "where": {"staus": "running"}},
        {"action": "tag", "ids": ["1"]},
        {"action": "priority", "ids": ["1"]},
        {"action": "cancel", "ids": ["1"] * 1001},
        {"action": "burn", "ids": ["1"]},
    ],
    ids=str,
)
def test_what_is_not_clear_changes_nothing(server: Server, body: dict[str, object]) -> None:
    assert server.http.post("runs/bulk", json=body).status_code == 400


def test_workers_say_what_they_run_and_what_they_ran(server: Server) -> None:
    done = server.done("echo", text="before")
    run = server.submit("lines", count=1000, pause=0.05)
    busy = server.eventually(
        lambda: [one for one in server.http.get("workers").json() if one["state"] == "busy"]
    )
    assert [one["run"]["id"] for one in busy] == [run["id"]]
    assert busy[0]["here"]
    every = server.http.get("workers").json()
    assert {one["state"] for one in every} == {"busy", "idle"}
    assert done["id"] in [past["id"] for one in every for past in one["past"]]
    server.http.post(f"runs/{run['id']}/cancel")
    server.wait(run["id"])
