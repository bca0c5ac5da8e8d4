"""The history in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ..core.runs import RunStatus
from . import summary
from .view import View

if TYPE_CHECKING:
    from ..client import Client, Run

#: Runs that are listed where there is nothing of ours.
_LISTED = 10


class History(View):
    """What was run, live: ``History(tool="calculate_pagerank", status="failed")``.

    ``history.selected`` are the runs that were ticked, ``history.runs()`` those that the view began with.
    """

    def __init__(
        self,
        *,
        tool: str | Iterable[str] | None = None,
        status: RunStatus | str | Iterable[RunStatus | str] | None = None,
        client: Client | None = None,
    ) -> None:
        from .connection import the_client

        client = client or the_client()
        self._tools = [client.tool(name).name for name in _listed(tool)]
        self._statuses = [RunStatus(each).value for each in _listed(status)]
        query = {"tool": ",".join(self._tools), "status": ",".join(self._statuses)}
        super().__init__(
            "history", client, _query=urlencode({word: text for word, text in query.items() if text})
        )

    @property
    def selected(self) -> list[Run]:
        """The runs that are ticked."""
        return [self._client.run(run) for run in self._selected]

    def runs(self, limit: int = 50) -> list[Run]:
        """Runs of the tool and status that the view began with, newest first."""
        tool = ",".join(self._tools) or None
        return self._client.runs(tool=tool, status=self._statuses or None, limit=limit)

    def _summary(self) -> tuple[str, str]:
        return summary.of_history({"tool": self._tools, "status": self._statuses}, self.runs(_LISTED))


def _listed(value: str | Iterable[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
