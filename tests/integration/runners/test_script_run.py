"""A script runs as ``python script.py …`` would run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NASTY = [
    "",
    " ",
    "--",
    "-x",
    'it\'s "quoted"',
    "two\nlines\r\n",
    "tab\tand \\ backslash",
    "emoji 🎉 and русский",
    "\u202ebidi\u2066",
    "\x01\x1b[31m",
    "$(rm -rf /); `id` | cat",
    "*.py",
    "nan",
    "None",
    "True",
    "__import__('os').system('x')",
    "x" * 1_000_000,
    "\udc80 a byte that is no text",
]


@pytest.mark.parametrize("value", NASTY, ids=lambda value: repr(value[:20]))
def test_every_argument_arrives_as_it_is(bench: Any, value: str) -> None:
    tool = bench.script("import json, sys; json.dump(sys.argv[1:], open('argv.json', 'w'))")
    made = bench.run(tool, {"argv": [value, "end"]})
    assert made.status == "succeeded", made.outcome
    assert json.loads(made.content("argv.json")) == [value, "end"]


def test_a_script_sees_what_it_sees_in_a_fresh_python(bench: Any) -> None:
    source = """
        import json, os, sys
        print(json.dumps({
            "name": __name__, "file": __file__, "path0": sys.path[0], "argv": sys.argv, "doc": __doc__,
            "package": __package__, "spec": __spec__, "cached": __cached__, "builtins": type(__builtins__).__name__,
            "loader": type(__loader__).__name__, "main": sys.modules["__main__"].__dict__ is globals(),
            "annotations": __annotations__, "names": sorted(n for n in globals() if n not in ("json", "os", "sys")),
            "path": sys.path[1:], "flags": str(sys.flags), "recursion": sys.getrecursionlimit(), "cwd": os.getcwd(),
            "encoding": sys.getfilesystemencoding(), "excepthook": sys.excepthook is sys.__excepthook__,
        }))
        x: int = 1
        """
    tool = bench.script('"""What it is."""\n' + __import__("textwrap").dedent(source))
    made = bench.run(tool, {"argv": ["a", "b"]})
    ours = json.loads(made.text)
    path = str(bench.box / "script.py")
    fresh = subprocess.run([sys.executable, path, "a", "b"], capture_output=True, cwd=bench.box, check=True)
    theirs = json.loads(fresh.stdout)
    assert {**ours, "path": None} == {**theirs, "path": None}
    assert ours["path"][: len(theirs["path"])] == theirs["path"]


def test_each_package_is_found_once(bench: Any) -> None:
    tool = bench.script(
        "import sys; from importlib import metadata\n"
        "names = [(each.metadata['Name'], str(each.locate_file(''))) for each in metadata.distributions()]\n"
        "print(len(names) - len(set(names)), len(sys.path) - len(set(sys.path)))"
    )
    assert bench.run(tool).text == "0 0\n"


def test_a_neighbour_goes_before_a_module_of_the_same_name(bench: Any) -> None:
    bench.write("statistics.py", "mean = 'neighbour'")
    bench.write("json/__init__.py", "dumps = 'package'")
    bench.write("helpers.py", "import statistics; found = statistics.mean")
    tool = bench.script("import json, statistics, helpers; print(statistics.mean, json.dumps, helpers.found)")
    assert bench.run(tool).text == "neighbour package neighbour\n"


def test_what_runs_at_the_end_of_python_runs(bench: Any) -> None:
    tool = bench.script(
        """
        import atexit, threading, time, weakref
        class Last:
            def __del__(self): print("finalizer")
        last = Last()
        unclosed = open("unclosed.txt", "w"); unclosed.write("all of it")
        held = [open("held.txt", "w")]; held[0].write("this too"); held.append(held)
        threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
        atexit.register(print, "atexit")
        print("no newline", end="")
        """
    )
    made = bench.run(tool)
    assert made.status == "succeeded"
    assert made.text == "no newlinethread\natexit\nfinalizer\n"
    assert (made.content("unclosed.txt"), made.content("held.txt")) == (b"all of it", b"this too")


def test_a_file_that_only_a_module_holds_is_written(bench: Any) -> None:
    bench.write(
        "holder.py",
        """
        import gzip
        file = open("held.txt", "w"); file.write("x" * 10)
        zipped = gzip.open("z.gz", "wb"); zipped.write(b"abc")
        """,
    )
    made = bench.run(bench.script("import holder"))
    assert made.content("held.txt") == b"x" * 10
    import gzip

    assert gzip.decompress(made.content("z.gz")) == b"abc"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_works_inside(bench: Any, method: str) -> None:
    tool = bench.script(
        f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        def square(n): return n * n
        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            with context.Pool(2) as pool: print(pool.map(square, range(4)))
            with ProcessPoolExecutor(2, mp_context=context) as executor: print(list(executor.map(square, range(3))))
        """
    )
    made = bench.run(tool)
    assert made.status == "succeeded", made.text
    assert made.text == "[0, 1, 4, 9]\n[0, 1, 4]\n"


