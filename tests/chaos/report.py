"""What was seen, in words and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .checker import Finding


@dataclass(frozen=True, kw_only=True)
class Report:
    system: str
    database: str
    seed: int
    accepted: int
    starts: int
    #: Runs that may be repeated, and whose work was never done, whatever was said of them.
    undone: int
    statuses: Mapping[str, int]
    kills: Mapping[str, int]
    seconds: float
    #: From the last kill or accepted run until all had ended; None where they did not.
    drained: float | None
    allowed: float
    findings: Sequence[Finding]

    @property
    def good(self) -> bool:
        return not self.findings

    def count(self, kind: str) -> int:
        return sum(finding.kind == kind for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        kinds = Counter(finding.kind for finding in self.findings)
        drained = "not drained" if self.drained is None else f"drained in {self.drained:.1f} s"
        lines = [
            f"{self.system} on {self.database}, seed {self.seed}: {self.accepted} runs accepted, {self.starts} starts",
            f"  {sum(self.kills.values())} kills in {self.seconds:.0f} s, {drained} (allowed {self.allowed:.0f} s)",
            f"  ended: {_listed(self.statuses)}; {self.undone} that may be repeated were never done",
            f"  killed: {_listed(self.kills)}",
            f"  findings: {_listed(kinds) if kinds else 'none'}",
            *(f"    {finding.kind}: {finding.text}" for finding in self.findings[:60]),
        ]
        return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda each: -each[1]))
