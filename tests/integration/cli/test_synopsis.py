"""The example that a terminal shows of a tool is one that the tool accepts."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_toolrunner.cli.params import read_params
from jupyter_toolrunner.cli.synopsis import example, show_params
from jupyter_toolrunner.cli.terminal import Terminal
from jupyter_toolrunner.core import params
from jupyter_toolrunner.core.tools import Tool
from jupyter_toolrunner.registry.catalog import Catalog

CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    boxes = [str(CORPUS / name) for name in ("styles", "functions", "knowledge/scripts", "analysis")]
    with Catalog(boxes, cache=tmp_path_factory.mktemp("cache"), watch=False) as catalog:
        assert catalog.refresh(wait=True, timeout=110)
        yield catalog


def test_the_example_of_every_tool_is_accepted(catalog: Catalog) -> None:
    tools = [tool for tool in catalog.tools() if tool.error is None]
    assert len(tools) > 40
    refused = {}
    for tool in tools:
        words = shlex.split(example(tool.name, tool.params_schema))
        assert words[:4] == ["jupyter", "toolrunner", "run", tool.name]
        try:
            given = read_params(tool.params_schema, words[5::2], None)
            complete = params.complete(tool.params_schema, given)
        except Exception as error:  # noqa: BLE001 - all that are refused are told at once
            refused[tool.name] = f"{words}: {error}"
            continue
        if tool.entry.command_line is not None and (problems := tool.entry.command_line.problems(complete)):
            refused[tool.name] = f"{words}: {problems}"
    assert refused == {}


def _shown(tool: Tool) -> str:
    output = io.StringIO()
    show_params(tool.params_schema, Terminal(output=output, notes=io.StringIO()))
    return output.getvalue()


def test_params_of_sub_commands_stand_below_their_command(catalog: Catalog) -> None:
    shown = _shown(catalog.find("nested_commands"))
    assert "Params\n" in shown
    below = shown.partition("\nWith cmd=remote, remote_cmd=add\n")[2].partition("\n\n")[0]
    assert "url" in below
    assert "tags" in below
    assert "verbose" not in below, "the outer command says it"


def test_what_excludes_each_other_is_said(catalog: Catalog) -> None:
    shown = _shown(catalog.find("exclusive"))
    assert "One of: file, url, text" in shown
    assert "At most one of: json, csv, limit" in shown


def test_what_holds_without_a_command_is_said(catalog: Catalog) -> None:
    assert "\nWithout what\n" in _shown(catalog.find("optional_command"))
