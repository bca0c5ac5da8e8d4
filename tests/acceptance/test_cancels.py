"""After a cancel nothing of a run is left, whatever its processes try: through the whole product.

Long: ``pytest -m soak -s tests/acceptance/test_cancels.py``; ``TOOLRUNNER_CANCELS=5000`` for another number than 1,000.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import httpx
import nasty_children
import nbformat
import pytest
from serving import Server, serving

#: Seconds after a cancel by which everything is gone.
GRACE = 2.0
KINDS = {f"kind_{number}": kind for number, kind in enumerate(nasty_children.NASTY)} | {
    "kind_notebook": "notebook with a child"
}
READ_MARK = """import argparse
parser = argparse.ArgumentParser()
parser.add_argument("mark")
mark = parser.parse_args().mark
"""
#: A name that forks inherit, and a variable that new programs do.
MARKED = """import os
os.environ["MARK"] = mark
open("/proc/self/comm", "w").write(mark)
"""


@pytest.fixture(scope="module")
def nasty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cancels")
    box = folder / "box"
    box.mkdir()
    start = READ_MARK + MARKED
    for name, kind in KINDS.items():
        if kind in nasty_children.NASTY:
            (box / f"{name}.py").write_text(start + nasty_children.source(kind, "time.sleep(1000)"))
    child = "import subprocess, time\nsubprocess.Popen(['sh', '-c', \"trap '' TERM; sleep 1000\"], start_new_session=True)"
    cells = [
        nbformat.v4.new_code_cell("mark = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(f"{MARKED}{child}\nprint('ready', flush=True)\ntime.sleep(1000)"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), box / "kind_notebook.ipynb")
    with serving(folder / "server", toolboxes=(box,)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


class Cancels:
    """Runs that are canceled when they are in full swing, two at a time."""

    def __init__(self, server: Server, tools: Sequence[str]) -> None:
        self._server = server
        self._work = iter(tools)
        self._lock = threading.Lock()
        self._canceled: list[tuple[float, str, str]] = []
        self._failures: list[str] = []
        self.ends: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.checked = 0
        self.survivors: list[str] = []

    def make(self) -> None:
        threads = [threading.Thread(target=self._cancel_runs) for _ in range(2)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or self._canceled:
            self._look_for_survivors()
            time.sleep(0.1)
        assert not self._failures, self._failures[0]

    def _cancel_runs(self) -> None:
        with httpx.Client(
            base_url=self._server.http.base_url, headers=self._server.http.headers, timeout=60
        ) as http:
            while not self._failures:
                with self._lock:
                    if (tool := next(self._work, None)) is None:
                        return
                try:
                    self._cancel_one(http, tool)
                except Exception as error:  # noqa: BLE001 - a thread's own error would be nobody's
                    self._failures.append(f"{KINDS[tool]}: {error!r}")

    def _cancel_one(self, http: httpx.Client, tool: str) -> None:
        mark = f"mark{uuid.uuid4().hex[:11]}"
        run = http.post("runs", json={"tool": tool, "params": {"mark": mark}}).raise_for_status().json()["id"]
        deadline = time.monotonic() + 60
        log = ""
        while "ready" not in log:
            assert time.monotonic() < deadline, f"did not begin: {log} {http.get(f'runs/{run}').text}"
            answer = http.get(f"runs/{run}/log", params={"offset": len(log.encode()), "wait": 5})
            log += answer.text
            assert answer.headers["X-Log-Complete"] == "false", http.get(f"runs/{run}").text
        assert mark in _marks(), "the run cannot be seen, so nor could what it leaves"
        asked = time.monotonic()
        http.post(f"runs/{run}/cancel").raise_for_status()
        ended = http.get(f"runs/{run}", params={"wait": 30}).raise_for_status().json()
        with self._lock:
            self.seconds.append(time.monotonic() - asked)
            self.ends[ended["status"]] += 1
            self._canceled.append((asked, mark, KINDS[tool]))

    def _look_for_survivors(self) -> None:
        until = time.monotonic() - GRACE
        with self._lock:
            due = [one for one in self._canceled if one[0] <= until]
            self._canceled = [one for one in self._canceled if one[0] > until]
        if due:
            marks = _marks()
            self.survivors += [kind for _, mark, kind in due if mark in marks]
            self.checked += len(due)


def _marks() -> str:
    """All by which a process that has not ended may be known, of every process of this machine."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                if (place / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                    found += [(place / part).read_bytes() for part in ("comm", "environ", "cmdline")]
    return b"\0".join(found).decode(errors="replace")


def _cancel(server: Server, count: int) -> None:
    cancels = Cancels(server, list(islice(cycle(KINDS), count)))
    cancels.make()
    times = statistics.quantiles(cancels.seconds, n=100)
    print(
        f"{cancels.checked} cancels over {len(KINDS)} kinds: {len(cancels.survivors)} survivors after {GRACE:g} s; "
        f"to the end of the run p50 {times[49]:.3f} s, p99 {times[98]:.3f} s, at most {max(cancels.seconds):.3f} s"
    )
    assert cancels.survivors == []
    assert cancels.ends == {"canceled": count}
    assert server.http.get("health").json()["workers"] > 0


def test_nothing_is_left_of_a_canceled_run_whatever_its_processes_try(nasty_server: Server) -> None:
    _cancel(nasty_server, len(KINDS))


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_nothing_is_left_of_a_thousand_canceled_runs(nasty_server: Server) -> None:
    _cancel(nasty_server, int(os.environ.get("TOOLRUNNER_CANCELS", "1000")))
