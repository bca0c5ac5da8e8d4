"""Drawing a graph as a picture."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import networkx as nx
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from ...authoring import progress
from .graphs import ENDING, GraphError, label_of, metrics, write_graph
from .ranking import given_or_packages, page_ranks, ranking

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matplotlib.axes import Axes
    from matplotlib.text import Text

#: Told apart by people who see colors differently too; one each for light and dark ground.
_LIGHT = (
    "#2f6fb5",
    "#d9722b",
    "#3a8f5c",
    "#b8447d",
    "#7a5bb5",
    "#1f8a94",
    "#a3792a",
    "#c24a42",
    "#5b6b7b",
    "#6d8f2f",
)
_FALLBACKS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "WenQuanYi Zen Hei",
    "IPAGothic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Sans Symbols2",
)
_DARK = (
    "#6aa9ee",
    "#f09a5b",
    "#6cc58f",
    "#e982b3",
    "#ae92ea",
    "#58c4ce",
    "#d9b25f",
    "#f08a80",
    "#9db0c2",
    "#a9cc65",
)


@dataclass(frozen=True, slots=True)
class Theme:
    ground: str
    text: str
    faint: str
    rest: str
    colors: tuple[str, ...]
    scale: str


_THEMES = {
    "light": Theme("#ffffff", "#1d2733", "#5d6b7a", "#b4bec9", _LIGHT, "viridis_r"),
    "dark": Theme("#14191f", "#eef2f6", "#a3b0bd", "#55616e", _DARK, "viridis"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is decided about a picture before it is drawn."""

    graph: nx.DiGraph[Any]
    places: dict[Any, np.ndarray[Any, Any]]
    #: Areas in square points.
    sizes: dict[Any, float]
    colors: dict[Any, Any]
    #: Name and color of each group; empty where colors show a scale or nothing.
    legend: tuple[tuple[str, str], ...]
    named: tuple[Any, ...]
    title: str
    subtitle: str
    theme: Theme


def draw(
    path: Path | None,
    *,
    layout: str,
    color_by: str,
    size_by: str,
    labels: int,
    theme: str,
    limit: int,
    isolated: bool,
    svg: bool,
    seed: int,
) -> dict[str, Any]:
    """Draw the graph in a file, or the packages of this environment, into the current folder."""
    whole = given_or_packages(path)
    ranks = _ranks_of(whole)
    if path is None:
        write_graph(whole, Path(f"{whole.graph['name']}.ranked{ENDING}"))
    graph = _what_to_draw(whole, ranks, limit=limit, isolated=isolated)
    progress(4, 10, "Looking for communities")
    groups = communities(graph, ranks, seed)
    progress(5, 10, f"Placing {graph.number_of_nodes()} nodes")
    places = placed(graph, layout, groups, ranks, seed)
    progress(8, 10, "Drawing")
    colors, legend = _colors(graph, color_by, groups, ranks, _THEMES[theme])
    sizes = _sizes(graph, size_by, ranks)
    named = sorted(graph, key=lambda node: (-sizes[node], -ranks[node], str(node)))[:labels]
    title, subtitle = _words(whole, graph, groups)
    picture = Picture(graph, places, sizes, colors, legend, tuple(named), title, subtitle, _THEMES[theme])
    files = _save(picture, whole.graph["name"], svg=svg)
    print(f"{', '.join(files)}: {subtitle}")
    progress(10, 10, "Drawn")
    return {
        "pictures": files,
        **metrics(whole),
        "drawn": graph.number_of_nodes(),
        "communities": len(groups),
        "top": [label_of(whole, node) for node in ranking(ranks)[:10]],
    }


