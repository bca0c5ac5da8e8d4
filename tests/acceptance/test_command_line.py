"""The command line with real services: embedded for the length of a command, and with a server."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nasty import NOT_FOR_ARGPARSE, NOT_FOR_ARGV, TEXTS

from jupyter_toolrunner.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "jupyter_toolrunner.cli"]
RUN_FIELDS = [
    "id", "number", "tool", "version", "params", "status", "reason", "error", "created_at", "started_at", "finished_at",
    "reused", "artifacts",
]  # fmt: skip
TOOL_FIELDS = [
    "name",
    "title",
    "category",
    "tags",
    "kind",
    "version",
    "description",
    "params_schema",
    "error",
]
ARTIFACT_FIELDS = ["id", "name", "media_type", "size", "digest"]

FUNCTIONS = '''
import time
from pathlib import Path
from jupyter_toolrunner import progress, tool

@tool(category="Trying", tags=["echo"])
def echo(text: str, number: int = 0, names: list[str] = []) -> dict:
    """Give back what came in.

    Args:
        text: Any text.
    """
    print("echoing")
    return {"text": text, "number": number, "names": names}

@tool(category="Trying")
def slow(seconds: float = 60, marker: str = "") -> str:
    """Count slowly."""
    for n in range(int(seconds * 20)):
        print("line", n, flush=True)
        progress(n, seconds * 20, f"step {n}")
        if marker:
            Path(marker).touch()
        time.sleep(0.05)
    return "counted"

@tool(category="Trying")
def breaks() -> None:
    """Fail."""
    raise ValueError("this went wrong")

@tool(category="Trying", warm=True)
def writes() -> None:
    """Write some files."""
    Path("inner/deep").mkdir(parents=True)
    Path("inner/deep/numbers.csv").write_text("n\\n1\\n")
    Path("letter.txt").write_text("Привет")
'''

SCRIPT = '''
"""Tell what was given."""
import argparse, json
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("word")
parser.add_argument("--values", nargs="*", default=[])
parser.add_argument("--level", type=int, choices=[1, 2, 3], default=1)
options = parser.parse_args()
with open("given.json", "w") as file:
    json.dump(vars(options), file)
print("told")
'''

MANY_OPTIONS = f"""
import argparse, json
parser = argparse.ArgumentParser()
for n in range({len(TEXTS)}):
    parser.add_argument(f"--v{{n}}")
with open("given.json", "w") as file:
    json.dump(vars(parser.parse_args()), file)
"""

#: What one argument of a program can carry.
CARRIED = {
    name: text for name, text in TEXTS.items() if name not in NOT_FOR_ARGV and len(text.encode()) < 131_000
}
NASTY = list(CARRIED.values())


@dataclass
class Done:
    code: int
    output: str
    notes: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.notes.splitlines()[-1])["error"]
        return error


@dataclass
class CommandLine:
    """The command in an environment of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str | bytes, expect: int | None = 0, stdin: bytes = b"", **more: str) -> Done:
        done = subprocess.run(
            [*COMMAND, *words],
            input=stdin,
            capture_output=True,
            env=self.full_environment(**more),
            cwd=self.folder,
            timeout=100,
        )
        answer = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert expect in (None, answer.code), f"{answer.code}\n{answer.output}\n{answer.notes}"
        return answer

    def full_environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG"))}
        return {**kept, **self.environment, **more}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*COMMAND, *words], env=self.full_environment(), cwd=self.folder, **options
        )
        _started.append(process)
        return process


_started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """A test that fails half-way leaves no command behind."""
    yield
    while _started:
        with _started.pop() as process:
            if process.poll() is None:
                process.kill()


