"""Facts about runs and tools, for live views. They are hints: whoever missed one fetches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

#: ``log`` says that there is more of a log, and where it ends: followers read on.
#: ``preference`` is for its owner alone, in all windows.
#: ``presets`` names the tool whose presets changed.
#: ``queue``: something was held or released, or its order or a limit changed.
#: ``cleaning``: what the rules free was freed, be it nothing.
#: ``schedule`` names one that was added, changed or removed, or that fired.
EventType = Literal["run", "tools", "log", "preference", "presets", "schedule", "queue", "cleaning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    type: EventType
    #: Who may see it; None for everybody.
    owner: str | None
    #: JSON-able.
    data: Mapping[str, Any]
    #: Position in the stream, given by the stream; resuming goes on behind it.
    id: str = ""
