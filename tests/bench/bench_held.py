"""Whether memory that is held elsewhere slows a run down: ``python tests/bench/bench_held.py [--only NAME …] [--write]``.

2 GiB in the process that submits, as a server may hold them, taken and given back by turns; and in the zygote of a tool of
another toolbox, which has run before, against a product beside it where none has. A fork of a process of that size takes
tens of milliseconds: whoever starts runs must not be one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import TOOL, Row, in_turns, main, one_run, product, row, to_its_end

HELD = 2 * 2**30
#: What the tool's toolbox has imported ahead.
HOLDER = f"held = bytearray(b'1') * {HELD}\n"
HOLDING = '''"""A tool whose modules hold much."""
from jupyter_toolrunner import tool

@tool(preload=["holder"])
def hold() -> int:
    """How much is held."""
    import holder
    return len(holder.held)
'''
ROUNDS, EACH, GOAL = 8, 25, 1.1


def in_server(folder: Path) -> list[Row]:
    empty: list[float] = []
    full: list[float] = []
    with product(folder, "tools.py", TOOL) as (opened, _):
        for turn in range(ROUNDS + 1):
            measured = [one_run(opened, "noop") for _ in range(EACH)]
            held = bytearray(b"1") * HELD
            measured_full = [one_run(opened, "noop") for _ in range(EACH)]
            del held
            # The first turn is for getting warm.
            if turn:
                empty += measured
                full += measured_full
    return [_row("with 2 GiB in the submitting process", full, empty)]


def in_zygote(folder: Path) -> list[Row]:
    modules = folder / "modules"
    modules.mkdir()
    (modules / "holder.py").write_text(HOLDER)
    # Of the worker, and so of its zygotes.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(modules), os.environ.get("PYTHONPATH")]))
    for name in ("empty", "full"):
        (folder / name).mkdir()
    holding = folder / "holding"
    holding.mkdir()
    (holding / "holding.py").write_text(HOLDING)
    with (
        product(folder / "empty", "tools.py", TOOL) as (empty, _),
        product(folder / "full", "tools.py", TOOL, more=(str(holding),)) as (full, _),
    ):
        to_its_end(full, "hold")
        sides: list[Callable[[], float]] = [partial(one_run, each, "noop") for each in (full, empty)]
        ours, theirs = in_turns(*sides, rounds=ROUNDS, each=EACH)
        assert _largest_child() > HELD, "the zygote is gone"
    return [_row("with 2 GiB in another toolbox's zygote", ours, theirs)]


def _largest_child() -> int:
    """Bytes in memory."""
    return max(child.memory_info().rss for child in psutil.Process().children(recursive=True))


def _row(what: str, ours: list[float], theirs: list[float]) -> Row:
    return row(f"no-op function, submit to finished, {what}, p50", ours, "nothing held", theirs, GOAL)


BENCHES = {"server": in_server, "zygote": in_zygote}

if __name__ == "__main__":
    sys.exit(main(__doc__, BENCHES))
