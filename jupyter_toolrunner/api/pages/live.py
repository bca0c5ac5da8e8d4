"""Live dashboards: the notebook in Voilà, with a kernel of the viewer's own, for as many as the server bears."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from functools import cache
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import ensure_async
from tornado import web

from ...core.dashboards import Notebook
from ...core.errors import NotAvailable, NotFound, ToolrunnerError
from .handlers import PageHandler

if TYPE_CHECKING:
    from ...core.dashboards import Dashboard

#: Seconds for a page to come to its kernel, before the kernel counts as left behind.
_ARRIVAL = 60.0
#: What Voilà sends while nothing is ready, and how often in a row with a kernel that does nothing.
_SIGN_OF_LIFE = "<script>window.voila_heartbeat()</script>\n"
_PATIENCE = 2
#: Below `share/jupyter/voila/templates`.
_TEMPLATE = "toolrunner"


class Seats:
    """Who uses a live page at the moment. A kernel that nobody is connected to any more gives its seat back."""

    def __init__(self, most: int) -> None:
        self.most = most
        #: When each kernel was started.
        self._taken: dict[str, float] = {}
        self._starting = 0

    async def take(self, kernels: Any) -> bool:
        """Whether one more kernel may start; then `started` or `failed` must follow."""
        await self.give_back(kernels)
        if not self.are_free(kernels):
            return False
        self._starting += 1
        return True

    def are_free(self, kernels: Any) -> bool:
        alive = sum(kernel_id in kernels for kernel_id in self._taken)
        return alive + self._starting < self.most

    async def give_back(self, kernels: Any) -> None:
        """End the kernels that were left behind."""
        for kernel_id, since in list(self._taken.items()):
            is_there = kernel_id in kernels
            if is_there and (time.monotonic() - since <= _ARRIVAL or _is_used(kernels, kernel_id)):
                continue
            # Taken out before the kernel ends: somebody else may look at this place meanwhile.
            if self._taken.pop(kernel_id, None) is not None and is_there:
                await ensure_async(kernels.shutdown_kernel(kernel_id, now=True))

    def started(self, kernel_id: str) -> None:
        self._starting -= 1
        self._taken[kernel_id] = time.monotonic()

    def failed(self) -> None:
        self._starting -= 1


def _is_used(kernels: Any, kernel_id: str) -> bool:
    return bool(kernels.kernel_model(kernel_id)["connections"])


class _Kernels:
    """The server's kernels, for Voilà: tells which one it started."""

    def __init__(self, kernels: Any, seats: Seats) -> None:
        self._kernels = kernels
        self._seats = seats
        self.kernel_id: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernels, name)

    async def is_busy(self) -> bool:
        """Whether the kernel that was started still does something."""
        if self.kernel_id is None or self.kernel_id not in self._kernels:
            return False
        if not await ensure_async(self._kernels.get_kernel(self.kernel_id).is_alive()):
            return False
        return bool(self._kernels.kernel_model(self.kernel_id)["execution_state"] != "idle")

    async def start_kernel(self, **options: Any) -> str:
        kernel_id = str(await ensure_async(self._kernels.start_kernel(**options)))
        self.kernel_id = kernel_id
        self._seats.started(kernel_id)
        return kernel_id


class _Contents:
    """The server's files, with the notebook as it was published in its place."""

    def __init__(self, contents: Any, path: str, notebook: Notebook) -> None:
        self._contents = contents
        self._path = path
        self._notebook = notebook

    def __getattr__(self, name: str) -> Any:
        return getattr(self._contents, name)

    async def get(self, path: str, **options: Any) -> Any:
        if path != self._path:
            return await ensure_async(self._contents.get(path, **options))
        from nbformat import NO_CONVERT, reads

        # Read as a file is: texts that were kept as lists of lines become whole.
        content = reads(json.dumps(self._notebook), as_version=NO_CONVERT)  # type: ignore[no-untyped-call]
        return {"type": "notebook", "path": path, "content": content}


class LiveHandler(PageHandler):
    """A dashboard with a kernel of the viewer's own."""

    @property
    def content_security_policy(self) -> str:
        # What a notebook shows in Voilà runs as its author wrote it: publishing is a right of its own.
        return "frame-ancestors 'self'"

    @web.authenticated
    async def head(self, name: str) -> None:
        """Whether there is such a page, and a place free."""
        await self._may_start()
        try:
            desk = await self.opening.desk()
            await self.in_thread(desk.product.dashboards.get, name)
        except NotFound:
            self.set_status(404)
            return
        self.set_status(204 if self.seats.are_free(self.kernel_manager) else 503)

    async def _may_start(self) -> bool:
        """The notebook's author has written what runs here as the viewer: that takes the right to start kernels."""
        await self.gate.check(self, "execute", "kernels")
        return await self.permit("execute")

    @web.authenticated
    async def get(self, name: str) -> None:
        if not await self._may_start():
            return
        try:
            desk = await self.opening.desk()
            dashboard, notebook = await self.in_thread(desk.product.dashboards.get, name)
            if not await self.seats.take(self.kernel_manager):
                raise _full(self.seats.most)
        except ToolrunnerError as error:
            await self.show_problem(error)
            return
        kernels = _Kernels(self.kernel_manager, self.seats)
        idle = 0
        try:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            async for part in self._rendered(dashboard, notebook, kernels):
                self.write(part)
                await self.flush()
                idle = idle + 1 if part == _SIGN_OF_LIFE and not await kernels.is_busy() else 0
                if idle >= _PATIENCE:
                    # Where its template or the kernel fails, Voilà would send signs of life for ever.
                    self.finish(
                        "<p>The page could not be made; the server's log says why. Load it again.</p>"
                    )
                    return
        finally:
            if kernels.kernel_id is None:
                self.seats.failed()

    def _rendered(self, dashboard: Dashboard, notebook: Notebook, kernels: _Kernels) -> AsyncIterator[str]:
        path = dashboard.path or f"{dashboard.name}.ipynb"
        voila = _voila()(self.application, self.request, **_settings(self.serverapp))
        voila.kernels, voila.contents = kernels, _Contents(self.contents_manager, path, notebook)
        parts: AsyncIterator[str] = voila.get_generator(path)
        return parts


def _full(most: int) -> NotAvailable:
    return NotAvailable(
        f"All {most} live pages are in use.",
        hint="The stored results are there for everybody. Try again when somebody has closed theirs.",
    )


@cache
def _voila() -> Any:
    """Voilà's page for kernels and contents that are given to it. Imported with the first live page: it is heavy."""
    from voila.handler import VoilaHandler

    class Rendering(VoilaHandler):  # type: ignore[misc]
        kernels: _Kernels
        contents: _Contents

        @property
        def kernel_manager(self) -> Any:
            return self.kernels

        @property
        def contents_manager(self) -> Any:
            return self.contents

    return Rendering


def _without_elsewhere(page_config: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Formulas would have Voilà load MathJax from a server of others."""
    return {**page_config, "fullMathjaxUrl": "", "mathjaxConfig": ""}


@cache
def _settings(server: Any) -> dict[str, Any]:
    """As Voilà's own extension has them, but for the template."""
    from voila.configuration import VoilaConfiguration
    from voila.paths import collect_template_paths
    from voila.server_extension import load_config_file

    configuration = VoilaConfiguration(parent=server)
    if (found := load_config_file()) is not None:
        configuration.update_config(found)
    configuration.template = _TEMPLATE
    configuration.page_config_hook = _without_elsewhere
    return {
        "voila_configuration": configuration,
        "template_paths": collect_template_paths(["voila", "nbconvert"], _TEMPLATE),
        "config": server.config,
    }
