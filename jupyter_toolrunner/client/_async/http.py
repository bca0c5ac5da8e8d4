"""The API over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import NotAvailable
from ...core.kernel_proof import SCHEME
from ..credentials import credentials
from ..errors import raise_for
from ..kernels import Kernel
from ..params import to_wire
from ..transport import Response

if TYPE_CHECKING:
    import httpx

#: Seconds between one try and the next while a server is away, as when it starts again.
_PAUSES = (0.2, 0.5, 1.0, 2.0)
#: Seconds for an answer, on top of what a question is held open for.
_ANSWER = 30.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD"})


class AsyncHttpTransport:
    """Asks a server; what may be asked twice is asked again when the connection breaks."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        kernel: Kernel | None = None,
        patient: bool = True,
        answer: float = _ANSWER,
    ) -> None:
        """With an ``api_key``, or as the ``kernel`` that this code runs in."""
        import httpx

        self.url = url.rstrip("/")
        self._kernel = kernel
        self._answer = answer
        self._pauses = _PAUSES if patient else ()
        base = httpx.URL(f"{self.url}/toolrunner/api/")
        self._http = httpx.AsyncClient(
            base_url=base,
            headers=credentials(api_key),
            timeout=answer,
            trust_env=base.host not in _LOOPBACK,  # a proxy that the environment names knows nothing of them
        )

    def __repr__(self) -> str:
        return f"at {self.url}"

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        given = dict(headers or {})
        if json is not None:
            given["Content-Type"], content = "application/json", to_wire(json)
        elif content is not None:
            given["Content-Type"] = "application/octet-stream"
        held = float((query or {}).get("wait", 0))
        request = self._http.build_request(
            method,
            path,
            params=query,
            content=content,
            headers=given,
            timeout=self._answer + held,
        )
        answer = await self._send(request)
        return Response(status=answer.status_code, headers=_lower(answer), body=answer.content)

    async def download(self, path: str, target: Path) -> Response:
        answer = await self._send(self._http.build_request("GET", path), stream=True)
        try:
            if not answer.is_success:
                return Response(status=answer.status_code, headers=_lower(answer), body=await answer.aread())
            with target.open("wb") as file:
                async for chunk in answer.aiter_bytes():
                    file.write(chunk)
            return Response(status=answer.status_code, headers=_lower(answer))
        finally:
            await answer.aclose()

    async def close(self) -> None:
        await self._http.aclose()

    async def _send(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        if self._kernel is None:
            return await self._send_patiently(request, stream)
        if "authorization" not in request.headers:
            request.headers["Authorization"] = await self._prove(self._kernel)
        answer = await self._send_patiently(request, stream)
        if answer.status_code == 401:  # its time is over, or the server began anew
            await answer.aclose()
            request.headers["Authorization"] = await self._prove(self._kernel)
            answer = await self._send_patiently(request, stream)
        return answer

    async def _prove(self, kernel: Kernel) -> str:
        """The header for what is asked from now on. Raises Forbidden, NotAvailable."""
        self._http.headers.pop("Authorization", None)
        request = self._http.build_request("POST", kernel.path, json=kernel.proof())
        answer = await self._send_patiently(request)
        raise_for(Response(status=answer.status_code, headers=_lower(answer), body=answer.content))
        header = f"{SCHEME} {answer.json()['credential']}"
        self._http.headers["Authorization"] = header
        return header

    async def _send_patiently(self, request: httpx.Request, stream: bool = False) -> httpx.Response:
        import httpx

        repeatable = request.method in _SAFE or "idempotency-key" in request.headers
        for pause in (*(self._pauses if repeatable else ()), None):
            if self._http.is_closed:
                raise NotAvailable("The client was closed", hint="connect() makes another one")
            try:
                return await self._http.send(request, stream=stream)
            except httpx.TransportError as error:
                if pause is None:
                    raise self._away(error) from error
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _away(self, error: Exception) -> NotAvailable:
        what = str(error) or type(error).__name__
        return NotAvailable(f"{self.url} does not answer: {what}", hint="Check that the server runs")


def _lower(answer: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
