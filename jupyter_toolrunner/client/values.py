"""What both clients show of tools, runs and artifacts."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

from pydantic import BaseModel

from ..api.schemas import (
    ArtifactShape,
    AttemptShape,
    PresetShape,
    ProgressShape,
    ReusedShape,
    RunErrorShape,
    RunShape,
    ToolShape,
    UploadShape,
)
from ..core.errors import NotAvailable, NotFound, ToolrunnerError
from ..core.runs import Priority, Reason, RunStatus

_Model = TypeVar("_Model", bound=BaseModel)


def read(model: type[_Model], data: Any) -> _Model:
    """A shape from the wire; fields that a newer server added are left out."""
    return model.model_validate(data, extra="ignore")


class Tool(ToolShape):
    """A tool that can be submitted: ``tr.submit(tool, …)``."""

    def __repr__(self) -> str:
        state = f" cannot run: {self.error.message}" if self.error else ""
        return f"<Tool {self.name} {self.title!r}{state}>"

    __str__ = __repr__


class Preset(PresetShape):
    """Named params of a tool: ``tr.submit(tool, preset="its name")``."""

    def __repr__(self) -> str:
        return f"<Preset {self.name!r} of {self.tool}>"

    __str__ = __repr__


def chosen_preset(presets: Sequence[Preset], name: str) -> Preset:
    """By name or id; one's own go before others' of the same name. Raises NotFound, NotAvailable."""
    fitting = [preset for preset in presets if name in (preset.id, preset.name)]
    if not fitting:
        there = ", ".join(repr(preset.name) for preset in presets)
        raise NotFound(
            f"There is no preset {name!r} of this tool", hint=f"There are {there}" if there else "It has none"
        )
    chosen = min(fitting, key=lambda preset: (preset.id != name, not preset.mine, preset.path is not None))
    if chosen.problem is not None:
        raise NotAvailable(
            f"The preset {name!r} cannot be read: {chosen.problem}", hint=f"Mend {chosen.path}"
        )
    return chosen


def artifact_of(upload: UploadShape) -> ArtifactShape:
    """A file that was uploaded whole, as a value for a field."""
    fields = {name: getattr(upload, name) for name in ("id", "name", "media_type", "size")}
    return ArtifactShape(**fields, digest=upload.digest or "")


class ArtifactFields:
    """A file that a run produced."""

    def __init__(self, shape: ArtifactShape) -> None:
        self._shape = shape

    @property
    def id(self) -> str:
        return self._shape.id

    @property
    def name(self) -> str:
        return self._shape.name

    @property
    def media_type(self) -> str:
        return self._shape.media_type

    @property
    def size(self) -> int:
        """Bytes."""
        return self._shape.size

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the content."""
        return self._shape.digest

    @property
    def attempt(self) -> int:
        return self._shape.attempt

    @property
    def metadata(self) -> dict[str, Any]:
        return self._shape.metadata

    def __repr__(self) -> str:
        return f"<Artifact {self.name} {self.media_type} {self.size} bytes>"


_Artifact = TypeVar("_Artifact", bound=ArtifactFields)


class Artifacts(list[_Artifact]):
    """A run's artifacts, in order; ``artifacts["name.csv"]`` takes one by its name."""

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        for artifact in self:
            if artifact.name == key:
                return artifact
        there = ", ".join(artifact.name for artifact in self) or "none"
        raise NotFound(f"The run has no artifact {key!r}; it has: {there}")


#: Held for a comparison and an assignment alone, so one serves all runs.
_LEARNING = threading.Lock()


def _is_old(known: RunShape, told: RunShape) -> bool:
    """Whether the run was so before it was as is known. An attempt that ended does not begin again; a next one may."""
    has_ended = known.status.is_final or known.status is RunStatus.WAITING
    return told.attempt < known.attempt or (
        told.attempt == known.attempt and has_ended and told.status is RunStatus.RUNNING
    )


class SnapshotFields:
    """What is known of a run, as of the last answer; ``await run.refresh()`` asks again."""

    _shape: RunShape

    def _now(self) -> RunShape:
        return self._shape

    def _learn(self, told: RunShape) -> None:
        """Keep an answer, unless what is known is newer: those of several threads may overtake each other."""
        with _LEARNING:
            if not _is_old(self._shape, told):
                self._shape = told

    @property
    def id(self) -> str:
        return self._shape.id

    @property
    def number(self) -> int:
        """What people say: #1843."""
        return self._shape.number

    @property
    def tool(self) -> str:
        return self._shape.tool

    @property
    def version(self) -> str:
        """The tool's version at the time of the submit."""
        return self._shape.version

    @property
    def params(self) -> dict[str, Any]:
        return self._shape.params

    @property
    def owner(self) -> str:
        return self._shape.owner

    @property
    def priority(self) -> Priority:
        return self._shape.priority

    @property
    def created_at(self) -> datetime:
        return self._shape.created_at

    @property
    def origin(self) -> str | None:
        """Id of the run that this one was made from."""
        return self._shape.origin

    @property
    def reused(self) -> ReusedShape | None:
        """The run whose result it took, without running; None where it ran."""
        return self._now().reused

    @property
    def tags(self) -> list[str]:
        """As of the last answer."""
        return list(self._shape.tags)

    @property
    def note(self) -> str | None:
        """As of the last answer."""
        return self._shape.note

    @property
    def status(self) -> RunStatus:
        return self._now().status

    @property
    def reason(self) -> Reason | None:
        """Why the run failed."""
        return self._now().reason

    @property
    def error(self) -> RunErrorShape | None:
        return self._now().error

    @property
    def progress(self) -> ProgressShape | None:
        return self._now().progress

    @property
    def attempt(self) -> int:
        """Number of the current or last attempt; 0 before the first."""
        return self._now().attempt

    @property
    def attempts(self) -> list[AttemptShape]:
        return self._now().attempts or []

    @property
    def started_at(self) -> datetime | None:
        return self._now().started_at

    @property
    def finished_at(self) -> datetime | None:
        return self._now().finished_at

    @property
    def shape(self) -> RunShape:
        """All of it, as the wire has it."""
        return self._now()

    def __repr__(self) -> str:
        shape = self._shape
        reason = f" ({shape.reason})" if shape.reason else ""
        return f"<Run #{shape.number} {shape.tool} {shape.status}{reason}>"


class LiveFields(SnapshotFields):
    """What is known of a run; while it is not final, reading what can change asks the server."""

    #: Seconds for which an answer is good enough; reading several fields in a row asks once.
    _good_for = 0.1
    _read_at = 0.0

    def refresh(self) -> Self:
        raise NotImplementedError

    def _now(self) -> RunShape:
        if not self._shape.status.is_final and time.monotonic() - self._read_at > self._good_for:
            self.refresh()
            self._read_at = time.monotonic()
        return self._shape

    def __repr__(self) -> str:
        try:
            self._now()
        except ToolrunnerError:
            return super().__repr__().replace(">", ", server does not answer>")
        return super().__repr__()
