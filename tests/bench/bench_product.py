"""What the whole product costs: ``python tests/bench/bench_product.py [--only NAME …] [--write]``.

Both sides of a ratio are measured in turns, in one run; ``--write`` keeps the table in ``tests/bench/RESULTS.md``.
Exits with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from redis import Redis
from rq import Queue

sys.path.insert(0, str(Path(__file__).parents[1]))
from serving import free_port

from jupyter_toolrunner.backend import open_product
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.queue.embedded import EmbeddedServices
from jupyter_toolrunner.registry.catalog import Catalog
from jupyter_toolrunner.services.product import Product

MANY = 500
RESULTS = Path(__file__).with_name("RESULTS.md")

TOOL = '''"""Tools of the benchmark."""
from jupyter_toolrunner import tool

@tool
def noop() -> None:
    """Do nothing."""

@tool(warm=True)
def warm_noop() -> None:
    """Do nothing, in a process that stays."""

@tool(reuse=True)
def reused_noop() -> None:
    """Do nothing, once."""
'''
#: All processes of a machine read one clock.
HEAVY = """import argparse, time
import pandas, networkx
print(time.perf_counter())
argparse.ArgumentParser().parse_args()
"""
PLAIN = """import argparse
parser = argparse.ArgumentParser(description="Script number {number}.")
parser.add_argument("--count", type=int, default={number}, help="how many")
parser.add_argument("--name", default="x")
parser.add_argument("files", nargs="*")
print(parser.parse_args())
"""


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    against: str
    #: Not a number where there was nothing to measure against.
    measured: float
    goal: float

    @property
    def holds(self) -> bool:
        return self.measured <= self.goal

    def __str__(self) -> str:
        if math.isnan(self.measured):
            measured, mark = "–", "not measured"
        else:
            measured, mark = self._figure(), "yes" if self.holds else "**no**"
        return f"| {self.what} | {self.ours} | {self.against} | {measured} | {self.goal:g} | {mark} |"

    def _figure(self) -> str:
        # Where a hundredth is what is allowed, thousandths tell.
        return f"{self.measured:.2f}" if self.goal >= 0.2 else f"{self.measured:.3f}"


@contextlib.contextmanager
def product(
    folder: Path, name: str, source: str, workers: int = 1, more: tuple[str, ...] = ()
) -> Iterator[tuple[Product, Settings]]:
    """The product in this process, with real services and workers, and ``more`` toolboxes."""
    box = folder / "box"
    box.mkdir()
    # Alone in its toolbox: the tools of one share a zygote with all that they import.
    (box / name).write_text(source)
    settings = Settings(data_dir=folder / "data", toolboxes=(str(box), *more), workers=workers)
    services = EmbeddedServices(settings)
    services.ensure()
    opened = open_product(settings)
    try:
        opened.catalog.refresh(wait=True)
        while not opened.health()["workers"] or opened.health()["queue"] != "ok":
            time.sleep(0.05)
        yield opened, settings
    finally:
        opened.close()
        services.close()


def one_run(opened: Product, tool: str) -> float:
    """Seconds from the submit to the event that it finished, row, artifact and log included."""
    start = time.perf_counter()
    to_its_end(opened, tool)
    return time.perf_counter() - start


def to_its_end(opened: Product, tool: str) -> Mapping[str, Any]:
    """Submit a run; what the event of its end says."""
    position = opened.events.last()
    run = opened.runs.submit(tool, {}, owner="bench")
    while True:
        for event in opened.events.read(position, 1.0):
            position = event.id
            if event.type == "run" and event.data["id"] == run.id and event.data["finished_at"]:
                assert event.data["status"] == "succeeded", event.data
                return event.data


def in_turns(*sides: Callable[[], float], rounds: int, each: int, warm: int = 3) -> list[list[float]]:
    """Of each side what it measured, in their order."""
    for _ in range(warm):
        for side in sides:
            side()
    measured: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, taken in zip(sides, measured, strict=True):
            taken += [side() for _ in range(each)]
    return measured


def noop_against_rq(folder: Path) -> list[Row]:
    what = "no-op function, submit to finished, p50"
    with (
        product(folder, "tools.py", TOOL) as (opened, settings),
        bare_rq(settings, "SimpleWorker") as simple,
        bare_rq(settings, "Worker") as forking,
    ):
        ours, theirs, forked = in_turns(
            lambda: one_run(opened, "noop"),
            lambda: one_job(simple),
            lambda: one_job(forking),
            rounds=8,
            each=25,
        )
    return [
        row(what, ours, "bare RQ SimpleWorker", theirs, 0.7),
        row(f"{what}, against a fork for each job", ours, "bare RQ Worker", forked, 0.15),
    ]


def warm_noop_against_rq(folder: Path) -> list[Row]:
    with product(folder, "tools.py", TOOL) as (opened, settings), bare_rq(settings) as queue:
        ours, theirs = in_turns(
            lambda: one_run(opened, "warm_noop"), lambda: one_job(queue), rounds=8, each=25
        )
    what = "no-op function, warm process, submit to finished, p50"
    return [row(what, ours, "bare RQ SimpleWorker", theirs, 0.3)]


def reused_against_run(folder: Path) -> list[Row]:
    with product(folder, "tools.py", TOOL) as (opened, _):
        assert to_its_end(opened, "reused_noop")["reused"] is None
        assert to_its_end(opened, "reused_noop")["reused"] is not None
        ours, theirs = in_turns(
            lambda: one_run(opened, "reused_noop"), lambda: one_run(opened, "noop"), rounds=8, each=25
        )
    what = "no-op function whose result is taken again, submit to finished, p50"
    return [row(what, ours, "the same, run in a fresh process", theirs, 0.3)]


def one_job(queue: Queue) -> float:
    """Seconds from RQ's enqueue to the result."""
    start = time.perf_counter()
    queue.enqueue("operator.not_", 1).latest_result(timeout=10)
    return time.perf_counter() - start


