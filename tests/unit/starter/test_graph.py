"""The graph tools on what this machine has."""

from __future__ import annotations

import csv
import json
from importlib import metadata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pytest
from PIL import Image

from jupyter_toolrunner.starter import build_graph, calculate_pagerank, graph_visualizer
from jupyter_toolrunner.starter.graph.graphs import GraphError, read_graph


def graph_in(name: str) -> nx.DiGraph[Any]:
    data = json.loads(Path(name).read_text())
    graph = nx.node_link_graph(data, edges="edges")
    assert isinstance(graph, nx.DiGraph)
    return graph


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def small_graph(tmp_path: Path, **more: Any) -> Path:
    path = tmp_path / "small.graph.json"
    nodes = [{"id": "a"}, {"id": "b"}, {"id": "c", "label": "The third"}]
    edges = [{"source": "a", "target": "c", "count": 1}, {"source": "b", "target": "c", "count": 3}]
    write(path, json.dumps({"directed": True, "nodes": nodes, "edges": edges} | more))
    return path


class TestPackages:
    def test_by_default_it_is_the_packages_of_this_environment(self) -> None:
        result = build_graph()
        graph = graph_in(result["graph"])
        assert result["graph"] == "packages.graph.json"
        assert result["nodes"] == len(graph) > 20
        assert graph.nodes["networkx"]["version"] == metadata.version("networkx")
        assert graph.has_edge("jinja2", "markupsafe")

    def test_a_requirement_of_an_extra_is_left_out_unless_asked_for(self) -> None:
        build_graph()
        assert not graph_in("packages.graph.json").has_edge("networkx", "pandas")
        build_graph(optional=True)
        edge = graph_in("packages.graph.json")["networkx"]["pandas"]
        assert edge["extra"]

    def test_missing_packages_are_added_when_asked_for(self) -> None:
        build_graph(optional=True, outside=True)
        kinds = nx.get_node_attributes(graph_in("packages.graph.json"), "kind")
        assert set(kinds.values()) == {"package", "missing"}

    def test_start_keeps_what_a_package_leads_to(self) -> None:
        build_graph(start=["jinja2"])
        assert set(graph_in("packages.graph.json")) == {"jinja2", "markupsafe"}

    def test_an_unknown_start_names_what_is_near(self) -> None:
        with pytest.raises(GraphError, match=r"'jinja'.*jinja2"):
            build_graph(start=["jinja"])


