"""``@tool``, ``Accepts`` and ``progress``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_toolrunner import authoring
from jupyter_toolrunner.authoring import ATTRIBUTE, Accepts, ToolDeclaration, progress, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestTool:
    def test_a_bare_decorator_leaves_the_function_as_it_is(self) -> None:
        def double(n: int) -> int:
            return 2 * n

        assert tool(double) is double
        assert double(4) == 8
        assert getattr(double, ATTRIBUTE) == ToolDeclaration()

    def test_arguments_are_kept_with_the_function(self) -> None:
        @tool(
            name="twice",
            title="Twice",
            category="Maths",
            tags=["n"],
            delivery="idempotent",
            time_limit=3,
            icon="x",
            warm=True,
        )
        def double(n: int) -> int:
            return 2 * n

        assert double(4) == 8
        assert getattr(double, ATTRIBUTE) == ToolDeclaration(
            name="twice",
            title="Twice",
            category="Maths",
            tags=("n",),
            delivery="idempotent",
            time_limit=3,
            icon="x",
            warm=True,
        )

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"name": "two words"}, "title="),
            ({"delivery": "sometimes"}, "at_most_once, idempotent, transactional"),
            ({"time_limit": 0}, "above 0"),
            ({"memory_limit": "much"}, "memory_limit 'much' is no size"),
            ({"open_files_limit": 10}, "at least 256"),
            ({"max_attempts": 0}, "at least 1"),
            ({"retry": ["lost_worker"]}, "@tool: retry: a lost worker"),
            ({"warm": "yes"}, "True or False"),
            ({"reuse": "yes"}, "True or False"),
        ],
    )
    def test_a_wrong_declaration_says_what_would_be_right(self, wrong: dict[str, Any], says: str) -> None:
        with pytest.raises(ValueError, match=says):
            tool(**wrong)

    def test_tags_as_one_text_are_refused(self) -> None:
        with pytest.raises(TypeError, match="list of texts"):
            tool(tags="graph")

    def test_something_that_is_no_function_is_refused(self) -> None:
        with pytest.raises(TypeError, match="title="):
            tool("My tool")  # type: ignore[call-overload]

    def test_importing_it_brings_only_the_standard_library(self) -> None:
        code = "import sys; from jupyter_toolrunner import tool, progress; print(*sys.modules)"
        modules = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        roots = {name.partition(".")[0] for name in modules.split()}
        ours = {name for name in roots if not name.startswith("_") and name not in sys.stdlib_module_names}
        assert not ours & {"pydantic", "jupyter_core", "rq", "redis", "sqlalchemy", "numpy"}


class TestAccepts:
    def test_two_that_take_the_same_are_equal(self) -> None:
        assert Accepts(".csv", "text/csv") == Accepts(".csv", "text/csv")
        assert hash(Accepts(".csv")) == hash(Accepts(".csv"))
        assert repr(Accepts(".csv")) == "Accepts('.csv')"

    def test_an_ending_needs_its_dot(self) -> None:
        with pytest.raises(ValueError, match=r"\.csv"):
            Accepts("csv")


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The reading end of a control channel, as a run has it."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    monkeypatch.setenv("TOOLRUNNER_CONTROL", f"{writing}:{os.fstat(writing).st_ino}")
    monkeypatch.setattr(authoring, "_reporter", authoring._Reporter())
    yield reading
    os.close(reading)
    os.close(writing)


def inherited() -> int:
    return int(os.environ["TOOLRUNNER_CONTROL"].partition(":")[0])


def told(reading: int) -> list[dict[str, Any]]:
    os.set_blocking(reading, False)
    data = b""
    try:
        while more := os.read(reading, 65536):
            data += more
    except BlockingIOError:
        pass
    assert not data or data.endswith(b"\n")
    return [json.loads(line)["progress"] for line in data.splitlines()]


class TestProgress:
    def test_it_is_one_line_of_json(self, control: int) -> None:
        progress(3, 10, "three")
        assert told(control) == [{"done": 3, "total": 10, "text": "three"}]

    def test_a_total_is_not_needed(self, control: int) -> None:
        progress(0.5)
        assert told(control) == [{"done": 0.5, "total": None, "text": ""}]

    def test_outside_a_run_nothing_happens(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("TOOLRUNNER_CONTROL", raising=False)
        progress(1, 2, "x")
        assert capfd.readouterr() == ("", "")

    def test_a_flood_is_thinned_but_its_first_and_last_arrive(self, control: int) -> None:
        for n in range(10_001):
            progress(n, 10_000, "step")
        received = told(control)
        assert received[0]["done"] == 0
        assert received[-1]["done"] == 10_000
        assert len(received) < 200

    def test_what_was_left_out_last_is_told_at_the_end(self, control: int) -> None:
        for n in range(1000):
            progress(n)
        authoring._reporter.flush()
        assert told(control)[-1]["done"] == 999

    @pytest.mark.parametrize("text", ["x" * 10_000, "я" * 10_000, "😀" * 5_000, '"\\' * 4_000])
    def test_a_long_text_is_cut_to_an_atomic_line(self, control: int, text: str) -> None:
        progress(1, 2, text)
        os.set_blocking(control, False)
        line = os.read(control, 65536)
        assert len(line) <= 4096
        message = json.loads(line)["progress"]
        assert message["text"].endswith("…")
        assert text.startswith(message["text"][:-1])

    def test_a_line_break_in_the_text_becomes_a_space(self, control: int) -> None:
        progress(1, 2, "one\ntwo\r\n three")
        assert told(control)[0]["text"] == "one two three"

    @pytest.mark.parametrize(
        "wrong", [("x",), (None,), (1, "many"), (float("nan"),), (float("inf"), 2), (10**5000,), (1j,)]
    )
    def test_a_wrong_value_is_never_an_error(self, control: int, wrong: tuple[Any, ...]) -> None:
        progress(*wrong)
        assert told(control) == []

    @pytest.mark.parametrize("value", ["", "x", "-1", "99999", "3.5"])
    def test_a_channel_that_is_not_there_is_never_an_error(
        self, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setattr(authoring, "_reporter", authoring._Reporter())
        monkeypatch.setenv("TOOLRUNNER_CONTROL", value)
        progress(1, 2)

    def test_the_number_alone_names_a_pipe(self, control: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TOOLRUNNER_CONTROL", str(inherited()))
        progress(1, 2)
        assert len(told(control)) == 1

    def test_another_pipe_under_the_same_number_is_left_alone(
        self, control: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TOOLRUNNER_CONTROL", f"{inherited()}:1")
        progress(1, 2)
        assert told(control) == []

    def test_a_file_under_the_same_number_is_left_alone(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(authoring, "_reporter", authoring._Reporter())
        with (tmp_path / "mine.txt").open("wb") as file:
            monkeypatch.setenv("TOOLRUNNER_CONTROL", str(file.fileno()))
            progress(1, 2)
        assert (tmp_path / "mine.txt").read_bytes() == b""

    def test_a_reader_that_stands_still_does_not_stop_the_tool(self, control: int) -> None:
        authoring._reporter._allowance = 1e9
        authoring._reporter.RATE = 1e9
        for n in range(2000):
            progress(n, 2000, "x" * 200)
        assert told(control)[0]["done"] == 0

    def test_many_threads_tell_whole_lines(self, control: int) -> None:
        def work(worker: int) -> None:
            for n in range(50):
                progress(n, 50, f"worker {worker}")

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(message["text"].startswith("worker ") for message in told(control))

    def test_a_forked_child_reports_too(self, control: int) -> None:
        progress(0, 2, "parent")
        child = os.fork()
        if child == 0:
            progress(1, 2, "child")
            os._exit(0)
        os.waitpid(child, 0)
        assert [message["text"] for message in told(control)] == ["parent", "child"]

    def test_a_child_program_without_inherited_descriptors_reports_too(self, control: int) -> None:
        inner = "from jupyter_toolrunner import progress; progress(1, 2, 'grandchild')"
        # The leader of a session stands for the run's own process.
        outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
        subprocess.run(
            [sys.executable, "-c", outer],
            check=True,
            start_new_session=True,
            pass_fds=[inherited()],
        )
        assert [message["text"] for message in told(control)] == ["grandchild"]

    def test_the_end_of_the_program_tells_the_last(self, control: int) -> None:
        code = "from jupyter_toolrunner import progress\nfor n in range(1000): progress(n)"
        subprocess.run([sys.executable, "-c", code], check=True, pass_fds=[inherited()])
        assert told(control)[-1]["done"] == 999
