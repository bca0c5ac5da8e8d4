"""Events that a browser which comes back can still be sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

Message = Mapping[str, Any]
#: Its position in the stream, the one user that may read it (None for everybody), and itself.
Placed = tuple[str, str | None, Message]

#: Events that are remembered.
KEPT = 2_000


class RecentEvents:
    """The last events of the stream in order, and from where on none is missing."""

    def __init__(self, kept: int = KEPT) -> None:
        self._events: deque[Placed] = deque(maxlen=kept)
        self._known_from: tuple[int, ...] = (0,)
        #: Position behind the last event.
        self.last = "0-0"

    def begin(self, events: Iterable[Placed], position: str) -> None:
        """Start anew with the events before a position; what was remembered is forgotten."""
        self._events.clear()
        self._events.extend(events)
        self._known_from = _order(self._events[0][0] if self._events else position)
        self.last = position

    def add(self, position: str, reader: str | None, message: Message) -> None:
        if len(self._events) == self._events.maxlen:
            self._known_from = _order(self._events[0][0])
        self._events.append((position, reader, message))
        self.last = position

    def since(self, last: str, user: str) -> list[Message]:
        """What came for the user behind ``last``; a gap where that cannot be told."""
        key = _order(last)
        # A position between the two is one of a stream that was lost, and what came there is not known.
        first = _order(self._events[0][0]) if self._events else self._known_from
        if key != self._known_from and not first <= key <= _order(self.last):
            return [{"type": "gap"}]
        return [
            message
            for position, reader, message in self._events
            if _order(position) > key and reader in (None, user)
        ]


def _order(position: str) -> tuple[int, ...]:
    """Where an event stands in its stream; (0,) for what is no position."""
    events = position.partition("/")[0]
    try:
        return tuple(int(part) for part in events.split("-"))
    except ValueError:
        return (0,)
