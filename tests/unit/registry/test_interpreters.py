"""Which Python a script names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_toolrunner.core.interpreters import Interpreter
from jupyter_toolrunner.registry.interpreters import interpreter_of, of_settings
from jupyter_toolrunner.registry.requirement_files import Unusable
from jupyter_toolrunner.registry.settings import Settings, load


@pytest.fixture
def box(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text("print()\n")
    return tmp_path


def named(box: Path, settings: str = "", source: str | None = None) -> Interpreter | None:
    if source is not None:
        (box / "script.py").write_text(source)
    (box / "toolbox.yaml").write_text(settings)
    found = load(box / "toolbox.yaml")
    assert found.problems == ()
    return interpreter_of(box / "script.py", box, found, "script")


def block(*lines: str) -> str:
    return "# /// script\n" + "".join(f"# {line}\n" for line in lines) + "# ///\nimport sys\n"


def test_a_script_that_names_none_runs_in_ours(box: Path) -> None:
    assert named(box) is None
    assert named(box, "title: A box") is None


def test_what_is_nearest_to_the_script_holds(box: Path) -> None:
    script = block('dependencies = ["of-the-script"]')
    everywhere = "requirements: [of-the-box]\n"
    for settings, source, wanted in (
        (everywhere, "print()\n", "of-the-box"),
        (everywhere, script, "of-the-script"),
        (everywhere + "tools: {script: {requirements: [of-the-tool]}}", script, "of-the-tool"),
    ):
        found = named(box, settings, source)
        assert found is not None
        assert found.requirements == (wanted,)


def test_a_command_of_the_system_is_found_and_a_link_is_not_followed(box: Path) -> None:
    link = box / "python"
    link.symlink_to(sys.executable)
    found = named(box, "interpreter: ./python")
    assert found is not None
    assert found.path == str(link)
    found = named(box, "interpreter: sh")
    assert found is not None
    assert found.path is not None
    assert Path(found.path).name == "sh"


@pytest.mark.parametrize(
    ("settings", "source", "message", "hint"),
    [
        ("interpreter: venv/bin/python", None, "The interpreter {box}/venv/bin/python is not there.", "python -m venv"),
        ("interpreter: ./script.py", None, "is no program that may be executed", "Name the program itself"),
        ("environment: venv", None, "The environment {box}/venv is not there.", "python -m venv {box}/venv"),
        ("environment: .", None, "has no bin/python", "python -m venv"),
        ("requirements: needs.txt", None, "The requirements {box}/needs.txt can't be read", "Put the file there"),
        ("", block("dependencies = ["), "is not valid TOML", "Mend the comment"),
        ("", block('dependencies = "one"'), "no list of texts", "Mend the comment"),
        ("", block('requires-python = "later"'), "no range of versions", ">=3.11"),
        ("", block('requires-python = ">=4.0"'), "takes Python >=4.0, and this is", "uv"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_so_with_its_path_and_what_to_do(
    box: Path, monkeypatch: pytest.MonkeyPatch, settings: str, source: str | None, message: str, hint: str
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unusable) as unusable:
        named(box, settings, source)
    assert message.format(box=box) in unusable.value.message
    assert hint.format(box=box) in unusable.value.hint


@pytest.mark.parametrize(
    "source",
    [
        block("dependencies = []"),
        block('requires-python = ">=3.9"'),
        block('dependencies = ["one"]') + block('dependencies = ["two"]'),
        "# /// other\n# dependencies = ['x']\n# ///\n",
        "x = '''\n# /// script\n'''\n",
        "",
    ],
)
def test_a_script_that_needs_nothing_else_runs_in_ours(box: Path, source: str) -> None:
    assert named(box, source=source) is None


def test_files_of_requirements_bring_others_along(box: Path) -> None:
    (box / "more").mkdir()
    (box / "needs.txt").write_text("\ufeff# first\none==1 \\\n  --hash=sha256:0\n-r more/two.txt\n\n")
    (box / "more" / "two.txt").write_text("two  # why\n--requirement=three.txt\n")
    (box / "more" / "three.txt").write_text("three @ https://example.org/three.whl#egg=three\n")
    found = named(box, "requirements: needs.txt")
    assert found is not None
    assert found.requirements == (
        "one==1    --hash=sha256:0", "two", "three @ https://example.org/three.whl#egg=three",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("needs", "file", "counts"),
    [
        ("one\n-c limits.txt\n", "limits.txt", True),
        ("one\n-climits.txt\n", "limits.txt", True),
        ("one\n--constraint=more/limits.txt\n", "more/limits.txt", True),
        ("-c first.txt\none\n", "more/limits.txt", True),
        ("-r other.txt\n", "other.txt", True),
        ("./a.whl\n", "a.whl", True),
        ("a.whl ; python_version > '3'\n", "a.whl", True),
        ("a @ file://{box}/a.whl\n", "a.whl", True),
        ("-e ./package\n", "package/pyproject.toml", True),
        ("./package[extra]\n", "package/pyproject.toml", True),
        ("./package\n", "package/code.py", False),
        ("one\n--find-links more\n", "more/two.whl", False),
    ],
)
def test_what_requirements_name_on_this_machine_counts_by_its_content(
    box: Path, needs: str, file: str, counts: bool
) -> None:
    (box / "needs.txt").write_text(needs.format(box=box))
    (box / "first.txt").write_text("-c more/limits.txt\n")
    keys = []
    for content in ("two==1\n", "two==2\n", "two==1\n"):
        (box / file).parent.mkdir(exist_ok=True)
        (box / file).write_text(content)
        found = named(box, "requirements: needs.txt")
        assert found is not None
        keys.append(found.key)
    assert len(set(keys)) == (2 if counts else 1)
    assert keys[0] == keys[2]


def test_what_lies_beside_the_requirements_is_named_wherever_they_are_read(box: Path) -> None:
    (box / "more").mkdir()
    (box / "more" / "limits.txt").write_text("two==1\n")
    (box / "needs.txt").write_text("-r more/needs.txt\n")
    (box / "more" / "needs.txt").write_text(
        "-c limits.txt\n-f .\n--index-url https://example.org/simple\n-c https://example.org/limits.txt\none\n"
    )
    for settings in ("requirements: needs.txt", "requirements: [-r more/needs.txt]"):
        found = named(box, settings)
        assert found is not None
        assert found.requirements == (
            f"-c {box}/more/limits.txt", f"-f {box}/more", "--index-url https://example.org/simple",
            "-c https://example.org/limits.txt", "one",
        )  # fmt: skip


def test_the_same_requirements_share_an_environment_wherever_they_stand(box: Path) -> None:
    one = Interpreter(requirements=("a", "b>1"), folder="/one")
    assert one.key == Interpreter(requirements=("b>1", "a"), folder="/two").key
    assert one.key != Interpreter(requirements=("a", "b>2"), folder="/one").key
    local = Interpreter(requirements=("./wheel.whl",), folder="/one")
    assert local.key != Interpreter(requirements=("./wheel.whl",), folder="/two").key


def test_a_changed_file_of_requirements_is_noticed(box: Path) -> None:
    (box / "toolbox.yaml").write_text("requirements: needs.txt")
    settings = load(box / "toolbox.yaml")
    missing = of_settings(box, settings, "script")
    (box / "needs.txt").write_text("one\n")
    first = of_settings(box, settings, "script")
    (box / "needs.txt").write_text("two\n")
    assert len({missing, first, of_settings(box, settings, "script")}) == 3
    assert of_settings(box, Settings(), "script") == ""


def test_settings_that_name_two_pythons_are_a_problem(box: Path) -> None:
    (box / "toolbox.yaml").write_text("interpreter: a\nrequirements: [b]\n")
    settings = load(box / "toolbox.yaml")
    (problem,) = settings.problems
    assert "names a Python in several ways: interpreter, requirements; the first holds" in problem
    assert settings.defaults.interpreter == "a"
