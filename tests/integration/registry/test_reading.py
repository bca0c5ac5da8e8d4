"""One file in the process that reads it: whatever the file does, the answer comes and nothing else happens."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.registry import sandbox

PARSES = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x', type=int, default=1)\np.parse_args()\n"
#: Reads one request, with layers of the sandbox taken away by name.
READER = """
import sys
from jupyter_toolrunner.registry import reader, sandbox
def no(*_):
    raise OSError("taken away")
for layer in sys.argv[1].split(","):
    if layer == "namespace":
        sandbox._enter_namespace = no
    if layer == "landlock":
        sandbox._landlock = lambda folders: 0
    if layer == "overlay":
        sandbox._private_view = lambda scratch, root: False
reader.WALL_SECONDS = float(sys.argv[2])
reader.main()
"""

LAYERS = ["", "namespace", "landlock", "overlay"]


def read(path: Path, *, without: str = "", seconds: float = 10, **environment: str) -> dict[str, Any]:
    """The answer of a reader process of its own."""
    request = json.dumps({"path": str(path), "toolbox": str(path.parent)})
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, without, str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    with reader.stdin, reader.stdout:
        reader.stdin.write(request.encode() + b"\n")
        reader.stdin.flush()
        answer: dict[str, Any] = json.loads(reader.stdout.readline())
        reader.stdin.close()
        assert reader.wait(timeout=10) == 0
    return answer


def script(folder: Path, before: str, name: str = "script") -> Path:
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(before) + "\n" + PARSES)
    return path


def snapshot(folder: Path) -> Mapping[str, tuple[Any, ...]]:
    """Names, modes, times and contents of all below a folder."""
    found: dict[str, tuple[Any, ...]] = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[str(path)] = (stat.S_IMODE(status.st_mode), status.st_mtime_ns, status.st_uid, content)
    return found


HARM = """
import os, pathlib, shutil, sys
HERE = pathlib.Path(__file__).resolve().parent
HOME = pathlib.Path.home()
def attempt(what, *args):
    try:
        what(*args)
    except BaseException:
        pass
for place in (HERE, HOME, pathlib.Path(os.environ["ELSEWHERE"])):
    attempt((place / "written.txt").write_text, "x")
    attempt((place / "kept.txt").write_text, "overwritten")
    attempt(os.truncate, place / "kept.txt", 0)
    attempt(open(place / "kept.txt").close)
    attempt(os.chmod, place / "kept.txt", 0o777)
    attempt(os.utime, place / "kept.txt", (0, 0))
    attempt(os.rename, place / "kept.txt", place / "renamed.txt")
    attempt(os.link, place / "kept.txt", place / "linked.txt")
    attempt(os.symlink, "/etc/passwd", place / "symlink")
    attempt(os.mkdir, place / "made")
    attempt(os.mkfifo, place / "fifo")
    attempt(os.unlink, place / "kept.txt")
    attempt(shutil.rmtree, place)
    attempt(os.chmod, place, 0)
