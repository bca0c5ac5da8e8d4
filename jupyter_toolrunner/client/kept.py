"""Files that were fetched and are handed out as paths: there until this process ends."""

from __future__ import annotations

import tempfile
from functools import lru_cache


def kept_folder() -> str:
    """A new folder, which goes with the process."""
    return tempfile.mkdtemp(dir=_root().name)


@lru_cache(maxsize=1)
def _root() -> tempfile.TemporaryDirectory[str]:
    # Removed when it is collected, which is at exit: the cache holds it.
    return tempfile.TemporaryDirectory(prefix="toolrunner-results-", ignore_cleanup_errors=True)
