"""Values that name an earlier artifact instead of a path: ``{"artifact": "<id>"}``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.artifacts import Artifact
from ..core.errors import InvalidParams, NotFound, Problem
from ..core.ports import ArtifactStore
from ..core.tools import Schema
from ..core.values import replaced


def artifact_of(value: Any) -> str | None:
    """The artifact's id, where the value names one."""
    if isinstance(value, Mapping) and set(value) == {"artifact"} and isinstance(value["artifact"], str):
        return value["artifact"]
    return None


def with_paths(params: Mapping[str, Any], path_of: Callable[[str, str], str]) -> dict[str, Any]:
    """The params with each artifact replaced by ``path_of(field, id)``; lists are looked into."""

    def path(field: str, value: Any) -> Any:
        artifact = artifact_of(value)
        return value if artifact is None else path_of(field, artifact)

    return replaced(params, path)


def check(params: Mapping[str, Any], schema: Schema, find: Callable[[str], object]) -> dict[str, Any]:
    """The params with a stand-in for each artifact, so that the schema can be applied.

    Raises InvalidParams where an artifact does not exist or the field takes no file.
    """

    def stand_in(field: str, artifact: str) -> str:
        # Looked up here: most params name no file, and there may be thousands of rows of them.
        if field.split("[", maxsplit=1)[0] not in set(path_fields(schema)):
            raise InvalidParams([Problem(field, "This field takes no file, so it cannot take an artifact.")])
        try:
            find(artifact)
        except NotFound as error:
            raise InvalidParams([Problem(field, error.message)]) from None
        return artifact

    return with_paths(params, stand_in)


def path_fields(schema: Any) -> Iterator[str]:
    """Names of the properties that take a path, wherever in the schema they are declared."""
    if isinstance(schema, Mapping):
        for name, declared in dict(schema.get("properties") or {}).items():
            if _takes_path(declared):
                yield name
        for part in ("allOf", "anyOf", "oneOf"):
            for one in schema.get(part) or ():
                yield from path_fields(one)
        for part in ("then", "else"):
            yield from path_fields(schema.get(part))


def _takes_path(declared: Any) -> bool:
    if not isinstance(declared, Mapping):
        return False
    if str(declared.get("format", "")).endswith("path"):
        return True
    return any(_takes_path(one) for one in (*declared.get("anyOf", ()), declared.get("items")))


def fetch(
    artifact: Artifact, store: ArtifactStore, folder: Path, copy: Callable[[Path, Path], object]
) -> str:
    """A local file with the artifact's content, under its own name, that the tool may not spoil for others."""
    target = folder / artifact.id / Path(artifact.name).name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(store.path(artifact.digest), target)
    return str(target)
