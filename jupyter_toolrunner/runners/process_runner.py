"""Makes attempts of tools of every kind, each in a process of its own that was forked ahead."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ..core.artifacts import Output, media_type_of
from ..core.errors import NotAvailable, ToolrunnerError
from ..core.limits import size_text
from ..core.ports import AttemptSpec, Outcome, StopRequest
from ..core.runs import Progress, Reason, RunStatus
from ..core.tools import Tool, ToolKind, View
from . import linux, outcomes
from .attempt import Attempt
from .environment import Environment
from .guard import Over
from .outcomes import End
from .workspace import Changes, FolderOfThen, InPlace, Left, OwnFolder, PrivateView, Workspace
from .zygotes import Zygotes, wait_readable

#: Notes that the log gets at most.
_NOTES = 20


class ProcessRunner:
    """A ``Runner`` for tools of every kind. Makes the process that it is in the parent of orphans below it."""

    def __init__(
        self,
        *,
        zygotes: int = 4,
        max_files: int = 10_000,
        max_bytes: int = 10 << 30,
        patience: float = 20.0,
        environments: Path | None = None,
        held: tuple[int, ...] = (),
    ) -> None:
        """``environments``: folder in which those that are built from requirements are kept. ``held``: open files that stay
        open until no process of a run is left, whatever becomes of this one.
        """
        self._environments = environments
        #: What runs said of the Pythons of their own, by interpreter.
        self._apart: dict[str, Mapping[str, Any]] = {}
        linux.adopt_orphans()
        self._zygotes = Zygotes(zygotes, patience, held)
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._environment = Environment()
        #: Why overlays are refused, by the devices of root and directory.
        self._refusals: dict[tuple[int, int], str] = {}

    def run(
        self,
        spec: AttemptSpec,
        *,
        on_log: Callable[[bytes], None],
        on_progress: Callable[[Progress], None],
        stop: StopRequest,
        on_start: Callable[[], None] = lambda: None,
    ) -> Outcome:
        if wait_readable([stop.fileno()], 0):
            return _outcome(outcomes.stopped(stop.reason(), spec.limits), ())
        try:
            workspace = self._workspace(spec)
        except OSError as error:
            return _outcome(_not_started(error), ())
        try:
            attempt = Attempt(
                spec,
                workspace,
                self._zygotes,
                on_log,
                on_progress,
                stop,
                on_start,
                self._interpreter(spec.tool),
                self._max_files,
            )
            outcome = self._make(spec, workspace, attempt, on_log)
            if attempt.environment is not None and spec.tool.entry.interpreter is not None:
                self._apart[spec.tool.entry.interpreter.key] = attempt.environment
            return outcome
        finally:
            workspace.close()

    def prepare(self, tool: Tool) -> None:
        self._zygotes.prepare(tool)

    def environment(self, tool: Tool) -> Mapping[str, Any]:
        entry, own = tool.entry, self._environment.read()
        place = {name: own[name] for name in ("platform", "host")}
        if entry.program is not None:
            return {**place, "program": entry.program.path}
        if entry.interpreter is not None:
            known = self._apart.get(entry.interpreter.key)
            return known or {**place, "executable": entry.interpreter.path or ""}
        return own

    def close(self) -> None:
        self._zygotes.close()

    def _make(
        self,
        spec: AttemptSpec,
        workspace: Workspace,
        attempt: Attempt,
        on_log: Callable[[bytes], None],
    ) -> Outcome:
        try:
            end = attempt.make()
        except (ToolrunnerError, OSError) as error:
            if attempt.began:
                raise
            return _outcome(_not_started(error), ())
        if not attempt.began:
            return _outcome(end, ())
        self._remember_refusal(spec, workspace)
        changes = _changes(workspace)
        changes, end = _declared(spec, changes, end)
        notes = attempt.notes + changes.notes
        outputs, over = self._within_limits(changes.left, spec.limits.output_limit or self._max_bytes)
        if over is not None:
            notes.append(over)
            end = _over_limit(over) if end.status is RunStatus.SUCCEEDED else end
        _tell(notes, on_log)
        outcome = _outcome(end, _with_results(outputs, _apart(attempt.results, outputs)))
        publishes = end.status is RunStatus.SUCCEEDED and spec.tool.entry.view is View.PUBLISH
        return replace(outcome, publish=workspace.publish) if publishes else outcome

    def _workspace(self, spec: AttemptSpec) -> Workspace:
        entry = spec.tool.entry
        if spec.tool.kind is ToolKind.FUNCTION or entry.root is None:
            return self._folder_of_then(spec) if spec.code else OwnFolder(spec.directory)
        root = Path(entry.root).resolve(strict=True)
        if entry.view is View.IN_PLACE:
            return InPlace(root, spec.directory, spec.code)
        refused = self._refusals.get(_devices(root, spec.directory))
        return PrivateView(
            root, spec.directory, published=entry.view is View.PUBLISH, refused=refused, code=spec.code
        )

    def _folder_of_then(self, spec: AttemptSpec) -> Workspace:
        """For an earlier version of what has no folder to see as its own: the one that its code is in is seen as it was."""
        entry = spec.tool.entry
        folders = [os.path.dirname(path) for path in (*entry.files, *spec.code)]
        named = entry.root if entry.root is not None and entry.module is None else os.path.commonpath(folders)
        root = Path(named).resolve(strict=True)
        refused = self._refusals.get(_devices(root, spec.directory))
        return FolderOfThen(root, spec.directory, spec.code, movable=entry.module is None, refused=refused)

    def _interpreter(self, tool: Tool) -> dict[str, Any] | None:
        """What the run's process is told of the Python that it is to become."""
        wanted = tool.entry.interpreter
        if wanted is None:
            return None
        told: dict[str, Any] = {"only_builds": wanted.only_builds, "home": None, "python": wanted.path}
        if wanted.path is not None:
            return told
        if self._environments is None:
            raise NotAvailable("This worker keeps no environments.", hint="Set TOOLRUNNER_DATA_DIR for it.")
        return {
            **told,
            "home": str(wanted.home(self._environments)),
            "marker": str(wanted.marker(self._environments)),
            "python": wanted.python(self._environments),
            "requirements": list(wanted.requirements),
            "requires_python": wanted.requires_python,
            "folder": wanted.folder,
        }

    def _remember_refusal(self, spec: AttemptSpec, workspace: Workspace) -> None:
        if isinstance(workspace, (PrivateView, FolderOfThen)) and workspace.refused is not None:
            self._refusals[_devices(workspace.root, spec.directory)] = workspace.refused

    def _within_limits(self, left: list[Left], max_bytes: int) -> tuple[list[Output], str | None]:
        """Outputs as far as the limits allow, and a sentence where they do not allow all."""
        kept: list[Output] = []
        size = 0
        for each in left:
            size += each.size
            if len(kept) == self._max_files:
                return (
                    kept,
                    f"The run left {len(left)} files; the first {self._max_files} were kept, which is the limit.",
                )
            if size > max_bytes:
                total = sum(one.size for one in left)
                return kept, (
                    f"The run left {size_text(total)} in files, and {size_text(max_bytes)} is the limit; "
                    f"the first {len(kept)} of {len(left)} files were kept."
                )
            kept.append(
                Output(name=outcomes.clean(each.name), path=each.path, media_type=media_type_of(each.name))
            )
        return kept, None


