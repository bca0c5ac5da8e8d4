"""Every tool of the starter toolbox through the queue, with what comes with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from serving import Server

from jupyter_toolrunner import starter

#: What each leaves beside its result, by media type.
LEFT = {
    "aggregate_table": {"application/vnd.apache.parquet": 1},
    "build_graph": {"application/vnd.toolrunner.graph+json": 1},
    "calculate_pagerank": {"application/vnd.toolrunner.graph+json": 1, "text/csv": 1},
    "check_links": {"text/markdown": 1, "text/csv": 1},
    "convert_table": {"application/x-ndjson": 1},
    "draw_timeline": {"application/vnd.vegalite.v5+json": 1, "text/markdown": 1, "text/csv": 1},
    "export_site": {"text/html": 16},
    "find_duplicates": {"text/markdown": 1, "text/csv": 1},
    "graph_visualizer": {"image/png": 1, "application/vnd.toolrunner.graph+json": 1},
    "join_tables": {"application/vnd.apache.parquet": 1},
    "make_glossary": {"text/markdown": 1, "text/csv": 1},
    "make_sitemap": {"application/xml": 1, "text/csv": 1},
    "plot_table": {"application/vnd.vegalite.v5+json": 1, "image/svg+xml": 1},
    "profile_table": {"application/vnd.vegalite.v5+json": 1, "text/markdown": 1, "text/csv": 1},
    "search_folder": {"text/markdown": 1, "text/csv": 1, "application/vnd.sqlite3": 1},
    "summarize_folder": {
        "application/vnd.vegalite.v5+json": 1,
        "text/markdown": 1,
        "application/vnd.apache.parquet": 1,
    },
    "table_of_contents": {"text/markdown": 1, "text/csv": 1, "application/json": 1},
    "tag_cloud": {"image/png": 1, "image/svg+xml": 1, "text/csv": 1},
    "text_statistics": {"text/markdown": 1, "text/csv": 1},
    "validate_metadata": {"text/markdown": 1, "text/csv": 2},
}


@pytest.fixture(scope="module")
def runs(server: Server) -> dict[str, dict[str, Any]]:
    """A run of each tool with the first of its presets; all wait in the queue together."""
    submitted = {}
    for tool in starter.__all__:
        presets = server.http.get("presets", params={"tool": f"starter.{tool}"}).json()
        assert [preset["with_tool"] for preset in presets] == [True, True], tool
        submitted[tool] = server.submit(f"starter.{tool}", **presets[0]["params"])
    return submitted


@pytest.mark.parametrize("tool", starter.__all__)
def test_it_does_its_work_and_leaves_its_files(
    server: Server, runs: dict[str, dict[str, Any]], tool: str
) -> None:
    run = server.wait(runs[tool]["id"], seconds=110)
    assert run["status"] == "succeeded", (run["error"], server.log_of(run["id"]))
    artifacts = {artifact["name"]: artifact for artifact in run["artifacts"]}
    assert artifacts.pop("result.json")["metadata"]["codec"] == "json"
    assert Counter(artifact["media_type"] for artifact in artifacts.values()) == LEFT[tool]
    assert all(artifact["size"] for artifact in artifacts.values())
    assert server.log_of(run["id"]).strip()


def test_a_result_is_the_input_of_the_next_tool(server: Server, runs: dict[str, dict[str, Any]]) -> None:
    first = server.wait(runs["aggregate_table"]["id"], seconds=110)
    table = next(each for each in first["artifacts"] if each["name"].endswith(".parquet"))
    drawn = server.done("starter.plot_table", table={"artifact": table["id"]}, kind="bar", x="planet")
    assert "moons.groups.bar.vl.json" in {artifact["name"] for artifact in drawn["artifacts"]}


def test_a_wrong_column_is_told_with_the_closest(server: Server) -> None:
    run = server.submit("starter.aggregate_table", group_by=["planett"])
    failed = server.wait(run["id"])
    assert (failed["status"], failed["reason"]) == ("failed", "error")
    assert "the closest is 'planet'" in failed["error"]["message"]


def test_a_folder_has_a_field_for_folders_and_a_table_one_for_its_files(server: Server) -> None:
    tool = server.http.get("tools/starter.draw_timeline").json()["params_schema"]["properties"]
    assert [part.get("format") for part in tool["folder"]["anyOf"]] == ["directory-path", None]
    assert [part.get("format") for part in tool["table"]["anyOf"]] == ["path", None]
    assert ".parquet" in tool["table"]["x-accepts"]