def _ranks_of(graph: nx.DiGraph[Any]) -> dict[Any, float]:
    """The ranks that the nodes have, else calculated ones."""
    found: dict[Any, Any] = {node: data.get("rank") for node, data in graph.nodes(data=True)}
    known = {node: float(rank) for node, rank in found.items() if isinstance(rank, int | float) and rank >= 0}
    if len(known) == len(graph):
        return known
    progress(3, 10, f"Ranking {graph.number_of_nodes()} nodes")
    ranks = page_ranks(graph)
    nx.set_node_attributes(graph, ranks, "rank")
    return ranks


def _what_to_draw(
    graph: nx.DiGraph[Any], ranks: Mapping[Any, float], *, limit: int, isolated: bool
) -> nx.DiGraph[Any]:
    nodes = [node for node in graph if isolated or graph.degree(node)] or list(graph)
    if len(nodes) < len(graph):
        print(f"{len(graph) - len(nodes)} nodes without any edge are left out ('isolated' draws them)")
    if len(nodes) > limit:
        print(f"The {limit} highest ranked of {len(nodes)} nodes are drawn ('limit' draws more)")
        nodes = sorted(nodes, key=lambda node: (-ranks[node], str(node)))[:limit]
    chosen = set(nodes)
    part: nx.DiGraph[Any] = nx.DiGraph(name=graph.graph["name"])
    part.add_nodes_from((node, graph.nodes[node]) for node in graph if node in chosen)
    part.add_edges_from((a, b) for a, b in graph.edges if a in chosen and b in chosen and a != b)
    return part


def communities(graph: nx.DiGraph[Any], ranks: Mapping[Any, float], seed: int) -> list[list[Any]]:
    """Groups of nodes that are linked among themselves more than with others; the largest first, each by rank."""
    found = nx.community.louvain_communities(graph.to_undirected(), seed=seed)
    groups = [sorted(group, key=lambda node: (-ranks[node], str(node))) for group in found]
    return sorted(groups, key=lambda group: (-len(group), str(group[0])))


def placed(
    graph: nx.DiGraph[Any], layout: str, groups: list[list[Any]], ranks: Mapping[Any, float], seed: int
) -> dict[Any, np.ndarray[Any, Any]]:
    """Where each node stands, in a box of about 16 to 10 around the middle."""
    if layout == "circular":
        order: nx.Graph[Any] = nx.Graph()
        order.add_nodes_from(node for group in groups for node in group)
        places = nx.circular_layout(order)
        return {node: np.asarray(place) * (7.2, 4.7) for node, place in places.items()}
    if layout == "kamada_kawai":
        places = _side_by_side(graph, lambda part: nx.kamada_kawai_layout(part, pos=nx.circular_layout(part)))
    elif layout == "spring":
        home = {node: number for number, group in enumerate(groups) for node in group}
        places = _side_by_side(graph, lambda part: _spring(part, home, seed))
    else:
        raise GraphError(f"There is no layout {layout!r}; there are spring, kamada_kawai and circular")
    return places


def _spring(part: nx.Graph[Any], home: Mapping[Any, int], seed: int) -> dict[Any, Any]:
    weighted = part.copy()
    for a, b, data in weighted.edges(data=True):
        data["pull"] = 1.0 if home[a] == home[b] else 0.25
    start = nx.kamada_kawai_layout(part, pos=nx.circular_layout(part)) if len(part) <= 400 else None
    distance = 1.9 / math.sqrt(len(part))
    places: dict[Any, Any] = nx.spring_layout(
        weighted, pos=start, k=distance, iterations=80, weight="pull", seed=seed
    )
    return places


def _side_by_side(graph: nx.DiGraph[Any], place: Any) -> dict[Any, np.ndarray[Any, Any]]:
    """The large part in the middle, small ones in rows below it: a layout would let them drift far apart."""
    parts = sorted(
        nx.connected_components(graph.to_undirected()),
        key=lambda part: (-len(part), str(min(map(str, part)))),
    )
    large, small = parts[0], parts[1:]
    links = graph.to_undirected()
    floor = -5.0 + min(2.4, 0.8 * math.ceil(sum(len(part) + 1 for part in small) / 28)) if small else -5.0
    places = _fitted(
        place(links.subgraph(sorted(large, key=str)).copy()), (-8.0, floor + (0.5 if small else 0), 8.0, 5.0)
    )
    if small:
        places |= _rows(links, small, (-8.0, -5.0, 8.0, floor))
    return places


