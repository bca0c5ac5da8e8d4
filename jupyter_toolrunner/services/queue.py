"""The queue as people see it and put it in order: who waits where and for what, holds, limits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..core.errors import InvalidRequest, NotFound, ToolrunnerError
from ..core.events import Event
from ..core.ids import ToolName
from ..core.outlook import Stay
from ..core.ports import Catalog, Doorbell, EventStream, QueueStore, RunStore
from ..core.queue import WHOLE, Destination, Limits, Moved, QueueLine, QueuePage, QueueRule, Wait, WaitKind
from ..core.runs import Run, RunStatus
from .events import announce
from .outlook import QueueOutlook

log = logging.getLogger(__name__)

#: Runs that one request moves.
MOST = 1_000
_LONGEST_NOTE = 200
#: Destinations that need a run beside which the others are put.
_BESIDE = ("before", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolInQueue:
    """What holds the runs of a tool back."""

    rule: QueueRule
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    #: The rule of the whole queue.
    whole: QueueRule
    limits: Limits
    running: int
    tools: Sequence[ToolInQueue]
    lines: Sequence[QueueLine]
    #: Runs that wait for others, for a time or for their next attempt.
    later: int

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.lines)


class QueueService:
    def __init__(
        self,
        *,
        queue: QueueStore,
        runs: RunStore,
        doorbell: Doorbell,
        events: EventStream,
        limits: Limits,
        outlook: QueueOutlook,
        unattended: Callable[[Run], str | None] = lambda _run: None,
    ) -> None:
        """``unattended``: why no worker has what a run needs; None where one has."""
        self._outlook = outlook
        self._queue = queue
        self._runs = runs
        self._doorbell = doorbell
        self._events = events
        self._limits = limits
        self._unattended = unattended

    def state(self) -> QueueState:
        rules, running = self._queue.rules(), self._queue.running()
        return QueueState(
            whole=rules.get(WHOLE, QueueRule(tool=WHOLE)),
            limits=self._limits,
            running=sum(running.values()),
            tools=[
                ToolInQueue(rule=rule, running=_of_tool(running, tool))
                for tool, rule in sorted(rules.items())
                if tool != WHOLE
            ],
            lines=self._queue.lines(),
            later=self._queue.later(),
        )

    def page(self, *, offset: int, limit: int, owner: str | None = None) -> QueuePage:
        return self._queue.page(offset=offset, limit=limit, owner=owner)

    def stays(self, page: QueuePage, *, owner: str | None = None) -> Sequence[Stay]:
        """When each run of a page begins and ends; ``owner`` as for the page."""
        return self._outlook.stays(page, self.waits, owner=owner)

    def position(self, run: Run) -> int | None:
        """From 1; None where it does not stand in the queue."""
        return self._queue.position(run)

    def waits(self, runs: Sequence[Run]) -> Sequence[Wait | None]:
        """What each waits for beside a free worker."""
        if not any(run.status is RunStatus.QUEUED for run in runs):
            return [None] * len(runs)
        rules, running = self._queue.rules(), self._queue.running()
        return [self._wait(run, rules, running) for run in runs]

    def said_of(self, run: Run) -> str | None:
        """The same as a sentence."""
        wait = self.waits([run])[0]
        return None if wait is None else wait.text

    def _wait(
        self, run: Run, rules: Mapping[str, QueueRule], running: Mapping[tuple[str, str], int]
    ) -> Wait | None:
        if run.status is not RunStatus.QUEUED:
            return None
        whole, of_tool = rules.get(WHOLE), rules.get(run.tool)
        if whole is not None and whole.held_by is not None:
            return Wait(kind="queue_held", by=whole.held_by, since=whole.held_at, note=whole.note)
        if of_tool is not None and of_tool.held_by is not None:
            return Wait(kind="tool_held", by=of_tool.held_by, since=of_tool.held_at, note=of_tool.note)
        if said := self._unattended(run):
            return Wait(kind="no_worker", said=said)
        of_owner = sum(count for (owner, _), count in running.items() if owner == run.owner)
        checked: list[tuple[int | None, int, WaitKind]] = [
            (None if of_tool is None else of_tool.max_running, _of_tool(running, run.tool), "tool_limit"),
            (self._limits.user, of_owner, "user_limit"),
            (self._limits.total, sum(running.values()), "total_limit"),
        ]
        for limit, now, kind in checked:
            if limit is not None and now >= limit:
                return Wait(kind=kind, running=now, limit=limit)
        return None

    # -- what people do -----------------------------------------------------------------------------------------

    def hold(self, tool: str | None, *, by: str, note: str = "") -> QueueRule:
        """Nothing of it starts until it is released; what runs goes on. Raises Conflict where it is held already."""
        if len(note) > _LONGEST_NOTE:
            raise InvalidRequest(
                f"The note has {len(note)} characters.",
                field="note",
                hint=f"Write {_LONGEST_NOTE} at most.",
            )
        rule = self._queue.hold(_key(tool), by=by, note=note.strip())
        self._tell()
        return rule

    def release(self, tool: str | None) -> QueueRule:
        """Raises Conflict where it is not held."""
        rule = self._queue.release(_key(tool))
        self._tell()
        self._ring()
        return rule

    def move(self, ids: Sequence[str], to: Destination, beside: str | None = None) -> Moved:
        """Put runs of one owner, in the order that they have, before or behind another one of theirs, or to an end.

        They take the priority of where they come to. Raises InvalidRequest, NotFound, Conflict.
        """
        if len(ids) > MOST:
            raise InvalidRequest(
                f"{len(ids):,} runs are too many for one request.",
                field="ids",
                hint=f"Send {MOST:,} at most.",
            )
        if (to in _BESIDE) != (beside is not None):
            raise InvalidRequest(
                f"{to!r} {'needs' if to in _BESIDE else 'takes no'} run beside it.", field="beside"
            )
        moved = self._queue.move([self._id(run) for run in ids], to, beside and self._id(beside))
        for run in moved.runs:
            announce(self._events, run)
        if moved.runs:
            self._tell()
        return moved

    def _id(self, run: str) -> str:
        """Runs that are gone are refused one by one."""
        if not run.isdecimal():
            return run
        try:
            return self._runs.get(run).id
        except NotFound:
            return run

    # -- limits -------------------------------------------------------------------------------------------------

    def learn(self, catalog: Catalog, names: Sequence[str]) -> None:
        """Tools were read: their limits hold from now on, for what waits too. Never raises."""
        try:
            known = {tool.name: tool.policy.max_running for tool in catalog.tools()}
            limits = {name: known.get(ToolName(name)) for name in names}
            if self._queue.set_limits(limits):
                self._tell()
                self._ring()
        except ToolrunnerError:
            log.warning("the limits of tools could not be kept", exc_info=True)
        except Exception:
            log.exception("the limits of tools could not be kept")

    def _tell(self) -> None:
        self._events.publish(Event(type="queue", owner=None, data={}))

    def _ring(self) -> None:
        if waits := self._runs.next_queued():
            self._doorbell.ring_everybody(waits[0])


def _key(tool: str | None) -> str:
    return WHOLE if tool is None else tool


def _of_tool(running: Mapping[tuple[str, str], int], tool: str) -> int:
    return sum(count for (_, of), count in running.items() if of == tool)
