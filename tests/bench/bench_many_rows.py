"""Batches of many rows at the store: ``python tests/bench/bench_many_rows.py [--rows 10000]``.

How long it takes to accept a batch, with every row checked, against a bare insert of as many runs in one transaction; then
to cancel all of it, and to retry all of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert

from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import LocalTransport
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.db import tables
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.dev.many import _rows

GOAL = 3.0


def bare(folder: Path, count: int) -> float:
    """Seconds of an insert of as many runs, made up beforehand."""
    import random

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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plain = bare(Path(folder), options.rows)
        submit, cancel, retry = asked(Path(folder), options.rows)
    print(
        f"{options.rows:,} rows: accepted in {submit:.2f} s, {submit / plain:.1f} x a bare insert ({plain:.2f} s); "
        f"canceled in {cancel:.2f} s, retried in {retry:.2f} s"
    )
    return 0 if submit / plain <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
