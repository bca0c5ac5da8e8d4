"""The catalog against real folders: what it lists, what it keeps, what it notices."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core import source_code
from jupyter_toolrunner.core.errors import Ambiguous, NotFound
from jupyter_toolrunner.core.tools import Delivery, Tool, ToolKind, View
from jupyter_toolrunner.registry import watching
from jupyter_toolrunner.registry.catalog import Catalog

SCRIPT = '''"""{title}."""
import argparse
parser = argparse.ArgumentParser(description="{title}")
parser.add_argument("--{option}", type=int, default=1)
args = parser.parse_args()
'''

Open = Callable[..., Catalog]


class Changes:
    """Names of changed tools as they are told, with a way to wait for them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._condition = threading.Condition()

    def __call__(self, names: Sequence[str]) -> None:
        with self._condition:
            self.names += names
            self._condition.notify_all()

    def wait_until(self, true: Callable[[], bool], seconds: float) -> float:
        """Seconds until it was so."""
        start = time.monotonic()
        with self._condition:
            while not true():
                left = start + seconds - time.monotonic()
                assert left > 0, f"not within {seconds} s"
                self._condition.wait(min(left, 0.1))
        return time.monotonic() - start


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def open_catalog(tmp_path: Path, changes: Changes) -> Iterator[Open]:
    opened: list[Catalog] = []

    def open_(*boxes: Path | str, watch: bool = False, wait: bool = True) -> Catalog:
        catalog = Catalog(
            [str(box) for box in boxes],
            tmp_path / "data" / "tools.json",
            changes,
            entry_points=False,
            watch=watch,
        )
        opened.append(catalog.start())
        if wait:
            assert catalog.refresh(wait=True)
        return catalog

    yield open_
    for catalog in opened:
        catalog.close()


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, title: str = "A script", option: str = "number") -> Path:
    path = folder / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCRIPT.format(title=title, option=option))
    return path


def names(catalog: Catalog) -> list[str]:
    return [tool.name for tool in catalog.tools()]


# -- listing --------------------------------------------------------------------------------------------------------


def test_a_tool_survives_json(box: Path, open_catalog: Open) -> None:
    write(box, "one")
    (tool,) = open_catalog(box).tools()
    assert Tool.from_json(json.loads(json.dumps(tool.to_json()))) == tool


def test_a_function_that_asks_is_warm_and_a_tool_that_was_kept_before_is_not(
    box: Path, open_catalog: Open
) -> None:
    (box / "functions.py").write_text(
        "from jupyter_toolrunner import tool\n@tool(warm=True)\ndef f() -> None: ...\n"
    )
    (tool,) = open_catalog(box).tools()
    assert tool.policy.warm
    kept = json.loads(json.dumps(tool.to_json()))
    assert Tool.from_json(kept) == tool
    del kept["policy"]["warm"]
    assert not Tool.from_json(kept).policy.warm


def test_whether_results_are_taken_again_is_said_by_the_tool_or_beside_it(
    box: Path, open_catalog: Open
) -> None:
    for name in ("one", "two", "three"):
        (box / f"{name}.py").write_text("import argparse\nargparse.ArgumentParser().parse_args()\n")
    (box / "functions.py").write_text(
        "from jupyter_toolrunner import tool\n"
        "@tool(reuse=False)\ndef never() -> None: ...\n"
        "@tool(reuse=False)\ndef after_all() -> None: ...\n"
        "@tool\ndef silent() -> None: ...\n"
    )
    (box / "program.tool.yaml").write_text("{command: [echo], reuse: false}")
    (box / "toolbox.yaml").write_text(
        "{policy: {reuse: true}, tools: {two: {reuse: false}, three: {reuse: maybe}, after_all: {reuse: true}}}"
    )
    catalog = open_catalog(box)
    found = {tool.short_name: tool.policy.reuse for tool in catalog.tools()}
    assert found == {
        "one": True,
        "two": False,
        "three": True,
        "never": False,
        "after_all": True,
        "silent": True,
        "program": False,
    }
    assert any("three.reuse must be true or false" in problem for problem in catalog.problems())


