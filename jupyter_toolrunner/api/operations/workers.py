"""Who works."""

from __future__ import annotations

from ...services.events import abridged
from ...services.workers import WorkerView
from ..requests import Reply, Request


def list_workers(request: Request) -> Reply:
    return Reply(json=[_json(worker) for worker in request.product.workers()])


def _json(worker: WorkerView) -> dict[str, object]:
    return {
        "id": worker.id,
        "name": worker.name,
        "host": worker.host,
        "here": worker.here,
        "state": worker.state,
        "started_at": worker.started_at and worker.started_at.isoformat().replace("+00:00", "Z"),
        "run": worker.run and abridged(worker.run.to_json()),
        "past": [abridged(run.to_json()) for run in worker.past],
    }
