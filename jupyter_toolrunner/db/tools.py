"""Every version of every tool that a run was made of."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine, select

from ..core.errors import NotFound
from ..core.ids import Digest, ToolName
from ..core.tools import Tool
from .dialect import insert_new
from .tables import tools


class SqlToolStore:
    """`core.ports.ToolStore` on SQLite or PostgreSQL."""

    #: Versions remembered in this process; a tool's version never changes.
    _LIMIT = 2000

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[tuple[str, str], Tool] = {}

    def keep(self, tool: Tool) -> None:
        if (tool.name, tool.version) in self._kept:
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
                )
            )
        self._remember(tool)

    def get(self, name: ToolName, version: Digest) -> Tool:
        if known := self._kept.get((name, version)):
            return known
        query = select(tools.c.description).where(tools.c.name == name, tools.c.version == version)
        with self._engine.execution_options(read_only=True).begin() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"Version {version[:12]} of the tool {name} was never kept.")
        tool = Tool.from_json(row.description)
        self._remember(tool)
        return tool

    def _remember(self, tool: Tool) -> None:
        if len(self._kept) >= self._LIMIT:
            self._kept.clear()
        self._kept[tool.name, tool.version] = tool
