"""The starter toolbox as a whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_toolrunner import starter
from jupyter_toolrunner.authoring import ATTRIBUTE
from jupyter_toolrunner.registry.functions import describe_function
from jupyter_toolrunner.registry.settings import load
from jupyter_toolrunner.starter.extras import NotInstalled, library

HERE = Path(starter.__file__).parent
ICONS = (Path(__file__).parents[3] / "labextension" / "src" / "components" / "toolIcons.tsx").read_text(
    encoding="utf-8"
)
CATEGORIES = {
    "Graph", "Search", "Text", "Table", "Statistics", "Validation", "Export", "Visualization"
}  # fmt: skip
HEAVY = {
    "altair", "bs4", "charset_normalizer", "datasketch", "duckdb", "jinja2", "jsonschema", "markdown_it", "matplotlib",
    "networkx", "numpy", "openpyxl", "pandas", "pyarrow", "pydantic", "scipy", "snowballstemmer", "wordcloud", "yaml",
}  # fmt: skip


@pytest.fixture(params=starter.__all__)
def function(request: pytest.FixtureRequest) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(starter, request.param)
    return found


def test_a_tool_says_what_it_is_and_every_parameter_has_its_help(function: Callable[..., Any]) -> None:
    declaration = getattr(function, ATTRIBUTE)
    assert declaration.title
    assert declaration.category in CATEGORIES
    assert declaration.tags
    assert f"  {declaration.icon}: '" in ICONS
    described = describe_function(function)
    assert described["error"] is None
    assert described["description"]
    for name, prop in described["schema"]["properties"].items():
        assert prop.get("description"), f"{function.__name__} says nothing about {name}"
    assert not described["schema"].get("required"), "a starter tool runs as it is"


def test_a_tool_is_there_in_russian(function: Callable[..., Any]) -> None:
    said = load(HERE / "toolbox.yaml")
    assert not said.problems
    russian = said.tools[function.__name__].translations["ru"]
    assert {"title", "description"} <= russian.keys()
    properties = describe_function(function)["schema"]["properties"]
    assert list(russian["params"]) == list(properties)
    for name, texts in russian["params"].items():
        assert {"title", "description"} == texts.keys(), name
    assert said.category_translations[getattr(function, ATTRIBUTE).category]["ru"]


def test_a_tool_has_presets_with_values_that_it_takes(function: Callable[..., Any]) -> None:
    import jsonschema

    schema = describe_function(function)["schema"]
    files = sorted((HERE / "templates" / "presets" / function.__name__).glob("*.yaml"))
    assert len(files) == 2
    for file in files:
        jsonschema.validate(yaml.safe_load(file.read_text(encoding="utf-8")), schema)


def test_nothing_is_said_of_tools_that_are_not_there() -> None:
    said = yaml.safe_load((HERE / "toolbox.yaml").read_text(encoding="utf-8"))
    assert said["tools"].keys() == set(starter.__all__)
    assert {folder.name for folder in (HERE / "templates" / "presets").iterdir()} == set(starter.__all__)


def test_reading_it_imports_nothing_heavy() -> None:
    code = "import sys, jupyter_toolrunner.starter; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_what_it_says_is_imported_ahead_can_be_imported() -> None:
    names = {name for tool in starter.__all__ for name in getattr(getattr(starter, tool), ATTRIBUTE).preload}
    subprocess.run([sys.executable, "-c", f"import {', '.join(sorted(names))}"], check=True)


class TestMissingLibraries:
    def test_the_command_that_brings_one_is_named(self) -> None:
        with pytest.raises(NotInstalled, match=r"pip install 'jupyter_toolrunner\[starter\]'"):
            library("a_library_that_nobody_has")

    def test_tools_are_listed_without_any_and_say_so_when_they_run(self) -> None:
        code = (
            "import sys\n"
            "for name in ('altair', 'datasketch', 'duckdb', 'openpyxl', 'vl_convert', 'wordcloud'):\n"
            "    sys.modules[name] = None\n"
            "from jupyter_toolrunner import starter\n"
            "from jupyter_toolrunner.registry.functions import describe_function\n"
            "assert not [n for n in starter.__all__ if describe_function(getattr(starter, n))['error']]\n"
            "starter.profile_table()"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert "NotInstalled: This tool works with duckdb" in done.stderr
