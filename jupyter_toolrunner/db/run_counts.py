"""How many runs there are of each tool, owner and status, without counting them: `run_facts.py` keeps it with the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    case,
    func,
    literal,
    literal_column,
    select,
    text,
    union_all,
)

from ..core.history import RunFilter
from .dialect import AMONG, given_of
from .prepared import Prepared, within
from .run_facts import has_changed
from .tables import run_counts, run_facts, runs

KEYS = ("tool", "owner", "status")


def are_counted(where: RunFilter) -> bool:
    """Whether these runs are told by their counts alone."""
    return replace(where, tools=frozenset(), owners=frozenset(), statuses=frozenset()).is_empty


def counted(connection: Connection) -> Subquery:
    """What was counted, without the runs that changed since, and with those as they are now."""
    before = select(*_kinds(connection, run_facts), literal(-1).label("runs"))
    now = select(*_kinds(connection, runs), literal(1).label("runs"))
    return union_all(
        select(*(run_counts.c[key] for key in KEYS), run_counts.c.runs),
        before.where(has_changed(connection, run_facts.c.number)),
        now.where(has_changed(connection, runs.c.number)),
    ).subquery("counted")


def _kinds(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    """Written so that SQLite takes no index for what is asked of them: the numbers of the changed runs lead to these few."""
    sign = "+" if connection.dialect.name == "sqlite" else ""
    return [literal_column(f"{sign}{table.name}.{key}", table.c[key].type).label(key) for key in KEYS]


def counts(connection: Connection, where: RunFilter, *keys: str) -> Select[Any]:
    """The sums in ``runs`` for each of the keys: tool, owner, status."""
    kinds = counted(connection).c
    total = func.sum(kinds.runs)
    columns: list[ColumnElement[Any]] = [kinds[key] for key in keys]
    query = select(*columns, total.label("runs"))
    for key, wanted in _wanted(where):
        query = query.where(kinds[key].in_(wanted))
    return query.group_by(*columns).having(total > 0) if keys else query


def _wanted(where: RunFilter) -> Iterator[tuple[str, list[str]]]:
    statuses = {status.value for status in where.statuses}
    for key, wanted in zip(KEYS, (where.tools, where.owners, statuses), strict=True):
        if wanted:
            yield key, sorted(wanted)


def kept(connection: Connection, where: RunFilter) -> tuple[int, int]:
    """How many of them are kept, and how many of all: nearly `count`, for whoever plans by it."""
    asked = dict(_wanted(where))
    given = {key: given_of(connection.dialect.name, asked[key]) if key in asked else None for key in KEYS}
    row = within(connection).one(_KEPT[connection.dialect.name], given)
    return int(row.asked or 0), int(row.of_all or 0)


_ANY = {"sqlite": "(:{1} IS NULL OR {among})", "postgresql": "(CAST(:{1} AS {2}[]) IS NULL OR {among})"}


def _kept_of(dialect: str) -> Prepared:
    conditions = " AND ".join(
        _ANY[dialect].format(
            f"run_counts.{key}",
            key,
            "VARCHAR",
            among=AMONG[dialect].format(f"run_counts.{key}", key, "VARCHAR"),
        )
        for key in KEYS
    )
    asked = func.sum(case((text(conditions), run_counts.c.runs), else_=0)).label("asked")
    columns = [Column("asked", BigInteger), Column("of_all", BigInteger)]
    return Prepared(select(asked, func.sum(run_counts.c.runs).label("of_all")), columns)


_KEPT = {dialect: _kept_of(dialect) for dialect in AMONG}


def count(connection: Connection, where: RunFilter) -> int:
    return int(connection.execute(counts(connection, where)).scalar() or 0)
