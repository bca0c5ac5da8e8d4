"""The text of a file, in whichever encoding it is written."""

from __future__ import annotations

import codecs
from pathlib import Path

from . import encodings

#: Larger texts are left out: each is read as a whole.
MOST_BYTES = 32 * 2**20


class NotText(ValueError):
    """The file holds no text that can be read."""


def read_text(path: Path) -> str:
    """The text with lines that end in ``\\n``; bytes that are none become ``�``. Raises NotText, and OSError."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise NotText(f"larger than {MOST_BYTES // 2**20} MiB")
    data = path.read_bytes()
    if encodings.is_binary(data[:65536]):
        raise NotText("binary")
    text = codecs.decode(data, encodings.guessed(data[: 256 * 1024]), errors="replace")
    return str(text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�")


def reason(error: BaseException) -> str:
    """Why a file could not be read, in a few words."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return " ".join(str(error).split())[:200] or type(error).__name__