attempt(os.unlink, __file__)
attempt(os.system, f"rm -rf '{HERE}' '{HOME}'; touch '{HERE}/shell' '{HOME}/shell'")
"""


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for name in ("box", "home", "elsewhere"):
        made[name] = tmp_path / name
        made[name].mkdir()
        (made[name] / "kept.txt").write_text("kept")
    return made


@pytest.mark.parametrize("without", ["", "landlock", "overlay"])
def test_nothing_on_disk_changes(tmp_path: Path, places: dict[str, Path], without: str) -> None:
    path = script(places["box"], HARM)
    before = snapshot(tmp_path)
    answer = read(path, without=without, HOME=str(places["home"]), ELSEWHERE=str(places["elsewhere"]))
    assert snapshot(tmp_path) == before
    assert answer["described"]["schema"]["properties"]["x"]["default"] == 1


def test_with_landlock_alone_no_content_changes(tmp_path: Path, places: dict[str, Path]) -> None:
    path = script(
        places["box"],
        HARM.replace("attempt(os.chmod", "attempt(id").replace("attempt(os.utime", "attempt(id"),
    )
    before = snapshot(tmp_path)
    read(path, without="namespace", HOME=str(places["home"]), ELSEWHERE=str(places["elsewhere"]))
    assert snapshot(tmp_path) == before


def test_without_any_layer_nothing_runs_and_the_text_is_read(tmp_path: Path) -> None:
    mark = tmp_path / "ran.txt"
    answer = read(script(tmp_path, f"open({str(mark)!r}, 'w')"), without="namespace,landlock")
    assert not mark.exists()
    assert "described" not in answer
    assert answer["static"]["schema"]["properties"]["x"]["type"] == "integer"
    assert "safely" in answer["failure"]["message"] or "Landlock" in answer["failure"]["message"]


def test_a_script_that_writes_beside_itself_is_read_in_a_private_view(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        """
        from pathlib import Path
        out = Path(__file__).parent / "out"
        out.mkdir()
        (out / "x").write_text("1")
        assert (out / "x").read_text() == "1"
        """,
    )
    assert read(path)["described"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["script.py"]


def test_temporary_files_may_be_written(tmp_path: Path) -> None:
    assert read(script(tmp_path, "import tempfile\ntempfile.NamedTemporaryFile().write(b'x')"))["described"]


@pytest.mark.parametrize("without", LAYERS)
def test_other_processes_are_out_of_reach(tmp_path: Path, without: str) -> None:
    if without == "landlock":
        pytest.skip("signals are Landlock's")
    victim = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        answer = read(
            script(tmp_path, f"import os\ntry:\n    os.kill({victim.pid}, 9)\nexcept OSError: pass\n"),
            without=without,
        )
        assert answer["described"]
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()
        assert victim.stdin is not None
        victim.stdin.close()


def test_no_connection_goes_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = read(script(tmp_path, f"import socket\nsocket.create_connection(('127.0.0.1', {port}))"))
        assert "PermissionError" in answer["failure"]["message"]
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


def _alive(mark: str) -> list[int]:
    found = []
    for each in Path("/proc").iterdir():
        try:
            if each.name.isdigit() and mark.encode() in (each / "cmdline").read_bytes():
                found.append(int(each.name))
        except OSError:
            continue
    return found


def test_no_descendant_is_left(tmp_path: Path) -> None:
    mark = f"left-behind-{os.getpid()}"
    path = script(
        tmp_path,
        f"""
        import os, signal, subprocess, sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
                subprocess.Popen([sys.executable, "-c", code, {mark!r}], start_new_session=True)
                os._exit(0)
        """,
    )
    assert read(path)["described"]
    assert _alive(mark) == []


def test_a_script_that_hangs_is_ended_and_read_from_its_text(tmp_path: Path) -> None:
    answer = read(script(tmp_path, "import time\ntime.sleep(60)"), seconds=0.5)
    assert "within 0.5 s" in answer["failure"]["message"]
    assert answer["static"]["schema"]["properties"]["x"]


def test_a_script_that_takes_much_memory_is_ended(tmp_path: Path) -> None:
    answer = read(
        script(tmp_path, "import time\nx = bytearray(b'x') * (5 << 29)\ntime.sleep(60)"), seconds=20
    )
    assert "memory" in answer["failure"]["message"]


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("import sys\nsys.exit(3)", "exits (3)"),
        ("raise SystemExit('no way')", "exits (no way)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit('x')", "GeneratorExit: x"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(0)", "ended before"),
        ("import os\nos.abort()", "SIGABRT"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
        ("def f(): f()\nf()", "RecursionError"),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E", "E"),
        (
            "import os\n[os.close(n) for n in range(3, 100) if n not in ()] if 0 else None\n1/0",
            "ZeroDivision",
        ),
    ],
)
def test_whatever_ends_a_script_is_told_and_its_text_is_read(
    tmp_path: Path, before: str, message: str
) -> None:
    answer = read(script(tmp_path, before))
    assert message in answer["failure"]["message"]
    assert answer["static"]["schema"]["properties"]["x"]["default"] == 1


def test_a_missing_module_is_told_with_line_and_what_to_install(tmp_path: Path) -> None:
    failure = read(script(tmp_path, "import os\nimport cv2_is_not_here.deep"))["failure"]
    assert failure["line"] == 2
    assert failure["hint"] == "pip install cv2_is_not_here"


@pytest.mark.parametrize(
    "before",
    [
        "print('x' * 50_000_000)",
        "import sys\nfor _ in range(100_000): sys.stderr.write('line of text\\n')",
        "import os\nos.write(1, b'\\xff' * 1_000_000)",
        "import os, sys\nsys.stdout = sys.stderr = None",
        "import os\nfor n in range(0, 100):\n    try: os.close(n)\n    except OSError: pass",
        "import sys\nassert sys.stdin.read() == ''",
        "import os\nos.chdir('/')",
        "import os\nos.environ.clear()",
        "import sys\nsys.setrecursionlimit(60)",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        "import atexit, time\natexit.register(time.sleep, 60)",
        "import os\nif os.fork() == 0:\n    raise SystemExit('child')",
        "import signal\nsignal.alarm(1); signal.signal(signal.SIGALRM, lambda *_: None)",
        "import builtins\nbuiltins.print = builtins.open = builtins.input = None",
        "import json, os\njson.dumps = json.loads = None",
        "import sys\nassert __name__ == '__main__' and sys.modules['__main__'].__file__ == __file__ == sys.argv[0]",
        "import os, sys\nassert sys.path[0] == os.path.dirname(os.path.abspath(__file__)) and len(sys.argv) == 1",
    ],
)
def test_whatever_a_script_does_before_it_parses_it_is_read(tmp_path: Path, before: str) -> None:
    answer = read(script(tmp_path, before))
    assert "failure" not in answer, answer["failure"]
    assert answer["described"]["schema"]["properties"]["x"]["default"] == 1


def test_a_script_that_wants_an_argument_before_it_parses_is_read(tmp_path: Path) -> None:
    path = script(tmp_path, "import sys\nif len(sys.argv) < 2:\n    print('usage')\n    sys.exit(1)")
    assert read(path)["described"]["schema"]["properties"]["x"]


def test_parsing_of_other_arguments_is_not_taken_for_the_scripts_own(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        """
        import argparse
        other = argparse.ArgumentParser()
        other.add_argument("--inner")
        assert other.parse_args(["--inner", "x"]).inner == "x"
        """,
    )
    assert list(read(path)["described"]["schema"]["properties"]) == ["x"]


def test_a_parser_in_a_thread_or_behind_an_override_is_read(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        textwrap.dedent(
            """
            import argparse, threading
            class Own(argparse.ArgumentParser):
                def parse_known_args(self, args=None, namespace=None):
                    self.add_argument("--late")
                    return super().parse_known_args(args, namespace)
            p = Own()
            p.add_argument("--early")
            threading.Thread(target=p.parse_known_args).start()
            """
        )
    )
    assert set(read(path)["described"]["schema"]["properties"]) == {"early", "late"}


def test_functions_are_imported_in_the_same_confinement(tmp_path: Path) -> None:
    path = tmp_path / "tools.py"
    path.write_text(
        "from jupyter_toolrunner import tool\nopen('/tmp/should-not-be-written-by-tests', 'w') if 0 else None\n"
        "import pathlib\npathlib.Path(__file__).write_text('')\n@tool\ndef f(a: int = 3) -> int:\n    return a\n"
    )
    before = path.read_text()
    (function,) = read(path)["functions"]
    assert function["schema"]["properties"]["a"]["default"] == 3
    assert path.read_text() == before


def test_a_file_may_be_script_and_functions_at_once(tmp_path: Path) -> None:
    path = script(tmp_path, "from jupyter_toolrunner import tool\n@tool\ndef f(a: int): ...")
    answer = read(path)
    assert [each["name"] for each in answer["functions"]] == ["f"]
    assert answer["described"]["schema"]["properties"]["x"]


def test_the_reader_ends_when_nobody_asks_any_more(tmp_path: Path) -> None:
    mark = str(script(tmp_path, "import time\ntime.sleep(60)", name=f"hangs-{os.getpid()}"))
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, "", "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write(json.dumps({"path": mark, "toolbox": str(tmp_path)}).encode() + b"\n")
    reader.stdin.flush()
    children = Path(f"/proc/{reader.pid}/task/{reader.pid}/children")
    while not children.read_text():
        threading.Event().wait(0.01)
    child = int(children.read_text().split()[0])
    reader.stdin.close()
    assert reader.wait(timeout=5) == 0
    reader.stdout.close()
    assert not Path(f"/proc/{child}").exists()


def test_landlock_is_there_where_these_tests_run() -> None:
    """Else the tests above would not try it."""
    assert sandbox._libc.syscall(444, None, 0, 1) >= 1
