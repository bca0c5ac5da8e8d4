"""What the process of a run costs: ``python tests/bench/bench_runner.py [--runs 200]``.

Prints times and, since times of a shared machine say little, ratios of things that were measured alternately in the
same minute. Exits with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_toolrunner.core.ids import RunId, ToolName
from jupyter_toolrunner.core.ports import AttemptSpec
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.core.tools import Entry, Tool, ToolKind
from jupyter_toolrunner.runners.process_runner import ProcessRunner

FUNCTION = "def main(n: int = 1) -> int:\n    return n\n"
SCRIPT = "import pandas, networkx\nprint(len(pandas.DataFrame({'a': [1]})), len(networkx.path_graph(3)))\n"
PLAIN_SCRIPT = "print(1)\n"
PRELOAD = ("pandas", "networkx")
#: Ratio by name, and what it may be at most.
GOALS = {
    "function / python -c pass": 0.25,
    "pandas script, warm / cold python": 0.10,
    "plain script in its own view / python script.py": 0.5,
}


class Never:
    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()

    def fileno(self) -> int:
        return self._reader.fileno()

    def reason(self) -> None:
        return None


class Bench:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = Never()
        self._count = 0
        self.runner = ProcessRunner()

    def tool(self, kind: ToolKind, name: str, source: str, preload: tuple[str, ...] = ()) -> Tool:
        path = self._folder / name / f"{name}.py"
        path.parent.mkdir()
        path.write_text(source)
        function = kind is ToolKind.FUNCTION
        entry = Entry(
            path=str(path),
            attribute="main" if function else None,
            root=None if function else str(path.parent),
            preload=preload,
            files=(str(path),),
        )
        return Tool(name=ToolName(f"{name}.{name}"), toolbox=name, title=name, kind=kind, entry=entry)

    def run(self, tool: Tool) -> float:
        """Milliseconds from the call to the return."""
        self._count += 1
        directory = self._folder / f"attempt-{self._count}"
        directory.mkdir()
        spec = AttemptSpec(
            run=RunId(str(self._count)), number=1, attempt=1, tool=tool, params={}, directory=directory
        )
        begun = time.perf_counter()
        outcome = self.runner.run(
            spec, on_log=lambda data: None, on_progress=lambda progress: None, stop=self._stop
        )
        taken = (time.perf_counter() - begun) * 1000
        # As a worker does where nothing else waits: the next process is ready before the next run comes.
        self.runner.prepare(tool)
        assert outcome.status is RunStatus.SUCCEEDED, outcome
        return taken


def python(*arguments: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000


def fork_ahead() -> float:
    """The floor: a bare process that waits, is told to go and is waited for."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(reader, 1)
        os._exit(0)
    time.sleep(0.005)
    begun = time.perf_counter()
    os.write(writer, b"x")
    os.waitpid(pid, 0)
    taken = (time.perf_counter() - begun) * 1000
    os.close(reader)
    os.close(writer)
    return taken


def alternately(count: int, pause: float, **measured: Callable[[], float]) -> dict[str, list[float]]:
    for measure in measured.values():
        measure()
    times: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(count):
        for name, measure in measured.items():
            time.sleep(pause)
            times[name].append(measure())
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs: int = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            ratios = _measure(bench, runs)
        finally:
            bench.runner.close()
    missed = {name for name, ratio in ratios.items() if ratio > GOALS[name]}
    for name, ratio in ratios.items():
        print(f"{name:52} {ratio:6.3f}  (at most {GOALS[name]}){'  MISSED' if name in missed else ''}")
    return 1 if missed else 0


def _measure(bench: Bench, runs: int) -> dict[str, float]:
    function = bench.tool(ToolKind.FUNCTION, "function", FUNCTION)
    pandas_script = bench.tool(ToolKind.SCRIPT, "pandas_script", SCRIPT, PRELOAD)
    plain = bench.tool(ToolKind.SCRIPT, "plain", PLAIN_SCRIPT)
    small = alternately(
        runs,
        0.02,
        fork_ahead=fork_ahead,
        function=lambda: bench.run(function),
        plain=lambda: bench.run(plain),
        python=lambda: python("-c", "pass"),
    )
    bench.run(pandas_script)
    path = pandas_script.entry.path
    assert path is not None
    large = alternately(
        max(5, runs // 20), 0.1, warm=lambda: bench.run(pandas_script), cold=lambda: python(path)
    )
    back_to_back = time.perf_counter()
    for _ in range(runs):
        bench.run(function)
    rate = runs / (time.perf_counter() - back_to_back)
    p50 = {name: statistics.median(times) for name, times in {**small, **large}.items()}
    for name, times in {**small, **large}.items():
        p95 = sorted(times)[int(len(times) * 0.95)]
        print(f"{name:52} p50 {p50[name]:8.2f} ms   p95 {p95:8.2f} ms   n {len(times)}")
    print(f"{'function, back to back':52} {rate:.0f} a second")
    return {
        "function / python -c pass": p50["function"] / p50["python"],
        "pandas script, warm / cold python": p50["warm"] / p50["cold"],
        "plain script in its own view / python script.py": p50["plain"] / p50["python"],
    }


if __name__ == "__main__":
    sys.exit(main())
