"""A run of an earlier version sees the tool's files as they were, in the places of those of now."""

from __future__ import annotations

import hashlib
import json
import os
import py_compile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.tools import View
from jupyter_toolrunner.registry.catalog import Catalog
from jupyter_toolrunner.runners.workspace import PrivateView


@pytest.fixture(params=["overlay", "copy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "copy":
        made = PrivateView.__init__

        def refused(self: PrivateView, *arguments: Any, **named: Any) -> None:
            made(self, *arguments, **{**named, "refused": "the test forbids it"})

        monkeypatch.setattr(PrivateView, "__init__", refused)
    return str(request.param)


def tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


SCRIPT = """
    import pathlib, sys
    import helper
    from parts import old
    here = pathlib.Path(__file__).parent
    print("script of {}", helper.said, old.said, (here / "data.txt").read_text(), here.name)
    (here / "left.txt").write_text("left")
    """


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("view", list(View)[:2])
def test_a_script_and_what_it_imports_are_those_of_then(bench: Any, view: View) -> None:
    tool = bench.script(SCRIPT.format("now"), view=view)
    bench.write("helper.py", "said = 'now_'")
    bench.write("parts/__init__.py", "")
    bench.write("data.txt", "data of now")
    then = {"script.py": SCRIPT.format("then"), "helper.py": "said = 'then'", "parts/old.py": "said = 'gone'"}
    before = tree(bench.box)
    for _ in range(2):
        made = bench.run(tool, code=then)
        assert made.status == "succeeded", made.outcome
        name = bench.box.name
        assert made.text.splitlines()[0] == f"script of then then gone data of now {name}"
        assert made.names == ["left.txt"]
        made_by_run = bench.box / "left.txt"
        assert made_by_run.exists() == (view is View.PUBLISH)
        if made_by_run.exists():
            made_by_run.unlink()
    assert tree(bench.box) == before


def test_code_of_now_that_was_compiled_in_the_same_second_is_not_taken_for_that_of_then(bench: Any) -> None:
    tool = bench.script("import helper; print(helper.said)")
    helper = bench.write("helper.py", "said = 1\n")
    this_second = int(time.time())
    os.utime(helper, (this_second, this_second))
    py_compile.compile(str(helper), doraise=True)
    in_place = replace(tool, entry=replace(tool.entry, view=View.IN_PLACE))
    for _ in range(2):
        assert bench.run(tool, code={"helper.py": "said = 2\n"}).text == "2\n"
        assert bench.run(in_place, code={"helper.py": "said = 3\n"}).text == "3\n"
        assert bench.run(tool).text == "1\n"


def test_a_script_that_changes_its_folder_does_so_in_an_earlier_version_too(bench: Any) -> None:
    tool = bench.script("print('now')", view=View.IN_PLACE)
    made = bench.run(tool, code={"script.py": "open('kept.txt', 'w').write('kept'); print('then')"})
    assert (made.text, made.names) == ("then\n", ["kept.txt"])
    assert (bench.box / "kept.txt").read_text() == "kept"
    assert (bench.box / "script.py").read_text() == "print('now')"


def test_in_the_folder_itself_what_is_gone_cannot_be_put_back_and_that_is_said(bench: Any) -> None:
    tool = bench.script("print('now')", view=View.IN_PLACE)
    made = bench.run(tool, code={"gone.py": ""})
    assert made.status == "failed"
    assert "gone.py is gone" in made.error.message


FUNCTION = """
    import pathlib
    import helper
    def main(n: int):
        pathlib.Path("left.txt").write_text("left")
        return ["{}", helper.said, n, (pathlib.Path(__file__).parent / "data.txt").read_text()]
    """


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("warm", [False, True])
def test_a_function_and_what_it_imports_are_those_of_then(bench: Any, warm: bool) -> None:
    tool = bench.function(FUNCTION.format("now"), root=str(bench.box))
    tool = replace(tool, policy=replace(tool.policy, warm=warm))
    helper = bench.write("helper.py", "said = 'now'")
    tool = replace(tool, entry=replace(tool.entry, files=(*tool.entry.files, str(helper))))
    bench.write("data.txt", "data")
    then = {"module.py": FUNCTION.format("then"), "helper.py": "said = 'then'"}
    before = tree(bench.box)
    for word, code in (("now", {}), ("then", then), ("now", {}), ("then", then)):
        made = bench.run(tool, {"n": 3}, code=code)
        assert made.status == "succeeded", made.outcome
        assert json.loads(made.content("result.json")) == [word, word, 3, "data"]
        assert sorted(made.names) == ["left.txt", "result.json"]
    assert tree(bench.box) == before


def test_a_function_of_a_package_is_that_of_then(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = bench.box / "site"
    source = "from .part import said\ndef main():\n    return said\n"
    files = [
        bench.write("site/pack_of_then/__init__.py", ""),
        bench.write("site/pack_of_then/tools.py", source),
    ]
    files.append(bench.write("site/pack_of_then/part.py", "said = 'now'\n"))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    from jupyter_toolrunner.runners.process_runner import ProcessRunner

    tool = bench.function("", name="unused.py")
    entry = replace(
        tool.entry,
        path=str(files[1]),
        module="pack_of_then.tools",
        files=tuple(map(str, files)),
        # It is in the process that waits for runs, as it is now.
        preload=("pack_of_then.part",),
    )
    tool = replace(tool, entry=entry)
    then = {
        "site/pack_of_then/tools.py": source.replace(".part", ".older"),
        "site/pack_of_then/older.py": "said = 'then'",
    }
    runner = ProcessRunner()
    try:
        for word, code in (("now", {}), ("then", then), ("now", {})):
            made = bench.run(tool, code=code, runner=runner)
            assert made.status == "succeeded", made.outcome
            assert json.loads(made.content("result.json")) == word
    finally:
        runner.close()


def test_a_notebook_and_what_it_imports_are_those_of_then(bench: Any) -> None:
    bench.notebook("import helper\nprint('then', helper.said)")
    then = {"report.ipynb": (bench.box / "report.ipynb").read_text(), "helper.py": "said = 'then'"}
    tool = bench.notebook("import helper\nprint('now', helper.said)")
    bench.write("helper.py", "said = 'now'")
    assert bench.run(tool, code=then).printed() == "then then\n"
    assert bench.run(tool).printed() == "now now\n"


def test_a_program_beside_its_description_is_that_of_then(bench: Any) -> None:
    path = bench.write("count.sh", "#!/bin/sh\necho now\n")
    path.chmod(0o755)
    bench.write("count.tool.yaml", "command: [./count.sh]\n")
    with Catalog([str(bench.box)], bench.folder / "cache", entry_points=False, watch=False) as catalog:
        assert catalog.refresh(wait=True)
        tool = catalog.find("box.count")
    assert bench.run(tool, code={"count.sh": "#!/bin/sh\necho then\n"}).text == "then\n"
    path.unlink()
    assert bench.run(tool, code={"count.sh": "#!/bin/sh\necho then\n"}).text == "then\n"
