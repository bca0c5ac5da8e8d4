"""After a stop, and after any end, nothing of a run is left: eight kinds of processes that would rather stay."""

from __future__ import annotations

import fcntl
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from nasty_children import NASTY, source

from jupyter_toolrunner.core.runs import Reason


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_is_left_two_seconds_after_a_cancel(
    bench: Any, survivors: Callable[[str], list[int]], kind: str
) -> None:
    mark = uuid.uuid4().hex
    tool = bench.script(source(kind, "time.sleep(1000)"))
    made = bench.run(tool, environment={"MARK": mark}, stop_when=lambda log: b"ready" in log)
    assert made.status == "canceled"
    assert made.seconds_to_stop < 2
    assert survivors(mark) == []


@pytest.mark.parametrize("kind", NASTY)
def test_nothing_is_left_of_a_run_that_ended_by_itself(
    bench: Any, survivors: Callable[[str], list[int]], kind: str
) -> None:
    mark = uuid.uuid4().hex
    tool = bench.script(source(kind, "sys.stdout.flush(); os._exit(0)"))
    made = bench.run(tool, environment={"MARK": mark})
    assert made.status == "succeeded", made.outcome
    assert made.seconds < 5
    assert survivors(mark) == []


def test_what_was_left_behind_is_named_in_the_log(bench: Any) -> None:
    tool = bench.script("import subprocess; subprocess.Popen(['setsid', 'sleep', '1234'])")
    made = bench.run(tool)
    assert made.status == "succeeded"
    assert "toolrunner: processes that the run left behind were ended: sleep 1234" in made.text


def test_a_helper_that_ends_by_itself_is_not_killed(bench: Any) -> None:
    tool = bench.script(
        """
        import subprocess
        subprocess.Popen(["sh", "-c", "sleep 0.05; echo done > late.txt"])
        """
    )
    made = bench.run(tool)
    assert made.names == ["late.txt"]
    assert b"toolrunner" not in made.log


def test_a_run_may_put_its_things_in_order_when_it_is_asked_to_end(bench: Any) -> None:
    tool = bench.script(
        """
        import signal, sys, time
        def end(number, frame):
            print("in order"); sys.exit(3)
        signal.signal(signal.SIGTERM, end)
        print("ready"); time.sleep(1000)
        """
    )
    made = bench.run(tool, stop_when=lambda log: b"ready" in log)
    assert made.status == "canceled"
    assert "in order" in made.text


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.MEMORY, Reason.OUTPUT_LIMIT, Reason.LOST_WORKER])
def test_a_run_that_met_a_limit_failed_by_it(bench: Any, reason: Reason) -> None:
    tool = bench.function("import time\ndef main():\n    print('ready'); time.sleep(1000)\n")
    made = bench.run(tool, stop_when=lambda log: b"ready" in log, stop_reason=reason)
    assert (made.status, made.outcome.reason) == ("failed", reason)
    assert made.error.type == reason.value


def test_a_lock_that_a_run_held_is_free_when_it_is_over(bench: Any) -> None:
    held = bench.folder / "held"
    tool = bench.function(
        f"""
        import fcntl, os

        def main():
            fcntl.flock(os.open({str(held)!r}, os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
        """
    )
    for _ in range(5):
        assert bench.run(tool).status == "succeeded"
        with open(held) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_thread_that_is_left_writes_nothing_once_the_run_is_over(bench: Any) -> None:
    written = bench.folder / "written"
    tool = bench.function(
        f"""
        import os, threading

        def main():
            file = os.open({str(written)!r}, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

            began = threading.Event()

            def write():
                while True:
                    os.write(file, b"x")
                    began.set()

            threading.Thread(target=write, daemon=True).start()
            began.wait()
        """
    )
    for _ in range(5):
        assert bench.run(tool).status == "succeeded"
        size = written.stat().st_size
        assert size > 0
        time.sleep(0.01)
        assert written.stat().st_size == size
