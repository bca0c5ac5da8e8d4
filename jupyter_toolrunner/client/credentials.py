"""Who asks, as a server wants to be told."""

from __future__ import annotations


def credentials(api_key: str | None) -> dict[str, str]:
    """Headers for a key or a token, and for a server that wants none."""
    if api_key:
        return {"Authorization": f"token {api_key}"}
    # A server without a token still wants to see that a request is no forgery: any value, sent twice.
    return {"Cookie": "_xsrf=toolrunner", "X-XSRFToken": "toolrunner"}
