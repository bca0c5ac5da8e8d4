"""Whether a folder can be written to: what is free says nothing of quotas, failing disks and read-only mounts."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

#: More than what a file system keeps inside of a folder's own entry.
_TRIED = bytes(16_384)


def refusal(folder: Path) -> str | None:
    """Why nothing can be written below the folder, or None where it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_TRIED)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return None