def test_asyncio_subprocesses_and_threads_work_inside(bench: Any) -> None:
    tool = bench.script(
        """
        import asyncio, subprocess, sys, concurrent.futures, signal
        async def main():
            process = await asyncio.create_subprocess_exec("echo", "child", stdout=subprocess.PIPE)
            return (await process.communicate())[0]
        print(asyncio.run(main()))
        with concurrent.futures.ThreadPoolExecutor(4) as pool: print(sum(pool.map(int, "123")))
        print(subprocess.run([sys.executable, "-c", "print(input.__name__)"], capture_output=True, text=True).stdout)
        print(repr(sys.stdin.read()), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGCHLD))
        """
    )
    made = bench.run(tool)
    assert made.text.splitlines() == ["b'child\\n'", "6", "input", "", "'' 0 0"]


def test_random_numbers_differ_from_run_to_run(bench: Any) -> None:
    tool = bench.script(
        "import random, numpy; print(random.random(), numpy.random.random(), numpy.random.default_rng().random())",
        preload=("numpy",),
    )
    runs = [bench.run(tool).text.split() for _ in range(3)]
    assert len({number for run in runs for number in run}) == 9


def test_a_script_that_forks_and_goes_on_in_both_ends_once(bench: Any) -> None:
    tool = bench.script(
        "import os\npid = os.fork()\nprint('child' if pid == 0 else 'parent')\nif pid: os.wait()\n"
    )
    made = bench.run(tool)
    assert made.status == "succeeded"
    assert sorted(made.text.split()) == ["child", "parent"]


def test_a_script_may_become_another_program(bench: Any) -> None:
    tool = bench.script("import os; os.execvp('sh', ['sh', '-c', 'echo other > other.txt; exit 7'])")
    made = bench.run(tool)
    assert made.status == "failed"
    assert made.error.message == "The script ended with exit code 7."
    assert made.names == ["other.txt"]


def test_the_encoding_line_and_a_byte_order_mark_count(bench: Any) -> None:
    latin = "# -*- coding: cp1251 -*-\nprint('русский')\n".encode("cp1251")
    assert bench.run(bench.script(latin, "latin.py")).text == "русский\n"
    assert bench.run(bench.script(b"\xef\xbb\xbfprint('mark')", "marked.py")).text == "mark\n"


def test_a_changed_script_runs_as_it_is_now(bench: Any) -> None:
    for number in range(5):
        assert bench.run(bench.script(f"print({number})")).text == f"{number}\n"


def test_text_that_is_no_unicode_can_be_printed(bench: Any) -> None:
    assert bench.run(bench.script("print('a\\udc80b')")).text == "a\\udc80b\n"


def test_environment_and_thread_pools_are_as_the_worker_gave_them(bench: Any) -> None:
    tool = bench.script(
        """
        import os, numpy
        names = "MINE", "TOOLRUNNER_RUN", "TOOLRUNNER_ATTEMPT", "OMP_NUM_THREADS"
        print(*(os.environ.get(name) for name in names))
        """,
        preload=("numpy",),
    )
    made = bench.run(tool, environment={"MINE": "so"})
    assert made.text.splitlines()[0].split()[0] == "so"
    assert made.text.splitlines()[0].split()[2:] == ["1", "None"]


def test_a_command_object_is_called_with_its_arguments(bench: Any) -> None:
    source = """
        import click
        @click.group()
        def cli(): pass
        @cli.command()
        @click.option("--count", type=int)
        def greet(count): click.echo("hi " * count)
        """
    tool = bench.script(source, "commands.py", attribute="cli")
    assert bench.run(tool, {"argv": ["greet", "--count", "2"]}).text == "hi hi \n"
    made = bench.run(tool, {"argv": ["greet", "--count", "x"]})
    assert made.error.message == "Invalid value for '--count': 'x' is not a valid integer."


def test_interpreter_start_files_are_not_written_beside_the_script(bench: Any) -> None:
    bench.write("helper.py", "x = 1")
    made = bench.run(bench.script("import helper"))
    assert made.names == []
    assert sorted(p.name for p in Path(bench.box).iterdir()) == ["helper.py", "script.py"]


@pytest.mark.parametrize(
    "wrap",
    [
        "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')",
        "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8')",
        "sys.stdout = os.fdopen(sys.stdout.fileno(), 'w', 1)",
        "sys.stdout.reconfigure(encoding='utf-8')",
    ],
)
def test_a_script_that_puts_a_stream_of_its_own_before_the_log_writes_to_it(bench: Any, wrap: str) -> None:
    made = bench.run(bench.script(f"import io, os, sys\n{wrap}\nprint('привет')\n"))
    assert (made.status, made.text) == ("succeeded", "привет\n")


def test_the_log_is_no_place_to_go_back_in(bench: Any) -> None:
    made = bench.run(
        bench.script("import sys; print(sys.stdout.seekable(), sys.stderr.buffer.raw.seekable())")
    )
    assert made.text == "False False\n"
