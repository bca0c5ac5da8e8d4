"""How many runs there are of each tool, owner and status, without counting them: `run_facts.py` keeps it with the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, func, literal, select, union_all

from ..core.history import RunFilter
from .run_facts import has_changed
from .tables import run_counts, run_facts, runs


def are_counted(where: RunFilter) -> bool:
    """Whether these runs are told by their counts alone."""
    return replace(where, tools=frozenset(), owners=frozenset(), statuses=frozenset()).is_empty


def counted(connection: Connection) -> Subquery:
    """What was counted, without the runs that changed since, and with those as they are now."""
    before = select(run_facts.c.tool, run_facts.c.owner, run_facts.c.status, literal(-1).label("runs"))
    now = select(runs.c.tool, runs.c.owner, runs.c.status, literal(1).label("runs"))
    return union_all(
        select(run_counts.c.tool, run_counts.c.owner, run_counts.c.status, run_counts.c.runs),
        before.where(has_changed(connection, run_facts.c.number)),
        now.where(has_changed(connection, runs.c.number)),
    ).subquery("counted")


def counts(connection: Connection, where: RunFilter, *keys: str) -> Select[Any]:
    """The sums in ``runs`` for each of the keys: tool, owner, status."""
    kinds = counted(connection).c
    total = func.sum(kinds.runs)
    columns: list[ColumnElement[Any]] = [kinds[key] for key in keys]
    query = select(*columns, total.label("runs"))
    for column, wanted in (
        (kinds.tool, where.tools),
        (kinds.owner, where.owners),
        (kinds.status, {status.value for status in where.statuses}),
    ):
        if wanted:
            query = query.where(column.in_(sorted(wanted)))
    return query.group_by(*columns).having(total > 0) if keys else query


def count(connection: Connection, where: RunFilter) -> int:
    return int(connection.execute(counts(connection, where)).scalar() or 0)
