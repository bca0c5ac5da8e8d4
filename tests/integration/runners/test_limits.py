"""A run that takes more than it may is ended, with all of its processes, and its error names the limit."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jupyter_toolrunner.core.limits import RunLimits
from jupyter_toolrunner.core.runs import Reason
from jupyter_toolrunner.core.tools import Policy
from jupyter_toolrunner.runners import attempt, guard
from jupyter_toolrunner.runners.process_runner import ProcessRunner

#: Bounds all that these tests can do to the machine.
BOUNDS = RunLimits(
    memory_limit=300_000_000,
    output_limit=50_000_000,
    process_limit=40,
    open_files_limit=256,
    log_limit=1_000_000,
)

HOG = """
    import time
    def main():
        kept = []
        while True:
            kept.append(bytearray(b"x") * 8_000_000)
            time.sleep(0.002)
"""


def test_a_memory_hog_is_ended_and_its_error_says_how_much_it_used(bench: Any) -> None:
    made = bench.run(bench.function(HOG), limits=BOUNDS)
    assert made.outcome.reason is Reason.MEMORY
    used = re.fullmatch(r"The run used (\d+) MB of memory, and 300 MB is its limit\.", made.error.message)
    assert used
    assert 300 <= int(used[1]) < 1000
    assert made.error.hint.startswith("Give the tool less data at once")


def test_memory_of_all_processes_of_a_run_counts_and_what_they_share_counts_once(bench: Any) -> None:
    source = """
    import os, time
    def main(own):
        shared = bytearray(b"x") * 100_000_000
        for _ in range(5):
            if os.fork() == 0:
                kept = bytearray(b"x") * own
                time.sleep(1.0)
                os._exit(0)
        for _ in range(5):
            os.wait()
        return len(shared)
    """
    tool = bench.function(source)
    assert bench.run(tool, {"own": 1_000_000}, limits=BOUNDS).status == "succeeded"
    made = bench.run(tool, {"own": 80_000_000}, limits=BOUNDS)
    assert made.outcome.reason is Reason.MEMORY


def test_more_than_the_limit_at_once_is_refused_where_it_is_asked_for(bench: Any) -> None:
    made = bench.run(bench.function("def main():\n    return len(bytearray(4_000_000_000))\n"), limits=BOUNDS)
    assert made.outcome.reason is Reason.MEMORY
    assert made.error.message.endswith("The run may use 300 MB of memory, which is its limit.")
    assert made.error.frames[-1].text == "return len(bytearray(4_000_000_000))"


@pytest.mark.parametrize("apart", [False, True])
def test_a_fork_bomb_is_ended_with_all_that_came_of_it(
    bench: Any, survivors: Callable[[str], list[int]], apart: bool
) -> None:
    """``apart``: every process has a session of its own, and outlives its parent."""
    # 584 processes at most, whatever becomes of the limit.
    source = """
    import os, time
    def bomb(generations, apart):
        for _ in range(8 if generations else 0):
            if os.fork() == 0:
                if apart:
                    os.setsid()
                    if os.fork() > 0:
                        os._exit(0)
                bomb(generations - 1, apart)
        time.sleep(30)
        os._exit(0)
    def main(apart):
        bomb(3, apart)
    """
    marker = f"bomb-{time.monotonic_ns()}"
    made = bench.run(bench.function(source), {"apart": apart}, environment={"BOMB": marker}, limits=BOUNDS)
    assert made.outcome.reason is Reason.PROCESSES
    said = re.fullmatch(
        r"The run had (\d+) processes at a time, and 40 is its limit; all of them were ended\.",
        made.error.message,
    )
    assert said
    assert int(said[1]) > 40
    assert survivors(marker) == []
    assert made.seconds < 15


def test_a_bomb_whose_first_process_has_ended_is_ended_too(
    bench: Any, survivors: Callable[[str], list[int]]
) -> None:
    source = """
    import os, time
    if os.fork() == 0:
        for _ in range(200):
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
        time.sleep(30)
    """
    marker = f"bomb-{time.monotonic_ns()}"
    made = bench.run(bench.script(source), environment={"BOMB": marker}, limits=BOUNDS)
    assert made.outcome.reason is Reason.PROCESSES
    assert survivors(marker) == []


def test_a_disk_filler_is_ended_while_it_writes(bench: Any) -> None:
    source = """
    import itertools
    for n in itertools.count():
        with open(f"{n:05}.bin", "wb") as file:
            file.write(bytes(5_000_000))
    """
    made = bench.run(bench.script(source), limits=BOUNDS)
    assert made.outcome.reason is Reason.OUTPUT_LIMIT
    wrote = re.fullmatch(r"The run wrote (\S+) [MG]B in files, and 50 MB is its limit\.", made.error.message)
    assert wrote


@pytest.mark.parametrize("how", ["file.write(bytes(60_000_000))", "file.truncate(100 * 10**9)"])
def test_one_file_too_large_is_refused_also_where_it_is_full_of_holes(bench: Any, how: str) -> None:
    made = bench.run(
        bench.function(f"def main():\n    with open('big.bin', 'wb') as file:\n        {how}\n"),
        limits=BOUNDS,
    )
    assert made.outcome.reason is Reason.OUTPUT_LIMIT
    assert made.error.message.endswith(
        "A file would have become larger than 50 MB, the limit of what the run writes."
    )


def test_a_program_that_writes_too_much_says_so_too(bench: Any) -> None:
    source = """
    import subprocess
    subprocess.run(["dd", "if=/dev/zero", "of=big.bin", "bs=1M", "count=80", "status=none"], check=True)
    """
    made = bench.run(bench.script(source), limits=BOUNDS)
    assert made.outcome.reason is Reason.OUTPUT_LIMIT, made.error


def test_many_small_files_end_the_run_before_the_disk_is_full_of_them(bench: Any) -> None:
    runner = ProcessRunner(max_files=50)
    try:
        source = "import itertools\nfor n in itertools.count():\n    open(f'{n:07}', 'w').close()\n"
        made = bench.run(bench.script(source), runner=runner, limits=BOUNDS)
    finally:
        runner.close()
    assert made.outcome.reason is Reason.OUTPUT_LIMIT
    assert made.error.message == "The run had more than 500 files, and 50 is the limit of what is kept."
    assert len(made.names) == 50


def test_files_that_are_gone_again_do_not_count(bench: Any) -> None:
    source = """
    import os, time
    for n in range(30):
        with open("some.bin", "wb") as file:
            file.write(bytes(10_000_000))
        time.sleep(0.01)
        os.remove("some.bin")
    """
    assert bench.run(bench.script(source), limits=BOUNDS).status == "succeeded"


def test_an_endless_printer_is_ended(bench: Any) -> None:
    made = bench.run(bench.script("while True: print('x' * 1000)\n"), limits=BOUNDS)
    assert made.outcome.reason is Reason.OUTPUT_LIMIT
    assert re.fullmatch(
        r"The run printed 1\d(\.\d)? MB: its log is kept up to 1 MB, and a run that prints 10 times as much is ended\.",
        made.error.message,
    )


@pytest.mark.parametrize("kind", ["function", "script", "notebook"])
def test_one_open_file_too_many_names_the_limit(bench: Any, kind: str) -> None:
    line = "kept = [open('/dev/null') for _ in range(1000)]"
    if kind == "notebook":
        tool = bench.notebook(line)
    elif kind == "script":
        tool = bench.script(line)
    else:
        tool = bench.function(f"def main():\n    {line}\n")
    made = bench.run(tool, limits=BOUNDS)
    assert made.outcome.reason is Reason.OPEN_FILES
    assert made.error.message == (
        "[Errno 24] Too many open files: '/dev/null'. A process of the run had 256 files open, which is its limit."
    )


@pytest.mark.parametrize(
    "words", ["File too large: the service takes 10 MB", "Too many open files in the archive"]
)
def test_an_error_that_only_sounds_like_a_limit_is_the_tools_own(bench: Any, words: str) -> None:
    made = bench.run(bench.function(f"def main():\n    raise ValueError({words!r})\n"), limits=BOUNDS)
    assert (made.outcome.reason, made.error.message) == (Reason.ERROR, words)


def test_a_warm_process_keeps_to_the_limits_in_each_of_its_runs(bench: Any) -> None:
    source = "def main(n):\n    kept = [open('/dev/null') for _ in range(n)]\n    return len(kept)\n"
    tool = replace(bench.function(source), policy=Policy(warm=True))
    for _ in range(2):
        assert bench.run(tool, {"n": 20}, limits=BOUNDS).status == "succeeded"
    assert bench.run(tool, {"n": 500}, limits=BOUNDS).outcome.reason is Reason.OPEN_FILES


def test_only_a_run_that_lasts_is_looked_at(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    look = guard.Guard.look

    def counted(self: guard.Guard) -> guard.Over | None:
        looks.append(time.monotonic())
        return look(self)

    monkeypatch.setattr(guard.Guard, "look", counted)
    monkeypatch.setattr(attempt, "REFILL_AFTER", 5.0)
    quick = bench.function("def main():\n    return 1\n")
    assert bench.run(quick, limits=BOUNDS).status == "succeeded"
    assert looks == []
    monkeypatch.setattr(attempt, "REFILL_AFTER", 0.05)
    slow = bench.function("import time\ndef main():\n    time.sleep(0.5)\n", name="slow.py")
    assert bench.run(slow, limits=BOUNDS).status == "succeeded"
    assert 3 <= len(looks) < 20
