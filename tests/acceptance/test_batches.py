"""A tool that is run once for each row of a table, against a real server, queue and workers."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from serving import TOKEN, Server, serving
from vega_datasets import data

from jupyter_toolrunner.client import Client, InvalidRows, connect
from jupyter_toolrunner.services.batch_rows import MOST_ROWS


def _ask(server: Server, rows: list[Any], **headers: str) -> Any:
    return server.http.post("batches", json={"tool": "echo", "rows": rows}, headers=headers)


def _newest(server: Server) -> int:
    number: int = server.http.get("runs", params={"limit": 1}).json()["items"][0]["number"]
    return number


def test_each_row_is_a_run_and_all_of_them_end(server: Server) -> None:
    answer = _ask(server, [{"text": f"row {number}", "count": number} for number in range(40)])
    assert answer.status_code == 201, answer.text
    ended = [server.wait(run["id"]) for run in answer.json()["runs"]]
    assert [server.result(run)["text"] for run in ended] == [f"row {number}" for number in range(40)]


def test_what_is_wrong_in_any_row_is_told_together_and_nothing_runs(server: Server) -> None:
    before = server.done("noop")["number"]
    rows = [{"text": "good"}, {"count": "many"}, {"text": "good"}, {"text": 1, "nothing": 2}]
    answer = _ask(server, rows)
    assert answer.status_code == 422
    fields = [problem["field"] for problem in answer.json()["error"]["problems"]]
    assert set(fields) == {
        "data row 2, count",
        "data row 4, text",
        "data row 4, nothing",
    }
    assert _newest(server) == before


def test_a_request_that_is_repeated_is_the_same_runs(server: Server) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    rows = [{"text": "once"}, {"text": "each"}]
    first, again = _ask(server, rows, **key).json(), _ask(server, rows, **key).json()
    assert again["batch"]["id"] == first["batch"]["id"]
    assert [run["id"] for run in again["runs"]] == [run["id"] for run in first["runs"]]
    other = _ask(server, rows[:1], **key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "key_reused")
    assert _ask(server, rows, **{"Idempotency-Key": "k" * 191}).status_code == 400


def test_no_row_and_too_many_are_refused(server: Server) -> None:
    for count in (0, MOST_ROWS + 1):
        answer = _ask(server, [{}] * count)
        assert answer.status_code == 400
        assert answer.json()["error"]["field"] == "rows"


LAB = """
from pathlib import Path
from typing import Literal
from jupyter_toolrunner import tool

@tool
def measure(sample: str, oil: float, origin: Literal["USA", "Europe", "Japan"], dilution: int = 1, bench: str = "") -> dict:
    \"\"\"What a sample is made of.\"\"\"
    if not (Path(bench) / f"{sample}.tube").exists():
        raise FileNotFoundError(f"the tube {sample} is not on the bench")
    return {"diluted": round(oil / dilution, 3), "=name": f"{origin}-{sample}"}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Client, Path]]:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "box").mkdir()
    (folder / "box" / "lab.py").write_text(LAB)
    (folder / "bench").mkdir()
    with (
        serving(folder / "server", toolboxes=(folder / "box",)) as server,
        connect(server.url, TOKEN) as client,
    ):
        yield server, client, folder


def _sheet(folder: Path) -> pd.DataFrame:
    """96 cars, whose tubes of oil stand on the bench."""
    cars = (
        pd.DataFrame(json.loads(data.cars.raw())).dropna().sample(96, random_state=3).reset_index(drop=True)
    )
    sheet = pd.DataFrame(
        {
            "sample": [f"s{number:03}" for number in range(96)],
            "oil": cars["Displacement"],
            "origin": cars["Origin"],
            "dilution": [1 + number % 4 for number in range(96)],
        }
    )
    for sample in sheet["sample"]:
        (folder / "bench" / f"{sample}.tube").touch()
    return sheet


def test_a_sample_sheet_with_wrong_cells_and_rows_that_fail(lab: tuple[Server, Client, Path]) -> None:
    _, client, folder = lab
    sheet = _sheet(folder)
    wrong = sheet.astype(object)
    wrong.loc[6, "dilution"] = "twice"
    wrong.loc[40, "origin"] = "the Moon"
    wrong.to_csv(folder / "sheet.csv", index=False)
    with pytest.raises(InvalidRows) as refused:
        client.submit_all("measure", folder / "sheet.csv", {"bench": str(folder / "bench")})
    assert [problem.field for problem in refused.value.problems] == [
        "data row 7, dilution",
        "data row 41, origin",
    ]
    assert client.runs() == []

    sheet.to_csv(folder / "sheet.csv", index=False)
    missing = [folder / "bench" / f"s{number:03}.tube" for number in (3, 50, 95)]
    for tube in missing:
        tube.unlink()
    batch = client.submit_all("measure", folder / "sheet.csv", {"bench": str(folder / "bench")}).wait()
    assert len(batch) == 96
    shape = client.batches()[0]
    assert (shape.title, shape.final) == ("sheet.csv", True)
    assert {status.value: count for status, count in shape.by_status.items()} == {
        "succeeded": 93,
        "failed": 3,
    }

    for tube in missing:
        tube.touch()
    again = client.batch(batch.number)
    assert again.retry() == 3
    assert again.wait().retry() == 0
    table = pd.read_csv(io.BytesIO(again.csv()))
    assert list(table.columns) == [
        *("row", "run", "status", "error", "seconds"),
        *("sample", "oil", "origin", "dilution", "bench"),
        *("result.diluted", "result.=name"),
    ]
    assert list(table["row"]) == list(range(1, 97))
    assert set(table["status"]) == {"succeeded"}
    assert list(table["result.diluted"]) == [
        round(oil / by, 3) for oil, by in zip(sheet["oil"], sheet["dilution"], strict=True)
    ]
    assert table["error"].isna().all()


def test_a_batch_from_a_terminal(lab: tuple[Server, Client, Path]) -> None:
    server, _, folder = lab
    rows = _sheet(folder).head(5)
    rows.to_parquet(folder / "five.parquet")
    (folder / "bench" / "s001.tube").unlink()

    def call(*words: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_toolrunner.cli", "batch", *words],
            env={**os.environ, "TOOLRUNNER_URL": server.url, "TOOLRUNNER_API_KEY": TOKEN},
            capture_output=True,
            text=True,
        )
        assert done.returncode == expect, done.stderr
        return f"{done.stdout}{done.stderr}"

    said = call("run", "measure", str(folder / "five.parquet"), "-p", f"bench={folder / 'bench'}", expect=1)
    assert "5 runs of" in said
    assert "data row 2" in said
    assert "the tube s001 is not on the bench" in said
    listed = call("list", "--limit", "1")
    number = listed.split()[0]
    assert "five.parquet" in listed
    assert "4 succeeded" in call("show", number)
    (folder / "bench" / "s001.tube").touch()
    assert "1 run made again" in call("retry", number)
    call("table", number, "-o", str(folder / "came.csv"))
    assert len(pd.read_csv(folder / "came.csv")) == 5
    call("cancel", number)
    call("show", "999", expect=3)
