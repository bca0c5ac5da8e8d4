from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.ids import ToolName
from jupyter_toolrunner.core.tools import Tool, ToolKind
from jupyter_toolrunner.registry.searching import Index, distance, fold, words_of

CASES = json.loads((Path(__file__).parents[2] / "search_cases.json").read_text("utf-8"))


def a_tool(said: dict[str, Any]) -> Tool:
    return Tool(
        name=ToolName(f"box.{said['short_name']}"),
        toolbox="box",
        title=said["title"],
        kind=ToolKind.SCRIPT,
        description=said["description"],
        category=said["category"],
        tags=tuple(said["tags"]),
        translations=said.get("translations", {}),
        params_schema={"type": "object", "properties": said["params"]},
    )


INDEX = Index([a_tool(said) for said in CASES["tools"]])


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["query"])
def test_tools_are_found_by_what_people_type_the_best_first(case: dict[str, Any]) -> None:
    assert [tool.short_name for tool in INDEX.search(case["query"])] == case["found"]


def test_an_empty_query_finds_all_by_title() -> None:
    assert [tool.title for tool in INDEX.search(" ")][:2] == ["Build graph", "Café menu"]


def test_a_category_is_known_in_every_language() -> None:
    assert [tool.short_name for tool in INDEX.search("", "Графы")] == ["build_graph"]
    assert INDEX.search("graph", "Tables") == []


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("graph", "graph", 0),
        ("grahp", "graph", 1),
        ("grap", "graph", 1),
        ("graaph", "graph", 1),
        ("grixy", "graph", 3),
    ],
)
def test_letters_exchanged_with_the_next_are_one_typo(one: str, other: str, edits: int) -> None:
    assert distance(one, other, 2) == edits


def test_accents_and_case_do_not_matter_and_short_i_stays() -> None:
    assert fold("Ёлка Café Йод") == "елка cafe йод"
    assert words_of("max_iter, n2") == ["max", "iter", "n2"]
