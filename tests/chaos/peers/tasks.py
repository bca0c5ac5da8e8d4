"""The work that is given to the others; the same as that of the toolbox."""

from __future__ import annotations

from witness import work


def run(key: str, seconds: float) -> None:
    work(key, seconds)
