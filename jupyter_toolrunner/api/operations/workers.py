"""Who works: look, drain, stop, scale."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from ...core.workers import Order
from ...services.events import abridged
from ...services.workers import WorkerView
from ..requests import Reply, Request
from ..schemas import ScaleRequest


def list_workers(request: Request) -> Reply:
    return Reply(json=[_json(worker) for worker in request.product.workers.look()])


def drain_worker(request: Request) -> Reply:
    return _told(request, Order.DRAIN)


def stop_worker(request: Request) -> Reply:
    return _told(request, Order.STOP)


def get_crew(request: Request) -> Reply:
    return Reply(json=asdict(request.product.workers.crew()))


def scale_crew(request: Request) -> Reply:
    body: ScaleRequest = request.body
    return Reply(json=asdict(request.product.workers.scale(body.workers)))


def _told(request: Request, order: Order) -> Reply:
    return Reply(json=_json(request.product.workers.tell(request.path["id"], order, request.user)))


def _json(worker: WorkerView) -> dict[str, object]:
    return {
        "id": worker.id,
        "name": worker.name,
        "host": worker.host,
        "here": worker.here,
        "state": worker.state,
        "started_at": _moment(worker.started_at),
        "seen_at": _moment(worker.seen_at),
        "memory": worker.memory,
        "version": worker.version,
        "python": worker.python,
        "told_by": worker.told_by,
        "told_at": _moment(worker.told_at),
        "run": worker.run and abridged(worker.run.to_json()),
        "past": [abridged(run.to_json()) for run in worker.past],
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
