"""Many runs of one tool that were asked for together, one for each row of params."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .errors import InvalidRequest
from .ids import BatchId, Digest, RunId, ToolName
from .runs import FINAL, Params, RunStatus

#: Characters of a title.
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    id: BatchId
    #: What people say; 0 before it is kept.
    number: int
    tool: ToolName
    version: Digest
    owner: str
    #: What people call it, such as the name of the table; may be empty.
    title: str
    created_at: datetime
    rows: int
    #: How many of its runs there are of each status.
    by_status: Mapping[RunStatus, int]

    @property
    def is_final(self) -> bool:
        return all(status in FINAL for status in self.by_status)

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.BatchShape`."""
        return {
            "id": self.id,
            "number": self.number,
            "tool": self.tool,
            "version": self.version,
            "owner": self.owner,
            "title": self.title,
            "created_at": self.created_at.isoformat().replace("+00:00", "Z"),
            "rows": self.rows,
            "by_status": {status.value: count for status, count in self.by_status.items()},
            "final": self.is_final,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What is left of a batch."""

    #: Runs that wait.
    waiting: int
    #: Of some of these, evenly picked.
    some: Sequence[Params]
    running: Mapping[RunId, Params]
    #: Runs of the owner that go before its first one that waits.
    ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlace:
    """Where a run stands in a batch."""

    id: BatchId
    number: int
    title: str
    #: From 1.
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What came of one row."""

    #: From 1, as in the table.
    row: int
    #: Number of its run.
    run: int
    run_id: RunId
    status: RunStatus
    params: Mapping[str, Any]
    #: Why it did not succeed.
    error: str | None
    #: From its start to its end.
    seconds: float | None
    #: What the tool returned; the names of its files where it gave those, or where that is `large`.
    result: Any
    #: Id of the artifact that has the result, where it is too large to stand here.
    large: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.RowOutcomeShape`."""
        return {**asdict(self), "params": dict(self.params), "status": self.status.value}


def checked_title(title: str) -> str:
    """Raises InvalidRequest."""
    clean = " ".join(title.split())
    if len(clean) > LONGEST_TITLE or not clean.isprintable():
        raise InvalidRequest(
            f"A title has {LONGEST_TITLE} printable characters at most.", field="title", hint="Shorten it."
        )
    return clean
