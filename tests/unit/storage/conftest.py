"""Files of every kind, and what previews say of them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.artifacts import Artifact, media_type_of
from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.ids import ArtifactId, Digest
from jupyter_toolrunner.core.ports import TableQuery
from jupyter_toolrunner.storage.previews.reader import FolderPreviews


class Shelf:
    """A folder of files with their previews."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.previews = FolderPreviews(folder / "cache")

    def put(self, name: str, content: bytes | str) -> tuple[Artifact, Path]:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.found(path)

    def found(self, path: Path) -> tuple[Artifact, Path]:
        content = path.read_bytes()
        artifact = Artifact(
            id=ArtifactId(path.name),
            name=path.name,
            media_type=media_type_of(path.name),
            size=len(content),
            digest=Digest(hashlib.sha256(content).hexdigest()),
        )
        return artifact, path

    def table(self, file: tuple[Artifact, Path], **query: Any) -> Mapping[str, Any]:
        page = ready(lambda: self.previews.table(*file, TableQuery(**query)))
        assert isinstance(page, Mapping)
        return page

    def json(
        self, file: tuple[Artifact, Path], at: int | None = None, offset: int = 0, limit: int = 100
    ) -> Mapping[str, Any]:
        value = ready(lambda: self.previews.json(*file, at, offset, limit))["value"]
        assert isinstance(value, dict)
        return value


def ready(ask: Callable[[], Any]) -> Any:
    """The answer when all of it is there."""
    deadline = time.monotonic() + 60
    while True:
        answer = ask()
        if answer is not None and (not isinstance(answer, Mapping) or answer["state"] == "ready"):
            return answer
        assert time.monotonic() < deadline, answer


def told(ask: Callable[[], Any]) -> Any:
    """The answer, or the refusal in its stead."""
    try:
        return ask()
    except InvalidRequest as error:
        return error


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.previews.close()
