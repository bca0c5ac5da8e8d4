"""Rows to core values, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from ..core import quick_json
from ..core.after import After
from ..core.artifacts import Artifact
from ..core.ids import ArtifactId, Digest, RunId, ToolName
from ..core.runs import Attempt, Priority, Progress, Reason, Reused, Run, RunError, RunStatus
from ..core.tools import Delivery
from ..core.uploads import Upload

#: Calling the class takes several times as long.
_STATUS = {status.value: status for status in RunStatus}
_DELIVERY = {delivery.value: delivery for delivery in Delivery}
_REASON = {reason.value: reason for reason in Reason}


def params_text(params: Mapping[str, Any]) -> str:
    return json.dumps(params, ensure_ascii=True)


def run_of(row: Row[Any], *, artifacts: tuple[Artifact, ...] = (), attempts: tuple[Attempt, ...] = ()) -> Run:
    return Run(
        id=RunId(row.id),
        number=row.number,
        tool=ToolName(row.tool),
        version=Digest(row.version),
        params=quick_json.loads(row.params),
        status=_STATUS[row.status],
        reason=_reason(row.reason),
        error=_error(row.error),
        progress=Progress(**row.progress) if row.progress else None,
        owner=row.owner,
        priority=Priority.of_rank(row.priority),
        delivery=_DELIVERY[row.delivery],
        attempt=row.attempt,
        worker=row.worker,
        attempts_left=row.attempts_left,
        ready_at=None if row.ready_at is None else datetime.fromtimestamp(row.ready_at, UTC),
        cancel_requested=row.cancel_requested,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        tags=tuple(row.tags or ()),
        note=row.note,
        origin=row.origin and RunId(row.origin),
        chain=row.chain and RunId(row.chain),
        after=After.from_json(row.after) if row.after else None,
        awaited=row.awaited,
        edits=row.edits,
        reuse=row.reuse,
        reuse_key=row.reuse_key and Digest(row.reuse_key),
        reused=Reused.from_json(row.reused) if row.reused else None,
        artifacts=artifacts,
        attempts=attempts,
    )


def run_values(run: Run, created_at: datetime) -> dict[str, Any]:
    """The columns of a new run."""
    return {
        "id": run.id,
        "tool": run.tool,
        "version": run.version,
        "params": params_text(run.params),
        "status": run.status.value,
        "owner": run.owner,
        "priority": run.priority.rank,
        "delivery": run.delivery.value,
        "attempt": 0,
        "origin": run.origin,
        "after": run.after and run.after.to_json(),
        "cancel_requested": False,
        "created_at": created_at,
        "queued_at": created_at,
        **({} if run.reuse is None else _of_reuse(run)),
    }


def _of_reuse(run: Run) -> dict[str, Any]:
    """Most runs have nothing of this."""
    return {
        "finished_at": run.finished_at,
        "reuse": run.reuse,
        "reuse_key": run.reuse_key,
        "reused": run.reused and run.reused.to_json(),
    }


def attempt_of(row: Row[Any], environment: Mapping[str, Any] | None) -> Attempt:
    return Attempt(
        number=row.number,
        status=RunStatus(row.status),
        reason=_reason(row.reason),
        error=_error(row.error),
        worker=row.worker,
        started_at=row.started_at,
        finished_at=row.finished_at,
        log_size=row.log_size,
        environment=environment,
        freed_at=row.freed_at,
        freed_by=row.freed_by,
    )


def artifact_of(row: Row[Any]) -> Artifact:
    return Artifact(
        id=ArtifactId(row.id),
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        digest=Digest(row.digest),
        attempt=row.attempt,
        metadata=row.metadata,
        freed_at=row.freed_at,
        freed_by=row.freed_by,
    )


def upload_of(row: Row[Any]) -> Upload:
    return Upload(
        id=ArtifactId(row.id),
        name=row.name,
        size=row.size,
        owner=row.owner,
        created_at=row.created_at,
        received=row.size if row.digest else 0,
        digest=Digest(row.digest) if row.digest else None,
        used_at=row.used_at,
    )


def _reason(value: str | None) -> Reason | None:
    return _REASON[value] if value else None


def _error(value: Mapping[str, Any] | None) -> RunError | None:
    return RunError.from_json(value) if value else None