def test_a_tool_that_was_kept_before_says_nothing_of_reuse(box: Path, open_catalog: Open) -> None:
    (box / "one.py").write_text("import argparse\nargparse.ArgumentParser().parse_args()\n")
    kept = open_catalog(box).find("one").to_json()
    del kept["policy"]["reuse"]
    assert Tool.from_json(kept).policy.reuse is None


def test_a_script_that_shall_be_warm_is_told_why_it_is_not(box: Path, open_catalog: Open) -> None:
    write(box, "one")
    (box / "toolbox.yaml").write_text("tools: {one: {warm: true}}")
    catalog = open_catalog(box)
    (tool,) = catalog.tools()
    assert not tool.policy.warm
    assert tool.notice is not None
    assert "a function says @tool(warm=True) itself, and a script's process ends with its run" in tool.notice
    assert catalog.problems() == []


def test_a_script_is_named_after_toolbox_folders_and_file(box: Path, open_catalog: Open) -> None:
    write(box, "a b-c.d")
    write(box, "sub/deep/имя", title="Имя")
    catalog = open_catalog(box)
    assert names(catalog) == ["box.a b-c.d", "box.sub.deep.имя"]
    tool = catalog.find("имя")
    assert (tool.title, tool.category, tool.kind) == ("Имя", "Sub", ToolKind.SCRIPT)
    assert catalog.find("box.a b-c.d").category == "Box"
    assert catalog.find("sub.deep.имя") is tool


def test_hidden_folders_and_environments_are_left_out(box: Path, open_catalog: Open) -> None:
    for place in (".git/x", "node_modules/x", "__pycache__/x", "my_env/lib/x", ".hidden"):
        write(box, place)
    (box / "my_env" / "pyvenv.cfg").touch()
    write(box, "seen")
    assert names(open_catalog(box)) == ["box.seen"]


def test_one_file_a_module_and_a_function_are_toolboxes_too(box: Path, open_catalog: Open) -> None:
    catalog = open_catalog(
        write(box, "single"),
        "jupyter_toolrunner.starter",
        "jupyter_toolrunner.starter:build_graph",
        "no.such_module",
    )
    found = {tool.toolbox: tool for tool in catalog.tools()}
    assert set(found) == {"single", "starter", "starter-2", "such_module"}
    assert found["single"].name == "single.single"
    assert found["starter-2"].entry.attribute == "build_graph"
    assert found["starter-2"].entry.module == "jupyter_toolrunner.starter"
    assert found["such_module"].error is not None
    assert found["such_module"].error.message == "There is neither a folder nor a module no.such_module"
    (graph,) = (tool for tool in catalog.tools() if tool.name == "starter.build_graph")
    assert "def build_graph" in graph.source


def test_a_toolbox_that_is_not_there_is_a_problem_and_hides_nothing(box: Path, open_catalog: Open) -> None:
    write(box, "one")
    catalog = open_catalog(box / "gone", box, box / "gone.py")
    assert names(catalog) == ["box.one"]
    assert len(catalog.problems()) == 2


def test_a_users_own_tool_goes_before_the_starter_toolbox(box: Path, open_catalog: Open) -> None:
    write(box, "build_graph")
    assert open_catalog("jupyter_toolrunner.starter", box).find("build_graph").name == "box.build_graph"


def test_a_name_that_two_toolboxes_have_is_ambiguous(tmp_path: Path, open_catalog: Open) -> None:
    for folder in ("first", "second"):
        write(tmp_path / folder, "same")
    catalog = open_catalog(tmp_path / "first", tmp_path / "second")
    with pytest.raises(Ambiguous) as info:
        catalog.find("same")
    assert info.value.hint is not None
    assert "first.same" in info.value.hint
    assert "second.same" in info.value.hint
    assert catalog.find("second.same").toolbox == "second"