def many_against_rq(folder: Path) -> list[Row]:
    return [_many_against_rq(folder, "noop", f"{MANY} no-op functions, one worker", 1.0)]


def many_warm_against_rq(folder: Path) -> list[Row]:
    what = f"{MANY} no-op functions, warm process, one worker"
    # Eight times as many in the same time.
    return [_many_against_rq(folder, "warm_noop", what, 1 / 8)]


def _many_against_rq(folder: Path, tool: str, what: str, goal: float) -> Row:
    """Runs that wait all at once, one worker: from the first submit until all have finished."""
    with product(folder, "tools.py", TOOL) as (opened, settings), bare_rq(settings) as queue:

        def ours() -> float:
            position = opened.events.last()
            start = time.perf_counter()
            waiting = {opened.runs.submit(tool, {}, owner="bench").id for _ in range(MANY)}
            while waiting:
                for event in opened.events.read(position, 1.0):
                    position = event.id
                    if event.type == "run" and event.data["finished_at"]:
                        assert event.data["status"] == "succeeded", event.data
                        waiting.discard(event.data["id"])
            return time.perf_counter() - start

        def bare() -> float:
            start = time.perf_counter()
            for job in [queue.enqueue("operator.not_", 1) for _ in range(MANY)]:
                job.latest_result(timeout=60)
            return time.perf_counter() - start

        first, second = in_turns(ours, bare, rounds=5, each=1, warm=1)
    return row(what, first, "bare RQ SimpleWorker", second, goal)


@contextlib.contextmanager
def bare_rq(settings: Settings, kind: str = "SimpleWorker") -> Iterator[Queue]:
    """RQ alone, with one worker of this kind, on the same Redis."""
    url = settings.effective_redis_url
    code = (
        "from redis import Redis; import rq, sys; url, kind = sys.argv[1:]; c = Redis.from_url(url);"
        "getattr(rq, kind)([rq.Queue(kind, connection=c)], connection=c).work(logging_level='ERROR')"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, url, kind])
    try:
        yield Queue(kind, connection=Redis.from_url(url))
    finally:
        worker.terminate()
        worker.wait()


def heavy_script_against_shell(folder: Path) -> list[Row]:
    with product(folder, "heavy.py", HEAVY) as (opened, settings):
        script = Path(settings.toolboxes[0]) / "heavy.py"

        def warm() -> float:
            start = time.perf_counter()
            run = to_its_end(opened, "heavy")
            return float(opened.logs.read(run["id"], run["attempt"], 0, 100)) - start

        def cold() -> float:
            start = time.perf_counter()
            return float(subprocess.check_output([sys.executable, str(script)])) - start

        ours, theirs = in_turns(warm, cold, rounds=10, each=3)
    what = "script with pandas and networkx, submit to its first line after them, warm, p50"
    return [row(what, ours, "`python script.py`", theirs, 0.02)]


def row(what: str, ours: list[float], peer: str, theirs: list[float], goal: float) -> Row:
    first, second = statistics.median(ours), statistics.median(theirs)
    return Row(
        what,
        f"{first * 1e3:.1f} ms (n={len(ours)})",
        f"{peer} {second * 1e3:.1f} ms (n={len(theirs)})",
        first / second,
        goal,
    )


def start_with_1000_scripts(folder: Path) -> list[Row]:
    box = _box_of_1000_scripts(folder)
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(6):
        ours.append(_start_seconds(folder / f"with-{turn}", box, enabled=True))
        theirs.append(_start_seconds(folder / f"without-{turn}", box, enabled=False))
    return [row("server's start with 1,000 scripts to read", ours, "without the extension", theirs, 1.1)]


