"""Tools: the list, and one with its source."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...core.limits import KEYS as LIMITS
from ...core.tools import Tool
from ..requests import Reply, Request
from ..schemas import ForecastRequest


def list_tools(request: Request) -> Reply:
    """All of them may be megabytes: who names the revision that they have is only told that it is the newest."""
    catalog = request.product.catalog
    query, category = request.query.get("q", ""), request.query.get("category") or None
    # Taken before the tools: what changes in between is fetched once more, and never missed.
    headers = {"ETag": f'"{catalog.revision}"'} if not query and category is None else {}
    if catalog.reading:
        read, files = catalog.progress()
        headers["X-Tools-Reading"] = f"{read}/{files}"
    found = catalog.search(query, category)
    if headers.get("ETag") == request.headers.get("if-none-match", ""):
        return Reply(status=304, headers=headers)
    return Reply(json=[tool_json(tool) for tool in found], headers=headers)


def get_tool(request: Request) -> Reply:
    return Reply(json=tool_json(_asked_for(request), whole=True))


def forecast_runs(request: Request) -> Reply:
    body: ForecastRequest = request.body
    forecast = request.product.forecasts.of_tool(
        request.path["name"], body.runs, owner=request.user, params=body.params
    )
    return Reply(json=forecast.to_json())


def get_code(request: Request) -> Reply:
    return Reply(json=code_json(_asked_for(request), request))


def _asked_for(request: Request) -> Tool:
    """The tool as it is now, or a version of it."""
    name, version = request.path["name"], request.query.get("version")
    if version:
        return request.product.runs.tool_version(name, version)
    return request.product.catalog.find(name)


def code_json(tool: Tool, request: Request) -> dict[str, Any]:
    files = request.product.runs.code(tool)
    return {"tool": tool.name, "version": tool.version, "files": [asdict(file) for file in files]}


def tool_json(tool: Tool, *, whole: bool = False) -> dict[str, Any]:
    """The tool as `schemas.ToolShape` has it; its source only where one tool was asked for."""
    return {
        "name": tool.name,
        "short_name": tool.short_name,
        "toolbox": tool.toolbox,
        "title": tool.title,
        "category": tool.category,
        "tags": list(tool.tags),
        "icon": tool.icon,
        # Without texts of params too: the shape promises them.
        "translations": {language: {"params": {}, **texts} for language, texts in tool.translations.items()},
        "kind": tool.kind.value,
        "version": tool.version,
        "description": tool.description,
        "params_schema": tool.params_schema,
        "delivery": tool.policy.delivery.value,
        "attempts": tool.policy.attempts,
        "retried": list(tool.policy.retry.reasons) if tool.policy.retry else [],
        "limits": {key: getattr(tool.policy, key) for key in LIMITS},
        "warm": tool.policy.warm,
        "reuse": tool.policy.reuse,
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
