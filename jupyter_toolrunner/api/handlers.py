"""Tornado at the door: who asks, may they, parse, call, reply."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from ..core.errors import InvalidRequest, NotAvailable, ToolrunnerError
from ..core.kernel_proof import Proof
from . import PREFIX
from .encoding import encoded
from .kernels import LIFETIME, KernelCredentials
from .opening import Opening
from .ranges import RangeNotSatisfiable, byte_range
from .requests import Asked, Reply

if TYPE_CHECKING:
    from jupyter_server.auth.identity import User

    from .desk import Desk
    from .hub import Feed

_CHUNK = 256 * 1024
#: Bytes that the proof of a kernel has at most.
_PROOF = 1024


class Gate:
    """Who asks, in the words of the product: what every handler asks before anything else."""

    def __init__(self, *, everyone: str | None, kernels: KernelCredentials[User]) -> None:
        #: Name of the one user, where the server knows no users of its own.
        self._everyone = everyone
        self.kernels = kernels

    def user_of(self, handler: JupyterHandler) -> str:
        """The user's name. Raises 401 without one."""
        user = self._identity(handler)
        return self._everyone or str(user.username)

    async def check(self, handler: JupyterHandler, action: str, resource: str) -> str:
        user = self._identity(handler)
        allowed = handler.authorizer.is_authorized(handler, user, action, resource)
        if not (await allowed if isinstance(allowed, Awaitable) else allowed):
            raise web.HTTPError(403, f"You may not {action} {resource}.")
        return self._everyone or str(user.username)

    def _identity(self, handler: JupyterHandler) -> User:
        user = handler.current_user or self.kernels.user_of(handler.request.headers.get("Authorization", ""))
        if user is None:
            raise web.HTTPError(401, "Sign in first.")
        return user


