"""From a method, a path and some bytes to an operation, and from an error to a status: for every way in alike."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from ..core.errors import (
    Ambiguous,
    Conflict,
    Forbidden,
    InvalidParams,
    InvalidRequest,
    KeyReused,
    NotAvailable,
    NotFound,
    TooLarge,
    ToolrunnerError,
    ToolUnavailable,
)
from ..services.product import Product
from .requests import Reply, Request, is_text
from .routes import ROUTES, Route
from .schemas import Shape

log = logging.getLogger(__name__)

#: Bytes of one request's body.
BODY_LIMIT = 9 * 2**20
LONGEST_WAIT = 60.0

#: Values that are not valid, of one answer.
_PROBLEMS_TOLD = 1_000
#: The one table from errors to statuses; a subclass may stand for itself.
STATUSES: Mapping[type[ToolrunnerError], int] = {
    InvalidRequest: 400,
    Forbidden: 403,
    NotFound: 404,
    KeyReused: 422,
    Conflict: 409,
    Ambiguous: 409,
    ToolUnavailable: 409,
    TooLarge: 413,
    InvalidParams: 422,
    NotAvailable: 503,
}


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route with what its path holds. Raises NotFound, and InvalidRequest for another method's path."""
    methods = []
    for route in ROUTES:
        if match := route.pattern.fullmatch(path):
            if route.method == method:
                return route, {name: unquote(part) for name, part in match.groupdict().items()}
            methods.append(route.method)
    if methods:
        raise MethodNotAllowed(f"{path[:200]} takes {', '.join(methods)}, not {method}.")
    raise NotFound(f"There is nothing at {path[:200]!r}.", hint="openapi.json lists what there is.")


class MethodNotAllowed(InvalidRequest):
    """This path takes other methods."""

    code = "method_not_allowed"


def read_body(route: Route, content: bytes) -> Shape | bytes | None:
    """The body in the route's shape. Raises InvalidRequest, TooLarge; the message names the field."""
    if len(content) > BODY_LIMIT:
        raise TooLarge(
            f"The request has {len(content):,} bytes; {BODY_LIMIT:,} are accepted.",
            hint="Put large data into a file, and give its path as the value.",
        )
    if route.binary:
        return content
    if route.body is None:
        return None
    return to_shape(route.body, parse_json(content))


def parse_json(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise InvalidRequest("The body is not UTF-8 text.", hint="Send JSON in UTF-8.") from None
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None
    except ValueError as error:
        raise InvalidRequest(f"The body is not JSON: {error}", hint="Send a JSON object.") from None


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number; send it as text where the tool takes text")


def to_shape(shape: type[Shape], data: Any) -> Shape:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise InvalidRequest(f"{field or 'The body'}: {first['msg']}", field=field) from None


def answer(route: Route, request: Request) -> Reply:
    """The operation's reply; every error becomes a reply too."""
    try:
        return route.function(request)
    except Exception as error:  # noqa: BLE001 - the table of statuses is the one place that sorts them
        return error_reply(error)


def error_reply(error: Exception) -> Reply:
    if isinstance(error, ToolrunnerError):
        later = {"Retry-After": "2"} if isinstance(error, NotAvailable) else {}
        return Reply(status=status_of(error), json=error_json(error), headers=later)
    log.error("a request could not be answered", exc_info=error)
    hidden = ToolrunnerError(
        "The server could not do this; its log has the details.",
        hint="Look whether it was done before trying again, and report it.",
    )
    return Reply(status=500, json=error_json(hidden))


def status_of(error: ToolrunnerError) -> int:
    if isinstance(error, MethodNotAllowed):
        return 405
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)


def error_json(error: ToolrunnerError) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "field": error.field,
        "hint": error.hint,
    }
    if isinstance(error, InvalidParams):
        told = error.problems[:_PROBLEMS_TOLD]
        detail["problems"] = [{"field": each.field, "message": each.message} for each in told]
    return {"error": {name: value for name, value in detail.items() if value is not None}}


def request_for(
    product: Product,
    user: str,
    route: Route,
    path: Mapping[str, str],
    query: Mapping[str, str],
    headers: Mapping[str, str],
    content: bytes,
) -> Request:
    """Raises InvalidRequest, NotFound, TooLarge."""
    if any(not is_text(part) for part in path.values()):
        raise NotFound("There is nothing of this name.")
    for name, text in query.items():
        if not is_text(text):
            raise InvalidRequest(f"{name[:50]!a} holds characters that no text has.", field=name[:50])
    return Request(
        product=product, user=user, path=path, query=query, headers=headers, body=read_body(route, content)
    )


def wait_seconds(route: Route, request: Request) -> float:
    return request.seconds("wait", most=LONGEST_WAIT) if route.ready is not None else 0.0
