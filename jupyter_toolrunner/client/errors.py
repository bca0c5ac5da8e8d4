"""Answers that are errors become the errors of the core again."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ..core import errors
from ..core.errors import Forbidden, InvalidParams, NotAvailable, NotFound, Problem, TooLarge, ToolrunnerError
from .transport import Response

_CLASSES: dict[str, type[ToolrunnerError]] = {
    cls.code: cls
    for cls in vars(errors).values()
    if isinstance(cls, type) and issubclass(cls, ToolrunnerError)
} | {"unauthorized": Forbidden}
_CHECK_KEY = "Check TOOLRUNNER_API_KEY: the server did not accept it"


class RunFailed(ToolrunnerError):
    """The run did not succeed, so it has no result."""

    code = "run_failed"


def raise_for(response: Response) -> None:
    """Raise what an answer of 300 or more tells; return for others."""
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise error_of(response)


def error_of(response: Response) -> ToolrunnerError:
    try:
        detail = response.json()["error"]
        hint = _CHECK_KEY if response.status == HTTPStatus.UNAUTHORIZED else None
        return _told(detail, detail.get("hint") or hint)
    except (ValueError, KeyError, TypeError):
        return _guessed(response.status)


def _told(detail: Mapping[str, Any], hint: str | None) -> ToolrunnerError:
    code, message, field = detail["code"], detail["message"], detail.get("field")
    if code == InvalidParams.code:
        problems = [Problem(each["field"], each["message"]) for each in detail["problems"]]
        error: ToolrunnerError = InvalidParams(problems)
    else:
        error = _CLASSES.get(code, ToolrunnerError)(message)
        error.code = code
        error.field = field
    error.hint = hint
    return error


def _guessed(status: int) -> ToolrunnerError:
    """For what did not come from the API itself: a login page, a proxy, a server without the extension."""
    answered: dict[str, Any] = {"message": f"The server answered {status} {_phrase(status)}"}
    if status in {301, 302, 303, 307, 308, 401, 403}:
        return Forbidden(**answered, hint=_CHECK_KEY)
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(
            **answered, hint="Check TOOLRUNNER_URL, and that the extension is enabled on that server"
        )
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge(**answered)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return NotAvailable(**answered, hint="Its log has the details")
    return ToolrunnerError(**answered)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
