"""Completion in real shells: names from a running server, and from what it left behind."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pexpect
import pytest
from serving import TOKEN, Server, serving

from jupyter_toolrunner.cli.completion import PATIENCE_VARIABLE

BIN = Path(sys.executable).parent
#: Values, names of files and of a preset that a shell would take for something else.
ODD = [
    "two words",
    "$(touch hacked)",
    "`touch hacked`",
    "it's",
    'say "hi"',
    "a:b",
    "имя",
    "~root",
    "#1",
    "50%!",
    "*",
    "x=y",
    "end\\",
]

SCRIPT = f'''
"""Draw."""
import argparse
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--theme", choices=["dark", "light", *{ODD!r}], default="dark")
parser.add_argument("--deep", action="store_true")
parser.add_argument("--input", type=argparse.FileType("r"))
options = parser.parse_args()
print(options.theme)
'''
FUNCTIONS = f"""
from pathlib import Path
from jupyter_toolrunner import tool

@tool
def leaves_files() -> None:
    for name in ["plain.csv", *{ODD!r}]:
        Path(name).write_text("x")
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    box = tmp_path_factory.mktemp("place") / "box"
    box.mkdir()
    (box / "odd one.py").write_text(SCRIPT)
    (box / "files.py").write_text(FUNCTIONS)
    with serving(tmp_path_factory.mktemp("completion"), toolboxes=(box,)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        run = server.done("leaves_files")
        assert run["number"] == 1
        server.http.patch("runs/1", json={"add_tags": ["good one"]}).raise_for_status()
        page = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        server.http.post("dashboards", json={"notebook": page, "name": "cars"}).raise_for_status()
        for name in ODD:
            server.http.post(
                "presets", json={"tool": "odd one", "name": name, "params": {}}
            ).raise_for_status()
        yield server


class Shell:
    """An interactive shell in which the script was evaluated, and in which the command only tells its words."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str], *first: str) -> None:
        """``first``: lines that are in the person's start file before the script."""
        self.name = name
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        self._told = folder / "told"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "TOOLRUNNER", "_"))
        }
        self._shell = pexpect.spawn(
            name,
            {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[name],
            env={
                **kept,
                "PATH": f"{BIN}:{os.environ['PATH']}",
                "HOME": str(folder),
                "INPUTRC": os.devnull,
                "TERM": "dumb",
                "LC_ALL": "C.UTF-8",
                PATIENCE_VARIABLE: "20",
                **environment,
            },
            cwd=self.work,
            encoding="utf-8",
            dimensions=(60, 250),
            timeout=20,
        )
        for line in [
            *{
                "bash": ["bind 'set enable-bracketed-paste off'", "bind 'set completion-query-items 0'"],
                "zsh": ["unsetopt beep zle_bracketed_paste", "LISTMAX=0", "unset zle_bracketed_paste"],
            }[name],
            *first,
            f'eval "$(jupyter toolrunner completion {name})"',
            # The script calls the program itself, a line that is entered these.
            f"jupyter() {{ printf '%s\\0' \"$@\" > '{self._told}'; echo told; }}",
            "jupyter-toolrunner() { jupyter toolrunner \"$@\"; }",
            "PS1='ready> '",
        ]:  # fmt: skip
            self._shell.sendline(line)
        self._shell.sendline("echo be''gin")
        self._shell.expect("begin")

    def words(self, typed: str) -> list[str]:
        """What the command is told when a line is typed, completed and entered."""
        self._told.unlink(missing_ok=True)
        self._shell.send(f"{typed}\t")
        self._shell.send("\r")
        self._shell.expect("told\r?\n")
        return self._told.read_text().split("\0")[:-1]

    def listed(self, typed: str) -> str:
        """What is shown for a line that may go on in several ways; it is not entered."""
        self._shell.send(f"{typed}\t\t")
        self._shell.send("\x05\x15")
        self._shell.send("echo sh''own\r")
        self._shell.expect("shown\r?\n")
        return str(self._shell.before)

    def do(self, line: str) -> None:
        self._shell.sendline(f"{line}; echo do''ne")
        self._shell.expect("done\r?\n")

    def close(self) -> None:
        self._shell.close(force=True)


SHELLS = [
    "bash",
    pytest.param("zsh", marks=pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")),
]


@pytest.fixture(params=SHELLS, scope="module")
def shell(
    request: pytest.FixtureRequest, served: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shell]:
    environment = {
        "TOOLRUNNER_DATA_DIR": str(served.data_dir),
        "JUPYTER_RUNTIME_DIR": str(served.folder / "runtime"),
    }
    shell = Shell(request.param, tmp_path_factory.mktemp(request.param), environment)
    yield shell
    shell.close()


class TestInAShell:
    @pytest.mark.parametrize(
        "typed",
        [
            "jupyter toolrunner ",
            "jupyter-toolrunner ",
            "true && jupyter toolrunner ",
            "A=1 jupyter-toolrunner ",
        ],
    )
    def test_both_forms_of_the_command_anywhere_in_a_line(self, shell: Shell, typed: str) -> None:
        assert shell.words(f"{typed}doc") == ["toolrunner", "doctor"]
        assert shell.words(f"{typed}run leav") == ["toolrunner", "run", "leaves_files"]

    def test_the_command_itself_among_those_of_jupyter(self, shell: Shell) -> None:
        assert shell.words("jupyter toolru") == ["toolrunner"]

    def test_options_params_values_and_files(self, shell: Shell) -> None:
        (shell.work / "some data.csv").touch()
        run = ["toolrunner", "run", "odd one"]
        assert shell.words("jupyter toolrunner run od") == run
        assert shell.words("jupyter toolrunner run 'od") == run
        assert shell.words('jupyter toolrunner run "odd one" --deta') == [*run, "--detach"]
        assert shell.words("jupyter toolrunner run odd\\ one -p th") == [*run, "-p", "theme="]
        assert shell.words("jupyter toolrunner run 'odd one' -p theme=da") == [*run, "-p", "theme=dark"]
        assert shell.words("jupyter toolrunner run 'odd one' -p deep=t") == [*run, "-p", "deep=true"]
        assert shell.words("jupyter toolrunner run 'odd one' -p input=so") == [
            *run,
            "-p",
            "input=some data.csv",
        ]
        assert shell.words("jupyter toolrunner show ") == ["toolrunner", "show", "1"]
        assert shell.words("jupyter toolrunner tag 1 --remove go") == [
            "toolrunner",
            "tag",
            "1",
            "--remove",
            "good one",
        ]

    @pytest.mark.parametrize("odd", ODD)
    def test_odd_names_arrive_as_they_are_and_nothing_of_them_is_carried_out(
        self, shell: Shell, odd: str
    ) -> None:
        # Enough of it to know which is meant, quoted as a person would.
        start = {"'": '"', "$": "'", "`": "'", "~": "'", "#": "'", "*": "'", '"': "'"}.get(odd[0], "") + odd[
            :2
        ]
        for before, words in [
            ("jupyter toolrunner run 'odd one' --preset ", ["run", "odd one", "--preset", odd]),
            ("jupyter toolrunner download 1 ", ["download", "1", odd]),
        ]:
            assert shell.words(f"{before}{start}") == ["toolrunner", *words]
        assert shell.words(f"jupyter toolrunner run 'odd one' -p theme={start}") == [
            "toolrunner", "run", "odd one", "-p", f"theme={odd}",
        ]  # fmt: skip
        assert not list(shell.work.glob("hacked*"))

    @pytest.mark.parametrize("quote", ["'", '"'])
    @pytest.mark.parametrize("odd", ["two words", "it's", 'say "hi"', "имя", "50%!", "end\\"])
    def test_quotes_that_were_opened_are_closed(self, shell: Shell, odd: str, quote: str) -> None:
        for opened in (f"{quote}theme={odd[:2]}", f"theme={quote}{odd[:2]}"):
            assert shell.words(f"jupyter toolrunner run 'odd one' -p {opened}")[-1] == f"theme={odd}"

    def test_many_are_listed(self, shell: Shell) -> None:
        shown = shell.listed("jupyter toolrunner run 'odd one' -p ")
        assert all(name in shown for name in ("theme=", "deep=", "input="))

    @pytest.mark.parametrize("shell", ["bash"], indirect=True)
    def test_a_person_may_have_other_breaks_of_words(self, shell: Shell) -> None:
        for breaks in (r"$' \t\n'", r"""$' \t\n"\'><;|&('""", r"""$' \t\n"\'><;|&(:='"""):
            shell.do(f"COMP_WORDBREAKS={breaks}")
            assert shell.words("jupyter toolrunner run 'odd one' -p theme=a")[-1] == "theme=a:b"
            assert shell.words("jupyter toolrunner run 'odd one' -p theme=a:")[-1] == "theme=a:b"


BEFORE = {
    "bash": ["before() { COMPREPLY=(asked-before); }", "complete -F before jupyter"],
    "zsh": [
        "autoload -Uz compinit && compinit -D",
        "before() { compadd asked-before }",
        "compdef before jupyter",
    ],
}


@pytest.mark.parametrize("name", SHELLS)
def test_other_commands_of_jupyter_are_completed_as_before(name: str, served: Server, tmp_path: Path) -> None:
    environment = {
        "TOOLRUNNER_DATA_DIR": str(tmp_path),
        "JUPYTER_RUNTIME_DIR": str(served.folder / "runtime"),
    }
    shell = Shell(name, tmp_path, environment, *BEFORE[name], "set -u")
    for _ in ("once", "again, as whoever reads the start file anew"):
        assert shell.words("jupyter lab as") == ["lab", "asked-before"]
        assert shell.words("jupyter toolrunner run leav") == ["toolrunner", "run", "leaves_files"]
        shell.do(f'eval "$(command jupyter toolrunner completion {name})"')
    shell.close()


def ask(line: str, *, program: str = "jupyter-toolrunner", **environment: str) -> list[str]:
    """What may follow, as a script of a shell asks; all else must be silent."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "TOOLRUNNER", "_"))
    }
    variables = {
        "COMP_LINE": f"{program} {line}",
        "COMP_POINT": str(len(f"{program} {line}")),
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": "bash",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "LC_ALL": "C.UTF-8",
        PATIENCE_VARIABLE: "20",
    }
    answer, asked = os.pipe()
    with os.fdopen(answer, encoding="utf-8") as stream:
        done = subprocess.run(
            ["bash", "-c", f'exec "$0" 8>&{asked} {asked}>&-', str(BIN / program)],
            env={**kept, **variables, **environment},
            pass_fds=[asked],
            capture_output=True,
            timeout=60,
        )
        os.close(asked)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        return [word for word in stream.read().split("\v") if word]


def tree(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything in a folder, as it is."""
    return {
        str(path): (
            path.stat().st_size,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in [folder, *folder.rglob("*")]
    }


@pytest.fixture
def left(served: Server, tmp_path: Path) -> dict[str, str]:
    """What a server leaves that was killed: its data folder, with the log of the database still to be read."""
    served.eventually((served.data_dir / "cache" / "tools").exists)
    data = tmp_path / "data"
    data.mkdir()
    for path in served.data_dir.glob("toolrunner.db*"):
        shutil.copy2(path, data)
    shutil.copytree(served.data_dir / "cache", data / "cache")
    return {
        "TOOLRUNNER_DATA_DIR": str(data),
        "TOOLRUNNER_TOOLBOXES": served.toolboxes,
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "HOME": str(tmp_path),
    }


QUESTIONS = {
    "withdraw ": ["cars"],
    "run lea": ["leaves_files"],
    "run 'odd one' -p theme=da": ["theme=dark"],
    "run 'odd one' --preset имя": ["имя"],
    "run build_graph --preset Imp": [r"Imports\ within\ this\ product"],
    "show ": ["1"],
    "download 1 pl": ["plain.csv"],
    "tag 1 ": [r"good\ one"],
    "tag 1 --remove ": [r"good\ one"],
}


class TestWithoutAServer:
    def test_what_was_kept_answers_and_nothing_is_written(self, left: dict[str, str], tmp_path: Path) -> None:
        before = tree(tmp_path)
        assert {line: ask(line, **left) for line in QUESTIONS} == QUESTIONS
        assert tree(tmp_path) == before

    def test_a_database_that_was_closed_is_read_without_making_its_files(
        self, left: dict[str, str], tmp_path: Path
    ) -> None:
        database = tmp_path / "data" / "toolrunner.db"
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA journal_mode=WAL")
        assert not database.with_name("toolrunner.db-shm").exists()
        before = tree(tmp_path)
        assert ask("show ", **left) == ["1"]
        assert tree(tmp_path) == before

    def test_a_toolbox_of_the_line_counts(self, left: dict[str, str]) -> None:
        box = left.pop("TOOLRUNNER_TOOLBOXES")
        assert ask("run lea", **left) == []
        assert ask(f"--toolbox {shlex.quote(box)} run lea", **left) == ["leaves_files"]

    @pytest.mark.parametrize("harm", ["damaged", "empty", "a folder", "of another version", "gone"])
    def test_a_state_that_is_broken_gives_nothing_and_is_left_alone(
        self, left: dict[str, str], tmp_path: Path, harm: str
    ) -> None:
        data = tmp_path / "data"
        for path in (data / "toolrunner.db", data / "toolrunner.db-wal", data / "cache" / "tools"):
            path.unlink()
            if harm == "a folder":
                path.mkdir()
            elif harm != "gone":
                path.write_bytes(
                    {"damaged": b"\0{" * 5000, "empty": b"", "of another version": b'{"reader": "1"}'}[harm]
                )
        before = tree(tmp_path)
        assert ask("show ", **left) == []
        assert ask("run lea", **left) == []
        assert tree(tmp_path) == before

    def test_a_log_without_its_database_is_left_alone(self, left: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "data" / "toolrunner.db").write_bytes(b"")
        before = tree(tmp_path)
        assert ask("show ", **left) == []
        assert tree(tmp_path) == before

    def test_another_database_than_sqlite_is_not_asked(self, left: dict[str, str]) -> None:
        assert ask("show ", **left, TOOLRUNNER_DATABASE_URL="postgresql://nobody@localhost:1/none") == []


class TestWithAServer:
    def test_a_running_server_answers(self, served: Server) -> None:
        runtime = {"JUPYTER_RUNTIME_DIR": str(served.folder / "runtime"), "TOOLRUNNER_DATA_DIR": "/nowhere"}
        assert {line: ask(line, **runtime) for line in QUESTIONS} == QUESTIONS

    def test_the_server_that_is_named_is_asked_with_its_key(self, served: Server, tmp_path: Path) -> None:
        away = {"JUPYTER_RUNTIME_DIR": str(tmp_path), "TOOLRUNNER_DATA_DIR": str(tmp_path)}
        named = {**away, "TOOLRUNNER_URL": served.url}
        assert ask("show ", **named, TOOLRUNNER_API_KEY=TOKEN) == ["1"]
        assert ask("show ", **named, TOOLRUNNER_API_KEY="another") == []
        assert ask("show ", **away, TOOLRUNNER_URL="http://127.0.0.1:9/") == []

    def test_one_that_does_not_answer_is_not_waited_for(self, left: dict[str, str], tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            runtime = tmp_path / "runtime"
            runtime.mkdir()
            told = {"pid": os.getpid(), "url": f"http://127.0.0.1:{silent.getsockname()[1]}/", "token": "x"}
            for number in range(3):
                (runtime / f"jpserver-{number}.json").write_text(json.dumps(told))
            began = time.monotonic()
            assert ask("show ", **left) == ["1"]
            assert time.monotonic() - began < 10

    def test_nobody_waits_for_ever(self, served: Server) -> None:
        runtime = {"JUPYTER_RUNTIME_DIR": str(served.folder / "runtime"), "TOOLRUNNER_DATA_DIR": "/nowhere"}
        assert ask("show ", **runtime, **{PATIENCE_VARIABLE: "0.001"}) == []

    def test_completion_of_jupyter_itself_goes_on_into_it_and_carries_nothing_out(
        self, served: Server
    ) -> None:
        runtime = {"JUPYTER_RUNTIME_DIR": str(served.folder / "runtime"), "TOOLRUNNER_DATA_DIR": "/nowhere"}
        assert ask("toolrunner show ", program="jupyter", **runtime) == ["1"]
        ask("toolrunner note 1 carried-out ", program="jupyter", **runtime)
        assert not served.run(1)["note"]
