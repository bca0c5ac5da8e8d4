"""What follows the end of a run: those that waited for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from ..core.after import Rule
from ..core.errors import NotAvailable
from ..core.ids import RunId
from ..core.ports import EventStream, FollowerStore
from ..core.runs import Run, RunStatus
from .events import announce

log = logging.getLogger(__name__)

#: Runs of which it is told that they wait again.
_TOLD = 500


class Followers:
    """Whoever ends a run says so here; what is missed because a process died is found by `sweep`."""

    def __init__(self, store: FollowerStore, events: EventStream, ring: Callable[[RunId], object]) -> None:
        self._store = store
        self._events = events
        self._ring = ring

    def follow(self, ended: Run) -> None:
        """Never raises for a database that is away: the sweep does it later."""
        if not ended.awaited or not ended.status.is_final:
            return
        try:
            self._take_up(self._store.release(ended.id))
        except NotAvailable:
            log.warning(
                "what waits for run #%s is looked at later: the database is away", ended.number, exc_info=True
            )

    def sweep(self) -> None:
        """Raises NotAvailable."""
        for ended in self._store.ended():
            self._take_up(self._store.release(ended))

    def tell_waiting(self, again: Run) -> None:
        """Of what waits for a run that is tried again, as it may have failed with it before."""
        left = [again]
        told = 0
        while left and told < _TOLD:
            one = left.pop()
            waiting = [
                run
                for run in (self._store.followers(one.id, limit=_TOLD) if one.awaited else ())
                if run.status is RunStatus.WAITING
            ]
            for run in waiting:
                announce(self._events, run)
            told += len(waiting)
            left += waiting

    def _take_up(self, changed: Iterable[Run]) -> None:
        for run in changed:
            announce(self._events, run)
            if run.status is RunStatus.QUEUED:
                self._ring(run.id)


def why_it_waits(run: Run, store: FollowerStore, otherwise: Callable[[Run], str | None]) -> str | None:
    """A sentence for whoever looks at a run that waits for others; ``otherwise`` has one for those that wait for more."""
    if run.status is RunStatus.WAITING and run.after is not None and run.ready_at is None:
        return _SENTENCES[run.after.rule].format(_named(store.awaited(run.id)))
    if run.status is RunStatus.WAITING and run.reuse_key is not None and run.ready_at is None:
        same = [each for each in store.awaited(run.id) if not each.status.is_final]
        return _SAME.format(_named(same)) if same else None
    return otherwise(run)


_SENTENCES = {
    Rule.ALL_SUCCEEDED: "It starts when all that it waits for have succeeded: {}.",
    Rule.ALL_ENDED: "It starts when all that it waits for have ended: {}.",
    Rule.ANY_ENDED: "It starts when one that it waits for has ended: {}.",
    Rule.ANY_FAILED: "It starts when one that it waits for has failed: {}.",
}
_SAME = "It takes the result of {}, which is the same and under way; should that fail, it runs itself."
_NAMED = 10


def _named(awaited: Sequence[Run]) -> str:
    named = [f"#{run.number} ({run.tool})" for run in awaited[:_NAMED]]
    if len(awaited) > _NAMED:
        named.append(f"{len(awaited) - _NAMED} more")
    return ", ".join(named)
