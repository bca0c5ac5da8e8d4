"""How a script takes its params: what was read from its ``argparse`` parser, as a value.

Turns params into an ``argv`` list that the parser reads back as exactly these values, and names the values that argparse or
the operating system cannot carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CommandLine:
        return cls(**data)

    def problems(self, params: Mapping[str, Any]) -> list[Problem]:
        """Values that cannot be carried, each with its field."""
        raise NotImplementedError

    def argv(self, params: Mapping[str, Any]) -> list[str]:
        """The arguments after the program's name."""
        raise NotImplementedError
