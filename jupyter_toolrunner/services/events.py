"""What happened to a run, as an event for live views."""

from __future__ import annotations

import json

from ..core.events import Event
from ..core.ports import EventStream
from ..core.runs import Run

#: Characters of params that an event carries; more is fetched by whoever shows it.
_PARAMS_LIMIT = 16_000


def announce(events: EventStream, run: Run) -> None:
    """Tell everybody who may see the run; never raises."""
    events.publish(run_event(run))


def run_event(run: Run) -> Event:
    data = run.to_json()
    if len(json.dumps(run.params)) > _PARAMS_LIMIT:
        data = {**data, "params": {}, "abridged": True}
    return Event(type="run", owner=run.owner, data=data)
