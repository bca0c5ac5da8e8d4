"""Artifacts: the files that a run produced."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from .ids import ArtifactId, Digest

#: What the standard table lacks or gives differently from one system to the next.
_MEDIA_TYPES = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".feather": "application/vnd.apache.arrow.file",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".ipynb": "application/x-ipynb+json",
    ".graphml": "application/graphml+xml",
    ".gexf": "application/gexf+xml",
    ".geojson": "application/geo+json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
    ".xml": "application/xml",
    ".sqlite": "application/vnd.sqlite3",
    ".log": "text/plain",
    ".txt": "text/plain",
    ".py": "text/x-python",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".zip": "application/zip",
    ".whl": "application/zip",
    ".tar": "application/x-tar",
    ".tar.gz": "application/x-tar+gzip",
    ".tgz": "application/x-tar+gzip",
    ".tar.bz2": "application/x-tar+bzip2",
    ".tar.xz": "application/x-tar+xz",
    ".gz": "application/gzip",
    ".vl.json": "application/vnd.vegalite.v5+json",
    ".plotly.json": "application/vnd.plotly.v1+json",
    ".graph.json": "application/vnd.toolrunner.graph+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file that an attempt left, before it is in the store."""

    #: Relative, with ``/`` between its parts; never absolute, never with ``..``.
    name: str
    path: Path
    media_type: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: What would be in the file, where it was told and never written.
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    id: ArtifactId
    name: str
    media_type: str
    #: Bytes.
    size: int
    digest: Digest
    #: Number of the attempt that made it.
    attempt: int = 1
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: When a rule freed its content, and which one.
    freed_at: datetime | None = None
    freed_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.ArtifactShape`."""
        return {
            "id": self.id,
            "name": self.name,
            "media_type": self.media_type,
            "size": self.size,
            "digest": self.digest,
            "attempt": self.attempt,
            "metadata": self.metadata,
            "freed_at": self.freed_at and self.freed_at.isoformat().replace("+00:00", "Z"),
            "freed_by": self.freed_by,
        }


@lru_cache(maxsize=1000)
def media_type_of(name: str) -> str:
    """The media type by the name's ending; ``application/octet-stream`` where none is known."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    for ending in ("".join(suffixes[-2:]), "".join(suffixes[-1:])):
        if ending in _MEDIA_TYPES:
            return _MEDIA_TYPES[ending]
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
