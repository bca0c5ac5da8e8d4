"""In which encoding a text is written, by its first bytes."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC_WORD = re.compile(rb"[\xc0-\xff\xa8\xb8]{2,}")


def encoding_of(sample: bytes) -> str:
    """The name that Python has for it; what is no UTF-8 is Windows-1251 where it looks like words, else Windows-1252."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        high = sum(byte >= 0x80 for byte in sample)
        in_words = sum(len(word) for word in _CYRILLIC_WORD.findall(sample))
        return "cp1251" if in_words * 2 > high else "cp1252"
    return "utf-8"
