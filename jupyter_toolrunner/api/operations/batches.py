"""Many runs that were asked for together."""

from __future__ import annotations

from dataclasses import asdict

from ...core import collector
from ...core.batches import Batch
from ...core.errors import InvalidRequest
from ...core.runs import RunStatus
from ...services.batch_rows import AskedRows, Cells
from ...services.events import abridged
from ..requests import Reply, Request
from ..schemas import NewBatch

_PAGE, _MOST = 50, 500


@collector.paused()
def submit_batch(request: Request) -> Reply:
    body: NewBatch = request.body
    batch, runs = request.product.batches.submit(
        body.tool,
        _asked(body),
        owner=request.user,
        title=body.title,
        priority=body.priority,
        # Each run keeps it with its place.
        idempotency_key=request.idempotency_key(190),
        reuse=body.reuse,
    )
    return Reply(
        status=201, json={"batch": batch.to_json(), "runs": [abridged(run.to_json()) for run in runs]}
    )


@collector.paused()
def check_batch(request: Request) -> Reply:
    body: NewBatch = request.body
    checked = request.product.batches.check(body.tool, _asked(body), owner=request.user)
    return Reply(
        json={
            "rows": checked.rows,
            "problems": [asdict(problem) for problem in checked.problems],
            "more": checked.more,
            "forecast": checked.forecast.to_json(),
        }
    )


def read_table(request: Request) -> Reply:
    name = request.query.get("name", "") or "table.csv"
    sheet, fields = request.product.batches.sheet(request.path["name"], request.body, name)
    return Reply(json={"names": sheet.names, "fields": fields, "cells": sheet.cells})


def _asked(body: NewBatch) -> AskedRows:
    table = Cells(fields=body.table.fields, cells=body.table.cells) if body.table else None
    return AskedRows(rows=body.rows, table=table, sweep=body.sweep, common=body.params)


def list_batches(request: Request) -> Reply:
    limit = max(1, request.integer("limit", _PAGE, most=_MOST))
    before = request.integer("before", 0) or None
    found = request.product.batches.newest(limit=limit + 1, before=before)
    items = found[:limit]
    following = items[-1].number if len(found) > limit else None
    return Reply(json={"items": [batch.to_json() for batch in items], "next": following})


def get_batch(request: Request) -> Reply:
    return Reply(json=request.product.batches.get(request.path["id"]).to_json())


def is_batch_final(request: Request) -> bool:
    return request.product.batches.get(request.path["id"]).is_final


def list_batch_rows(request: Request) -> Reply:
    limit = max(1, request.integer("limit", _PAGE, most=_MOST))
    found = request.product.batches.rows(
        request.path["id"],
        limit=limit + 1,
        after=request.integer("after", 0, most=2**31 - 1),
        statuses=_statuses(request.query.get("status", "")),
    )
    items = [{"row": row, "run": abridged(run.to_json())} for row, run in found[:limit]]
    return Reply(json={"items": items, "next": items[-1]["row"] if len(found) > limit else None})


def list_outcomes(request: Request) -> Reply:
    limit = max(1, request.integer("limit", _PAGE, most=_MOST))
    after = request.integer("after", 0, most=2**31 - 1)
    statuses = _statuses(request.query.get("status", ""))
    found = request.product.batches.outcomes(
        request.path["id"], limit=limit + 1, after=after, statuses=statuses
    )
    following = found[limit - 1].row if len(found) > limit else None
    return Reply(json={"items": [outcome.to_json() for outcome in found[:limit]], "next": following})


def get_batch_forecast(request: Request) -> Reply:
    return Reply(json=request.product.batches.forecast(request.path["id"]).to_json())


def retry_batch(request: Request) -> Reply:
    code = request.query.get("code", "") or "kept"
    if code == "now":
        return _changed(*request.product.batches.renew(request.path["id"], owner=request.user))
    if code != "kept":
        raise InvalidRequest(f"There is no code {code[:50]!a}: it is `kept` or `now`.", field="code")
    return _changed(*request.product.batches.retry(request.path["id"]))


def cancel_batch(request: Request) -> Reply:
    return _changed(*request.product.batches.cancel(request.path["id"]))


def get_batch_table(request: Request) -> Reply:
    batch = request.product.batches.get(request.path["id"])
    return Reply(
        content=b"".join(request.product.batches.table(batch.id)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="batch-{batch.number}.csv"'},
    )


def _changed(batch: Batch, done: int) -> Reply:
    return Reply(json={"batch": batch.to_json(), "done": done})


def _statuses(text: str) -> frozenset[RunStatus]:
    try:
        return frozenset(RunStatus(each) for each in text.split(",") if each)
    except ValueError:
        raise InvalidRequest(f"There is no status {text[:50]!a}.", field="status") from None
