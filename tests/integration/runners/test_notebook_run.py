"""Notebooks as tools: values go in as they are, a copy is executed, and whatever happens ends in words and a kept copy."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nasty import NUMBERS, TEXTS

from jupyter_toolrunner.core.runs import Reason
from jupyter_toolrunner.core.tools import View
from jupyter_toolrunner.runners.kernel_process import KEPT_TEXT
from jupyter_toolrunner.runners.process_runner import ProcessRunner
from jupyter_toolrunner.runners.workspace import PrivateView

from .conftest import notebook_of

SAVE_VALUES = """
    import json
    with open("values.json", "w", encoding="ascii") as file:
        json.dump({name: globals()[name] for name in names}, file)
"""


@pytest.fixture
def other() -> Iterator[ProcessRunner]:
    """A runner that remembers nothing for the other tests."""
    made = ProcessRunner()
    yield made
    made.close()


def values(made: Any) -> Any:
    assert made.status == "succeeded", (made.outcome, made.text)
    return json.loads(made.content("values.json"))


# -- values ---------------------------------------------------------------------------------------------------------


def test_values_arrive_as_that_text_and_that_integer(bench: Any) -> None:
    tool = bench.notebook(
        "names = ['region', 'n']", SAVE_VALUES, parameters="region = 'North'\nn: int = 1  # how many"
    )
    given = {"region": 'O\'Brien "North"\n', "n": 3}
    arrived = values(bench.run(tool, given))
    assert arrived == given
    assert type(arrived["n"]) is int


def test_every_nasty_text_arrives_alone_in_a_list_and_as_a_key(bench: Any) -> None:
    names = [f"text_{number}" for number in range(len(TEXTS))]
    given = {
        **dict(zip(names, TEXTS.values(), strict=True)),
        "listed": list(TEXTS.values()),
        "keys": dict.fromkeys(TEXTS.values(), 1),
    }
    tool = bench.notebook(
        f"names = {list(given)}", SAVE_VALUES, parameters="\n".join(f"{name} = None" for name in given)
    )
    assert values(bench.run(tool, given)) == given


def test_numbers_none_booleans_and_what_holds_them_keep_their_types(bench: Any) -> None:
    given = {
        "numbers": list(NUMBERS.values()),
        "nothing": None,
        "yes": True,
        "no": False,
        "nested": {"a": [{"b": [None, True, 1, 1.5, "x"]}, []], "c": {}},
    }
    tool = bench.notebook(
        f"names = {list(given)}", SAVE_VALUES, parameters="\n".join(f"{name} = 0" for name in given)
    )
    arrived = values(bench.run(tool, given))
    assert repr(arrived) == repr(given)


def test_what_was_not_given_keeps_the_value_that_stands_in_the_notebook(bench: Any) -> None:
    tool = bench.notebook("print(a, b)", parameters="a = float('nan')\nb = 2")
    made = bench.run(tool, {"b": 3})
    assert made.text == "nan 3\n"
    assert bench.run(tool).text == "nan 2\n"


@pytest.mark.parametrize("name", ["x; import os; os._exit(3)  #", "y", "__builtins__"])
def test_a_name_that_the_notebook_does_not_declare_is_refused(bench: Any, name: str) -> None:
    made = bench.run(bench.notebook("print('ran')", parameters="x = 1"), {"x": 1, name: 2})
    assert made.status == "failed"
    assert made.error.message == f"The values can't be given to this notebook: it declares no {name}"
    assert "ran" not in made.text


def test_a_language_that_papermill_cannot_write_is_said(bench: Any) -> None:
    tool = bench.notebook("x", parameters="x = 1")
    path = Path(tool.entry.path)
    path.write_text(path.read_text().replace('"name": "python"', '"name": "cobol"'))
    made = bench.run(tool, {"x": 1})
    assert made.error.message == (
        "The values can't be given to this notebook: papermill knows no way to write values in cobol"
    )


def test_a_value_that_is_the_notebooks_own_stays_as_its_code_makes_it(bench: Any) -> None:
    tool = bench.notebook(
        "print({size: n}, type(ratio).__name__)", parameters="size = (10, 5)\nn = 1\nratio = 1.0"
    )
    schema = {
        "type": "object",
        "properties": {
            "size": {"type": "array", "default": [10, 5]},
            "n": {"type": "integer", "default": 1},
            "ratio": {"type": "number", "default": 1.0},
        },
    }
    tool = replace(tool, params_schema=schema)
    made = bench.run(tool, {"size": [10, 5], "n": 2, "ratio": 1.0})
    assert made.text == "{(10, 5): 2} float\n"
    assert made.notebook().metadata.papermill.parameters == {"n": 2}
    Path(tool.entry.path).write_bytes(made.content("report.ipynb"))
    again = bench.run(tool, {"size": [10, 5], "n": 1, "ratio": 1.0})
    assert again.text == "{(10, 5): 1} float\n"


def test_a_secret_reaches_the_kernel_and_no_file(bench: Any) -> None:
    tool = bench.notebook(
        "print(len(password), n)", "1 / 0", parameters="password = ''\nn = 1\nother_token = None"
    )
    properties = {name: dict(each) for name, each in tool.params_schema["properties"].items()}
    properties["password"]["x-secret"] = properties["other_token"]["x-secret"] = True
    tool = replace(tool, params_schema={"type": "object", "properties": properties})
    made = bench.run(tool, {"password": "s3cret-s3cret", "n": 2, "other_token": None})
    assert made.text.startswith("13 2\n")
    assert made.error.type == "ZeroDivisionError"
    assert b"s3cret" not in made.content("report.ipynb")
    executed = made.notebook()
    assert executed.cells[1].source == '# Parameters\npassword = "********"\nn = 2\nother_token = None\n'
    assert executed.metadata.papermill.parameters == {"password": "********", "n": 2, "other_token": None}
    assert "s3cret" not in repr(made.outcome)


# -- the copy -------------------------------------------------------------------------------------------------------


def test_a_copy_is_executed_and_the_original_stays_as_it_is(bench: Any) -> None:
    tool = bench.notebook("[md]# Sum", "n + 1", parameters="n = 1")
    path = Path(tool.entry.path)
    before = (path.read_bytes(), path.stat().st_mtime_ns, sorted(bench.box.iterdir()))
    made = bench.run(tool, {"n": 41})
    assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(bench.box.iterdir())) == before
    assert made.names == ["report.ipynb"]
    executed = made.notebook()
    nbformat.validate(executed)
    assert [cell.cell_type for cell in executed.cells] == ["code", "code", "markdown", "code"]
    assert executed.cells[1].metadata.tags == ["injected-parameters"]
    assert executed.cells[1].source == "# Parameters\nn = 41\n"
    assert executed.metadata.papermill.parameters == {"n": 41}
    assert executed.metadata.language_info.version == sys.version.split()[0]
    assert executed.cells[3].outputs[0].data["text/plain"] == "42"
    assert [cell.get("execution_count") for cell in executed.cells] == [1, 2, None, 3]
    assert made.outcome.outputs[0].media_type == "application/x-ipynb+json"


def test_values_of_an_earlier_run_in_a_notebook_are_replaced(bench: Any) -> None:
    tool = bench.notebook("print(n)", parameters="n = 1")
    first = bench.run(tool, {"n": 2})
    Path(tool.entry.path).write_bytes(first.content("report.ipynb"))
    second = bench.run(tool, {"n": 3})
    assert second.text == "3\n"
    assert [cell.source for cell in second.notebook().cells] == ["n = 1", "# Parameters\nn = 3\n", "print(n)"]


def test_it_works_beside_its_file_and_what_it_writes_there_is_its_own(bench: Any) -> None:
    (bench.box / "data.csv").write_text("a,b\n")
    bench.write("reports/neighbour.py", "said = 'from beside'")
    tool = bench.notebook(
        """
        from pathlib import Path
        import neighbour
        print(neighbour.said, Path("../data.csv").read_text().strip(), Path.cwd().name)
        for place, text in (("out.txt", "made"), ("../data.csv", "changed")):
            Path(place).write_text(text)
        """,
        name="reports/weekly.ipynb",
    )
    made = bench.run(tool)
    assert made.text == "from beside a,b reports\n"
    assert sorted(made.names) == ["data.csv", "reports/out.txt", "weekly.ipynb"]
    assert made.content("data.csv") == b"changed"
    assert (bench.box / "data.csv").read_text() == "a,b\n"
    assert not (bench.box / "reports" / "out.txt").exists()


def test_where_overlays_are_forbidden_it_works_in_a_real_copy(
    bench: Any, monkeypatch: pytest.MonkeyPatch, other: ProcessRunner
) -> None:
    made_view = PrivateView.__init__

    def refused(self: PrivateView, *arguments: Any, **named: Any) -> None:
        made_view(self, *arguments, **{**named, "refused": "the test forbids it"})

    monkeypatch.setattr(PrivateView, "__init__", refused)
    (bench.box / "data.txt").write_text("here")
    tool = bench.notebook(
        "print(open(source).read())\n_ = open('out.txt', 'w').write('made')", parameters="source = None"
    )
    made = bench.run(tool, {"source": str(bench.box / "data.txt")}, runner=other)
    assert made.text == "here\n"
    assert sorted(made.names) == ["out.txt", "report.ipynb"]
    assert not (bench.box / "out.txt").exists()


@pytest.mark.parametrize("view", [View.PUBLISH, View.IN_PLACE])
def test_the_executed_copy_never_takes_the_place_of_the_notebook(bench: Any, view: View) -> None:
    tool = bench.notebook("print(1)\n_ = open('state.txt', 'w').write('2')", view=view)
    before = Path(tool.entry.path).read_bytes()
    made = bench.run(tool)
    assert made.printed() == "1\n"
    assert Path(tool.entry.path).read_bytes() == before
    assert (bench.box / "state.txt").read_text() == "2"


# -- what is seen of it ---------------------------------------------------------------------------------------------


def test_progress_counts_cells_and_names_them(bench: Any) -> None:
    wait = "import time; time.sleep(0.15)"
    tool = bench.notebook(
        "[md]# Report\n## Load *all*", wait, f"# Clean [it](x)\n{wait}", f"x = 1\n{wait}", f"y = 1\n{wait}"
    )
    made = bench.run(tool)
    told = [(each.done, each.total, each.text) for each in made.progress]
    names = ["Load all", "Clean [it](x)", "x = 1", "y = 1", ""]
    # What is overtaken within a tenth of a second is not told.
    assert told == [each for each in zip(range(5), [4] * 5, names, strict=True) if each in told]
    assert (told[0], told[-1]) == ((0, 4, "Load all"), (4, 4, ""))
    assert len(told) > 2


def test_progress_that_the_notebook_reports_itself_is_heard(bench: Any) -> None:
    tool = bench.notebook(
        "import time\nfrom jupyter_toolrunner import progress\nprogress(2, 7, 'mine')\ntime.sleep(0.15)"
    )
    assert (2, 7, "mine") in [(each.done, each.total, each.text) for each in bench.run(tool).progress]


def test_output_is_in_the_log_as_it_comes_and_a_stopped_run_keeps_it(
    bench: Any, survivors: Callable[[str], list[int]]
) -> None:
    mark = uuid.uuid4().hex
    tool = bench.notebook(
        "print('first cell')",
        f"""
        import subprocess, time
        child = subprocess.Popen(["sleep", "98765"], env={{"MARK": "{mark}"}})
        print("second cell", flush=True)
        while True: time.sleep(1)
        """,
        "print('never')",
    )
    made = bench.run(tool, stop_when=lambda log: b"second cell\n" in log)
    assert made.status == "canceled"
    assert made.text == "first cell\nsecond cell\n"
    assert made.seconds_to_stop is not None
    assert made.seconds_to_stop < 2
    assert made.printed().startswith("first cell\n")
    assert [cell.execution_count for cell in made.notebook().cells] == [1, 2, None]
    assert survivors(mark) == []


def test_an_endless_cell_ends_with_the_time_limit_and_what_it_showed_is_kept(bench: Any) -> None:
    tool = bench.notebook("print('before', flush=True)\nwhile True: pass", "print('never')")
    made = bench.run(tool, stop_when=lambda log: b"before" in log, stop_reason=Reason.TIMEOUT)
    assert made.outcome.reason is Reason.TIMEOUT
    assert made.error.message == "The run took longer than its time limit and was ended."
    assert made.names == ["report.ipynb"]


def test_results_errors_and_what_other_programs_print_are_in_log_and_notebook(bench: Any) -> None:
    tool = bench.notebook(
        """
        import os, subprocess, sys
        print("from python")
        print("to stderr", file=sys.stderr)
        os.system("echo from a shell")
        subprocess.run(["echo", "from a program"])
        _ = subprocess.run(["echo", "by its stream"], stdout=sys.stdout)
        """,
        "!echo from a line",
        "%%bash\necho from a cell of bash",
        "{'a': [1, 2]}",
        "object()",
    )
    made = bench.run(tool)
    for text in (
        "from python",
        "to stderr",
        "from a shell",
        "from a program",
        "by its stream",
        "from a line",
        "from a cell of bash",
        "{'a': [1, 2]}",
    ):
        assert made.text.count(text) == 1, text
        assert made.printed().count(text) == 1, text
    assert "<object at" not in made.text
    assert "<object at" in made.printed()


def test_pictures_belong_to_the_cell(bench: Any) -> None:
    tool = bench.notebook(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])", preload=("matplotlib", "matplotlib.pyplot")
    )
    made = bench.run(tool)
    shown = [output for output in made.notebook().cells[0].outputs if output.output_type == "display_data"]
    assert [sorted(output.data) for output in shown] == [["image/png", "text/plain"]]
    assert "<Figure" not in made.text


def test_tags_of_cells_are_followed(bench: Any) -> None:
    tool = bench.notebook("1 / 0", "print('skipped')", "print('last')")
    path = Path(tool.entry.path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata.tags = ["raises-exception"]
    notebook.cells[1].metadata.tags = ["skip-execution"]
    nbformat.write(notebook, path)
    made = bench.run(tool)
    assert made.status == "succeeded"
    assert made.text.endswith("ZeroDivisionError: division by zero\nlast\n")
    assert "skipped" not in made.text


def test_output_without_measure_is_all_in_the_log_and_in_part_in_the_notebook(bench: Any) -> None:
    tool = bench.notebook(
        """
        line = "x" * 99_999 + "\\n"
        for _ in range(1000):
            print(line, end="")
        """,
        """
        import os
        def peak(pid):
            return int(open(f"/proc/{pid}/status").read().split("VmHWM:")[1].split()[0]) // 1024
        print(peak(os.getpid()), peak(os.getppid()))
        """,
    )
    made = bench.run(tool)
    assert made.status == "succeeded"
    assert made.log.count(b"\n") == 1001
    assert len(made.log) > 100_000_000
    assert len(made.content("report.ipynb")) < 1.2 * KEPT_TEXT
    assert "the notebook keeps 1 MB of a cell's output; all of it is in the log" in made.printed()
    assert all(int(megabytes) < 250 for megabytes in made.text.splitlines()[-1].split())


def test_no_result_of_many_is_lost(bench: Any) -> None:
    tool = bench.notebook("for number in range(4000): display(number)\nprint('end')")
    made = bench.run(tool)
    assert [int(line) for line in made.text.splitlines() if line != "end"] == list(range(4000))
    assert len(made.notebook().cells[0].outputs) == 4001


def test_a_cell_that_takes_its_time_is_as_any_other(bench: Any) -> None:
    """The kernel is asked meanwhile whether it still hears."""
    made = bench.run(bench.notebook("import time\ntime.sleep(1.2)\nprint('slow')\n1", "print('after')"))
    assert made.text == made.printed().replace("1after", "1\nafter") == "slow\n1\nafter\n"
    assert [cell.execution_count for cell in made.notebook().cells] == [1, 2]


def test_half_surrogate_pairs_are_shown_escaped(bench: Any) -> None:
    made = bench.run(bench.notebook("print('a\\ud83db')"))
    assert made.status == "succeeded"
    assert made.text == made.printed() == "a\\ud83db\n"


# -- failures -------------------------------------------------------------------------------------------------------


def test_a_failing_cell_is_told_with_its_place_and_the_notebook_up_to_there(bench: Any) -> None:
    tool = bench.notebook(
        "[md]# Report",
        "print('before')",
        "def share(parts):\n    return 1 / parts\n\nshare(0)",
        "print('never')",
        parameters="n = 1",
    )
    made = bench.run(tool, {"n": 2})
    assert made.status == "failed"
    error = made.error
    assert (error.type, error.message) == ("ZeroDivisionError", "division by zero")
    assert [(frame.function, frame.text, frame.own) for frame in error.frames] == [
        ("In [4], line 4", "share(0)", True),
        ("In [4], line 2", "return 1 / parts", True),
    ]
    # Lines of the source as the tool's page shows it: the values that the run put in have no place there.
    assert [(frame.file, frame.line) for frame in error.frames] == [
        (tool.entry.path, 14),
        (tool.entry.path, 12),
    ]
    assert "\x1b" not in error.traceback
    assert "----> 4 share(0)" in error.traceback
    assert "\x1b" not in made.text
    assert made.text.startswith("before\n")
    assert "never" not in made.text
    assert [cell.get("execution_count") for cell in made.notebook().cells] == [1, 2, None, 3, 4, None]
    assert made.progress[-1].done == 3


def test_an_error_in_a_module_beside_it_names_that_file(bench: Any) -> None:
    path = bench.write("helper.py", "def work():\n    raise ValueError('no <b>data</b>')\n")
    made = bench.run(bench.notebook("import helper", "helper.work()"))
    last = made.error.frames[-1]
    assert (last.file, last.line, last.function, last.own) == (str(path), 2, "work()", True)
    assert last.text == "raise ValueError('no <b>data</b>')"
    assert made.error.message == "no <b>data</b>"


def test_a_cell_that_is_not_python_is_told_with_its_line(bench: Any) -> None:
    made = bench.run(bench.notebook("x = 1", "y = 2\nz = = 3"))
    assert made.error.type == "SyntaxError"
    assert made.error.frames[-1].function == "In [2], line 2"
    assert made.error.frames[-1].text == "z = = 3"


@pytest.mark.parametrize(
    ("cell", "type_", "hint"),
    [
        ("import not_there_at_all", "ModuleNotFoundError", "pip install not_there_at_all"),
        ("input('Name? ')", "StdinNotImplementedError", "Make what input() asks for a parameter."),
        ("import getpass; getpass.getpass()", "StdinNotImplementedError", "Make what input() asks for"),
        ("open('data.csv')", "FileNotFoundError", "The path is relative, and the notebook works in"),
        ("raise MemoryError", "MemoryError", "Try smaller input."),
    ],
)
def test_an_error_says_what_helps(bench: Any, cell: str, type_: str, hint: str) -> None:
    made = bench.run(bench.notebook(cell))
    assert made.status == "failed"
    assert made.error.type == type_
    assert hint in made.error.hint
    assert (made.outcome.reason is Reason.MEMORY) == (type_ == "MemoryError")


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("import os; os._exit(3)", "ended by itself (exit code 3)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "was ended by SIGSEGV"),
    ],
)
def test_a_kernel_that_dies_is_told_and_the_notebook_up_to_there_is_kept(
    bench: Any, cell: str, how: str
) -> None:
    tool = bench.notebook("print('kept')", f"# The bad one\nprint('last words')\n{cell}", "print('never')")
    made = bench.run(tool)
    assert made.status == "failed"
    assert made.error.type == "kernel"
    assert made.error.message == (
        f"The notebook's kernel {how} in cell 2 (The bad one). What it had shown by then was kept."
    )
    assert made.error.hint
    assert made.text.startswith("kept\nlast words\n")
    assert made.printed().startswith("kept\n")
    if "SIGSEGV" in how:
        assert "Segmentation fault" in made.text


@pytest.mark.parametrize("code", ["exit()", "quit()", "import sys; sys.exit()", "raise SystemExit(0)"])
def test_a_cell_may_end_the_notebook(bench: Any, code: str) -> None:
    made = bench.run(bench.notebook("print('one')", code, "print('never')"))
    assert made.status == "succeeded", made.error
    assert made.text == "one\ntoolrunner: cell 2 ended the notebook; the cells below it were not run\n"
    assert made.notebook().cells[2].execution_count is None


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; sys.exit(4)", "The notebook ended with exit code 4 in cell 1."),
        ("import sys; sys.exit('No data today')", "No data today"),
    ],
)
def test_an_exit_with_a_reason_is_a_failure_with_that_reason(bench: Any, code: str, message: str) -> None:
    made = bench.run(bench.notebook(code, "print('never')"))
    assert (made.status, made.error.type, made.error.message) == ("failed", "exit", message)
    assert "never" not in made.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "The notebook can't be read: "),
        (b"", "The notebook can't be read: "),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "The notebook can't be read: "),
    ],
)
def test_a_notebook_that_was_broken_since_it_was_read_is_said(bench: Any, content: bytes, said: str) -> None:
    tool = bench.notebook("1")
    Path(tool.entry.path).write_bytes(content)
    assert bench.run(tool).error.message.startswith(said)


def test_a_notebook_that_is_gone_is_said(bench: Any) -> None:
    tool = bench.notebook("1")
    Path(tool.entry.path).unlink()
    made = bench.run(tool)
    assert made.error.message.startswith("The notebook can't be read: ")
    assert "No such file" in made.error.message


# -- kernels --------------------------------------------------------------------------------------------------------


@pytest.fixture
def kernelspec(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Installs a kernel; what it returns is the environment that a run finds it in."""

    def install(name: str, argv: list[str], **more: Any) -> dict[str, str]:
        folder = tmp_path / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": argv, "display_name": name, "language": "python", **more}
        (folder / "kernel.json").write_text(json.dumps(spec))
        return {"JUPYTER_PATH": str(tmp_path / "jupyter")}

    return install


