"""Toolboxes that people add: checked, kept over restarts, and taken up by every server of one database."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from ..core.errors import Conflict, InvalidRequest, NotFound
from ..core.events import Event
from ..core.folders import is_shared
from ..core.ports import Catalog, EventStream, ToolboxStore
from ..core.toolboxes import Toolbox

#: Seconds that adding waits for the reading, to say at once where there is no tool.
_PATIENCE = 20.0
_LONGEST_PATH = 1000


class ToolboxService:
    def __init__(self, store: ToolboxStore, catalog: Catalog, events: EventStream) -> None:
        self._store = store
        self._catalog = catalog
        self._events = events
        self._lock = threading.Lock()
        #: Places that are being added, and by how many: another change of the list leaves them in it.
        self._tried: dict[str, int] = {}

    def all(self) -> Sequence[Toolbox]:
        return self._catalog.toolboxes()

    def include(self) -> None:
        """Take up what was added or removed, here or by another server."""
        with self._lock:
            self._catalog.include(list(dict.fromkeys([*self._store.all(), *self._tried])))

    def add(self, path: str, owner: str) -> Toolbox:
        """Read it, and keep it where there is a tool in it. Raises InvalidRequest, Conflict; nothing is added then."""
        place = _checked(path)
        if (known := self._at(place)) is not None:
            raise Conflict(
                f"{place} is a toolbox already: {known.title}.",
                hint="A file that is missing in its list is no tool. Others appear by themselves when they are saved.",
            )
        with self._lock:
            self._tried[str(place)] = self._tried.get(str(place), 0) + 1
        try:
            self.include()
            is_read = self._catalog.refresh(wait=True, timeout=_PATIENCE)
            toolbox = self._at(place)
            if toolbox is not None and (toolbox.tools or not is_read):
                self._store.add(str(place), owner)
                self._tell()
                return toolbox
        finally:
            with self._lock:
                self._tried[str(place)] -= 1
                if not self._tried[str(place)]:
                    del self._tried[str(place)]
        self.include()
        # Whoever looks after the refusal finds nothing of it in the list.
        self._catalog.refresh(wait=True, timeout=_PATIENCE)
        raise InvalidRequest(
            f"Nothing in {place} is a tool.",
            field="path",
            hint="Nothing was added. A tool is a script that is run by itself, or a function with @tool.",
        )

    def remove(self, toolbox: str) -> None:
        """By its id; its files and its runs stay. Raises NotFound, Conflict."""
        found = next((one for one in self._catalog.toolboxes() if one.id == toolbox), None)
        if found is None:
            raise NotFound(f"There is no toolbox {toolbox[:100]!r}.")
        if not found.added:
            raise Conflict(
                f"{found.title} was not added here.",
                hint="The configuration or an installed package brings it; it can be taken out there.",
            )
        self._store.remove(found.place)
        self.include()
        self._catalog.refresh(wait=True, timeout=_PATIENCE)
        self._tell()

    def _at(self, place: Path) -> Toolbox | None:
        return next((toolbox for toolbox in self._catalog.toolboxes() if toolbox.place == str(place)), None)

    def _tell(self) -> None:
        """Other servers of this database include it, and every browser fetches its tools."""
        self._events.publish(Event(type="tools", owner=None, data={}))


def _checked(path: str) -> Path:
    """An absolute path that can be read as a toolbox."""
    if not path.strip() or "\0" in path or len(path) > _LONGEST_PATH:
        raise _refused("This is no path.", "Name a folder with scripts, such as /home/me/scripts.")
    place = Path(os.path.normpath(os.path.expanduser(path.strip())))
    if not place.is_absolute():
        raise _refused(f"{place} is no absolute path.", "It begins with / or with ~.")
    try:
        is_folder, is_file = place.is_dir(), place.is_file()
    except OSError as error:
        raise _refused(f"{place}: {error.strerror}", "Ask its owner for access.") from None
    if not is_folder and not is_file:
        raise _refused(f"There is no {place} on the server.", "Look at its spelling.")
    if is_file and place.suffix not in (".py", ".ipynb"):
        raise _refused(
            f"{place.name} is not a folder, nor a Python script or a notebook.",
            "Choose a folder, a .py or an .ipynb file.",
        )
    if is_folder and is_shared(place):
        raise _refused(
            f"{place} holds much more than scripts.", "Choose the folder in it where the scripts are."
        )
    if not os.access(place, os.R_OK | (os.X_OK if is_folder else 0)):
        raise _refused(f"{place} may not be read.", "Ask its owner for access.")
    return place


def _refused(message: str, hint: str) -> InvalidRequest:
    return InvalidRequest(message, field="path", hint=f"Nothing was added. {hint}")
