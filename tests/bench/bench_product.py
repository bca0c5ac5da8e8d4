"""What the whole product costs: ``python tests/bench/bench_product.py [--only NAME …] [--write]``.

Both sides of a ratio are measured in turns, in one run; ``--write`` keeps the table in ``tests/bench/RESULTS.md``.
Exits with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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
'''
HEAVY = """import argparse
import pandas, networkx
argparse.ArgumentParser().parse_args()
print(len(pandas.DataFrame({"a": [1]})), len(networkx.path_graph(3)))
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
    measured: float
    goal: float

    @property
    def holds(self) -> bool:
        return self.measured <= self.goal

    def __str__(self) -> str:
        mark = "yes" if self.holds else "**no**"
        return (
            f"| {self.what} | {self.ours} | {self.against} | {self.measured:.2f} | {self.goal:g} | {mark} |"
        )


@contextlib.contextmanager
def product(folder: Path, name: str, source: str, workers: int = 1) -> Iterator[tuple[Product, Settings]]:
    """The product in this process, with real services and workers."""
    box = folder / "box"
    box.mkdir()
    # Alone in its toolbox: the tools of one share a zygote with all that they import.
    (box / name).write_text(source)
    settings = Settings(data_dir=folder / "data", toolboxes=(str(box),), workers=workers)
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
    position = opened.events.last()
    start = time.perf_counter()
    run = opened.runs.submit(tool, {}, owner="bench")
    while True:
        for event in opened.events.read(position, 1.0):
            position = event.id
            if event.type == "run" and event.data["id"] == run.id and event.data["finished_at"]:
                assert event.data["status"] == "succeeded", event.data
                return time.perf_counter() - start


def in_turns(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int, each: int, warm: int = 3
) -> tuple[list[float], list[float]]:
    for _ in range(warm):
        ours(), theirs()
    first: list[float] = []
    second: list[float] = []
    for _ in range(rounds):
        first += [ours() for _ in range(each)]
        second += [theirs() for _ in range(each)]
    return first, second


def noop_against_rq(folder: Path) -> list[Row]:
    return [_one_against_rq(folder, "noop", "no-op function, submit to finished, p50")]


def warm_noop_against_rq(folder: Path) -> list[Row]:
    return [_one_against_rq(folder, "warm_noop", "no-op function, warm process, submit to finished, p50")]


def _one_against_rq(folder: Path, tool: str, what: str) -> Row:
    with product(folder, "tools.py", TOOL) as (opened, settings), bare_rq(settings) as queue:

        def bare() -> float:
            start = time.perf_counter()
            queue.enqueue("operator.not_", 1).latest_result(timeout=10)
            return time.perf_counter() - start

        ours, theirs = in_turns(lambda: one_run(opened, tool), bare, 8, 25)
    return _row(what, ours, "bare RQ SimpleWorker", theirs, 1.0)


def many_against_rq(folder: Path) -> list[Row]:
    return [_many_against_rq(folder, "noop", f"{MANY} no-op functions, one worker")]


def many_warm_against_rq(folder: Path) -> list[Row]:
    return [_many_against_rq(folder, "warm_noop", f"{MANY} no-op functions, warm process, one worker")]


def _many_against_rq(folder: Path, tool: str, what: str) -> Row:
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

        first, second = in_turns(ours, bare, 5, 1, warm=1)
    return _row(what, first, "bare RQ SimpleWorker", second, 1.0)


@contextlib.contextmanager
def bare_rq(settings: Settings) -> Iterator[Queue]:
    """RQ alone, with one worker, on the same Redis."""
    url = settings.effective_redis_url
    code = (
        "from redis import Redis; from rq import Queue, SimpleWorker; import sys;"
        "c = Redis.from_url(sys.argv[1]);"
        "SimpleWorker([Queue('bare', connection=c)], connection=c).work(logging_level='ERROR')"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, url])
    try:
        yield Queue("bare", connection=Redis.from_url(url))
    finally:
        worker.terminate()
        worker.wait()


def heavy_script_against_shell(folder: Path) -> list[Row]:
    with product(folder, "heavy.py", HEAVY) as (opened, settings):
        script = Path(settings.toolboxes[0]) / "heavy.py"

        def shell() -> float:
            start = time.perf_counter()
            subprocess.run([sys.executable, str(script)], check=True, stdout=subprocess.DEVNULL)
            return time.perf_counter() - start

        ours, theirs = in_turns(lambda: one_run(opened, "heavy"), shell, 5, 3)
    return [_row("script with pandas and networkx, warm, p50", ours, "`python script.py`", theirs, 1.0)]


def _row(what: str, ours: list[float], peer: str, theirs: list[float], goal: float) -> Row:
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
    return [_row("server's start with 1,000 scripts to read", ours, "without the extension", theirs, 1.1)]


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=BENCHES, default=list(BENCHES))
    parser.add_argument("--write", action="store_true", help=f"keep the table in {RESULTS.name}")
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            rows += BENCHES[name](Path(folder))
        print(*(str(row) for row in rows), sep="\n", flush=True)
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