def command_line(folder: Path, **environment: str) -> CommandLine:
    home = folder / "home"
    home.mkdir()
    return CommandLine(
        folder,
        {
            "HOME": str(home),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "TOOLRUNNER_DATA_DIR": str(folder / "toolrunner"),
            "TOOLRUNNER_DEBUG": "1",
            **environment,
        },
    )


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toolboxes") / "box"
    folder.mkdir()
    (folder / "functions.py").write_text(FUNCTIONS)
    (folder / "script.py").write_text(SCRIPT)
    (folder / "many_options.py").write_text(MANY_OPTIONS)
    (folder / "broken.py").write_text(
        "import argparse\nimport no_such_module_anywhere\nargparse.ArgumentParser().parse_args()\n"
    )
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, box: Path) -> CommandLine:
    """Commands that share one folder of data, without a server."""
    return command_line(tmp_path_factory.mktemp("alone"), TOOLRUNNER_TOOLBOXES=f":{box}::")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, box: Path) -> Iterator[CommandLine]:
    """Commands beside a server that runs."""
    folder = tmp_path_factory.mktemp("served")
    line = command_line(folder, TOOLRUNNER_TOOLBOXES=str(box))
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    words = [
        "--allow-root",
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
    ]
    words += ["--IdentityProvider.token=secret", f"--ServerApp.root_dir={folder}"]
    words += ["--ServerApp.jpserver_extensions={'jupyter_toolrunner': True}"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *words],
            env=line.full_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(url, server, folder / "server.log")
        line.environment |= {"TOOLRUNNER_URL": url, "TOOLRUNNER_API_KEY": "secret"}
        line.environment.pop("TOOLRUNNER_TOOLBOXES")
        yield line
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 40
    while True:
        try:
            urllib.request.urlopen(f"{url}/toolrunner/api/health?token=secret", timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)


class TestTools:
    def test_all_tools_are_listed_with_those_of_the_package(self, served: CommandLine) -> None:
        tools = served("tools", "--json").json
        assert all(list(tool) == TOOL_FIELDS for tool in tools)
        names = {tool["name"] for tool in tools}
        assert names >= {
            "box.echo",
            "box.script",
            "box.broken",
            "starter.build_graph",
            "starter.graph_visualizer",
        }

    def test_a_query_finds_and_a_category_narrows(self, served: CommandLine) -> None:
        assert served("tools", "pagerank", "--json").json[0]["name"] == "starter.calculate_pagerank"
        found = served("tools", "--category", "Trying", "--json").json
        assert {tool["name"] for tool in found} == {"box.echo", "box.slow", "box.breaks", "box.writes"}

    def test_nothing_found_is_an_empty_answer(self, served: CommandLine) -> None:
        done = served("tools", "zzzzqqqq")
        assert done.output == ""
        assert "No tool matches" in done.notes
        assert served("tools", "zzzzqqqq", "--json").json == []

    def test_people_read_them_by_category(self, served: CommandLine) -> None:
        done = served("tools")
        assert "Trying\n" in done.output
        assert re.search(r"^  box\.echo +Give back what came in\.$", done.output, re.MULTILINE)
        assert "1 of" in done.notes
        assert re.search(r"^  box\.broken +✗ ", done.output, re.MULTILINE)

    def test_a_tool_tells_its_params(self, served: CommandLine) -> None:
        done = served("tool", "echo")
        assert re.search(r"^  text +string +required +Any text\.$", done.output, re.MULTILINE)
        assert "jupyter toolrunner run box.echo -p text=…" in done.output
        assert "warm" not in done.output
        assert "warm: one serves run after run" in served("tool", "writes").output
        schema = served("tool", "box.echo", "--json").json["params_schema"]
        assert schema["properties"]["number"]["type"] == "integer"

    def test_a_broken_tool_tells_why(self, served: CommandLine) -> None:
        assert "no_such_module_anywhere" in served("tool", "broken").output

    def test_an_unknown_tool_exits_with_3(self, served: CommandLine) -> None:
        done = served("tool", "nothing_like_it", "--json", expect=3)
        assert done.output == ""
        assert done.error["code"] == "not_found"

    def test_a_name_of_several_tools_exits_with_2(self, alone: CommandLine, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "twin.py").write_text(
                "import argparse\nargparse.ArgumentParser().parse_args()\n"
            )
        boxes = ["--toolbox", str(tmp_path / "one"), "--toolbox", str(tmp_path / "two")]
        done = alone("run", "twin", *boxes, "--json", expect=2)
        assert done.error["code"] == "ambiguous"
        assert "one.twin" in done.notes
        assert "two.twin" in done.notes

    def test_a_file_may_be_added_by_its_path_from_here(self, alone: CommandLine, box: Path) -> None:
        extra = alone.folder / "extra.py"
        extra.write_text(
            "from jupyter_toolrunner import tool\n@tool\ndef added(n: int = 1) -> int:\n    return n\n"
        )
        assert alone("run", "added", "--toolbox", "extra.py", "--json").json["status"] == "succeeded"


