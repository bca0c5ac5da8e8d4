"""Where in a large JSON file its large parts are, found without reading it into memory.

Only containers and texts of more than ``BIG`` bytes are noted, and of their children every ``STRIDE``-th one; what lies
between is found by reading a little from there.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.errors import InvalidRequest

BIG = 64 * 1024
STRIDE = 64
MOST_BYTES = 2 * 2**30
#: Levels of large containers, and of all.
MOST_DEPTH, DEEPEST = 200, 5_000
NAME = "index.npz"

_CHUNK = 4 * 2**20
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_MARKS = (b"{", b"}", b"[", b"]", b",")


def make(
    source: Path, place: Path, options: Mapping[str, Any], progress: Callable[[float], None]
) -> Mapping[str, Any]:
    import numpy as np

    size = source.stat().st_size
    if size > MOST_BYTES:
        raise InvalidRequest(
            f"JSON of up to {MOST_BYTES // 2**30} GB is shown as a tree.", hint="Look at it as text."
        )
    with open(source, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        arrays = index_of(data, progress)
    np.savez(place / NAME, **arrays)
    return {"containers": len(arrays["starts"])}


def index_of(data: Any, progress: Callable[[float], None] = lambda share: None) -> dict[str, Any]:
    """The arrays of an index of these bytes. Raises InvalidRequest where brackets or quotes do not match."""
    marks = _Marks.of(data, progress)
    return _Containers.of(marks)


@dataclass(slots=True)
class _Marks:
    """Brackets and commas outside of texts, and texts that are large."""

    #: Bytes from the start.
    at: Any
    #: 1 opens, -1 closes, 0 is a comma.
    step: Any
    #: For brackets the depth outside of them, for commas the depth of their container's inside.
    depth: Any
    text_starts: list[int] = field(default_factory=list)
    text_ends: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, data: Any, progress: Callable[[float], None]) -> _Marks:
        import numpy as np

        size = len(data)
        steps = np.zeros(256, dtype=np.int8)
        steps[[ord("{"), ord("[")]] = 1
        steps[[ord("}"), ord("]")]] = -1
        is_mark = np.zeros(256, dtype=bool)
        is_mark[[ord(c) for c in "{}[],"]] = True
        texts: tuple[list[int], list[int]] = ([], [])
        all_at, all_steps = [], []
        inside, escaped, opened = 0, False, -1
        for start in range(0, size, _CHUNK):
            piece = np.frombuffer(data[start : start + _CHUNK], dtype=np.uint8)
            quotes, escaped = _quotes(piece, escaped)
            opened = _note_texts(quotes + start, inside, opened, texts)
            found = np.flatnonzero(is_mark[piece])
            outside = ((np.searchsorted(quotes, found) + inside) & 1) == 0
            found = found[outside]
            all_at.append((found + start).astype(np.uint32))
            all_steps.append(steps[piece[found]])
            inside = (inside + len(quotes)) & 1
            progress(0.6 * min(1.0, (start + _CHUNK) / size))
        if inside:
            raise InvalidRequest("The JSON ends inside of a text.", hint="Look at it as text.")
        at = np.concatenate(all_at) if all_at else np.array([], dtype=np.uint32)
        step = np.concatenate(all_steps) if all_steps else np.array([], dtype=np.int8)
        depth = np.cumsum(step, dtype=np.int32)
        if len(depth) and (depth.min() < 0 or depth[-1] != 0):
            raise InvalidRequest("The JSON has brackets that do not match.", hint="Look at it as text.")
        if len(depth) and depth.max() > DEEPEST:
            raise _too_deep()
        depth -= step == 1
        return cls(at, step, depth, *texts)


def _too_deep() -> InvalidRequest:
    return InvalidRequest("The JSON is nested too deeply to be shown as a tree.", hint="Look at it as text.")


def _quotes(piece: Any, escaped: bool) -> tuple[Any, bool]:
    """Places of quotes that no backslash escapes, and whether the next piece's first byte is escaped."""
    import numpy as np

    quotes = np.flatnonzero(piece == _QUOTE)
    slashes = np.flatnonzero(piece == _BACKSLASH)
    if escaped and len(slashes) and slashes[0] == 0:
        # An escaped backslash escapes nothing.
        slashes = slashes[1:]
        quotes = quotes[quotes != 0]
    elif escaped:
        quotes = quotes[quotes != 0]
    if not len(slashes):
        return quotes, False
    begins = np.concatenate([[True], np.diff(slashes) != 1])
    run_starts = slashes[begins][np.cumsum(begins) - 1]
    where = np.searchsorted(slashes, quotes - 1)
    where_ = np.minimum(where, len(slashes) - 1)
    follows = (slashes[where_] == quotes - 1) & (where < len(slashes))
    is_escaped = follows & ((quotes - run_starts[where_]) % 2 == 1)
    ends_escaped = bool(slashes[-1] == len(piece) - 1 and (len(piece) - run_starts[-1]) % 2 == 1)
    return quotes[~is_escaped], ends_escaped


