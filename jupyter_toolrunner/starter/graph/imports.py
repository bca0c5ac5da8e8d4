"""The graph of a package's modules and what they import, read from the source without running it."""

from __future__ import annotations

import ast
import importlib.util
import os
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from ...authoring import progress
from .graphs import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    path: Path
    #: Whether it is the ``__init__`` of a package.
    is_package: bool


def imports_graph(
    package: str, *, exclude: frozenset[str] = frozenset(), outside: bool = False
) -> nx.DiGraph[Any]:
    """Every module of a package, with an edge to each module of it that it imports.

    Args:
        package: Name of an installed package (``a`` or ``a.b``), or a folder with Python files.
        exclude: Names of folders to leave out.
        outside: Add the other packages that are imported, each as one node.
    """
    progress(0, 10, f"Looking for {package}")
    name, folder = _locate(package.strip())
    modules = {module.name: module for module in _modules(name, folder, exclude)}
    if not modules:
        raise GraphError(f"There is no Python file in {folder}")
    print(f"{len(modules)} modules in {folder}")
    graph: nx.DiGraph[Any] = nx.DiGraph(
        name=f"{name or folder.name}.imports", source="imports", directed_to="what it imports"
    )
    short = f"{name.split('.')[0]}." if name else ""
    for module in modules.values():
        graph.add_node(module.name, kind="module", label=module.name.removeprefix(short))
    for number, module in enumerate(modules.values()):
        progress(1 + 7 * number / len(modules), 10, module.name)
        _add_imports(graph, module, modules, outside=outside)
    return graph


def _locate(package: str) -> tuple[str, Path]:
    """The dotted name in front of every module, and the folder; nothing is imported for it."""
    if not package:
        raise GraphError("Imports need a package: say in 'package' the name of an installed one, or a folder")
    if os.sep in package or package.startswith(("~", ".")):
        folder = Path(package).expanduser()
        if not folder.is_dir():
            raise GraphError(f"There is no folder {package!r}")
        folder = folder.resolve()
        return (folder.name if (folder / "__init__.py").is_file() else ""), folder
    root, *inner = package.split(".")
    try:
        spec = importlib.util.find_spec(root) if root.isidentifier() else None
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise GraphError(
            f"No package {root!r} is installed here. Its import name may differ from the name on PyPI"
        )
    for place in spec.submodule_search_locations or ():
        folder = Path(place).joinpath(*inner)
        if folder.is_dir():
            return package, folder
    raise GraphError(f"{package!r} is not a package with several modules that could import each other")


def _modules(name: str, folder: Path, exclude: frozenset[str]) -> Iterator[Module]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each.isidentifier() and each not in exclude)
        inner = Path(place).relative_to(folder).parts
        for file in sorted(files):
            stem = file.removesuffix(".py")
            if stem == file or not stem.isidentifier():
                continue
            is_package = stem == "__init__"
            parts = ([name] if name else []) + list(inner) + ([] if is_package else [stem])
            if parts:
                yield Module(".".join(parts), Path(place, file), is_package)


def _add_imports(
    graph: nx.DiGraph[Any], module: Module, modules: dict[str, Module], *, outside: bool
) -> None:
    try:
        with tokenize.open(module.path) as file:
            text = file.read()
        tree = ast.parse(text)
    except (SyntaxError, UnicodeDecodeError, ValueError, OSError, RecursionError) as error:
        print(f"Left out what {module.name} imports, which cannot be read: {error}")
        return
    graph.nodes[module.name]["lines"] = text.count("\n") + 1
    for target in _imported(tree, module, modules):
        if target == module.name:
            continue
        if target not in modules:
            if not outside:
                continue
            graph.add_node(target, kind="other package")
        count = graph.get_edge_data(module.name, target, {}).get("count", 0)
        graph.add_edge(module.name, target, count=count + 1)


def _imported(tree: ast.AST, module: Module, modules: dict[str, Module]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _known(alias.name, modules)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, module)
            if base is None:
                continue
            for alias in node.names:
                full = f"{base}.{alias.name}" if base else alias.name
                yield full if full in modules else _known(base or alias.name, modules)


def _base(node: ast.ImportFrom, module: Module) -> str | None:
    """The absolute name of what ``from … import`` names; None where the dots lead out of everything."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    keep = len(parts) - node.level + (1 if module.is_package else 0)
    if keep < 0:
        return None
    return ".".join(parts[:keep] + ([node.module] if node.module else []))


def _known(name: str, modules: dict[str, Module]) -> str:
    """The nearest module of the package that the name leads to, else the other package's own name."""
    candidate = name
    while candidate:
        if candidate in modules:
            return candidate
        candidate = candidate.rpartition(".")[0]
    return name.partition(".")[0]
