"""Errors become exit codes here, and nowhere else."""

from __future__ import annotations

from ..core import errors
from ..core.errors import ToolrunnerError

DONE, FAILED, WRONG_CALL, NOT_FOUND, NOT_AVAILABLE = range(5)

_CODES = {
    errors.InvalidParams.code: WRONG_CALL,
    errors.InvalidRequest.code: WRONG_CALL,
    errors.TooLarge.code: WRONG_CALL,
    errors.Ambiguous.code: WRONG_CALL,
    errors.Conflict.code: WRONG_CALL,
    errors.KeyReused.code: WRONG_CALL,
    errors.NotFound.code: NOT_FOUND,
    errors.ToolUnavailable.code: NOT_AVAILABLE,
    errors.NotAvailable.code: NOT_AVAILABLE,
    errors.Forbidden.code: NOT_AVAILABLE,
    "unauthorized": NOT_AVAILABLE,
}


def exit_code(error: Exception) -> int:
    return _CODES.get(error.code, FAILED) if isinstance(error, ToolrunnerError) else FAILED


class WrongCall(errors.InvalidRequest):
    """The command was not understood."""

    def __init__(
        self, message: str, *, usage: str = "", field: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, field=field, hint=hint)
        self.usage = usage
