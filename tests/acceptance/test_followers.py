"""Runs that start when others have ended, with their outputs: through REST, Python and the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from serving import TOKEN, Server, serving
from vega_datasets import data

from jupyter_toolrunner.client import Client, connect

BOX = '''
import time
from pathlib import Path
from jupyter_toolrunner import tool

@tool
def cars(rows: int = 10, fails: bool = False, seconds: float = 0.0) -> dict[str, object]:
    """Write the first cars of a real table."""
    import pandas as pd
    from vega_datasets import data
    time.sleep(seconds)
    if fails:
        raise ValueError("no cars today")
    table = pd.read_json(data.cars.filepath).head(rows)
    table.to_csv("cars.csv", index=False)
    return {"rows": len(table), "names": list(table["Name"])}

@tool
def mean_weight(table: Path, at_least: int = 0) -> float:
    """The mean weight in a table of cars."""
    import pandas as pd
    weights = pd.read_csv(table)["Weight_in_lbs"]
    assert len(weights) >= at_least, f"{len(weights)} rows are fewer than {at_least}"
    return float(weights.mean())

@tool
def report(means: list[float], title: str = "") -> str:
    """Say what came out."""
    return f"{title}: " + ", ".join(f"{mean:.1f}" for mean in means)

@tool
def clean_up() -> str:
    """Be there when something has failed."""
    return "cleaned"
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("followers")
    box = folder / "box.py"
    box.write_text(BOX)
    with serving(folder / "server", toolboxes=(box,)) as server:
        server.eventually(lambda: len(server.http.get("tools").json()) >= 4)
        yield server


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    with connect(server.url, api_key=TOKEN) as client:
        yield client


def test_what_runs_leave_becomes_the_values_of_the_next(client: Client) -> None:
    tables = [client.submit("cars", rows=rows, seconds=0.5) for rows in (10, 100)]
    means = [
        client.submit("mean_weight", table=table.output("cars.csv"), at_least=table.outcome("rows"))
        for table in tables
    ]
    told = client.submit(
        "report", means=[mean.outcome() for mean in means], title=tables[0].outcome("names.0")
    )
    assert told.status == "waiting"
    assert [run.status for run in means] == ["waiting"] * 2
    weights = pd.read_json(data.cars.filepath)["Weight_in_lbs"]
    assert told.wait().result() == (
        f"chevrolet chevelle malibu: {weights.head(10).mean():.1f}, {weights.head(100).mean():.1f}"
    )
    # What it was asked for stays as it was said, so that it can be run again.
    assert means[0].refresh().params["table"] == tables[0].output("cars.csv")


def test_a_failure_fails_what_waits_and_a_retry_of_it_brings_all_to_its_end(
    server: Server, client: Client
) -> None:
    first = server.submit("cars", seconds=0.5, fails=True)
    second = server.http.post(
        "runs", json={"tool": "mean_weight", "params": {"table": {"run": first["id"], "output": "cars.csv"}}}
    ).json()
    comfort = server.http.post(
        "runs", json={"tool": "clean_up", "after": [str(first["number"])], "rule": "any_failed"}
    ).json()
    waits = server.run(second["id"])["waits"]
    assert waits == f"It starts when all that it waits for have succeeded: #{first['number']} (box.cars)."
    ended = server.wait(second["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "upstream")
    assert ended["error"]["message"] == f"run #{first['number']} (box.cars), which it waits for, failed."
    assert server.wait(comfort["id"])["status"] == "succeeded"
    related = server.http.get(f"runs/{first['id']}/related").json()
    assert [run["id"] for run in related["followers"]] == [second["id"], comfort["id"]]
    refused = server.http.post(f"runs/{second['id']}/retry")
    assert refused.status_code == 409
    assert "Retry that run" in refused.json()["error"]["hint"]
    server.http.post(f"runs/{first['id']}/retry").raise_for_status()
    assert server.run(second["id"])["status"] in ("waiting", "failed")
    server.wait(first["id"])


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"tool": "clean_up", "after": ["999999"]}, "after", "there is no run '999999'"),
        ({"tool": "clean_up", "after": ["1"], "rule": "sometimes"}, "rule", ""),
        ({"tool": "mean_weight", "params": {"table": {"run": "999999", "output": "a"}}}, "table", "no run"),
        (
            {"tool": "report", "params": {"means": [], "title": {"run": "1", "output": "a"}}},
            "title",
            "no file",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(
    server: Server, body: dict[str, Any], field: str, said: str
) -> None:
    server.done("clean_up")
    answer = server.http.post("runs", json=body)
    assert answer.status_code in (400, 422), answer.text
    error = answer.json()["error"]
    assert error["field"].split("[")[0] == field
    assert said in error["message"]


def test_a_repeated_request_is_the_same_run_also_when_what_it_waits_for_has_ended(server: Server) -> None:
    first = server.submit("cars", rows=5, seconds=0.5)
    body = {"tool": "mean_weight", "params": {"table": {"run": first["id"], "output": "cars.csv"}}}
    headers = {"Idempotency-Key": "the mean of five"}
    asked = server.http.post("runs", json=body, headers=headers)
    assert asked.json()["status"] == "waiting"
    server.wait(asked.json()["id"])
    again = server.http.post("runs", json=body, headers=headers)
    assert (again.status_code, again.json()["id"]) == (201, asked.json()["id"])


def test_rows_of_a_batch_take_what_is_there_and_say_which_names_what_is_not(server: Server) -> None:
    there, slow = server.done("cars", rows=5), server.submit("cars", seconds=1.0)
    rows = [{"table": {"run": str(run["number"]), "output": "cars.csv"}} for run in (there, slow, there)]
    answer = server.http.post("batches", json={"tool": "mean_weight", "rows": rows})
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"] == "data row 2, table"
    assert f"Run #{slow['number']} is " in answer.json()["error"]["message"]
    server.wait(slow["id"])
    answer = server.http.post("batches", json={"tool": "mean_weight", "rows": rows})
    assert answer.status_code == 201, answer.text
    for run in answer.json()["runs"]:
        assert server.wait(run["id"])["status"] == "succeeded"


def test_too_many_to_wait_for_are_refused(server: Server) -> None:
    answer = server.http.post("runs", json={"tool": "clean_up", "after": ["1"] * 101})
    assert answer.status_code == 400
    assert "100 others at most, not for 101" in answer.json()["error"]["message"]


def test_an_output_that_is_not_there_is_named_with_those_that_are(server: Server) -> None:
    first = server.done("cars", rows=5)
    run = server.wait(server.submit("mean_weight", table={"run": first["id"], "output": "vans.csv"})["id"])
    assert run["status"] == "failed"
    assert "left no vans.csv" in run["error"]["message"]
    assert "It left cars.csv, result.json." in run["error"]["hint"]
    run = server.wait(
        server.submit("report", means=[1.0], title={"run": first["id"], "result": "rows"})["id"]
    )
    assert run["status"] == "failed", "a number is no title"
    assert "title" in run["error"]["message"]


def test_a_command_waits_for_others(server: Server) -> None:
    first = server.submit("cars", rows=20, seconds=0.3)
    params = json.dumps({"run": str(first["number"]), "output": "cars.csv"})
    command = [sys.executable, "-m", "jupyter_toolrunner.cli", "run", "mean_weight", "-p", f"table={params}"]
    answer = subprocess.run(
        [*command, "--after", f"#{first['number']}", "--json"],
        env={
            "PATH": str(Path(sys.executable).parent),
            "TOOLRUNNER_URL": server.url,
            "TOOLRUNNER_API_KEY": TOKEN,
            "HOME": str(server.folder),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["status"] == "succeeded"