PYTHON = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def test_a_kernel_that_is_not_installed_is_said_with_those_that_are(bench: Any) -> None:
    made = bench.run(bench.notebook("1", kernel="conda-env-gone-py"))
    assert made.error.type == "kernel"
    assert "the kernel 'conda-env-gone-py', which is not installed" in made.error.message
    assert "Installed are: python3" in made.error.message
    assert "kernel: in toolbox.yaml" in made.error.hint
    assert made.error.message in made.text
    assert made.names == ["report.ipynb"]


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["/nowhere/python", "-f", "{connection_file}"], "/nowhere/python could not be started"),
        (
            [sys.executable, "-c", "import sys; print('no licence', file=sys.stderr); sys.exit(9)"],
            "it ended by itself (exit code 9)",
        ),
    ],
)
def test_a_kernel_that_does_not_start_is_said(
    bench: Any, kernelspec: Callable[..., dict[str, str]], argv: list[str], why: str
) -> None:
    environment = kernelspec("broken", argv)
    made = bench.run(bench.notebook("1", kernel="broken"), environment=environment)
    assert made.error.message.startswith("The kernel 'broken' did not come up: ")
    assert why in made.error.message
    assert "jupyter console --kernel broken" in made.error.hint
    assert made.names == ["report.ipynb"]
    assert ("no licence" in made.text) == ("exit code 9" in why)


