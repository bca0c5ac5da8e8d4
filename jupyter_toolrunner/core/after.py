"""What a run waits for before it may start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .ids import RunId

#: Runs that one run may wait for.
MOST_AWAITED = 100


class Rule(StrEnum):
    """When a run that waits for others starts."""

    ALL_SUCCEEDED = "all_succeeded"
    ALL_ENDED = "all_ended"
    ANY_ENDED = "any_ended"
    ANY_FAILED = "any_failed"


@dataclass(frozen=True, slots=True)
class After:
    """What a run waits for; the runs are in the order in which they were named."""

    rule: Rule
    runs: tuple[RunId, ...]

    def to_json(self) -> dict[str, Any]:
        return {"rule": self.rule.value, "runs": list(self.runs)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> After:
        return cls(Rule(data["rule"]), tuple(RunId(run) for run in data["runs"]))
