"""Dashboards over HTTP: the stored page, which needs no kernel, and the list of all."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jupyter_core.paths import jupyter_path
from jupyter_server.base.handlers import FileFindHandler, JupyterHandler
from tornado import web

from ...core.errors import NotAvailable, NotFound, ToolrunnerError

if TYPE_CHECKING:
    from ..handlers import Gate
    from ..opening import Opening
    from .live import Seats

RESOURCE = "toolrunner:dashboards"
PREFIX = "toolrunner/dashboards/"
#: Below it, what pages load; no dashboard has this name.
ASSETS = f"{PREFIX}-/"
_STATIC = Path(__file__).parent / "static"
#: Names of Lab's own themes, which are installed with it.
_THEMES = {name: f"@jupyterlab/theme-{name}-extension" for name in ("light", "dark")}


class PageHandler(JupyterHandler):
    """Signs people in, tells errors as a page, and keeps tokens out of addresses."""

    def initialize(self, opening: Opening, gate: Gate, pool: ThreadPoolExecutor, seats: Seats) -> None:
        self.opening, self.gate, self.pool, self.seats = opening, gate, pool, seats

    @property
    def content_security_policy(self) -> str:
        from .page import POLICY

        return POLICY

    async def permit(self, action: str = "read", resource: str = RESOURCE) -> bool:
        """Whether the page goes on; an address with a token is left for one without, which the cookie now opens."""
        await self.gate.check(self, action, resource)
        if "token" not in self.request.query_arguments:
            return True
        kept = [
            (name, value.decode("utf-8", "replace"))
            for name, values in self.request.query_arguments.items()
            for value in values
            if name != "token"
        ]
        self.redirect(self.request.path + (f"?{urlencode(kept)}" if kept else ""))
        return False

    async def show(self, template: str, **values: Any) -> None:
        from .page import language_of, render, theme_of

        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        page = await self.in_thread(
            lambda: render(
                template,
                lang=language_of(self.request.headers.get("Accept-Language", "")),
                theme=theme_of(self.get_query_argument("theme", None)),
                base_url=self.base_url,
                **values,
            )
        )
        self.finish(page)

    async def show_problem(self, error: ToolrunnerError) -> None:
        self.set_status(404 if isinstance(error, NotFound) else 503)
        back = f"{self.base_url}{PREFIX}"
        await self.show("problem.html", message=error.message, hint=error.hint, back=back)

    async def give(self, media_type: str, path: Path) -> None:
        self.set_header("Cache-Control", "private, max-age=3600")
        self.set_header("Content-Type", media_type)
        self.finish(await self.in_thread(path.read_bytes))

    async def in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *arguments)


class DashboardsHandler(PageHandler):
    """All dashboards."""

    @web.authenticated
    async def get(self) -> None:
        if not await self.permit():
            return
        try:
            desk = await self.opening.desk()
        except NotAvailable as error:
            await self.show_problem(error)
            return
        found = await self.in_thread(desk.product.dashboards.all)
        await self.show("dashboards.html", dashboards=found)


class DashboardHandler(PageHandler):
    """One dashboard, as it was published; no kernel is asked."""

    @web.authenticated
    async def get(self, name: str) -> None:
        if not await self.permit():
            return
        try:
            desk = await self.opening.desk()
            dashboard, content = await self.in_thread(self._read, desk, name)
        except ToolrunnerError as error:
            await self.show_problem(error)
            return
        await self.show(
            "dashboard.html",
            dashboard=dashboard,
            content=content,
            may_start=self.seats.most > 0,
            assets=f"{self.base_url}{ASSETS}",
        )

    def _read(self, desk: Any, name: str) -> tuple[Any, str]:
        from .notebook_html import notebook_html
        from .page import language_of, notes_of

        dashboard, notebook = desk.product.dashboards.get(name)
        notes = notes_of(language_of(self.request.headers.get("Accept-Language", "")))
        return dashboard, notebook_html(notebook, notes)


class ThemeHandler(PageHandler):
    """Lab's colours and letters, for our views in a page without Lab."""

    @web.authenticated
    async def get(self, name: str) -> None:
        await self.gate.check(self, "read", RESOURCE)
        found = [
            path
            for folder in jupyter_path("lab", "themes")
            if (path := Path(folder, _THEMES[name], "index.css")).is_file()
        ]
        if not found:
            raise web.HTTPError(404, "JupyterLab's themes are not installed here.")
        await self.give("text/css; charset=utf-8", found[0])


def page_handlers(base_url: str, **parts: Any) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """The routes for Tornado; ``base_url`` ends with a slash."""
    from .live import LiveHandler

    prefix = base_url + PREFIX
    assets = base_url + ASSETS
    return [
        (rf"{prefix}", DashboardsHandler, parts),
        (rf"{assets}static/(.*)", FileFindHandler, {"path": [str(_STATIC)]}),
        (rf"{assets}theme/({'|'.join(_THEMES)})\.css", ThemeHandler, parts),
        (rf"{prefix}([^/]+)", DashboardHandler, parts),
        (rf"{prefix}([^/]+)/live", LiveHandler, parts),
    ]
