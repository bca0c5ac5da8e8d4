"""Small state of each user."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, delete, func, select

from ..core.preferences import Preference, encode
from .dialect import insert_or_replace
from .tables import preferences


class SqlPreferenceStore:
    """`core.ports.PreferenceStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    def all(self, owner: str) -> Sequence[Preference]:
        query = select(preferences).where(preferences.c.owner == owner).order_by(preferences.c.key)
        with self._reading.begin() as connection:
            return [_preference(row) for row in connection.execute(query)]

    def get(self, owner: str, key: str) -> Preference | None:
        query = select(preferences).where(preferences.c.owner == owner, preferences.c.key == key)
        with self._reading.begin() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _preference(row)

    def put(self, owner: str, preference: Preference) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert_or_replace(
                    connection,
                    preferences,
                    owner=owner,
                    key=preference.key,
                    value=encode(preference.value),
                    updated_at=preference.updated_at,
                )
            )

    def delete(self, owner: str, key: str) -> bool:
        command = delete(preferences).where(preferences.c.owner == owner, preferences.c.key == key)
        with self._engine.begin() as connection:
            return connection.execute(command).rowcount > 0

    def count(self, owner: str) -> int:
        query = select(func.count()).select_from(preferences).where(preferences.c.owner == owner)
        with self._reading.begin() as connection:
            return connection.execute(query).scalar_one()


def _preference(row: Row[Any]) -> Preference:
    return Preference(key=row.key, value=json.loads(row.value), updated_at=row.updated_at)
