"""Locks of a PostgreSQL database that have no row: what has one of them waits for nothing that has another."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """Their numbers; any will do, as long as no other program of the database has the same."""

    UPGRADE = 7_366_104
    HISTORY_INDEX = 7_366_105
    CLAIM = 7_366_106
    MOVE = 7_366_107
