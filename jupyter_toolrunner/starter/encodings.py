"""In which encoding a file is written."""

from __future__ import annotations

import codecs
from pathlib import Path

from ..storage.previews.encodings import encoding_of

#: Bytes that are looked at.
_SAMPLE = 256 * 1024
_EIGHT_BITS = ["cp1251", "koi8_r", "cp866", "cp1252", "mac_cyrillic"]
_MARKED = {"utf-8-sig", "utf-16", "utf-32"}


def guessed(sample: bytes) -> str:
    """The name that Python has for it: a mark or UTF-8 for sure, else the code page whose letters make words."""
    known = encoding_of(sample)
    if known == "utf-8" or known in _MARKED:
        return known
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:_SAMPLE], cp_isolation=_EIGHT_BITS, preemptive_behaviour=False).best()
    return best.encoding if best is not None else known


def of_file(path: Path) -> str:
    with path.open("rb") as file:
        return guessed(file.read(_SAMPLE))


def is_binary(sample: bytes) -> bool:
    """Whether these first bytes are no text: UTF-16 and UTF-32 have zeros too, but begin with their mark."""
    return b"\0" in sample and encoding_of(sample) not in _MARKED


def known(name: str) -> str:
    """The name that Python has for an encoding. Raises LookupError."""
    return codecs.lookup(name).name
