"""Tools about graphs: building, ranking and drawing them."""
# No postponed annotations here: they are read as the tools' parameters.

from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

from ...authoring import Accepts, tool

GraphFile = Annotated[
    Path, Accepts(".graph.json", ".json", "application/vnd.toolrunner.graph+json", "application/json")
]


@tool(
    title="Build graph",
    category="Graph",
    tags=("dependencies", "packages", "imports", "links", "markdown", "network"),
    delivery="idempotent",
    icon="graph",
    preload=("networkx", "packaging.requirements", "jupyter_toolrunner.starter.graph.packages"),
)
def build_graph(
    source: Literal["packages", "imports", "links"] = "packages",
    package: str = "networkx",
    folder: str = "",
    start: list[str] = [],  # noqa: B006 - shown as the form's default, never changed
    exclude: list[str] = ["tests", "node_modules"],  # noqa: B006
    optional: bool = False,
    outside: bool = False,
) -> dict[str, Any]:
    """Build a graph of what is on this machine.

    The installed packages and what they require, the modules of a package and what they import, or the pages of a folder
    of Markdown and notebooks and what they link to. Leaves a node-link JSON file that the other graph tools take.

    Args:
        source: What to build the graph of: the installed packages, the imports inside a package, or the links between
            Markdown files and notebooks.
        package: For imports: an installed package, or a folder with Python files.
        folder: For links: the folder with Markdown files and notebooks.
        start: Only these nodes and all that they lead to; everything where empty.
        exclude: For imports and links: names of folders to leave out.
        optional: For packages: follow optional requirements (extras) too, where they are installed.
        outside: Add what lies outside: packages that are missing, imported modules of other packages, linked web sites
            and missing pages.

    Returns:
        The file's name with numbers about the graph.
    """
    from .building import build

    return build(
        source,
        package=package,
        folder=folder,
        start=start,
        exclude=exclude,
        optional=optional,
        outside=outside,
    )


@tool(
    title="Calculate PageRank",
    category="Graph",
    tags=("rank", "importance", "centrality", "pagerank"),
    delivery="idempotent",
    icon="graph",
    preload=(
        "networkx",
        "scipy.sparse",
        "jupyter_toolrunner.starter.graph.ranking",
        "jupyter_toolrunner.starter.graph.packages",
    ),
)
def calculate_pagerank(
    graph: GraphFile | None = None,
    damping: Annotated[float, Ge(0), Lt(1)] = 0.85,
    weight: str = "",
    reverse: bool = False,
    top: Annotated[int, Ge(1), Le(1000)] = 20,
    max_iter: Annotated[int, Ge(1), Le(100_000)] = 200,
    tol: Annotated[float, Gt(0), Le(0.1)] = 1e-8,
) -> dict[str, Any]:
    """Rank the nodes of a graph by how much the others lead to them.

    Without a graph it ranks the packages of this environment. Leaves a table of all ranks and the graph with a rank at
    each node.

    Args:
        graph: A graph as node-link JSON, such as Build graph leaves.
        damping: How likely a link is followed rather than a node chosen at random.
        weight: The edges' attribute to weigh them by, such as count; all alike where empty.
        reverse: Follow the edges backwards: rank by how much a node leads to others.
        top: How many of the first to put into the result.
        max_iter: Give up after so many rounds.
        tol: Stop when a round changes less than this per node.

    Returns:
        The first of the ranking, with numbers about the graph.
    """
    from .ranking import rank

    return rank(graph, damping=damping, weight=weight, reverse=reverse, top=top, max_iter=max_iter, tol=tol)


@tool(
    title="Graph visualizer",
    category="Graph",
    tags=("picture", "plot", "draw", "network", "communities"),
    delivery="idempotent",
    icon="graph",
    preload=(
        "networkx",
        "scipy.sparse",
        "matplotlib.figure",
        "matplotlib.backends.backend_agg",
        "jupyter_toolrunner.starter.graph.drawing",
        "jupyter_toolrunner.starter.graph.packages",
    ),
)
def graph_visualizer(
    graph: GraphFile | None = None,
    layout: Literal["spring", "kamada_kawai", "circular"] = "spring",
    color_by: Literal["communities", "rank", "kind", "none"] = "communities",
    size_by: Literal["rank", "degree", "none"] = "rank",
    labels: Annotated[int, Ge(0), Le(500)] = 30,
    theme: Literal["light", "dark"] = "light",
    limit: Annotated[int, Ge(2), Le(2000)] = 300,
    isolated: bool = False,
    svg: bool = False,
    seed: Annotated[int, Ge(0), Lt(2**32)] = 7,
) -> dict[str, Any]:
    """Draw a graph: its communities in colors, what matters most large and with its name.

    Without a graph it draws the packages of this environment, ranked. The same graph gives the same picture.

    Args:
        graph: A graph as node-link JSON, such as Build graph and Calculate PageRank leave.
        layout: How the nodes are placed.
        color_by: What the colors show.
        size_by: What the sizes show.
        labels: How many nodes get their name, the largest first.
        theme: A light or a dark picture.
        limit: Draw at most so many nodes, the highest ranked.
        isolated: Draw nodes without any edge too.
        svg: Leave the picture as SVG too.
        seed: Another number gives another placement.

    Returns:
        The pictures' names with numbers about the graph.
    """
    from .drawing import draw

    return draw(
        graph,
        layout=layout,
        color_by=color_by,
        size_by=size_by,
        labels=labels,
        theme=theme,
        limit=limit,
        isolated=isolated,
        svg=svg,
        seed=seed,
    )


__all__ = ["build_graph", "calculate_pagerank", "graph_visualizer"]