def _rows(
    links: nx.Graph[Any], parts: list[set[Any]], box: tuple[float, float, float, float]
) -> dict[Any, np.ndarray[Any, Any]]:
    """Small parts as short arcs, one after the other."""
    left, bottom, right, top = box
    total = sum(len(part) + 1 for part in parts)
    rows = max(1, math.ceil(total / 28))
    step = (right - left) / math.ceil(total / rows + max(len(part) for part in parts))
    height = (top - bottom) / rows
    places: dict[Any, np.ndarray[Any, Any]] = {}
    x, y = left, top - height / 2
    for part in parts:
        if x + step * len(part) > right:
            x, y = left, y - height
        middle_out = sorted(part, key=lambda node: (-links.degree(node), str(node)))
        for number, node in enumerate(middle_out):
            places[node] = np.array(
                [x + step * (number + 0.5), y + (0.15 if number % 2 else -0.15) * min(1, height)]
            )
        x += step * (len(part) + 1)
    return places


def _fitted(
    places: Mapping[Any, Any], box: tuple[float, float, float, float]
) -> dict[Any, np.ndarray[Any, Any]]:
    """Turned so that the long side lies flat, and stretched into the box."""
    nodes = list(places)
    points = np.array([places[node] for node in nodes], dtype=float)
    points -= points.mean(axis=0)
    if len(nodes) > 2:
        _, _, axes = np.linalg.svd(points, full_matrices=False)
        # The sign of an axis is arbitrary: fix it, so that the same graph is never mirrored.
        axes *= np.where(axes[:, :1] + axes[:, 1:] * 1e-6 < 0, -1.0, 1.0)
        points = points @ axes.T
    low, high = points.min(axis=0), points.max(axis=0)
    flat = high - low <= 1e-9
    # Even out a little: a few far nodes would press all others together in the middle.
    evenly = points.argsort(axis=0).argsort(axis=0) / max(1, len(nodes) - 1)
    points = 0.6 * (points - low) / np.where(flat, 1.0, high - low) + 0.4 * evenly
    left, bottom, right, top = box
    scaled = points * (right - left, top - bottom) + (left, bottom)
    scaled = np.where(flat, ((left + right) / 2, (bottom + top) / 2), scaled)
    return dict(zip(nodes, scaled, strict=True))


def _sizes(graph: nx.DiGraph[Any], size_by: str, ranks: Mapping[Any, float]) -> dict[Any, float]:
    base = 55 if len(graph) <= 80 else 32 if len(graph) <= 300 else 14
    if size_by == "none":
        return dict.fromkeys(graph, 2.0 * base)
    values = {node: float(ranks[node] if size_by == "rank" else graph.degree(node)) for node in graph}
    most = max(values.values()) or 1.0
    return {node: base * (0.5 + 22 * value / most) for node, value in values.items()}


def _colors(
    graph: nx.DiGraph[Any], color_by: str, groups: list[list[Any]], ranks: Mapping[Any, float], theme: Theme
) -> tuple[dict[Any, Any], tuple[tuple[str, str], ...]]:
    if color_by == "communities":
        return _group_colors(
            [(label_of(graph, group[0]), group) for group in groups if len(group) > 2], graph, theme
        )
    if color_by == "kind":
        kinds: dict[str, list[Any]] = {}
        for node, kind in graph.nodes(data="kind", default="other"):
            kinds.setdefault(str(kind), []).append(node)
        return _group_colors(sorted(kinds.items(), key=lambda item: -len(item[1])), graph, theme)
    if color_by == "rank":
        order = sorted(graph, key=lambda node: ranks[node])
        scale = mpl.colormaps[theme.scale]
        return {node: scale(0.1 + 0.9 * n / max(1, len(order) - 1)) for n, node in enumerate(order)}, ()
    return dict.fromkeys(graph, theme.colors[0]), ()


