"""Paths that an argument may name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass


def is_ending(text: str) -> bool:
    """Whether files' names end so, in signs that no shell takes for more."""
    return re.fullmatch(r"\.[\w.+-]+", text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Folders, and the files in them that fit."""

    #: Endings of the files, such as ``.csv``; empty for all files, None for folders alone.
    endings: tuple[str, ...] | None = ()
    #: What stands before the path in the same word.
    before: str = ""

    def beginning_with(self, prefix: str) -> Iterator[str]:
        """With a slash behind folders, as ``prefix`` has it: relative, or below ``~``."""
        typed = prefix.removeprefix(self.before)
        folder, start = typed[: typed.rfind("/") + 1], typed[typed.rfind("/") + 1 :]
        try:
            entries = sorted(os.scandir(os.path.expanduser(folder) or "."), key=lambda entry: entry.name)
        except (OSError, ValueError):
            return
        for entry in entries:
            if not entry.name.startswith(start) or (entry.name.startswith(".") and not start):
                continue
            if _is_folder(entry):
                yield f"{self.before}{folder}{entry.name}/"
            elif self._fits(entry.name):
                yield f"{self.before}{folder}{entry.name}"

    def for_zsh(self) -> str:
        """How the script for zsh is told: it completes paths by itself, with the person's own settings."""
        before = "=" if self.before else ""
        if not self.endings or not all(map(is_ending, self.endings)):
            return f"{before}{'folders' if self.endings is None else 'files'}"
        any_of = "|".join(self.endings)
        # Parentheses around a single one would be taken for conditions.
        return f"{before}files *{any_of if len(self.endings) == 1 else f'({any_of})'}"

    def _fits(self, name: str) -> bool:
        return self.endings is not None and (not self.endings or name.lower().endswith(self.endings))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