def _note_texts(quotes: Any, inside: int, opened: int, texts: tuple[list[int], list[int]]) -> int:
    """Keep the texts that are large; where the one begins that is still open, or -1."""
    import numpy as np

    if inside:
        if not len(quotes):
            return opened
        if quotes[0] - opened > BIG:
            texts[0].append(opened)
            texts[1].append(int(quotes[0]) + 1)
        quotes = quotes[1:]
    starts, ends = quotes[0::2], quotes[1::2]
    for i in np.flatnonzero(ends - starts[: len(ends)] > BIG):
        texts[0].append(int(starts[i]))
        texts[1].append(int(ends[i]) + 1)
    return int(starts[-1]) if len(starts) > len(ends) else -1


class _Containers:
    @staticmethod
    def of(marks: _Marks) -> dict[str, Any]:
        """Level by level: what lies in small containers is left out of the next."""
        import numpy as np

        starts, ends, counts, firsts, samples = [], [], [], [], []
        at, step, depth = marks.at, marks.step, marks.depth
        kept_samples = 0
        level = 0
        while len(at):
            if level > MOST_DEPTH:
                raise _too_deep()
            here = depth == level
            opens, closes = at[here & (step == 1)], at[here & (step == -1)]
            is_big = closes - opens > BIG
            opens, closes = opens[is_big], closes[is_big]
            commas = at[(depth == level + 1) & (step == 0)]
            low, high = np.searchsorted(commas, opens), np.searchsorted(commas, closes)
            for begin, end, first, last in zip(opens, closes, low, high, strict=True):
                children = np.concatenate([[begin], commas[first:last]]).astype(np.uint32)[::STRIDE]
                starts.append(int(begin))
                ends.append(int(end) + 1)
                counts.append(int(last - first) + 1)
                firsts.append(kept_samples)
                samples.append(children)
                kept_samples += len(children)
            at, step, depth = _inside(at, step, depth, level, opens, closes)
            level += 1
        order = np.argsort(np.array(starts, dtype=np.int64)) if starts else np.array([], dtype=np.int64)
        return {
            "starts": np.array(starts, dtype=np.int64)[order],
            "ends": np.array(ends, dtype=np.int64)[order],
            "counts": np.array(counts, dtype=np.int64)[order],
            "firsts": np.array(firsts, dtype=np.int64)[order],
            "samples": np.concatenate(samples) if samples else np.array([], dtype=np.uint32),
            "text_starts": np.array(marks.text_starts, dtype=np.int64),
            "text_ends": np.array(marks.text_ends, dtype=np.int64),
        }


def _inside(at: Any, step: Any, depth: Any, level: int, opens: Any, closes: Any) -> tuple[Any, Any, Any]:
    """What lies below this level and in a container that is large."""
    import numpy as np

    if not len(opens):
        return at[:0], step[:0], depth[:0]
    place = np.searchsorted(opens, at, side="right") - 1
    inside = (place >= 0) & (at < closes[np.maximum(place, 0)]) & (depth > level)
    # Commas of this level's own containers are done with; those of a child have a greater depth.
    inside &= ~((depth == level + 1) & (step == 0))
    return at[inside], step[inside], depth[inside]
