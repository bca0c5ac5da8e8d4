"""Uploads in the database: what they are called, and whether they are whole and used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, exists, insert, or_, select, update

from ..core.errors import NotFound
from ..core.ids import ArtifactId, Digest
from ..core.uploads import Upload
from .rows import upload_of
from .tables import presets, runs, schedules, uploads


class SqlUploadStore:
    """`core.ports.UploadStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def insert(self, upload: Upload) -> None:
        values = {
            "id": upload.id,
            "owner": upload.owner,
            "name": upload.name,
            "size": upload.size,
            "created_at": upload.created_at,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(uploads).values(values))

    def get(self, upload: str) -> Upload:
        # A database refuses what is no text.
        if not upload.isascii() or "\0" in upload:
            raise _gone()
        with self._reader.begin() as connection:
            row = connection.execute(select(uploads).where(uploads.c.id == upload)).one_or_none()
        if row is None:
            raise _gone()
        return upload_of(row)

    def finish(self, upload: ArtifactId, digest: Digest) -> None:
        self._update(upload, digest=digest)

    def use(self, upload: ArtifactId) -> None:
        self._update(upload, used_at=datetime.now(UTC))

    def delete(self, upload: ArtifactId) -> bool:
        unused = uploads.c.used_at.is_(None)
        with self._engine.begin() as connection:
            return connection.execute(delete(uploads).where(uploads.c.id == upload, unused)).rowcount > 0

    def unused_of(self, owner: str) -> Sequence[Upload]:
        return self._found(uploads.c.owner == owner)

    def unused_since(self, time: datetime) -> Sequence[Upload]:
        return self._found(uploads.c.created_at < time)

    def is_mentioned(self, upload: ArtifactId) -> bool:
        # The id is random: where it stands in params, it is meant.
        mention = f"%{upload}%"
        query = select(
            or_(
                exists().where(runs.c.params.like(mention)),
                exists().where(presets.c.params.like(mention)),
                exists().where(schedules.c.params.like(mention)),
            )
        )
        with self._reader.begin() as connection:
            return bool(connection.execute(query).scalar_one())

    def _update(self, upload: ArtifactId, **values: Any) -> None:
        with self._engine.begin() as connection:
            changed = connection.execute(update(uploads).where(uploads.c.id == upload).values(values))
            if changed.rowcount == 0:
                raise _gone()

    def _found(self, condition: Any) -> Sequence[Upload]:
        query = select(uploads).where(condition, uploads.c.used_at.is_(None)).order_by(uploads.c.id)
        with self._reader.begin() as connection:
            return [upload_of(row) for row in connection.execute(query)]


def _gone() -> NotFound:
    return NotFound(
        "This upload is not there any more.",
        hint="What is not used for a week is removed. Upload it again.",
    )
