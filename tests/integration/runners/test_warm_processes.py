"""Warm processes: one serves run after run, each is as in a fresh one, and only what the tool keeps is kept."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.runs import Reason
from jupyter_toolrunner.core.tools import Policy, Tool
from jupyter_toolrunner.runners import parking, process_tree, zygotes
from jupyter_toolrunner.runners.process_runner import ProcessRunner

COUNTER = """
import os
count = 0
def main():
    global count
    count += 1
    return [os.getpid(), count]
"""


@pytest.fixture
def warm(bench: Any) -> Callable[..., Tool]:
    def make(source: str, attribute: str = "main", **given: Any) -> Tool:
        tool: Tool = bench.function(source, attribute, **given)
        return dataclasses.replace(tool, policy=Policy(warm=True))

    return make


@pytest.fixture
def fresh() -> Iterator[ProcessRunner]:
    made = ProcessRunner()
    yield made
    made.close()


def value(made: Any) -> Any:
    assert made.status == "succeeded", (made.outcome, made.text)
    return json.loads(made.content("result.json"))


def pid_and_count(bench: Any, tool: Tool, **given: Any) -> tuple[int, int]:
    pid, count = value(bench.run(tool, **given))
    return pid, count


def test_one_process_serves_run_after_run_and_keeps_what_the_tool_keeps(bench: Any, warm: Any) -> None:
    tool = warm(COUNTER)
    found = [pid_and_count(bench, tool) for _ in range(4)]
    assert [count for _, count in found] == [1, 2, 3, 4]
    assert len({pid for pid, _ in found}) == 1


def test_a_tool_that_does_not_ask_has_a_fresh_process_for_each_run(bench: Any) -> None:
    tool = bench.function(COUNTER)
    found = [pid_and_count(bench, tool) for _ in range(2)]
    assert [count for _, count in found] == [1, 1]
    assert found[0][0] != found[1][0]


def test_a_script_that_asks_has_a_fresh_process_for_each_run(bench: Any) -> None:
    script = bench.script("import os; print(os.getpid())")
    tool = dataclasses.replace(script, policy=Policy(warm=True))
    assert bench.run(tool).text != bench.run(tool).text


def test_a_function_of_an_importable_module_is_warm_too(bench: Any, warm: Any) -> None:
    tool = warm("", "getpid", path=None, module="os")
    assert value(bench.run(tool)) == value(bench.run(tool))


def test_what_is_imported_ahead_is_there(bench: Any, warm: Any) -> None:
    source = "import os, sys\nwas = 'wave' in sys.modules\ndef main(): return [was, os.getpid()]"
    tool = warm(source, preload=("wave",))
    first, second = value(bench.run(tool)), value(bench.run(tool))
    assert first == second
    assert first[0] is True


def test_each_run_has_its_own_log_artifacts_results_and_progress(bench: Any, warm: Any) -> None:
    tool = warm(
        """
        import ctypes, os, subprocess, sys, tempfile
        from pathlib import Path
        from jupyter_toolrunner import progress
        kept = []
        def main(n):
            print("out", n, end="")
            sys.stderr.write(f" err {n}")
            ctypes.CDLL(None).printf(b" c %d", n)
            subprocess.run(["echo", "", "child", str(n)], check=True)
            for part in range(100):
                progress(part, 1000, f"run {n}")
            progress(n, 10, f"last {n}")
            file = open(f"left-{n}.txt", "w")
            file.write(str(n))
            kept.append(file)
            assert Path(tempfile.gettempdir()) != Path.cwd()
            return {"n": n, "cwd": os.getcwd(), "run": os.environ["TOOLRUNNER_RUN"]}
        """
    )
    folders, runs = set(), set()
    for n in (1, 2, 3):
        made = bench.run(tool, {"n": n})
        found = value(made)
        folders.add(found["cwd"])
        runs.add(found["run"])
        assert sorted(made.text.replace("\n", " ").split()) == sorted(
            f"out {n} err {n} c {n} child {n}".split()
        )
        assert set(made.names) == {"result.json", f"left-{n}.txt"}
        assert made.content(f"left-{n}.txt") == str(n).encode()
        assert made.progress[-1].text == f"last {n}"
        assert {one.text for one in made.progress} <= {f"run {n}", f"last {n}"}
    assert len(folders) == len(runs) == 3


def test_a_later_run_meets_the_process_as_the_first_did(bench: Any, warm: Any) -> None:
    tool = warm(
        """
        import os, signal, sys, tempfile
        def state():
            return {
                "variables": sorted(set(os.environ) - {"TOOLRUNNER_CONTROL"}),
                "home": os.environ.get("HOME"),
                "signals": [str(signal.getsignal(n)) for n in (2, 10, 14, 15, 17)],
                "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))),
                "umask": os.umask(0o77),
                "files": os.listdir(),
                "temporary": tempfile.tempdir,
                "streams": [sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
                "timer": signal.getitimer(signal.ITIMER_REAL)[0],
                "stdin": os.readlink("/proc/self/fd/0"),
                "pid": os.getpid(),
            }
        def main():
            found = state()
            os.environ["HOME"] = "/nowhere"
            os.environ["LEFT"] = "x"
            for n in (2, 10, 14, 15, 17):
                signal.signal(n, lambda *given: None)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            open("left.txt", "w").close()
            tempfile.tempdir = "/nowhere"
            sys.stdout, sys.stderr = open("other.txt", "w"), None
            signal.alarm(1000)
            os.dup2(os.open("left.txt", os.O_RDONLY), 0)
            os.chdir("/usr")
            return found
        """
    )
    first, second = value(bench.run(tool)), value(bench.run(tool, environment={"OWN": "1"}))
    assert "LEFT" not in second["variables"]
    assert second["variables"] == sorted([*first["variables"], "OWN"])
    assert {**second, "variables": None} == {**first, "variables": None}
    assert "OWN" not in value(bench.run(tool))["variables"]


def test_params_that_are_files_are_those_of_the_run(bench: Any, warm: Any) -> None:
    tool = warm("from pathlib import Path\ndef main(path: Path): return path.read_text()")
    for text in ("one", "two"):
        place = bench.folder / f"{text}.txt"
        place.write_text(text)
        assert value(bench.run(tool, {"path": str(place)})) == text


def test_nothing_that_passes_through_is_changed(bench: Any, warm: Any) -> None:
    from nasty import TEXTS

    tool = warm("def main(value): return [value, repr(value)[:50]]")
    for each in (*TEXTS.values(), 10**40, -0.0, None, True, {"": {"__proto__": [None]}}, "x" * 1_000_000):
        assert value(bench.run(tool, {"value": each})) == [each, repr(each)[:50]]


ENDINGS = {
    "an error": "raise ZeroDivisionError",
    "sys.exit": "sys.exit(0)",
    "os._exit": "os._exit(3)",
    "a crash": "os.abort()",
    "no result": "return object()",
    "a thread": "threading.Thread(target=time.sleep, args=(0.2,)).start()",
    "a daemon thread": "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
    "a child": "subprocess.Popen(['sleep', '0.1'])",
    "a child that ended": "os.fork() or os._exit(0); time.sleep(0.1)",
    "a daemon": "subprocess.run(['sh', '-c', 'setsid sleep 1000 > /dev/null 2>&1 &'])",
    "closed streams": "sys.stdout.close()",
    "a copy that returns too": "os.fork()",
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_run_that_leaves_more_than_its_result_ends_the_process(bench: Any, warm: Any, kind: str) -> None:
    tool = warm(
        f"""
        import os, subprocess, sys, threading, time
        count = 0
        def main(spoil: bool):
            global count
            count += 1
            print(count)
            if spoil:
                {ENDINGS[kind]}
            return [os.getpid(), count]
        """
    )
    first = value(bench.run(tool, {"spoil": False}))
    spoiled = bench.run(tool, {"spoil": True})
    assert spoiled.text.startswith("2\n") or kind == "a copy that returns too"
    again = bench.run(tool, {"spoil": False})
    assert again.text == "1\n"
    assert value(again)[1] == 1
    assert value(again)[0] != first[0]


def test_exit_functions_and_finalizers_run_at_the_end_of_the_process_alone(
    bench: Any, warm: Any, fresh: ProcessRunner
) -> None:
    written = bench.folder / "written"
    tool = warm(
        f"""
        import atexit
        def say(text):
            with open({str(written)!r}, "a") as file:
                file.write(text + "\\n")
        class Kept:
            def __del__(self, say=say): say("finalized")
        kept = Kept()
        kept.cycle = kept
        atexit.register(say, "ended")
        def main(): say("run")
        """
    )
    for _ in range(2):
        value(bench.run(tool, runner=fresh))
    assert written.read_text().split() == ["run", "run"]
    fresh.close()
    assert written.read_text().split() == ["run", "run", "ended", "finalized"]


def test_numerical_libraries_may_keep_their_threads(bench: Any, warm: Any) -> None:
    tool = warm(
        """
        import os
        def main():
            import numpy
            a = numpy.random.default_rng(0).random((600, 600))
            for _ in range(3): a @ a
            return [os.getpid(), len(os.listdir("/proc/self/task"))]
        """,
        preload=("numpy",),
    )
    first, second = value(bench.run(tool)), value(bench.run(tool))
    assert first == second
    assert first[1] > 1 or os.cpu_count() == 1


@pytest.mark.parametrize("reason", [None, Reason.TIMEOUT])
def test_a_run_that_is_stopped_ends_the_process(bench: Any, warm: Any, reason: Reason | None) -> None:
    tool = warm(
        """
        import os, signal, time
        count = 0
        def main(wait: bool):
            global count
            count += 1
            if wait:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                print("ready"); time.sleep(1000)
            return [os.getpid(), count]
        """
    )
    value(bench.run(tool, {"wait": False}))
    made = bench.run(tool, {"wait": True}, stop_when=lambda log: b"ready" in log, stop_reason=reason)
    assert made.status == ("canceled" if reason is None else "failed")
    assert made.seconds_to_stop < 2
    assert value(bench.run(tool, {"wait": False}))[1] == 1


@pytest.mark.parametrize("preload", [(), ("wave",)])
def test_a_changed_file_has_a_new_process(bench: Any, warm: Any, preload: tuple[str, ...]) -> None:
    tool = warm(COUNTER, preload=preload)
    old = pid_and_count(bench, tool)[0]
    bench.write("module.py", COUNTER.replace("count = 0", "count = 10"))
    new, count = pid_and_count(bench, tool)
    assert (new != old, count) == (True, 11)
    _wait_until(lambda: not process_tree.living([old]))


def test_versions_of_a_tool_are_not_mixed(bench: Any, warm: Any) -> None:
    tool = warm(COUNTER)
    other = dataclasses.replace(tool, version="other")
    counts = [pid_and_count(bench, one)[1] for one in (tool, other, tool, other)]
    assert counts == [1, 1, 2, 2]


def test_a_process_that_is_killed_while_it_waits_costs_no_run(bench: Any, warm: Any) -> None:
    tool = warm(COUNTER)
    for _ in range(5):
        pid, count = pid_and_count(bench, tool)
        assert count == 1
        os.kill(pid, signal.SIGKILL)


def test_a_zygote_that_is_killed_meanwhile_costs_no_run(bench: Any, warm: Any, fresh: ProcessRunner) -> None:
    tool = warm(COUNTER)
    pid_and_count(bench, tool, runner=fresh)
    (zygote,) = fresh._zygotes.pids()
    os.kill(zygote, signal.SIGKILL)
    _wait_until(lambda: not process_tree.living([zygote]))
    assert pid_and_count(bench, tool, runner=fresh)[1] == 1


def test_only_those_that_were_used_last_are_kept(bench: Any, warm: Any, fresh: ProcessRunner) -> None:
    tools = [warm(COUNTER, name=f"tool_{n}.py") for n in range(zygotes.WARM_LIMIT + 1)]
    pids = [pid_and_count(bench, tool, runner=fresh)[0] for tool in tools]
    _wait_until(lambda: not process_tree.living(pids[:1]))
    assert [pid_and_count(bench, tool, runner=fresh)[1] for tool in tools[1:]] == [2] * zygotes.WARM_LIMIT
    assert pid_and_count(bench, tools[0], runner=fresh)[1] == 1


def test_another_tool_between_two_runs_does_not_end_it(bench: Any, warm: Any, fresh: ProcessRunner) -> None:
    tool = warm(COUNTER, preload=("wave",))
    other = bench.function("def main(): return 1", name="other.py", preload=("wave", "colorsys"))
    assert pid_and_count(bench, tool, runner=fresh)[1] == 1
    fresh.prepare(other)
    assert value(bench.run(other, runner=fresh)) == 1
    assert pid_and_count(bench, tool, runner=fresh)[1] == 2


def test_a_process_that_hangs_at_its_end_is_ended(bench: Any, warm: Any) -> None:
    runner = ProcessRunner()
    try:
        tool = warm("import atexit, os, time\natexit.register(time.sleep, 1000)\nmain = os.getpid")
        pid = value(bench.run(tool, runner=runner))
    finally:
        begun = time.monotonic()
        runner.close()
    assert process_tree.living([pid]) == set()
    assert time.monotonic() - begun < 2


#: Stands where a zygote's program is, and has its warm processes wait less long.
IMPATIENT = """
import runpy, sys
from jupyter_toolrunner.runners import parking
parking.IDLE = 0.2
runpy.run_path({program!r}, run_name="__main__")
"""


def test_a_process_that_nobody_asks_for_ends_and_the_next_run_goes_on(
    bench: Any, warm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = bench.folder / "zygote.py"
    program.write_text(IMPATIENT.format(program=zygotes._PROGRAM))
    monkeypatch.setattr(zygotes, "_PROGRAM", str(program))
    monkeypatch.setenv("PYTHONPATH", str(Path(parking.__file__).parents[2]))
    tool = warm(COUNTER)
    runner = ProcessRunner()
    try:
        pid = pid_and_count(bench, tool, runner=runner)[0]
        _wait_until(lambda: not process_tree.living([pid]))
        assert pid_and_count(bench, tool, runner=runner)[1] == 1
    finally:
        runner.close()


WORKER = """
import dataclasses, pathlib, socket, sys
from jupyter_toolrunner.core.ports import AttemptSpec
from jupyter_toolrunner.core.tools import Entry, Policy, Tool, ToolKind
from jupyter_toolrunner.runners.process_runner import ProcessRunner
folder = pathlib.Path(sys.argv[1]); (folder / "attempt").mkdir()
entry = Entry(path=str(folder / "s.py"), attribute="main")
tool = Tool(name="b.s", toolbox="b", title="s", kind=ToolKind.FUNCTION, entry=entry, policy=Policy(warm=True))
reader, writer = socket.socketpair()
class Stop:
    def fileno(self): return reader.fileno()
    def reason(self): return None
spec = AttemptSpec(run="r", number=1, attempt=1, tool=tool, params={}, directory=folder / "attempt")
runner = ProcessRunner()
runner.run(spec, on_log=lambda data: None, on_progress=print, stop=Stop())
(parked,) = [s for z in runner._zygotes._zygotes.values() for s in z.parked.values()]
print(parked.pid, flush=True)
sys.stdin.read()
"""


def test_a_warm_process_ends_with_a_worker_that_is_killed(
    tmp_path: Path, survivors: Callable[[str], list[int]]
) -> None:
    mark = uuid.uuid4().hex
    (tmp_path / "s.py").write_text(
        "import atexit, time\natexit.register(time.sleep, 1000)\ndef main(): pass\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "MARK": mark},
    )
    assert worker.stdout is not None
    assert worker.stdin is not None
    with worker.stdout, worker.stdin:
        parked = int(worker.stdout.readline())
        assert parked in survivors(mark)
        worker.kill()
        worker.wait()
    _wait_until(lambda: not survivors(mark))


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 3
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    "wrap",
    [
        "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')",
        "sys.stdout = os.fdopen(sys.stdout.fileno(), 'w', 1)",
        "sys.stdout = open(1, 'w')",
        "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8')",
        "os.close(0)",
        "os.close(2)",
    ],
)
def test_what_one_run_does_to_its_streams_does_not_reach_the_next(bench: Any, warm: Any, wrap: str) -> None:
    tool = warm(
        "import io, os, sys\ndef main(n):\n    if n == 1:\n"
        f"        {wrap}\n    print('line', n, flush=True)\n    return n\n"
    )
    for n in (1, 2, 3):
        made = bench.run(tool, {"n": n})
        assert value(made) == n
        assert made.text == f"line {n}\n"


def test_a_file_that_only_a_finalizer_completes_is_whole_in_every_run(bench: Any, warm: Any) -> None:
    tool = warm(
        """
        import zipfile
        def main():
            archive = zipfile.ZipFile("a.zip", "w")
            archive.writestr("x.txt", "x" * 1000)
            cycle = [archive]
            cycle.append(cycle)
        """
    )
    for _ in range(3):
        made = bench.run(tool)
        assert made.status == "succeeded"
        assert zipfile.ZipFile(io.BytesIO(made.content("a.zip"))).namelist() == ["x.txt"]


def test_what_an_exit_function_writes_without_a_folder_lands_nowhere(bench: Any, warm: Any) -> None:
    tool = warm(
        """
        import atexit, os
        said = open("/dev/shm/%s", "w")
        def late():
            print(os.getcwd(), file=said, flush=True)
            try:
                open("late.txt", "w")
            except OSError as error:
                print("refused", file=said, flush=True)
        atexit.register(late)
        def main(): return 1
        """
        % (name := uuid.uuid4().hex)
    )
    said = Path("/dev/shm") / name
    try:
        runner = ProcessRunner()
        assert value(bench.run(tool, runner=runner)) == 1
        runner.close()
        folder, refused = said.read_text().split()
        assert folder.startswith("/proc/")
        assert refused == "refused"
    finally:
        said.unlink(missing_ok=True)


def test_a_warm_process_that_does_not_want_to_end_ends(bench: Any, warm: Any, fresh: ProcessRunner) -> None:
    tool = warm(
        """
        import atexit, os, signal, time
        def late():
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            time.sleep(1000)
        atexit.register(late)
        def main(): return os.getpid()
        """
    )
    pid = value(bench.run(tool, runner=fresh))
    bench.write("module.py", "def main(): return 1\n")
    ended = os.pidfd_open(pid)
    bench.run(tool, runner=fresh)
    assert zygotes.wait_readable([ended], parking.LAST_WORDS + 10)
    os.close(ended)
