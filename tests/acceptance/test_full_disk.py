"""The disk is full, or fails, at each write of a run's life: nothing is corrupt, half of nothing is published.

Long: ``pytest -m soak -s tests/acceptance/test_full_disk.py``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import whole_store
from disk_faults import FOR_EVER, DiskFaults
from serving import Server, serving
from whole_store import check_store

TOOL = """
from pathlib import Path
from jupyter_toolrunner import progress, tool

@tool
def keep(word: str) -> dict[str, str]:
    "Leave two files, one of them large, a log and a value."
    print(f"keeping {word}", flush=True)
    Path("small.txt").write_text(f"small {word}")
    progress(1, 2)
    Path("large.bin").write_bytes(word.encode() * 60_000)
    return {"word": word}
"""


class FailingDisk:
    """A server on a disk that can be made to fail."""

    def __init__(self, server: Server, faults: DiskFaults) -> None:
        self.server = server
        self.faults = faults
        self.outcomes: Counter[str] = Counter()
        self.slowest = 0.0
        self._words: dict[str, str] = {}

    def life_of_a_run(self, first: int, error: int, *, times: int) -> bool:
        """Submit a run while the ``first`` write fails; False where all was written before."""
        word = uuid.uuid4().hex
        self.faults.fail(first, error, times=times)
        run = self._submit(word)
        if times == FOR_EVER:
            self._wait_for_the_fault(run)
        elif run is not None:
            self.server.wait(run)
        failed, what = self.faults.failed, self.faults.what
        self.faults.stop()
        mended = time.monotonic()
        if run is None:
            # A write of another process, which had begun, may still be refused.
            run = str(self.server.eventually(lambda: self._submit(word), f"refused for good, after {what}"))
            self.outcomes["refused"] += 1
        ended = self.server.wait(run)
        self.slowest = max(self.slowest, time.monotonic() - mended)
        self.outcomes[ended["status"]] += 1
        self._check(ended, word, what, error)
        return failed > 0

    def _submit(self, word: str) -> str | None:
        """The run, or None where it was refused; the same request can be repeated."""
        answer = self.server.http.post(
            "runs", json={"tool": "keep", "params": {"word": word}}, headers={"Idempotency-Key": word}
        )
        if answer.status_code == 201:
            return str(answer.json()["id"])
        assert answer.status_code == 503, answer.text
        said = answer.json()["error"]
        assert said["code"] == "not_available"
        assert said["message"]
        assert said["hint"]
        return None

    def _wait_for_the_fault(self, run: str | None) -> None:
        """Until the disk has failed, and the health page says so; or the run ended without it."""

        def is_over() -> bool:
            if self.faults.failed:
                return bool(self.server.http.get("health").json()["status"] != "ok")
            return run is not None and self.server.run(run)["finished_at"] is not None

        self.server.eventually(is_over, f"health is content, or nothing happens, after {run}")

    def _check(self, run: dict[str, Any], word: str, what: str, error: int) -> None:
        if run["status"] == "succeeded":
            assert self.server.result(run) == {"word": word}, what
            assert self.server.content(run, "small.txt").decode() == f"small {word}"
            assert self.server.content(run, "large.bin") == word.encode() * 60_000
        else:
            assert run["status"] == "failed", (run, what)
            assert run["error"]["message"], what
            assert os.strerror(error) in run["error"]["message"], (run["error"], what)
            assert run["error"]["hint"] or error != errno.ENOSPC, (run["error"], what)
        check_store(self.server.data_dir)

    def lives(self, error: int, *, times: int, every: int) -> None:
        """Lives of runs with a fault at each write, until one has none; of the database's pages at each so many-th."""
        began, first = time.monotonic(), 1
        self.outcomes.clear()
        self.slowest = 0.0
        while self.life_of_a_run(first, error, times=times):
            first += every if self.faults.what.endswith("db-wal") else 1
        self.server.eventually(
            lambda: self.server.http.get("health").json()["queue"] == "ok", "the queue stays away", seconds=10
        )
        ends = ", ".join(f"{count} {end}" for end, count in sorted(self.outcomes.items()))
        print(
            f"{errno.errorcode[error]} at writes 1 to {first} of a run, every {every} of the database's: {ends}; "
            f"ended at most {self.slowest:.1f} s after the fault; {time.monotonic() - began:.0f} s"
        )


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    box = tmp_path_factory.mktemp("tools") / "box"
    box.mkdir()
    (box / "keep.py").write_text(TOOL)
    return box


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory, box: Path) -> Iterator[FailingDisk]:
    if not DiskFaults.are_possible():
        pytest.skip("needs a C compiler (gcc) to let writes fail")
    folder = tmp_path_factory.mktemp("failing")
    faults = DiskFaults(folder, folder / "server" / "data")
    with serving(folder / "server", toolboxes=(box,), **faults.variables) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        server.done("keep", word="warm")
        yield FailingDisk(server, faults)


