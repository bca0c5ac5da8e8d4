"""Where links lead within a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ..pages import MARKDOWN, NOTEBOOK, Link, Page

#: Endings that may be left out of a link.
_OPTIONAL = MARKDOWN + NOTEBOOK + (".html", ".htm")
_INDEX = ("index.md", "README.md", "readme.md", "index.html", "index.htm")


@dataclass(frozen=True, slots=True)
class Target:
    """What a link names."""

    #: ``file``, ``web``, ``mail`` or ``other``.
    kind: str
    #: Relative to the folder for a file; the address for the web.
    path: str
    fragment: str = ""


def target_of(link: Link, page: str) -> Target:
    """Raises ValueError for an address that is none."""
    parts = urlsplit(link.target.strip())
    if parts.scheme in ("http", "https") or (not parts.scheme and parts.netloc):
        scheme = parts.scheme or "https"
        if not parts.hostname:
            raise ValueError("an address without a host")
        return Target("web", parts._replace(scheme=scheme).geturl(), parts.fragment)
    if parts.scheme in ("mailto", "tel", "sms"):
        return Target("mail", parts.path)
    if parts.scheme:
        return Target("other", link.target)
    path = unquote(parts.path)
    if not path:
        return Target("file", page, unquote(parts.fragment))
    base = "" if path.startswith("/") else page.rpartition("/")[0]
    joined = os.path.normpath(f"{base}/{path}".lstrip("/")) if path.strip("/") else "."
    return Target(
        "file", joined + ("/" if path.endswith("/") and joined != "." else ""), unquote(parts.fragment)
    )


class Book:
    """The files of a folder, as links name them."""

    def __init__(self, root: Path, pages: Iterable[str]) -> None:
        self._root = root
        self.pages = frozenset(pages)
        self._by_stem: dict[str, list[str]] = {}
        for page in sorted(self.pages, key=lambda each: (each.count("/"), each)):
            for name in {PurePosixPath(page).stem.casefold(), PurePosixPath(page).name.casefold()}:
                self._by_stem.setdefault(name, []).append(page)

    def find(self, path: str) -> str | None:
        """The file or folder that is named, with what may be left out of a name; None where there is none."""
        if path == ".." or path.startswith("../"):
            return None
        bare = path.rstrip("/")
        for candidate in (bare, *(bare + ending for ending in _OPTIONAL)):
            if candidate in self.pages:
                return candidate
        place = self._root / bare
        try:
            if place.is_dir():
                return next(
                    (name for each in _INDEX if (name := f"{bare}/{each}".removeprefix("./")) in self.pages),
                    bare,
                )
            return bare if place.exists() else None
        except (OSError, ValueError):
            return None

    def wiki(self, name: str, page: str) -> str | None:
        """What ``[[name]]`` means: a path from the top, or the nearest page of that name."""
        if (found := self.find(name)) is not None:
            return found
        same = self._by_stem.get(PurePosixPath(name).name.casefold(), [])
        beside = page.rpartition("/")[0]
        near = [each for each in same if each.rpartition("/")[0] == beside] or same
        return near[0] if near else None

    def close_to(self, path: str) -> list[str]:
        """Files that may have been meant."""
        import difflib

        name = PurePosixPath(path).name.casefold()
        near = difflib.get_close_matches(name, self._by_stem, n=2, cutoff=0.75)
        return list(dict.fromkeys(page for each in near for page in self._by_stem[each]))[:3]


def has_anchor(page: Page, fragment: str) -> bool:
    """Whether the page has what the fragment names; sites of repositories do not mind the letters' case."""
    if not fragment or fragment.lower() == "top" or fragment in page.anchors:
        return True
    return page.kind != "html" and fragment.lower() in {anchor.lower() for anchor in page.anchors}
