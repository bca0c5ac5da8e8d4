"""The queue: who waits where and for what; hold, release, put in order."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...core.queue import QueueRule, Wait
from ...services.events import abridged
from ..requests import Reply, Request
from ..schemas import HoldRequest, MoveRequest, ReleaseRequest

_PAGE, _MOST = 100, 500
_LAST = 10_000_000


def get_queue(request: Request) -> Reply:
    queue = request.product.queue
    given = request.query.get("owner", "")
    owner = request.user if given == "me" else given or None
    limit = max(1, request.integer("limit", _PAGE, most=_MOST))
    state = queue.state()
    page = queue.page(offset=request.integer("offset", 0, most=_LAST), limit=limit, owner=owner)
    waits = queue.waits([run for _, run in page.items])
    stays = queue.stays(page, owner=owner)
    return Reply(
        json={
            "whole": _rule_json(state.whole, state.running),
            "total_running": state.limits.total,
            "user_running": state.limits.user,
            "running": state.running,
            "waiting": state.waiting,
            "later": state.later,
            "tools": [_rule_json(each.rule, each.running) for each in state.tools],
            "owners": [
                {"owner": line.owner, "waiting": line.waiting, "running": line.running}
                for line in state.lines
            ],
            "total": page.total,
            "items": [
                {
                    "position": position,
                    "run": abridged(run.to_json()),
                    "waits": wait_json(wait),
                    "start": stay.start and asdict(stay.start),
                    "end": stay.end and asdict(stay.end),
                }
                for (position, run), wait, stay in zip(page.items, waits, stays, strict=True)
            ],
        }
    )


def get_place(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    queue = request.product.queue
    return Reply(
        json={
            "position": queue.position(run),
            "waiting": queue.state().waiting,
            "waits": wait_json(queue.waits([run])[0]),
        }
    )


def hold_queue(request: Request) -> Reply:
    body: HoldRequest = request.body
    tool = None if body.tool is None else request.product.catalog.find(body.tool).name
    return Reply(json=_rule_json(request.product.queue.hold(tool, by=request.user, note=body.note)))


def release_queue(request: Request) -> Reply:
    body: ReleaseRequest = request.body
    return Reply(json=_rule_json(request.product.queue.release(_known(request, body.tool))))


def move_runs(request: Request) -> Reply:
    body: MoveRequest = request.body
    moved = request.product.queue.move(body.ids, body.to, body.beside)
    return Reply(
        json={
            "moved": [abridged(run.to_json()) for run in moved.runs],
            "refused": [{"run": run, "message": message} for run, message in moved.refused],
        }
    )


def _known(request: Request, tool: str | None) -> str | None:
    """A tool that is gone may be held still, under its full name."""
    if tool is None or any(each.rule.tool == tool for each in request.product.queue.state().tools):
        return tool
    return request.product.catalog.find(tool).name


def wait_json(wait: Wait | None) -> dict[str, Any] | None:
    """`api.schemas.WaitShape`."""
    if wait is None:
        return None
    return {
        "kind": wait.kind,
        "text": wait.text,
        "running": wait.running,
        "limit": wait.limit,
        "by": wait.by,
        "since": wait.since and wait.since.isoformat().replace("+00:00", "Z"),
        "note": wait.note,
    }


def _rule_json(rule: QueueRule, running: int = 0) -> dict[str, Any]:
    return {
        "tool": rule.tool or None,
        "max_running": rule.max_running,
        "running": running,
        "held_by": rule.held_by,
        "held_at": rule.held_at and rule.held_at.isoformat().replace("+00:00", "Z"),
        "note": rule.note,
    }
