"""Every end of a run has its own words."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_toolrunner.core.runs import Reason

SCRIPT_ENDS = {
    "import sys; sys.exit(3)": ("exit", "The script ended with exit code 3."),
    "import sys; print('what it said', file=sys.stderr); sys.exit(3)": (
        "exit",
        "The script ended with exit code 3: what it said",
    ),
    "import sys; sys.exit('no такого')": ("exit", "no такого"),
    "raise SystemExit(256 + 7)": ("exit", "The script ended with exit code 7."),
    "import os; os._exit(9)": ("exit", "The script ended with exit code 9."),
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": (
        "signal",
        "The run's process crashed (SIGSEGV): a library in it reached for memory that it does not have.",
    ),
    "import os; os.abort()": ("signal", "The run's process ended itself (SIGABRT)."),
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)": (
        "signal",
        "The run's process was ended by a signal (SIGTERM).",
    ),
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": (
        "killed (SIGKILL)",
        "The run's process was killed (SIGKILL) by somebody else: another program, a person or the system.",
    ),
    "import os, signal; os.kill(os.getpid(), 64)": (
        "signal",
        "The run's process was ended by a signal (SIGRTMAX).",
    ),
    "1 / 0": ("ZeroDivisionError", "division by zero"),
    "raise KeyboardInterrupt": ("KeyboardInterrupt", ""),
    "class Own(Exception): pass\nraise Own('a', 'b')": ("Own", "('a', 'b')"),
    "x = 'unclosed": ("SyntaxError", "unterminated string literal (detected at line 1) (script.py, line 1)"),
    "class B(Exception):\n    def __str__(self): raise ValueError\nraise B": (
        "B",
        "<B whose text cannot be had: ValueError>",
    ),
    "raise ValueError('a\\udc80\\0b')": ("ValueError", "a\\udc80\\x00b"),
}


@pytest.mark.parametrize("source", SCRIPT_ENDS)
def test_a_failed_script_says_how_it_ended(bench: Any, source: str) -> None:
    made = bench.run(bench.script(source))
    assert made.status == "failed"
    assert made.outcome.reason is Reason.ERROR
    assert (made.error.type, made.error.message) == SCRIPT_ENDS[source]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "import sys; sys.exit()",
        "import sys; sys.exit(0)",
        "raise SystemExit(False)",
        "import os; os._exit(0)",
    ],
)
def test_a_script_with_exit_code_0_succeeded(bench: Any, source: str) -> None:
    assert bench.run(bench.script(source)).status == "succeeded"


def test_a_system_exit_in_a_thread_ends_only_the_thread(bench: Any) -> None:
    tool = bench.script(
        "import sys, threading; t = threading.Thread(target=sys.exit, args=(3,)); t.start(); t.join(); print('on')"
    )
    made = bench.run(tool)
    assert (made.status, made.text) == ("succeeded", "on\n")


def test_what_argparse_refuses_is_told_in_its_words(bench: Any) -> None:
    tool = bench.script(
        "import argparse; p = argparse.ArgumentParser(); p.add_argument('--n', type=int); p.parse_args()"
    )
    made = bench.run(tool, {"argv": ["--n", "many"]})
    assert made.error.message == "argument --n: invalid int value: 'many'"
    assert made.error.hint == "The script itself refused its arguments."
    assert "usage: script.py [-h] [--n N]" in made.text


FUNCTION_ENDS = {
    "import os; os._exit(0)": (
        "exit",
        "The function ended its process (exit code 0) without returning a result.",
    ),
    "import sys; sys.exit(0)": (
        "exit",
        "The function ended its process (exit code 0) without returning a result.",
    ),
    "import sys; sys.exit(4)": ("exit", "The function ended with exit code 4."),
    "raise SystemExit('because')": ("exit", "because"),
    "return object()": ("result", "The function returned object, which cannot become a result."),
    "return {'a': [1, print]}": (
        "result",
        "The function returned builtin_function_or_method at a.1, which cannot become a result.",
    ),
}


@pytest.mark.parametrize("body", FUNCTION_ENDS)
def test_a_function_without_a_result_has_failed(bench: Any, body: str) -> None:
    made = bench.run(bench.function(f"def main():\n    {body}\n"))
    assert made.status == "failed"
    assert (made.error.type, made.error.message) == FUNCTION_ENDS[body]
    assert made.names == []


def test_no_result_can_be_told_by_others_than_the_run_itself(bench: Any) -> None:
    tool = bench.function(
        """
        import json, os
        def main():
            message = json.dumps({"end": "returned", "results": [], "nonce": "0" * 16}).encode()
            data = len(message).to_bytes(8, "big") + message
            for descriptor in range(3, 256):
                try: os.write(descriptor, data)
                except OSError: pass
            os._exit(0)
        """
    )
    assert bench.run(tool).error.message.startswith("The function ended its process")


def test_a_crash_after_the_return_is_a_failure(bench: Any) -> None:
    made = bench.run(
        bench.function("import atexit, os\ndef main():\n    atexit.register(os.abort)\n    return 1\n")
    )
    assert made.status == "failed"
    assert made.error.type == "signal"


def test_want_of_memory_is_a_reason_of_its_own(bench: Any) -> None:
    made = bench.run(bench.function("def main():\n    return bytearray(1 << 60)\n"))
    assert made.outcome.reason is Reason.MEMORY
    assert made.error.type == "MemoryError"


def test_an_error_shows_the_tools_own_lines(bench: Any) -> None:
    bench.write("helper.py", "import json\ndef load(text):\n    return json.loads(text)\n")
    tool = bench.script("import helper\n\ndef work():\n    helper.load('{')\n\nwork()\n")
    made = bench.run(tool)
    frames = made.error.frames
    assert [(f.file.rpartition("/")[2], f.line, f.function, f.own) for f in frames][:3] == [
        ("script.py", 6, "<module>", True),
        ("script.py", 4, "work", True),
        ("helper.py", 3, "load", True),
    ]
    assert frames[2].text == "return json.loads(text)"
    assert not any(f.own for f in frames[3:])
    assert frames[3].file.endswith("json/__init__.py")


def test_the_traceback_is_what_python_prints(bench: Any) -> None:
    import subprocess
    import sys

    tool = bench.script(
        """
        def inner(): raise KeyError("x")
        def outer():
            try: inner()
            except KeyError as error: raise ValueError("outer") from error
        outer()
        """
    )
    made = bench.run(tool)
    fresh = subprocess.run([sys.executable, str(bench.box / "script.py")], capture_output=True, text=True)
    assert made.error.traceback == made.text == fresh.stderr


def test_a_missing_module_comes_with_the_command_that_installs_it(bench: Any) -> None:
    made = bench.run(bench.script("import sklearn_not_there.submodule"))
    assert made.error.type == "ModuleNotFoundError"
    assert made.error.hint == "Install it where the tool runs: pip install sklearn_not_there"


def test_a_full_disk_comes_with_what_to_do(bench: Any) -> None:
    made = bench.run(bench.script("with open('/dev/full', 'w') as file: file.write('x')"))
    assert made.error.type == "OSError"
    assert made.error.hint == "Free some space, then press Retry."


def test_input_cannot_be_asked_for(bench: Any) -> None:
    made = bench.run(bench.script("input('name? ')"))
    assert made.error.type == "EOFError"
    assert "standard input is empty" in made.error.hint


def test_a_hook_of_the_script_prints_its_error(bench: Any) -> None:
    made = bench.run(
        bench.script("import sys; sys.excepthook = lambda *e: print('hook', e[0].__name__)\n1/0")
    )
    assert made.text == "hook ZeroDivisionError\n"
    assert made.error.type == "ZeroDivisionError"


def test_a_deep_recursion_gives_a_short_error(bench: Any) -> None:
    made = bench.run(bench.script("def f(): f()\nf()"))
    assert made.error.type == "RecursionError"
    assert len(made.error.frames) <= 60
    assert len(made.error.traceback) < 60_000


def test_a_huge_message_is_cut(bench: Any) -> None:
    made = bench.run(bench.script("raise ValueError('x' * 50_000_000)"))
    assert len(made.error.message) < 5_000


def test_a_missing_script_or_folder_is_told(bench: Any) -> None:
    tool = bench.script("pass")
    (bench.box / "script.py").unlink()
    made = bench.run(tool)
    assert made.error.type == "FileNotFoundError"


def test_files_of_a_failed_run_are_kept(bench: Any) -> None:
    made = bench.run(bench.script("open('half.txt', 'w').write('x'); 1/0"))
    assert made.status == "failed"
    assert made.names == ["half.txt"]
