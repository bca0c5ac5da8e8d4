"""Results that can be taken again: only while their files are in the store."""

from __future__ import annotations

from ..core.errors import NotFound, ToolrunnerError
from ..core.ids import Digest
from ..core.ports import ArtifactStore, RunStore


class Results:
    def __init__(self, runs: RunStore, artifacts: ArtifactStore) -> None:
        self._runs = runs
        self._artifacts = artifacts

    def check(self, key: Digest) -> None:
        """Have nobody take the result where some of it is gone, as with a lost folder: the next run makes it anew."""
        contents = self._runs.result_contents(key)
        if any(not self._is_there(digest) for digest in contents):
            self._runs.drop_result(key)

    def _is_there(self, digest: Digest) -> bool:
        try:
            self._artifacts.check(digest)
        except NotFound:
            return False
        except (ToolrunnerError, OSError):
            # A store that is away has lost nothing.
            return True
        return True