def test_an_unknown_name_suggests_one_that_is_near(box: Path, open_catalog: Open) -> None:
    write(box, "count_words")
    with pytest.raises(NotFound) as info:
        open_catalog(box).find("cuont_words")
    assert info.value.hint is not None
    assert "box.count_words" in info.value.hint


def test_folders_of_the_same_name_stay_apart(tmp_path: Path, open_catalog: Open) -> None:
    for place in ("x/tools", "y/tools"):
        write(tmp_path / place, "same")
    assert names(open_catalog(tmp_path / "x/tools", tmp_path / "y/tools")) == ["tools.same", "tools-2.same"]


def test_installed_packages_bring_toolboxes_by_entry_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "brings_tools-1.0.dist-info").mkdir(parents=True)
    (site / "brings_tools-1.0.dist-info" / "METADATA").write_text("Name: brings-tools\nVersion: 1.0\n")
    (site / "brings_tools-1.0.dist-info" / "entry_points.txt").write_text(
        "[jupyter_toolrunner.toolboxes]\nextra = brings_tools.texts\none = brings_tools.texts:shout\n"
    )
    (site / "brings_tools").mkdir()
    (site / "brings_tools" / "__init__.py").touch()
    (site / "brings_tools" / "texts.py").write_text(
        "from jupyter_toolrunner import tool\n@tool\ndef shout(text: str) -> str:\n    return text.upper()\n"
        "@tool\ndef whisper(text: str) -> str:\n    return text.lower()\n"
    )
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    with Catalog([], tmp_path / "cache.json", watch=False) as catalog:
        assert catalog.refresh(wait=True)
        found = {name for name in names(catalog) if name.partition(".")[0] in ("extra", "one")}
        assert found == {"extra.shout", "extra.whisper", "one.shout"}
        tool = catalog.find("extra.shout")
        assert (tool.entry.module, tool.entry.attribute) == ("brings_tools.texts", "shout")
        assert str(site / "brings_tools" / "texts.py") in tool.entry.files


def test_a_toolbox_behind_a_link_works_where_its_scripts_are(tmp_path: Path, open_catalog: Open) -> None:
    path = write(tmp_path / "repository" / "scripts", "one")
    path.write_text(
        path.read_text() + "from pathlib import Path\nBASE = Path(__file__).resolve().parent.parent\n"
    )
    (tmp_path / "linked").symlink_to(tmp_path / "repository" / "scripts")
    assert open_catalog(tmp_path / "linked").find("linked.one").entry.root == str(tmp_path / "repository")


def test_an_answer_that_makes_no_sense_hides_no_other_tool(
    box: Path, open_catalog: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from jupyter_toolrunner.registry import catalog as module
    from jupyter_toolrunner.registry.building import tools_of

    def fails(origin: object, answer: dict[str, object]) -> list[Tool]:
        if "source" in answer and "bad" in str(origin):
            raise KeyError("source")
        return tools_of(origin, answer)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "tools_of", fails)
    write(box, "good")
    write(box, "bad")
    catalog = open_catalog(box)
    assert catalog.find("good").error is None
    assert catalog.find("bad").error is not None


