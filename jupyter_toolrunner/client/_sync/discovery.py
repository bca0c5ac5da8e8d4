"""Made from ``_async/discovery.py`` by ``python -m jupyter_toolrunner.dev generate``; edit that."""

from __future__ import annotations

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
from .client import Client
from .http import HttpTransport

#: Seconds for a server on this machine to say that it is there.
_ANSWER = 3.0
#: Seconds for a server that is reading its toolboxes to come to their end.
_READING = 10.0
_PAUSE = 0.1


#: What says where the data are that somebody means.
_DATA = ("TOOLRUNNER_DATA_DIR", "TOOLRUNNER_DATABASE_URL")


def connect(
    url: str | None = None,
    api_key: str | None = None,
    *,
    toolboxes: Sequence[str] = (),
    works: bool = True,
) -> Client:
    """A client of the server that is named, else of a running one of this user, else of this process alone.

    Without a server, what waits in the queue is worked on as long as the client is open; not where it only looks, and
    ``works`` is false.

    ``TOOLRUNNER_URL`` and ``TOOLRUNNER_API_KEY`` name a server where the arguments do not, ``TOOLRUNNER_TOOLBOXES`` adds
    toolboxes. A running server that lacks one of the toolboxes is not used. Raises NotAvailable, Forbidden.
    """
    if url := url or os.environ.get("TOOLRUNNER_URL"):
        client = Client(HttpTransport(url, api_key or os.environ.get("TOOLRUNNER_API_KEY")))
        try:
            _tools_are_read(client)
        except BaseException:
            client.close()
            raise
        return client
    settings = Settings.from_environ().with_toolboxes(*toolboxes)
    return running(settings) or _embedded(settings if works else replace(settings, workers=0))


def running(settings: Settings) -> Client | None:
    """A server of this user that has the extension and the toolboxes: this kernel's own, then one that shares our data.

    Where the environment names the data, only those.
    """
    found = [(server, health) for server in running_servers() if (health := _health(server))]
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
        client = Client(_transport(server))
        _tools_are_read(client)
        if not settings.toolboxes or _has_all(client, settings.toolboxes):
            return client
        client.close()
    return None


def _health(server: RunningServer) -> Health | None:
    client = Client(_transport(server, patient=False, answer=_ANSWER))
    try:
        return client.health()
    except (ToolrunnerError, ValueError) as error:
        if isinstance(error, Forbidden) and _kernel_of(server):
            raise  # to go elsewhere would split a notebook's runs over two databases, without a word
        return None
    finally:
        client.close()


def _kernel_of(server: RunningServer) -> Kernel | None:
    """This process's kernel, where that server started it."""
    return this_kernel() if server.pid == parent_pid() else None


def _transport(server: RunningServer, **options: Any) -> HttpTransport:
    """A kernel acts as whoever started it, and needs no token of the server."""
    if kernel := _kernel_of(server):
        return HttpTransport(server.url, kernel=kernel, **options)
    return HttpTransport(server.url, server.token, **options)


def _tools_are_read(client: Client) -> None:
    """A server that was just started knows its tools a moment later. Raises NotAvailable, Forbidden."""
    deadline = time.monotonic() + _READING
    while (client.health()).reading and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _has_all(client: Client, toolboxes: Sequence[str]) -> bool:
    tools = client.tools()
    return all(has_toolbox(tools, toolbox) for toolbox in toolboxes)


def _embedded(settings: Settings) -> Client:
    from ..embedded import open_local

    return Client(open_local(settings))
