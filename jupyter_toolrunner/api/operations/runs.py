"""One run: submit, look, cancel, retry. `history.py` has what is asked of many."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...core.ports import RunEdit, ScheduleFilter
from ...core.runs import Run
from ...services.events import abridged
from ..requests import Reply, Request
from ..schemas import EarlierRequest, RunChanges, SubmitRequest
from .tools import code_json

_TAGS, _MOST_TAGS = 200, 1_000
_CHAIN = 100


def submit_run(request: Request) -> Reply:
    body: SubmitRequest = request.body
    run = request.product.runs.submit(
        body.tool,
        body.params,
        owner=request.user,
        priority=body.priority,
        idempotency_key=request.idempotency_key(200),
        origin=body.origin,
        version=body.version,
        after=body.after,
        rule=body.rule,
        reuse=body.reuse,
    )
    return Reply(status=201, json=run_json(run, request))


def get_run(request: Request) -> Reply:
    return Reply(json=run_json(request.product.runs.get(request.path["id"]), request))


def find_earlier(request: Request) -> Reply:
    body: EarlierRequest = request.body
    tool, run = request.product.runs.earlier(request.path["name"], body.params)
    found = run and abridged(run.to_json())
    return Reply(json={"run": found, "reuse": tool.policy.reuse is True})


def get_runs_before(request: Request) -> Reply:
    last, last_good = request.product.run_store.before(request.product.runs.get(request.path["id"]))
    return Reply(
        json={
            "last": last and run_json(last, request),
            "last_good": last_good and run_json(last_good, request),
        }
    )


def get_chain(request: Request) -> Reply:
    found = request.product.run_store.chain(request.product.runs.get(request.path["id"]).id, limit=_CHAIN + 1)
    newest_first = sorted(found[:_CHAIN], key=lambda run: run.number, reverse=True)
    items = [abridged(run.to_json()) for run in newest_first]
    return Reply(json={"items": items, "more": len(found) > _CHAIN})


def get_related(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    store = request.product.followers
    followers = store.followers(run.id, limit=_CHAIN + 1) if run.awaited else ()
    place = request.product.batches.place(run.id)
    fired, _ = request.product.schedules.page(ScheduleFilter(run=run.id), limit=1)
    return Reply(
        json={
            "batch": place and asdict(place),
            "schedule": {"id": fired[0].id, "name": fired[0].name} if fired else None,
            "awaits": [abridged(each.to_json()) for each in (store.awaited(run.id) if run.after else ())],
            "followers": [abridged(each.to_json()) for each in followers[:_CHAIN]],
            "more": len(followers) > _CHAIN,
        }
    )


def get_run_code(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    return Reply(json=code_json(request.product.runs.tool_version(run.tool, run.version), request))


def is_run_final(request: Request) -> bool:
    return request.product.runs.status(request.path["id"]).is_final


def edit_run(request: Request) -> Reply:
    body: RunChanges = request.body
    changes = RunEdit(
        tags=None if body.tags is None else tuple(body.tags),
        add_tags=tuple(body.add_tags),
        remove_tags=tuple(body.remove_tags),
        note=body.note,
        params=body.params,
        priority=body.priority,
    )
    run = request.product.runs.edit(request.path["id"], changes, by=request.user)
    return Reply(json=run_json(run, request))


def list_tags(request: Request) -> Reply:
    limit = max(1, request.integer("limit", _TAGS, most=_MOST_TAGS))
    found = request.product.run_store.tags(limit=limit)
    return Reply(json=[{"tag": each.tag, "runs": each.runs} for each in found])


def cancel_run(request: Request) -> Reply:
    return Reply(json=run_json(request.product.runs.cancel(request.path["id"]), request))


def retry_run(request: Request) -> Reply:
    return Reply(json=run_json(request.product.runs.retry(request.path["id"]), request))


def run_json(run: Run, request: Request) -> dict[str, Any]:
    """The run with its attempts."""
    attempts = [attempt.to_json() for attempt in run.attempts]
    for attempt in attempts:
        # A log that was cut off by a lost worker, or is growing, has the size that it has.
        attempt["log_size"] = attempt["log_size"] or request.product.logs.size(run.id, attempt["number"])
    return {**run.to_json(), "attempts": attempts, "waits": request.product.waits(run)}
