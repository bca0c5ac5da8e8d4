"""How a tool takes its params on its command line, whichever way it reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .click_line import ClickLine
from .command_line import CommandLine
from .programs import ProgramLine

#: Each has ``problems(params)`` and ``argv(params)``.
Line = CommandLine | ClickLine | ProgramLine


def line_from_json(data: Mapping[str, Any]) -> Line:
    """Told apart by what they are made of: a stored tool of an earlier release has nothing else to go by."""
    if "levels" in data:
        return ClickLine.from_json(data)
    if "words" in data:
        return ProgramLine.from_json(data)
    return CommandLine.from_json(data)
