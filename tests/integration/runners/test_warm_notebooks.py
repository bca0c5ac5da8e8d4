"""Warm notebooks: one kernel serves run after run; the names of the last are gone, and what was imported is there."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.runs import Reason
from jupyter_toolrunner.runners import process_tree

WHO = "import os\nprint(os.getpid())"


def pid(made: Any) -> int:
    assert made.status == "succeeded", (made.outcome, made.text)
    return int(made.text.splitlines()[0])


def test_the_next_run_is_made_in_the_same_kernel_and_with_other_values(bench: Any) -> None:
    tool = bench.notebook(WHO, "print(n)", parameters="n = 1", warm=True)
    first, second = bench.run(tool, {"n": 2}), bench.run(tool, {"n": 3})
    assert pid(first) == pid(second)
    assert [made.text.splitlines()[1] for made in (first, second)] == ["2", "3"]
    assert [cell.execution_count for cell in second.notebook().cells] == [1, 2, 3, 4]
    assert second.printed() == second.text


def test_a_notebook_that_does_not_ask_gets_a_kernel_of_its_own_each_time(bench: Any) -> None:
    tool = bench.notebook(WHO)
    assert pid(bench.run(tool)) != pid(bench.run(tool))


def test_names_are_gone_and_what_was_imported_is_there(bench: Any) -> None:
    bench.write("counter.py", "count = 0")
    tool = bench.notebook(
        WHO,
        """
        import counter
        counter.count += 1
        print(counter.count, "left" in globals(), "_" in globals() and _, len(In))
        left = object()
        "a result"
        """,
        warm=True,
    )
    first, second = bench.run(tool), bench.run(tool)
    assert pid(first) == pid(second)
    assert [made.text.splitlines()[1] for made in (first, second)] == ["1 False  3", "2 False  3"]


def test_what_a_run_does_to_its_process_is_undone(bench: Any) -> None:
    tool = bench.notebook(
        WHO,
        """
        import signal, sys, warnings
        def state():
            mask = os.umask(0); os.umask(mask)
            return [os.environ.get("MINE"), os.getcwd(), mask, "/added" in sys.path, len(sys.argv),
                    signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL, len(warnings.filters), sys.stdout.name]
        print(state())
        """,
        """
        os.environ["MINE"] = "1"; os.chdir("/"); os.umask(0o077); sys.path.append("/added"); sys.argv.append("x")
        signal.signal(signal.SIGUSR1, signal.SIG_IGN); warnings.simplefilter("ignore")
        import io
        sys.stdout = io.StringIO()
        """,
        warm=True,
    )
    first, second = bench.run(tool), bench.run(tool)
    assert pid(first) == pid(second)
    assert first.text.splitlines()[1] == second.text.splitlines()[1]
    assert "/added" not in second.text


def test_each_run_sees_the_folder_as_it_is_then_and_keeps_its_own_files(bench: Any) -> None:
    (bench.box / "data.txt").write_text("one")
    tool = bench.notebook(
        WHO,
        """
        from pathlib import Path
        print(Path("data.txt").read_text(), Path("out.txt").exists())
        open_file = open("open.txt", "w")
        for name in ("data.txt", "out.txt"):
            Path(name).write_text(f"changed by {n}")
        print(f"by {n}", file=open_file)
        """,
        parameters="n = 0",
        warm=True,
    )
    first = bench.run(tool, {"n": 1})
    (bench.box / "data.txt").write_text("two")
    second = bench.run(tool, {"n": 2})
    assert pid(first) == pid(second)
    assert [made.text.splitlines()[1] for made in (first, second)] == ["one False", "two False"]
    for number, made in enumerate((first, second), 1):
        assert sorted(made.names) == ["data.txt", "open.txt", "out.txt", "report.ipynb"]
        assert made.content("out.txt") == f"changed by {number}".encode()
        assert made.content("open.txt") == f"by {number}\n".encode()
    assert (bench.box / "data.txt").read_text() == "two"
    assert not (bench.box / "out.txt").exists()


def test_each_run_has_its_own_log_and_environment(bench: Any) -> None:
    tool = bench.notebook(
        "import os\n_ = os.system('echo $TOOLRUNNER_RUN $GIVEN')",
        "print(os.environ.get('ONCE'))",
        warm=True,
    )
    first = bench.run(tool, environment={"GIVEN": "a", "ONCE": "x"})
    second = bench.run(tool, environment={"GIVEN": "b"})
    assert sorted(first.text.splitlines()) == ["run0 a", "x"]
    assert sorted(second.text.splitlines()) == ["None", "run1 b"]


def test_pictures_of_one_run_are_not_those_of_the_next(bench: Any) -> None:
    tool = bench.notebook(
        WHO,
        "import matplotlib.pyplot as plt\nprint(plt.get_fignums())\nplt.figure()\nplt.plot([1])",
        warm=True,
    )
    for made in (bench.run(tool), bench.run(tool)):
        assert "[]" in made.text.splitlines()
        kinds = [kind for output in made.notebook().cells[1].outputs for kind in output.get("data", ())]
        assert kinds.count("image/png") == 1


@pytest.mark.parametrize(
    "cell",
    [
        "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "import subprocess; child = subprocess.Popen(['sleep', '60'])",
        "import asyncio; task = asyncio.create_task(asyncio.sleep(60))",
        "exit()",
    ],
)
def test_a_run_that_leaves_something_behind_ends_its_kernel(bench: Any, cell: str) -> None:
    tool = bench.notebook(WHO, cell, warm=True)
    first, second = bench.run(tool), bench.run(tool)
    assert pid(first) != pid(second)


def test_a_failed_run_ends_its_kernel(bench: Any) -> None:
    tool = bench.notebook(WHO, "1 / n", parameters="n = 1", warm=True)
    first = bench.run(tool, {"n": 1})
    failed = bench.run(tool, {"n": 0})
    assert failed.error.type == "ZeroDivisionError"
    assert failed.text.startswith(first.text.splitlines()[0])
    assert not process_tree.living([pid(first)])
    assert pid(bench.run(tool, {"n": 1})) != pid(first)


def test_a_stopped_run_ends_its_kernel(bench: Any) -> None:
    tool = bench.notebook(WHO, "while n: pass", parameters="n = 0", warm=True)
    first = bench.run(tool, {"n": 0})
    stopped = bench.run(tool, {"n": 1}, stop_when=lambda log: b"\n" in log, stop_reason=Reason.TIMEOUT)
    assert stopped.outcome.reason is Reason.TIMEOUT
    assert not process_tree.living([pid(first)])
    assert pid(bench.run(tool, {"n": 0})) != pid(first)


def test_a_changed_notebook_or_module_beside_it_begins_anew(bench: Any) -> None:
    module = bench.write("beside.py", "said = 1")
    tool = bench.notebook(WHO, "import beside\nprint(beside.said)", warm=True)
    files = (tool.entry.path, str(module))
    tool = bench.notebook(WHO, "import beside\nprint(beside.said)", warm=True, files=files)
    first = bench.run(tool)
    module.write_text("said = 22")
    second = bench.run(tool)
    assert pid(first) != pid(second)
    assert second.text.splitlines()[1] == "22"
    assert not process_tree.living([pid(first)])


def test_a_kernel_that_was_killed_meanwhile_is_replaced(bench: Any) -> None:
    tool = bench.notebook(WHO, warm=True)
    first = bench.run(tool)
    os.kill(pid(first), signal.SIGKILL)
    second = bench.run(tool)
    assert pid(second) != pid(first)


def test_a_kernel_that_is_not_our_own_is_not_kept(bench: Any, tmp_path: Path) -> None:
    folder = tmp_path / "jupyter" / "kernels" / "other"
    folder.mkdir(parents=True)
    argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "other", "language": "python", "env": {"X": "1"}}
    (folder / "kernel.json").write_text(json.dumps(spec))
    tool = bench.notebook(WHO, kernel="other", warm=True)
    environment = {"JUPYTER_PATH": str(tmp_path / "jupyter")}
    first, second = (bench.run(tool, environment=environment) for _ in range(2))
    assert pid(first) != pid(second)


def test_a_kept_kernel_ends_with_its_worker(bench: Any, survivors: Callable[[str], list[int]]) -> None:
    from jupyter_toolrunner.runners.process_runner import ProcessRunner

    runner = ProcessRunner()
    try:
        tool = bench.notebook(
            WHO,
            "import atexit\n_ = atexit.register(lambda at: open(at, 'w').write('ended'), place)",
            parameters="place = ''",
            warm=True,
        )
        place = bench.folder / "ended.txt"
        made = bench.run(tool, {"place": str(place)}, runner=runner)
        assert process_tree.living([pid(made)])
        assert not place.exists()
    finally:
        runner.close()
    assert not process_tree.living([pid(made)])
    assert place.read_text() == "ended"