def test_another_kernel_is_started_as_its_spec_says(
    bench: Any, kernelspec: Callable[..., dict[str, str]], survivors: Callable[[str], list[int]]
) -> None:
    mark = uuid.uuid4().hex
    environment = kernelspec("other", PYTHON, env={"SAID_BY_SPEC": mark})
    tool = bench.notebook(
        """
        import os, sys
        print(os.environ["SAID_BY_SPEC"], n, os.path.basename(os.getcwd()))
        print("MPLBACKEND" in os.environ and "Agg" in os.environ["MPLBACKEND"])
        _ = open("out.txt", "w").write("made")
        """,
        "n / 0",
        parameters="n = 1",
        kernel="other",
    )
    made = bench.run(tool, {"n": 5}, environment=environment)
    assert made.error.type == "ZeroDivisionError"
    assert made.error.frames[-1].function == "In [4], line 1"
    assert made.text.startswith(f"{mark} 5 box\nFalse\n")
    assert "without encryption" not in made.text
    assert sorted(made.names) == ["out.txt", "report.ipynb"]
    assert not (bench.box / "out.txt").exists()
    assert survivors(mark) == []


def test_another_kernel_that_dies_is_told(bench: Any, kernelspec: Callable[..., dict[str, str]]) -> None:
    environment = kernelspec("other", PYTHON, env={"OTHER": "1"})
    made = bench.run(bench.notebook("import os; os._exit(5)", kernel="other"), environment=environment)
    assert made.error.message.startswith("The notebook's kernel ended by itself (exit code 5) in cell 1")


