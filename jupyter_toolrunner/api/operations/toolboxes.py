"""Toolboxes: where tools come from; adding and removing."""

from __future__ import annotations

from ..requests import Reply, Request
from ..schemas import AddToolbox


def list_toolboxes(request: Request) -> Reply:
    return Reply(json=[toolbox.to_json() for toolbox in request.product.toolboxes.all()])


def add_toolbox(request: Request) -> Reply:
    body: AddToolbox = request.body
    return Reply(status=201, json=request.product.toolboxes.add(body.path, request.user).to_json())


def remove_toolbox(request: Request) -> Reply:
    request.product.toolboxes.remove(request.path["id"])
    return Reply(status=204)
