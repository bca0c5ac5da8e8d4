"""Ranking the nodes of a graph."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from ...authoring import progress
from .graphs import ENDING, GraphError, check_weights, label_of, metrics, read_graph, write_graph

if TYPE_CHECKING:
    from collections.abc import Mapping


def rank(
    path: Path | None, *, damping: float, weight: str, reverse: bool, top: int, max_iter: int, tol: float
) -> dict[str, Any]:
    """Rank the graph in a file, or the packages of this environment; write table and graph, and tell the first."""
    graph = given_or_packages(path)
    progress(5, 10, f"Ranking {graph.number_of_nodes()} nodes")
    ranks = page_ranks(graph, damping=damping, weight=weight, reverse=reverse, max_iter=max_iter, tol=tol)
    nx.set_node_attributes(graph, ranks, "rank")
    progress(8, 10, "Writing the table and the graph")
    order = ranking(ranks)
    _write_table(graph, order, Path("ranks.csv"))
    ranked = Path(f"{graph.graph['name']}.ranked{ENDING}")
    write_graph(graph, ranked)
    first = [
        {"node": node, "label": label_of(graph, node), "rank": round(ranks[node], 8)} for node in order[:top]
    ]
    _print_first(first)
    progress(10, 10, f"First: {first[0]['label']}")
    return {"graph": str(ranked), "table": "ranks.csv", **metrics(graph), "damping": damping, "top": first}


def given_or_packages(path: Path | None) -> nx.DiGraph[Any]:
    """The graph in the file, else that of the installed packages."""
    if path is not None:
        progress(0, 10, f"Reading {path.name}")
        graph = read_graph(path)
        print(f"{path.name}: {graph.number_of_nodes()} nodes, {graph.number_of_edges()} edges")
        return graph
    from .packages import packages_graph

    print("No graph was given: taking the packages of this environment")
    return packages_graph()


def page_ranks(
    graph: nx.DiGraph[Any],
    *,
    damping: float = 0.85,
    weight: str = "",
    reverse: bool = False,
    max_iter: int = 200,
    tol: float = 1e-8,
) -> dict[Any, float]:
    """PageRank of every node; they sum up to 1."""
    if not 0 <= damping < 1:
        raise GraphError(f"damping must be at least 0 and less than 1, not {damping}")
    if weight:
        check_weights(graph, weight)
    followed = graph.reverse(copy=False) if reverse else graph
    try:
        ranks = nx.pagerank(followed, alpha=damping, max_iter=max_iter, tol=tol, weight=weight or None)
    except nx.PowerIterationFailedConvergence:
        raise GraphError(
            f"The ranks still changed by more than {tol:g} after {max_iter} rounds: raise max_iter or tol"
        ) from None
    return {node: float(value) for node, value in ranks.items()}


def ranking(ranks: Mapping[Any, float]) -> list[Any]:
    """The highest first; equal ones by name, so that the order is always the same."""
    return sorted(ranks, key=lambda node: (-round(ranks[node], 12), str(node)))


def _write_table(graph: nx.DiGraph[Any], order: list[Any], path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        table.writerow(["position", "node", "label", "rank", "in_degree", "out_degree"])
        for position, node in enumerate(order, start=1):
            score = f"{graph.nodes[node]['rank']:.10g}"
            row = [
                position,
                node,
                label_of(graph, node),
                score,
                graph.in_degree(node),
                graph.out_degree(node),
            ]
            table.writerow(row)


def _print_first(first: list[dict[str, Any]]) -> None:
    for position, row in enumerate(first[:10], start=1):
        print(f"{position:3}. {row['rank']:.4f}  {row['label']}")