def test_its_kernel_listens_where_nobody_else_can_come_and_leaves_nothing_there(bench: Any) -> None:
    with tempfile.TemporaryDirectory() as place:
        tool = bench.notebook(
            """
            import os
            from ipykernel.kernelapp import IPKernelApp
            app = IPKernelApp.instance()
            print(app.transport, app.ip.startswith(os.environ["TMPDIR"]), os.listdir(os.environ["TMPDIR"]))
            """
        )
        made = bench.run(tool, environment={"TMPDIR": place})
        assert made.text == "ipc True []\n"
        assert os.listdir(place) == []


def test_where_names_of_places_are_too_long_for_sockets_it_runs_all_the_same(
    bench: Any, tmp_path: Path
) -> None:
    place = tmp_path / ("long" * 30)
    place.mkdir()
    made = bench.run(bench.notebook("print(1)"), environment={"TMPDIR": str(place)})
    assert made.text == "1\n"


def test_the_kernel_gets_nothing_that_opens_a_door(monkeypatch: pytest.MonkeyPatch, bench: Any) -> None:
    for name in ("JUPYTER_TOKEN", "TOOLRUNNER_API_KEY", "JPY_API_TOKEN"):
        monkeypatch.setenv(name, "secret-1234")
    runner = ProcessRunner()
    tool = bench.notebook("import os; print([k for k, v in os.environ.items() if 'secret-1234' in v])")
    try:
        made = bench.run(tool, runner=runner)
    finally:
        runner.close()
    assert made.text == "[]\n"


