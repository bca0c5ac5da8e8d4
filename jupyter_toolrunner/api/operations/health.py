"""Whether everything does its work."""

from __future__ import annotations

from ..._version import __version__
from ..requests import Reply, Request


def get_health(request: Request) -> Reply:
    return Reply(json={"version": __version__, **request.product.health()})
