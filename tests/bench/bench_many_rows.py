"""Batches of many rows: ``python tests/bench/bench_many_rows.py [--rows 10000] [--rounds 5] [--parts …] [--write]``.

How long it takes to accept a batch, with every row checked, against a bare insert of as many runs in one transaction, in
turns; then to cancel all of it, and to retry all of it. And how long two workers take for as many rows in batches, a process
for each, against as many runs that are submitted one by one.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep, product

from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import LocalTransport
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.db import tables
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.dev.many import _rows
from jupyter_toolrunner.services.batch_rows import AskedRows
from jupyter_toolrunner.services.product import Product

ACCEPTED_GOAL, WORKED_GOAL = 3.0, 1.1
WORKERS = 2
TOOL = '''"""A tool that does little."""
from jupyter_toolrunner import tool

@tool
def square(number: int) -> int:
    """The square of a number."""
    return number * number
'''


def bare(folder: Path, count: int) -> float:
    """Seconds of an insert of as many runs, made up beforehand."""
    engine = open_engine(f"sqlite:///{folder / 'bare.db'}")
    upgrade(engine)
    rows = list(_rows(count, random.Random(1), 1))
    begun = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(insert(tables.runs), rows)
    taken = time.perf_counter() - begun
    engine.dispose()
    return taken


def asked(folder: Path, count: int) -> tuple[float, float, float]:
    """Seconds of the submit, of the cancel, of the retry; nobody works."""
    with Client(LocalTransport(Settings(data_dir=folder / "data", workers=0))) as client:
        transport = client.transport
        transport.request("GET", "tools/calculate_pagerank")
        cells = [[str(round(0.5 + 0.4 * row / count, 6)), str(1 + row % 50)] for row in range(count)]
        body = {"tool": "calculate_pagerank", "table": {"fields": ["damping", "top"], "cells": cells}}
        taken = []
        begun = time.perf_counter()
        answer = transport.request("POST", "batches", json=body)
        taken.append(time.perf_counter() - begun)
        assert answer.status == 201, answer.body[:500]
        batch = answer.json()["batch"]["id"]
        for verb in ("cancel", "retry"):
            begun = time.perf_counter()
            done = transport.request("POST", f"batches/{batch}/{verb}").json()["done"]
            taken.append(time.perf_counter() - begun)
            assert done == count
    return taken[0], taken[1], taken[2]


def worked(folder: Path, count: int) -> tuple[float, float]:
    """Seconds from the first submit to the last end, of a batch and of as many runs that are submitted one by one."""
    folder.mkdir()
    with product(folder, "square.py", TOOL, workers=WORKERS) as (opened, _):
        begun = time.perf_counter()
        rows = AskedRows(rows=[{"number": number} for number in range(count)])
        opened.batches.submit("square", rows, owner="bench")
        all_ended(opened)
        together = time.perf_counter() - begun
        begun = time.perf_counter()
        for number in range(count):
            opened.runs.submit("square", {"number": number}, owner="bench")
        all_ended(opened)
        return together, time.perf_counter() - begun


def all_ended(opened: Product) -> None:
    while (state := opened.queue.state()).waiting or state.running:
        time.sleep(0.05)


def accepting(folder: Path, count: int, rounds: int) -> Row:
    plain, submits = list[float](), list[float]()
    for number in range(rounds):
        here = folder / str(number)
        here.mkdir()
        plain.append(bare(here, count))
        submit, cancel, retry = asked(here, count)
        submits.append(submit)
        print(f"  accepted in {submit:.2f} s, canceled in {cancel:.2f} s, retried in {retry:.2f} s")
    accepted, inserted = statistics.median(submits), statistics.median(plain)
    return Row(
        f"batch of {count:,} rows, accepted",
        f"{accepted:.2f} s (n={rounds})",
        f"bare insert of as many rows {inserted:.2f} s (n={rounds})",
        accepted / inserted,
        ACCEPTED_GOAL,
    )


def working(folder: Path, count: int, _rounds: int) -> Row:
    together, alone = worked(folder / "worked", count)
    return Row(
        f"batch of {count:,} rows, {WORKERS} workers, submit to last end",
        f"{together:.1f} s",
        f"as many runs submitted one by one {alone:.1f} s",
        together / alone,
        WORKED_GOAL,
    )


PARTS = {"accepted": accepting, "worked": working}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [PARTS[part](Path(folder), options.rows, options.rounds) for part in options.parts]
    print(*rows, sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
