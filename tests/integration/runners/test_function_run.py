"""Functions get what was asked for, exactly, and their value comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

NASTY: list[Any] = [
    "",
    'it\'s "quoted"\n\r\t\\',
    "nul \0 inside",
    "\udc80 lone \ud83d",
    "\u202ebidi\u2066 🎉",
    "x" * 1_000_000,
    "-x",
    "--",
    "nan",
    "None",
    "__import__('os').system('x')",
    10**40,
    -0.0,
    1e308,
    None,
    True,
    [],
    {"": {"__proto__": [None]}},
    [[[[[[]]]]]],
]


@pytest.mark.parametrize("value", NASTY, ids=lambda value: repr(value)[:20])
def test_every_value_arrives_and_comes_back_as_it_is(bench: Any, value: Any) -> None:
    tool = bench.function("def main(value): return [value, repr(value)[:50]]")
    made = bench.run(tool, {"value": value})
    assert made.status == "succeeded", made.outcome
    found, shown = json.loads(made.content("result.json"))
    assert (found, shown) == (value, repr(value)[:50])


def test_hints_are_met(bench: Any) -> None:
    tool = bench.function(
        """
        from __future__ import annotations
        import datetime, enum
        from dataclasses import dataclass
        from pathlib import Path
        class Size(enum.Enum):
            SMALL = "small"
        @dataclass
        class Point:
            x: int
        def main(path: Path, day: datetime.date, size: Size, point: Point, more: list[Path] | None = None):
            return [type(path).__name__, day.year, size.name, point.x, more]
        """
    )
    params = {"path": "a", "day": "2026-01-02", "size": "small", "point": {"x": 3}}
    assert json.loads(bench.run(tool, params).content("result.json")) == ["PosixPath", 2026, "SMALL", 3, None]


def test_a_decorated_function_and_a_coroutine_are_called(bench: Any) -> None:
    tool = bench.function(
        "from jupyter_toolrunner import tool\n@tool(title='T')\ndef main(n: int = 2): return n\n"
    )
    assert bench.run(tool).content("result.json") == b"2"
    tool = bench.function(
        "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    return 'async'\n"
    )
    assert bench.run(tool).content("result.json") == b'"async"'


def test_a_function_of_an_installed_module_is_imported(bench: Any) -> None:
    tool = bench.function("", "dumps", name="unused.py", path=None, module="json")
    assert bench.run(tool, {"obj": 1}).content("result.json") == b'"1"'


def test_a_module_that_is_not_installed_is_loaded_from_its_file(bench: Any) -> None:
    tool = bench.function("def main(): return __name__", module="not_installed.module")
    assert bench.run(tool).content("result.json") == b'"module"'


def test_a_file_named_as_a_module_of_python_hides_nothing(bench: Any) -> None:
    tool = bench.function("import json\ndef main(): return json.loads('[1]')", name="json.py")
    made = bench.run(tool)
    assert made.status in ("succeeded", "failed")
    tool = bench.function("import os\ndef main(): return os.path.basename(os.getcwd())", name="os.py")
    assert bench.run(tool).content("result.json") == b'"work"'


def test_processes_of_a_function_can_import_it(bench: Any) -> None:
    tool = bench.function(
        """
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing
        def square(n): return n * n
        def main(method: str):
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
                return list(pool.map(square, range(4)))
        """
    )
    for method in ("fork", "spawn"):
        made = bench.run(tool, {"method": method})
        assert made.status == "succeeded", made.text
        assert made.content("result.json") == b"[0, 1, 4, 9]"


def test_a_fork_that_returns_too_does_not_return_for_the_run(bench: Any) -> None:
    tool = bench.function(
        """
        import os, time
        def main():
            pid = os.fork()
            if pid == 0: return "child"
            os.waitpid(pid, 0)
            return "parent"
        """
    )
    made = bench.run(tool)
    assert made.status == "succeeded"
    assert len([name for name in made.names if name.startswith("result")]) == 1
    assert made.content("result.json") == b'"parent"'


def test_the_doors_of_the_product_are_not_shown_to_tools(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_toolrunner.runners.process_runner import ProcessRunner

    monkeypatch.setenv("TOOLRUNNER_REDIS_URL", "redis://secret")
    runner = ProcessRunner()
    try:
        tool = bench.function("import os\ndef main(): return 'TOOLRUNNER_REDIS_URL' in os.environ")
        assert bench.run(tool, runner=runner).content("result.json") == b"false"
    finally:
        runner.close()


def test_a_caller_that_fails_leaves_no_process(bench: Any) -> None:
    tool = bench.script("import time; print('x'); time.sleep(1000)")

    def fail(log: bytes) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bench.run(tool, stop_when=fail)
    assert bench.run(bench.script("print(1)")).text == "1\n"


def test_the_environment_of_runs_is_described(bench: Any) -> None:
    import platform
    from importlib.metadata import version

    tool = bench.script("")
    found = bench.runner.environment(tool)
    assert found["python"] == platform.python_version()
    assert found["packages"]["pytest"] == version("pytest")
    assert {"executable", "platform", "host"} <= set(found)
    assert bench.runner.environment(tool) is found


def test_a_process_that_is_killed_behind_its_result_leaves_none(bench: Any) -> None:
    tool = bench.function(
        "def main():\n"
        "    import atexit, os\n"
        "    atexit.register(os.kill, os.getpid(), 9)\n"
        "    open('kept.txt', 'w').write('kept')\n"
        "    return 1\n"
    )
    made = bench.run(tool)
    assert (made.status, made.names) == ("failed", ["kept.txt"])
