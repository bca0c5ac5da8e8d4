"""The client that a kernel's views use where none is given."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..core.errors import ToolrunnerError

if TYPE_CHECKING:
    from ..client import Client

_lock = threading.Lock()
_client: Client | None = None


def the_client() -> Client:
    """One for the whole kernel; another one where that does not answer any more. Raises NotAvailable, Forbidden."""
    global _client
    with _lock:
        if _client is not None and _answers(_client):
            return _client
        from ..client import connect

        _client = connect()
        return _client


def _answers(client: Client) -> bool:
    try:
        client.health()
    except ToolrunnerError:
        return False
    return True
