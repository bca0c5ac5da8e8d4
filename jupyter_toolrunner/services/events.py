"""What happened to a run, as an event for live views."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.events import Event
from ..core.ports import EventStream
from ..core.runs import Run

#: Characters of an event; what is larger is fetched by whoever shows it.
_LIMIT = 16_000


def announce(events: EventStream, run: Run) -> None:
    """Tell everybody who may see the run; never raises."""
    events.publish(Event(type="run", owner=run.owner, data=abridged(run.to_json())))


def abridged(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The run as it is, or without what makes it large, and marked so: thousands of them are kept and sent."""
    if len(json.dumps(run)) <= _LIMIT:
        return run
    error = run["error"] and {
        **run["error"],
        "message": run["error"]["message"][:1000],
        "frames": (),
        "traceback": None,
    }
    return {**run, "params": {}, "artifacts": [], "error": error, "abridged": True}
