"""Runs and their attempts: values, statuses and the rules between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from .after import After
from .artifacts import Artifact
from .ids import Digest, RunId, ToolName
from .tools import Delivery

Params = Mapping[str, Any]


class RunStatus(StrEnum):
    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        return self in FINAL


FINAL = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELED, RunStatus.SKIPPED})


class Reason(StrEnum):
    """Why a run failed."""

    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"
    PROCESSES = "processes"
    OPEN_FILES = "open_files"
    LOST_WORKER = "lost_worker"
    UPSTREAM = "upstream"


class Priority(StrEnum):
    HIGH = "high"
    DEFAULT = "default"
    LOW = "low"

    @property
    def rank(self) -> int:
        """What the claim orders by: lower goes first."""
        return {"high": 0, "default": 1, "low": 2}[self.value]

    @classmethod
    def of_rank(cls, rank: int) -> Priority:
        return (cls.HIGH, cls.DEFAULT, cls.LOW)[rank]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of a traceback."""

    file: str
    line: int
    function: str
    text: str = ""
    #: Whether it is code of the tool and not of a library.
    own: bool = False


#: Type of the error where somebody else killed the run's process, which is no fault of the tool; no class has this name.
KILLED = "killed (SIGKILL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """What went wrong in an attempt."""

    #: Name of the exception, or a word such as ``exit``, ``signal``, ``lost_worker``.
    type: str
    message: str
    hint: str | None = None
    #: Outermost first.
    frames: tuple[Frame, ...] = ()
    traceback: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunError:
        return cls(**{**data, "frames": tuple(Frame(**frame) for frame in data["frames"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    done: float
    total: float | None = None
    text: str = ""
    #: Seconds from the start of the attempt until so much was done; None where nobody has looked.
    reached: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """The earlier run whose result a run took; that one may be gone."""

    run: RunId
    number: int
    owner: str
    finished_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "number": self.number,
            "owner": self.owner,
            "finished_at": _iso(self.finished_at),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reused:
        return cls(
            run=RunId(data["run"]),
            number=data["number"],
            owner=data["owner"],
            finished_at=datetime.fromisoformat(data["finished_at"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    #: 1 for the first; it is also the fence.
    number: int
    status: RunStatus
    worker: str
    started_at: datetime
    finished_at: datetime | None = None
    reason: Reason | None = None
    error: RunError | None = None
    #: Bytes of log that were kept.
    log_size: int = 0
    environment: Mapping[str, Any] | None = None
    #: When a rule freed its log, and which one; the end of it stays for search.
    freed_at: datetime | None = None
    freed_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.AttemptShape`."""
        return {
            "number": self.number,
            "status": self.status.value,
            "reason": self.reason and self.reason.value,
            "error": self.error and self.error.to_json(),
            "worker": self.worker,
            "started_at": _iso(self.started_at),
            "finished_at": _iso(self.finished_at),
            "log_size": self.log_size,
            "environment": self.environment,
            "freed_at": _iso(self.freed_at),
            "freed_by": self.freed_by,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    id: RunId
    number: int
    tool: ToolName
    version: Digest
    params: Params
    status: RunStatus
    owner: str
    priority: Priority
    delivery: Delivery
    created_at: datetime
    reason: Reason | None = None
    error: RunError | None = None
    progress: Progress | None = None
    #: Number of the current or last attempt; 0 before the first.
    attempt: int = 0
    worker: str | None = None
    #: Attempts that are still made by themselves, should this one fail.
    attempts_left: int = 0
    #: When a run that waits is queued by itself.
    ready_at: datetime | None = None
    cancel_requested: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None
    #: The run that this one was made from, by "run again".
    origin: RunId | None = None
    #: The run that its chain began with; None for that one itself. The store knows it.
    chain: RunId | None = None
    #: What it waits for, or waited for, before it may start.
    after: After | None = None
    #: Whether others wait for it, or did.
    awaited: bool = False
    #: How often people changed tags, note, params or priority: of two views, the one with more is newer.
    edits: int = 0
    #: Whether it may take the result of an earlier run that was the same; False where only others may take its own, None
    #: where neither is so.
    reuse: bool | None = None
    #: What it has in common with runs that are the same, as far as that was known when it was submitted: `core.reuse`.
    reuse_key: Digest | None = None
    #: Whose result it took.
    reused: Reused | None = None
    artifacts: tuple[Artifact, ...] = ()
    #: Only where one run was asked for.
    attempts: tuple[Attempt, ...] = field(default=())

    def kept(self, *, number: int, created_at: datetime, attempts_left: int) -> Run:
        """The same with what the store gave it. Of thousands at once: `dataclasses.replace` takes three times as long."""
        copy = object.__new__(Run)
        for put, value in zip(_PUT.values(), _VALUES(self), strict=True):
            put(copy, value)
        for name, value in (("number", number), ("created_at", created_at), ("attempts_left", attempts_left)):
            _PUT[name](copy, value)
        return copy

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire, without attempts: `api.schemas.RunShape`."""
        return {
            "id": self.id,
            "number": self.number,
            "tool": self.tool,
            "version": self.version,
            "params": self.params,
            "status": self.status.value,
            "reason": self.reason and self.reason.value,
            "error": self.error and self.error.to_json(),
            "progress": self.progress and self.progress.to_json(),
            "owner": self.owner,
            "priority": self.priority.value,
            "delivery": self.delivery.value,
            "attempt": self.attempt,
            "worker": self.worker,
            "attempts_left": self.attempts_left,
            "ready_at": _iso(self.ready_at),
            "cancel_requested": self.cancel_requested,
            "created_at": _iso(self.created_at),
            "started_at": _iso(self.started_at),
            "finished_at": _iso(self.finished_at),
            "tags": list(self.tags),
            "note": self.note,
            "origin": self.origin,
            "chain": self.chain,
            "after": self.after and self.after.to_json(),
            "awaited": self.awaited,
            "edits": self.edits,
            "reuse": self.reuse,
            "reused": self.reused and self.reused.to_json(),
            "artifacts": [artifact.to_json() for artifact in self.artifacts],
            "attempts": None,
        }


_NAMES = tuple(each.name for each in fields(Run))
_VALUES = attrgetter(*_NAMES)
#: Sets a field of a run that nobody has seen yet.
_PUT = {name: getattr(Run, name).__set__ for name in _NAMES}


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")
