"""Patterns by which a tool's description finds progress in what the tool prints.

They are somebody else's, and are matched in the worker: by RE2, whose time grows with the length of the line and not with
what the pattern and the line are like. It knows no lookaround and no back-references.
"""

from __future__ import annotations

import re2

#: Characters of a pattern.
LONGEST_PATTERN = 500
#: Characters of a line that are looked at.
LONGEST_LINE = 200
_MEMORY = 1 << 20


class NoPattern(ValueError):
    """Not a pattern that can be matched in a time that is known before."""


class ProgressPattern:
    """Raises NoPattern, with the reason."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > LONGEST_PATTERN:
            raise NoPattern(f"it has {len(pattern):,} characters, and {LONGEST_PATTERN} are taken at most")
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        try:
            self._pattern = re2.compile(pattern, options)
        except re2.error as error:
            said = error.args[0]
            raise NoPattern(
                said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            ) from None
        self.groups: frozenset[str] = frozenset(self._pattern.groupindex)

    def search(self, line: str) -> dict[str, str | None] | None:
        """What the named groups match in a line; None where the pattern does not fit."""
        match = self._pattern.search(line[:LONGEST_LINE])
        return None if match is None else match.groupdict()
