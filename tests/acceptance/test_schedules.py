"""The nightly report: a real server restarted at the due minute, and off for three hours."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from serving import Server

BOX = '''
from jupyter_toolrunner import tool

@tool(reuse=True)
def report(day: str = "today") -> str:
    """Write the nightly report."""
    return day
'''
THREE_HOURS = 3 * 3600


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box.py"
    path.write_text(BOX)
    return path


@pytest.fixture
def server(tmp_path: Path, box: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server", toolboxes=(box,))
    yield server.start()
    server.stop()


def add(server: Server, **changes: Any) -> dict[str, Any]:
    body = {"tool": "report", "params": {"day": "monday"}, "name": "Nightly report", **changes}
    answer = server.http.post("schedules", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def firings(server: Server, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    """The oldest first."""
    found = server.http.get(f"schedules/{schedule['id']}/firings").raise_for_status().json()["items"]
    return list(reversed(found))


def test_a_server_that_is_killed_before_the_due_moment_fires_once_when_it_is_back(server: Server) -> None:
    schedule = add(server, rule={"cron": "0 3 * * *", "zone": "Europe/Berlin"})
    server.kill()
    # The moment came while nobody was there.
    with closing(sqlite3.connect(server.data_dir / "toolrunner.db")) as database:
        database.execute("UPDATE schedules SET next_due = ?", (int(time.time()) - 5,))
        database.commit()
    server.start()
    (fired,) = server.eventually(lambda: firings(server, schedule))
    assert (fired["outcome"], fired["missed"]) == ("fired", 0)
    run = server.wait(fired["run"])
    assert (run["status"], run["params"], run["owner"]) == ("succeeded", {"day": "monday"}, schedule["owner"])
    server.kill()
    server.start()
    assert [run["id"] for run in server.http.get("runs").json()["items"]] == [fired["run"]]


def test_after_three_hours_each_does_as_its_policy_says(server: Server) -> None:
    """Twelve quarters of an hour passed, and the time of the last one is over for more than a minute."""
    by_policy = {
        policy: add(server, name=policy, catch_up=policy, rule={"every": 900})
        for policy in ("skip", "one", "all")
    }
    server.kill()
    # As if it had been off since then: nobody looks at the clock of a server that does not run.
    with closing(sqlite3.connect(server.data_dir / "toolrunner.db")) as database:
        database.execute("UPDATE schedules SET next_due = next_due - 900 - 120 - ?", (THREE_HOURS,))
        database.execute(
            "UPDATE schedules SET rule = json_set(rule, '$.start', "
            "strftime('%Y-%m-%dT%H:%M:%SZ', next_due, 'unixepoch'))"
        )
        database.commit()
    server.start()
    found = {policy: _once_settled(server, schedule) for policy, schedule in by_policy.items()}
    assert [(each["outcome"], each["missed"]) for each in found["skip"]] == [("skipped", 12)]
    assert [(each["outcome"], each["missed"]) for each in found["one"]] == [("fired", 12)]
    assert [(each["outcome"], each["missed"]) for each in found["all"]] == [("fired", 0)] * 13
    assert len({each["due"] for each in found["all"]}) == 13
    made = [each["run"] for policy in ("one", "all") for each in found[policy]]
    assert sorted(made) == sorted(run["id"] for run in server.http.get("runs").json()["items"])
    for run in made:
        assert server.wait(run)["status"] == "succeeded"


def test_a_pause_is_not_made_up_for(server: Server) -> None:
    schedule = add(server, rule={"every": 1}, catch_up="all")
    path = f"schedules/{schedule['id']}"
    server.eventually(lambda: firings(server, schedule))
    assert server.http.post(f"{path}/pause").json()["state"] == "paused"
    before = [each["due"] for each in firings(server, schedule)]
    paused_at = time.time()
    server.eventually(lambda: time.time() > paused_at + 3)
    assert [each["due"] for each in firings(server, schedule)] == before
    resumed_at = time.time()
    assert server.http.post(f"{path}/resume").json()["state"] == "active"
    server.eventually(lambda: len(firings(server, schedule)) > len(before))
    assert server.http.post(f"{path}/pause").status_code == 200
    later = firings(server, schedule)[len(before) :]
    assert all(each["due"] >= _iso(resumed_at - 1) for each in later)
    assert sum(each["missed"] for each in later) == 0


def test_a_tool_that_is_gone_is_said_and_the_schedule_goes_on(server: Server, box: Path) -> None:
    schedule = add(server, rule={"every": 1})
    server.eventually(lambda: firings(server, schedule))
    box.write_text(BOX.replace("report", "renamed"))

    def problem() -> str | None:
        found = server.http.get(f"schedules/{schedule['id']}").json()
        return str(found["problem"]) if found["problem"] else None

    assert "There is no tool" in server.eventually(problem)
    refused = firings(server, schedule)[-1]
    assert (refused["outcome"], refused["run"]) == ("refused", None)
    box.write_text(BOX)
    server.eventually(lambda: problem() is None)
    assert firings(server, schedule)[-1]["outcome"] == "fired"


def test_it_fires_when_another_run_ends(server: Server) -> None:
    run = server.done("report", day="monday")
    failing = add(server, rule={"after_run": run["id"], "condition": "failed"}, name="if it fails")
    then = add(server, rule={"after_run": str(run["number"])}, name="then")
    (fired,) = server.eventually(lambda: firings(server, then))
    assert fired["outcome"] == "fired"
    # It was asked for at that moment, however often the same was run before.
    assert server.wait(fired["run"])["reused"] is None
    found = server.http.get(f"schedules/{then['id']}").json()
    assert (found["state"], found["words"]) == ("ended", f"When run #{run['number']} has ended")
    assert firings(server, failing) == []


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"cron": "61 * * * *"}, "rule.cron"),
        ({"cron": "0 3 * * *", "zone": "Europe/Nowhere"}, "rule.zone"),
        ({"every": 0}, "rule.every"),
        ({"at": "2001-01-01T00:00:00Z"}, "rule.at"),
        ({"after_run": "nothing"}, "rule.after_run"),
        ({}, "rule"),
        ({"cron": "0 3 * * *", "every": 5}, "rule"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(
    server: Server, rule: dict[str, Any], field: str
) -> None:
    answer = server.http.post("schedules", json={"tool": "report", "rule": rule})
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field
    assert server.http.get("schedules").json() == {"items": [], "total": 0}


def test_params_are_checked_when_it_is_made(server: Server) -> None:
    body = {"tool": "report", "params": {"dai": 1}, "rule": {"every": 60}}
    answer = server.http.post("schedules", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "dai"


def _settled(server: Server, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    """Its firings, once it is up to date."""
    coming = server.http.get(f"schedules/{schedule['id']}").json()["next"][0]["at"]
    return firings(server, schedule) if coming > _iso(time.time()) else []


def _once_settled(server: Server, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    return list(server.eventually(lambda: _settled(server, schedule)))


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
