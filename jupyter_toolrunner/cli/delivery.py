"""What becomes of a run that fails, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..client import Tool

#: By delivery class, what happens when a run's worker is lost: its machine died, or was cut off.
LOST = {
    "at_most_once": "ends as failed, and is not tried again by itself",
    "idempotent": "is tried again by itself",
    "transactional": "is tried again by itself; only what a finished attempt leaves is published",
}


def of_tool(tool: Tool) -> list[tuple[str, str]]:
    """Facts for a table."""
    facts = [("worker lost", f"the run {LOST[tool.delivery]} ({tool.delivery})")]
    if tool.retried:
        facts.append(("tried again", f"after {', '.join(tool.retried)}"))
    if tool.attempts > 1:
        facts.append(("attempts", f"{tool.attempts} at most"))
    return facts
