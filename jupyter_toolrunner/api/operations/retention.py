"""What is kept of ended runs, and what was freed."""

from __future__ import annotations

from dataclasses import asdict

from ..requests import Reply, Request
from ..schemas import CleanRequest


def get_retention(request: Request) -> Reply:
    retention = request.product.retention
    return Reply(
        json={
            "logs": asdict(retention.rules.logs),
            "artifacts": asdict(retention.rules.artifacts),
            "exceptions": list(retention.rules.exceptions),
            "cleanings": retention.cleanings(),
        }
    )


def clean(request: Request) -> Reply:
    body: CleanRequest = request.body
    retention = request.product.retention
    found = retention.look(request.user) if body.dry_run else retention.clean(request.user)
    return Reply(json=found.to_json())
