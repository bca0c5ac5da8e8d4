"""Names by which links lead to headings, as sites of repositories make them."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^\w\- ]")


class Anchors:
    """Gives each heading of a page a name of its own."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def of(self, heading: str) -> str:
        name = _OTHER.sub("", heading.strip().lower()).replace(" ", "-")
        count = self._taken.get(name)
        if count is None:
            self._taken[name] = 0
            return name
        while f"{name}-{count + 1}" in self._taken:
            count += 1
        self._taken[name] = count + 1
        self._taken[f"{name}-{count + 1}"] = 0
        return f"{name}-{count + 1}"
