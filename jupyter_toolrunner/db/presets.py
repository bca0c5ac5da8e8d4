"""Presets in the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from ..core.errors import NotFound
from ..core.ids import PresetId, ToolName
from ..core.presets import Preset, name_taken
from ..core.runs import Params
from .dialect import insert_new
from .rows import params_text
from .tables import preset_defaults, presets


class SqlPresetStore:
    """`core.ports.PresetStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)

    def seen_by(self, user: str, tool: ToolName) -> Sequence[Preset]:
        query = (
            select(presets)
            .where(presets.c.tool == tool, or_(presets.c.owner == user, presets.c.shared))
            .order_by(func.lower(presets.c.name), presets.c.id)
        )
        with self._reader.begin() as connection:
            return [_preset_of(row) for row in connection.execute(query)]

    def get(self, preset: PresetId) -> Preset:
        with self._reader.begin() as connection:
            row = connection.execute(select(presets).where(presets.c.id == preset)).one_or_none()
        if row is None:
            raise NotFound("This preset is not there any more.", hint="Its values may be in the last runs.")
        return _preset_of(row)

    def insert(self, preset: Preset) -> Preset:
        now = datetime.now(UTC)
        values = {
            "id": preset.id,
            "tool": preset.tool,
            "owner": preset.owner,
            "created_at": now,
            "updated_at": now,
            "name": preset.name,
            "shared": preset.shared,
            "params": params_text(preset.params),
        }
        return self._written(insert(presets).values(values).returning(presets), preset.name)

    def change(
        self,
        preset: PresetId,
        *,
        name: str | None = None,
        params: Params | None = None,
        shared: bool | None = None,
    ) -> Preset:
        given = {
            "name": name,
            "shared": shared,
            "params": None if params is None else params_text(params),
        }
        values = {column: value for column, value in given.items() if value is not None}
        if not values:
            return self.get(preset)
        statement = (
            update(presets)
            .where(presets.c.id == preset)
            .values(**values, updated_at=datetime.now(UTC))
            .returning(presets)
        )
        return self._written(statement, name or "")

    def delete(self, preset: PresetId) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(presets).where(presets.c.id == preset))
            connection.execute(delete(preset_defaults).where(preset_defaults.c.preset == preset))

    def default_of(self, user: str, tool: ToolName) -> PresetId | None:
        query = select(preset_defaults.c.preset).where(_default(user, tool))
        with self._reader.begin() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else PresetId(found)

    def set_default(self, user: str, tool: ToolName, preset: PresetId | None) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(preset_defaults).where(_default(user, tool)))
            if preset is not None:
                values = {"tool": tool, "owner": user, "preset": preset}
                connection.execute(insert_new(connection, preset_defaults, **values))

    def _written(self, statement: Any, name: str) -> Preset:
        try:
            with self._engine.begin() as connection:
                row = connection.execute(statement).one_or_none()
        except IntegrityError:
            raise name_taken(name) from None
        if row is None:
            raise NotFound("This preset is not there any more.")
        return _preset_of(row)


def _default(user: str, tool: ToolName) -> Any:
    return and_(preset_defaults.c.owner == user, preset_defaults.c.tool == tool)


def _preset_of(row: Row[Any]) -> Preset:
    return Preset(
        id=PresetId(row.id),
        tool=ToolName(row.tool),
        name=row.name,
        params=json.loads(row.params),
        owner=row.owner,
        shared=row.shared,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
