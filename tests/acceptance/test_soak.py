"""Run after run, and nothing grows: neither memory nor open files nor processes nor what lies on the disk beside the runs.

Long: ``pytest -m soak -s tests/acceptance/test_soak.py``.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from functools import partial

import psutil
import pytest
from serving import Server

MB = 1 << 20
#: Rows of one batch.
AT_ONCE = 500
#: What all processes together may grow by: allocators keep some room, and Valkey the latest 10,000 events.
MOST_MEMORY, MOST_FILES, MOST_PROCESSES = 60 * MB, 10, 2


@dataclass
class Use:
    """What the server and all that works for it have."""

    memory: Counter[str]
    files: Counter[str]
    processes: Counter[str]

    @classmethod
    def of(cls, server: Server) -> Use:
        assert server.process is not None
        use = cls(Counter(), Counter(), Counter())
        for process in (psutil.Process(server.process.pid), *server.services()):
            with contextlib.suppress(psutil.Error):
                name = _name_of(process)
                use.memory[name] += process.memory_full_info().uss
                use.files[name] += process.num_fds()
                use.processes[name] += 1
        return use

    def __str__(self) -> str:
        return ", ".join(
            f"{name}: {self.processes[name]} with {self.memory[name] / MB:.1f} MiB and {self.files[name]} files"
            for name in sorted(self.processes)
        )


def _name_of(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    names = ("zygote", "worker", "supervisor", "valkey")
    return next((name for name in names if name in words), "server")


def soak(server: Server, count: int, before: int) -> None:
    """``before``: runs until all caches are filled."""
    _run(server, before)
    first = Use.of(server)
    _run(server, count - before)
    server.eventually(lambda: not _left(server), f"left in the scratch folder: {_left(server)[:5]}")
    last = Use.of(server)
    print(f"\nafter {before:,} runs {first}\nafter {count:,} runs {last}")
    assert last.memory.total() - first.memory.total() <= MOST_MEMORY
    assert abs(last.files.total() - first.files.total()) <= MOST_FILES
    assert abs(last.processes.total() - first.processes.total()) <= MOST_PROCESSES
    assert server.http.get("health").json()["status"] == "ok"


def _run(server: Server, count: int) -> None:
    """Of every ten runs one fails."""
    while count > 0:
        rows = min(AT_ONCE, count)
        count -= rows
        batches = [
            _submit(server, tool, share)
            for tool, share in (("noop", rows - rows // 10), ("fail", rows // 10))
            if share
        ]
        for batch, status, share in batches:
            told = server.eventually(partial(_ended, server, batch), seconds=300)
            assert told == {status: share}


def _submit(server: Server, tool: str, rows: int) -> tuple[str, str, int]:
    answer = server.http.post("batches", json={"tool": tool, "rows": [{}] * rows})
    assert answer.status_code == 201, answer.text
    return answer.json()["batch"]["id"], "failed" if tool == "fail" else "succeeded", rows


def _ended(server: Server, batch: str) -> dict[str, int] | None:
    told = server.http.get(f"batches/{batch}", params={"wait": 20}).json()
    return told["by_status"] if told["final"] else None


def _left(server: Server) -> list[str]:
    """Each worker has a folder, and in it one for each run, beside one for the next."""
    names = sorted(path.name for path in (server.data_dir / "scratch").glob("*/*"))
    return [name for name in names if not name.startswith("next-")]


def test_nothing_grows_with_the_runs(own_server: Server) -> None:
    soak(own_server, count=500, before=200)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_twenty_thousand_runs_leave_memory_and_files_as_they_were(own_server: Server) -> None:
    soak(own_server, count=20_000, before=4_000)
