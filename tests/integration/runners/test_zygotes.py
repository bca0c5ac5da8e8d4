"""Zygotes: what is imported ahead is there, what is stale is renewed, and they end with their worker."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.runners.process_runner import ProcessRunner


@pytest.fixture
def site(bench: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where zygotes of this test find modules."""
    folder = Path(bench.folder) / "site"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def fresh(site: Path) -> Any:
    runner = ProcessRunner(patience=3.0)
    yield runner
    runner.close()


def test_modules_are_imported_ahead_once(bench: Any, site: Path, fresh: ProcessRunner) -> None:
    (site / "heavy.py").write_text("import os, time; pid = os.getpid(); time.sleep(0.5)")
    tool = bench.function(
        "def main():\n    import heavy, os\n    return [heavy.pid, os.getpid()]\n", preload=("heavy",)
    )
    first, second = (bench.run(tool, runner=fresh) for _ in range(2))
    assert second.seconds < 0.4
    pids = [eval(made.content("result.json")) for made in (first, second)]
    assert pids[0][0] == pids[1][0]
    assert len({pids[0][1], pids[1][1], pids[0][0]}) == 3


def test_a_module_that_cannot_be_imported_is_the_runs_own_error(
    bench: Any, site: Path, fresh: ProcessRunner
) -> None:
    (site / "broken.py").write_text("1/0")
    tool = bench.function("def main():\n    import broken\n", preload=("broken", "not_there_at_all"))
    made = bench.run(tool, runner=fresh)
    assert made.error.type == "ZeroDivisionError"


@pytest.mark.parametrize(
    "source", ["import os; os.abort()", "import sys; sys.exit(3)", "import time; time.sleep(60)"]
)
def test_a_module_that_ends_or_holds_its_zygote_is_done_without(
    bench: Any, site: Path, fresh: ProcessRunner, source: str
) -> None:
    (site / "deadly.py").write_text(source)
    tool = bench.function("def main():\n    return 1\n", preload=("deadly",))
    for _ in range(2):
        made = bench.run(tool, runner=fresh)
        assert made.content("result.json") == b"1"
    assert made.seconds < 4


def test_a_tool_that_needs_more_modules_adds_them(bench: Any, site: Path, fresh: ProcessRunner) -> None:
    (site / "one.py").write_text("import os; pid = os.getpid()")
    (site / "two.py").write_text("import os; pid = os.getpid()")
    source = "def main():\n    import {0}, os\n    return {0}.pid != os.getpid()\n"
    first = bench.function(source.format("one"), name="first.py", preload=("one",))
    second = bench.function(source.format("two"), name="second.py", preload=("two",))
    assert bench.run(first, runner=fresh).content("result.json") == b"true"
    bench.run(second, runner=fresh)
    fresh.prepare(second)
    assert bench.run(second, runner=fresh).content("result.json") == b"true"
    assert len(fresh._zygotes.pids()) == 1


def test_a_changed_file_renews_the_zygote(bench: Any, site: Path, fresh: ProcessRunner) -> None:
    (site / "one.py").write_text("")
    tool = bench.function("def main(): pass", preload=("one",))
    bench.run(tool, runner=fresh)
    before = fresh._zygotes.pids()
    bench.run(tool, runner=fresh)
    assert fresh._zygotes.pids() == before
    tool = bench.function("def main(): return 1  # changed", preload=("one",))
    assert bench.run(tool, runner=fresh).content("result.json") == b"1"
    assert fresh._zygotes.pids() != before


def test_there_are_never_more_zygotes_than_allowed(bench: Any, site: Path) -> None:
    import dataclasses

    (site / "one.py").write_text("")
    runner = ProcessRunner(zygotes=2)
    try:
        for number in range(4):
            tool = dataclasses.replace(
                bench.function("def main(): pass", preload=("one",)), toolbox=f"box{number}"
            )
            assert bench.run(tool, runner=runner).status == "succeeded"
            assert len(runner._zygotes.pids()) <= 2
    finally:
        runner.close()


def test_tools_without_heavy_modules_share_one_zygote(bench: Any, fresh: ProcessRunner) -> None:
    import dataclasses

    for number in range(3):
        tool = dataclasses.replace(bench.function("def main(): pass"), toolbox=f"box{number}")
        fresh.prepare(tool)
        bench.run(tool, runner=fresh)
    assert len(fresh._zygotes.pids()) == 1


