"""Where tools run: the server that is named, one of this user that runs, or this very process."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...api.schemas import Health
from ...core.errors import Forbidden, ToolrunnerError
from ...core.settings import Settings
from ..kernels import Kernel, parent_pid, this_kernel
from ..servers import RunningServer, has_toolbox, running_servers
from .client import AsyncClient
from .http import AsyncHttpTransport

#: Seconds for a server on this machine to say that it is there.
_ANSWER = 3.0
#: Seconds for a server that is reading its toolboxes to come to their end.
_READING = 10.0
_PAUSE = 0.1


#: What says where the data are that somebody means.
_DATA = ("TOOLRUNNER_DATA_DIR", "TOOLRUNNER_DATABASE_URL")


async def connect_async(
    url: str | None = None,
    api_key: str | None = None,
    *,
    toolboxes: Sequence[str] = (),
    works: bool = True,
) -> AsyncClient:
    """A client of the server that is named, else of a running one of this user, else of this process alone.

    Without a server, what waits in the queue is worked on as long as the client is open; not where it only looks, and
    ``works`` is false.

    ``TOOLRUNNER_URL`` and ``TOOLRUNNER_API_KEY`` name a server where the arguments do not, ``TOOLRUNNER_TOOLBOXES`` adds
    toolboxes. A running server that lacks one of the toolboxes is not used. Raises NotAvailable, Forbidden.
    """
    if url := url or os.environ.get("TOOLRUNNER_URL"):
        client = AsyncClient(AsyncHttpTransport(url, api_key or os.environ.get("TOOLRUNNER_API_KEY")))
        try:
            await _tools_are_read(client)
        except BaseException:
            await client.close()
            raise
        return client
    settings = Settings.from_environ().with_toolboxes(*toolboxes)
    return await running(settings) or await _embedded(settings if works else replace(settings, workers=0))


async def running(settings: Settings) -> AsyncClient | None:
    """A server of this user that has the extension and the toolboxes: this kernel's own, then one that shares our data.

    Where the environment names the data, only those.
    """
    found = [(server, health) for server in running_servers() if (health := await _health(server))]
    if any(os.environ.get(name) for name in _DATA):
        found = [
            (server, health)
            for server, health in found
            if _kernel_of(server) or health.instance == settings.instance
        ]

    def distance(pair: tuple[RunningServer, Health]) -> tuple[bool, bool]:
        server, health = pair
        return _kernel_of(server) is None, health.instance != settings.instance

    for server, _ in sorted(found, key=distance):
        client = AsyncClient(_transport(server))
        await _tools_are_read(client)
        if not settings.toolboxes or await _has_all(client, settings.toolboxes):
            return client
        await client.close()
    return None


async def _health(server: RunningServer) -> Health | None:
    client = AsyncClient(_transport(server, patient=False, answer=_ANSWER))
    try:
        return await client.health()
    except (ToolrunnerError, ValueError) as error:
        if isinstance(error, Forbidden) and _kernel_of(server):
            raise  # to go elsewhere would split a notebook's runs over two databases, without a word
        return None
    finally:
        await client.close()


def _kernel_of(server: RunningServer) -> Kernel | None:
    """This process's kernel, where that server started it."""
    return this_kernel() if server.pid == parent_pid() else None


def _transport(server: RunningServer, **options: Any) -> AsyncHttpTransport:
    """A kernel acts as whoever started it, and needs no token of the server."""
    if kernel := _kernel_of(server):
        return AsyncHttpTransport(server.url, kernel=kernel, **options)
    return AsyncHttpTransport(server.url, server.token, **options)


async def _tools_are_read(client: AsyncClient) -> None:
    """A server that was just started knows its tools a moment later. Raises NotAvailable, Forbidden."""
    deadline = time.monotonic() + _READING
    while (await client.health()).reading and time.monotonic() < deadline:
        await asyncio.sleep(_PAUSE)


async def _has_all(client: AsyncClient, toolboxes: Sequence[str]) -> bool:
    tools = await client.tools()
    return all(has_toolbox(tools, toolbox) for toolbox in toolboxes)


async def _embedded(settings: Settings) -> AsyncClient:
    from ..embedded import open_local_async

    return AsyncClient(await open_local_async(settings))
