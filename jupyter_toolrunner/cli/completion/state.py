"""What is known at a key press: from the server that a command would use, else from what was kept on disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...core.ids import WorkerId


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTool:
    name: str
    short_name: str
    title: str
    toolbox: str
    category: str
    path: str | None
    params_schema: Mapping[str, Any]
    can_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRun:
    number: int
    tool: str
    status: str


class State(Protocol):
    """Answers at once, or raises whatever was in the way."""

    def tools(self) -> Sequence[KnownTool]: ...

    def tool(self, name: str) -> KnownTool | None:
        """By full name, or by a short name that is unambiguous."""

    def presets(self, tool: KnownTool) -> Sequence[str]: ...

    def runs(self, statuses: Sequence[str], limit: int) -> Sequence[KnownRun]:
        """Newest first; of every status where none is named."""

    def artifacts(self, run: str) -> Sequence[str]:
        """Names of a run's files."""

    def tags(self, run: str | None = None) -> Sequence[str]:
        """Those of a run, else all that are used."""

    def schedules(self) -> Mapping[str, str]:
        """Their names, or ids where nobody gave them one, with their tools."""

    def workers(self) -> Mapping[str, str]:
        """Names of those that can be told something, with their hosts; ids where a name is another one's too."""

    def pages(self) -> Mapping[str, str]:
        """Names of published notebooks, with their titles."""


def named(workers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Hosts by what each worker can be called, out of ids and hosts."""
    from ...core.workers import name_of

    given = [(WorkerId(id_), host) for id_, host in workers]
    names = [name_of(id_) for id_, _ in given]
    return {id_ if names.count(name_of(id_)) > 1 else name_of(id_): host for id_, host in given}


def find_state(toolboxes: list[str]) -> State:
    """As `client.connect` finds its server, but without waiting, and without a product in this process.

    ``toolboxes``: those that the line adds.
    """
    from ...core.settings import Settings
    from .served import Served, running

    if url := os.environ.get("TOOLRUNNER_URL"):
        return Served(url, os.environ.get("TOOLRUNNER_API_KEY"))
    settings = Settings.from_environ().with_toolboxes(*toolboxes)
    if (served := running(settings)) is not None:
        return served
    from .kept import Kept

    return Kept(settings)
