"""What people write on runs to find and remember them: tags and a note."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .errors import InvalidRequest

LONGEST_TAG = 60
MOST_TAGS = 50
LONGEST_NOTE = 20_000

#: Commas part tags where several are typed; the rest would hide what is read.
_NOT_IN_A_TAG = re.compile(r"[,\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_IN_A_NOTE = re.compile(r"[\x00\ud800-\udfff]")


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags as they are kept: trimmed, each once, in the order given. Raises InvalidRequest."""
    kept = dict.fromkeys(map(_checked_tag, tags))
    if len(kept) > MOST_TAGS:
        raise InvalidRequest(f"A run has {MOST_TAGS} tags at most, not {len(kept)}.", field="tags")
    return tuple(kept)


def _checked_tag(tag: str) -> str:
    kept = " ".join(unicodedata.normalize("NFC", tag).split())
    if not kept or len(kept) > LONGEST_TAG:
        raise InvalidRequest(f"A tag has 1 to {LONGEST_TAG} characters.", field="tags")
    if found := _NOT_IN_A_TAG.search(kept):
        what = "a comma" if found[0] == "," else "a control character"
        raise InvalidRequest(f"A tag cannot hold {what}.", field="tags", hint="Give two tags instead of one.")
    return kept


def checked_note(note: str) -> str | None:
    """The note as it is kept; None for an empty one. Raises InvalidRequest."""
    kept = note.strip()
    if len(kept) > LONGEST_NOTE:
        raise InvalidRequest(
            f"A note has {LONGEST_NOTE:,} characters at most, not {len(kept):,}.",
            field="note",
            hint="Keep longer texts in a file.",
        )
    if _NOT_IN_A_NOTE.search(kept):
        raise InvalidRequest("A note cannot hold NUL or half a character.", field="note")
    return kept or None