def _group_colors(
    groups: Iterable[tuple[str, list[Any]]], graph: nx.DiGraph[Any], theme: Theme
) -> tuple[dict[Any, Any], tuple[tuple[str, str], ...]]:
    """A color for each of the first groups; what is left over is gray."""
    colors = dict.fromkeys(graph, theme.rest)
    legend = []
    for (name, group), color in zip(groups, theme.colors, strict=False):
        colors.update(dict.fromkeys(group, color))
        legend.append((f"{_short(name, 26)}  {len(group)}", color))
    return colors, tuple(legend)


def _words(whole: nx.DiGraph[Any], graph: nx.DiGraph[Any], groups: list[list[Any]]) -> tuple[str, str]:
    names = {
        "packages": "Packages of this environment",
        "imports": "Imports of {}",
        "links": "Links of {}",
    }
    name = str(whole.graph["name"])
    title = names.get(str(whole.graph.get("source")), "{}").format(
        name.removesuffix(".imports").removesuffix(".links")
    )
    left_out = len(whole) - len(graph)
    parts = [
        _count(len(graph), "node"),
        _count(graph.number_of_edges(), "edge"),
        _count(sum(1 for group in groups if len(group) > 1), "community", "communities"),
        *([f"{left_out} not drawn"] if left_out else []),
    ]
    return _short(title, 80), " · ".join(parts)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _short(text: str, length: int) -> str:
    """One line that matplotlib takes literally: a ``$`` would start a formula, a control character spoil an SVG."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    line = line if len(line) <= length else line[: length - 1].rstrip() + "…"
    return line.replace("$", r"\$")


def _save(picture: Picture, name: str, *, svg: bool) -> list[str]:
    files = [f"{name}.png"] + ([f"{name}.svg"] if svg else [])
    # The same graph gives the same bytes: neither times nor random ids.
    look: Any = {"svg.hashsalt": name, "svg.fonttype": "none", "font.family": _families()}
    with mpl.rc_context(look), warnings.catch_warnings():
        # Where no font has a character, a box stands for it; the log need not say so for each.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing")
        figure = _figure(picture)
        about = {"Title": picture.title, "Description": f"{picture.title}: {picture.subtitle}"}
        figure.savefig(files[0], dpi=160, metadata={**about, "Software": None})
        if svg:
            figure.savefig(files[1], metadata={**about, "Date": None})
    return files


def _families() -> list[str]:
    """The usual font, then what is here of fonts for scripts that it lacks."""
    here = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *(family for family in _FALLBACKS if family in here)]


def _figure(picture: Picture) -> Figure:
    theme = picture.theme
    figure = Figure(figsize=(11, 7.6), facecolor=theme.ground)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.07, 1.0, 0.82))
    axes.set_axis_off()
    axes.set_xlim(-9.2, 9.2)
    axes.set_ylim(-5.4, 5.4)
    figure.text(0.03, 0.945, picture.title, color=theme.text, fontsize=19, fontweight="bold", va="center")
    figure.text(0.03, 0.905, picture.subtitle, color=theme.faint, fontsize=11, va="center")
    _draw_edges(axes, picture)
    _draw_nodes(axes, picture)
    _draw_legend(figure, picture)
    _draw_labels(figure, axes, picture)
    return figure


def _draw_edges(axes: Axes, picture: Picture) -> None:
    """As arcs that bend to the right of their direction, in the color of where they come from."""
    edges = list(picture.graph.edges)
    if not edges:
        return
    starts = np.array([picture.places[a] for a, _ in edges])
    ends = np.array([picture.places[b] for _, b in edges])
    along = ends - starts
    bend = (starts + ends) / 2 + np.column_stack((along[:, 1], -along[:, 0])) * 0.12
    t = np.linspace(0, 1, 18)[None, :, None]
    arcs = (1 - t) ** 2 * starts[:, None] + 2 * t * (1 - t) * bend[:, None] + t**2 * ends[:, None]
    strength = 0.42 if len(edges) <= 400 else 0.3 if len(edges) <= 1200 else 0.16
    axes.add_collection(
        LineCollection(
            list(arcs), colors=[picture.colors[a] for a, _ in edges], linewidths=0.9, alpha=strength, zorder=1
        )
    )


def _draw_nodes(axes: Axes, picture: Picture) -> None:
    nodes = sorted(picture.graph, key=lambda node: -picture.sizes[node])
    points = np.array([picture.places[node] for node in nodes])
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=[picture.sizes[node] for node in nodes],
        c=[picture.colors[node] for node in nodes],
        edgecolors=picture.theme.ground,
        linewidths=1.1,
        zorder=2,
    )


def _draw_legend(figure: Figure, picture: Picture) -> None:
    if not picture.legend:
        return
    marks = [
        Line2D([], [], marker="o", linestyle="", markersize=8, color=color, label=name)
        for name, color in picture.legend
    ]
    figure.legend(
        handles=marks,
        loc="lower left",
        bbox_to_anchor=(0.015, 0.01),
        ncols=min(5, len(marks)),
        frameon=False,
        fontsize=9,
        labelcolor=picture.theme.faint,
        handletextpad=0.1,
        columnspacing=1.2,
    )


def _draw_labels(figure: Figure, axes: Axes, picture: Picture) -> None:
    """Names beside their nodes, the most important first; one that would cover another is left out."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    per_point = figure.dpi / 72
    taken: list[tuple[float, float, float, float]] = []
    for node in picture.named:
        x, y = axes.transData.transform(picture.places[node])
        radius = math.sqrt(picture.sizes[node] / math.pi) * per_point
        text = _label(axes, picture, node)
        box = text.get_window_extent(renderer)
        for dx, dy in _around(radius + 3 * per_point, box.width, box.height):
            spot = (x + dx, y + dy, x + dx + box.width, y + dy + box.height)
            if _is_free(spot, taken, figure):
                left, bottom = axes.transData.inverted().transform(spot[:2])
                text.set_position((left, bottom))
                taken.append(spot)
                break
        else:
            text.remove()


