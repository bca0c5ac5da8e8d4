"""A graph with a place for each node, of GraphML, GEXF or node-link JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import InvalidRequest
from .graph_layout import places
from .graph_xml import read_xml

#: Nodes that are drawn; of a larger graph those with the most links.
MOST_NODES = 5_000
MOST_LINKS = 40_000
MOST_BYTES = 200 * 2**20
NAME = "graph.json"
_LABEL = 200

Progress = Callable[[float], None]


def make(source: Path, place: Path, options: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    if source.stat().st_size > MOST_BYTES:
        raise InvalidRequest(
            f"Graphs of up to {MOST_BYTES // 2**20} MB are drawn.", hint="Look at it as text, or download it."
        )
    graph = read_xml(source) if options["format"] == "xml" else read_json(source)
    progress(0.4)
    (place / NAME).write_text(json.dumps(_drawn(graph)), "utf-8")
    return {"nodes": len(graph.labels), "links": len(graph.links)}


class Graph:
    """Nodes by number, links between them."""

    def __init__(self, *, directed: bool = False) -> None:
        self.directed = directed
        self.labels: list[str] = []
        self.groups: list[str | None] = []
        self.links: list[tuple[int, int]] = []
        self._numbers: dict[str, int] = {}

    def node(self, name: object) -> int:
        key = name if isinstance(name, str) else json.dumps(name, default=str)
        if key not in self._numbers:
            self._numbers[key] = len(self.labels)
            self.labels.append(key[:_LABEL])
            self.groups.append(None)
        return self._numbers[key]

    def describe(self, node: int, label: object, group: object) -> None:
        if label not in (None, ""):
            self.labels[node] = str(label)[:_LABEL]
        if group not in (None, ""):
            self.groups[node] = str(group)[:_LABEL]

    def link(self, source: object, target: object) -> None:
        self.links.append((self.node(source), self.node(target)))


def read_json(source: Path) -> Graph:
    try:
        data = json.loads(source.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"The file is no JSON: {str(error)[:200]}", hint="Look at it as text.") from None
    links = (
        next((data[name] for name in ("edges", "links") if name in data), None) if _is_object(data) else None
    )
    if not _is_object(data) or not isinstance(data.get("nodes"), list) or not isinstance(links, list):
        raise InvalidRequest("The JSON has no lists of nodes and links.", hint="Look at it as a tree.")
    graph = Graph(directed=data.get("directed") is True)
    for place, node in enumerate(data["nodes"]):
        facts = node if _is_object(node) else {"id": node}
        number = graph.node(facts.get("id", facts.get("name", place)))
        label = next((facts[name] for name in ("label", "title", "name") if facts.get(name)), None)
        group = next((facts[name] for name in ("group", "community", "type", "kind") if name in facts), None)
        graph.describe(number, label, group)
    for link in links:
        if _is_object(link) and "source" in link and "target" in link:
            graph.link(link["source"], link["target"])
        elif isinstance(link, list) and len(link) >= 2:
            graph.link(link[0], link[1])
    return graph


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _drawn(graph: Graph) -> dict[str, Any]:
    import numpy as np

    count = len(graph.labels)
    links = np.array(graph.links, dtype=np.int64).reshape(-1, 2)
    degree = np.bincount(links.ravel(), minlength=count)
    shown = np.arange(count)
    if count > MOST_NODES:
        shown = np.sort(np.argsort(-degree, kind="stable")[:MOST_NODES])
    numbers = np.full(count, -1)
    numbers[shown] = np.arange(len(shown))
    drawn = numbers[links]
    drawn = drawn[(drawn >= 0).all(axis=1)]
    hidden_links = len(links) - len(drawn)
    if len(drawn) > MOST_LINKS:
        hidden_links += len(drawn) - MOST_LINKS
        weight = degree[shown][drawn].min(axis=1)
        drawn = drawn[np.sort(np.argsort(-weight, kind="stable")[:MOST_LINKS])]
    xy = places(len(shown), drawn)
    return {
        "directed": graph.directed,
        "nodes": count,
        "links": len(links),
        "hidden_links": int(hidden_links),
        "labels": [graph.labels[i] for i in shown],
        "groups": [graph.groups[i] for i in shown],
        "degrees": degree[shown].tolist(),
        "x": np.round(xy[:, 0], 4).tolist(),
        "y": np.round(xy[:, 1], 4).tolist(),
        "edges": drawn.tolist(),
    }
