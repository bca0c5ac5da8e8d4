"""Which versions of tools the workers of each place can run, for as long as somebody says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    and_,
    delete,
    exists,
    func,
    insert,
    literal_column,
    not_,
    select,
    update,
)

from ..core.ids import Digest, ToolName
from ..core.ports import Unserved
from ..core.runs import RunStatus
from ..core.tools import Tool
from .clock import now_seconds
from .dialect import insert_new
from .serving import LIVES, served
from .tables import offers, places, runs

#: Rows of one statement.
_MANY = 200


class SqlOfferStore:
    """`core.ports.OfferStore` on PostgreSQL or SQLite."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def offer(
        self,
        place: str,
        source: str,
        host: str,
        tools: Sequence[Tool],
        seconds: float,
        *,
        all_are_known: bool,
    ) -> None:
        wanted = {(tool.name, tool.version): tool for tool in tools}
        ours = and_(offers.c.place == place, offers.c.source == source)
        with self._engine.begin() as connection:
            self._see(connection, place, source, host, seconds)
            known = {
                (row.tool, row.version): row.description
                for row in connection.execute(
                    select(offers.c.tool, offers.c.version, offers.c.description).where(ours)
                )
            }
            descriptions = {key: _described(tool) for key, tool in wanted.items()}
            gone = [key for key in known if key not in wanted] if all_are_known else []
            for name, version in [
                *gone,
                *(key for key, text in descriptions.items() if known.get(key, text) != text),
            ]:
                connection.execute(
                    delete(offers).where(ours, offers.c.tool == name, offers.c.version == version)
                )
            for rows in _in_parts([key for key, text in descriptions.items() if known.get(key) != text]):
                connection.execute(
                    insert(offers),
                    [
                        {
                            "tool": name,
                            "version": version,
                            "place": place,
                            "source": source,
                            "description": descriptions[name, version],
                        }
                        for name, version in rows
                    ],
                )

    def renew(self, place: str, source: str, seconds: float) -> bool:
        ours = and_(places.c.place == place, places.c.source == source)
        with self._engine.begin() as connection:
            renewed = update(places).where(ours).values(seen_until=now_seconds() + seconds)
            return connection.execute(renewed).rowcount > 0

    def withdraw(self, place: str, source: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(places).where(places.c.place == place, places.c.source == source))
            self._forget_unseen(connection)

    def forget_lapsed(self) -> None:
        lapsed = places.c.seen_until < now_seconds()
        with self._reader.begin() as connection:
            if connection.execute(select(places.c.place).where(lapsed).limit(1)).one_or_none() is None:
                return
        with self._engine.begin() as connection:
            connection.execute(delete(places).where(lapsed))
            self._forget_unseen(connection)

    def find(self, place: str, name: ToolName, version: Digest) -> Tool | None:
        query = select(offers.c.description).where(
            offers.c.tool == name, offers.c.version == version, offers.c.place == place
        )
        with self._reader.begin() as connection:
            row = connection.execute(query.limit(1)).one_or_none()
        return None if row is None else Tool.from_json(row.description)

    def has_kept(self, place: str, name: ToolName, version: Digest) -> bool:
        with self._reader.begin() as connection:
            return bool(connection.execute(select(served(name, version, offers.c.place == place))).scalar())

    def is_served(self, name: ToolName, version: Digest) -> bool:
        with self._reader.begin() as connection:
            return bool(connection.execute(select(served(name, version, LIVES))).scalar())

    def unserved(self, limit: int) -> Sequence[Unserved]:
        can_run = served(runs.c.tool, runs.c.version, LIVES)
        query = (
            select(runs.c.tool, runs.c.version, func.count().label("waiting"))
            # Written out, for the partial index of those that wait.
            .where(runs.c.status == literal_column(f"'{RunStatus.QUEUED.value}'"), not_(can_run))
            .group_by(runs.c.tool, runs.c.version)
            .order_by(func.min(runs.c.number))
            .limit(limit)
        )
        with self._reader.begin() as connection:
            return [
                Unserved(tool=ToolName(row.tool), version=Digest(row.version), runs=row.waiting)
                for row in connection.execute(query)
            ]

    def hosts(self) -> Sequence[str]:
        query = select(places.c.host).where(places.c.seen_until > now_seconds()).distinct()
        with self._reader.begin() as connection:
            return sorted(connection.scalars(query))

    def _see(self, connection: Connection, place: str, source: str, host: str, seconds: float) -> None:
        ours = and_(places.c.place == place, places.c.source == source)
        connection.execute(
            insert_new(connection, places, place=place, source=source, host=host, seen_until=0.0)
        )
        # Also the lock by which two that speak for the same place take turns.
        connection.execute(update(places).where(ours).values(seen_until=now_seconds() + seconds))

    def _forget_unseen(self, connection: Connection) -> None:
        seen = exists().where(places.c.place == offers.c.place, places.c.source == offers.c.source)
        connection.execute(delete(offers).where(not_(seen)))


def _described(tool: Tool) -> Mapping[str, Any]:
    """What a run needs; what people read of it is kept once, with the version."""
    return replace(tool, source="", description="", translations={}).to_json()


def _in_parts(keys: list[tuple[ToolName, Digest]]) -> Iterator[list[tuple[ToolName, Digest]]]:
    for start in range(0, len(keys), _MANY):
        yield keys[start : start + _MANY]
