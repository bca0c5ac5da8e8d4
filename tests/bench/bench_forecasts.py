"""Whether forecasts hold: ``python tests/bench/bench_forecasts.py [--runs 200] [--database-runs 1000000] [--write]``.

Real runs of several tools of the starter toolbox, and of two that take as long as a value says, one after the other on a
real server with two workers: before each one it is asked how long it will take with its values, and the range of 80 %
should hold 70 to 90 % of them, and of those of the two tools. Their values change from run to run, as people's do. Batches
are foretold as a whole. Then how long the answer takes over a made-up history.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import vega_datasets

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep
from serving import TOKEN, Server, serving

from jupyter_toolrunner import connect
from jupyter_toolrunner.client import Client
from jupyter_toolrunner.core.forecasts import LATEST, of_one
from jupyter_toolrunner.core.ids import Digest, ToolName
from jupyter_toolrunner.core.likeness import Experience
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.dev.many import many

DATA = Path(vega_datasets.__file__).parent / "_data"
TABLES = ("airports.csv", "seattle-temps.csv", "seattle-weather.csv", "cars.json", "stocks.csv", "iris.json")
#: How long a run takes depends on a number, and on a text.
BY_VALUE = '''"""Wait as long as a value says."""
import argparse
import random
import time

parser = argparse.ArgumentParser()
{argument}
found = parser.parse_args()
time.sleep({seconds} * random.lognormvariate(0, 0.15))
'''
OF_VALUES = {
    "by_number": ('parser.add_argument("--rows", type=int, default=100)', "0.002 * found.rows"),
    "by_text": (
        'parser.add_argument("--layout", choices=["spring", "circular", "grid"], default="grid")',
        '{"spring": 1.0, "circular": 0.05, "grid": 0.3}[found.layout]',
    ),
}
#: Runs of each tool before its forecasts count, and at once in a batch.
BEFORE, BATCH = 8, 15


def asked(chance: random.Random) -> dict[str, dict[str, Any]]:
    return {
        "profile_table": {
            "table": str(DATA / chance.choice(TABLES)),
            "frequent": chance.randrange(1, 20),
        },
        "build_graph": {"source": chance.choice(("packages", "imports"))},
        "calculate_pagerank": {"damping": round(chance.uniform(0.5, 0.95), 2)},
        "graph_visualizer": {"layout": chance.choice(("spring", "circular"))},
        "by_number": {"rows": int(10 ** chance.uniform(1, 2.7))},
        "by_text": {"layout": chance.choice(("spring", "circular", "grid"))},
    }


def forecast(server: Server, tool: str, params: dict[str, Any]) -> Any:
    answer = server.http.post(f"tools/{tool}/forecast", json={"params": params})
    answer.raise_for_status()
    return answer.json()


def real_runs(server: Server, client: Client, count: int) -> tuple[float, float]:
    """Share of runs within their range: of all, and of those that depend on a value."""
    chance = random.Random(11)
    tools = tuple(asked(chance))
    for tool in tools:
        for _ in range(BEFORE):
            client.submit(tool, asked(chance)[tool]).wait()
    held: Counter[str] = Counter()
    for number in range(count):
        tool = tools[number % len(tools)]
        params = asked(chance)[tool]
        one = forecast(server, tool, params)["one"] or {"low": 0.0, "high": 0.0}
        run = client.submit(tool, params).wait()
        shape = run.shape
        assert shape.started_at
        assert shape.finished_at
        seconds = (shape.finished_at - shape.started_at).total_seconds()
        held[tool] += one["low"] <= seconds <= one["high"]
    of_values = sum(held[tool] for tool in OF_VALUES) / sum(
        tools[number % len(tools)] in OF_VALUES for number in range(count)
    )
    print(f"{sum(held.values()) / count:.1%} of {count} runs within their range: {dict(held)}")
    print(f"{of_values:.1%} of those that take as long as a value says")
    return sum(held.values()) / count, of_values


def batches(server: Server, client: Client, rounds: int) -> None:
    chance = random.Random(5)
    held = 0
    for _ in range(rounds):
        for tool in asked(chance):
            rows = [asked(chance)[tool] for _ in range(BATCH)]
            answer = server.http.post("batches/check", json={"tool": tool, "rows": rows})
            answer.raise_for_status()
            whole = answer.json()["forecast"]["whole"] or {"low": 0.0, "high": 0.0}
            begun = time.perf_counter()
            client.submit_all(tool, rows).wait()
            seconds = time.perf_counter() - begun
            held += whole["low"] <= seconds <= whole["high"]
            print(f"  {BATCH} of {tool}: {seconds:.2f} s, told {whole['low']:.2f} to {whole['high']:.2f}")
    print(f"{held} of {rounds * len(asked(chance))} batches of {BATCH} within their range")


def million(folder: Path, count: int) -> float:
    """Seconds of an answer, p50."""
    url = f"sqlite:///{folder / 'many.db'}"
    print(many(count, url))
    engine = open_engine(url)
    history, taken = SqlRunHistory(engine), list[float]()
    for _ in range(30):
        begun = time.perf_counter()
        earlier = history.took(ToolName("starter.calculate_pagerank"), limit=LATEST)
        assert of_one(Experience(earlier, Digest("f" * 64)).past({"damping": 0.81}))
        taken.append(time.perf_counter() - begun)
    engine.dispose()
    print(f"at {count:,} runs a forecast takes {statistics.median(taken) * 1000:.1f} ms")
    return statistics.median(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--batches", type=int, default=3)
    parser.add_argument("--database-runs", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="keep the row in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        box = Path(folder) / "box"
        box.mkdir()
        for name, (argument, seconds) in OF_VALUES.items():
            (box / f"{name}.py").write_text(BY_VALUE.format(argument=argument, seconds=seconds))
        with (
            serving(Path(folder) / "server", toolboxes=(box,)) as server,
            connect(server.url, TOKEN) as client,
        ):
            server.eventually(lambda: server.http.get("health").json()["workers"] == 2)
            held, of_values = real_runs(server, client, options.runs)
            batches(server, client, options.batches)
        taken = million(Path(folder), options.database_runs) if options.database_runs else 0.0
    if options.write:
        keep(
            [
                Row(
                    "forecast's range of 80 %, share of real runs within it",
                    f"{held:.1%} of {options.runs}; {of_values:.1%} of those that take as long as a value says",
                    "80 %, 10 off at most",
                    abs(held - 0.8),
                    0.1,
                )
            ]
        )
    # The fewer there are, the further off by chance alone.
    return 0 if 0.7 <= held <= 0.9 and 0.65 <= of_values <= 0.95 and taken < 0.05 else 1


if __name__ == "__main__":
    sys.exit(main())
