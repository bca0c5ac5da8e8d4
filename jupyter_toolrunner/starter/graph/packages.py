"""The graph of the installed packages and what they require."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

import networkx as nx
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ...authoring import progress
from .graphs import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def packages_graph(*, optional: bool = False, outside: bool = False) -> nx.DiGraph[Any]:
    """Every installed package, with an edge to each installed package that it requires here.

    Args:
        optional: Follow extras too.
        outside: Add required packages that are not installed.
    """
    progress(0, 10, "Looking at the installed packages")
    installed = dict(_installed())
    if not installed:
        raise GraphError("No installed package can be seen from this Python")
    print(f"{len(installed)} packages are installed")
    graph: nx.DiGraph[Any] = nx.DiGraph(name="packages", source="packages", directed_to="what it requires")
    for name, package in installed.items():
        graph.add_node(name, kind="package", version=package.version, summary=_summary(package))
    for number, (name, package) in enumerate(installed.items()):
        progress(1 + 7 * number / len(installed), 10, name)
        for requirement, extra in _requirements(package, optional=optional):
            _add_requirement(graph, name, requirement, extra, outside=outside)
    return graph


def _installed() -> Iterator[tuple[str, metadata.Distribution]]:
    """By canonical name, sorted; of several with one name the one that is imported."""
    found: dict[str, metadata.Distribution] = {}
    for package in metadata.distributions():
        name = package.metadata["Name"] if package.metadata else None
        if name:
            found.setdefault(canonicalize_name(name), package)
        else:
            print(f"Left out a package without a name: {getattr(package, '_path', package)}")
    yield from sorted(found.items())


def _requirements(
    package: metadata.Distribution, *, optional: bool
) -> Iterator[tuple[Requirement, str | None]]:
    """What a package requires on this machine; with the extra's name where only an extra does."""
    extras: Iterable[str] = package.metadata.get_all("Provides-Extra") or () if optional else ()
    for text in package.requires or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            print(f"Left out what {package.name} requires, which cannot be read: {error}")
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement, None
            continue
        extra = next((each for each in extras if requirement.marker.evaluate({"extra": each})), None)
        if extra is not None:
            yield requirement, extra


def _add_requirement(
    graph: nx.DiGraph[Any], name: str, requirement: Requirement, extra: str | None, *, outside: bool
) -> None:
    required = canonicalize_name(requirement.name)
    if required == name or (required not in graph and not outside):
        return
    if required not in graph:
        graph.add_node(required, kind="missing")
    if graph.has_edge(name, required) and graph[name][required].get("extra") is None:
        return
    attributes = {"specifier": str(requirement.specifier)} | ({"extra": extra} if extra else {})
    graph.add_edge(name, required, **attributes)


def _summary(package: metadata.Distribution) -> str:
    summary = package.metadata["Summary"] or ""
    return "" if summary == "UNKNOWN" else summary
