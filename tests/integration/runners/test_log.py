"""Output becomes the log: every byte, the first at once, with bounded memory."""

from __future__ import annotations

import hashlib
import resource
from typing import Any

import pytest

CONTENTS = {
    "NUL": b"a\0b\n",
    "not UTF-8": b"\xff\xfe\x80\n",
    "ANSI": b"\x1b[31mred\x1b[0m\x1b]8;;http://x\x07link\x1b]8;;\x07\n",
    "carriage returns": b"1%\r2%\r100%\n",
    "no end of line": b"abc",
    "nothing": b"",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_bytes_arrive_as_they_were_written(bench: Any, content: bytes) -> None:
    assert bench.run(bench.script(f"import os; os.write(1, {content!r})")).log == content


def test_output_and_errors_of_all_processes_come_in_order(bench: Any) -> None:
    tool = bench.script(
        """
        import os, subprocess, sys
        print("one"); print("two", file=sys.stderr); subprocess.run(["echo", "three"])
        os.system("echo four >&2"); sys.stdout.buffer.write(b"five\\n"); sys.stdout.flush(); print("six", end="")
        """
    )
    assert bench.run(tool).text.split() == ["one", "two", "three", "four", "five", "six"]


def test_the_first_line_comes_at_once_and_the_rest_in_batches(bench: Any) -> None:
    tool = bench.script(
        """
        import time
        print("first"); time.sleep(0.5)
        for n in range(2000): print("line", n)
        time.sleep(0.5)
        """
    )
    bench.run(tool)
    made = bench.run(tool)
    first, data = made.chunks[0]
    assert data == b"first\n"
    assert first < 0.3
    assert len(made.chunks) < 50
    assert made.text.splitlines() == ["first", *(f"line {n}" for n in range(2000))]


def test_a_million_lines_arrive_whole(bench: Any) -> None:
    made = bench.run(bench.script("for n in range(1_000_000): print(n)"))
    assert made.text.splitlines() == [str(n) for n in range(1_000_000)]
    assert max(len(data) for _, data in made.chunks) <= 1 << 16


def test_a_huge_line_arrives_whole_without_being_held(bench: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = 300 << 20
    tool = bench.script(
        f"""
        import os
        block = bytes(range(256)) * 4096
        for _ in range({size >> 20}): os.write(1, block)
        """
    )
    digest = hashlib.sha256()
    held: list[int] = []

    def take(data: bytes) -> None:
        digest.update(data)
        held.append(len(data))

    from jupyter_toolrunner.core.ids import RunId
    from jupyter_toolrunner.core.ports import AttemptSpec

    directory = bench.folder / "huge"
    directory.mkdir()

    import socket

    reader, writer = socket.socketpair()

    class Stop:
        def fileno(self) -> int:
            return reader.fileno()

        def reason(self) -> None:
            return None

    spec = AttemptSpec(run=RunId("r"), number=1, attempt=1, tool=tool, params={}, directory=directory)
    bench.runner.run(spec, on_log=take, on_progress=lambda progress: None, stop=Stop())
    reader.close()
    writer.close()
    assert sum(held) == size
    expected = hashlib.sha256()
    for _ in range(size >> 20):
        expected.update(bytes(range(256)) * 4096)
    assert digest.digest() == expected.digest()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 << 10


def test_a_slow_reader_slows_the_tool_and_loses_nothing(bench: Any) -> None:
    import time

    def read_slowly(log: bytes) -> bool:
        time.sleep(0.002)
        return False

    tool = bench.script("for n in range(100_000): print('x' * 20, n)")
    made = bench.run(tool, stop_when=read_slowly)
    assert made.status == "succeeded"
    assert made.text.splitlines()[-1] == "x" * 20 + " 99999"


def test_a_tool_that_closes_its_output_goes_on(bench: Any) -> None:
    tool = bench.script(
        "import os, time\nprint('before')\nos.close(1); os.close(2)\ntime.sleep(0.1)\nopen('after.txt', 'w').close()"
    )
    made = bench.run(tool)
    assert (made.status, made.text, made.names) == ("succeeded", "before\n", ["after.txt"])


def test_threads_and_processes_do_not_tear_each_others_lines(bench: Any) -> None:
    tool = bench.script(
        """
        import os, threading
        def speak(name):
            for n in range(500): print(name * 30)
        for _ in range(2): os.fork()
        threads = [threading.Thread(target=speak, args=(c,)) for c in "ab"]
        [t.start() for t in threads]; [t.join() for t in threads]
        try:
            while True: os.wait()
        except ChildProcessError: pass
        """
    )
    lines = bench.run(tool).text.splitlines()
    assert len(lines) == 4000
    assert set(lines) == {"a" * 30, "b" * 30}


def test_progress_that_a_tool_tells_is_passed_on(bench: Any) -> None:
    tool = bench.script(
        """
        import subprocess, sys, time
        from jupyter_toolrunner import progress
        progress(1, 4, "начало")
        print("[3/10] shown, but told goes first")
        time.sleep(0.15)
        subprocess.run([sys.executable, "-c", "from jupyter_toolrunner import progress; progress(2, 4, 'child')"])
        time.sleep(0.15)
        for n in range(1000): progress(3, 4, str(n))
        progress(4, 4, "end")
        """
    )
    made = bench.run(tool)
    assert made.status == "succeeded", made.text
    told = [(p.done, p.total, p.text) for p in made.progress]
    assert told[0] == (1, 4, "начало")
    assert (2, 4, "child") in told
    assert told[-1] == (4, 4, "end")
    assert len(told) < 10


def test_progress_that_only_shows_is_recognised(bench: Any) -> None:
    tool = bench.script(
        """
        import time
        from tqdm import tqdm
        for _ in tqdm(range(50), desc="Reading"): time.sleep(0.01)
        """
    )
    made = bench.run(tool)
    assert made.progress[-1].done == 50
    assert (made.progress[-1].total, made.progress[-1].text) == (50, "Reading")
    assert 3 <= len(made.progress) < 15


@pytest.mark.parametrize(
    "junk",
    [
        b"not json\n",
        b"{}\n",
        b'{"progress": 3}\n',
        b'{"progress": {"done": "x"}}\n',
        b"\xff\n",
        b"x" * 200_000 + b"\n",
    ],
)
def test_junk_on_the_control_channel_does_no_harm(bench: Any, junk: bytes) -> None:
    tool = bench.script(
        f"import os; os.write(int(os.environ['TOOLRUNNER_CONTROL'].partition(':')[0]), {junk!r})"
    )
    made = bench.run(tool)
    assert (made.status, made.progress) == ("succeeded", [])
