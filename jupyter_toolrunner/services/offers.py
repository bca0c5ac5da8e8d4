"""Saying which versions of tools the workers of this place can run, and what is to be said of a run that none can."""

from __future__ import annotations

import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..core.errors import NotFound, ToolUnavailable
from ..core.ports import Catalog, OfferStore
from ..core.runs import Run, RunStatus
from ..core.settings import Settings
from ..core.tools import Tool

log = logging.getLogger(__name__)

#: Seconds for which it is believed that a place is there, and between two sayings of it.
HELD = 20.0
_RENEW = 4.0
#: Seconds between looks for changed tools.
_LOOK = 0.25
#: Seconds that a run waits before it is said that no worker has its tool: a change gets around.
_PATIENCE = 3.0
#: Seconds for which the paths of a tool are believed.
_REMEMBERED = 5.0
_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Offerer:
    """Who offers."""

    #: `core.settings.Settings.place`
    place: str
    #: Of the catalog among those of the place.
    source: str
    host: str

    @classmethod
    def of(cls, settings: Settings) -> Offerer:
        named = "\0".join(settings.toolboxes).encode(errors="surrogateescape")
        return cls(
            place=settings.place, source=hashlib.sha256(named).hexdigest()[:32], host=socket.gethostname()
        )


class OfferKeeper(threading.Thread):
    """Offers what the catalog has, as it changes, until it is closed."""

    def __init__(
        self,
        offers: OfferStore,
        catalog: Catalog,
        offerer: Offerer,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """``look``: called now and then, to bring the catalog up to date."""
        super().__init__(name="offers", daemon=True)
        self._offers = offers
        self._catalog = catalog
        self._place = (offerer.place, offerer.source)
        self._host = offerer.host
        self._look = look
        self._closing = threading.Event()
        #: What was offered: the catalog's revision, and whether it was read to its end.
        self._offered: tuple[str, bool] | None = None
        self._said_at = 0.0

    def run(self) -> None:
        while True:
            try:
                self._say()
            except Exception:
                log.warning("what this machine can run could not be said; it is tried again", exc_info=True)
                self._offered = None
                if self._closing.wait(1.0):
                    return
            if self._closing.wait(_LOOK):
                return

    def close(self) -> None:
        """Take everything back."""
        self._closing.set()
        self.join(timeout=10)
        try:
            self._offers.withdraw(*self._place)
        except Exception:
            log.info("what this machine can run is forgotten by itself soon", exc_info=True)

    def _say(self) -> None:
        # Asked before the tools are: more may come behind it.
        is_whole = not self._catalog.reading
        now = (self._catalog.revision, is_whole)
        due = time.monotonic() - self._said_at > _RENEW
        if now == self._offered and not due:
            return
        if due:
            self._look()
            self._offers.forget_lapsed()
        if now != self._offered or not self._offers.renew(*self._place, HELD):
            tools = [tool for tool in self._catalog.tools() if tool.error is None]
            self._offers.offer(*self._place, self._host, tools, HELD, all_are_known=is_whole)
            self._offered = now
        self._said_at = time.monotonic()


class ToolsHere:
    """Tools as they are on this machine, where folders may lie elsewhere than on that of the server."""

    def __init__(self, offers: OfferStore, place: str) -> None:
        self._offers = offers
        self._place = place
        self._known: dict[tuple[str, str], tuple[Tool, float]] = {}

    def find(self, tool: Tool) -> Tool:
        """The same version, with the paths of here. Raises ToolUnavailable."""
        now, key = time.monotonic(), (tool.name, tool.version)
        known, until = self._known.get(key, (None, 0.0))
        if known is None or until < now:
            known = self._offers.find(self._place, tool.name, tool.version)
            if known is None and self._offers.has_kept(self._place, tool.name, tool.version):
                return tool
            if known is None:
                self._known.pop(key, None)
                raise ToolUnavailable(
                    f"{tool.name} was changed on the worker's machine just when the run was to start.",
                    hint="Press Retry to run it as it was, where a worker has it; Run again takes it as it is now.",
                )
            self._known[key] = (known, now + _REMEMBERED)
        return known


def params_here(params: Mapping[str, Any], tool: Tool, here: Tool) -> dict[str, Any]:
    """Values that are the defaults of the one become those of the other: a script names files beside itself in them."""
    given, found = (each.params_schema.get("properties", {}) for each in (tool, here))
    return {
        name: found[name]["default"]
        if name in found
        and "default" in found[name]
        and "default" in given.get(name, {})
        and value == given[name]["default"]
        else value
        for name, value in params.items()
    }


class Waits:
    """Says of runs that wait for a worker that is not there."""

    def __init__(self, offers: OfferStore, catalog: Catalog) -> None:
        self._offers = offers
        self._catalog = catalog

    def of_run(self, run: Run) -> str | None:
        """Why no worker takes the run; None where one does, or it is too early to say."""
        if run.status is not RunStatus.QUEUED or _age(run.created_at) < _PATIENCE:
            return None
        if self._offers.is_served(run.tool, run.version):
            return None
        return self._said(run.tool, run.version)

    def problems(self) -> list[str]:
        """For the health page, the longest wait first."""
        found = self._offers.unserved(_MOST)
        return [
            f"{self._said(each.tool, each.version)} Runs that wait for it: {each.runs:,}." for each in found
        ]

    def machines(self) -> int:
        """How many have workers now."""
        return len(self._offers.hosts())

    def _said(self, name: str, version: str) -> str:
        said = f"Waits: no worker has version {version[:8]} of {name}."
        hosts: Sequence[str] = self._offers.hosts()
        if not hosts:
            return f"{said} No machine with workers has answered of late."
        try:
            now = self._catalog.find(name).version
        except NotFound:
            return f"{said} The tool is not there any more."
        if now != version:
            return f"{said} The tool was changed since: cancel this run, and run it again."
        return f"{said} Bring the toolbox up to date on {', '.join(hosts)}."


def _age(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
