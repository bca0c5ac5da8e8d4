"""``clean``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.limits import size_text
from .errors import DONE
from .session import connected

if TYPE_CHECKING:
    import argparse

    from ..api.schemas import CleaningShape
    from .terminal import Terminal


def clean(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.clean(dry_run=options.dry_run)
        rules = client.retention()
    if options.json:
        terminal.json(found.model_dump(mode="json"))
        return DONE
    terminal.table(
        [
            (f"#{each.number}", each.kind, each.name, size_text(each.size), each.rule)
            for each in found.examples
        ]
    )
    more = found.logs + found.artifacts - len(found.examples)
    if more > 0:
        terminal.note(f"… and {more:,} more")
    terminal.line(_summary(found, dry=options.dry_run))
    for note in found.notes:
        terminal.note(note)
    if not any(rules.artifacts.model_dump().values()):
        terminal.note("Artifacts stay for ever: no rule of the configuration frees them (keep_artifacts).")
    return DONE


def _summary(found: CleaningShape, *, dry: bool) -> str:
    verb = "would be freed" if dry else "freed"
    return (
        f"{found.logs:,} logs ({size_text(found.log_bytes)}) and {found.artifacts:,} artifacts "
        f"({size_text(found.artifact_bytes)}) {verb}."
    )
