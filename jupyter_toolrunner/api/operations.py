"""What each route does: take the request apart, call a service, answer in the shapes of `schemas`."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import quote

from .._version import __version__
from ..core.errors import InvalidRequest, NotFound
from ..core.ports import RunFilter
from ..core.runs import Run, RunStatus
from ..core.tools import Tool
from ..services.events import abridged
from .requests import Reply, Request
from .schemas import SubmitRequest

_PAGE, _LONGEST_PAGE = 50, 500
_LOG_PIECE, _LARGEST_LOG_PIECE = 8 * 2**20, 64 * 2**20
_ROWS, _MOST_ROWS = 100, 1_000


def tool_json(tool: Tool, *, whole: bool = False) -> dict[str, Any]:
    """The tool as `schemas.ToolShape` has it; its source only where one tool was asked for."""
    return {
        "name": tool.name,
        "short_name": tool.short_name,
        "toolbox": tool.toolbox,
        "title": tool.title,
        "category": tool.category,
        "tags": list(tool.tags),
        "kind": tool.kind.value,
        "version": tool.version,
        "description": tool.description,
        "params_schema": tool.params_schema,
        "delivery": tool.policy.delivery.value,
        "path": tool.entry.path,
        "error": tool.error and _error_json(tool),
        "notice": tool.notice,
        "source": tool.source if whole else None,
    }


def _error_json(tool: Tool) -> dict[str, Any]:
    error = tool.error
    assert error is not None
    return {
        "message": error.message,
        "path": error.path,
        "line": error.line,
        "hint": error.hint,
        "traceback": error.traceback,
    }


def run_json(run: Run, request: Request) -> dict[str, Any]:
    """The run with its attempts."""
    attempts = [attempt.to_json() for attempt in run.attempts]
    for attempt in attempts:
        # A log that was cut off by a lost worker, or is growing, has the size that it has.
        attempt["log_size"] = attempt["log_size"] or request.product.logs.size(run.id, attempt["number"])
    return {**run.to_json(), "attempts": attempts}


def list_tools(request: Request) -> Reply:
    found = request.product.catalog.search(request.query.get("q", ""), request.query.get("category") or None)
    return Reply(json=[tool_json(tool) for tool in found])


def get_tool(request: Request) -> Reply:
    return Reply(json=tool_json(request.product.catalog.find(request.path["name"]), whole=True))


def list_runs(request: Request) -> Reply:
    cursor = request.integer("cursor", 0)
    items, following = request.product.runs.page(
        _filter(request),
        limit=max(1, request.integer("limit", _PAGE, most=_LONGEST_PAGE)),
        before=cursor or None,
    )
    return Reply(
        json={
            "items": [abridged(run.to_json()) for run in items],
            "next": None if following is None else str(following),
        }
    )


def _filter(request: Request) -> RunFilter:
    statuses = frozenset(_status(word) for word in request.query.get("status", "").split(",") if word)
    tool = request.query.get("tool") or None
    if tool is not None:
        # A tool that is gone still has its runs, under its full name.
        with contextlib.suppress(NotFound):
            tool = request.product.catalog.find(tool).name
    return RunFilter(tool=tool, statuses=statuses, owner=request.query.get("owner") or None)


def _status(word: str) -> RunStatus:
    try:
        return RunStatus(word)
    except ValueError:
        known = ", ".join(RunStatus)
        raise InvalidRequest(
            f"There is no status {word[:50]!r}.", field="status", hint=f"One of {known}."
        ) from None


def submit_run(request: Request) -> Reply:
    body: SubmitRequest = request.body
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= 200:
        raise InvalidRequest("An Idempotency-Key has 1 to 200 characters.", field="Idempotency-Key")
    run = request.product.runs.submit(
        body.tool, body.params, owner=request.user, priority=body.priority, idempotency_key=key
    )
    return Reply(status=201, json=run_json(run, request))


def get_run(request: Request) -> Reply:
    return Reply(json=run_json(request.product.runs.get(request.path["id"]), request))


def is_run_final(request: Request) -> bool:
    return request.product.runs.get(request.path["id"]).status.is_final


def cancel_run(request: Request) -> Reply:
    return Reply(json=run_json(request.product.runs.cancel(request.path["id"]), request))


def retry_run(request: Request) -> Reply:
    return Reply(json=run_json(request.product.runs.retry(request.path["id"]), request))


def get_log(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    view = request.product.log_of(run, _attempt(request))
    # Asked before the log is read: a run that was final then writes no more.
    complete = view.attempt < run.attempt or run.status.is_final
    size = view.size()
    offset = request.integer("offset", 0, least=None)
    offset = max(0, size + offset) if offset < 0 else offset
    limit = max(4, request.integer("limit", _LOG_PIECE, least=1, most=_LARGEST_LOG_PIECE))
    data = view.read(offset, limit, ended=complete)
    end = offset + len(data)
    headers = {
        "X-Log-Attempt": str(view.attempt),
        "X-Log-Offset": str(offset),
        "X-Log-Next": str(end),
        "X-Log-Size": str(max(size, end)),
        "X-Log-Complete": "true" if complete and end >= size else "false",
    }
    return Reply(content=data, media_type="text/plain; charset=utf-8", headers=headers)


def has_more_log(request: Request) -> bool:
    run = request.product.runs.get(request.path["id"])
    attempt = _attempt(request)
    ended = run.status.is_final or (attempt is not None and attempt < run.attempt)
    return ended or request.product.log_of(run, attempt).size() > request.integer("offset", 0, least=None)


def _attempt(request: Request) -> int | None:
    return request.integer("attempt", 0) if request.query.get("attempt") else None


def list_artifacts(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    return Reply(json=[artifact.to_json() for artifact in run.artifacts])


def get_artifact(request: Request) -> Reply:
    artifact, _run = request.product.run_store.artifact(request.path["id"])
    name = artifact.name.rsplit("/", 1)[-1]
    kind = "attachment" if request.query.get("download") else "inline"
    return Reply(
        file=request.product.artifacts.path(artifact.digest),
        media_type=_served_type(artifact.media_type),
        headers={
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
            "ETag": f'"{artifact.digest}"',
            "Cache-Control": "private, no-cache",
            # Whatever a tool wrote, it runs nothing in our origin.
            "Content-Security-Policy": "sandbox allow-scripts",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _served_type(media_type: str) -> str:
    if media_type.startswith("text/") or media_type in ("application/json", "application/yaml"):
        return f"{media_type}; charset=utf-8"
    return media_type


def get_table(request: Request) -> Reply:
    artifact, _run = request.product.run_store.artifact(request.path["id"])
    page = request.product.read_table(
        request.product.artifacts.path(artifact.digest),
        artifact.media_type,
        request.integer("offset", 0),
        request.integer("limit", _ROWS, least=1, most=_MOST_ROWS),
    )
    return Reply(json=dict(page))


def get_health(request: Request) -> Reply:
    return Reply(json={"version": __version__, **request.product.health()})
