"""A run in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import summary
from .view import View

if TYPE_CHECKING:
    from ..client import Client, Run


class RunView(View):
    """A run with its progress, log and results, live: ``RunView(run)``, or by its number or id."""

    def __init__(self, run: Run | str | int, /, *, client: Client | None = None) -> None:
        from ..client import Client, Run
        from .connection import the_client

        if isinstance(run, Run):
            client = client or Client(run.transport)
        else:
            client = client or the_client()
            run = client.run(run)
        super().__init__("run", client, _tool=run.tool, _run=run.id, _snapshot=self._kept(client, run))
        self._watch(run)

    @property
    def run(self) -> Run:
        """The run that is shown."""
        run = self._run_of_snapshot()
        assert run is not None
        return run

    def result(self, timeout: float | None = None) -> Any:
        """What it returned, waiting for its end."""
        return self.run.result(timeout)

    def _summary(self) -> tuple[str, str]:
        return summary.of_run(self._snapshot)