def test_a_prepared_tool_starts_at_once(bench: Any, site: Path, fresh: ProcessRunner) -> None:
    (site / "heavy.py").write_text("import time; time.sleep(0.3)")
    tool = bench.function("def main():\n    import heavy\n", preload=("heavy",))
    begun = time.monotonic()
    fresh.prepare(tool)
    assert time.monotonic() - begun < 0.2
    (zygote,) = fresh._zygotes._zygotes.values()
    zygote.spare_pids(patience=10)
    assert bench.run(tool, runner=fresh).seconds < 0.2


def test_a_dead_spare_or_zygote_is_replaced(bench: Any, fresh: ProcessRunner) -> None:
    tool = bench.function("def main(): return 1")
    bench.run(tool, runner=fresh)
    (zygote,) = fresh._zygotes._zygotes.values()
    for pid in zygote.spare_pids():
        os.kill(pid, signal.SIGKILL)
    assert bench.run(tool, runner=fresh).status == "succeeded"
    os.kill(zygote.pid, signal.SIGKILL)
    os.waitid(os.P_PID, zygote.pid, os.WEXITED | os.WNOWAIT)
    assert bench.run(tool, runner=fresh).status == "succeeded"


def test_a_tool_that_kills_its_zygote_ends_and_leaves_nothing(
    bench: Any, fresh: ProcessRunner, survivors: Callable[[str], list[int]]
) -> None:
    mark = uuid.uuid4().hex
    tool = bench.script(
        """
        import os, signal, subprocess, time
        subprocess.Popen(["setsid", "sh", "-c", "trap '' TERM; sleep 1000"])
        os.kill(os.getppid(), signal.SIGKILL); time.sleep(1000)
        """
    )
    made = bench.run(tool, runner=fresh, environment={"MARK": mark})
    assert made.status == "failed"
    assert survivors(mark) == []
    assert bench.run(bench.script("print(1)"), runner=fresh).text == "1\n"


def test_a_zygote_has_one_thread_when_it_forks(bench: Any) -> None:
    tool = bench.function(
        """
        import os
        def main():
            import numpy, pandas
            zygote = os.getppid()
            a = numpy.random.default_rng(0).random((300, 300))
            return [len(os.listdir(f"/proc/{zygote}/task")), float((a @ a).sum()) > 0]
        """,
        preload=("numpy", "pandas", "networkx"),
    )
    assert bench.run(tool).content("result.json") == b"[1, true]"


WORKER = """
import socket, sys, tempfile, pathlib, os
from jupyter_toolrunner.core.ports import AttemptSpec
from jupyter_toolrunner.core.tools import Entry, Tool, ToolKind
from jupyter_toolrunner.runners.process_runner import ProcessRunner
folder = pathlib.Path(sys.argv[1]); (folder / "attempt").mkdir()
tool = Tool(name="b.s", toolbox="b", title="s", kind=ToolKind.SCRIPT, entry=Entry(path=str(folder / "s.py")))
reader, writer = socket.socketpair()
class Stop:
    def fileno(self): return reader.fileno()
    def reason(self): return None
spec = AttemptSpec(run="r", number=1, attempt=1, tool=tool, params={}, directory=folder / "attempt")
def on_log(data): print(data.decode(), end="", flush=True)
ProcessRunner().run(spec, on_log=on_log, on_progress=print, stop=Stop())
"""


def test_everything_ends_with_a_worker_that_is_killed(
    tmp_path: Path, survivors: Callable[[str], list[int]]
) -> None:
    mark = uuid.uuid4().hex
    (tmp_path / "s.py").write_text(
        "import subprocess, time\n"
        "subprocess.Popen(['setsid', 'sh', '-c', \"trap '' TERM HUP; while :; do sleep 1; done\"])\n"
        "print('ready')\ntime.sleep(1000)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "MARK": mark},
    )
    assert worker.stdout is not None
    with worker.stdout:
        assert worker.stdout.readline() == b"ready\n"
        until = time.monotonic() + 10
        while len(survivors(mark)) < 4 and time.monotonic() < until:
            time.sleep(0.02)
        there = len(survivors(mark))
        worker.kill()
        worker.wait()
        assert there >= 4
    until = time.monotonic() + 2
    while survivors(mark) and time.monotonic() < until:
        time.sleep(0.02)
    assert [Path(f"/proc/{pid}/status").read_text() for pid in survivors(mark)] == []


THREADS = """
import ctypes, os
def main():
    import numpy
    a = numpy.random.default_rng(0).random((600, 600))
    for _ in range(3): a @ a
    path = next(line.split()[-1] for line in open("/proc/self/maps") if "openblas" in line)
    library = ctypes.CDLL(path)
    names = "scipy_openblas_get_num_threads64_", "openblas_get_num_threads64_", "openblas_get_num_threads"
    return [getattr(library, name)() for name in names if hasattr(library, name)][0]
"""