class _Handler(APIHandler):
    """Shared by the JSON routes and the description: answers of every kind."""

    def initialize(self, opening: Opening, gate: Gate, pool: ThreadPoolExecutor) -> None:
        self.opening, self.gate, self.pool = opening, gate, pool

    def _lower_headers(self) -> Mapping[str, str]:
        return {name.lower(): value for name, value in self.request.headers.items()}

    async def send(self, reply: Reply) -> None:
        if reply.json is not None:
            # What the desk answers is encoded already.
            reply = await asyncio.get_running_loop().run_in_executor(
                self.pool, encoded, reply, self._lower_headers()
            )
        if self.get_cookie("_xsrf") is None and not self.token_authenticated:
            # Lab's own pages bring it along; those of Voilà do not, and what they send would be refused.
            _ = self.xsrf_token
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        if reply.status in (204, 304):
            web.RequestHandler.finish(self)
        elif reply.file is not None:
            await self._send_file(reply)
        else:
            self._finish(reply.content or b"", reply.media_type)

    def _finish(self, content: bytes, media_type: str) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        # Set last: the base class sets a type of its own when it finishes.
        self.set_header("Content-Type", media_type)
        web.RequestHandler.finish(self, content)

    async def _send_file(self, reply: Reply) -> None:
        assert reply.file is not None
        self.set_header("Content-Type", reply.media_type)
        if self.check_etag_header():
            self.set_status(304)
            web.RequestHandler.finish(self)
            return
        size = reply.file.stat().st_size
        try:
            start, end = byte_range(self.request.headers.get("Range"), size)
        except RangeNotSatisfiable:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{size}")
            web.RequestHandler.finish(self)
            return
        if (start, end) != (0, size):
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.set_header("Content-Length", str(end - start))
        with open(reply.file, "rb") as file:  # noqa: ASYNC230 - a local file, a piece at a time
            file.seek(start)
            try:
                while start < end and (chunk := file.read(min(_CHUNK, end - start))):
                    start += len(chunk)
                    self.write(chunk)
                    await self.flush()
            except StreamClosedError:
                return
        web.RequestHandler.finish(self)

    def compute_etag(self) -> str | None:
        return None

    def write_error(self, status_code: int, **options: Any) -> None:
        """Errors of the server itself in the product's shape."""
        error = options.get("exc_info", (None, None, None))[1]
        message = getattr(error, "log_message", None) or self._reason
        codes = {401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
        body = {"error": {"code": codes.get(status_code, "error"), "message": str(message)}}
        self.set_header("Content-Type", "application/json")
        web.RequestHandler.finish(self, json.dumps(body))


class OperationHandler(_Handler):
    """Every route of the table."""

    # Jupyter's own decorator redirects browsers to a login page; `Gate` answers 401.
    @allow_unauthenticated
    async def get(self, path: str) -> None:
        await self._operate("GET", path)

    @allow_unauthenticated
    async def post(self, path: str) -> None:
        await self._operate("POST", path)

    @allow_unauthenticated
    async def put(self, path: str) -> None:
        await self._operate("PUT", path)

    @allow_unauthenticated
    async def patch(self, path: str) -> None:
        await self._operate("PATCH", path)

    @allow_unauthenticated
    async def delete(self, path: str) -> None:
        await self._operate("DELETE", path)

    async def _operate(self, method: str, path: str) -> None:
        self.gate.user_of(self)
        asked = Asked(
            method=method,
            path=path,
            query=self._query(),
            headers=self._lower_headers(),
            content=self.request.body,
        )
        try:
            desk = await self.opening.desk()
        except NotAvailable as error:
            await self.send(_not_available(error))
            return
        await self.send(await desk.answer(asked, partial(self.gate.check, self)))

    def _query(self) -> dict[str, str]:
        return {
            name: values[-1].decode("utf-8", "replace")
            for name, values in self.request.query_arguments.items()
            if values
        }


class OpenApiHandler(_Handler):
    """The description of the API, generated from the table."""

    @allow_unauthenticated
    async def get(self) -> None:
        await self.gate.check(self, "read", "toolrunner:api")
        try:
            desk = await self.opening.desk()
        except NotAvailable as error:
            await self.send(_not_available(error))
            return
        await self.send(desk.describe())


class KernelHandler(_Handler):
    """A kernel's way in: no user is asked for, since the proof says which kernel, and the kernel whose it is."""

    @allow_unauthenticated
    async def post(self, kernel_id: str) -> None:
        from .dispatch import error_reply, parse_json, to_shape
        from .schemas import KernelCredentialShape, KernelProofShape

        try:
            proof = to_shape(KernelProofShape, parse_json(self.request.body[:_PROOF]))
            credential = self.gate.kernels.grant(kernel_id, Proof(**proof.model_dump()))
        except ToolrunnerError as error:
            await self.send(error_reply(error))
        else:
            granted = KernelCredentialShape(credential=credential, seconds=LIFETIME)
            await self.send(Reply(json=granted.model_dump()))


class EventsHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Live events, and the logs that this browser follows."""

    desk: Desk
    feed: Feed | None

    def initialize(self, opening: Opening, gate: Gate, pool: ThreadPoolExecutor) -> None:
        self.opening, self.gate = opening, gate
        self.feed = None

    @allow_unauthenticated
    async def get(self, *arguments: Any, **options: Any) -> Any:
        # Asked before the upgrade, with the real action: a bare decorator would ask for another one.
        await self.gate.check(self, "read", "toolrunner:events")
        try:
            self.desk = await self.opening.desk()
        except NotAvailable as error:
            raise web.HTTPError(503, error.message) from None
        return await super().get(*arguments, **options)

    def open(self, *arguments: Any, **options: Any) -> None:
        super().open(*arguments, **options)
        self.feed = self.desk.hub.connect(
            self, self.get_query_argument("last", None), self.gate.user_of(self)
        )

    def on_message(self, message: str | bytes) -> None:
        if self.feed is None:
            return
        try:
            self.desk.obey(self.feed, message)
        except InvalidRequest:
            self.close(1003, "not a message of this API")

    def on_close(self) -> None:
        if self.feed is not None:
            self.desk.hub.disconnect(self.feed)
        super().on_close()

    async def send(self, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(WebSocketClosedError):
            await self.write_message(json.dumps(message, ensure_ascii=True))

    def get_compression_options(self) -> dict[str, Any] | None:
        return None


def _not_available(error: NotAvailable) -> Reply:
    # Loaded by whoever tried to open the desk.
    from .dispatch import error_reply

    return error_reply(error)


def handlers(base_url: str, **parts: Any) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """The routes for Tornado; ``base_url`` ends with a slash."""
    prefix = base_url + PREFIX
    return [
        (rf"{prefix}events", EventsHandler, parts),
        (rf"{prefix}openapi\.json", OpenApiHandler, parts),
        (rf"{prefix}kernels/([\w-]+)/credential", KernelHandler, parts),
        (rf"{prefix}(.+)", OperationHandler, parts),
    ]


__all__ = ["Gate", "handlers"]
