"""Preferences: the small state of the user who asks."""

from __future__ import annotations

from ..requests import Reply, Request
from ..schemas import PutPreference


def list_preferences(request: Request) -> Reply:
    return Reply(json=[preference.to_json() for preference in request.product.preferences.all(request.user)])


def get_preference(request: Request) -> Reply:
    return Reply(json=request.product.preferences.get(request.user, request.path["key"]).to_json())


def put_preference(request: Request) -> Reply:
    body: PutPreference = request.body
    kept = request.product.preferences.put(request.user, request.path["key"], body.value)
    return Reply(json=kept.to_json())


def delete_preference(request: Request) -> Reply:
    request.product.preferences.delete(request.user, request.path["key"])
    return Reply(status=204)
