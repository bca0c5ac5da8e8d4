"""What the server's answers cost while runs take all that there is: ``python tests/bench/bench_limits.py [--write]``.

Quiet and loaded in turns, on one server: a memory hog, a fork bomb, a disk filler, an endless printer and a run that only
spins, again and again over two workers, all within the limits of ``tests/greedy.py``.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import greedy
from bench.bench_product import Row, main
from bench.bench_requests import asking
from serving import Server, serving

ROUNDS = 8
#: Seconds of one round.
LONG = 4.0
#: Seconds between two requests: a person, or a page that looks again.
PAUSE = 0.02


def side_by_side(folder: Path) -> list[Row]:
    (folder / "box").mkdir()
    (folder / "box" / "greed.py").write_text(greedy.SOURCE)
    with serving(folder / "server", toolboxes=(folder / "box",), **greedy.LIMITS) as server:
        for _ in range(50):
            server.submit("noop")
        _wait_until_quiet(server)
        quiet: list[float] = []
        loaded: list[float] = []
        for _ in range(ROUNDS):
            quiet += _round(server, ())
            loaded += _round(server, tuple(greedy.ENDS))
            _wait_until_quiet(server)
    figures = [_p95(quiet), _p95(loaded)]
    return [
        Row(
            "GET a list of 50 runs beside greedy ones, p95",
            f"{figures[1] * 1000:.1f} ms (n={len(loaded)})",
            f"the same server without runs {figures[0] * 1000:.1f} ms (n={len(quiet)})",
            figures[1] / figures[0],
            1.5,
        )
    ]


def _round(server: Server, tools: tuple[str, ...]) -> list[float]:
    """Seconds of each answer; with tools, their runs keep the workers busy."""
    taken: list[float] = []
    waiting: list[str] = []
    until = time.monotonic() + LONG
    with asking(server, "/toolrunner/api/runs?limit=50") as ask:
        while time.monotonic() < until:
            if tools and not waiting:
                waiting = [server.submit(tool)["id"] for tool in tools]
            taken.append(ask())
            if waiting and len(taken) % 10 == 0:
                waiting = [one for one in waiting if server.run(one)["finished_at"] is None]
            time.sleep(PAUSE)
    return taken


def _wait_until_quiet(server: Server) -> None:
    def is_quiet() -> bool:
        states = ("queued", "running")
        return not any(server.http.get("runs", params={"status": each}).json()["items"] for each in states)

    server.eventually(is_quiet, seconds=60)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


BENCHES = {"limits": side_by_side}

if __name__ == "__main__":
    sys.exit(main(__doc__, BENCHES))
