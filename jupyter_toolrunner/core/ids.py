"""Identifiers: one type for each kind, so that they are not mixed up."""

from __future__ import annotations

import os
import threading
import time
from typing import NewType

RunId = NewType("RunId", str)
ArtifactId = NewType("ArtifactId", str)
PresetId = NewType("PresetId", str)
BatchId = NewType("BatchId", str)
ScheduleId = NewType("ScheduleId", str)
#: ``toolbox.tool``, unique among the toolboxes of one server.
ToolName = NewType("ToolName", str)
#: Hex SHA-256 of some content.
Digest = NewType("Digest", str)
#: Name of a worker, unique while it lives: ``host:pid:n``.
WorkerId = NewType("WorkerId", str)

_lock = threading.Lock()
_last = 0
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
#: Two characters at a time: batches make thousands of ids.
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]


def _time_ordered() -> str:
    """26 characters: 48 bits of milliseconds, then 80 random bits (the layout of a ULID).

    What one process makes within a millisecond is in the order in which it was made, too: files of a run keep theirs.
    """
    global _last  # noqa: PLW0603 - the one number that two ids have in common
    moment = time.time_ns() // 1_000_000
    with _lock:
        value = (
            _last + 1 if _last >> 80 == moment else moment << 80 | int.from_bytes(os.urandom(10), "big") >> 1
        )
        _last = value
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def new_run_id() -> RunId:
    return RunId(_time_ordered())


def new_artifact_id() -> ArtifactId:
    return ArtifactId(_time_ordered())


def new_batch_id() -> BatchId:
    return BatchId(_time_ordered())


def new_preset_id() -> PresetId:
    return PresetId(_time_ordered())


def new_schedule_id() -> ScheduleId:
    return ScheduleId(_time_ordered())
