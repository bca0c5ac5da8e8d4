"""The log of an attempt, piece by piece."""

from __future__ import annotations

from ...core.errors import InvalidRequest
from ...core.retention import freed_sentence
from ...core.runs import Run
from ..requests import Reply, Request

_PIECE, _LARGEST_PIECE = 8 * 2**20, 64 * 2**20
_LINES, _MOST_LINES = 500, 2_000
_LONGEST_QUERY = 1_000


def get_log(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    view = request.product.log_of(run, _attempt(request))
    if (freed := _freed(run, view.attempt)) is not None:
        data = f"{freed}\n".encode()
        return _log(data, view.attempt, offset=0, size=len(data), complete=True)
    # Asked before the log is read: a run that was final then writes no more.
    complete = view.attempt < run.attempt or run.status.is_final
    size = view.size(ended=complete)
    offset = request.integer("offset", 0, least=None)
    offset = max(0, size + offset) if offset < 0 else offset
    limit = max(4, request.integer("limit", _PIECE, least=1, most=_LARGEST_PIECE))
    data = view.read(offset, limit, ended=complete)
    end = offset + len(data)
    return _log(data, view.attempt, offset=offset, size=max(size, end), complete=complete and end >= size)


def _log(data: bytes, attempt: int, *, offset: int, size: int, complete: bool) -> Reply:
    headers = {
        "X-Log-Attempt": str(attempt),
        "X-Log-Offset": str(offset),
        "X-Log-Next": str(offset + len(data)),
        "X-Log-Size": str(size),
        "X-Log-Complete": "true" if complete else "false",
    }
    return Reply(content=data, media_type="text/plain; charset=utf-8", headers=headers)


def get_log_lines(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    view = request.product.log_of(run, _attempt(request))
    if (freed := _freed(run, view.attempt)) is not None:
        line = {"text": freed, "more": 0}
        return Reply(json={"attempt": view.attempt, "first": 0, "offset": 0, "total": 1, "lines": [line]})
    page = request.product.log_lines.page(
        run.id,
        view.attempt,
        request.integer("first", 0, least=None),
        request.integer("count", _LINES, most=_MOST_LINES),
    )
    return Reply(
        json={
            "attempt": view.attempt,
            "first": page.first,
            "offset": page.offset,
            "total": page.total,
            "lines": [{"text": line.text, "more": line.more} for line in page.lines],
        }
    )


def search_log(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    view = request.product.log_of(run, _attempt(request))
    text = request.query.get("q", "")
    if not 0 < len(text) <= _LONGEST_QUERY:
        raise InvalidRequest(f"q must be a text of 1 to {_LONGEST_QUERY:,} characters.", field="q")
    found = request.product.log_lines.search(run.id, view.attempt, text, request.integer("offset", 0))
    return Reply(
        json={
            "attempt": view.attempt,
            "lines": list(found.lines),
            "next": found.next,
            "searched": found.searched,
        }
    )


def has_more_log(request: Request) -> bool:
    run = request.product.runs.get(request.path["id"])
    attempt = _attempt(request)
    ended = run.status.is_final or (attempt is not None and attempt < run.attempt)
    view = request.product.log_of(run, attempt)
    return ended or view.size(ended=False) > request.integer("offset", 0, least=None)


def _freed(run: Run, attempt: int) -> str | None:
    """What is said in place of a log that was freed."""
    found = next((one for one in run.attempts if one.number == attempt), None)
    return freed_sentence("The log", found.freed_at, found.freed_by) if found else None


def _attempt(request: Request) -> int | None:
    return request.integer("attempt", 0) if request.query.get("attempt") else None
