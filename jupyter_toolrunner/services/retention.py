"""What ended runs left is freed by the rules of the configuration, once a day; never silently."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from ..core.errors import NotAvailable
from ..core.events import Event
from ..core.ids import Digest, RunId
from ..core.limits import size_text
from ..core.ports import ArtifactStore, EventStream, LogStore, RetentionStore
from ..core.retention import Choice, Cleaning, Freed, Kept, Retention, choose, summed
from ..core.runs import Params

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
#: What was kept within this time stays in the store: the run that keeps it may not be written down yet.
_GRACE = timedelta(days=1)


class RetentionService:
    def __init__(
        self,
        store: RetentionStore,
        artifacts: ArtifactStore,
        logs: LogStore,
        rules: Retention,
        events: EventStream,
        named: Callable[[], Sequence[Params] | None] = list,
    ) -> None:
        """``named``: params that are kept elsewhere, such as presets in files; None while they are not known yet."""
        self._store = store
        self._artifacts = artifacts
        self._logs = logs
        self.rules = rules
        self._events = events
        self._named = named

    def look(self, by: str = "") -> Cleaning:
        """What a cleaning would free now."""
        choice = self._chosen()
        needed = self._store.needed(choice.freed)
        return summed(choice.freed, self._store.now(), by, needed, choice.notes)

    def clean(self, by: str = "") -> Cleaning:
        """Free what the rules say. Whoever ends this at any moment leaves nothing that claims to be there and is not."""
        choice = self._chosen()
        for note in choice.notes:
            log.warning("%s", note)
        at, counted = self._store.now(), set[RunId]()

        def tell(some: Sequence[Freed], needed: frozenset[Digest]) -> Cleaning:
            cleaning = summed(some, at, by, needed, choice.notes, counted)
            counted.update(one.left.run for one in some)
            return cleaning

        cleaning = self._store.free(choice.freed, tell, named=self._named() or ())
        self._remove(at)
        self._events.publish(Event(type="cleaning", owner=None, data={}))
        if cleaning.logs or cleaning.artifacts:
            log.info(
                "freed %d logs (%s) and %d artifacts (%s): %s",
                cleaning.logs,
                size_text(cleaning.log_bytes),
                cleaning.artifacts,
                size_text(cleaning.artifact_bytes),
                "; ".join(f"{rule}: {count}" for rule, count in cleaning.rules.items()),
            )
        return cleaning

    def cleanings(self, limit: int = 20) -> list[dict[str, object]]:
        """The newest first."""
        return [dict(one) for one in self._store.cleanings(limit)]

    def clean_if_due(self) -> bool:
        """Once a day, of all servers that share the database."""
        newest = next((datetime.fromisoformat(str(one["at"])) for one in self._store.cleanings(1)), None)
        if newest is not None and newest > self._store.now() - EVERY:
            return False
        self.clean()
        return True

    def _chosen(self) -> Choice:
        now, chosen = self._store.now(), Choice()
        for kind in Kept:
            if self.rules.rule(kind).words():
                named = self._named() if kind is Kept.ARTIFACT else ()
                if named is None:
                    chosen.notes.append(
                        "Toolboxes are still being read: of artifacts nothing is freed before."
                    )
                    continue
                of_kind = choose(self._store.left(kind, named), self.rules, now)
                chosen.freed += of_kind.freed
                chosen.notes += of_kind.notes
        return chosen

    def _remove(self, now: datetime) -> None:
        """What is to leave the store, also what an earlier cleaning did not come to."""
        last = ""
        while found := self._store.leaving_logs(last):
            for run, attempt in found:
                last = f"{run}/{attempt}"
                with _going_on(last):
                    self._logs.remove(run, attempt)
                    self._store.is_gone(Kept.LOG, last)
        last = ""
        while some := self._store.leaving_contents(last):
            for digest, needed in some:
                last = digest
                with _going_on(digest):
                    if needed:
                        self._artifacts.restore(digest)
                    # What was kept lately waits for the next cleaning.
                    if needed or self._artifacts.remove(digest, now - _GRACE):
                        self._store.is_gone(Kept.ARTIFACT, digest)


@contextmanager
def _going_on(what: str) -> Iterator[None]:
    """What cannot be removed now is at the next cleaning; the others do not wait for it."""
    try:
        yield
    except (OSError, NotAvailable):
        log.warning("%s could not be removed; the next cleaning tries again", what, exc_info=True)