def test_a_run_has_all_threads_that_the_machine_gives(bench: Any) -> None:
    def threads(made: Any) -> int:
        return int(made.content("result.json"))

    warm, cold = bench.function(THREADS, preload=("numpy",)), bench.function(THREADS, name="cold.py")
    assert threads(bench.run(warm)) == threads(bench.run(cold))
    assert threads(bench.run(warm, environment={"OPENBLAS_NUM_THREADS": "1"})) == 1
    assert threads(bench.run(warm, environment={"OMP_NUM_THREADS": "1"})) == 1


def test_a_zygote_in_use_outlives_its_renewal(bench: Any, site: Path, fresh: ProcessRunner) -> None:
    (site / "one.py").write_text("")
    tool = bench.function(
        "import time\ndef main():\n    print('ready'); time.sleep(0.5); return 1\n", preload=("one",)
    )

    def change(log: bytes) -> bool:
        Path(tool.entry.files[0]).write_text("changed")
        fresh.prepare(tool)
        return False

    made = bench.run(tool, runner=fresh, stop_when=change)
    assert made.content("result.json") == b"1"
    assert len(fresh._zygotes.pids()) == 1


def test_where_no_process_can_be_had_for_a_while_the_run_waits_for_one(bench: Any, site: Path) -> None:
    """The system says so by an error of the fork; no limit makes it say so to root, so a module does."""
    full = bench.folder / "full"
    full.touch()
    (site / "crowded.py").write_text(
        f"import errno, os\nfork = os.fork\ndef crowded():\n    if os.path.exists({str(full)!r}):\n"
        "        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))\n    return fork()\nos.fork = crowded\n"
    )
    tool = bench.function("import os\ndef main(): return os.getppid()", preload=("crowded",))
    runner = ProcessRunner()
    try:
        timer = threading.Timer(0.5, full.unlink)
        timer.start()
        made = bench.run(tool, runner=runner)
        assert made.status == "succeeded"
        assert made.seconds >= 0.4
        (zygote,) = runner._zygotes._zygotes.values()
        assert json.loads(made.content("result.json")) == zygote.pid
    finally:
        timer.cancel()
        runner.close()


def test_a_stop_while_modules_are_still_imported_ends_the_wait(bench: Any, site: Path) -> None:
    import socket

    from jupyter_toolrunner.core.ids import RunId
    from jupyter_toolrunner.core.ports import AttemptSpec

    (site / "slow.py").write_text("import time; time.sleep(60)")
    tool = bench.function("def main(): pass", preload=("slow",))
    reader, writer = socket.socketpair()

    class Stop:
        def fileno(self) -> int:
            return reader.fileno()

        def reason(self) -> None:
            return None

    directory = bench.folder / "stopped"
    directory.mkdir()
    spec = AttemptSpec(run=RunId("r"), number=1, attempt=1, tool=tool, params={}, directory=directory)
    runner = ProcessRunner()
    timer = threading.Timer(0.3, lambda: writer.send(b"x"))
    timer.start()
    try:
        begun = time.monotonic()
        outcome = runner.run(spec, on_log=lambda data: None, on_progress=lambda progress: None, stop=Stop())
        assert outcome.status == "canceled"
        assert time.monotonic() - begun < 2.3
    finally:
        timer.join()
        runner.close()
        reader.close()
        writer.close()


def test_what_a_module_kept_of_the_streams_still_reaches_the_log(
    bench: Any, site: Path, fresh: ProcessRunner
) -> None:
    (site / "speaker.py").write_text(
        "import logging, sys\nprint('imported ahead')\nlogging.basicConfig(stream=sys.stdout)\n"
        "def say(text, file=sys.stdout): print(text, file=file, end='')\n"
    )
    tool = bench.script(
        "import logging, speaker; logging.warning('logged'); speaker.say('said')", preload=("speaker",)
    )
    for _ in range(2):
        assert bench.run(tool, runner=fresh).text == "WARNING:root:logged\nsaid"


def test_what_a_worker_holds_is_held_until_the_last_process_of_its_runs_has_gone(
    bench: Any, tmp_path: Path
) -> None:
    held = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    fcntl.flock(held, fcntl.LOCK_EX)
    runner = ProcessRunner(held=(held,))
    try:
        tool = bench.function("def main():\n    import os\n    return os.getpid()\n")
        assert bench.run(tool, runner=runner).status == "succeeded"
        # As when the worker is killed.
        os.close(held)
        with open(tmp_path / "lock") as mine, pytest.raises(BlockingIOError):
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        runner.close()
    with open(tmp_path / "lock") as mine:
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
