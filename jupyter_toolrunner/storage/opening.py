"""The stores that the settings name: folders, or a store that is reached over the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.ports import ArtifactStore, LogStore, UploadFiles
from ..core.settings import Settings
from .artifacts import FolderArtifactStore
from .logs import FolderLogStore
from .uploads import FolderUploads

#: How often a worker that cannot reach its store tries again: it has a result to lose.
_PATIENCE_OF_WORKERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    artifacts: ArtifactStore
    logs: LogStore
    uploads: UploadFiles


def open_storage(settings: Settings, *, spool: Path | None = None) -> Storage:
    """``spool``: a worker's folder for logs that are not in the store yet. Raises NotAvailable without its library."""
    if settings.artifacts_in_folder:
        folder = settings.artifacts_dir
        return Storage(
            artifacts=FolderArtifactStore(folder),
            logs=FolderLogStore(folder),
            uploads=FolderUploads(folder / "uploads"),
        )
    from .bucket import Bucket
    from .copies import LocalCopies
    from .remote_artifacts import RemoteArtifactStore
    from .remote_logs import RemoteLogStore
    from .remote_uploads import RemoteUploads

    bucket = Bucket(settings.artifacts_url, patience=_PATIENCE_OF_WORKERS if spool else 1)
    cache = settings.data_dir / "cache"
    return Storage(
        artifacts=RemoteArtifactStore(bucket, LocalCopies(cache / "artifacts", settings.cache_limit)),
        logs=RemoteLogStore(bucket, spool or cache / "logs"),
        uploads=RemoteUploads(bucket, cache / "uploads"),
    )
