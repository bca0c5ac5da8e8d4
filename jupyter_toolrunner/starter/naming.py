"""Names that somebody wrote, and those that were meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHOWN = 12


def likely(name: str, known: Iterable[str]) -> str:
    """What may have been meant, as the end of an error's sentence."""
    names = list(known)
    folded: dict[str, str] = {}
    for each in names:
        folded.setdefault(each.casefold(), each)
    near = [folded[each] for each in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    if near:
        return f"the closest is {', '.join(map(repr, near))}"
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"there is {', '.join(map(repr, names[:_SHOWN])) or 'none'}{rest}"


def file_stem(name: str) -> str:
    """A name as the beginning of a file's name, without what could lead elsewhere."""
    plain = "".join(each if each.isalnum() or each in "-_. " else "_" for each in name).strip(" .")
    return plain[:80].rstrip(" .") or "result"
