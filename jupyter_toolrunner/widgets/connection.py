"""The client that a kernel's views use where none is given."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ..core.errors import NotAvailable, ToolrunnerError
from ..core.settings import Settings

if TYPE_CHECKING:
    from ..client import Client

T = TypeVar("T")
_lock = threading.Lock()
#: One for the whole kernel, once it was asked for.
_clients: list[Client] = []


def the_client() -> Client:
    """The kernel's client; another one where that does not answer any more. Raises NotAvailable, Forbidden."""
    with _lock:
        if not _clients or not _answers(_clients[0]):
            from ..client import connect

            _clients[:] = [connect()]
        return _clients[0]


def answer(question: Callable[[Client], T]) -> tuple[Client, T]:
    """The kernel's client with what it answers: no other question is asked of one that still does."""
    for client in _clients[:]:
        try:
            return client, question(client)
        except NotAvailable:
            break
    client = the_client()
    return client, question(client)


def known_client() -> Client | None:
    """The kernel's client, or that of a server which runs; None where one would have to be started."""
    from ..client._sync.discovery import running

    if _clients or os.environ.get("TOOLRUNNER_URL"):
        return the_client()
    with _lock:
        if (client := running(Settings.from_environ())) is not None:
            _clients[:] = [client]
        return client


def _answers(client: Client) -> bool:
    try:
        client.health()
    except ToolrunnerError:
        return False
    return True


def forget_client() -> None:
    """Close it; the next view looks for a server again."""
    with _lock:
        while _clients:
            _clients.pop().close()
