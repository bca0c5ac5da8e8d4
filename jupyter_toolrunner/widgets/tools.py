"""All tools in a notebook: one is chosen, then its form is filled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from traitlets import observe

from . import summary
from .view import View

if TYPE_CHECKING:
    from ..client import Client, Run


class Tools(View):
    """Every tool that there is, with a search: for a dashboard whose viewers choose themselves what to run."""

    def __init__(self, *, client: Client | None = None) -> None:
        from .connection import the_client

        super().__init__("tools", client or the_client())

    @property
    def tool(self) -> str | None:
        """Full name of the tool that was chosen; None before."""
        return self._tool or None

    @property
    def params(self) -> dict[str, Any]:
        """The values as they stand in its form, but for secrets."""
        return dict(json.loads(self._values or "{}"))

    @property
    def run(self) -> Run | None:
        """The run that was made last; None before the first."""
        return self._run_of_snapshot()

    @observe("_run")
    def _on_run(self, _: object) -> None:
        run = self.run
        if run is not None:
            self._snapshot = self._snapshot or self._kept(self._client, run)
            self._watch(run)

    def _summary(self) -> tuple[str, str]:
        return summary.of_tools(self._client.tools())
