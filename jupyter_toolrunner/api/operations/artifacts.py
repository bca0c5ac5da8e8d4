"""What runs produced: list, content, rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...core.artifacts import Artifact
from ...core.errors import InvalidRequest, NotFound
from ...core.ports import ArtifactFilter, TableQuery
from ...core.retention import freed_sentence
from ...core.runs import Run
from ..requests import Reply, Request

_ROWS, _MOST_ROWS = 100, 1_000
_PAGE, _LONGEST_PAGE, _MOST_ACCEPTS = 50, 200, 40
_NODES, _MOST_NODES = 100, 1_000
_MOST_FILTERS, _MOST_SORTS = 20, 5
_OPERATORS = {"contains", "lacks", "equals", "differs", "at_least", "at_most", "empty", "filled"}
#: What a tool wrote runs nothing in our origin, and asks nobody for anything.
_CLOSED = (
    "sandbox; default-src 'none'; img-src data: blob:; media-src data: blob:; font-src data:;"
    " style-src 'unsafe-inline' data:; form-action 'none'; base-uri 'none'; frame-src 'none'"
)


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
    artifact, path = _file(request)
    name = artifact.name.rsplit("/", 1)[-1]
    kind = "attachment" if request.query.get("download") else "inline"
    return Reply(
        file=path,
        media_type=_served_type(artifact.media_type),
        headers={
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
            "ETag": f'"{artifact.digest}"',
            "Cache-Control": "private, no-cache",
            "Accept-Ranges": "bytes",
            "Content-Security-Policy": _CLOSED,
            "X-Content-Type-Options": "nosniff",
        },
    )


def _served_type(media_type: str) -> str:
    if media_type.startswith("text/") or media_type in ("application/json", "application/yaml"):
        return f"{media_type}; charset=utf-8"
    return media_type


def get_table(request: Request) -> Reply:
    query = TableQuery(
        offset=request.integer("offset", 0),
        limit=request.integer("limit", _ROWS, least=1, most=_MOST_ROWS),
        sort=_sort(request.query.get("sort", "")),
        filters=_filters(request.query.get("filter", "")),
        search=request.query.get("q", "")[:1000],
    )
    return Reply(json=dict(request.product.previews.table(*_file(request), query)))


def get_json(request: Request) -> Reply:
    answer = request.product.previews.json(
        *_file(request),
        request.integer("at", 0) if request.query.get("at") else None,
        request.integer("offset", 0),
        request.integer("limit", _NODES, least=1, most=_MOST_NODES),
    )
    return Reply(json=dict(answer))


def get_entries(request: Request) -> Reply:
    return Reply(json=dict(request.product.previews.entries(*_file(request))))


def get_graph(request: Request) -> Reply:
    return Reply(json=dict(request.product.previews.graph(*_file(request))))


def get_thumbnail(request: Request) -> Reply:
    found = request.product.previews.picture(
        *_file(request), request.integer("size", 512, least=1, most=4096)
    )
    if found is None:
        return Reply(status=202, json={"state": "reading"})
    path, facts = found
    return Reply(
        file=path,
        media_type=facts["media_type"],
        headers={
            "Cache-Control": "private, max-age=86400",
            "Content-Security-Policy": _CLOSED,
            "X-Content-Type-Options": "nosniff",
            "X-Image-Size": f"{facts['width']}x{facts['height']}",
        },
    )


def _file(request: Request) -> tuple[Artifact, Path]:
    artifact, _run = request.product.run_store.artifact(request.path["id"])
    try:
        return artifact, request.product.artifacts.path(artifact.digest)
    except NotFound as error:
        sentence = freed_sentence(artifact.name, artifact.freed_at, artifact.freed_by)
        raise NotFound(sentence, hint=error.hint) if sentence else error from None


def _sort(text: str) -> tuple[tuple[int, bool], ...]:
    found = []
    for part in filter(None, text.split(",")):
        column, _, way = part.partition(":")
        if not column.isdecimal() or len(column) > 6 or way not in ("", "asc", "desc"):
            raise InvalidRequest(
                f"sort must be numbers of columns like 2 or 2:desc, not {part[:50]!r}.", field="sort"
            )
        found.append((int(column), way == "desc"))
    if len(found) > _MOST_SORTS:
        raise InvalidRequest(f"A table is sorted by {_MOST_SORTS} columns at most.", field="sort")
    return tuple(found)


def _filters(text: str) -> tuple[dict[str, Any], ...]:
    try:
        given = json.loads(text) if text else []
    except (ValueError, RecursionError):
        raise _no_filter() from None
    if not isinstance(given, list) or len(given) > _MOST_FILTERS:
        raise _no_filter()
    return tuple(_filter(one) for one in given)


def _filter(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _no_filter()
    operator = given.get("op")
    if not isinstance(operator, str) or operator not in _OPERATORS:
        raise _no_filter()
    column, value = given.get("column"), given.get("value", "")
    if not isinstance(column, int) or isinstance(column, bool) or not isinstance(value, str | int | float):
        raise _no_filter()
    return {"column": column, "op": operator, "value": str(value)[:1000]}


def _no_filter() -> InvalidRequest:
    words = ", ".join(sorted(_OPERATORS))
    return InvalidRequest(
        f"filter must be a JSON list of {_MOST_FILTERS} objects at most, with column, op ({words}) and value.",
        field="filter",
    )