class TestImports:
    def test_the_imports_of_networkx(self) -> None:
        result = build_graph("imports")
        graph = graph_in(result["graph"])
        assert result["graph"] == "networkx.imports.graph.json"
        assert graph.has_edge("networkx.classes.digraph", "networkx.classes.graph")
        assert graph.has_edge("networkx", "networkx.classes")
        assert not [node for node in graph if ".tests" in node]

    def test_relative_imports_lead_where_python_would_go(self, tmp_path: Path) -> None:
        write(tmp_path / "pack/__init__.py", "from . import one")
        write(
            tmp_path / "pack/one.py", "from .inner.deep import thing\nfrom .inner import deep\nimport os.path"
        )
        write(tmp_path / "pack/inner/__init__.py", "")
        write(
            tmp_path / "pack/inner/deep.py",
            "from ..one import x\nfrom .... import nowhere\nfrom ... import top",
        )
        build_graph("imports", package=str(tmp_path / "pack"), outside=True)
        graph = graph_in("pack.imports.graph.json")
        assert set(graph.edges) == {
            ("pack", "pack.one"),
            ("pack.one", "pack.inner.deep"),
            ("pack.one", "os"),
            ("pack.inner.deep", "pack.one"),
            ("pack.inner.deep", "top"),
        }
        assert graph["pack.one"]["pack.inner.deep"]["count"] == 2
        assert graph.nodes["os"]["kind"] == "other package"

    def test_a_file_that_python_cannot_read_is_a_node_and_a_line_in_the_log(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(tmp_path / "loose/good.py", "import bad")
        write(tmp_path / "loose/bad.py", "def broken(:")
        (tmp_path / "loose/worse.py").write_bytes(b"\xff\x00import os")
        build_graph("imports", package=str(tmp_path / "loose"))
        assert set(graph_in("loose.imports.graph.json").edges) == {("good", "bad")}
        assert "Left out what bad imports" in capsys.readouterr().out

    def test_nothing_of_the_package_is_run(self, tmp_path: Path, run_folder: Path) -> None:
        write(tmp_path / "evil/__init__.py", "open('ran', 'w')")
        write(tmp_path / "evil/one.py", "import evil")
        build_graph("imports", package=str(tmp_path / "evil"))
        assert not (run_folder / "ran").exists()

    @pytest.mark.parametrize(
        ("package", "says"),
        [("", "name of an installed one"), ("no_such_thing", "installed here"), ("json.tool", "several modules"),
         ("six", "several modules"), ("./nowhere", "no folder"), ("a b", "installed here")],
    )  # fmt: skip
    def test_a_package_that_cannot_be_used_is_a_clear_error(self, package: str, says: str) -> None:
        with pytest.raises(GraphError, match=says):
            build_graph("imports", package=package)


class TestLinks:
    @pytest.fixture
    def notes(self, tmp_path: Path) -> Path:
        folder = tmp_path / "notes"
        write(
            folder / "index.md",
            "---\ntitle: 'Начало'\n---\n# Not this\n[One](one.md#part) and [[Two|the second]]",
        )
        write(
            folder / "one.md", "# One `code` here\n\n[up](./sub/../index.md) [two](sub/Two%20b.md) ![[Two b]]"
        )
        write(
            folder / "sub/Two b.md",
            "[root](/one.md) [gone](gone.md) <https://Example.org/x> [mail](mailto:a@b.c)",
        )
        write(
            folder / "sub/two.md",
            "Text\n\n```\n[[One]]\n```\n\n`[[One]]` [self](two.md) [[Nowhere]] [a](<http://[>)",
        )
        cells = [
            {"cell_type": "markdown", "source": ["# Book\n", "\n", "[[one]]"]},
            {"cell_type": "code", "source": "[x](index.md)"},
        ]
        write(folder / "book.ipynb", json.dumps({"cells": cells}))
        write(folder / "broken.ipynb", "{")
        write(folder / ".hidden/secret.md", "[[One]]")
        write(folder / "node_modules/readme.md", "[[One]]")
        return folder

    def test_links_wiki_links_and_notebooks(self, notes: Path) -> None:
        result = build_graph("links", folder=str(notes))
        graph = graph_in("notes.links.graph.json")
        assert set(graph.edges) == {
            ("index.md", "one.md"),
            ("index.md", "sub/two.md"),
            ("one.md", "index.md"),
            ("one.md", "sub/Two b.md"),
            ("sub/Two b.md", "one.md"),
            ("book.ipynb", "one.md"),
        }
        assert result["nodes"] == 6
        assert graph["one.md"]["sub/Two b.md"]["count"] == 2

    def test_pages_are_called_by_their_titles(self, notes: Path) -> None:
        build_graph("links", folder=str(notes))
        labels = nx.get_node_attributes(graph_in("notes.links.graph.json"), "label")
        assert labels["index.md"] == "Начало"
        assert labels["one.md"] == "One code here"
        assert labels["book.ipynb"] == "Book"
        assert labels["broken.ipynb"] == "broken"

    def test_what_lies_outside_is_added_when_asked_for(self, notes: Path) -> None:
        build_graph("links", folder=str(notes), outside=True)
        graph = graph_in("notes.links.graph.json")
        assert graph.nodes["example.org"]["kind"] == "web site"
        assert graph.nodes["sub/gone.md"]["kind"] == graph.nodes["Nowhere"]["kind"] == "missing"

    def test_a_page_that_is_not_text_does_no_harm(self, tmp_path: Path) -> None:
        (tmp_path / "odd").mkdir()
        (tmp_path / "odd/a.md").write_bytes(b"\xff\xfe\x00[[b]]")
        write(tmp_path / "odd/b.md", "[" * 5000 + "![" * 5000)
        assert build_graph("links", folder=str(tmp_path / "odd"))["nodes"] == 2

    @pytest.mark.parametrize(
        ("folder", "says"), [("", "need a folder"), ("/no/such", "no folder"), (".", "no Markdown")]
    )
    def test_a_folder_that_cannot_be_used_is_a_clear_error(self, folder: str, says: str) -> None:
        with pytest.raises(GraphError, match=says):
            build_graph("links", folder=folder)


class TestPageRank:
    def test_without_a_graph_it_ranks_the_packages_here(self) -> None:
        result = calculate_pagerank()
        graph = graph_in("packages.ranked.graph.json")
        ranks = nx.get_node_attributes(graph, "rank")
        assert sum(ranks.values()) == pytest.approx(1)
        assert result["top"][0]["rank"] == pytest.approx(max(ranks.values()), abs=1e-6)
        assert len(result["top"]) == 20

    def test_it_agrees_with_networkx(self, tmp_path: Path) -> None:
        path = small_graph(tmp_path)
        calculate_pagerank(path, damping=0.7)
        expected = nx.pagerank(read_graph(path), alpha=0.7)
        ranks = nx.get_node_attributes(graph_in("small.ranked.graph.json"), "rank")
        assert ranks == pytest.approx(expected, abs=1e-5)

    def test_the_table_has_every_node_in_order(self, tmp_path: Path) -> None:
        calculate_pagerank(small_graph(tmp_path))
        rows = list(csv.DictReader(Path("ranks.csv").read_text(encoding="utf-8").splitlines()))
        assert [row["node"] for row in rows] == ["c", "a", "b"]
        assert rows[0]["label"] == "The third"
        assert [row["position"] for row in rows] == ["1", "2", "3"]

    def test_backwards_the_others_come_first(self, tmp_path: Path) -> None:
        result = calculate_pagerank(small_graph(tmp_path), reverse=True, weight="count", top=1)
        assert [row["node"] for row in result["top"]] == ["b"]

    def test_an_undirected_graph_counts_both_ways(self, tmp_path: Path) -> None:
        path = small_graph(tmp_path, directed=False)
        assert read_graph(path).has_edge("c", "a")

    def test_an_unknown_weight_names_the_known(self, tmp_path: Path) -> None:
        with pytest.raises(GraphError, match=r"'heft'.*count"):
            calculate_pagerank(small_graph(tmp_path), weight="heft")

    def test_a_weight_that_is_not_a_number_names_the_edge(self, tmp_path: Path) -> None:
        edges = [{"source": "a", "target": "c", "count": "many"}]
        with pytest.raises(GraphError, match=r"a → c.*'many'"):
            calculate_pagerank(small_graph(tmp_path, edges=edges), weight="count")

    def test_too_few_rounds_say_what_to_change(self, tmp_path: Path) -> None:
        with pytest.raises(GraphError, match="raise max_iter or tol"):
            calculate_pagerank(small_graph(tmp_path), max_iter=1)

    def test_damping_out_of_range_is_refused_without_the_form_too(self, tmp_path: Path) -> None:
        with pytest.raises(GraphError, match="damping"):
            calculate_pagerank(small_graph(tmp_path), damping=1.5)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("", "is not JSON"),
            ("[1, 2]", "not a graph"),
            ('{"nodes": []}', "no list 'edges'"),
            ('{"nodes": [], "edges": []}', "no nodes"),
            ('{"nodes": ["a"], "edges": []}', r"nodes\[0\]"),
            ('{"nodes": [{"id": []}], "edges": []}', r"nodes\[0\]"),
            ('{"nodes": [{"id": 1}], "edges": [3]}', r"edges\[0\] needs"),
            ('{"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 2}]}', "leads to 2"),
            ("[" * 100_000, "is not JSON"),
        ],
    )
    def test_a_file_that_is_no_graph_says_why(self, tmp_path: Path, content: str, says: str) -> None:
        path = tmp_path / "odd.json"
        write(path, content)
        with pytest.raises(GraphError, match=says):
            calculate_pagerank(path)

    def test_a_file_that_is_missing_or_not_text_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_bytes(b"\x89PNG")
        with pytest.raises(GraphError, match="There is no file"):
            calculate_pagerank(tmp_path / "none.json")
        with pytest.raises(GraphError, match="UTF-8"):
            calculate_pagerank(tmp_path / "x.json")

    def test_a_name_inside_of_a_graph_cannot_lead_files_elsewhere(
        self, tmp_path: Path, run_folder: Path
    ) -> None:
        path = small_graph(tmp_path, graph={"name": "../../escaped", "incoming_graph_data": 1})
        calculate_pagerank(path)
        assert sorted(file.name for file in run_folder.iterdir()) == ["ranks.csv", "small.ranked.graph.json"]