def test_what_the_kernel_does_at_its_end_is_done(bench: Any) -> None:
    tool = bench.notebook(
        """
        import atexit, threading, time
        open_file = open("open.txt", "w")
        print("not closed", file=open_file, end="")
        _ = atexit.register(lambda: open("atexit.txt", "w").write("said at exit"))
        def late():
            time.sleep(0.2)
            print("a thread's last word")
        threading.Thread(target=late).start()
        """
    )
    made = bench.run(tool)
    assert made.content("open.txt") == b"not closed"
    assert made.content("atexit.txt") == b"said at exit"
    assert made.text == "a thread's last word\n"


def test_processes_of_multiprocessing_work_and_are_gone(bench: Any) -> None:
    tool = bench.notebook(
        """
        import multiprocessing
        def square(n): return n * n
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(square, [1, 2, 3]))
        """
    )
    assert bench.run(tool).text == "[1, 4, 9]\n"


def test_a_kernel_looks_like_one_that_was_started(bench: Any) -> None:
    tool = bench.notebook(
        """
        import sys, logging, random, numpy
        print([each.rpartition("/")[2] for each in sys.argv[:2]], "" in sys.path, __name__)
        print(logging.getLogger().handlers, logging.getLogger().level)
        print(sys.stdin.read() == "", sys.flags.interactive)
        """,
        "import numpy\nprint(numpy.random.random())",
    )
    first, second = bench.run(tool), bench.run(tool)
    lines = first.text.splitlines()
    assert lines[:3] == ["['ipykernel_launcher.py', '-f'] True __main__", "[] 30", "True 0"]
    assert lines[3] != second.text.splitlines()[3]


