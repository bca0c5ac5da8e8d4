"""What carries requests to the operations: HTTP, or a call in the same process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int
    #: Names in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


class Transport(Protocol):
    """Carries one request to the API and brings back its answer; paths are relative to ``toolrunner/api/``."""

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
        """Answers of every status are returned; ``content`` goes as it is. Raises NotAvailable where nothing answers."""

    def download(self, path: str, target: Path) -> Response:
        """Write the body of an answer that succeeded to ``target``; the response has none then."""

    def close(self) -> None: ...


class AsyncTransport(Protocol):
    """The same, for code in an event loop."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response: ...

    async def download(self, path: str, target: Path) -> Response: ...

    async def close(self) -> None: ...
