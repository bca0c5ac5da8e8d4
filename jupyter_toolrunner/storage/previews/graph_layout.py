"""Places for nodes: linked ones near each other, all of them apart."""

from __future__ import annotations

from typing import Any

_STEPS = 120
#: Nodes that push each other, at most; the nearest ones.
_NEIGHBOURS = 24


def places(count: int, links: Any) -> Any:
    """Two numbers for each node, all between 0 and 1; the same for the same graph."""
    import numpy as np
    from scipy import sparse

    if count == 0:
        return np.zeros((0, 2))
    if count == 1:
        return np.full((1, 2), 0.5)
    ones = np.ones(len(links))
    matrix = (
        sparse.coo_matrix((ones, (links[:, 0], links[:, 1])), shape=(count, count)).tocsr()
        if len(links)
        else (sparse.csr_matrix((count, count)))
    )
    matrix = matrix + matrix.T
    matrix.setdiag(0)
    matrix.eliminate_zeros()
    matrix.data[:] = 1.0
    _, component = sparse.csgraph.connected_components(matrix, directed=False)
    boxes = _pack(np.bincount(component))
    xy = np.zeros((count, 2))
    for number, (x, y, side) in enumerate(boxes):
        inside = np.flatnonzero(component == number)
        own = _component(matrix[inside][:, inside])
        xy[inside] = np.array([x, y]) + side * (0.06 + 0.88 * own)
    return _scaled(xy)


def _pack(sizes: Any) -> list[tuple[float, float, float]]:
    """A square for each component, the large ones first, in rows."""
    import numpy as np

    sides = np.sqrt(sizes)
    width = float(np.sqrt((sides**2).sum()) * 1.15)
    boxes: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)] * len(sizes)
    x = y = height = 0.0
    for number in np.argsort(-sizes, kind="stable"):
        side = float(sides[number])
        if x > 0 and x + side > max(width, float(sides.max())):
            x, y, height = 0.0, y + height, 0.0
        boxes[number] = (x, y, side)
        x, height = x + side, max(height, side)
    return boxes


def _component(matrix: Any) -> Any:
    """Springs along the links; every node pushes the nearest ones away."""
    import numpy as np
    from scipy.spatial import cKDTree

    count = matrix.shape[0]
    if count == 1:
        return np.full((1, 2), 0.5)
    ends = np.array(matrix.nonzero())
    ends = ends[:, ends[0] < ends[1]]
    degree = np.asarray(matrix.sum(axis=1)).ravel()
    xy = _begin(matrix)
    ideal = 1.0 / np.sqrt(count)
    for step in range(_STEPS):
        heat = 0.1 * (1 - step / _STEPS) ** 1.5 + 0.001
        move = np.zeros_like(xy)
        span = xy[ends[1]] - xy[ends[0]]
        length = np.linalg.norm(span, axis=1, keepdims=True) + 1e-9
        pull = span * (length / ideal) * 0.5
        np.add.at(move, ends[0], pull / np.maximum(1, np.sqrt(degree[ends[0]]))[:, None])
        np.add.at(move, ends[1], -pull / np.maximum(1, np.sqrt(degree[ends[1]]))[:, None])
        near = min(_NEIGHBOURS, count - 1)
        distance, other = cKDTree(xy).query(xy, near + 1)
        distance, other = distance[:, 1:, None] + 1e-6, other[:, 1:]
        away = (xy[:, None, :] - xy[other]) / distance**2 * ideal**2
        move += away.sum(axis=1)
        far = xy - xy.mean(axis=0)
        move += far / (np.linalg.norm(far, axis=1, keepdims=True) + 0.05) * ideal * 0.3
        size = np.linalg.norm(move, axis=1, keepdims=True) + 1e-9
        xy = xy + move / size * np.minimum(size, heat)
    return _scaled(xy)


def _begin(matrix: Any) -> Any:
    """By the two slowest modes of the graph where they can be found, else by chance that is always the same."""
    import numpy as np
    from scipy.sparse import csgraph, linalg

    count = matrix.shape[0]
    chance = np.random.default_rng(7).random((count, 2))
    if count < 12:
        turn = 2 * np.pi * np.arange(count) / count
        return np.column_stack([np.cos(turn), np.sin(turn)]) / 2 + 0.5 + chance * 0.01
    try:
        laplacian = csgraph.laplacian(matrix, normed=True)
        start = np.random.default_rng(7).random(count)
        _, modes = linalg.eigsh(-laplacian, k=3, which="LA", maxiter=500, tol=1e-3, v0=start)
    except (linalg.ArpackError, ValueError):
        return chance
    return _scaled(modes[:, :2][:, ::-1]) + chance * 0.05


def _scaled(xy: Any) -> Any:
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = max(float((high - low).max()), 1e-9)
    return (xy - (low + high) / 2) / span + 0.5
