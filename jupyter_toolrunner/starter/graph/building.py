"""Building a graph from one of its sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...authoring import progress
from .graphs import ENDING, GraphError, metrics, write_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx


def build(
    source: str,
    *,
    package: str,
    folder: str,
    start: Sequence[str],
    exclude: Sequence[str],
    optional: bool,
    outside: bool,
) -> dict[str, Any]:
    """Build the graph of a source, write it into the current folder, and tell numbers about it."""
    graph = _graph_of(source, package, folder, exclude, optional=optional, outside=outside)
    if start:
        graph = reachable(graph, start)
    progress(9, 10, f"Writing {graph.number_of_nodes()} nodes")
    file = Path(graph.graph["name"] + ENDING)
    write_graph(graph, file)
    numbers = metrics(graph)
    print(
        f"{file}: {numbers['nodes']} nodes, {numbers['edges']} edges, {numbers['components']} separate parts"
    )
    progress(10, 10, f"{numbers['nodes']} nodes, {numbers['edges']} edges")
    return {"graph": str(file), "source": source, **numbers}


def _graph_of(
    source: str, package: str, folder: str, exclude: Sequence[str], *, optional: bool, outside: bool
) -> nx.DiGraph[Any]:
    if source == "packages":
        from .packages import packages_graph

        return packages_graph(optional=optional, outside=outside)
    if source == "imports":
        from .imports import imports_graph

        return imports_graph(package, exclude=frozenset(exclude), outside=outside)
    if source == "links":
        from .links import links_graph

        if not folder.strip():
            raise GraphError(
                "Links need a folder: say in 'folder' where the Markdown files and notebooks are"
            )
        return links_graph(Path(folder).expanduser(), exclude=frozenset(exclude), outside=outside)
    raise GraphError(f"There is no source {source!r}; there are packages, imports and links")


def reachable(graph: nx.DiGraph[Any], start: Sequence[str]) -> nx.DiGraph[Any]:
    """The part of a graph that some nodes lead to, with these nodes themselves."""
    import difflib

    import networkx as nx

    chosen = set()
    for name in start:
        if name not in graph:
            near = difflib.get_close_matches(name, map(str, graph), n=3)
            hint = f"; there is {', '.join(near)}" if near else ""
            raise GraphError(f"start: the graph has no node {name!r}{hint}")
        chosen |= {name} | nx.descendants(graph, name)
    return graph.subgraph(chosen).copy()