def test_a_home_is_never_the_folder_of_a_run(
    tmp_path: Path, open_catalog: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "me"
    monkeypatch.setenv("HOME", str(home))
    path = write(home / "scripts", "one")
    path.write_text(path.read_text() + "from pathlib import Path\nBASE = Path(__file__).parent.parent\n")
    catalog = open_catalog(home / "scripts")
    assert catalog.find("one").entry.root == str(home / "scripts")
    (home / "scripts" / "toolbox.yaml").write_text("root: ..")
    assert catalog.refresh(wait=True)
    assert catalog.find("one").entry.root == str(home / "scripts")


# -- toolbox.yaml ---------------------------------------------------------------------------------------------------


def test_toolbox_yaml_adds_what_cannot_be_read(box: Path, open_catalog: Open) -> None:
    write(box, "graph/rank")
    write(box, "old_one")
    (box / "toolbox.yaml").write_text(
        """
        name: knowledge
        title: {en: Knowledge, ru: Знания}
        categories: {graph: Graphs}
        ignore: ["old_*"]
        root: ..
        view: publish
        policy: {time_limit: 5}
        tools:
          graph.rank: {title: Rank, tags: [a, b], delivery: idempotent, params: {number: {title: N, advanced: true}}}
        """
    )
    (tool,) = open_catalog(box).tools()
    assert (tool.name, tool.title, tool.category, tool.tags) == (
        "knowledge.graph.rank",
        "Rank",
        "Graphs",
        ("a", "b"),
    )
    assert tool.entry.root == str(box.parent)
    assert tool.entry.view is View.PUBLISH
    assert (tool.policy.delivery, tool.policy.time_limit) == (Delivery.IDEMPOTENT, 5)
    assert tool.params_schema["properties"]["number"]["title"] == "N"
    assert tool.params_schema["properties"]["number"]["x-advanced"] is True


def test_limits_are_said_by_the_toolbox_a_tool_or_a_description(box: Path, open_catalog: Open) -> None:
    for name in ("one", "two"):
        write(box, name)
    (box / "listed.tool.yaml").write_text("command: [ls]\noutput_limit: 5 MB\n")
    (box / "said.py").write_text(
        "from jupyter_toolrunner import tool\n\n@tool(memory_limit='1 GB', open_files_limit=512)\ndef said():\n    pass\n"
    )
    (box / "toolbox.yaml").write_text(
        "policy: {memory_limit: 2 GB}\ntools: {two: {memory_limit: 300 MB, process_limit: 0, time_limit: 9}}\n"
    )
    catalog = open_catalog(box)
    found = {tool.short_name: tool.policy for tool in catalog.tools()}
    assert {name: policy.memory_limit for name, policy in found.items()} == {
        "one": 2 * 10**9,
        "two": 300 * 10**6,
        "listed": 2 * 10**9,
        "said": 10**9,
    }
    assert (found["listed"].output_limit, found["said"].open_files_limit, found["two"].time_limit) == (
        5_000_000,
        512,
        9,
    )
    assert found["two"].process_limit is None
    assert any("process_limit that can't be used" in problem for problem in catalog.problems())


def test_what_is_tried_again_is_said_by_the_toolbox_a_tool_or_a_description(
    box: Path, open_catalog: Open
) -> None:
    for name in ("one", "two", "three"):
        write(box, name)
    (box / "listed.tool.yaml").write_text("command: [ls]\nretry: {reasons: [timeout], backoff: 1}\n")
    (box / "said.py").write_text(
        "from jupyter_toolrunner import tool\n\n@tool(retry=['memory'], max_attempts=2)\ndef said():\n    pass\n"
    )
    plain = {tool.short_name: tool.version for tool in open_catalog(box).tools()}
    (box / "toolbox.yaml").write_text(
        "policy: {retry: [output_limit]}\n"
        "tools: {two: {retry: {reasons: [error, timeout], backoff: 5}, max_attempts: 9}, three: {retry: {on: error}}}\n"
    )
    catalog = open_catalog(box)
    found = {tool.short_name: tool for tool in catalog.tools()}
    retries = {name: tool.policy.retry and tool.policy.retry.reasons for name, tool in found.items()}
    assert retries == {
        "one": ("output_limit",),
        "two": ("error", "timeout"),
        "three": ("output_limit",),
        "listed": ("timeout",),
        "said": ("memory",),
    }
    assert (found["two"].policy.attempts, found["one"].policy.attempts) == (9, 3)
    assert any("tools.three has a retry that can't be used" in problem for problem in catalog.problems())
    # A run keeps to the policy that it was made with.
    assert all(plain[name] != tool.version for name, tool in found.items())


def test_the_code_of_a_tool_is_its_file_and_all_that_it_imports_beside_itself(
    box: Path, open_catalog: Open
) -> None:
    (box / "parts").mkdir()
    (box / "parts" / "seen.py").write_text("y = 1\n")
    (box / "helper.py").write_text("import parts.seen\nimport importlib\nimportlib.import_module('unseen')\n")
    (box / "unseen.py").write_text("x = 1\n")
    (box / "parts" / "__init__.py").write_text("")
    (box / "script.py").write_text(
        SCRIPT.format(title="S", option="n").replace("import", "import helper\nimport", 1)
    )
    (box / "said.py").write_text(
        "import helper\nfrom jupyter_toolrunner import tool\n\n@tool\ndef said():\n    pass\n"
    )
    (box / "count.sh").write_text("#!/bin/sh\n")
    (box / "count.sh").chmod(0o755)
    (box / "count.tool.yaml").write_text("command: [./count.sh]\n")
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "source": "import unseen\nn = 1",
            "metadata": {"tags": ["parameters"]},
            "outputs": [],
        }
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (box / "report.ipynb").write_text(json.dumps(notebook))
    catalog = open_catalog(box)
    code = {
        tool.short_name: sorted(Path(path).relative_to(box).as_posix() for path in tool.code)
        for tool in catalog.tools()
    }
    beside = ["helper.py", "parts/__init__.py", "parts/seen.py", "unseen.py"]
    assert code["script"] == sorted([*beside, "script.py"])
    assert code["said"] == sorted([*beside, "said.py"])
    assert code["count"] == ["count.sh", "count.tool.yaml"]
    assert code["report"] == ["report.ipynb", "unseen.py"]
    before = {tool.short_name: tool.version for tool in catalog.tools()}
    (box / "unseen.py").write_text("x = 2\n")
    # As it is after it was run in its place.
    cells[0] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}], "execution_count": 3}
    (box / "report.ipynb").write_text(json.dumps(notebook))
    assert catalog.refresh(wait=True)
    after = {tool.short_name: tool for tool in catalog.tools()}
    changed = {name for name, tool in after.items() if tool.version != before.get(name)}
    assert changed == {"script", "said", "report"}
    digest = after["report"].code[str(box / "report.ipynb")]
    assert digest == source_code.digest(
        "report.ipynb", json.dumps({**notebook, "cells": [{**cells[0], "outputs": []}]}).encode()
    )


