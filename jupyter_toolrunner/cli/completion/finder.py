"""argcomplete's finder, as this command line needs it: what is offered when, and how it is written for the shell."""

from __future__ import annotations

import argparse
import os
from typing import TextIO

from argcomplete.completers import SuppressCompleter
from argcomplete.finders import ExclusiveCompletionFinder

from .arguments import Arguments
from .quoting import bash_word, is_plain

#: What our script for zsh calls its shell: that quotes values and completes paths by itself.
ZSH_ITSELF = "zsh itself"


class Finder(ExclusiveCompletionFinder):
    """Offers options where one was begun, or where no value can follow."""

    _arguments: Arguments

    def write(self, arguments: Arguments, stream: TextIO) -> None:
        """Write what may follow on the line that the environment has."""
        self._arguments = arguments
        self(
            arguments.parser,
            always_complete_options=False,
            exit_method=lambda code: None,
            output_stream=stream,
            default_completer=SuppressCompleter(),
        )

    def _init_debug_stream(self) -> None:
        """Leave file descriptor 9 alone, which argcomplete would take."""

    def collect_completions(
        self,
        active_parsers: list[argparse.ArgumentParser],
        parsed_args: argparse.Namespace,
        cword_prefix: str,
    ) -> list[str]:
        found = super().collect_completions(active_parsers, parsed_args, cword_prefix)
        if not found and not self._arguments.asked and _may_begin_option():
            self.always_complete_options = "long"
            found = super().collect_completions(active_parsers, parsed_args, cword_prefix)
        return found

    def quote_completions(
        self, completions: list[str], cword_prequote: str, last_wordbreak_pos: int | None
    ) -> list[str]:
        shell = os.environ.get("_ARGCOMPLETE_SHELL")
        if shell == ZSH_ITSELF:
            paths = self._arguments.paths
            kind = "values" if paths is None else paths.for_zsh()
            return [kind, *([] if paths else filter(is_plain, completions))]
        if shell == "bash":
            start = 0 if last_wordbreak_pos is None else last_wordbreak_pos + 1
            words = [bash_word(each, cword_prequote, start) for each in completions]
            return [word for word in words if word is not None]
        return super().quote_completions(completions, cword_prequote, last_wordbreak_pos)


def _may_begin_option() -> bool:
    """Whether a word begins at the cursor, and no ``--`` said that no option follows."""
    line = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])]
    return line.endswith((" ", " ''")) and "--" not in line.split()
