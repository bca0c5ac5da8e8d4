"""Made from ``_async/discovery.py`` by ``python -m jupyter_toolrunner.dev generate``; edit that."""

from __future__ import annotations

import os
from collections.abc import Sequence

from .client import Client
from .http import HttpTransport


def connect(url: str | None = None, api_key: str | None = None, *, toolboxes: Sequence[str] = ()) -> Client:
    """A client of the server that is named, else of a running one of this user, else of this process alone.

    ``TOOLRUNNER_URL`` and ``TOOLRUNNER_API_KEY`` name a server where the arguments do not. Toolboxes that are added are
    there in the embedded client; a running server is used only if it has them already. Raises NotAvailable, Forbidden.
    """
    url = url or os.environ.get("TOOLRUNNER_URL")
    api_key = api_key or os.environ.get("TOOLRUNNER_API_KEY")
    if url:
        client = Client(HttpTransport(url, api_key))
        client.health()
        return client
    raise NotImplementedError