def test_two_at_once_do_not_meet(bench: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    tool = bench.notebook(
        "from pathlib import Path\n_ = Path('out.txt').write_text(str(n))\nprint(Path('out.txt').read_text())",
        parameters="n = 0",
    )
    others = [ProcessRunner() for _ in range(2)]
    try:
        with ThreadPoolExecutor(2) as pool:
            runs = pool.map(lambda pair: bench.run(tool, {"n": pair[0]}, runner=pair[1]), enumerate(others))
            assert [made.text for made in runs] == ["0\n", "1\n"]
    finally:
        for each in others:
            each.close()


def test_state_of_widgets_is_kept_in_the_notebook(bench: Any) -> None:
    made = bench.run(bench.notebook("import ipywidgets\nipywidgets.IntSlider(value=7)"))
    states = made.notebook().metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert any(each["state"].get("value") == 7 for each in states.values())


def test_a_file_that_the_notebook_writes_under_its_own_name_is_not_lost(bench: Any) -> None:
    source = notebook_of("print('by hand')").decode()
    made = bench.run(bench.notebook(f"_ = open('report.ipynb', 'w').write({source!r})\nprint('by itself')"))
    assert sorted(made.names) == ["report.executed.ipynb", "report.ipynb"]
    assert made.content("report.ipynb") == source.encode()
    assert made.printed("report.executed.ipynb") == "by itself\n"
