"""What can go wrong, in words for the person who meets it.

Every error has a stable ``code`` (REST and command line show it), a message that says what happened, and, where there is
something to do, a ``hint``. The statuses of HTTP and the exit codes of the command line are derived in one table each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class ToolrunnerError(Exception):
    """Something went wrong."""

    code = "error"
    hint: str | None = None
    field: str | None = None

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or self.code).strip().splitlines()[0])
        if hint is not None:
            self.hint = hint

    @property
    def message(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that is not valid."""

    #: Dotted path of the field (``filter.limit``, ``names[2]``); empty for the whole object.
    field: str
    message: str


def in_row(number: int, problems: Iterable[Problem]) -> list[Problem]:
    """The same problems, with their place in a table; rows count from 1."""
    return [
        Problem(f"data row {number}, {each.field}" if each.field else f"data row {number}", each.message)
        for each in problems
    ]


class InvalidParams(ToolrunnerError):
    """The values do not fit the tool's parameters."""

    code = "invalid_params"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"{first.field}: {first.message}{more}" if first.field else first.message + more)
        self.field = first.field or None


class InvalidRequest(ToolrunnerError):
    """The request cannot be understood."""

    code = "invalid_request"

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class TooLarge(ToolrunnerError):
    """The request is larger than this server accepts."""

    code = "too_large"


class NotFound(ToolrunnerError):
    """There is no such thing here."""

    code = "not_found"


class Ambiguous(ToolrunnerError):
    """More than one tool has this name."""

    code = "ambiguous"


class Forbidden(ToolrunnerError):
    """You may not do this."""

    code = "forbidden"


class Conflict(ToolrunnerError):
    """The run is no longer in a state that allows this."""

    code = "conflict"


class KeyReused(Conflict):
    """The idempotency key came with another request before."""

    code = "key_reused"


class ToolUnavailable(ToolrunnerError):
    """The tool is listed but cannot run."""

    code = "tool_unavailable"


class NotAvailable(ToolrunnerError):
    """Something that is needed does not answer."""

    code = "not_available"


def not_waiting(number: int, status: str) -> Conflict:
    """What is said where only a run that waits can be changed."""
    return Conflict(
        f"Run #{number} does not wait any more: it is {status}.",
        hint="Nothing was changed. Edit and run again makes a new run of its values.",
    )


class LeaseLost(ToolrunnerError):
    """Another attempt owns this run now; nothing of this one is published."""

    code = "lease_lost"
