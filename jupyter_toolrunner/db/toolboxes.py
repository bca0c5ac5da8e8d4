"""The toolboxes that people added to those of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, select

from .dialect import insert_new
from .tables import toolboxes


class SqlToolboxStore:
    """`core.ports.ToolboxStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[str]:
        query = select(toolboxes.c.path).order_by(toolboxes.c.added_at, toolboxes.c.path)
        with self._engine.execution_options(read_only=True).begin() as connection:
            return list(connection.execute(query).scalars())

    def add(self, path: str, owner: str) -> None:
        with self._engine.begin() as connection:
            now = datetime.now(UTC)
            connection.execute(insert_new(connection, toolboxes, path=path, owner=owner, added_at=now))

    def remove(self, path: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(toolboxes).where(toolboxes.c.path == path))
