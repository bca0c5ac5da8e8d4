"""A part of a file, as HTTP names it."""

from __future__ import annotations

import re

_ONE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.IGNORECASE)


class RangeNotSatisfiable(Exception):
    """The file ends before the part begins."""


def byte_range(header: str | None, size: int) -> tuple[int, int]:
    """First byte and the one after the last; the whole file where none is named, or one that cannot be understood.

    Raises RangeNotSatisfiable.
    """
    match = _ONE.fullmatch(header.strip()) if header else None
    if match is None or match.group(1) == match.group(2) == "":
        return 0, size
    first, last = match.groups()
    if not first:
        if int(last) == 0:
            raise RangeNotSatisfiable
        return max(0, size - int(last)), size
    start = int(first)
    end = min(int(last), size - 1) + 1 if last else size
    if last and int(last) < start:
        return 0, size
    if start >= size:
        raise RangeNotSatisfiable
    return start, end
