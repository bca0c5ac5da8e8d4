"""A tool's form in a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ipywidgets import CallbackDispatcher
from traitlets import observe

from ..core.errors import NotAvailable
from ..core.presets import without_secrets
from ..core.runs import Priority
from . import summary
from .connection import answer
from .values import fitting, shown
from .view import View

if TYPE_CHECKING:
    from ..client import Client, Run, Tool


class ToolForm(View):
    """The form of a tool, filled from here or by hand: ``form = ToolForm("calculate_pagerank", damping=0.9)``.

    ``form.params`` are the values as they stand, ``form.run`` the run that was made with it last, by its button or by
    ``form.submit()``. Values are given by name, or as ``params={…}`` where a name is taken by an option. A DataFrame, an
    artifact, or the path of a file is a value for a field that takes a file. Secrets are written into the form or given
    to ``submit()``: a notebook would keep them.
    """

    def __init__(
        self,
        tool: str | Tool,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        preset: str | None = None,
        client: Client | None = None,
        **values: Any,
    ) -> None:
        name = tool if isinstance(tool, str) else tool.name
        client, self._described = (
            answer(lambda one: one.tool(name)) if client is None else (client, client.tool(name))
        )
        self._submitted = CallbackDispatcher()
        given = shown(client, self._described, {**(params or {}), **values})
        if preset is not None:
            given = {**client.preset(self._described, preset).params, **given}
        super().__init__(
            "form",
            client,
            _tool=self._described.name,
            _description=self._described.model_copy(update={"source": None}).model_dump_json(),
            _values=json.dumps(given),
        )

    @property
    def params(self) -> dict[str, Any]:
        """The values as they stand in the form, but for secrets; what is absent is left to the tool's default."""
        return dict(json.loads(self._values))

    @params.setter
    def params(self, params: Mapping[str, Any]) -> None:
        self._values = json.dumps(shown(self._client, self._described, params))

    @property
    def run(self) -> Run | None:
        """The run that was made with the form last; None before the first."""
        return self._run_of_snapshot()

    def submit(self, *, priority: Priority | str = Priority.DEFAULT, **values: Any) -> Run:
        """Make a run of the values in the form, with these over them, as its button does."""
        params = {**self.params, **fitting(self._client, self._described, values)}
        return self._submit(params, priority)

    def result(self, timeout: float | None = None) -> Any:
        """What the last run returned, waiting for its end. Raises NotAvailable, RunFailed, NotFound, TimeoutError."""
        run = self.run
        if run is None:
            raise NotAvailable(
                "Nothing was run with this form yet", hint="Press Run in the form, or call form.submit()"
            )
        return run.result(timeout)

    def on_run(self, callback: Callable[[Run], Any], *, remove: bool = False) -> None:
        """Call it with each run that is made with the form, as soon as it is accepted."""
        self._submitted.register_callback(callback, remove=remove)

    def _submit(self, params: Mapping[str, Any], priority: Priority | str) -> Run:
        run = self._client.submit(self._described, params, priority=priority)
        with self.hold_sync():
            self._values = json.dumps(without_secrets(params, self._described.params_schema))
            self._show_run(run)
        return run

    @observe("_run")
    def _on_run(self, _: object) -> None:
        run = self.run
        if run is not None:
            if not self._snapshot:
                self._snapshot = self._kept(self._client, run)
            self._watch(run)
            self._submitted(run)

    def _on_asked(self, message: Mapping[str, Any]) -> None:
        if message.get("type") == "submit":
            self._submit(json.loads(message["values"]), message.get("priority", Priority.DEFAULT))

    def _summary(self) -> tuple[str, str]:
        return summary.of_form(self._described, self.params, self._snapshot)


def _offer_completion() -> None:
    """Of names in ``ToolForm("…``, where there is a shell that completes."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        from .completion import install

        install(shell)


_offer_completion()
