"""Dashboards: what is published, publishing and withdrawing."""

from __future__ import annotations

from ...core.dashboards import Dashboard
from ..requests import Reply, Request
from ..schemas import DashboardShape, Publish


def list_dashboards(request: Request) -> Reply:
    return Reply(json=[_shape(dashboard) for dashboard in request.product.dashboards.all()])


def publish_dashboard(request: Request) -> Reply:
    body: Publish = request.body
    published = request.product.dashboards.publish(
        body.notebook, body.path, request.user, title=body.title, name=body.name
    )
    return Reply(status=201, json=_shape(published))


def withdraw_dashboard(request: Request) -> Reply:
    request.product.dashboards.withdraw(request.path["name"], request.user)
    return Reply(status=204)


def _shape(dashboard: Dashboard) -> object:
    return DashboardShape.model_validate(dashboard).model_dump(mode="json")
