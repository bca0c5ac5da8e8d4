"""What becomes of a run that fails, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.limits import seconds_text, size_text

if TYPE_CHECKING:
    from ..api.schemas import LimitsShape
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
    if words := _limits(tool.limits):
        facts.append(("limits", f"{', '.join(words)}; a run that takes more is ended"))
    return facts


def _limits(limits: LimitsShape) -> list[str]:
    """Those that the tool names."""
    return [
        *([seconds_text(limits.time_limit)] if limits.time_limit else []),
        *([f"{size_text(limits.memory_limit)} of memory"] if limits.memory_limit else []),
        *([f"{size_text(limits.output_limit)} of files"] if limits.output_limit else []),
        *([f"{limits.process_limit} processes"] if limits.process_limit else []),
        *([f"{limits.open_files_limit} open files in each"] if limits.open_files_limit else []),
    ]
