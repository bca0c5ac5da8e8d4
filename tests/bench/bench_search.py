"""How soon a search over 5,000 tools is answered: ``python tests/bench/bench_search.py [--write]``.

The processor time of one query by the server's index, the slowest of words, beginnings, forms, typos and misses. The
browser's index keeps to the same rules.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep

from jupyter_toolrunner.core.ids import ToolName
from jupyter_toolrunner.core.tools import Tool, ToolKind
from jupyter_toolrunner.registry.searching import Index

TOOLS = 5_000
LETTERS = "abcdefghijklmnoprstuvw"


def some_tools(chance: random.Random) -> tuple[list[Tool], list[str]]:
    words = ["".join(chance.choices(LETTERS, k=chance.randint(4, 10))) for _ in range(9_000)]
    words += ["граф", "узел", "зависимость", "таблица", "рисовать"]
    tools = [
        Tool(
            name=ToolName(f"box.{'_'.join(chance.sample(words, 2))}_{number}"),
            toolbox="box",
            title=" ".join(chance.sample(words, 2)),
            kind=ToolKind.SCRIPT,
            description=" ".join(chance.sample(words, 25)),
            tags=tuple(chance.sample(words, 3)),
            category=chance.choice(words[:40]),
            params_schema={
                "type": "object",
                "properties": {name: {"description": "how it is done"} for name in chance.sample(words, 4)},
            },
        )
        for number in range(TOOLS)
    ]
    return tools, words


def measure() -> list[Row]:
    tools, words = some_tools(random.Random(7))
    index = Index(tools)
    index.search("warm")
    queries = [
        words[5],
        words[9][:3],
        f"{words[7]}x",
        words[11][1:],
        "графы",
        "a",
        "zzzzqqqq",
        f"{words[20]} a",
    ]
    slowest = max(_milliseconds(index, query) for query in queries)
    return [
        Row("search over 5,000 tools, slowest query, ms", f"{len(queries)} kinds of query", "", slowest, 50)
    ]


def _milliseconds(index: Index, query: str) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        index.search(query)
        times.append((time.process_time() - start) * 1000)
    return sorted(times)[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    rows = measure()
    print(*(str(row) for row in rows), sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
