"""Whether all parts do their work, and since when one does not."""

from __future__ import annotations

import logging
import re
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..core.errors import ToolrunnerError
from ..core.ports import Catalog

log = logging.getLogger(__name__)

#: Bytes free below which the health page is no longer content.
LEAST_FREE = 500 * 2**20
#: Seconds between looks that nobody asked for, so that it is known since when something is wrong.
_EVERY = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is looked at. None of it may raise anything but ToolrunnerError."""

    #: Raises where the database does not answer.
    database: Callable[[], None]
    #: Whether the queue answers.
    queue: Callable[[], bool]
    #: How many workers of this machine live.
    workers: Callable[[], int]
    #: How many machines have workers for this database; 0 where it is one of a single machine.
    machines: Callable[[], int]
    #: Sentences on runs that nobody takes; asked only while the database answers.
    unattended: Callable[[int], Sequence[str]]
    catalog: Catalog
    #: Why nothing can be written below a folder; None where it can.
    refusal: Callable[[Path], str | None]
    #: Those that runs need, the data folder first. Of the others the first artifact makes sure that they are there.
    folders: Sequence[Path]


class Health(threading.Thread):
    """Looks now and then, and whenever somebody asks."""

    def __init__(self, parts: Parts, instance: str) -> None:
        super().__init__(name="health", daemon=True)
        self._parts = parts
        self._instance = instance
        self._lock = threading.Lock()
        #: By what is wrong, without its numbers, which change.
        self._since: dict[str, datetime] = {}
        self._closing = threading.Event()

    def run(self) -> None:
        while not self._closing.wait(_EVERY):
            try:
                self.look()
            except Exception:
                log.warning("the parts could not be looked at; it is tried again", exc_info=True)

    def close(self) -> None:
        self._closing.set()

    def look(self) -> Mapping[str, Any]:
        """What `GET health` answers, but for the version."""
        parts, problems = self._parts, list[str]()
        database = self._database(problems)
        queue = "ok" if parts.queue() else "away"
        if queue == "away":
            problems.append("The queue does not answer. Runs are accepted and start when it is back.")
        workers = parts.workers()
        of_toolboxes = parts.catalog.problems()
        problems += of_toolboxes
        machines = 0
        if database == "ok":
            # It may go away between two questions.
            try:
                problems += parts.unattended(workers)
                machines = parts.machines()
            except ToolrunnerError as error:
                database = _away(error, problems)
        disk = self._disk(problems)
        return {
            "status": "degraded" if problems else "ok",
            "instance": self._instance,
            "database": database,
            "queue": queue,
            "artifacts": disk,
            "workers": workers,
            "machines": machines,
            "tools": len(parts.catalog.tools()),
            "reading": parts.catalog.reading,
            "problems": problems,
            "problems_since": [time.isoformat() for time in self._noted(problems)],
            "toolbox_problems": of_toolboxes,
        }

    def _noted(self, problems: Sequence[str]) -> list[datetime]:
        """Since when there is each; what is no longer there is forgotten."""
        keys = [re.sub(r"\d+", "#", problem) for problem in problems]
        with self._lock:
            now = datetime.now(UTC)
            self._since = {key: self._since.get(key, now) for key in keys}
            return [self._since[key] for key in keys]

    def _database(self, problems: list[str]) -> str:
        try:
            self._parts.database()
        except ToolrunnerError as error:
            return _away(error, problems)
        return "ok"

    def _disk(self, problems: list[str]) -> str:
        folder = self._parts.folders[0]
        for each in self._parts.folders:
            if each.is_dir() and (why := self._parts.refusal(each)):
                problems.append(
                    f"Nothing can be written below {each}: {why}. Runs are refused or fail until that is mended; "
                    "those that wait go on by themselves then."
                )
                return "away"
        try:
            free = shutil.disk_usage(folder).free
        except OSError as error:
            problems.append(f"The data folder {folder} cannot be used: {error.strerror}.")
            return "away"
        if free >= LEAST_FREE:
            return "ok"
        problems.append(f"Only {free // 2**20} MiB are free below {folder}.")
        return "nearly full"


def _away(error: ToolrunnerError, problems: list[str]) -> str:
    problems.append(f"The database does not answer: {error.message.rstrip('.')}.")
    return "away"