@pytest.mark.parametrize(
    "text", ["a: [", "- 1", "tools: 3", "view: sideways", "\x00", "colour: red", "tools: {x: {y: 1}}"]
)
def test_a_wrong_toolbox_yaml_is_a_problem_and_hides_nothing(
    box: Path, open_catalog: Open, text: str
) -> None:
    write(box, "one")
    (box / "toolbox.yaml").write_text(text)
    catalog = open_catalog(box)
    assert names(catalog) == ["box.one"]
    (problem,) = catalog.problems()
    assert "toolbox.yaml" in problem


# -- the cache ------------------------------------------------------------------------------------------------------


def test_an_unchanged_script_is_not_read_again(
    box: Path, open_catalog: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(box, "one")
    open_catalog(box).close()
    monkeypatch.setattr("jupyter_toolrunner.registry.readers.Readers.ask", _fails)
    assert names(open_catalog(box)) == ["box.one"]


def _fails(*_: object) -> None:
    raise AssertionError("was read again")


def test_a_changed_file_is_read_again_and_has_another_version(box: Path, open_catalog: Open) -> None:
    write(box, "one")
    catalog = open_catalog(box)
    before = catalog.find("one")
    write(box, "one", option="other")
    assert catalog.refresh(wait=True)
    after = catalog.find("one")
    assert list(after.params_schema["properties"]) == ["other"]
    assert after.version != before.version


def test_a_changed_helper_module_makes_its_scripts_stale(box: Path, open_catalog: Open) -> None:
    (box / "shared.py").write_text("NAMES = ['a', 'b']\n")
    (box / "uses.py").write_text(
        "import argparse, shared\np = argparse.ArgumentParser()\n"
        "p.add_argument('--x', choices=shared.NAMES)\np.parse_args()\n"
    )
    catalog = open_catalog(box)
    before = catalog.find("uses")
    assert before.params_schema["properties"]["x"]["enum"] == ["a", "b"]
    assert str(box / "shared.py") in before.entry.files
    (box / "shared.py").write_text("NAMES = ['a', 'b', 'c']\n")
    catalog.close()
    after = open_catalog(box).find("uses")
    assert after.params_schema["properties"]["x"]["enum"] == ["a", "b", "c"]
    assert after.version != before.version


def test_a_module_that_was_missing_is_found_when_it_comes(box: Path, open_catalog: Open) -> None:
    (box / "uses.py").write_text(
        "import argparse, not_there_yet\np = argparse.ArgumentParser()\np.add_argument('--x')\np.parse_args()\n"
    )
    catalog = open_catalog(box)
    error = catalog.find("uses").error
    assert error is not None
    assert (error.line, error.path, error.hint) == (1, str(box / "uses.py"), "pip install not_there_yet")
    (box / "not_there_yet.py").write_text("")
    assert catalog.refresh(wait=True)
    assert catalog.find("uses").error is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"reader": 1}', "\x00" * 100])