def _changes(workspace: Workspace) -> Changes:
    try:
        return workspace.changes()
    except OSError as error:
        # A tool may have done anything to its own folder.
        return Changes(notes=[f"the run's files could not be read, and are not kept: {error}"])


def _declared(spec: AttemptSpec, changes: Changes, end: End) -> tuple[Changes, End]:
    """Only the files that a program says it leaves, where it says so; each of them is there after a success."""
    program = spec.tool.entry.program
    if program is None or not program.outputs:
        return changes, end
    patterns = [*program.outputs, *([program.stdout] if program.stdout else [])]
    kept = [left for left in changes.left if any(fnmatch(left.name, each) for each in patterns)]
    missing = [each for each in program.outputs if not any(fnmatch(left.name, each) for left in kept)]
    if missing and end.status is RunStatus.SUCCEEDED:
        what = ", ".join(missing)
        end = outcomes.failed("output", f"The program left no file {what}, as its description says it does.")
    return replace(changes, left=kept), end


def _with_results(outputs: list[Output], results: list[dict[str, Any]]) -> tuple[Output, ...]:
    """The returned value's files first; a file that is both is one output."""
    returned = [
        Output(
            name=outcomes.clean(each["name"]),
            path=Path(each["path"]),
            media_type=media_type_of(each["name"]),
            metadata=each["metadata"],
            content=each["text"].encode() if "text" in each else None,
        )
        for each in results
    ]
    paths = {output.path for output in returned}
    names = {output.name for output in returned}
    rest = [o for o in outputs if o.path not in paths and not (o.name in names and o.path.name != o.name)]
    return (*returned, *(output for output in rest if output.path not in paths))


def _apart(results: list[dict[str, Any]], outputs: list[Output]) -> list[dict[str, Any]]:
    """An executed notebook has a name of its own also where the notebook wrote a file of its name."""
    taken = {output.name for output in outputs}
    return [
        {**each, "name": f"{stem}.executed.ipynb"}
        if (stem := each["name"].removesuffix(".ipynb")) != each["name"] and each["name"] in taken
        else each
        for each in results
    ]


def _not_started(error: Exception) -> End:
    hint = error.hint if isinstance(error, ToolrunnerError) else None
    return outcomes.failed(type(error).__name__, f"The run could not be started: {error}", hint=hint)


def _over_limit(over: str) -> End:
    return outcomes.over(Over(Reason.OUTPUT_LIMIT, over))


def _tell(notes: list[str], on_log: Callable[[bytes], None]) -> None:
    lines = notes[:_NOTES]
    if len(notes) > _NOTES:
        lines.append(f"… and {len(notes) - _NOTES} more")
    if lines:
        on_log("".join(f"toolrunner: {line}\n" for line in lines).encode("utf-8", "backslashreplace"))


def _outcome(end: End, outputs: tuple[Output, ...]) -> Outcome:
    return Outcome(status=end.status, reason=end.reason, error=end.error, outputs=outputs)


def _devices(root: Path, directory: Path) -> tuple[int, int]:
    return os.stat(root).st_dev, os.stat(directory).st_dev
