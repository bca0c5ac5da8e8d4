"""What every view has: its state in the browser, and what a notebook keeps of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ipywidgets import DOMWidget
from traitlets import List, Unicode

from .._version import __version__
from ..core.dashboards import VIEW_TYPE
from ..core.errors import NotFound, ToolrunnerError
from ..core.presets import without_secrets
from .connection import the_client

if TYPE_CHECKING:
    from ..client import Client, Run
    from ..core.tools import Schema

MODULE = "jupyter-toolrunner-widgets"
MIME_TYPE = VIEW_TYPE
WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"
#: Seconds between two looks at a run that goes on where no browser can look by itself.
_LOOK = 0.5


class View(DOMWidget):  # type: ignore[misc] # ipywidgets is not typed
    """The state of one view, in step with the browser, and the output that stays in the notebook."""

    _model_module = Unicode(MODULE).tag(sync=True)
    _model_module_version = Unicode(__version__).tag(sync=True)
    _model_name = Unicode("ViewModel").tag(sync=True)
    _view_module = Unicode(MODULE).tag(sync=True)
    _view_module_version = Unicode(__version__).tag(sync=True)
    _view_name = Unicode("View").tag(sync=True)

    #: The words of `labextension/src/widgets/viewState.ts`.
    _kind = Unicode().tag(sync=True)
    _instance = Unicode().tag(sync=True)
    _place = Unicode().tag(sync=True)
    _tool = Unicode().tag(sync=True)
    _description = Unicode().tag(sync=True)
    _values = Unicode("{}").tag(sync=True)
    _run = Unicode().tag(sync=True)
    _snapshot = Unicode().tag(sync=True)
    _query = Unicode().tag(sync=True)
    _selected = List(Unicode()).tag(sync=True)

    _summary_text = Unicode().tag(sync=True)
    _summary_html = Unicode().tag(sync=True)

    def __init__(self, kind: str, client: Client | None, **state: Any) -> None:
        self._client = client or the_client()
        self._display_id = f"toolrunner-{uuid4().hex}"
        self._is_shown = False
        self._watched: str | None = None
        super().__init__(
            _kind=kind,
            _instance=_instance_of(self._client),
            _place=getattr(self._client.transport, "url", ""),
            **state,
        )
        self._on_changed()
        self.observe(lambda _: self._on_changed(), ["_values", "_run", "_snapshot", "_query", "_selected"])
        self.on_msg(lambda _, message, __: self._answer(message))

    # -- what views do ------------------------------------------------------------------------------------------

    def _summary(self) -> tuple[str, str]:
        """The view as plain text and as HTML, for places that have nothing of ours."""
        raise NotImplementedError

    def _on_asked(self, message: Mapping[str, Any]) -> None:
        """The browser asks for what it cannot do itself. May raise ToolrunnerError, which it is told."""

    def _answer(self, message: Mapping[str, Any]) -> None:
        try:
            self._on_asked(message)
        except ToolrunnerError as error:
            refused = {"code": error.code, "message": error.message, "field": error.field, "hint": error.hint}
            self.send({"refused": refused})

    # -- the run that is shown ----------------------------------------------------------------------------------

    def _run_of_snapshot(self) -> Run | None:
        return self._client.run(self._run) if self._run else None

    @staticmethod
    def _kept(client: Client, run: Run) -> str:
        """What a notebook keeps of a run: without secrets, and without params where nobody can say which are."""
        shape = run.shape
        schema = _schema_of(client, shape.tool)
        params = {} if schema is None else without_secrets(shape.params, schema)
        return shape.model_copy(update={"params": params, "attempts": None}).model_dump_json()

    def _show_run(self, run: Run) -> None:
        with self.hold_sync():
            self._run = run.id
            self._snapshot = self._kept(self._client, run)
        self._watch(run)

    def _watch(self, run: Run) -> None:
        """Keep the snapshot in step until the run is final: for the notebook, and for a page that cannot ask the server."""
        if self._watched == run.id or run.status.is_final:
            return
        self._watched = run.id
        name = f"toolrunner-run-{run.number}"
        threading.Thread(target=self._follow, args=(run.id,), name=name, daemon=True).start()

    def _follow(self, run_id: str) -> None:
        try:
            run = self._client.run(run_id)
            while self.comm is not None and self._run == run_id:
                self._snapshot = self._kept(self._client, run)
                if run.status.is_final:
                    break
                with contextlib.suppress(TimeoutError):
                    run.wait(_LOOK)
        except ToolrunnerError:
            return  # the browser says by itself that the server is away
        finally:
            if self._watched == run_id:
                self._watched = None

    # -- the output ---------------------------------------------------------------------------------------------

    def _on_changed(self) -> None:
        with self.hold_sync():
            self._summary_text, self._summary_html = self._summary()
        if self._is_shown:
            self._publish(update=True)

    def _bundle(self) -> dict[str, Any]:
        state = {
            name[1:]: getattr(self, name)
            for name in (
                "_kind",
                "_instance",
                "_place",
                "_tool",
                "_values",
                "_run",
                "_snapshot",
                "_query",
                "_selected",
            )
        }
        return {
            "text/plain": self._summary_text,
            "text/html": self._summary_html,
            WIDGET_TYPE: {"version_major": 2, "version_minor": 0, "model_id": self.model_id},
            MIME_TYPE: {**state, "model": self.model_id},
        }

    def _publish(self, *, update: bool = False) -> None:
        from IPython.display import publish_display_data

        publish_display_data(  # type: ignore[no-untyped-call]
            self._bundle(), transient={"display_id": self._display_id}, update=update
        )

    def _ipython_display_(self, **_: Any) -> None:
        self._publish()
        self._is_shown = True

    def __repr__(self) -> str:
        return self._summary_text


@lru_cache(maxsize=64)
def _instance_of(client: Client) -> str:
    """Asked for once: whoever makes a form waits for the answer, and it is the same for as long as the client is."""
    return client.health().instance


@lru_cache(maxsize=64)
def _schema_of(client: Client, tool: str) -> Schema | None:
    """None where the tool is not there any more."""
    try:
        return client.tool(tool).params_schema
    except NotFound:
        return None