def test_a_broken_cache_costs_only_time(box: Path, tmp_path: Path, open_catalog: Open, content: str) -> None:
    write(box, "one")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tools.json").write_text(content)
    assert names(open_catalog(box)) == ["box.one"]


def test_a_second_start_reads_nothing_and_costs_milliseconds_a_script(box: Path, open_catalog: Open) -> None:
    for number in range(200):
        write(box, f"group{number % 7}/script{number}", title=f"Script {number}")
    catalog = open_catalog(box, wait=False)
    assert catalog.reading
    assert catalog.refresh(wait=True, timeout=110)
    assert len(catalog.tools()) == 200
    catalog.close()
    start = time.process_time()
    again = open_catalog(box)
    assert len(again.tools()) == 200
    # To read one script takes many times of this; a loaded machine makes even processor time longer.
    assert time.process_time() - start < 200 * 0.005


# -- reading first what is asked for --------------------------------------------------------------------------------


def test_the_named_tool_is_there_before_all_others_are_read(box: Path, open_catalog: Open) -> None:
    # So many that they cannot all be read before the last line is reached.
    for number in range(400):
        write(box, f"script{number:03}")
    catalog = open_catalog(box, wait=False)
    assert catalog.refresh(wait=True, only="box.script399")
    assert catalog.find("script399").title == "A script"
    assert len(catalog.tools()) < 400


def test_whoever_starts_at_the_same_time_is_left_alone_until_a_tool_is_asked_for(
    box: Path, tmp_path: Path
) -> None:
    write(box, "one")
    with Catalog([str(box)], tmp_path / "c.json", entry_points=False, watch=False, patience=60) as catalog:
        assert catalog.reading
        start = time.monotonic()
        catalog.tools()
        assert catalog.refresh(wait=True)
        assert catalog.find("one").name == "box.one"
        assert time.monotonic() - start < 10
    with Catalog([str(box)], tmp_path / "c.json", entry_points=False, watch=False, patience=60):
        pass


# -- watching -------------------------------------------------------------------------------------------------------


