"""A script in a Python of its own: an environment that is named, or one that its first run builds from requirements."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from nasty import NOT_FOR_ARGPARSE, NOT_FOR_ARGV, TEXTS
from wheels import make_wheel, offline

from jupyter_toolrunner.core.params import complete
from jupyter_toolrunner.core.tools import Tool
from jupyter_toolrunner.registry.catalog import Catalog
from jupyter_toolrunner.runners.process_runner import ProcessRunner

SCRIPT = """
import argparse, json, sys
import networkx
from jupyter_toolrunner import progress
parser = argparse.ArgumentParser(description="Say which library it has.")
parser.add_argument("--text", default="none")
parser.add_argument("--fail", action="store_true")
args = parser.parse_args()
progress(1, 2, "half")
json.dump([networkx.__version__, args.text, sys.argv[1:], __name__, __file__], open("said.json", "w"))
print(sys.executable)
if args.fail:
    raise LookupError("as was asked for")
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, "networkx", "0.1", requires=("helper-of-old",))
    make_wheel(folder, "networkx", "0.2")
    make_wheel(folder, "helper-of-old", "5")
    return folder


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Iterator[ProcessRunner]:
    """One that keeps environments, and gets packages from the folder alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in offline(wheels).items():
            patch.setenv(name, value)
        made = ProcessRunner(environments=tmp_path_factory.mktemp("data") / "environments")
        yield made
        made.close()


def tool_of(bench: Any, settings: str = "", source: str = SCRIPT, name: str = "script") -> Tool:
    """The tool as the catalog reads it now."""
    bench.write(f"{name}.py", source)
    bench.write("toolbox.yaml", settings)
    with Catalog(
        [str(bench.box)],
        bench.folder / "cache",
        entry_points=False,
        watch=False,
        environments=bench.runner._environments,
    ) as catalog:
        assert catalog.refresh(wait=True)
        tool: Tool = catalog.find(f"box.{name}")
    return tool


def run(bench: Any, tool: Tool, params: Mapping[str, Any] | None = None, **more: Any) -> Any:
    assert tool.error is None, tool.error
    return bench.run(tool, complete(tool.params_schema, params or {}), **more)


@pytest.fixture(scope="module")
def old(runner: ProcessRunner) -> Path:
    """A virtual environment with a library of another version, as somebody made it."""
    assert runner._environments is not None
    home = runner._environments.parent / "old"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    (site,) = home.glob("lib/*/site-packages")
    (site / "networkx.py").write_text("__version__ = 'of old'\n")
    (site / "networkx-1.0.dist-info").mkdir()
    return home


# -- an environment that is there -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", ["environment: {0}", "interpreter: {0}/bin/python", "tools: {{script: {{environment: {0}}}}}"]
)
def test_a_script_has_the_library_of_its_own_environment(bench: Any, old: Path, settings: str) -> None:
    tool = tool_of(bench, settings.format(old))
    assert list(tool.params_schema["properties"]) == ["text", "fail"]
    assert tool.notice is None
    made = run(bench, tool, {"text": "--x"})
    assert made.status == "succeeded", made.outcome
    assert json.loads(made.content("said.json")) == [
        "of old", "--x", ["--text=--x"], "__main__", str(bench.box / "script.py"),
    ]  # fmt: skip
    assert made.text == f"{old}/bin/python\n"
    assert [(each.done, each.text) for each in made.progress] == [(1, "half")]


def test_beside_it_the_same_script_has_ours(bench: Any, old: Path) -> None:
    import networkx

    both = f"tools: {{script: {{environment: {old}}}}}"
    theirs, ours = tool_of(bench, both), tool_of(bench, both, name="ours")
    assert json.loads(run(bench, theirs).content("said.json"))[0] == "of old"
    assert json.loads(run(bench, ours).content("said.json"))[0] == networkx.__version__


def test_the_environment_of_the_run_is_that_of_its_own_python(bench: Any, old: Path) -> None:
    tool = tool_of(bench, f"environment: {old}")
    run(bench, tool)
    said = bench.runner.environment(tool)
    assert said["executable"] == f"{old}/bin/python"
    assert said["packages"] == {"networkx": "1.0"}
    assert said["python"].startswith("3.")
    assert said["host"]


def test_nothing_of_ours_can_be_imported_there_but_the_package_for_authors(bench: Any, old: Path) -> None:
    source = """
        import importlib.util, jupyter_toolrunner
        print([importlib.util.find_spec(name) for name in ("pydantic", "sqlalchemy", "wire", "linux")])
        print(jupyter_toolrunner.progress(1))
        """
    made = run(bench, tool_of(bench, f"environment: {old}", source))
    assert made.text == "[None, None, None, None]\nNone\n"


def test_any_text_arrives_as_it_is(bench: Any, old: Path) -> None:
    source = """
        import argparse, json
        parser = argparse.ArgumentParser()
        parser.add_argument("--text", action="append")
        json.dump(parser.parse_args().text, open("said.json", "w"))
        """
    tool = tool_of(bench, f"environment: {old}", source)
    texts = [text for name, text in TEXTS.items() if name not in NOT_FOR_ARGV | NOT_FOR_ARGPARSE]
    made = run(bench, tool, {"text": texts})
    assert json.loads(made.content("said.json")) == texts


def test_an_error_leads_to_the_script(bench: Any, old: Path) -> None:
    made = run(bench, tool_of(bench, f"environment: {old}"), {"fail": True})
    assert made.status == "failed"
    assert (made.error.type, made.error.message) == ("LookupError", "as was asked for")
    (frame,) = made.error.frames
    assert (frame.file, frame.own) == (str(bench.box / "script.py"), True)
    assert "LookupError: as was asked for" in made.text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import sys\nsys.exit('gone')\n", "gone"),
        ("import sys\nsys.exit(3)\n", "The script ended with exit code 3."),
        ("import os\nos.kill(os.getpid(), 11)\n", "crashed (SIGSEGV)"),
        ("import not_there\n", "No module named 'not_there'"),
    ],
)
def test_other_ends_are_told_as_those_of_any_script(bench: Any, old: Path, source: str, message: str) -> None:
    source = f"import sys\nif __name__ == '__main__':\n    {'; '.join(source.strip().splitlines())}\n"
    made = run(bench, tool_of(bench, f"environment: {old}", source))
    assert made.status == "failed"
    assert message in made.error.message


def test_cancel_ends_it(bench: Any, old: Path, survivors: Callable[[str], list[int]]) -> None:
    source = """
        import subprocess, time
        if __name__ == "__main__":
            subprocess.Popen(["sleep", "1234567"])
            print("up")
            time.sleep(99)
        """
    made = run(bench, tool_of(bench, f"environment: {old}", source), stop_when=lambda log: b"up" in log)
    assert made.status == "canceled"
    assert survivors("1234567") == []


def test_a_python_that_went_away_after_the_tool_was_listed_is_named(bench: Any, old: Path) -> None:
    gone = bench.folder / "gone"
    shutil.copytree(old, gone, symlinks=True)
    tool = tool_of(bench, f"environment: {gone}")
    shutil.rmtree(gone)
    made = run(bench, tool)
    assert made.error.message == f"There is no program {gone}/bin/python."
    assert "toolbox.yaml" in made.error.hint


def _other_pythons() -> list[str]:
    """Pythons of other versions on this machine."""
    names = [f"python3.{minor}" for minor in range(9, 16)]
    found = [shutil.which(name) for name in names if name != f"python3.{sys.version_info[1]}"]
    kept = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3.*[0-9]"))
    found += [
        str(path) for path in kept if path.name in names and path.name != f"python3.{sys.version_info[1]}"
    ]
    newest = {Path(path).name: path for path in found if path}
    return list(newest.values())


@pytest.mark.parametrize("python", _other_pythons(), ids=os.path.basename)
def test_a_python_of_another_version_reads_and_runs_it(bench: Any, python: str) -> None:
    source = SCRIPT.replace("networkx.__version__", "list(sys.version_info[:2])").replace(
        "import networkx\n", ""
    )
    tool = tool_of(bench, f"interpreter: {python}", source)
    assert list(tool.params_schema["properties"]) == ["text", "fail"]
    made = run(bench, tool, {"text": "--"[:1]})
    version = [int(part) for part in os.path.basename(python).removeprefix("python").split(".")]
    assert json.loads(made.content("said.json"))[:2] == [version, "-"]
    assert [each.done for each in made.progress] == [1]
    failed = run(bench, tool, {"fail": True})
    assert failed.error.traceback.startswith("Traceback")
    assert bench.runner.environment(tool)["python"].startswith(".".join(map(str, version)))


# -- an environment that is built -----------------------------------------------------------------------------------


def test_the_first_run_builds_the_environment_and_the_next_finds_it(bench: Any) -> None:
    settings = "requirements: ['networkx==0.1']"
    tool = tool_of(bench, settings)
    assert tool.notice is not None
    assert "built by its first run" in tool.notice
    assert list(tool.params_schema["properties"]) == ["text", "fail"]
    made = run(bench, tool, {"text": "first"})
    assert made.status == "succeeded", made.text
    assert json.loads(made.content("said.json"))[:2] == ["0.1", "first"]
    assert "toolrunner: Building an environment with networkx==0.1" in made.text
    assert "networkx==0.1" in made.text.partition("is ready after")[2]
    again = tool_of(bench, settings)
    assert again.notice is None
    made = run(bench, again)
    assert "Building" not in made.text
    assert bench.runner.environment(again)["packages"].keys() >= {"networkx", "helper-of-old"}


def test_what_was_resolved_once_stays_although_there_is_something_newer(bench: Any, wheels: Path) -> None:
    tool = tool_of(bench, "requirements: [networkx, helper-of-old]")
    assert json.loads(run(bench, tool).content("said.json"))[0] == "0.2"
    newer = make_wheel(wheels, "networkx", "0.3")
    try:
        interpreter, place = tool.entry.interpreter, bench.runner._environments
        assert interpreter is not None
        shutil.rmtree(interpreter.home(place))
        assert json.loads(run(bench, tool).content("said.json"))[0] == "0.2"
    finally:
        newer.unlink()


def test_options_of_the_requirements_hold_when_the_environment_is_built_anew(bench: Any) -> None:
    make_wheel(bench.box / "needs" / "ours", "networkx", "0.7")
    make_wheel(bench.box / "needs" / "ours", "networkx", "0.6")
    bench.write("needs/all.txt", "--no-index\n--find-links ours\n-c limits.txt\nnetworkx>0.5\n")
    bench.write("needs/limits.txt", "networkx<0.7\n")
    tool = tool_of(bench, "requirements: needs/all.txt")
    interpreter, place = tool.entry.interpreter, bench.runner._environments
    assert interpreter is not None
    for _ in range(2):
        made = run(bench, tool)
        assert made.status == "succeeded", made.text
        assert "Building an environment with networkx>0.5 …" in made.text
        assert json.loads(made.content("said.json"))[0] == "0.6"
        shutil.rmtree(interpreter.home(place))


def test_hashes_of_the_requirements_hold_when_the_environment_is_built_anew(bench: Any) -> None:
    wheel = make_wheel(bench.box / "ours", "networkx", "0.8")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    bench.write("all.txt", f"--no-index\n--find-links ours\nnetworkx==0.8 --hash=sha256:{digest}\n")
    tool = tool_of(bench, "requirements: all.txt")
    interpreter, place = tool.entry.interpreter, bench.runner._environments
    assert interpreter is not None
    assert json.loads(run(bench, tool).content("said.json"))[0] == "0.8"
    shutil.rmtree(interpreter.home(place))
    make_wheel(bench.box / "ours", "networkx", "0.8", "another = True\n")
    made = run(bench, tool)
    assert made.status == "failed"
    assert "hash" in made.error.message.lower()


def test_changed_requirements_make_another_environment(bench: Any) -> None:
    bench.write("needs/all.txt", "-r more.txt\n# a comment\n")
    bench.write("needs/more.txt", "networkx==0.1  # old\n")
    tool = tool_of(bench, "requirements: needs/all.txt")
    assert json.loads(run(bench, tool).content("said.json"))[0] == "0.1"
    bench.write("needs/more.txt", "networkx==0.2\n")
    changed = tool_of(bench, "requirements: needs/all.txt")
    assert changed.version != tool.version
    assert json.loads(run(bench, changed).content("said.json"))[0] == "0.2"


def test_a_script_states_its_requirements_itself(bench: Any) -> None:
    block = '# /// script\n# requires-python = ">=3.9"\n# dependencies = [\n#   "networkx<0.2",\n# ]\n# ///\n'
    tool = tool_of(bench, "", block + SCRIPT)
    assert json.loads(run(bench, tool).content("said.json"))[0] == "0.1"


def test_a_script_without_a_parser_just_runs_once_its_environment_is_built(bench: Any) -> None:
    block = '# /// script\n# dependencies = ["networkx==0.1"]\n# ///\n'
    tool = tool_of(
        bench, "", f"{block}import networkx\nif __name__ == '__main__':\n    print(networkx.__version__)\n"
    )
    assert run(bench, tool).text.endswith("0.1\n")


def test_where_params_can_only_be_known_afterwards_the_first_run_builds_and_does_nothing_else(
    bench: Any,
) -> None:
    # The parser is made by the package itself, so that no text here shows it.
    source = "import argparse\nimport networkx\nparser = networkx.make(argparse)\nprint(parser.parse_args().depth)\n"
    made_there = (
        "def make(argparse):\n"
        "    parser = argparse.ArgumentParser()\n"
        "    parser.add_argument('--depth', type=int, required=True)\n"
        "    return parser\n"
    )
    make_wheel(Path(os.environ["PIP_FIND_LINKS"]), "networkx", "0.4", made_there)
    tool = tool_of(bench, "requirements: ['networkx==0.4']", source)
    assert tool.params_schema["properties"] == {}
    assert tool.notice is not None
    assert "does nothing else" in tool.notice
    made = run(bench, tool)
    assert made.status == "succeeded"
    assert "run it again" in made.text
    known = tool_of(bench, "requirements: ['networkx==0.4']", source)
    assert known.params_schema["required"] == ["depth"]
    assert known.notice is None
    assert run(bench, known, {"depth": 7}).text == "7\n"


def test_an_environment_that_cannot_be_built_says_why_in_the_installers_words(bench: Any) -> None:
    tool = tool_of(bench, "requirements: [surely-not-there]")
    made = run(bench, tool)
    assert made.status == "failed"
    assert made.error.type == "environment"
    assert "surely-not-there" in made.error.message
    assert made.error.message.startswith("The environment could not be built: ")
    assert "Mend the requirements" in made.error.hint
    assert "surely-not-there" in made.text
    assert run(bench, tool).error.type == "environment"


def test_a_build_that_is_canceled_leaves_nothing_and_is_made_anew(bench: Any) -> None:
    tool = tool_of(bench, "requirements: ['networkx>0.1,<=0.2', 'helper-of-old>4']")
    interpreter, place = tool.entry.interpreter, bench.runner._environments
    assert interpreter is not None
    made = run(bench, tool, stop_when=lambda log: b"Building" in log)
    assert made.status == "canceled"
    assert not interpreter.marker(place).exists()
    made = run(bench, tool)
    assert made.status == "succeeded", made.text
    assert "Building" in made.text
