"""Uploads: begin, send piece by piece, finish, remove."""

from __future__ import annotations

from ...core.uploads import Upload
from ..requests import Reply, Request
from ..schemas import NewUpload


def get_limits(request: Request) -> Reply:
    uploads = request.product.uploads
    return Reply(json={"limit": uploads.limit, "user_limit": uploads.user_limit})


def begin_upload(request: Request) -> Reply:
    body: NewUpload = request.body
    return _reply(request.product.uploads.begin(body.name, body.size, request.user), status=201)


def get_upload(request: Request) -> Reply:
    return _reply(request.product.uploads.get(request.path["id"], request.user))


def write_upload(request: Request) -> Reply:
    piece: bytes = request.body
    offset = request.integer("offset", 0)
    return _reply(
        request.product.uploads.write(
            request.path["id"], offset, piece, request.user, digest=request.query.get("digest")
        )
    )


def finish_upload(request: Request) -> Reply:
    return _reply(
        request.product.uploads.finish(request.path["id"], request.user, digest=request.query.get("digest"))
    )


def remove_upload(request: Request) -> Reply:
    return _reply(request.product.uploads.remove(request.path["id"], request.user))


def _reply(upload: Upload, status: int = 200) -> Reply:
    return Reply(status=status, json=upload.to_json())
