"""What happened to a run, as an event for live views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core import quick_json
from ..core.events import Event
from ..core.ports import EventStream
from ..core.runs import Run

#: Bytes of what makes an event large; what is larger is fetched by whoever shows it.
_LIMIT = 16_000
_MAY_BE_LARGE = ("params", "error", "progress", "tags", "note", "artifacts", "attempts")


def announce(events: EventStream, run: Run) -> None:
    """Tell everybody who may see the run; never raises."""
    events.publish(Event(type="run", owner=run.owner, data=abridged(run.to_json())))


def abridged(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The run as it is, or without what makes it large, and marked so: thousands of them are kept and sent."""
    may_be_large = [run[name] for name in _MAY_BE_LARGE if run[name]]
    if not may_be_large or len(quick_json.dumps(may_be_large)) <= _LIMIT:
        return run
    error = run["error"] and {
        **run["error"],
        "message": run["error"]["message"][:1000],
        "frames": (),
        "traceback": None,
    }
    return {**run, "params": {}, "artifacts": [], "error": error, "abridged": True}