def second_reading_of_1000_scripts(folder: Path) -> list[Row]:
    box, cache = _box_of_1000_scripts(folder), folder / "cache"
    with Catalog((str(box),), cache=cache, on_change=lambda _: None) as catalog:
        start = time.perf_counter()
        catalog.refresh(wait=True, timeout=600)
        first = time.perf_counter() - start
        assert len(catalog.tools()) >= 1000
    start = time.perf_counter()
    with Catalog((str(box),), cache=cache, on_change=lambda _: None) as catalog:
        catalog.refresh(wait=True)
        second = time.perf_counter() - start
        assert len(catalog.tools()) >= 1000
    against = f"first reading {first:.1f} s"
    return [Row("second reading of 1,000 scripts, seconds", f"{second:.2f} s", against, second, 1.0)]


def _box_of_1000_scripts(folder: Path) -> Path:
    box = folder / "box"
    box.mkdir()
    for number in range(1000):
        (box / f"script_{number:04}.py").write_text(PLAIN.format(number=number))
    return box


def _start_seconds(folder: Path, box: Path, *, enabled: bool) -> float:
    """Until the server answers its first request."""
    server = _lab(folder, box, enabled)
    try:
        return server[1]
    finally:
        _end(server[0])


def _lab(folder: Path, box: Path, enabled: bool) -> tuple[subprocess.Popen[bytes], float]:
    folder.mkdir(parents=True)
    port = free_port()
    environment = {
        **os.environ,
        "TOOLRUNNER_DATA_DIR": str(folder / "data"),
        "TOOLRUNNER_TOOLBOXES": str(box),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    start = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"),
            f"--ServerApp.jpserver_extensions={{'jupyter_toolrunner': {enabled}}}",
            "--IdentityProvider.token=bench",
            f"--ServerApp.root_dir={folder}",
        ],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while True:
        assert process.poll() is None
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/status?token=bench").status_code == 200:
                return process, time.perf_counter() - start
        except httpx.TransportError:
            time.sleep(0.01)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(30)


def idle_memory(folder: Path) -> list[Row]:
    box = folder / "box"
    box.mkdir()
    (box / "tools.py").write_text(TOOL)
    sizes = {}
    for enabled in (True, False):
        process, _ = _lab(folder / str(enabled), box, enabled)
        try:
            # Readers have ended and zygotes are not started yet.
            time.sleep(12)
            sizes[enabled] = _pss(process.pid)
        finally:
            _end(process)
    more = (sizes[True] - sizes[False]) / 2**20
    return [
        Row(
            "idle memory of all that is started (PSS), MiB above",
            f"{sizes[True] / 2**20:.0f} MiB",
            f"plain `jupyter lab` {sizes[False] / 2**20:.0f} MiB",
            more,
            250,
        )
    ]


def _pss(root: int) -> int:
    """Bytes, of a process and all below it, shared pages counted once."""
    parent = psutil.Process(root)
    return sum(process.memory_full_info().pss for process in (parent, *parent.children(recursive=True)))


BENCHES: dict[str, Callable[[Path], list[Row]]] = {
    "noop": noop_against_rq,
    "warm": warm_noop_against_rq,
    "reused": reused_against_run,
    "many": many_against_rq,
    "many-warm": many_warm_against_rq,
    "heavy": heavy_script_against_shell,
    "start": start_with_1000_scripts,
    "reading": second_reading_of_1000_scripts,
    "memory": idle_memory,
}


def table(rows: list[Row]) -> str:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    head = [
        "# What it costs",
        "",
        "Made by those `bench_*.py` of this folder that take `--write`.",
        f"Measured on {machine}; only what stands in one row was measured in the same minutes.",
        "",
        "| what | here | against | ratio or figure | at most | holds |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(str(row) for row in rows)]) + "\n"


def keep(rows: list[Row]) -> None:
    """Replace the rows of these names in the table, and keep the others."""
    names = {row.what for row in rows}
    old = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    others = [
        line
        for line in old
        if line.startswith("| ") and not line.startswith("| what") and line.split("|")[1].strip() not in names
    ]
    RESULTS.write_text(table(rows).rstrip("\n") + "\n" + "".join(f"{line}\n" for line in others))


def parser_of(description: str | None, benches: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", choices=benches, default=list(benches))
    parser.add_argument("--write", action="store_true", help=f"keep the rows in {RESULTS.name}")
    return parser


def main(
    description: str | None = __doc__, benches: Mapping[str, Callable[[Path], list[Row]]] = BENCHES
) -> int:
    """Measure what the command line names; 1 where a goal is missed."""
    return measure(parser_of(description, benches).parse_args(), benches)


def measure(options: argparse.Namespace, benches: Mapping[str, Callable[[Path], list[Row]]]) -> int:
    rows: list[Row] = []
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            found = benches[name](Path(folder))
        print(*(str(each) for each in found), sep="\n", flush=True)
        rows += found
    if options.write:
        keep(rows)
    return 0 if all(each.holds for each in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
