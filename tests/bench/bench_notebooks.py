"""What a run of a notebook costs: ``python tests/bench/bench_notebooks.py [--runs 10] [--scheduler PYTHON] [--write]``.

Prints times and, since times of a shared machine say little, ratios of things that were measured alternately in the
same minutes. Exits with 1 where a goal is missed. Ours are taken around the runner;
what the queue adds is in ``bench_product.py``.

jupyter-scheduler is measured where it is: it is no dependency, and wants a virtual environment of its own::

    python3 -m venv /tmp/scheduler && /tmp/scheduler/bin/pip install jupyter-scheduler jupyterlab ipykernel
    python tests/bench/bench_notebooks.py --scheduler /tmp/scheduler/bin/python
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep

from jupyter_toolrunner.core.ids import RunId, ToolName
from jupyter_toolrunner.core.ports import AttemptSpec
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.core.tools import Entry, Policy, Tool, ToolKind
from jupyter_toolrunner.runners.process_runner import ProcessRunner

#: What the ratios may be at most.
GOAL_COLD, GOAL_WARM = 1.1, 0.05
#: A papermill that has everything imported: one run for each line that it is sent.
WARM_PAPERMILL = """
import sys, papermill
for line in sys.stdin:
    papermill.execute_notebook(sys.argv[1], sys.argv[2], {"n": 3}, progress_bar=False)
    print("done", flush=True)
