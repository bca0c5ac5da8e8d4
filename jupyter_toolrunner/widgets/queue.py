"""The queue and the workers in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import summary
from .view import View

if TYPE_CHECKING:
    from ..api.schemas import QueuedShape, WorkerShape
    from ..client import Client, Run

#: Runs that are listed where there is nothing of ours.
_LISTED = 10


class Queue(View):
    """Who waits and who works, live: position, expected start and end, cancel, hold, order. ``Queue(mine=True)``: one's own.

    ``queue.selected`` are the runs that were ticked, ``queue.items()`` those that wait, each with its position, its expected
    start and end, and what else it waits for.
    """

    def __init__(self, *, mine: bool = False, client: Client | None = None) -> None:
        super().__init__("queue", client, _query="me" if mine else "")

    @property
    def selected(self) -> list[Run]:
        """The runs that are ticked."""
        return [self._client.run(run) for run in self._selected]

    def items(self, limit: int = 100) -> list[QueuedShape]:
        """What waits, in the order in which it starts."""
        return list(self._client.queue(limit=limit, owner=self._query or None).items)

    def _summary(self) -> tuple[str, str]:
        return summary.of_queue(self._client.queue(limit=_LISTED, owner=self._query or None))


class Workers(View):
    """Who works on what, on all machines, live; ``view.workers`` is the list."""

    def __init__(self, *, client: Client | None = None) -> None:
        super().__init__("workers", client)

    @property
    def workers(self) -> list[WorkerShape]:
        return self._client.workers()

    def _summary(self) -> tuple[str, str]:
        return summary.of_workers(self.workers)