class TestRun:
    def test_a_function_answers_with_one_object(self, alone: CommandLine) -> None:
        done = alone(
            "run", "echo", "-p", "text=hi", "-p", "number=3", "-p", "names=a", "-p", "names=b", "--json"
        )
        run = done.json
        assert list(run) == RUN_FIELDS
        assert run["status"] == "succeeded"
        assert run["params"] == {"text": "hi", "number": 3, "names": ["a", "b"]}
        assert [list(each) for each in run["artifacts"]] == [ARTIFACT_FIELDS]
        assert "echoing\n" in done.notes
        assert "echoing" not in done.output

    def test_people_read_the_end_and_the_files(self, alone: CommandLine) -> None:
        done = alone("run", "writes")
        assert re.match(r"#\d+ box\.writes succeeded in \d+\.\d s\n", done.output)
        assert re.search(r"^  inner/deep/numbers\.csv +text/csv +4 B$", done.output, re.MULTILINE)

    def test_a_script_takes_its_params(self, alone: CommandLine) -> None:
        words = ["-p", "word=-x", "-p", 'values=["a b", ""]', "-p", "level=2"]
        run = alone("run", "script", *words, "--json").json
        assert run["status"] == "succeeded"
        assert downloaded(alone, run, "given.json") == {"word": "-x", "values": ["a b", ""], "level": 2}

    def test_a_failed_run_exits_with_1_and_tells_where(self, alone: CommandLine) -> None:
        done = alone("run", "breaks", "--json", expect=1)
        assert (done.json["status"], done.json["reason"]) == ("failed", "error")
        assert done.json["error"]["message"] == "this went wrong"
        done = alone("run", "breaks", expect=1)
        assert "ValueError: this went wrong" in done.notes
        assert re.search(r"at .*functions\.py:\d+ in breaks", done.notes)

    def test_who_waits_for_the_next_attempt_is_told_so(self, alone: CommandLine, tmp_path: Path) -> None:
        (tmp_path / "later.py").write_text(
            "import os\nfrom jupyter_toolrunner import tool\n\n\n"
            "@tool(retry={'backoff': 2, 'jitter': 0}, max_attempts=2)\ndef later(mark: str):\n"
            "    if not os.path.exists(mark):\n        os.mkdir(mark)\n        raise KeyError(mark)\n"
        )
        done = alone("run", "later", "--toolbox", str(tmp_path), "-p", f"mark={tmp_path / 'mark'}")
        assert "Attempt 1 failed (error); the next one is made at" in done.notes
        assert "later succeeded" in done.output

    def test_an_earlier_version_is_shown_and_run(self, alone: CommandLine, tmp_path: Path) -> None:
        words, file = ["--toolbox", str(tmp_path)], tmp_path / "changing.py"
        source = "import argparse\nargparse.ArgumentParser().parse_args()\nprint('{}')\n"
        file.write_text(source.format("then"))
        first = alone("run", "changing", *words, "--json").json
        file.write_text(source.format("now"))
        assert alone("run", "changing", *words).notes.endswith("now\n")
        assert alone("show", first["id"], "--code").output == source.format("then")
        again = alone("run", "changing", *words, "--version", first["version"][:8])
        assert again.notes.endswith("then\n")
        alone("run", "changing", *words, "--version", "0000", expect=3)

    @pytest.mark.parametrize(
        ("words", "field"),
        [
            (["-p", "text=x", "-p", "number=many"], "number"),
            (["-p", "number=1"], "text"),
            (["-p", "text=x", "-p", "nothing=1"], "nothing"),
            ([b"-p", b"text=\xff\xfe"], "text"),
        ],
    )
    def test_wrong_params_exit_with_2_name_the_field_and_queue_nothing(
        self, alone: CommandLine, words: list[str], field: str
    ) -> None:
        before = alone("runs", "--limit", "1", "--json").json
        done = alone("run", "echo", *words, "--json", expect=2)
        assert done.output == ""
        assert done.error["code"] == "invalid_params"
        assert done.error["field"] == field
        assert alone("runs", "--limit", "1", "--json").json == before

    def test_params_from_a_file_and_from_standard_input(self, alone: CommandLine) -> None:
        large = {"text": "я" * 1_000_000, "names": NASTY}
        (alone.folder / "params.json").write_text(json.dumps(large))
        run = alone("run", "echo", "--params", "params.json", "--json").json
        assert run["params"] == {**large, "number": 0}
        assert downloaded(alone, run, "result.json") == {**large, "number": 0}
        run = alone(
            "run", "echo", "--params", "-", "-p", "number=5", "--json", stdin=b'{"text": "t", "number": 1}'
        ).json
        assert run["params"]["number"] == 5

    def test_params_may_be_yaml(self, alone: CommandLine) -> None:
        run = alone("run", "echo", "--params", "-", "--json", stdin="text: Привет\nnumber: 2\n".encode()).json
        assert (run["params"]["text"], run["params"]["number"]) == ("Привет", 2)

    def test_a_program_can_read_along(self, alone: CommandLine) -> None:
        done = alone("run", "slow", "-p", "seconds=1.5", "--json-lines")
        told = [json.loads(line) for line in done.output.splitlines()]
        assert done.notes == ""
        assert (told[0]["event"], told[0]["tool"], told[-1]["event"]) == ("run", "box.slow", "end")
        log = "".join(each["text"] for each in told if each["event"] == "log")
        assert log == "".join(f"line {n}\n" for n in range(30))
        statuses = [each["status"] for each in told if each["event"] == "status"]
        assert statuses[-2:] == ["running", "succeeded"]
        steps = [each["done"] for each in told if each["event"] == "progress"]
        assert len(steps) > 1
        assert steps == sorted(steps)
        assert list(told[-1]["run"]) == RUN_FIELDS
        assert told[-1]["run"]["status"] == "succeeded"

    def test_lines_come_while_the_run_goes_on(self, alone: CommandLine) -> None:
        process = alone.start(
            "run", "slow", "--json-lines", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "log":
                break
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        told = [json.loads(line) for line in process.stdout]
        assert told[-1]["event"] == "end"
        assert told[-1]["run"]["status"] == "canceled"
        assert process.wait(20) == 1

    def test_what_fails_ends_the_lines_too(self, alone: CommandLine) -> None:
        told = [
            json.loads(line) for line in alone("run", "breaks", "--json-lines", expect=1).output.splitlines()
        ]
        assert told[-1]["run"]["error"]["message"] == "this went wrong"
        assert alone("run", "echo", "--json-lines", expect=2).error["code"] == "invalid_params"

    def test_a_file_is_given_by_its_path_from_here_or_as_an_artifact(self, served: CommandLine) -> None:
        run = served("run", "build_graph", "--json").json
        served("download", run["id"], "-o", str(served.folder))
        ranked = served("run", "calculate_pagerank", "-p", "graph=packages.graph.json", "--json").json
        assert ranked["status"] == "succeeded"
        graph = next(each["id"] for each in run["artifacts"] if each["name"] == "packages.graph.json")
        words = ["-p", f'graph={{"artifact": "{graph}"}}', "--json"]
        assert served("run", "calculate_pagerank", *words).json["status"] == "succeeded"

    def test_a_tool_that_cannot_run_exits_with_4(self, alone: CommandLine) -> None:
        assert alone("run", "broken", "--json", expect=4).error["code"] == "tool_unavailable"

    def test_an_unknown_tool_exits_with_3(self, alone: CommandLine) -> None:
        alone("run", "nothing_like_it", expect=3)

    def test_detaching_without_a_server_exits_with_4_and_queues_nothing(self, alone: CommandLine) -> None:
        before = alone("runs", "--limit", "1", "--json").json
        done = alone("run", "echo", "-p", "text=x", "--detach", "--json", expect=4)
        assert done.error["code"] == "not_available"
        assert "jupyter lab" in done.error["hint"]
        assert alone("runs", "--limit", "1", "--json").json == before

    def test_the_package_graph_is_drawn_without_any_params(self, alone: CommandLine) -> None:
        run = alone("run", "graph_visualizer", "--json").json
        assert "packages.png" in [each["name"] for each in run["artifacts"]]


def downloaded(line: CommandLine, run: dict[str, Any], name: str) -> Any:
    folder = line.folder / f"of-{run['number']}"
    line("download", run["id"], "-o", str(folder))
    return json.loads((folder / name).read_text())


@pytest.fixture(scope="module")
def finished(served: CommandLine) -> dict[str, Any]:
    """A run that ended."""
    run: dict[str, Any] = served("run", "writes", "--json").json
    return run


class TestLookingAtRuns:
    def test_runs_are_listed_newest_first_and_filtered(
        self, served: CommandLine, finished: dict[str, Any]
    ) -> None:
        served("run", "breaks", expect=1)
        numbers = [run["number"] for run in served("runs", "--json").json]
        assert numbers == sorted(numbers, reverse=True)
        one = served("runs", "--limit", "1", "--json")
        assert len(one.json) == 1
        assert "there are more: --limit 10 lists" in one.notes
        assert "there are more" in served("runs", "--limit", "1").notes
        whole = served("runs", "--limit", str(len(numbers)))
        assert (len(whole.output.splitlines()), "there are more" in whole.notes) == (len(numbers), False)
        failed = served("runs", "--status", "failed,canceled", "--tool", "box.breaks", "--json").json
        assert {(run["tool"], run["status"]) for run in failed} == {("box.breaks", "failed")}
        served("tag", str(numbers[0]), "only this", "second")
        tagged = served("runs", "--tag", "second", "--tag", "only this", "--owner", "me", "--json").json
        assert [run["number"] for run in tagged] == [numbers[0]]
        assert served("runs", "--search", "box.breaks", "--tag", "absent", "--json").json == []
        assert re.search(r"^#\d+ +failed \(error\) +box\.breaks ", served("runs").output, re.MULTILINE)

    def test_a_run_is_shown_by_id_and_by_number(self, served: CommandLine, finished: dict[str, Any]) -> None:
        for name in (finished["id"], str(finished["number"]), f"#{finished['number']}"):
            shown = served("show", name, "--json").json
            assert shown["id"] == finished["id"]
            assert len(shown["attempts"]) == 1
        assert "letter.txt" in served("show", finished["id"]).output

    def test_a_log_is_what_was_printed(self, served: CommandLine) -> None:
        run = served("run", "echo", "-p", "text=x", "--json").json
        assert served("logs", run["id"]).output == served("logs", run["id"], "--follow").output == "echoing\n"

    @pytest.mark.parametrize("command", ["show", "logs", "cancel", "retry", "artifacts", "download"])
    @pytest.mark.parametrize("name", ["999999", "no-such-run", "../x", ""])
    def test_an_unknown_run_exits_with_3(self, served: CommandLine, command: str, name: str) -> None:
        assert served(command, name, expect=3).output == ""

    def test_canceling_what_ended_exits_with_2(self, served: CommandLine, finished: dict[str, Any]) -> None:
        assert served("cancel", finished["id"], "--json", expect=2).error["code"] == "conflict"

    def test_a_retry_makes_one_more_attempt(self, alone: CommandLine) -> None:
        run = alone("run", "breaks", "--json", expect=1).json
        again = alone("retry", run["id"], "--json", expect=1)
        assert again.json["id"] == run["id"]
        assert len(alone("show", run["id"], "--json").json["attempts"]) == 2
        assert "this went wrong" in alone("logs", run["id"], "--attempt", "1").output


class TestFiles:
    def test_files_are_listed(self, served: CommandLine, finished: dict[str, Any]) -> None:
        files = served("artifacts", finished["id"], "--json").json
        assert files == finished["artifacts"]
        assert {"letter.txt", "inner/deep/numbers.csv"} <= {file["name"] for file in files}
        assert re.search(
            r"^letter\.txt +text/plain +12 B ", served("artifacts", finished["id"]).output, re.MULTILINE
        )

    def test_they_are_saved_with_their_folders(self, served: CommandLine, finished: dict[str, Any]) -> None:
        done = served("download", finished["id"], "-o", "saved/here")
        assert "saved/here/inner/deep/numbers.csv\n" in done.output
        assert (served.folder / "saved/here/letter.txt").read_text() == "Привет"

    def test_one_file_is_saved_alone(self, served: CommandLine, finished: dict[str, Any]) -> None:
        done = served("download", finished["id"], "inner/deep/numbers.csv", "-o", "one", "--json")
        assert [file["name"] for file in done.json] == ["inner/deep/numbers.csv"]
        assert [file.name for file in (served.folder / "one").rglob("*") if file.is_file()] == ["numbers.csv"]
        wrong = served("download", finished["id"], "letter.txt", "no.csv", "-o", "none", "--json", expect=3)
        assert "no.csv" in wrong.error["message"]
        assert not (served.folder / "none").exists()

    def test_a_file_of_yours_is_not_overwritten(self, served: CommandLine, finished: dict[str, Any]) -> None:
        target = served.folder / "mine"
        target.mkdir()
        (target / "letter.txt").write_text("mine")
        done = served("download", finished["id"], "-o", "mine", "--json", expect=2)
        assert done.error["code"] == "conflict"
        assert [file.name for file in target.iterdir()] == ["letter.txt"]
        assert (target / "letter.txt").read_text() == "mine"
        served("download", finished["id"], "-o", "mine", "--force", "--json")
        assert (target / "letter.txt").read_text() == "Привет"
        served("download", finished["id"], "-o", "mine")


class TestServices:
    def test_the_database_is_made_and_stays(self, tmp_path: Path) -> None:
        line = command_line(tmp_path)
        first = line("db", "upgrade", "--json").json
        assert first["changed"]
        again = line("db", "upgrade", "--json").json
        assert again == {**first, "changed": False}
        assert "is at version" in line("db", "upgrade").output

    def test_a_database_that_cannot_be_used_exits_with_4(self, tmp_path: Path) -> None:
        line = command_line(tmp_path)
        (tmp_path / "file").write_text("")
        done = line("db", "upgrade", "--json", expect=4, TOOLRUNNER_DATA_DIR=str(tmp_path / "file" / "x"))
        assert "TOOLRUNNER_DATA_DIR" in done.error["hint"]
        (tmp_path / "odd.db").write_text("this is no database" * 100)
        line("db", "upgrade", expect=4, TOOLRUNNER_DATABASE_URL=f"sqlite:///{tmp_path}/odd.db")

    def test_the_doctor_looks_at_everything(self, alone: CommandLine) -> None:
        done = alone("doctor", "--json", expect=None)
        checks = done.json["checks"]
        assert all(list(check) == ["name", "state", "message", "hint"] for check in checks)
        states = {check["name"]: check["state"] for check in checks}
        for name in (
            "Python",
            "data folder",
            "file system",
            "sockets",
            "database",
            "queue",
            "services",
            "workers",
        ):
            assert states[name] == "ok", done.output
        assert states["tools"] == "warn"
        assert {"disk space", "Landlock", "private views", "Lab extension", "server extension"} <= set(states)
        assert done.json["ok"] == ("fail" not in states.values())
        assert done.code == (0 if done.json["ok"] else 4)

    def test_the_doctor_says_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        done = command_line(tmp_path)("doctor", expect=4, TOOLRUNNER_DATA_DIR=str(tmp_path / "file" / "x"))
        assert re.search(r"^FAIL  data folder: .*\n +→ .*TOOLRUNNER_DATA_DIR", done.output, re.MULTILINE)

    def test_the_doctor_tells_a_mistyped_toolbox_from_what_does_not_work(
        self, tmp_path: Path, box: Path
    ) -> None:
        places = os.pathsep.join([str(box), str(tmp_path / "mistyped")])
        done = command_line(tmp_path)("doctor", "--json", expect=4, TOOLRUNNER_TOOLBOXES=places)
        checks = {check["name"]: check for check in done.json["checks"]}
        assert checks["services"]["state"] == "ok", done.output
        assert checks["toolboxes"]["state"] == "fail"
        assert f"{tmp_path / 'mistyped'} is not a folder" in checks["toolboxes"]["message"]
        assert "TOOLRUNNER_TOOLBOXES" in checks["toolboxes"]["hint"]
        assert checks["tools"]["state"] == "warn"

    def test_a_worker_works_until_it_is_asked_to_end(self, tmp_path: Path, box: Path) -> None:
        line = command_line(tmp_path, TOOLRUNNER_TOOLBOXES=str(box))
        with (tmp_path / "worker.log").open("wb") as log:
            worker = line.start("worker", "--count", "1", stdout=log, stderr=log)
        try:
            _until(Settings(data_dir=tmp_path / "toolrunner").socket_path.exists)
            assert line("run", "echo", "-p", "text=x", "--json").json["status"] == "succeeded"
        finally:
            worker.send_signal(signal.SIGINT)
            assert worker.wait(30) == 0, (tmp_path / "worker.log").read_text()

    def test_a_server_that_does_not_answer_exits_with_4(self, tmp_path: Path) -> None:
        done = command_line(tmp_path)("tools", "--json", expect=4, TOOLRUNNER_URL="http://127.0.0.1:9")
        assert done.error["code"] == "not_available"

    def test_a_wrong_key_exits_with_4(self, served: CommandLine) -> None:
        assert served("tools", "--json", expect=4, TOOLRUNNER_API_KEY="wrong").error["code"] in (
            "unauthorized",
            "forbidden",
        )

    def test_a_reader_that_has_enough_is_no_error(self, alone: CommandLine) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        command = alone.start("tools", "--json", stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        _, notes = command.communicate(timeout=60)
        assert (command.returncode, notes) == (0, b"")


class TestSideBySide:
    def test_a_command_that_ends_does_no_harm_to_another(self, alone: CommandLine, tmp_path: Path) -> None:
        first, second = (self._started(alone, tmp_path / name) for name in ("first", "second"))
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
        assert first.returncode == 1
        output, _ = second.communicate(timeout=60)
        assert (second.returncode, json.loads(output)["status"]) == (0, "succeeded")

    def _started(self, line: CommandLine, marker: Path) -> subprocess.Popen[bytes]:
        words = ["run", "slow", "-p", "seconds=8", "-p", f"marker={marker}", "--json"]
        command = line.start(*words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        _until(marker.exists)
        return command


class TestWithServer:
    def test_a_detached_run_goes_on(self, served: CommandLine) -> None:
        run = served("run", "slow", "-p", "seconds=1", "--detach", "--json").json
        assert list(run) == RUN_FIELDS
        assert run["status"] in ("queued", "running")
        assert served("logs", run["id"], "--follow").output.splitlines() == [f"line {n}" for n in range(20)]
        assert served("show", run["id"], "--json").json["status"] == "succeeded"

    def test_a_running_run_is_canceled(self, served: CommandLine, tmp_path: Path) -> None:
        marker = tmp_path / "marker"
        run = served("run", "slow", "-p", f"marker={marker}", "--detach", "--json").json
        _until(marker.exists)
        assert served("cancel", run["id"], "--json").json["status"] == "canceled"

    def test_a_run_and_its_files(self, served: CommandLine, tmp_path: Path) -> None:
        run = served("run", "writes", "--json").json
        served("download", str(run["number"]), "-o", str(tmp_path))
        assert (tmp_path / "inner/deep/numbers.csv").read_text() == "n\n1\n"

    def test_a_running_server_of_this_user_is_found(self, served: CommandLine) -> None:
        run = served("run", "echo", "-p", "text=x", "--json").json
        found = CommandLine(served.folder, dict(served.environment))
        del found.environment["TOOLRUNNER_URL"], found.environment["TOOLRUNNER_API_KEY"]
        assert found("show", run["id"], "--json").json["id"] == run["id"]
        assert found("run", "slow", "-p", "seconds=0", "--detach", "--json").json["tool"] == "box.slow"


@pytest.fixture(params=["alone", "served"])
def either(request: pytest.FixtureRequest) -> CommandLine:
    """Without a server, and with one."""
    line: CommandLine = request.getfixturevalue(request.param)
    return line


class TestNastyValues:
    def test_all_arrive_exactly_in_a_function(self, either: CommandLine) -> None:
        words = [word for value in NASTY for word in ("-p", f"names={value}")]
        run = either("run", "echo", "-p", "text=\n'\"\\-- 😀", *words, "--json").json
        expected = {"text": "\n'\"\\-- 😀", "number": 0, "names": NASTY}
        assert run["params"] == expected
        assert downloaded(either, run, "result.json") == expected

    def test_in_a_script_all_arrive_exactly_or_are_refused_with_the_field(self, either: CommandLine) -> None:
        fields = {name: f"v{number}" for number, name in enumerate(CARRIED)}
        refused = either("run", "many_options", *_options(fields, CARRIED), "--json", expect=None)
        assert refused.code == (2 if NOT_FOR_ARGPARSE else 0)
        for name in NOT_FOR_ARGPARSE:
            assert refused.error["code"] == "invalid_params"
            assert fields[name] in refused.notes
        rest = {name: text for name, text in CARRIED.items() if name not in NOT_FOR_ARGPARSE}
        run = either("run", "many_options", *_options(fields, rest), "--json").json
        given = downloaded(either, run, "given.json")
        assert {name: given[fields[name]] for name in rest} == rest

    def test_from_a_file_the_largest_arrives_too(self, either: CommandLine) -> None:
        texts = [text for name, text in TEXTS.items() if name not in NOT_FOR_ARGV]
        given = json.dumps({"text": "", "names": texts}).encode()
        run = either("run", "echo", "--params", "-", "--json", stdin=given).json
        assert downloaded(either, run, "result.json")["names"] == texts

    @pytest.mark.parametrize("name", sorted(NOT_FOR_ARGV))
    def test_what_no_command_line_carries_is_refused_for_a_script(
        self, served: CommandLine, name: str
    ) -> None:
        given = json.dumps({"v0": TEXTS[name]}).encode()
        done = served("run", "many_options", "--params", "-", "--json", stdin=given, expect=2)
        assert (done.error["code"], done.error["field"]) == ("invalid_params", "v0")

    @pytest.mark.parametrize("name", sorted(NOT_FOR_ARGV))
    def test_a_function_gets_it_exactly_or_it_is_refused(self, served: CommandLine, name: str) -> None:
        given = json.dumps({"text": TEXTS[name]}).encode()
        done = served("run", "echo", "--params", "-", "--json", stdin=given, expect=None)
        if done.code:
            assert done.code == 2, done
            assert done.error["field"] == "text"
        else:
            assert downloaded(served, done.json, "result.json")["text"] == TEXTS[name]


def _options(fields: dict[str, str], texts: dict[str, str]) -> list[str]:
    return [word for name, text in texts.items() for word in ("-p", f"{fields[name]}={text}")]


class Session:
    """The command in a terminal, with somebody who types."""

    def __init__(self, line: CommandLine, *words: str) -> None:
        self._screen, terminal = pty.openpty()
        self.shown = ""
        self._process = line.start(
            *words, stdin=terminal, stderr=terminal, stdout=subprocess.PIPE, start_new_session=True
        )
        os.close(terminal)

    def wait_for(self, pattern: str) -> None:
        deadline = time.monotonic() + 40
        while not re.search(pattern, self.shown):
            assert time.monotonic() < deadline, self.shown
            self._read(0.2)

    def press_ctrl_c(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def end(self) -> tuple[int, str]:
        deadline = time.monotonic() + 60
        while self._process.poll() is None:
            assert time.monotonic() < deadline, self.shown
            self._read(0.1)
        output = self._process.communicate()[0].decode()
        self._read(0)
        os.close(self._screen)
        return self._process.returncode, output

    def _read(self, seconds: float) -> None:
        if select.select([self._screen], [], [], seconds)[0]:
            try:
                self.shown += os.read(self._screen, 65536).decode("utf-8", "replace")
            except OSError:  # the other end was closed
                time.sleep(seconds)


class TestInterrupting:
    def test_it_asks_and_leaves_the_run_running(self, served: CommandLine) -> None:
        session = Session(served, "run", "slow", "-p", "seconds=3", "--json")
        session.wait_for("line 3")
        session.press_ctrl_c()
        session.wait_for(r"\[c\] cancel it, \[l\] leave it running")
        session.type("l\n")
        code, output = session.end()
        assert code == 0
        run = json.loads(output)
        assert run["status"] == "running"
        assert f"logs {run['number']} --follow" in session.shown
        served("logs", run["id"], "--follow")
        assert served("show", run["id"], "--json").json["status"] == "succeeded"

    def test_it_asks_and_cancels(self, served: CommandLine) -> None:
        session = Session(served, "run", "slow", "--json")
        session.wait_for("line 3")
        session.press_ctrl_c()
        session.wait_for("cancel it")
        session.type("c\n")
        code, output = session.end()
        assert (code, json.loads(output)["status"]) == (1, "canceled")

    def test_it_asks_and_goes_on_watching(self, served: CommandLine) -> None:
        session = Session(served, "run", "slow", "-p", "seconds=2", "--json")
        session.wait_for("line 3")
        session.press_ctrl_c()
        session.wait_for("cancel it")
        session.type("\n")
        code, output = session.end()
        assert (code, json.loads(output)["status"]) == (0, "succeeded")
        assert "line 39" in session.shown

    def test_the_second_time_is_an_answer_too(self, served: CommandLine) -> None:
        session = Session(served, "run", "slow", "--json")
        session.wait_for("line 3")
        session.press_ctrl_c()
        session.wait_for("cancel it")
        session.press_ctrl_c()
        code, output = session.end()
        assert (code, json.loads(output)["status"]) == (1, "canceled")

    def test_without_a_server_it_cannot_be_left(self, alone: CommandLine) -> None:
        session = Session(alone, "run", "slow", "--json")
        session.wait_for("line 3")
        session.press_ctrl_c()
        session.wait_for(r"cancel it, \[Enter\]")
        session.type("c\n")
        code, output = session.end()
        assert (code, json.loads(output)["status"]) == (1, "canceled")

    def test_where_nobody_can_be_asked_it_cancels(self, alone: CommandLine, tmp_path: Path) -> None:
        marker = tmp_path / "marker"
        command = alone.start(
            "run",
            "slow",
            "-p",
            f"marker={marker}",
            "--json",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        _until(marker.exists)
        command.send_signal(signal.SIGINT)
        output, _ = command.communicate(timeout=60)
        assert (command.returncode, json.loads(output)["status"]) == (1, "canceled")

    def test_progress_is_shown_where_somebody_looks(self, served: CommandLine) -> None:
        session = Session(served, "run", "slow")
        session.wait_for(r"\d+ %  step \d+")
        session.press_ctrl_c()
        session.wait_for("cancel it")
        session.type("c\n")
        assert session.end()[0] == 1


def _until(condition: Any, seconds: float = 60) -> None:
    """What another process does cannot be waited for otherwise."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
