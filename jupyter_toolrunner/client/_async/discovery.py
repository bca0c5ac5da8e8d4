"""Where tools run: the server that is named, one of this user that runs, or this very process."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ...core.errors import ToolrunnerError
from ..servers import running_servers
from .client import AsyncClient
from .http import AsyncHttpTransport


async def connect_async(
    url: str | None = None, api_key: str | None = None, *, toolboxes: Sequence[str] = ()
) -> AsyncClient:
    """A client of the server that is named, else of a running one of this user, else of this process alone.

    ``TOOLRUNNER_URL`` and ``TOOLRUNNER_API_KEY`` name a server where the arguments do not. Toolboxes that are added are
    there in the embedded client; a running server is used only if it has them already. Raises NotAvailable, Forbidden.
    """
    url = url or os.environ.get("TOOLRUNNER_URL")
    api_key = api_key or os.environ.get("TOOLRUNNER_API_KEY")
    if url:
        client = AsyncClient(AsyncHttpTransport(url, api_key))
        await client.health()
        return client
    raise NotImplementedError
