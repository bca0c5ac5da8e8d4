"""Marks of artifacts that something is about to name, so that none is freed before whoever names it has committed.

The mark and what frees are updates of one row: of the two the later one sees what the earlier one did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, select, update

from ..core.retention import IN_USE
from .tables import artifacts

#: A younger mark is as good as a new one: of a batch's thousands of rows one writes.
_AS_NEW = IN_USE / 2
#: Artifacts that one statement names.
_AT_ONCE = 500


def mark(reader: Engine, writer: Engine, which: ColumnElement[bool]) -> tuple[int, Sequence[Any]]:
    """How many of them are there, for a day at least; and the rows of those that were freed."""
    columns = (
        artifacts.c.id,
        artifacts.c.name,
        artifacts.c.used_at,
        artifacts.c.freed_at,
        artifacts.c.freed_by,
    )
    query = select(*columns).where(which)
    with reader.begin() as connection:
        found = connection.execute(query).all()
    now = datetime.now(UTC)
    old = [one.id for one in found if one.freed_at is None and not _is_new(one.used_at, now - _AS_NEW)]
    for start in range(0, len(old), _AT_ONCE):
        some = old[start : start + _AT_ONCE]
        with writer.begin() as connection:
            there = (artifacts.c.id.in_(some), artifacts.c.freed_at.is_(None))
            connection.execute(update(artifacts).where(*there).values(used_at=now))
    if old:
        # One may have been freed just before its mark.
        with reader.begin() as connection:
            found = connection.execute(query).all()
    freed = [one for one in found if one.freed_at is not None]
    return len(found) - len(freed), freed


def _is_new(used_at: datetime | None, since: datetime) -> bool:
    return used_at is not None and used_at > since
