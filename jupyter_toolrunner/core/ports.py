"""What the services need of the outside, as Protocols. ``testing`` has an in-memory twin of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from .artifacts import Artifact, Output
from .events import Event
from .ids import Digest, RunId, ToolName, WorkerId
from .runs import Attempt, Params, Progress, Reason, Run, RunError, RunStatus
from .tools import Delivery, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    tool: str | None = None
    statuses: frozenset[RunStatus] = frozenset()
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A worker's right to one attempt."""

    run: Run
    #: The attempt's number: whoever holds an older one may not publish.
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What renewing a lease answered."""

    held: bool
    cancel_requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended, with the files that it left."""

    status: RunStatus
    reason: Reason | None = None
    error: RunError | None = None
    outputs: tuple[Output, ...] = ()


class ToolStore(Protocol):
    """Keeps every version of every tool that a run was made of."""

    def keep(self, tool: Tool) -> None: ...

    def get(self, name: ToolName, version: Digest) -> Tool: ...


class RunStore(Protocol):
    """The truth about runs. Every method is one transaction; times are the database's."""

    def insert(
        self, run: Run, *, idempotency_key: str | None = None, request_digest: str = ""
    ) -> tuple[Run, bool]:
        """Keep a new run; with a key seen before, the run of then and False.

        Raises Conflict where the same key came with another request.
        """

    def get(self, run: str) -> Run:
        """By id or by number, with attempts and artifacts. Raises NotFound."""

    def page(
        self, where: RunFilter, *, limit: int, before: int | None = None
    ) -> tuple[Sequence[Run], int | None]:
        """Newest first; the second value is where the next page starts."""

    def claim(self, worker: WorkerId, lease_seconds: float) -> Claim | None: ...

    def renew(
        self, run: RunId, fence: int, lease_seconds: float, progress: Progress | None = None
    ) -> Lease: ...

    def finish(
        self, run: RunId, fence: int, outcome: Outcome, artifacts: Sequence[Artifact], attempt: Attempt
    ) -> Run:
        """Write the end of an attempt. Raises LeaseLost where another attempt owns the run."""

    def request_cancel(self, run: RunId) -> Run:
        """A run that waits is canceled at once; a running one is asked to stop."""

    def requeue(self, run: RunId) -> Run:
        """A failed or canceled run waits again, for its next attempt. Raises Conflict."""

    def reap(self, *, dead_workers: Iterable[WorkerId] = ()) -> Sequence[Run]:
        """End attempts whose lease lapsed or whose worker is known to be dead."""

    def waiting(self) -> int: ...


class ArtifactStore(Protocol):
    """Bytes by digest: kept once, however often produced."""

    def put(self, path: Path) -> tuple[Digest, int]: ...

    def open(self, digest: Digest) -> BinaryIO: ...

    def path(self, digest: Digest) -> Path:
        """A local file with the content, not to be changed."""


class LogStore(Protocol):
    """The log of each attempt, in bytes; offsets count from its start."""

    def append(self, run: RunId, attempt: int, offset: int, data: bytes) -> None: ...

    def read(self, run: RunId, attempt: int, offset: int, limit: int) -> bytes: ...

    def size(self, run: RunId, attempt: int) -> int: ...


class Doorbell(Protocol):
    """Tells workers that something waits. Never raises: the sweep rings again."""

    def ring(self, run: RunId) -> bool: ...


class EventStream(Protocol):
    """Never raises: whoever missed an event fetches."""

    def publish(self, event: Event) -> None: ...


class Catalog(Protocol):
    """The tools that can be submitted now."""

    def tools(self) -> Sequence[Tool]: ...

    def find(self, name: str) -> Tool:
        """By full name, or by a short name that is unambiguous. Raises NotFound, Ambiguous."""

    def search(self, query: str, category: str | None = None) -> Sequence[Tool]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSpec:
    """All that a runner needs to make one attempt."""

    run: RunId
    number: int
    attempt: int
    tool: Tool
    params: Params
    #: An empty folder for this attempt alone; the runner works below it, the caller removes it.
    directory: Path
    #: Added to the environment of the run's process.
    environment: Mapping[str, str] = field(default_factory=dict)


class StopRequest(Protocol):
    """Becomes readable when the attempt must end."""

    def fileno(self) -> int: ...

    def reason(self) -> Reason | None:
        """None for a cancel; else the limit or loss that ended it."""


class Runner(Protocol):
    """Makes attempts, one at a time, each in a process of its own."""

    def run(
        self,
        spec: AttemptSpec,
        *,
        on_log: Callable[[bytes], None],
        on_progress: Callable[[Progress], None],
        stop: StopRequest,
    ) -> Outcome:
        """Blocks until the attempt ended and no process of it is left; never raises for what the tool did."""

    def prepare(self, tool: Tool) -> None:
        """Have a process ready for the next attempt of the tool; returns at once."""

    def environment(self, tool: Tool) -> Mapping[str, Any]:
        """What the attempt runs in: ``python``, ``platform``, ``host``, ``packages``."""

    def close(self) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime: ...


__all__ = [
    "ArtifactStore",
    "AttemptSpec",
    "Catalog",
    "Claim",
    "Clock",
    "Delivery",
    "Doorbell",
    "EventStream",
    "Lease",
    "LogStore",
    "Outcome",
    "RunFilter",
    "RunStore",
    "Runner",
    "StopRequest",
    "ToolStore",
]
