"""Words for bash: what was completed is read back as the same text, whatever signs it has."""

from __future__ import annotations

import re

#: Signs that mean something to bash outside of quotes.
_SPECIAL = frozenset("\\ \"'`$&|;<>()[]{}*?!")
_CONTROL = frozenset(map(chr, (*range(32), 127)))


def is_plain(text: str) -> bool:
    """Whether a candidate can be sent to a shell: some signs separate candidates from each other."""
    return _CONTROL.isdisjoint(text.replace("\n", ""))


def bash_word(text: str, quote: str, start: int) -> str | None:
    """The part of a word from ``start`` on, to stand behind the ``quote`` that was opened; None where there is no way."""
    if quote:
        if not _CONTROL.isdisjoint(text):
            return None  # only $'…' can write it
        rest = text[start:]
        word = rest.replace("'", r"'\''") if quote == "'" else _in_double_quotes(rest)
        # Bash closes the quotes, unless it takes the last sign for that.
        return word + quote if word.endswith(quote) else word
    return "".join(_sign(text, place) for place in range(start, len(text)))


def _sign(text: str, place: int) -> str:
    sign = text[place]
    if sign in _CONTROL:
        return f"$'\\x{ord(sign):02x}'"
    # A home is meant by ~/ alone: a path has it, and a name hardly does.
    is_home = sign == "~" and (place == 0 or text[place - 1] in "=:") and text[place + 1 : place + 2] != "/"
    is_comment = sign == "#" and place == 0
    return f"\\{sign}" if sign in _SPECIAL or is_home or is_comment else sign


def _in_double_quotes(text: str) -> str:
    # A backslash before ! stays in the text, and without one it is replaced from the history.
    return re.sub(r'([\\"`$])', r"\\\1", text).replace("!", '"\\!"')
