"""Values for tests, with one line for what matters in each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jupyter_toolrunner.core.artifacts import Artifact
from jupyter_toolrunner.core.ids import (
    ArtifactId,
    Digest,
    RunId,
    ToolName,
    new_artifact_id,
    new_run_id,
    new_schedule_id,
)
from jupyter_toolrunner.core.runs import Priority, Run, RunStatus
from jupyter_toolrunner.core.schedules import Rule, Schedule
from jupyter_toolrunner.core.tools import Delivery, Entry, Policy, Tool, ToolKind


def a_run(**changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": new_run_id(),
        "number": 0,
        "tool": ToolName("box.tool"),
        "version": Digest("f" * 64),
        "params": {},
        "status": RunStatus.QUEUED,
        "owner": "anna",
        "priority": Priority.DEFAULT,
        "delivery": Delivery.AT_MOST_ONCE,
        "created_at": datetime.now(UTC),
    }
    return Run(**{**values, **changes})


def a_tool(**changes: Any) -> Tool:
    values: dict[str, Any] = {
        "name": ToolName("box.tool"),
        "toolbox": "box",
        "title": "A tool",
        "kind": ToolKind.FUNCTION,
        "params_schema": {
            "type": "object",
            "properties": {
                "count": {"type": "integer", "default": 1},
                "file": {"type": "string", "format": "path"},
            },
            "additionalProperties": False,
        },
        "entry": Entry(module="box", attribute="tool"),
        "policy": Policy(),
        "version": Digest("f" * 64),
    }
    return Tool(**{**values, **changes})


def a_schedule(**changes: Any) -> Schedule:
    values: dict[str, Any] = {
        "id": new_schedule_id(),
        "name": "nightly",
        "tool": ToolName("box.tool"),
        "params": {},
        "rule": Rule(cron="0 3 * * *"),
        "owner": "anna",
    }
    return Schedule(**{**values, **changes})


def an_artifact(**changes: Any) -> Artifact:
    values: dict[str, Any] = {
        "id": ArtifactId(new_artifact_id()),
        "name": "result.json",
        "media_type": "application/json",
        "size": 4,
        "digest": Digest("a" * 64),
    }
    return Artifact(**{**values, **changes})


__all__ = ["RunId", "a_run", "a_schedule", "a_tool", "an_artifact"]
