"""Scripts run unmodified where they are used to work; their originals stay as they were, and what they wrote is captured."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.folders import remove_tree
from jupyter_toolrunner.core.runs import Reason
from jupyter_toolrunner.core.tools import View
from jupyter_toolrunner.runners.process_runner import ProcessRunner
from jupyter_toolrunner.runners.workspace import PrivateView

REPORTS = """
    import os, shutil, sqlite3, sys
    from pathlib import Path
    HERE = Path(__file__).parent.parent
    texts = sorted((HERE / "data").rglob("*.md"))
    (HERE / "reports").mkdir(exist_ok=True)
    (HERE / "reports" / "count.txt").write_text(str(len(texts)))
    (HERE / "data" / "a.md").write_text("changed")
    (HERE / "data" / "deep" / "b.md").unlink()
    os.replace(HERE / "data" / "c.md", HERE / "data" / "moved.md")
    shutil.rmtree(HERE / "old"); (HERE / "old").mkdir(); (HERE / "old" / "new.txt").write_text("n")
    with sqlite3.connect(HERE / "state.db") as db: db.execute("update t set n = n + 1")
    open(HERE / "touched.txt", "r+").close(); os.utime(HERE / "touched.txt")
    print(db.execute("select n from t").fetchone()[0], sorted(p.name for p in (HERE / "data").rglob("*")))
    """


@pytest.fixture(params=["overlay", "copy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "copy":
        made = PrivateView.__init__

        def refused(self: PrivateView, *arguments: Any, **named: Any) -> None:
            made(self, *arguments, **{**named, "refused": "the test forbids it"})

        monkeypatch.setattr(PrivateView, "__init__", refused)
    return str(request.param)


@pytest.fixture
def project(bench: Any) -> Path:
    import sqlite3

    root = Path(bench.box)
    for name in ("data/a.md", "data/c.md", "data/deep/b.md", "old/x.txt", "old/sub/y.txt", "touched.txt"):
        bench.write(name, name)
    database = sqlite3.connect(root / "state.db")
    with database:
        database.execute("create table t (n)")
        database.execute("insert into t values (1)")
    database.close()
    return root


def tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.usefixtures("way")
def test_a_script_that_rewrites_its_project_leaves_the_originals_alone(bench: Any, project: Path) -> None:
    tool = bench.script(REPORTS, "tools/report.py")
    before = tree(project)
    made = bench.run(tool)
    assert made.status == "succeeded", made.log
    assert made.text == "2 ['a.md', 'deep', 'moved.md']\n"
    assert tree(project) == before
    assert sorted(made.names) == [
        "data/a.md",
        "data/moved.md",
        "old/new.txt",
        "reports/count.txt",
        "state.db",
    ]
    assert made.content("data/a.md") == b"changed"
    assert made.content("reports/count.txt") == b"3"


@pytest.mark.usefixtures("way")
def test_published_changes_are_what_the_script_would_have_done(bench: Any, project: Path) -> None:
    tool = bench.script(REPORTS, "tools/report.py", view=View.PUBLISH)
    made = bench.run(tool)
    assert made.status == "succeeded", made.log
    found = tree(project)
    assert sorted(found) == [
        "data/a.md",
        "data/moved.md",
        "old/new.txt",
        "reports/count.txt",
        "state.db",
        "tools/report.py",
        "touched.txt",
    ]
    assert (project / "data/a.md").read_text() == "changed"
    assert not list(project.rglob(".toolrunner*"))


@pytest.mark.usefixtures("way")
def test_halves_of_somebody_who_was_killed_while_he_published_are_removed(bench: Any, project: Path) -> None:
    (project / "data" / ".toolrunner-half").write_text("cha")
    made = bench.run(bench.script(REPORTS, "tools/report.py", view=View.PUBLISH))
    assert made.status == "succeeded", made.log
    assert not list(project.rglob(".toolrunner*"))


@pytest.mark.usefixtures("way")
def test_a_failed_run_publishes_nothing(bench: Any, project: Path) -> None:
    tool = bench.script(
        __import__("textwrap").dedent(REPORTS) + "\n1/0", "tools/report.py", view=View.PUBLISH
    )
    before = tree(project)
    made = bench.run(tool)
    assert made.status == "failed"
    assert tree(project) == before
    assert "data/a.md" in made.names


def test_in_place_changes_stay_and_are_captured_as_copies(bench: Any, project: Path) -> None:
    tool = bench.script(REPORTS, "tools/report.py", view=View.IN_PLACE)
    made = bench.run(tool)
    assert made.status == "succeeded", made.log
    assert (project / "data/a.md").read_text() == "changed"
    assert "data/a.md" in made.names
    assert not any(output.path.is_relative_to(project) for output in made.outcome.outputs)


def test_a_large_file_is_as_private_as_a_small_one(
    bench: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = PrivateView.__init__
    monkeypatch.setattr(
        PrivateView, "__init__", lambda self, *a, **k: made(self, *a, **{**k, "refused": "test"})
    )
    large = project / "large.bin"
    with large.open("wb") as file:
        file.truncate(260 << 20)
    result = bench.run(bench.script("with open('large.bin', 'r+b') as file: file.write(b'changed')"))
    assert result.names == ["large.bin"], result.log
    with large.open("rb") as file:
        assert file.read(7) == bytes(7)


CLOSED = """
import os, sys, tempfile
from pathlib import Path
from jupyter_toolrunner.runners import files, workspace
folder = Path(tempfile.mkdtemp())
(folder / "closed").mkdir(); (folder / "closed" / "in.txt").write_text("x"); (folder / "a.txt").write_text("a")
(folder / "unread.txt").write_text("secret"); (folder / "unread.txt").chmod(0)
(folder / "closed").chmod(0)
print(sorted((found.name, found.kind) for found in files.walk(str(folder))))
print(workspace._copy_tree(folder, folder.parent / (folder.name + "-copy"))[1])
print(oct((folder / "closed").stat().st_mode), oct((folder / "unread.txt").stat().st_mode))
print(sorted(found.name for found in files.walk(str(folder), opening=True)))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="changes to another user, whom folders can be closed to")
def test_an_original_that_its_owner_has_closed_stays_closed() -> None:
    made = _as_nobody(_python_of_everybody(), CLOSED)
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines() == [
        "[('a.txt', 'a file'), ('closed', 'a folder that may not be looked into'), ('unread.txt', 'a file')]",
        "['unread.txt', 'closed']" if "['unread.txt'" in made.stdout else "['closed', 'unread.txt']",
        "0o40000 0o100000",
        "['a.txt', 'closed/in.txt', 'unread.txt']",
    ]


