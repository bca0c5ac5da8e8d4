"""Presets: list, save, change, open with, delete."""

from __future__ import annotations

from ...core.errors import InvalidRequest
from ..requests import Reply, Request
from ..schemas import DefaultPreset, NewPreset, PresetChange


def list_presets(request: Request) -> Reply:
    if not (tool := request.query.get("tool")):
        raise InvalidRequest("Presets of which tool?", field="tool", hint="GET presets?tool=NAME")
    return _all(tool, request)


def save_preset(request: Request) -> Reply:
    body: NewPreset = request.body
    saved = request.product.presets.save(
        body.tool, body.name, body.params, request.user, shared=body.shared, default=body.is_default
    )
    return Reply(status=201, json=saved.to_json())


def set_default_preset(request: Request) -> Reply:
    body: DefaultPreset = request.body
    request.product.presets.open_with(body.tool, body.preset, request.user)
    return _all(body.tool, request)


def change_preset(request: Request) -> Reply:
    body: PresetChange = request.body
    changed = request.product.presets.change(
        request.path["id"], request.user, name=body.name, params=body.params, shared=body.shared
    )
    return Reply(json=changed.to_json())


def delete_preset(request: Request) -> Reply:
    return Reply(json=request.product.presets.delete(request.path["id"], request.user).to_json())


def _all(tool: str, request: Request) -> Reply:
    return Reply(json=[preset.to_json() for preset in request.product.presets.of_tool(tool, request.user)])
