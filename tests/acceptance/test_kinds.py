"""Commands of click and typer, programs, and scripts with a Python of their own: through the queue, and in a terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx
import pytest
from corpus_table import CORPUS
from serving import Server, serving
from wheels import make_wheel, offline

VERSION = """
import argparse, json
import networkx
parser = argparse.ArgumentParser(description="Say which networkx it has.")
parser.add_argument("--text", default="")
with open("version.json", "w") as file:
    json.dump([networkx.__version__, parser.parse_args().text], file)
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A team's folder with one of each kind."""
    folder = tmp_path_factory.mktemp("team") / "kinds"
    shutil.copytree(CORPUS / "programs", folder)
    for name in ("notes.py", "shop.py", "every_kind.py"):
        shutil.copy(CORPUS / "commands" / name, folder / name)
    (folder / "ours.py").write_text(VERSION)
    (folder / "theirs.py").write_text(VERSION)
    (folder / "stated.py").write_text(f'# /// script\n# dependencies = ["networkx==0.2"]\n# ///\n{VERSION}')
    (folder / "missing.py").write_text(VERSION)
    (folder / "toolbox.yaml").write_text(
        "tools:\n  theirs: {requirements: ['networkx==0.1']}\n  missing: {environment: not/there}\n"
    )
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, box: Path) -> Iterator[Server]:
    wheels = tmp_path_factory.mktemp("wheels")
    for version in ("0.1", "0.2"):
        make_wheel(wheels, "networkx", version)
    with serving(tmp_path_factory.mktemp("server"), toolboxes=(box,), **offline(wheels)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"], seconds=60)
        yield server


def tool(server: Server, name: str) -> dict[str, Any]:
    found: dict[str, Any] = server.http.get(f"tools/kinds.{name}").raise_for_status().json()
    return found


def test_a_command_of_click_and_one_of_typer_run_through_the_queue(server: Server) -> None:
    run = server.done("kinds.notes.add", text="-x", name="--", cli_name="-s")
    assert json.loads(server.content(run, "notes.json")) == ["--", "-x"]
    run = server.done("kinds.shop.items.add", name='O\'Brien "North"\n', price=-0.5)
    assert server.log_of(run["id"]) == "'O\\'Brien \"North\"\\n' -0.5 False\n"


def test_what_click_refuses_is_told_with_the_name_of_its_option(server: Server) -> None:
    asked = {"first": "", "pair": [1, 2], "name": "n", "password": "p", "greeting": "g"}
    run = server.wait(server.submit("kinds.every_kind", **asked, even=3)["id"])
    assert run["status"] == "failed"
    assert run["error"]["message"] == "Invalid value for '--even': must be even"
    answer = server.http.post("runs", json={"tool": "kinds.every_kind", "params": {**asked, "wait": -1}})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "wait"


def test_a_program_runs_through_the_queue_with_a_file_that_another_run_left(server: Server) -> None:
    lines = server.done("kinds.sorted_lines", lines="b word\na word\n", order="reverse")
    (artifact,) = lines["artifacts"]
    assert server.content(lines, "sorted/lines.txt") == b"b word\na word\n"
    run = server.done("kinds.top_words", text={"artifact": artifact["id"]}, count=1, upper=True)
    assert server.content(run, "words.tsv") == b"WORD\t2\n"
    reached = run["progress"].pop("reached")
    assert (run["progress"], reached >= 0) == ({"done": 2.0, "total": 2.0, "text": "counted"}, True)
    environment = run["attempts"][0]["environment"]
    assert environment["program"].endswith("/kinds/top_words.sh")
    assert "packages" not in environment


def test_a_description_with_faults_is_listed_with_all_of_them(server: Server) -> None:
    error = tool(server, "wrong")["error"]
    assert error["line"] == 4
    assert "4 more below" in error["message"]
    answer = server.http.post("runs", json={"tool": "kinds.wrong", "params": {}})
    assert answer.json()["error"]["message"].startswith("kinds.wrong cannot run: there is no param missing")


def test_a_description_in_several_languages_is_whole_in_each(server: Server) -> None:
    assert tool(server, "top_words")["translations"] == {
        "en": {"title": "Top words", "params": {}},
        "ru": {"title": "Частые слова", "params": {}},
    }


def test_a_program_that_is_mended_on_disk_is_mended_everywhere(server: Server, box: Path) -> None:
    (box / "late.tool.yaml").write_text("command: [./late.sh]\n")
    server.eventually(lambda: server.http.get("tools/kinds.late").status_code == 200, seconds=10)
    assert "There is no program" in tool(server, "late")["error"]["message"]
    (box / "late.sh").write_text("#!/bin/sh\necho late\n")
    server.eventually(lambda: "may not be executed" in tool(server, "late")["error"]["message"], seconds=10)
    (box / "late.sh").chmod(0o755)
    server.eventually(lambda: tool(server, "late")["error"] is None, seconds=10)
    before = tool(server, "late")["version"]
    assert server.log_of(server.done("kinds.late")["id"]) == "late\n"
    (box / "late.sh").write_text("#!/bin/sh\necho later\n")
    server.eventually(lambda: tool(server, "late")["version"] != before, seconds=10)
    assert "echo later" in tool(server, "late")["source"]


def test_scripts_with_another_version_of_a_library_run_beside_one_with_ours(server: Server) -> None:
    assert "built by its first run" in tool(server, "theirs")["notice"]
    # Two at once: the environment is built once.
    runs = [server.submit("kinds.theirs", text=text) for text in ("one", "two")]
    ended = [server.wait(run["id"]) for run in runs]
    for run, text in zip(ended, ("one", "two"), strict=True):
        assert run["status"] == "succeeded", server.log_of(run["id"])
        assert json.loads(server.content(run, "version.json")) == ["0.1", text]
        assert run["attempts"][0]["environment"]["packages"]["networkx"] == "0.1"
    assert sum("Building" in server.log_of(run["id"]) for run in ended) == 1
    server.eventually(lambda: tool(server, "theirs")["notice"] is None, seconds=10)
    stated = server.done("kinds.stated")
    assert json.loads(server.content(stated, "version.json"))[0] == "0.2"
    ours = server.done("kinds.ours")
    assert json.loads(server.content(ours, "version.json"))[0] == networkx.__version__
    assert len(ours["attempts"][0]["environment"]["packages"]) > 20


def test_a_python_that_is_not_there_is_an_error_with_its_path_until_it_is_there(
    server: Server, box: Path
) -> None:
    error = tool(server, "missing")["error"]
    assert error["message"] == f"The environment {box}/not/there is not there."
    assert error["hint"] == f"Make it with: python -m venv {box}/not/there"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(box / "not" / "there")], check=True)
    server.eventually(lambda: tool(server, "missing")["error"]["hint"] == "pip install networkx", seconds=10)
    (site,) = (box / "not" / "there").glob("lib/*/site-packages")
    (site / "networkx.py").write_text("__version__ = 'by hand'\n")
    server.eventually(lambda: tool(server, "missing")["error"] is None, seconds=10)
    run = server.done("kinds.missing")
    assert json.loads(server.content(run, "version.json"))[0] == "by hand"


def test_all_of_them_run_in_a_terminal_without_a_server(box: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "networkx", "0.1")
    environment = {**os.environ, **offline(wheels), "TOOLRUNNER_DATA_DIR": str(tmp_path / "data")}
    environment["TOOLRUNNER_TOOLBOXES"] = str(box)
    environment["JUPYTER_RUNTIME_DIR"] = str(tmp_path / "runtime")

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "jupyter_toolrunner.cli", *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=100, cwd=tmp_path
        )

    done = call("run", "notes.tag.set", "-p", "shelf=--store", "-p", "tags=-a", "-p", "tags=--")
    assert done.returncode == 0, done.stderr
    assert '["--store", ["-a", "--"]]' in done.stderr
    done = call("run", "sum", "-p", f"tables={box / 'top_words.sh'}", "--json")
    assert done.returncode == 0, done.stderr
    assert "sum: 0" in done.stderr
    assert json.loads(done.stdout)["status"] == "succeeded"
    done = call("run", "theirs")
    assert done.returncode == 0, done.stderr
    assert "Building an environment with networkx==0.1" in done.stderr
