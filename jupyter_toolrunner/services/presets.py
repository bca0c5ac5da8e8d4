"""Presets, as people ask for them: list, save, rename, share, open with, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.errors import Forbidden, InvalidRequest, NotFound
from ..core.events import Event
from ..core.ids import PresetId, ToolName, new_preset_id
from ..core.params import plain
from ..core.ports import Catalog, EventStream, PresetFiles, PresetStore
from ..core.presets import LONGEST_NAME, Preset, name_taken, without_secrets
from ..core.tools import Tool
from . import inputs


class PresetService:
    """Everything that is asked of presets, in the name of a user who was already let in."""

    def __init__(
        self,
        *,
        presets: PresetStore,
        files: PresetFiles,
        catalog: Catalog,
        events: EventStream,
        keep_artifact: Callable[[str], object],
    ) -> None:
        """``keep_artifact``: told of each artifact that a preset names, so that it stays."""
        self._presets = presets
        self._files = files
        self._catalog = catalog
        self._events = events
        self._keep_artifact = keep_artifact

    def of_tool(self, name: str, user: str) -> Sequence[Preset]:
        """The user's own, the shared ones and those in files, by name. Raises NotFound, Ambiguous."""
        tool = self._catalog.find(name)
        default = self._presets.default_of(user, tool.name)
        found = [*self._presets.seen_by(user, tool.name), *self._files.of(tool)]
        return sorted(
            (_for(preset, user, default) for preset in found), key=lambda preset: preset.name.casefold()
        )

    def get(self, preset: str, user: str) -> Preset:
        """One of those in the database that the user may see. Raises NotFound."""
        found = self._presets.get(PresetId(preset))
        if found.owner != user and not found.shared:
            raise NotFound("This preset is not there any more.")
        return _for(found, user, self._presets.default_of(user, found.tool))

    def save(
        self, tool_name: str, name: str, params: Mapping[str, Any], user: str, *, shared: bool, default: bool
    ) -> Preset:
        """Raises NotFound, Ambiguous, InvalidRequest, InvalidParams, Conflict."""
        tool = self._catalog.find(tool_name)
        name = _named(name)
        self._check_free(name, tool.name, user)
        made = self._presets.insert(
            Preset(
                id=new_preset_id(),
                tool=tool.name,
                name=name,
                params=self._kept(tool, params),
                owner=user,
                shared=shared,
            )
        )
        if default:
            self._presets.set_default(user, tool.name, made.id)
        self._tell(made.tool)
        return replace(made, is_default=default, mine=True)

    def change(
        self,
        preset: str,
        user: str,
        *,
        name: str | None = None,
        params: Mapping[str, Any] | None = None,
        shared: bool | None = None,
    ) -> Preset:
        """What is None stays. Raises NotFound, Forbidden, InvalidRequest, InvalidParams, Conflict."""
        found = self._own(preset, user)
        if name is not None and (name := _named(name)) != found.name:
            self._check_free(name, found.tool, user)
        kept = None if params is None else self._kept(self._tool_of(found), params)
        # Only what was given is written: somebody may change the rest at the same moment.
        written = self._presets.change(found.id, name=name, params=kept, shared=shared)
        self._tell(found.tool)
        return replace(written, is_default=found.is_default, mine=True)

    def open_with(self, tool_name: str, preset: str | None, user: str) -> None:
        """The user's form of the tool opens with this preset, or with the tool's own defaults."""
        tool = self._catalog.find(tool_name)
        if preset is not None and all(one.id != preset for one in self.of_tool(tool.name, user)):
            raise NotFound("This preset is not there any more.")
        self._presets.set_default(user, tool.name, None if preset is None else PresetId(preset))
        self._tell(tool.name)

    def delete(self, preset: str, user: str) -> Preset:
        """What it was. Raises NotFound, Forbidden."""
        found = self._own(preset, user)
        self._presets.delete(found.id)
        self._tell(found.tool)
        return found

    def _own(self, preset: str, user: str) -> Preset:
        if preset.startswith("file-"):
            raise Forbidden(
                "This preset is a file.", hint="Change the file itself, or save it under another name."
            )
        found = self.get(preset, user)
        if found.owner != user:
            raise Forbidden(
                f"This preset is {found.owner}'s.", hint="Save it under a name of your own to change it."
            )
        return found

    def _check_free(self, name: str, tool: ToolName, user: str) -> None:
        """Before the files of a preset are kept for it. Raises Conflict."""
        if any(one.name == name and one.owner == user for one in self._presets.seen_by(user, tool)):
            raise name_taken(name)

    def _tool_of(self, preset: Preset) -> Tool:
        return self._catalog.find(preset.tool)

    def _kept(self, tool: Tool, params: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of the values: all of them, valid or not yet, but no secrets."""
        kept = without_secrets(plain(params), tool.params_schema)
        inputs.with_paths(kept, lambda _field, artifact: str(self._keep_artifact(artifact)))
        return kept

    def _tell(self, tool: ToolName) -> None:
        self._events.publish(Event(type="presets", owner=None, data={"tool": tool}))


def _for(preset: Preset, user: str, default: PresetId | None) -> Preset:
    """The preset as this user sees it."""
    return replace(preset, is_default=preset.id == default, mine=preset.owner == user and not preset.path)


def _named(name: str) -> str:
    """The name as it is kept. Raises InvalidRequest."""
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= LONGEST_NAME or not tidy.isprintable():
        raise InvalidRequest(
            f"A preset's name has 1 to {LONGEST_NAME} characters, all of them visible.", field="name"
        )
    return tidy