@pytest.mark.parametrize(
    ("error", "times", "every"),
    [(errno.ENOSPC, 1, 7), (errno.EIO, 1, 11), (errno.EIO, FOR_EVER, 20)],
    ids=["ENOSPC once", "EIO once", "EIO until it is mended"],
)
def test_a_write_that_fails_loses_nothing_and_all_goes_on(
    disk: FailingDisk, error: int, times: int, every: int
) -> None:
    disk.lives(error, times=times, every=every)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("times", [1, 3, FOR_EVER], ids=["once", "three times", "until it is mended"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
def test_any_write_that_fails_loses_nothing_and_all_goes_on(
    disk: FailingDisk, error: int, times: int
) -> None:
    disk.lives(error, times=times, every=1)


def test_a_disk_that_is_really_full_stops_nothing_for_longer_than_it_is_full(
    small_disk: FullDisk,
) -> None:
    small_disk.lives(3000 << 10)
    # A queue that has to start on a full disk.
    small_disk.lives(0, kill_queue=True)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_disk_that_is_full_at_any_point_stops_nothing_for_longer_than_it_is_full(
    small_disk: FullDisk,
) -> None:
    for left in (0, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000, 4000, 6000, 8000):
        small_disk.lives(left << 10, kill_queue=left % 3 == 0)


class FullDisk:
    """A server on a disk of its own, which is filled."""

    def __init__(self, server: Server, data: Path) -> None:
        self.server = server
        self.data = data
        self._stuffing = data / "stuffing"

    def lives(self, left: int, *, kill_queue: bool = False) -> None:
        """Submit runs while so many bytes are left, until health says so; then make room."""
        self._fill(left)
        accepted = []
        if kill_queue:
            next(p for p in self.server.services() if "valkey" in p.name()).kill()
        for _ in range(6):
            word = uuid.uuid4().hex
            answer = self.server.http.post("runs", json={"tool": "keep", "params": {"word": word}})
            if answer.status_code == 201:
                accepted.append((answer.json()["id"], word))
            else:
                assert answer.status_code == 503, answer.text
        self._fill(0)
        self.server.eventually(lambda: any("written" in one for one in self._problems()))
        # The queue writes what it was told once a second.
        time.sleep(2)
        word = uuid.uuid4().hex
        answer = self.server.http.post("runs", json={"tool": "keep", "params": {"word": word}})
        if answer.status_code == 201:
            # The database's log had room of its own.
            accepted.append((answer.json()["id"], word))
        else:
            assert "cannot be written" in answer.json()["error"]["message"]
        self._stuffing.unlink()
        mended = time.monotonic()
        ended = [self.server.wait(run) for run, _ in accepted]
        self.server.eventually(
            lambda: not any("written" in one or "queue" in one for one in self._problems())
        )
        self.server.done("keep", word="after")
        print(
            f"{left} bytes left: {len(accepted)} of 7 accepted, "
            f"{sum(one['status'] == 'succeeded' for one in ended)} succeeded, "
            f"all well {time.monotonic() - mended:.1f} s after there was room"
        )
        for one, (_, word) in zip(ended, accepted, strict=True):
            if one["status"] == "succeeded":
                assert self.server.content(one, "large.bin") == word.encode() * 60_000
            else:
                assert one["error"]["hint"], one
        # SQLite follows the way into the namespace to what is there outside of it.
        inside = ["nsenter", "--mount", "--target", self.data.parts[2]]
        subprocess.run([*inside, sys.executable, whole_store.__file__, str(self.server.data_dir)], check=True)

    def _problems(self) -> list[str]:
        return list(self.server.http.get("health").json()["problems"])

    def _fill(self, left: int) -> None:
        with self._stuffing.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))
            file.truncate(max(0, file.seek(0, os.SEEK_END) - left))


@pytest.fixture
def small_disk(tmp_path: Path, box: Path) -> Iterator[FullDisk]:
    """A server whose data lies on a disk of 48 MB."""
    if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).returncode != 0:
        pytest.skip("may not mount a disk of its own")
    data = tmp_path / "server" / "data"
    script = 'mkdir -p "$0" && mount -t tmpfs -o size=48m none "$0" && exec "$@"'
    within = ("unshare", "--mount", "sh", "-c", script, str(data))
    with serving(tmp_path / "server", toolboxes=(box,), within=within) as server:
        assert server.process is not None
        server.done("keep", word="warm")
        yield FullDisk(server, Path(f"/proc/{server.process.pid}/root{data}"))
