"""Uploads: files that people bring along, piece by piece, to use them as the value of a field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .artifacts import Artifact, media_type_of
from .ids import ArtifactId, Digest

#: Bytes of one piece; a body of this size passes every proxy.
PIECE = 4 * 2**20
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    #: Also the id of the artifact that it becomes.
    id: ArtifactId
    name: str
    #: Bytes in all.
    size: int
    owner: str
    created_at: datetime
    #: Bytes that are here.
    received: int = 0
    #: Set when all of it is here and was read again.
    digest: Digest | None = None
    #: When a run or a preset first used it; None while it may be removed.
    used_at: datetime | None = None

    @property
    def media_type(self) -> str:
        return media_type_of(self.name)

    def to_artifact(self) -> Artifact:
        """As a value of a field names it; only where it is whole."""
        assert self.digest is not None
        return Artifact(
            id=self.id, name=self.name, media_type=self.media_type, size=self.size, digest=self.digest
        )

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.UploadShape`."""
        return {
            "id": self.id,
            "name": self.name,
            "media_type": self.media_type,
            "size": self.size,
            "received": self.received,
            "piece": PIECE,
            "digest": self.digest,
            "created_at": self.created_at.isoformat(),
        }
