"""Graphs in files: node-link JSON, as networkx writes it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import networkx as nx

ENDING = ".graph.json"


class GraphError(ValueError):
    """The graph cannot be used."""


def read_graph(path: Path) -> nx.DiGraph[Any]:
    """Read node-link JSON into a directed graph; the name of the file is kept as the graph's ``name``."""
    graph = _from_node_link(_read_json(path), path)
    if not graph:
        raise GraphError(f"{path.name} has no nodes: there is nothing to work on")
    graph.graph["name"] = stem_of(path)
    return graph


def write_graph(graph: nx.DiGraph[Any], path: Path) -> None:
    text = json.dumps(nx.node_link_data(graph, edges="edges"), ensure_ascii=False, indent=1, default=str)
    path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def stem_of(path: Path) -> str:
    """The file's name without the endings that the graph tools give: ``packages.ranked.graph.json`` is ``packages``."""
    name = path.name
    for ending in (".json", ".graph", ".ranked"):
        name = name.removesuffix(ending)
    return name or "graph"


def _read_json(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise GraphError(
            f"There is no file {str(path)!r}: choose a graph file, or none for the packages here"
        ) from None
    except UnicodeDecodeError as error:
        raise GraphError(
            f"{path.name} is not text in UTF-8 (byte {error.start}): a graph file is JSON"
        ) from None
    except OSError as error:
        raise GraphError(f"{path.name} cannot be read: {error.strerror}") from error
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise GraphError(f"{path.name} is not JSON: {error}. Build graph makes files that fit") from None


def _from_node_link(data: Any, path: Path) -> nx.DiGraph[Any]:
    if not isinstance(data, dict) or not isinstance(data.get("nodes"), list):
        raise GraphError(
            f"{path.name} is JSON but not a graph: it needs lists 'nodes' and 'edges' (node-link JSON)"
        )
    edges = data.get("edges", data.get("links"))
    if not isinstance(edges, list):
        raise GraphError(f"{path.name} has nodes but no list 'edges' (or 'links')")
    attributes = data.get("graph")
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.graph.update(attributes if isinstance(attributes, dict) else {})
    for number, node in enumerate(data["nodes"]):
        if not isinstance(node, dict) or not isinstance(node.get("id"), str | int | float):
            raise GraphError(f"{path.name}: nodes[{number}] needs an 'id' that is a text or a number")
        graph.add_node(node["id"], **{key: value for key, value in node.items() if key != "id"})
    both_ways = data.get("directed") is False
    for number, edge in enumerate(edges):
        _add_edge(graph, edge, f"{path.name}: edges[{number}]", both_ways=both_ways)
    return graph


def _add_edge(graph: nx.DiGraph[Any], edge: Any, where: str, *, both_ways: bool) -> None:
    if not isinstance(edge, dict) or "source" not in edge or "target" not in edge:
        raise GraphError(f"{where} needs 'source' and 'target'")
    ends = edge["source"], edge["target"]
    for end in ends:
        if not isinstance(end, str | int | float) or end not in graph:
            raise GraphError(f"{where} leads to {end!r}, which is not among the nodes")
    attributes = {key: value for key, value in edge.items() if key not in ("source", "target", "key")}
    graph.add_edge(*ends, **attributes)
    if both_ways:
        graph.add_edge(*reversed(ends), **attributes)


def label_of(graph: nx.DiGraph[Any], node: Any) -> str:
    """What people call the node."""
    label = graph.nodes[node].get("label")
    return str(label) if label else str(node)


def check_weights(graph: nx.DiGraph[Any], weight: str) -> None:
    """Every edge that has the attribute must have a number there that is not negative; some edge must have it."""
    values = [(a, b, data[weight]) for a, b, data in graph.edges(data=True) if weight in data]
    if not values and graph.number_of_edges():
        known = sorted({key for *_, data in graph.edges(data=True) for key in data})
        raise GraphError(
            f"No edge has {weight!r} to weigh by; the edges have: {', '.join(known) or 'nothing'}"
        )
    for a, b, value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise GraphError(f"Edge {a} → {b} has {weight} = {value!r}; weights must be numbers from 0 up")


def metrics(graph: nx.DiGraph[Any]) -> dict[str, Any]:
    """Numbers about a graph, as every graph tool puts them into its result."""
    nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
    return {
        "nodes": nodes,
        "edges": edges,
        "density": round(nx.density(graph), 6),
        "components": nx.number_weakly_connected_components(graph) if nodes else 0,
        "isolated": nx.number_of_isolates(graph),
        "cycles": sum(1 for part in nx.strongly_connected_components(graph) if len(part) > 1),
    }