"""


class Never:
    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()

    def fileno(self) -> int:
        return self._reader.fileno()

    def reason(self) -> None:
        return None


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stop = Never()
        self._count = 0
        self.runner = ProcessRunner()
        self.path = folder / "box" / "add.ipynb"
        self.path.parent.mkdir()
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        cells = [
            nbformat.v4.new_code_cell("n: int = 1", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("print(n + 1)"),
        ]
        metadata = {"kernelspec": spec, "language_info": {"name": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), self.path)

    def tool(self, *, warm: bool) -> Tool:
        name = "warm" if warm else "cold"
        entry = Entry(
            path=str(self.path), root=str(self.path.parent), files=(str(self.path),), kernel="python3"
        )
        return Tool(
            name=ToolName(f"box.{name}"),
            toolbox="box",
            title=name,
            kind=ToolKind.NOTEBOOK,
            params_schema={"type": "object", "properties": {"n": {"type": "integer"}}},
            entry=entry,
            policy=Policy(warm=warm),
        )

    def run(self, tool: Tool) -> float:
        """Seconds from the call to the return."""
        self._count += 1
        directory = self.folder / f"attempt-{self._count}"
        directory.mkdir()
        spec = AttemptSpec(
            run=RunId(str(self._count)), number=1, attempt=1, tool=tool, params={"n": 3}, directory=directory
        )
        begun = time.perf_counter()
        outcome = self.runner.run(
            spec, on_log=lambda data: None, on_progress=lambda progress: None, stop=self._stop
        )
        taken = time.perf_counter() - begun
        assert outcome.status is RunStatus.SUCCEEDED, outcome
        return taken

    def papermill(self) -> float:
        """As a person or a cron job starts it."""
        begun = time.perf_counter()
        command = [sys.executable, "-m", "papermill", "--no-progress-bar", "-p", "n", "3"]
        files = [str(self.path), str(self.folder / "papermill.ipynb")]
        subprocess.run([*command, *files], check=True, capture_output=True)
        return time.perf_counter() - begun


@contextlib.contextmanager
def warm_papermill(bench: Bench) -> Iterator[Callable[[], float]]:
    arguments = [str(bench.path), str(bench.folder / "warm-papermill.ipynb")]
    with subprocess.Popen(
        [sys.executable, "-c", WARM_PAPERMILL, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def run() -> float:
            begun = time.perf_counter()
            print("go", file=process.stdin, flush=True)
            assert process.stdout is not None
            assert process.stdout.readline() == "done\n"
            return time.perf_counter() - begun

        run()
        yield run
        process.stdin.close()


@contextlib.contextmanager
def scheduler(python: str, bench: Bench) -> Iterator[Callable[[], float]]:
    """jupyter-scheduler in a server of its own; seconds from the POST to COMPLETED."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = bench.folder / "scheduler"
    root.mkdir()
    (root / "add.ipynb").write_bytes(bench.path.read_bytes())
    environment = {
        **os.environ,
        "PATH": f"{Path(python).parent}:{os.environ['PATH']}",
        **{name: str(root / name.lower()) for name in ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")},
    }
    (root / "home").mkdir()
    arguments = [f"--port={port}", "--IdentityProvider.token=bench", f"--ServerApp.root_dir={root}"]
    process = subprocess.Popen(
        [str(Path(python).with_name("jupyter-server")), "--no-browser", "--allow-root", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    headers = {"Authorization": "token bench"}
    body: dict[str, Any] = {
        "name": "add",
        "input_uri": "add.ipynb",
        "parameters": {"n": 3},
        "output_formats": ["ipynb"],
    }
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as http:
            until = time.monotonic() + 60
            while True:
                with contextlib.suppress(httpx.TransportError):
                    answer = http.get("/scheduler/runtime_environments")
                    if answer.is_success:
                        body["runtime_environment_name"] = answer.json()[0]["name"]
                        break
                assert time.monotonic() < until, "jupyter-scheduler's server does not come up"
                time.sleep(0.2)

            def run() -> float:
                begun = time.perf_counter()
                answer = http.post("/scheduler/jobs", content=json.dumps(body))
                assert answer.is_success, answer.text
                job = answer.json()["job_id"]
                while (found := http.get(f"/scheduler/jobs/{job}").json())["status"] != "COMPLETED":
                    # Before its process says more, a job counts as stopped there.
                    assert found["status"] in ("STOPPED", "CREATED", "QUEUED", "IN_PROGRESS"), found
                    assert time.perf_counter() < begun + 60, found
                    time.sleep(0.02)
                return time.perf_counter() - begun

            yield run
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def alternately(count: int, measured: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    for measure in measured.values():
        measure()
    times: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(count):
        for name, measure in measured.items():
            # What the one before left to be done is not the next one's.
            time.sleep(0.3)
            times[name].append(measure())
    return times


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--scheduler", metavar="PYTHON", help="one that has jupyter-scheduler")
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            times = _measure(bench, options.runs, options.scheduler)
        finally:
            bench.runner.close()
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, each in times.items():
        print(f"{name:44} p50 {medians[name]:7.3f} s   best {min(each):7.3f} s   n {len(each)}")
    warm = medians["notebook"] / medians["papermill, warm"]
    print(f"{'notebook / papermill in a warm process':44} {warm:6.3f}")

    def row(what: str, ours: str, other: str, goal: float) -> Row:
        here, there = (f"{medians[name]:.3f} s (n={len(times[name])})" for name in (ours, other))
        return Row(what, here, f"{other} {there}", medians[ours] / medians[other], goal)

    rows = [row("trivial notebook tool, cold, p50", "notebook", "papermill's command", GOAL_COLD)]
    if "jupyter-scheduler" in medians:
        rows.append(row("trivial notebook tool, warm, p50", "warm notebook", "jupyter-scheduler", GOAL_WARM))
    else:
        print("jupyter-scheduler is not here: nothing is said against it.")
    print(*rows, sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(each.holds for each in rows) else 1


def _measure(bench: Bench, runs: int, python: str | None) -> dict[str, list[float]]:
    cold, warm = bench.tool(warm=False), bench.tool(warm=True)
    with contextlib.ExitStack() as stack:
        measured = {
            "notebook": lambda: bench.run(cold),
            "warm notebook": lambda: bench.run(warm),
            "papermill's command": bench.papermill,
            "papermill, warm": stack.enter_context(warm_papermill(bench)),
        }
        if python is not None:
            measured["jupyter-scheduler"] = stack.enter_context(scheduler(python, bench))
        return alternately(runs, measured)


if __name__ == "__main__":
    sys.exit(main())
