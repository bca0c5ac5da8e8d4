"""The dashboards that people published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select

from ..core.dashboards import Dashboard
from ..core.ids import Digest
from .dialect import insert_new, insert_or_replace
from .tables import dashboards


class SqlDashboardStore:
    """`core.ports.DashboardStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def all(self) -> Sequence[Dashboard]:
        query = select(dashboards).order_by(func.lower(dashboards.c.title), dashboards.c.name)
        with self._reader.begin() as connection:
            return [_dashboard_of(row) for row in connection.execute(query)]

    def insert(self, dashboard: Dashboard) -> Dashboard | None:
        with self._engine.begin() as connection:
            inserted = insert_new(connection, dashboards, **_values(dashboard)).returning(dashboards)
            row = connection.execute(inserted).one_or_none()
        return None if row is None else _dashboard_of(row)

    def replace(self, dashboard: Dashboard) -> Dashboard:
        with self._engine.begin() as connection:
            connection.execute(insert_or_replace(connection, dashboards, **_values(dashboard)))
            return _one(connection, dashboard.name)

    def remove(self, name: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(dashboards).where(dashboards.c.name == name))


def _values(dashboard: Dashboard) -> dict[str, Any]:
    return {**dashboard.to_json(), "published_at": datetime.now(UTC)}


def _one(connection: Connection, name: str) -> Dashboard:
    return _dashboard_of(connection.execute(select(dashboards).where(dashboards.c.name == name)).one())


def _dashboard_of(row: Row[tuple[object, ...]]) -> Dashboard:
    values = {column.name: getattr(row, column.name) for column in dashboards.columns}
    return Dashboard(**{**values, "digest": Digest(values["digest"])})
