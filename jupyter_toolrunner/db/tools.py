"""Every version of every tool that a run was made of."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, and_, select, update

from ..core.errors import NotFound
from ..core.ids import Digest, ToolName
from ..core.tools import Tool
from .dialect import insert_new
from .tables import tools

#: Seconds for which what was read once is believed.
_BELIEVED = 5.0


class SqlToolStore:
    """`core.ports.ToolStore` on SQLite or PostgreSQL."""

    #: Versions remembered in this process; a tool's version never changes.
    _LIMIT = 2000

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)
        #: With the time until which they are believed: a toolbox may be moved.
        self._kept: dict[tuple[str, str], tuple[Tool, float]] = {}

    def keep(self, tool: Tool, code: Digest | None = None) -> None:
        known, _ = self._kept.get((tool.name, tool.version), (None, 0.0))
        if code is None and known is not None and _place(known.to_json()) == _place(tool.to_json()):
            return
        with self._engine.begin() as connection:
            connection.execute(
                insert_new(
                    connection,
                    tools,
                    name=tool.name,
                    version=tool.version,
                    description=tool.to_json(),
                    created_at=datetime.now(UTC),
                    code=code,
                )
            )
            if code is not None:
                # An earlier release kept the version without its files, and without their digests.
                without = and_(*_is(tool.name, tool.version), tools.c.code.is_(None))
                connection.execute(update(tools).where(without).values(code=code, description=tool.to_json()))
            found = connection.execute(select(tools.c.description).where(*_is(tool.name, tool.version)))
            if _place(found.scalar_one()) != _place(tool.to_json()):
                # The same files in another folder: from there it runs now.
                moved = {"description": tool.to_json()} | ({"code": code} if code is not None else {})
                connection.execute(update(tools).where(*_is(tool.name, tool.version)).values(moved))
        self._remember(tool)

    def get(self, name: ToolName, version: Digest) -> Tool:
        known, until = self._kept.get((name, version), (None, 0.0))
        if known is not None and time.monotonic() < until:
            return known
        tool = Tool.from_json(self._row(name, version).description)
        self._remember(tool)
        return tool

    def code(self, name: ToolName, version: Digest) -> Digest | None:
        code = self._row(name, version).code
        return None if code is None else Digest(code)

    def matching(self, name: ToolName, version: str) -> Sequence[Digest]:
        if not version.isalnum() or not version.isascii():
            return ()
        query = (
            select(tools.c.version).where(tools.c.name == name, tools.c.version.startswith(version)).limit(2)
        )
        with self._reader.begin() as connection:
            return [Digest(found) for found in connection.execute(query).scalars()]

    def _row(self, name: ToolName, version: Digest) -> Row[Any]:
        with self._reader.begin() as connection:
            row = connection.execute(select(tools).where(*_is(name, version))).one_or_none()
        if row is None:
            raise NotFound(f"Version {version[:12]} of the tool {name} was never kept.")
        return row

    def _remember(self, tool: Tool) -> None:
        if len(self._kept) >= self._LIMIT:
            self._kept.clear()
        self._kept[tool.name, tool.version] = (tool, time.monotonic() + _BELIEVED)


def _place(description: Mapping[str, Any]) -> tuple[Any, Any]:
    entry = description["entry"]
    return entry.get("path"), entry.get("root")


def _is(name: ToolName, version: Digest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return tools.c.name == name, tools.c.version == version
