"""The product in this very process: the same operations through the same table, without a server."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..api import dispatch
from ..api.requests import Reply, Request
from ..api.routes import Route
from ..backend import open_product
from ..core import quick_json
from ..core.errors import NotAvailable, ToolrunnerError
from ..core.owners import login_name
from ..core.settings import Settings
from ..queue.embedded import EmbeddedServices
from .params import to_wire
from .transport import Response

#: Seconds between looks while events may be missing.
_LOOK = 0.25
#: Seconds for which the first question waits until all toolboxes are read.
_READING = 30.0

_lock = threading.Lock()
_open: dict[Settings, Embedded] = {}


class Embedded:
    """Database, workers and tools for the length of this process; clients with the same settings share one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clients = 0
        self._services = EmbeddedServices(settings)
        self._services.ensure()
        self._product = open_product(settings)
        self._user = login_name()
        self._has_read = False

    @classmethod
    def of(cls, settings: Settings) -> Embedded:
        with _lock:
            embedded = _open.get(settings) or cls(settings)
            _open[settings] = embedded
            embedded.clients += 1
            return embedded

    @property
    def has_workers(self) -> bool:
        """Whether workers end with this process, and with them the runs that they have."""
        return self._services.are_ours and self.settings.worker_count > 0

    def release(self) -> None:
        """The last client ends the workers with their runs."""
        with _lock:
            self.clients -= 1
            if self.clients:
                return
            del _open[self.settings]
        self.close()

    def close(self) -> None:
        self._product.close()
        self._services.close()

    def answer(
        self, method: str, path: str, query: Mapping[str, str], content: bytes, headers: Mapping[str, str]
    ) -> Reply:
        self._services.ensure()
        self._wait_for_tools()
        try:
            route, parts = dispatch.find_route(method, path)
            request = dispatch.request_for(self._product, self._user, route, parts, query, headers, content)
            self._wait(route, request)
        except ToolrunnerError as error:
            return dispatch.error_reply(error)
        return dispatch.answer(route, request)

    def _wait_for_tools(self) -> None:
        deadline = time.monotonic() + _READING
        while not self._has_read and time.monotonic() < deadline:
            self._has_read = not self._product.health()["reading"]
            if not self._has_read:
                time.sleep(0.02)

    def _wait(self, route: Route, request: Request) -> None:
        if route.ready is None or (seconds := dispatch.wait_seconds(route, request)) <= 0:
            return
        deadline = time.monotonic() + seconds
        position = self._product.events.last()
        while not route.ready(request) and (left := deadline - time.monotonic()) > 0:
            position = self._next_event(position, min(left, _LOOK))

    def _next_event(self, position: str, seconds: float) -> str:
        try:
            events = self._product.events.read(position, seconds)
        except NotAvailable:
            time.sleep(min(seconds, _LOOK))
            return position
        return events[-1].id if events else position


@atexit.register
def _close_all() -> None:
    """For clients that nobody closed, as in a notebook."""
    while _open:
        _, embedded = _open.popitem()
        embedded.close()


class LocalTransport:
    """`Transport` to this process."""

    def __init__(self, settings: Settings) -> None:
        self._embedded: Embedded | None = Embedded.of(settings)

    def __repr__(self) -> str:
        return "in this process"

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        reply = self._reply(method, path, query, json, headers, content)
        return Response(status=reply.status, headers=_lower(reply), body=_body(reply))

    def download(self, path: str, target: Path) -> Response:
        reply = self._reply("GET", path, None, None, None)
        if reply.file is None:
            return Response(status=reply.status, headers=_lower(reply), body=_body(reply))
        shutil.copyfile(reply.file, target)
        return Response(status=reply.status, headers=_lower(reply))

    @property
    def has_workers(self) -> bool:
        """Whether runs that go on when this is closed are lost."""
        return self._embedded is not None and self._embedded.has_workers

    def close(self) -> None:
        embedded, self._embedded = self._embedded, None
        if embedded is not None:
            embedded.release()

    def _reply(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        json: Any,
        headers: Mapping[str, str] | None,
        content: bytes | None = None,
    ) -> Reply:
        if self._embedded is None:
            raise NotAvailable("The client was closed", hint="connect() makes another one")
        body = content or b"" if json is None else to_wire(json)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        return self._embedded.answer(method, path, query or {}, body, given)


class AsyncLocalTransport:
    """`AsyncTransport` to this process; questions wait in threads."""

    def __init__(self, transport: LocalTransport) -> None:
        self._transport = transport

    def __repr__(self) -> str:
        return repr(self._transport)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        return await asyncio.to_thread(
            self._transport.request, method, path, query=query, json=json, content=content, headers=headers
        )

    async def download(self, path: str, target: Path) -> Response:
        return await asyncio.to_thread(self._transport.download, path, target)

    async def close(self) -> None:
        await asyncio.to_thread(self._transport.close)


def open_local(settings: Settings) -> LocalTransport:
    return LocalTransport(settings)


async def open_local_async(settings: Settings) -> AsyncLocalTransport:
    return AsyncLocalTransport(await asyncio.to_thread(LocalTransport, settings))


def _lower(reply: Reply) -> dict[str, str]:
    return {
        "content-type": reply.media_type,
        **{name.lower(): value for name, value in reply.headers.items()},
    }


def _body(reply: Reply) -> bytes:
    if reply.content is not None:
        return reply.content
    if reply.file is not None:
        return reply.file.read_bytes()
    if reply.status == 204:
        return b""
    return quick_json.dumps(reply.json)
