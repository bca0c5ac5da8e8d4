"""Results in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import InvalidRequest
from ..core.runs import RunStatus
from . import summary
from .view import View

if TYPE_CHECKING:
    from ..client import Artifact, Client, Run


class Results(View):
    """What runs made, with previews: ``Results(run=run)``, or ``Results(tool="graph_visualizer")`` for its newest runs.

    ``results.artifacts`` are the files of the run that is shown, ``results.selected`` the one that is looked at.
    """

    def __init__(
        self, *, tool: str | None = None, run: Run | str | int | None = None, client: Client | None = None
    ) -> None:
        from ..client import Client, Run
        from .connection import the_client

        if (tool is None) == (run is None):
            raise InvalidRequest("Results are those of a tool or of a run", hint="Give one of tool= and run=")
        if isinstance(run, Run):
            client = client or Client(run.transport)
        client = client or the_client()
        if tool is not None:
            super().__init__("results", client, _tool=client.tool(tool).name)
        else:
            found = run if isinstance(run, Run) else client.run(run or "")
            super().__init__("results", client, _run=found.id, _snapshot=self._kept(client, found))
            self._watch(found)

    @property
    def run(self) -> Run | None:
        """The run that is shown; None where the tool has none yet."""
        if self._run:
            return self._run_of_snapshot()
        runs = self._client.runs(tool=self._tool, status=RunStatus.SUCCEEDED, limit=1)
        return runs[0] if runs else None

    @property
    def artifacts(self) -> list[Artifact]:
        """The files of the run that is shown."""
        run = self.run
        return list(run.artifacts) if run is not None else []

    @property
    def selected(self) -> Artifact | None:
        """The file that is looked at; None before one was."""
        return next((artifact for artifact in self.artifacts if artifact.id in self._selected), None)

    def _summary(self) -> tuple[str, str]:
        run = self.run
        return summary.of_results(self._tool, self._kept(self._client, run) if run is not None else "")
