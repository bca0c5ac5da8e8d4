"""What runs produced: list, content, rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ...core.ports import ArtifactFilter
from ...core.runs import Run
from ..requests import Reply, Request

_ROWS, _MOST_ROWS = 100, 1_000
_PAGE, _LONGEST_PAGE, _MOST_ACCEPTS = 50, 200, 40


def list_artifacts(request: Request) -> Reply:
    run = request.product.runs.get(request.path["id"])
    return Reply(json=[artifact.to_json() for artifact in run.artifacts])


def find_artifacts(request: Request) -> Reply:
    accepts = [word.strip() for word in request.query.get("accept", "").split(",")]
    where = ArtifactFilter(
        accepts=tuple(word for word in accepts if word)[:_MOST_ACCEPTS],
        name=request.query.get("name", "")[:200],
    )
    items, following = request.product.run_store.artifacts(
        where,
        limit=max(1, request.integer("limit", _PAGE, most=_LONGEST_PAGE)),
        before=request.query.get("cursor") or None,
    )
    found = [{**artifact.to_json(), **_made_by(run)} for artifact, run in items]
    return Reply(json={"items": found, "next": following})


def describe_artifact(request: Request) -> Reply:
    artifact, run = request.product.run_store.artifact(request.path["id"])
    return Reply(json={**artifact.to_json(), **_made_by(run)})


def _made_by(run: Run | None) -> dict[str, Any]:
    if run is None:
        return {}
    return {
        "run": run.id,
        "run_number": run.number,
        "tool": run.tool,
        "finished_at": run.finished_at and run.finished_at.isoformat(),
    }


def get_artifact(request: Request) -> Reply:
    artifact, _run = request.product.run_store.artifact(request.path["id"])
    name = artifact.name.rsplit("/", 1)[-1]
    kind = "attachment" if request.query.get("download") else "inline"
    return Reply(
        file=request.product.artifacts.path(artifact.digest),
        media_type=_served_type(artifact.media_type),
        headers={
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
            "ETag": f'"{artifact.digest}"',
            "Cache-Control": "private, no-cache",
            # Whatever a tool wrote, it runs nothing in our origin.
            "Content-Security-Policy": "sandbox allow-scripts",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _served_type(media_type: str) -> str:
    if media_type.startswith("text/") or media_type in ("application/json", "application/yaml"):
        return f"{media_type}; charset=utf-8"
    return media_type


def get_table(request: Request) -> Reply:
    artifact, _run = request.product.run_store.artifact(request.path["id"])
    page = request.product.read_table(
        request.product.artifacts.path(artifact.digest),
        artifact.media_type,
        request.integer("offset", 0),
        request.integer("limit", _ROWS, least=1, most=_MOST_ROWS),
    )
    return Reply(json=dict(page))
