"""What a batch adds to its runs: ``python tests/bench/bench_batch.py [--rows 200] [--rounds 3] [--write]``.

From `submit_all` on a table to the last outcome, results read, with a real server and its workers; against the sum of
what the runs themselves took, by the history (from when each started to when it finished), over the number of workers:
the time that as many workers would need who never wait for anything. Both are of the same minutes. What a tool's process
costs is within its run and counts for neither side. ``notebooks/batch.ipynb`` under plain papermill is the second row: from
its command to its end, less what papermill and a kernel take for a notebook that does nothing, in the same minutes.

A tool of the starter toolbox over real tables is what the goal is about. One that does nothing is told beside it and has
no goal: its runs take milliseconds, and what stands out is how runs are accepted, claimed and read.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import vega_datasets

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep
from serving import TOKEN, Server, serving

from jupyter_toolrunner import connect
from jupyter_toolrunner.client import Client

DATA = Path(vega_datasets.__file__).parent / "_data"
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "batch.ipynb"
TABLES = (
    "airports.csv",
    "seattle-temps.csv",
    "sf-temps.csv",
    "seattle-weather.csv",
    "cars.json",
    "us-employment.csv",
    "stocks.csv",
    "iris.json",
)
NOTHING = '''"""A tool that does nothing."""
from jupyter_toolrunner import tool

@tool
def noop(number: int) -> int:
    """Give back what came in."""
    return number
'''
GOAL = 1.1


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of one batch."""

    whole: float
    #: Of each run, by the history.
    runs: tuple[float, ...]
    workers: int
    #: Until all rows were accepted, and until all runs had ended, where that was seen.
    steps: tuple[float, float] | None = None
    #: What was taken off: the start of papermill and of a kernel.
    start: float = 0.0

    @property
    def ideal(self) -> float:
        return sum(self.runs) / self.workers

    @property
    def ratio(self) -> float:
        return self.whole / self.ideal

    @property
    def added(self) -> float:
        """Milliseconds for each row."""
        return (self.whole - self.ideal) / len(self.runs) * 1000


def real_rows(count: int) -> Iterator[Mapping[str, Any]]:
    """Tables in turn, each with another number of frequent values."""
    for number in range(count):
        yield {"table": str(DATA / TABLES[number % len(TABLES)]), "frequent": 1 + number // len(TABLES)}


def one_batch(client: Client, tool: str, table: Path, workers: int) -> Taken:
    begun = time.perf_counter()
    batch = client.submit_all(tool, table)
    accepted = time.perf_counter() - begun
    for _ in batch.finished():
        pass
    ended = time.perf_counter() - begun
    outcomes = batch.outcomes()
    whole = time.perf_counter() - begun
    assert {each.status for each in outcomes} == {"succeeded"}, outcomes
    seconds = tuple(each.seconds for each in outcomes if each.seconds is not None)
    assert len(seconds) == len(batch)
    return Taken(whole, seconds, workers, (accepted, ended))


def one_notebook(server: Server, folder: Path, tool: str, table: Path, workers: int) -> Taken:
    """The notebook as a person or a cron job starts it."""
    results = folder / "results.csv"
    words = ["-p", "tool", tool, "-p", "table", str(table), "-p", "results", str(results)]
    empty = folder / "empty.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("")], metadata=nbformat.read(NOTEBOOK, 4).metadata
        ),
        empty,
    )
    start = papermill(server, folder, empty)
    whole = papermill(server, folder, NOTEBOOK, *words) - start
    with results.open(newline="") as file:
        outcomes = list(csv.DictReader(file))
    assert {each["status"] for each in outcomes} == {"succeeded"}, outcomes
    return Taken(whole, tuple(float(each["seconds"]) for each in outcomes), workers, start=start)


def papermill(server: Server, folder: Path, notebook: Path, *words: str) -> float:
    """Seconds from the command to its end."""
    begun = time.perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "papermill",
            "--no-progress-bar",
            str(notebook),
            str(folder / "done.ipynb"),
            *words,
        ],
        env={**os.environ, "TOOLRUNNER_URL": server.url, "TOOLRUNNER_API_KEY": TOKEN},
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begun


def written(path: Path, rows: Iterator[Mapping[str, Any]]) -> Path:
    """A table as a person has it, a CSV file."""
    every = list(rows)
    with path.open("w", newline="") as file:
        lines = csv.DictWriter(file, every[0].keys())
        lines.writeheader()
        lines.writerows(every)
    return path


def measure(folder: Path, count: int, rounds: int) -> tuple[list[Row], str]:
    """The rows, and what is told of the tool that does nothing."""
    box = folder / "box"
    box.mkdir()
    (box / "nothing.py").write_text(NOTHING)
    real = written(folder / "real.csv", real_rows(count))
    trivial = written(folder / "trivial.csv", ({"number": number} for number in range(count)))
    batches: list[Taken] = []
    notebooks: list[Taken] = []
    nothings: list[Taken] = []
    with serving(folder / "server", toolboxes=(box,)) as server, connect(server.url, TOKEN) as client:
        workers = workers_of(server)
        for tool in ("profile_table", "noop"):
            # What is imported once for all runs of a tool is no part of a batch.
            client.submit_all(tool, real if tool == "profile_table" else trivial).wait()
        for _ in range(rounds):
            batches.append(one_batch(client, "profile_table", real, workers))
            notebooks.append(one_notebook(server, folder, "profile_table", real, workers))
            nothings.append(one_batch(client, "noop", trivial, workers))
    nothing = middle(nothings)
    assert nothing.steps is not None
    told = (
        f"{count} rows of a tool that does nothing: {nothing.whole:.2f} s, of which accepted after {nothing.steps[0]:.2f}, "
        f"ended after {nothing.steps[1]:.2f}; sum of its runs over {workers} workers {nothing.ideal:.2f} s, ratio "
        f"{nothing.ratio:.2f}, {nothing.added:.1f} ms added for each row"
    )
    return [
        row(f"batch of {count} rows over tables", batches),
        row("the same by the notebook under papermill", notebooks),
    ], told


def workers_of(server: Server) -> int:
    """So many as work; all of them are up before anything is measured."""
    return int(server.eventually(lambda: server.http.get("health").json()["workers"] == 2 and 2))


def middle(batches: list[Taken]) -> Taken:
    return sorted(batches, key=lambda each: each.ratio)[(len(batches) - 1) // 2]


def row(what: str, batches: list[Taken]) -> Row:
    taken = middle(batches)
    run = statistics.median(taken.runs) * 1000
    start = f", without {taken.start:.1f} s of papermill" if taken.start else ""
    ours = f"{taken.whole:.1f} s (n={len(batches)}){start}, {taken.added:.1f} ms added for each row"
    against = f"sum of its runs over {taken.workers} workers {taken.ideal:.1f} s, a run p50 {run:.0f} ms"
    return Row(what, ours, against, taken.ratio, GOAL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows, told = measure(Path(folder), options.rows, options.rounds)
    print(*(str(row) for row in rows), told, sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
