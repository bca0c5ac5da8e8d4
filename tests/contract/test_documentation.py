"""The documentation has what there is: every setting, command and route."""

from __future__ import annotations

import argparse
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from jupyter_toolrunner.app import ToolrunnerApp
from jupyter_toolrunner.cli.parser import build_parser

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "jupyter_config.py").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

TRAITS = sorted(ToolrunnerApp.class_own_traits(config=True))
SETTINGS = re.findall(r"^#? ?(c\.\w+\.\w+) = (.+)$", CONFIG, re.MULTILINE)


@pytest.mark.parametrize("trait", TRAITS)
def test_every_trait_is_in_the_annotated_configuration(trait: str) -> None:
    found = f"c.ToolrunnerApp.{trait}" in dict(SETTINGS)
    assert found, f"jupyter_config.py lacks ToolrunnerApp.{trait}"


@pytest.mark.parametrize("name", [name for name, _ in SETTINGS if name.startswith("c.ToolrunnerApp.")])
def test_the_annotated_configuration_has_no_trait_that_is_gone(name: str) -> None:
    assert name.rpartition(".")[2] in TRAITS


def test_the_annotated_configuration_is_accepted_with_every_setting_on() -> None:
    config = Config()
    everything = re.sub(r"^# (c\.\w+\.\w+ = )", r"\1", CONFIG, flags=re.MULTILINE)
    exec(compile(everything, "jupyter_config.py", "exec"), {"get_config": lambda: config})
    app = ToolrunnerApp(config=config)
    for name, value in config.ToolrunnerApp.items():
        assert getattr(app, name) == value


def test_the_annotated_configuration_runs_as_it_is() -> None:
    runpy.run_path(str(ROOT / "jupyter_config.py"), {"get_config": Config})


def _commands(parser: argparse.ArgumentParser, prefix: str = "") -> Iterator[str]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in below:
        for name, child in action.choices.items():
            yield from _commands(child, f"{prefix}{name} ")
    if not below:
        yield prefix.strip()


@pytest.mark.parametrize("command", list(_commands(build_parser())))
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"jupyter toolrunner {command}" in README or f"`{command}" in README


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", _blocks(README, "python"))
def test_python_in_the_readme_compiles(block: str) -> None:
    compile(block, "README.md", "exec")


def test_continuous_integration_calls_the_test_command_of_the_readme() -> None:
    command = _blocks(README, "bash")[-1].strip()
    assert command in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README + CONTRIBUTING))))
def test_links_in_the_documentation_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:[\w.]+/)+[\w.]*)`", CONTRIBUTING))))
def test_paths_in_the_documentation_exist(path: str) -> None:
    below: list[Any] = [ROOT, ROOT / "jupyter_toolrunner", ROOT / "labextension"]
    assert any((folder / path).exists() for folder in below)
