"""The dashboards that people published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, Row, delete, func, select

from ..core.dashboards import Dashboard
from ..core.ids import Digest
from .dialect import insert_or_replace
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

    def put(self, dashboard: Dashboard) -> Dashboard:
        now = datetime.now(UTC)
        values = {**dashboard.to_json(), "published_at": now}
        with self._engine.begin() as connection:
            connection.execute(insert_or_replace(connection, dashboards, **values))
            row = connection.execute(select(dashboards).where(dashboards.c.name == dashboard.name)).one()
        return _dashboard_of(row)

    def remove(self, name: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(dashboards).where(dashboards.c.name == name))


def _dashboard_of(row: Row[tuple[object, ...]]) -> Dashboard:
    values = {column.name: getattr(row, column.name) for column in dashboards.columns}
    return Dashboard(**{**values, "digest": Digest(values["digest"])})