class TestPicture:
    def test_without_a_graph_it_draws_the_packages_here(self) -> None:
        result = graph_visualizer()
        assert result["pictures"] == ["packages.png"]
        assert Path("packages.ranked.graph.json").is_file()
        with Image.open("packages.png") as picture:
            colors = picture.convert("RGB").getcolors(10_000_000)
            assert picture.width > 1000
            assert colors is not None
            assert len(colors) > 100
            assert picture.info["Description"].startswith("Packages of this environment")

    def test_the_same_graph_gives_the_same_picture(self, tmp_path: Path) -> None:
        build_graph()
        first = _drawn(Path("packages.graph.json"))
        assert _drawn(Path("packages.graph.json")) == first

    @pytest.mark.parametrize("layout", ["spring", "kamada_kawai", "circular"])
    @pytest.mark.parametrize("color_by", ["communities", "rank", "kind", "none"])
    def test_every_layout_goes_with_every_coloring(self, tmp_path: Path, layout: Any, color_by: Any) -> None:
        graph_visualizer(
            small_graph(tmp_path), layout=layout, color_by=color_by, size_by="degree", theme="dark"
        )
        assert Path("small.png").stat().st_size > 10_000

    @pytest.mark.parametrize(
        ("nodes", "edges"),
        [
            ([1], []),
            ([1, 2], []),
            ([1, 2], [(1, 2)]),
            ([1], [(1, 1)]),
            (list(range(40)), [(n, n + 1) for n in range(0, 40, 2)]),
            (
                ["$x$", "a\nb", "😀", "\\frac{", "", "\u202eמ"],
                [("$x$", "a\nb"), ("😀", "\\frac{"), ("", "\u202eמ")],
            ),
        ],
    )
    def test_odd_graphs_are_drawn_too(self, tmp_path: Path, nodes: list[Any], edges: list[Any]) -> None:
        path = small_graph(
            tmp_path,
            nodes=[{"id": node} for node in nodes],
            edges=[{"source": a, "target": b} for a, b in edges],
        )
        assert graph_visualizer(path, isolated=True, svg=True)["drawn"] == len(nodes)

    def test_a_picture_with_odd_names_is_xml(self, tmp_path: Path) -> None:
        path = small_graph(tmp_path, nodes=[{"id": "<a>&\0\x1b"}, {"id": "]]>\ufffe"}], edges=[])
        graph_visualizer(path, isolated=True, svg=True)
        text = "".join(ElementTree.parse("small.svg").getroot().itertext())
        assert "2 nodes" in text

    def test_a_large_graph_is_cut_to_its_highest_ranked(self) -> None:
        build_graph()
        result = graph_visualizer(Path("packages.graph.json"), limit=10)
        assert result["drawn"] <= 10 < result["nodes"]

    def test_ranks_that_a_graph_brings_are_used(self, tmp_path: Path) -> None:
        nodes = [{"id": "a", "rank": 0.9}, {"id": "b", "rank": 0.1}]
        path = small_graph(tmp_path, nodes=nodes, edges=[{"source": "a", "target": "b"}])
        assert graph_visualizer(path)["top"] == ["a", "b"]


def _drawn(graph: Path) -> bytes:
    graph_visualizer(graph, svg=True)
    return Path("packages.png").read_bytes() + Path("packages.svg").read_bytes()