WORKER = """
import socket, sys
from pathlib import Path
from jupyter_toolrunner.core.ports import AttemptSpec
from jupyter_toolrunner.core.tools import Entry, Tool, ToolKind
from jupyter_toolrunner.runners.process_runner import ProcessRunner
script, directory = map(Path, sys.argv[1:])
class Line:
    def argv(self, params): return [params["word"]]
tool = Tool(name="box.s", toolbox="box", title="s", kind=ToolKind.SCRIPT,
            entry=Entry(path=str(script), root=str(script.parent), command_line=Line()))
reader, writer = socket.socketpair()
class Stop:
    def fileno(self): return reader.fileno()
    def reason(self): return None
runner = ProcessRunner()
log = []
for n in range(5):
    place = directory / str(n)
    place.mkdir(parents=True)
    spec = AttemptSpec(run="r", number=1, attempt=1, tool=tool, params={"word": f"{directory.name}{n}"}, directory=place)
    outcome = runner.run(spec, on_log=log.append, on_progress=print, stop=Stop())
    assert outcome.status == "succeeded", (outcome, log)
    assert outcome.outputs[0].path.read_text() == f"{directory.name}{n}"
runner.close()
print(b"".join(log).decode().split())
"""


def test_several_runs_at_once_see_nothing_of_each_other(bench: Any, project: Path) -> None:
    bench.script(
        """
        import sys, time
        from pathlib import Path
        same = Path(__file__).parent / "same.txt"
        assert not same.exists()
        same.write_text(sys.argv[1]); time.sleep(0.1)
        print(same.read_text())
        """
    )
    workers = {
        name: subprocess.Popen(
            [sys.executable, "-c", WORKER, str(bench.box / "script.py"), str(bench.folder / name)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two", "three")
    }
    for name, worker in workers.items():
        assert worker.communicate()[0] == f"{[f'{name}{n}' for n in range(5)]}\n"
    assert not (project / "same.txt").exists()


@pytest.mark.usefixtures("way")
def test_paths_are_where_the_script_expects_them(bench: Any) -> None:
    bench.write("data.txt", "found")
    tool = bench.script(
        "import os, sys; print(open('data.txt').read(), open(sys.argv[1]).read(), os.getcwd() == os.path.dirname(__file__))"
    )
    assert bench.run(tool, {"argv": [str(bench.box / "data.txt")]}).text == "found found True\n"


def test_a_system_without_overlays_is_met_with_a_copy_and_remembered(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An overlay's own changes cannot lie in another overlay: the kernel refuses, the child tells, the worker copies.
    # A file system that holds no changes does the same; /proc is one that everybody has.
    runner = ProcessRunner()
    start = PrivateView.start

    def on_proc(self: PrivateView) -> dict[str, Any]:
        message = start(self)
        if "overlay" in message:
            message["overlay"]["changes"] = "/proc/self/fd"
        return message

    monkeypatch.setattr(PrivateView, "start", on_proc)
    bench.write("data.txt", "found")
    tool = bench.script(
        "import sys; print(open('data.txt').read(), open(sys.argv[1]).read()); open('data.txt', 'w').write('x')"
    )
    try:
        for _ in range(2):
            made = bench.run(tool, {"argv": [str(bench.box / "data.txt")]}, runner=runner)
            assert (made.text, made.names) == ("found found\n", ["data.txt"])
        assert (bench.box / "data.txt").read_text() == "found"
        assert "mount" in next(iter(runner._refusals.values()))
    finally:
        runner.close()


@pytest.mark.usefixtures("way")
def test_only_regular_files_become_outputs(bench: Any) -> None:
    tool = bench.script(
        """
        import os, socket
        open("plain.txt", "w").write("x")
        os.symlink("/etc/passwd", "link"); os.symlink("/etc", "folder"); os.mkfifo("pipe")
        socket.socket(socket.AF_UNIX).bind("socket"); os.symlink("nowhere", "dangling")
        os.makedirs("__pycache__"); open("__pycache__/x.pyc", "w").close(); open("y.pyc", "w").close()
        os.makedirs(".ipynb_checkpoints"); open(".ipynb_checkpoints/z", "w").close()
        os.makedirs("closed/in"); open("closed/in/f.txt", "w").write("f"); os.chmod("closed", 0)
        """
    )
    made = bench.run(tool)
    assert sorted(made.names) == ["closed/in/f.txt", "plain.txt"]
    for name, kind in {
        "link": "a symbolic link",
        "folder": "a symbolic link",
        "pipe": "a named pipe",
        "socket": "a socket",
    }.items():
        assert f"toolrunner: {name} was left out: it is {kind}\n" in made.text


ODD_NAMES = [
    "русский.txt",
    "a b",
    "new\nline",
    "q'\"uote",
    "\x01",
    "-x",
    "x" * 255,
    "back\\slash",
    "C:",
    "con",
    "trailing.",
    "e\u0301",
]


def test_files_with_odd_names_are_outputs(bench: Any) -> None:
    tool = bench.function(
        f"def main():\n    for name in {ODD_NAMES!r}:\n        open(name, 'w').write(name)\n"
    )
    made = bench.run(tool)
    assert sorted(made.names) == sorted([*ODD_NAMES, "result.json"])


def test_a_name_that_is_no_text_is_still_an_output(bench: Any) -> None:
    tool = bench.function("def main():\n    open(b'\\xff.txt', 'w').write('x')\n")
    made = bench.run(tool)
    assert len(made.names) == 2
    for name in made.names:
        name.encode()


def test_a_hard_link_to_a_foreign_file_is_left_out(bench: Any) -> None:
    secret = bench.folder / "secret.txt"
    secret.write_text("s")
    tool = bench.function(
        f"""
        import os
        def main():
            os.link({str(secret)!r}, "stolen.txt")
            open("a.txt", "w").write("a"); os.link("a.txt", "b.txt")
        """
    )
    made = bench.run(tool)
    assert sorted(made.names) == ["a.txt", "b.txt", "result.json"]
    assert "toolrunner: stolen.txt was left out: it is a hard link to a file from elsewhere" in made.text


def test_more_files_than_the_limit_fail_the_run_and_the_first_are_kept(bench: Any) -> None:
    runner = ProcessRunner(max_files=10, max_bytes=1000)
    try:
        made = bench.run(
            bench.script("for n in range(12): open(f'{n:02}.txt', 'w').write('x')"), runner=runner
        )
        assert (made.status, made.outcome.reason) == ("failed", Reason.OUTPUT_LIMIT)
        assert made.error.message == "The run left 12 files; the first 10 were kept, which is the limit."
        assert len(made.names) == 10
        made = bench.run(bench.script("open('sparse', 'w').truncate(100 * 10**9)"), runner=runner)
        assert (
            made.error.message
            == "The run left 100 GB in files, and 1 kB is the limit; the first 0 of 1 files were kept."
        )
    finally:
        runner.close()


def test_a_function_works_in_an_empty_folder_of_its_own(bench: Any) -> None:
    made = bench.run(
        bench.function("import os\ndef main():\n    return [os.listdir(), os.path.basename(os.getcwd())]\n")
    )
    assert made.content("result.json") == b'[[], "work"]'


def test_ten_thousand_files_are_copied_about_as_fast_as_the_system_can(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in range(100):
        place = bench.box / f"d{folder}"
        place.mkdir()
        for number in range(100):
            (place / f"{number}.txt").write_text("x")
    made = PrivateView.__init__
    monkeypatch.setattr(
        PrivateView, "__init__", lambda self, *a, **k: made(self, *a, **{**k, "refused": "test"})
    )
    begun = time.monotonic()
    subprocess.run(["cp", "-a", str(bench.box), str(bench.folder / "cp")], check=True)
    system = time.monotonic() - begun
    result = bench.run(bench.script("from pathlib import Path; print(len(list(Path('.').rglob('*.txt'))))"))
    assert (result.text, result.names) == ("10000\n", [])
    assert result.seconds < 10 * system + 5


UNPRIVILEGED = """
import os, sys, socket, tempfile
from pathlib import Path
from jupyter_toolrunner.core.ports import AttemptSpec
from jupyter_toolrunner.core.tools import Entry, Tool, ToolKind
from jupyter_toolrunner.runners.process_runner import ProcessRunner
import shutil
folder = Path(tempfile.mkdtemp())
(folder / "box").mkdir(); (folder / "attempt").mkdir()
(folder / "box" / "a.txt").write_text("a"); (folder / "box" / "b.txt").write_text("b")
script = folder / "box" / "s.py"
script.write_text("import os; open('a.txt', 'w').write('new'); os.unlink('b.txt'); os.mkdir('d'); "
                  "open('d/c.txt', 'w').write('c'); print(os.getuid())")
entry = Entry(path=str(script), root=str(folder / "box"))
tool = Tool(name="box.s", toolbox="box", title="s", kind=ToolKind.SCRIPT, entry=entry)
reader, writer = socket.socketpair()
class Stop:
    def fileno(self): return reader.fileno()
    def reason(self): return None
runner = ProcessRunner()
log = []
spec = AttemptSpec(run="r", number=1, attempt=1, tool=tool, params={}, directory=folder / "attempt")
outcome = runner.run(spec, on_log=log.append, on_progress=print, stop=Stop())
runner.close()
print(outcome.status.value, sorted(o.name for o in outcome.outputs), b"".join(log).decode().strip(), runner._refusals)
print((folder / "box" / "a.txt").read_text(), (folder / "box" / "b.txt").exists())
shutil.rmtree(folder)
print(folder.exists())
"""


def _as_nobody(python: str, source: str) -> subprocess.CompletedProcess[str]:
    home = str(Path(__file__).parents[3])
    return subprocess.run(
        [python, "-c", source],
        capture_output=True,
        text=True,
        user=65534,
        group=65534,
        extra_groups=[],
        cwd="/",
        env={
            **os.environ,
            "HOME": "/nonexistent",
            "TMPDIR": "/tmp",
            "PYTHONPATH": home,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )


def _python_of_everybody() -> str:
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            if (
                _as_nobody(
                    python, "import sys, jupyter_toolrunner; sys.exit(sys.version_info < (3, 11))"
                ).returncode
                == 0
            ):
                return python
        except OSError:
            continue
    pytest.skip("this Python belongs to its user alone, and there is no other of version 3.11 or later")


@pytest.mark.skipif(os.getuid() != 0, reason="changes to another user")
def test_an_ordinary_user_has_the_same_view() -> None:
    made = _as_nobody(_python_of_everybody(), UNPRIVILEGED)
    assert made.returncode == 0, made.stderr
    lines = made.stdout.splitlines()
    assert lines[0] == "succeeded ['a.txt', 'd/c.txt'] 65534 {}"
    assert lines[1:] == ["a True", "False"]


def test_the_search_never_leaves_its_folder_while_it_is_swapped(tmp_path: Path) -> None:
    from jupyter_toolrunner.runners import files

    (tmp_path / "work" / "inner").mkdir(parents=True)
    (tmp_path / "work" / "inner" / "own.txt").write_text("own")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "secret.txt").write_text("secret")
    stop = threading.Event()
    place = tmp_path / "work" / "inner"

    def swap() -> None:
        while not stop.is_set():
            place.rename(tmp_path / "aside")
            place.symlink_to(tmp_path / "secret")
            place.unlink()
            (tmp_path / "aside").rename(place)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(3000):
            try:
                names = [found.name for found in files.walk(str(tmp_path / "work"))]
            except OSError:
                continue
            assert not any("secret" in name for name in names)
    finally:
        stop.set()
        swapper.join()


def test_a_folder_that_a_run_destroyed_is_no_error_of_ours(bench: Any) -> None:
    made = bench.run(
        bench.function("import os, shutil\ndef main():\n    shutil.rmtree(os.getcwd()); return 1\n")
    )
    assert (made.status, made.names) == ("succeeded", ["result.json"])
    source = "import os\ndef main():\n    os.rmdir(os.getcwd()); os.symlink('/etc', os.environ['WORK']); return 1\n"
    made = bench.run(bench.function(source), environment={"WORK": str(bench.folder / "attempt-1" / "work")})
    assert made.names == ["result.json"]
    assert "could not be read" in made.text


def test_folders_without_end_are_not_followed_to_theirs(bench: Any) -> None:
    tool = bench.function(
        """
        import os
        def main():
            for _ in range(3000): os.mkdir("d"); os.chdir("d")
            open("deep.txt", "w").close()
        """
    )
    made = bench.run(tool)
    # Nobody else gets rid of it: pytest's own clean-up fails on folders as deep as this.
    remove_tree(bench.folder / "attempt-0")
    assert made.names == ["result.json"]
    assert "is a folder inside too many others" in made.text


@pytest.mark.usefixtures("way")
def test_attempts_may_lie_inside_the_folder_that_they_see(bench: Any) -> None:
    import dataclasses

    tool = bench.script(
        "from pathlib import Path; Path('out.txt').write_text('x'); print(Path('box/a.txt').read_text())"
    )
    bench.write("a.txt", "a")
    tool = dataclasses.replace(tool, entry=dataclasses.replace(tool.entry, root=str(bench.folder)))
    made = bench.run(tool)
    assert (made.status, made.text) == ("succeeded", "a\n"), made.log
    assert made.names == ["out.txt"]


@pytest.mark.skipif(os.getuid() != 0, reason="mounts")
def test_other_file_systems_inside_a_folder_are_seen(bench: Any) -> None:
    place = bench.box / "mount ed"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", str(place)]).returncode != 0:
        pytest.skip("mounts are forbidden here")
    try:
        (place / "inside.txt").write_text("inside")
        tool = bench.script(
            "print(open('mount ed/inside.txt').read()); open('mount ed/new.txt', 'w').write('n')"
        )
        made = bench.run(tool)
        assert (made.text, made.names) == ("inside\n", ["mount ed/new.txt"])
        assert [path.name for path in place.iterdir()] == ["inside.txt"]
    finally:
        subprocess.run(["umount", str(place)], check=True)
