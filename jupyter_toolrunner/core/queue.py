"""The queue: what holds runs back, and where each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .runs import Run

#: Where a rule of the whole queue stands for that of a tool.
WHOLE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Runs at a time; None for any number."""

    total: int | None = None
    #: Of one owner.
    user: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """Of a tool, or of the whole queue."""

    tool: str
    #: Runs of the tool at a time; None for any number.
    max_running: int | None = None
    #: Who holds it; None where nobody does.
    held_by: str | None = None
    held_at: datetime | None = None
    note: str = ""


WaitKind = Literal["queue_held", "tool_held", "total_limit", "user_limit", "tool_limit", "no_worker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Why a queued run does not start, though a worker may be free."""

    kind: WaitKind
    #: For a limit.
    running: int | None = None
    limit: int | None = None
    #: For a hold.
    by: str | None = None
    since: datetime | None = None
    note: str = ""
    #: What else is to be said.
    said: str = ""

    @property
    def text(self) -> str:
        match self.kind:
            case "queue_held":
                return f"Waits: the queue is held by {self.by}{_noted(self.note)}."
            case "tool_held":
                return f"Waits: this tool is held by {self.by}{_noted(self.note)}."
            case "tool_limit":
                return f"Waits: {self.running} of {self.limit} runs of this tool are running."
            case "user_limit":
                return f"Waits: {self.running} of {self.limit} runs of this user are running."
            case "total_limit":
                return f"Waits: {self.running} of {self.limit} runs of all are running."
            case "no_worker":
                return self.said


def _noted(note: str) -> str:
    return f" ({note})" if note else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """The runs of one owner that wait."""

    owner: str
    waiting: int
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some of the runs that wait, in the order in which they start where no limit and no hold is in the way."""

    #: Each with its position, from 1.
    items: Sequence[tuple[int, Run]]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    runs: Sequence[Run]
    #: Of those that were not moved: what was asked for, and why not.
    refused: Sequence[tuple[str, str]]


Destination = Literal["front", "end", "before", "after"]
