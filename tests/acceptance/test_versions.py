"""What a run's version says is what runs, and what waits for its next attempt gets it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Server, serving

SCRIPT = """
    import argparse
    import helper
    parser = argparse.ArgumentParser()
    parser.add_argument("--{param}", type=int, default=1)
    given = parser.parse_args().{param}
    print("{word}", helper.word, given)
    {then}
    """
FUNCTIONS = """
    import os, time
    from jupyter_toolrunner import tool

    @tool
    def said(n: int = 1):
        return ["{word}", n]

    @tool(retry={{"reasons": ["error"], "backoff": 0.2, "jitter": 0}}, max_attempts=3)
    def unsteady(folder: str, good: int):
        tries = len(os.listdir(folder))
        open(os.path.join(folder, str(tries)), "w").close()
        print("try", tries)
        if tries < good:
            raise KeyError(f"try {{tries}}")

    @tool(retry={{"backoff": 3600}}, max_attempts=2)
    def patient(word: str = "a"):
        print("{word}")
        assert word == "b", "not yet"
    """


class Box:
    """A toolbox whose files change."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server

    def write(self, name: str, text: str, **words: str) -> None:
        (self.folder / name).write_text(
            textwrap.dedent(text).format(**words) if words else textwrap.dedent(text)
        )

    def change(self, tool: str, name: str, text: str, **words: str) -> None:
        """Until it was read."""
        before = self.version(tool)
        self.write(name, text, **words)
        self.server.eventually(lambda: self.version(tool) != before)

    def version(self, tool: str) -> str:
        return str(self.server.http.get(f"tools/{tool}").json().get("version", ""))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("box")
    with serving(tmp_path_factory.mktemp("server"), toolboxes=(folder,)) as server:
        made = Box(folder, server)
        made.write("helper.py", "word = 'one'")
        made.write("script.py", SCRIPT, param="n", word="first", then="1 / 0")
        made.write("functions.py", FUNCTIONS, word="first")
        server.eventually(lambda: made.version("script") and made.version("unsteady"))
        yield made


def submit(box: Box, tool: str, version: str | None = None, **params: Any) -> Any:
    return box.server.http.post("runs", json={"tool": tool, "params": params, "version": version})


def test_a_run_is_tried_again_with_the_code_that_it_was_made_of(box: Box) -> None:
    server = box.server
    run = server.wait(server.submit("script", n=4)["id"])
    assert (run["status"], server.log_of(run["id"]).splitlines()[0]) == ("failed", "first one 4")
    box.change("script", "script.py", SCRIPT, param="m", word="second", then="")
    box.change("script", "helper.py", "word = 'two'")
    server.http.post(f"runs/{run['id']}/retry").raise_for_status()
    again = server.wait(run["id"])
    assert (again["status"], again["attempt"], again["version"]) == ("failed", 2, run["version"])
    assert "first one 4" in server.log_of(run["id"])
    assert again["error"]["type"] == "ZeroDivisionError"

    code = server.http.get(f"runs/{run['id']}/code").json()
    assert [(Path(file["path"]).name, file["main"]) for file in code["files"]] == [
        ("script.py", True),
        ("helper.py", False),
    ]
    assert "first" in code["files"][0]["text"]
    assert code["files"][1]["text"] == "word = 'one'"
    today = server.http.get("tools/script/code").json()
    assert today["files"][1]["text"] == "word = 'two'"

    # Its params are those of then, and a few digits are enough to name it.
    old = submit(box, "script", run["version"][:10], n=7)
    assert old.status_code == 201, old.text
    assert server.wait(old.json()["id"])["version"] == run["version"]
    assert "first one 7" in server.log_of(old.json()["id"])
    assert submit(box, "script", run["version"], m=7).status_code == 422
    new = server.done("script", m=5)
    assert "second two 5" in server.log_of(new["id"])

    # A tool that is gone still runs as it was.
    (box.folder / "script.py").unlink()
    (box.folder / "helper.py").unlink()
    server.eventually(lambda: server.http.get("tools/script").status_code == 404)
    last = submit(box, f"{box.folder.name}.script", new["version"], m=6)
    assert last.status_code == 201, last.text
    assert server.wait(last.json()["id"])["status"] == "succeeded"
    assert "second two 6" in server.log_of(last.json()["id"])


def test_runs_of_an_earlier_version_and_of_the_one_of_now_do_not_mix(box: Box) -> None:
    server = box.server
    run = server.done("said", n=1)
    box.change("said", "functions.py", FUNCTIONS, word="second")
    old = submit(box, "said", run["version"], n=2).json()
    assert server.result(server.wait(old["id"])) == ["first", 2]
    assert server.result(server.done("said", n=3)) == ["second", 3]
    assert server.result(server.wait(submit(box, "said", run["version"], n=4).json()["id"])) == ["first", 4]
    unknown = submit(box, "said", "0" * 64)
    assert unknown.status_code == 404
    assert "was kept" in unknown.json()["error"]["message"]


def test_a_failure_that_the_tool_wants_to_be_tried_again_is(box: Box, tmp_path: Path) -> None:
    server = box.server
    run = server.submit("unsteady", folder=str(tmp_path), good=2)
    ended = server.wait(run["id"])
    assert (ended["status"], ended["attempt"]) == ("succeeded", 3)
    assert [attempt["error"] and attempt["error"]["message"] for attempt in ended["attempts"]] == [
        "'try 0'",
        "'try 1'",
        None,
    ]
    assert [
        server.http.get(f"runs/{run['id']}/log", params={"attempt": n}).text.split("\n")[0] for n in (1, 2, 3)
    ] == [
        "try 0",
        "try 1",
        "try 2",
    ]
    worst = server.wait(server.submit("unsteady", folder=str(tmp_path), good=99)["id"])
    assert (worst["status"], worst["reason"], worst["attempt"]) == ("failed", "error", 3)


def test_a_run_that_waits_for_its_next_attempt_can_be_changed_started_and_canceled(box: Box) -> None:
    server = box.server

    def waiting() -> dict[str, Any]:
        run = server.submit("patient")["id"]
        server.eventually(lambda: server.run(run)["status"] == "waiting")
        return server.run(run)

    run = waiting()
    assert (run["reason"], run["attempts_left"], run["attempts"][0]["status"]) == ("error", 1, "failed")
    assert run["ready_at"] is not None
    before = server.log_of(run["id"]).splitlines()[0]
    box.change("patient", "functions.py", FUNCTIONS, word="of another version")
    server.http.patch(f"runs/{run['id']}", json={"params": {"word": "b"}}).raise_for_status()
    server.http.post(f"runs/{run['id']}/retry").raise_for_status()
    assert server.wait(run["id"])["status"] == "succeeded"
    assert server.log_of(run["id"]).splitlines() == [before]
    other = waiting()
    canceled = server.http.post(f"runs/{other['id']}/cancel").json()
    assert (canceled["status"], canceled["ready_at"]) == ("canceled", None)


def test_what_was_saved_just_now_is_what_runs(box: Box) -> None:
    server = box.server
    for word in ("one", "two", "three"):
        box.write(
            "saved.py",
            f"""
            from jupyter_toolrunner import tool

            @tool
            def saved():
                return "{word}"
            """,
        )
        server.eventually(lambda: server.http.get("tools/saved").status_code == 200)
        assert server.result(server.done("saved")) == word