def _label(axes: Axes, picture: Picture, node: Any) -> Text:
    big = picture.sizes[node] > 0.35 * max(picture.sizes.values())
    return axes.text(
        0,
        0,
        _short(label_of(picture.graph, node), 32),
        fontsize=11 if big else 8.5,
        fontweight="bold" if big else "normal",
        color=picture.theme.text,
        ha="left",
        va="bottom",
        zorder=4,
        path_effects=[withStroke(linewidth=2.6, foreground=picture.theme.ground)],
    )


def _around(gap: float, width: float, height: float) -> tuple[tuple[float, float], ...]:
    """Lower left corners beside a node: right, left, above, below, then the slants."""
    slant = 0.7 * gap
    return (
        (gap, -height / 2),
        (-gap - width, -height / 2),
        (-width / 2, gap),
        (-width / 2, -gap - height),
        (slant, slant),
        (slant, -slant - height),
        (-slant - width, slant),
        (-slant - width, -slant - height),
    )


def _is_free(
    spot: tuple[float, float, float, float], taken: list[tuple[float, float, float, float]], figure: Figure
) -> bool:
    left, bottom, right, top = spot
    if (
        left < 0
        or bottom < 0.07 * figure.bbox.height
        or right > figure.bbox.width
        or top > 0.89 * figure.bbox.height
    ):
        return False
    gap = 5.0
    return all(right + gap < a or left - gap > c or top < b or bottom > d for a, b, c, d in taken)
