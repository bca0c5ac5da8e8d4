"""Dashboards: publishing a notebook, and what of it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.dashboards import (
    LONGEST_TITLE,
    Dashboard,
    Notebook,
    checked,
    name_for,
    needs_kernel,
    title_of,
)
from ..core.errors import Conflict, Forbidden, InvalidRequest, NotAvailable, NotFound
from ..core.ports import ArtifactStore, DashboardStore

_LONGEST_PATH = 1000
_MOST_NAMES = 10_000


class DashboardService:
    def __init__(
        self, store: DashboardStore, artifacts: ArtifactStore, folders: Callable[[], Sequence[Path]]
    ) -> None:
        """``folders``: where the dashboards lie that packages and administrators bring as files."""
        self._store = store
        self._artifacts = artifacts
        self._folders = folders

    def all(self) -> Sequence[Dashboard]:
        """Those that were published, then those that came as files; a published one goes before a file of its name."""
        published = self._store.all()
        names = {dashboard.name for dashboard in published}
        return [*published, *(one for one in self._files() if one.name not in names)]

    def get(self, name: str) -> tuple[Dashboard, Notebook]:
        """With the notebook as it was published. Raises NotFound, NotAvailable."""
        found = next((one for one in self.all() if one.name == name), None)
        if found is None:
            raise NotFound(
                f"There is no dashboard {name[:100]!r}.",
                hint="It may have been withdrawn; the list of dashboards has those that are there.",
            )
        if found.digest:
            return found, json.loads(self._artifacts.path(found.digest).read_bytes())
        for folder in self._folders():
            path = folder / f"{name}.ipynb"
            if path.is_file():
                return found, _read(path)
        raise NotFound(f"The file of the dashboard {name!r} is not there any more.")

    def publish(self, notebook: Any, path: str, owner: str, *, title: str = "", name: str = "") -> Dashboard:
        """Show the notebook as it is now; one that was published before is replaced, under its address.

        Raises InvalidRequest, and Conflict where another notebook has the name; nothing is changed then.
        """
        content = checked(notebook)
        place = _checked_path(path)
        if len(title) > LONGEST_TITLE:
            raise InvalidRequest(
                f"The title has {len(title)} characters; {LONGEST_TITLE} fit.", field="title"
            )
        title = " ".join(title.split()) or title_of(content, place)
        digest, _size = self._artifacts.put_content(json.dumps(content, ensure_ascii=True).encode())
        made = Dashboard(
            name=name_for(name or title),
            title=title,
            path=place,
            digest=digest,
            live=needs_kernel(content),
            owner=owner,
        )
        known = {one.name: one for one in self._store.all()}
        same = (one for one in known.values() if _is_same(one, made, is_asked=bool(name)))
        before = next((one for one in same if not name or one.name == made.name), None)
        if before is not None:
            return self._store.replace(replace(made, name=before.name))
        return self._inserted(made, known, is_asked=bool(name))

    def withdraw(self, name: str, user: str) -> None:
        """The notebook stays. Raises NotFound; Conflict for one that came as a file, Forbidden for another's."""
        dashboard, _ = self.get(name)
        if not dashboard.digest:
            raise Conflict(
                f"{dashboard.title} came as a file with an installed package.",
                hint="Publish another notebook under its name to have that shown instead.",
            )
        if dashboard.owner != user:
            raise Forbidden(
                f"{dashboard.title} was published by {dashboard.owner}.",
                hint="Nothing was changed. Ask them to withdraw it.",
            )
        self._store.remove(name)

    def _inserted(self, made: Dashboard, known: Mapping[str, Dashboard], *, is_asked: bool) -> Dashboard:
        """Under a free name; another server may take one at the same moment. Raises Conflict."""
        for number in range(1, _MOST_NAMES):
            wanted = replace(made, name=made.name if number == 1 else f"{made.name}-{number}")
            if wanted.name not in known and (kept := self._store.insert(wanted)) is not None:
                return kept
            if is_asked:
                break
        other = known.get(made.name)
        raise Conflict(
            f"Another notebook is published as {made.name!r}"
            + (f": {other.path or other.title}, by {other.owner}." if other else "."),
            hint="Nothing was published. Choose another name, or have that one withdrawn.",
        )

    def _files(self) -> list[Dashboard]:
        found: dict[str, Dashboard] = {}
        for folder in self._folders():
            for path in sorted(folder.glob("*.ipynb")):
                try:
                    notebook = _read(path)
                except NotAvailable:
                    continue  # told where somebody opens it
                one = Dashboard(
                    name=path.stem, title=title_of(notebook, path.name), live=needs_kernel(notebook)
                )
                found.setdefault(one.name, one)
        return list(found.values())


def _is_same(one: Dashboard, other: Dashboard, *, is_asked: bool) -> bool:
    """Whether a person publishes the same notebook once more: by its path, or by the name that they ask for where one has no
    path."""
    if one.owner != other.owner:
        return False
    if is_asked and not (one.path and other.path):
        return True
    return bool(one.path) and one.path == other.path


def _read(path: Path) -> Notebook:
    try:
        return checked(json.loads(path.read_bytes()))
    except (OSError, ValueError, InvalidRequest) as error:
        raise NotAvailable(f"The dashboard {path} cannot be read: {error}") from error


def _checked_path(path: str) -> str:
    """Relative to the server's folder, without steps upwards."""
    parts = [part for part in path.strip().split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path or len(path) > _LONGEST_PATH:
        raise InvalidRequest(
            "This is no path in the server's folder.", field="path", hint="Nothing was published."
        )
    return "/".join(parts)