def test_added_changed_renamed_and_deleted_files_show_within_two_seconds(
    box: Path, open_catalog: Open, changes: Changes
) -> None:
    write(box, "first")
    catalog = open_catalog(box, watch=True)
    changes.wait_until(lambda: "box.first" in changes.names, 2)

    path = write(box, "second")
    changes.wait_until(lambda: "box.second" in names(catalog), 2)
    path.write_text(SCRIPT.format(title="Second", option="changed"))
    changes.wait_until(lambda: catalog.find("second").title == "Second", 2)
    path.rename(box / "third.py")
    changes.wait_until(lambda: names(catalog) == ["box.first", "box.third"], 2)
    write(box, "new_folder/fourth")
    changes.wait_until(lambda: "box.new_folder.fourth" in names(catalog), 2)
    write(box, "new_folder/fifth")
    changes.wait_until(lambda: "box.new_folder.fifth" in names(catalog), 2)
    (box / "third.py").unlink()
    changes.wait_until(lambda: "box.third" not in names(catalog), 2)
    (box / "toolbox.yaml").write_text("tools: {first: {title: From the file}}")
    changes.wait_until(lambda: catalog.find("first").title == "From the file", 2)


def test_a_toolbox_that_comes_later_is_noticed(box: Path, open_catalog: Open, changes: Changes) -> None:
    catalog = open_catalog(box / "later", watch=True)
    assert names(catalog) == []
    write(box / "later", "one")
    changes.wait_until(lambda: names(catalog) == ["later.one"], 3)
    assert catalog.problems() == []


def test_without_inotify_changes_are_found_by_looking(
    box: Path, open_catalog: Open, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr("watchfiles.watch", no_space)
    catalog = open_catalog(box, watch=True)
    write(box, "one")
    changes.wait_until(lambda: names(catalog) == ["box.one"], 2 + watching.POLL)


def test_nothing_is_told_where_nothing_changed(box: Path, open_catalog: Open, changes: Changes) -> None:
    path = write(box, "one")
    catalog = open_catalog(box)
    told = list(changes.names)
    os.utime(path)
    assert catalog.refresh(wait=True)
    assert changes.names == told


# -- processes ------------------------------------------------------------------------------------------------------


def _children() -> set[int]:
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for each in found for pid in each.read_text().split()}


def test_reader_processes_are_gone_when_there_is_nothing_to_read(box: Path, open_catalog: Open) -> None:
    before = _children()
    write(box, "one")
    open_catalog(box)
    deadline = time.monotonic() + 5
    while _children() - before and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    assert _children() <= before


def test_closing_ends_what_is_being_read(box: Path, open_catalog: Open) -> None:
    before = _children()
    (box / "hangs.py").write_text(
        "import argparse, time\ntime.sleep(99)\nargparse.ArgumentParser().parse_args()\n"
    )
    catalog = open_catalog(box, wait=False)
    while not _children() - before:
        threading.Event().wait(0.01)
    start = time.monotonic()
    catalog.close()
    assert time.monotonic() - start < 4
    assert _children() <= before


def test_nothing_of_a_tool_is_imported_here(box: Path, open_catalog: Open) -> None:
    (box / "marks.py").write_text(
        "import argparse, sys\nsys.toolrunner_was_here = 1\nargparse.ArgumentParser().parse_args()\n"
    )
    open_catalog(box)
    assert not hasattr(sys, "toolrunner_was_here")


# -- search ---------------------------------------------------------------------------------------------------------


def test_search_puts_the_name_before_the_title_before_the_rest(box: Path, open_catalog: Open) -> None:
    write(box, "rank", title="Something else")
    write(box, "pages", title="Rank of pages")
    write(box, "words", title="Counts words", option="rank-limit")
    write(box, "none", title="Nothing")
    write(box, "поиск", title="Поиск по страницам Ёлки")
    catalog = open_catalog(box)
    assert [tool.short_name for tool in catalog.search("RANK")] == ["rank", "pages", "words"]
    assert [tool.short_name for tool in catalog.search("страницы елки")] == ["поиск"]
    assert catalog.search("zebra") == []
    assert len(catalog.search("")) == 5
    assert catalog.search("rank", category="No such") == []
