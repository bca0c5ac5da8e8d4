"""Where requests are answered: the product behind its routes, for whoever was let in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..core.errors import InvalidRequest, ToolrunnerError
from ..services.product import Product
from . import dispatch
from .encoding import encoded
from .hub import Feed, Hub
from .openapi import openapi
from .requests import Asked, Reply, Request
from .routes import Route
from .schemas import ClientMessage, Follow

#: ``(action, resource)`` to the name of the user who may do that; raises what the web server makes of a refusal.
Permit = Callable[[str, str], Awaitable[str]]
_CLIENT_MESSAGES: TypeAdapter[Any] = TypeAdapter(ClientMessage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    product: Product
    hub: Hub
    pool: ThreadPoolExecutor

    async def answer(self, asked: Asked, permit: Permit) -> Reply:
        """The reply of the operation, or of the error that it ended with."""
        try:
            route, parts = dispatch.find_route(asked.method, asked.path)
            user = await permit(route.action, route.resource)
            if route.ready is not None and "wait" in asked.query:
                await self._wait(route, await self._in_thread(self._request, asked, user, route, parts))
            # Once there and back: each way costs as much as many an answer.
            reply: Reply = await self._in_thread(self._reply, asked, user, route, parts)
            return reply
        except ToolrunnerError as error:
            return dispatch.error_reply(error)

    def describe(self) -> Reply:
        return Reply(json=openapi())

    def obey(self, feed: Feed, message: str | bytes) -> None:
        """Do what a browser asks over its connection. Raises InvalidRequest."""
        try:
            asked = _CLIENT_MESSAGES.validate_json(message)
        except ValidationError as error:
            raise InvalidRequest("This is not a message of this API.") from error
        if isinstance(asked, Follow):
            feed.follow(asked.run, asked.attempt, asked.offset)
        else:
            feed.unfollow(asked.run)

    def close(self) -> None:
        self.hub.close()
        self.product.close()

    def _reply(self, asked: Asked, user: str, route: Route, parts: Mapping[str, str]) -> Reply:
        """Raises InvalidRequest, NotFound, TooLarge."""
        return encoded(dispatch.answer(route, self._request(asked, user, route, parts)), asked.headers)

    def _request(self, asked: Asked, user: str, route: Route, parts: Mapping[str, str]) -> Request:
        given = (asked.query, asked.headers, asked.content)
        return dispatch.request_for(self.product, user, route, parts, *given)

    async def _wait(self, route: Route, request: Request) -> None:
        ready = route.ready
        if ready is None or (seconds := dispatch.wait_seconds(route, request)) <= 0:
            return

        async def is_ready() -> bool:
            return bool(await self._in_thread(ready, request))

        await self.hub.wait_until(is_ready, seconds)

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *arguments)
