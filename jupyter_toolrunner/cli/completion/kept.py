"""What was kept on disk: the tools as they were read last, and the database as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ...core.owners import login_name
from ...core.settings import Settings
from ...db.glance import Glance
from .state import KnownRun, KnownTool, named

if TYPE_CHECKING:
    from ...core.tools import Tool
    from ...registry.catalog import KeptCatalog


class Kept:
    """`State` without a server: nothing is read anew, started or written."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database = Glance(settings.effective_database_url)

    @cached_property
    def _catalog(self) -> KeptCatalog:
        # The half of the time that an answer takes, and not needed for runs.
        from ...registry.catalog import KeptCatalog

        toolboxes = (*self._settings.toolboxes, *self._database.toolboxes())
        return KeptCatalog(toolboxes, self._settings.data_dir / "cache" / "tools")

    def tools(self) -> Sequence[KnownTool]:
        return [_known(tool) for tool in self._catalog.tools()]

    def tool(self, name: str) -> KnownTool | None:
        found = self._catalog.candidates(name)
        return _known(found[0]) if len(found) == 1 else None

    def presets(self, tool: KnownTool) -> Sequence[str]:
        from ...storage.presets import FolderPresets

        files = FolderPresets(self._settings.data_dir, self._catalog.folders)
        of_files = [
            preset.name
            for each in self._catalog.candidates(tool.name)
            for preset in files.of(each)
            if not preset.problem
        ]
        return [*self._database.presets(tool.name, login_name()), *of_files]

    def runs(self, statuses: Sequence[str], limit: int) -> Sequence[KnownRun]:
        found = self._database.runs(statuses, limit)
        return [KnownRun(number=number, tool=tool, status=status) for number, tool, status in found]

    def artifacts(self, run: str) -> Sequence[str]:
        return self._database.artifacts(run)

    def tags(self, run: str | None = None) -> Sequence[str]:
        return self._database.tags(run)

    def schedules(self) -> Mapping[str, str]:
        return self._database.schedules()

    def workers(self) -> Mapping[str, str]:
        return named(self._database.workers().items())

    def pages(self) -> Mapping[str, str]:
        return self._database.dashboards()


def _known(tool: Tool) -> KnownTool:
    return KnownTool(
        name=tool.name,
        short_name=tool.short_name,
        title=tool.title,
        toolbox=tool.toolbox,
        category=tool.category,
        path=tool.entry.path,
        params_schema=tool.params_schema,
        can_run=tool.error is None,
    )
