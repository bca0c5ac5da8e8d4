"""What an output of any size costs: ``python tests/bench/bench_output.py [--write]``.

A gigabyte goes through the whole product, server and worker, while a client follows it; ``--write`` keeps the table in
``tests/bench/RESULTS.md``. Exits with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep
from speaking import MB, MILLION_LINES, Spoken, speak, speaking

OUTPUTS = {
    "1e6 lines": ("lines", MILLION_LINES),
    "1 GB of bytes on one line": ("binary on one line", 1000 * MB),
    "1 GB of NULs, escapes and returns": ("NULs, escapes and returns", 1000 * MB),
}
FIRST_LINES = 20


def first_line(spoken: list[Spoken]) -> Row:
    delays = sorted(one.delay * 1000 for one in spoken)
    ours = f"p50 {statistics.median(delays):.0f} ms, at most {delays[-1]:.0f} ms (n={len(delays)})"
    return Row(
        "first line of a run readable after it was printed, worst, s", ours, "–", delays[-1] / 1000, 0.3
    )


def memory(name: str, spoken: Spoken) -> Row:
    assert spoken.kept == spoken.expected, spoken
    grown = {process: size / MB for process, size in spoken.grown.items()}
    ours = ", ".join(f"{process} {size:.1f} MiB" for process, size in grown.items())
    against = f"{spoken.kept[0]:,} bytes kept exactly"
    return Row(f"{name}: memory grown by at most, MiB", ours, against, max(grown.values()), 50)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, speaking(Path(folder)) as server:
        spoken = {name: speak(server, *output) for name, output in OUTPUTS.items()}
        small = [speak(server, "lines", MB) for _ in range(FIRST_LINES)]
    rows = [first_line([*spoken.values(), *small]), *(memory(name, one) for name, one in spoken.items())]
    print(*spoken.values(), *rows, sep="\n", flush=True)
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
