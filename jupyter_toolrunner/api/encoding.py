"""An answer as the bytes that go out, made where it takes nobody's time: a page of runs may have megabytes."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import replace

from ..core import quick_json
from .requests import Reply

#: Bytes of an answer from which on it is packed for browsers that take that.
_PACKED_FROM = 64 * 1024
_EMPTY = (204, 304)


def encoded(reply: Reply, asked_with: Mapping[str, str]) -> Reply:
    """With ``content`` in the place of ``json``, packed where it is large and may be; what has no JSON stays as it is."""
    if reply.content is not None or reply.file is not None or reply.status in _EMPTY:
        return reply
    content = quick_json.dumps(reply.json)
    headers = {**reply.headers, "Vary": "Accept-Encoding"}
    if len(content) > _PACKED_FROM and "gzip" in asked_with.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = gzip.compress(content, compresslevel=1), "gzip"
    return replace(reply, json=None, content=content, headers=headers)
