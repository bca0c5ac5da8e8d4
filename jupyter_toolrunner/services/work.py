"""Making attempts: claim a run, run it, keep what it left, finish it."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..core.artifacts import Artifact, Output
from ..core.errors import LeaseLost, NotAvailable, ToolrunnerError
from ..core.ids import Digest, RunId, WorkerId, new_artifact_id
from ..core.limits import NO_RULES, LimitRules
from ..core.ports import (
    ArtifactStore,
    AttemptSpec,
    Claim,
    EventStream,
    LogStore,
    Outcome,
    Runner,
    RunStore,
    ToolStore,
)
from ..core.references import references
from ..core.runs import Progress, Reason, Run, RunError, RunStatus
from ..core.tools import Tool
from . import inputs
from .events import announce
from .folders import Folders
from .followers import Followers
from .lease import LeaseKeeper, Stop
from .offers import params_here
from .references import resolve
from .retries import after_failure, after_loss
from .reuse import ReuseKeys
from .sweep import LOST, STOPPED
from .versions import Versions

log = logging.getLogger(__name__)

#: Bytes of the log's end that the database keeps for search.
_TAIL = 16_384
_ENVIRONMENT_SECONDS = 5.0
#: Seconds for which the files of one attempt are kept and measured; later ones are only kept.
_MEASURING = 1.0
#: Seconds of waiting after which somebody may have taken the attempt for lost.
_LONG = 1.0
T = TypeVar("T")
#: Seconds between tries of what an attempt cannot do without, such as writing its end down: half an hour in all.
_PAUSES = (0.2, 1.0, 5.0, *[10.0] * 180)


@dataclass(frozen=True, slots=True)
class _Made:
    """A run as it is made on this machine."""

    tool: Tool
    #: With what other runs have left.
    params: Mapping[str, Any]
    #: As `AttemptSpec.code`
    code: Mapping[str, bytes]


class WorkService:
    """What a worker does with the runs it claims, one at a time."""

    def __init__(
        self,
        *,
        worker: WorkerId,
        tools: ToolStore,
        versions: Versions,
        runs: RunStore,
        artifacts: ArtifactStore,
        logs: LogStore,
        events: EventStream,
        followers: Followers,
        runner: Runner,
        keeper: LeaseKeeper,
        scratch: Path,
        lease_seconds: float,
        log_limit: int,
        measure: Callable[[Path | bytes, str], Mapping[str, Any]] = lambda _content, _media_type: {},
        copy: Callable[[Path, Path], object] = shutil.copyfile,
        here: Callable[[Tool], Tool] | None = None,
        reuse_keys: ReuseKeys | None = None,
        limits: LimitRules = NO_RULES,
    ) -> None:
        """``measure`` tells what a file of a media type says of itself; it is quick, and never raises. ``copy`` brings
        an input to where the tool may spoil it. ``here`` gives a tool the paths of this machine, where others have theirs.
        ``reuse_keys``: by which other runs find the results of these; without them nobody takes any.
        """
        self._reuse_keys = reuse_keys
        self._here = here
        self._limits = limits
        self._measure = measure
        self._copy = copy
        self._worker = worker
        self._tools = tools
        self._versions = versions
        self._runs = runs
        self._artifacts = artifacts
        self._logs = logs
        self._events = events
        self._followers = followers
        self._runner = runner
        self._keeper = keeper
        self._scratch = scratch
        self._lease_seconds = lease_seconds
        self._log_limit = log_limit
        #: By what tools share it, with the time until which it holds.
        self._environments: dict[str, tuple[Mapping[str, Any], float]] = {}
        self._folders = Folders(scratch)
        self._progress: Progress | None = None
        self._began = 0.0
        self._measure_until = 0.0
        self._in_turn = False
        #: Whether a claim may have been made without our knowing.
        self._in_doubt = False
        #: The tool of the last attempt, with the paths of this machine.
        self._ran: Tool | None = None
        #: Until a process is asked for that could run it again.
        self._last_tool: Tool | None = None
        #: Whether the database may say that a run is this worker's which it does not work on.
        self._unsure = True

    def work_one(self, *, expected: bool = False) -> bool:
        """Claim a run and make an attempt; False where nothing waits. Raises NotAvailable where the database is away."""
        claim = self._taken_up() or self._claim(expected)
        if claim is None:
            self._unsure = self._in_turn = False
            self._prepare_next()
            return False
        # A run that nobody rang for is one of many: the next process gets ready while this end is written down.
        self._in_turn = not expected
        directory = self._scratch / f"{claim.run.id}-{claim.fence}"
        try:
            self._attempt(claim, directory)
        finally:
            self._folders.remove(directory)
        self._unsure = False
        return True

    def _claim(self, expected: bool) -> Claim | None:
        if self._unsure:
            self._give_up_unknown()
        # A loss may not be heard.
        self._unsure = True
        try:
            # Where many wait, the next one does not have to be looked for first.
            return self._runs.claim(self._worker, self._lease_seconds, expected=expected or self._in_turn)
        except NotAvailable:
            self._in_doubt = True
            raise

    def _taken_up(self) -> Claim | None:
        """A run that was claimed when only the answer was lost: as this worker lives, nobody else would ever work on it."""
        if not self._in_doubt:
            return None
        ours = next((one for one in self._runs.running() if one.worker == self._worker), None)
        claim = None if ours is None else Claim(run=self._runs.get(ours.run), fence=ours.fence)
        self._in_doubt = False
        return claim

    def _give_up_unknown(self) -> None:
        """Nobody else ends what a living worker has: what is left of a lost answer, or of an earlier worker of this name."""
        for attempt in self._runs.running():
            if attempt.worker == self._worker:
                log.warning(
                    "attempt %s of run %s was never made, or its end is lost", attempt.fence, attempt.run
                )
                if ended := self._runs.lose(attempt.run, attempt.fence, LOST):
                    self._tell(ended)

    def close(self) -> None:
        """Wait until what attempts left is removed."""
        self._folders.close()

    def _attempt(self, claim: Claim, directory: Path) -> None:
        run = claim.run
        self._progress = None
        self._began = time.monotonic()
        attempt_log = AttemptLog(self._logs, self._events, run.id, claim.fence, self._log_limit)
        stop = Stop()
        tool: Tool | None = None
        reuse_key: Digest | None = None
        try:
            try:
                began = time.monotonic()
                tool = _patiently(lambda: self._tools.get(run.tool, run.version))
                if time.monotonic() - began > _LONG and not _patiently(lambda: self._is_held(claim)):
                    # Whoever took it for lost has ended it meanwhile.
                    return
                self._keeper.hold(run.id, claim.fence, stop, self._limits.of(tool.policy).time_limit)
                made = self._as_made_here(claim, tool)
                key = self._reuse_key(run, made)
                if self._take_earlier(claim, key):
                    return
                outcome = self._run(claim, made, directory, attempt_log, stop)
                if (
                    key is not None
                    and outcome.status is RunStatus.SUCCEEDED
                    and key == self._reuse_key(run, made)
                ):
                    # What it was the run of is still so: nothing has changed under it.
                    reuse_key = key
                self._last_tool = self._ran
                if self._in_turn:
                    self._prepare_next()
                self._measure_until = time.monotonic() + _MEASURING
                artifacts = tuple(self._keep(output, claim.fence) for output in outcome.outputs)
                self._publish(claim, outcome, attempt_log)
                attempt_log.flush()
            except ToolrunnerError as error:
                outcome, artifacts = _failed(type(error).__name__, error.message, error.hint), ()
            except OSError as error:
                log.exception("attempt %s of run %s", claim.fence, run.id)
                outcome, artifacts = _failed_by_system(error), ()
            except Exception as error:
                log.exception("attempt %s of run %s", claim.fence, run.id)
                hint = "This is a fault of the runner, not of the tool; the worker's own log has the details."
                outcome, artifacts = _failed(type(error).__name__, str(error), hint), ()
            attempt_log.close()
            if outcome.reason is Reason.LOST_WORKER:
                self._lose(
                    claim, tool, outcome.error if outcome.error and outcome.error.type == "lost" else STOPPED
                )
            else:
                self._finish(claim, tool, outcome, artifacts, attempt_log, reuse_key)
        finally:
            self._keeper.release()
            stop.close()

    def _as_made_here(self, claim: Claim, tool: Tool) -> _Made:
        params = self._with_outputs(claim.run.params, tool)
        if self._here is not None:
            find = self._here
            here = _patiently(lambda: find(tool))
            params, tool = params_here(params, tool, here), here
        return _Made(tool, params, _patiently(lambda: self._versions.instead_of_now(tool)))

    def _reuse_key(self, run: Run, made: _Made) -> Digest | None:
        """Of the run as it would be made now; None where nobody may take its result."""
        if run.reuse is None or self._reuse_keys is None or made.code:
            return None
        try:
            look = self._reuse_keys.look(self._versions.is_of_now)
            return _patiently(lambda: look.of(made.tool, made.params))
        except Exception:
            # A result that is there is worth more than whether others may take it.
            log.exception("nobody can tell what run #%s is the same as", run.number)
            return None

    def _take_earlier(self, claim: Claim, key: Digest | None) -> bool:
        """Whether the run has the result of an earlier one now, which was not there yet when it was submitted."""
        if key is None or not claim.run.reuse:
            return False
        taken = _patiently(lambda: self._runs.take_earlier(claim.run.id, claim.fence, key))
        if taken is not None:
            self._tell(taken)
        return taken is not None

    def _run(
        self, claim: Claim, made: _Made, directory: Path, attempt_log: AttemptLog, stop: Stop
    ) -> Outcome:
        self._folders.make(directory)
        run, tool, params = claim.run, made.tool, made.params
        self._ran = tool
        spec = AttemptSpec(
            run=run.id,
            number=run.number,
            attempt=claim.fence,
            tool=tool,
            params=inputs.with_paths(
                params, lambda _field, artifact: self._fetch(artifact, directory / "inputs")
            ),
            directory=directory,
            code=made.code,
            environment={"TOOLRUNNER_RUN": run.id, "TOOLRUNNER_ATTEMPT": str(claim.fence)},
            limits=self._limits.of(tool.policy),
        )
        return self._runner.run(
            spec,
            on_log=attempt_log.write,
            on_progress=lambda progress: self._on_progress(claim, progress),
            stop=stop,
            # The process works while others are told of it.
            on_start=lambda: announce(self._events, run),
        )

    def _with_outputs(self, params: Mapping[str, Any], tool: Tool) -> Mapping[str, Any]:
        """What other runs have left in the place of its name."""
        if not any(references(params)):
            return params
        return resolve(
            params,
            tool.params_schema,
            lambda run: _patiently(lambda: self._runs.get(run)),
            lambda digest: self._artifacts.path(digest).read_bytes(),
        )

    def _prepare_next(self) -> None:
        """Have a process for another run of the tool that ran last: its fork slows down whoever waits for this one."""
        tool, self._last_tool = self._last_tool, None
        if tool is not None:
            try:
                self._runner.prepare(tool)
            except Exception:
                log.exception("no process is ready ahead for %s", tool.name)

    def _fetch(self, artifact: str, folder: Path) -> str:
        found, _run = _patiently(lambda: self._runs.artifact(artifact))
        return inputs.fetch(found, self._artifacts, folder, self._copy)

    def _on_progress(self, claim: Claim, progress: Progress) -> None:
        progress = _reached(progress, self._progress, time.monotonic() - self._began)
        self._progress = progress
        self._keeper.progress(progress)
        announce(self._events, _with_progress(claim.run, progress))

    def _keep(self, output: Output, attempt: int) -> Artifact:
        content = output.content
        digest, size = _patiently(
            lambda: (
                self._artifacts.put(output.path) if content is None else self._artifacts.put_content(content)
            )
        )
        return Artifact(
            id=new_artifact_id(),
            name=_storable(output.name),
            media_type=output.media_type,
            size=size,
            digest=digest,
            attempt=attempt,
            metadata={**self._measured(output), **output.metadata},
        )

    def _measured(self, output: Output) -> Mapping[str, Any]:
        """Of the first files: a run that leaves ten thousand shall not wait for their sizes in pixels."""
        if time.monotonic() > self._measure_until:
            return {}
        return self._measure(output.path if output.content is None else output.content, output.media_type)

    def _is_held(self, claim: Claim) -> bool:
        return self._runs.lease(claim.run.id, claim.fence).held

    def _publish(self, claim: Claim, outcome: Outcome, attempt_log: AttemptLog) -> None:
        """Change the folder that others see: when all that can fail is done, and only while the run is ours."""
        if outcome.publish is None:
            return
        if not _patiently(lambda: self._is_held(claim)):
            return
        for note in outcome.publish():
            attempt_log.write(f"toolrunner: {note}\n".encode("utf-8", "backslashreplace"))

    def _environment(self, tool: Tool) -> Mapping[str, Any]:
        """Looked at now and then: packages are not installed between two runs of one second."""
        now, key = time.monotonic(), tool.entry.surroundings
        known, until = self._environments.get(key, ({}, 0.0))
        if until < now:
            known = self._runner.environment(tool)
            self._environments[key] = (known, now + _ENVIRONMENT_SECONDS)
        return known

    def _lose(self, claim: Claim, tool: Tool | None, error: RunError) -> None:
        """This worker was told to stop, another attempt owns the run by now, or our own processes died: the delivery class
        decides.
        """
        pause = after_loss(tool, claim.run)
        if ended := self._runs.lose(claim.run.id, claim.fence, error, again_after=pause):
            self._tell(ended)

    def _finish(
        self,
        claim: Claim,
        tool: Tool | None,
        outcome: Outcome,
        artifacts: tuple[Artifact, ...],
        attempt_log: AttemptLog,
        reuse_key: Digest | None,
    ) -> None:
        environment = self._environment(tool) if tool else None
        again_after = after_failure(tool, claim.run, outcome)
        for pause in (*_PAUSES, None):
            try:
                finished = self._runs.finish(
                    claim.run.id,
                    claim.fence,
                    outcome,
                    artifacts,
                    log_size=attempt_log.size,
                    log_tail=attempt_log.tail(),
                    environment=environment,
                    progress=self._progress,
                    again_after=again_after,
                    reuse_key=reuse_key,
                )
            except LeaseLost:
                with contextlib.suppress(ToolrunnerError):
                    self._tell_end_by_others(claim)
                return
            except Exception:
                # The work is done and the fence guards it: worth waiting for a database that is away.
                if pause is None:
                    raise
                log.warning("run %s could not be finished; it is tried again", claim.run.id, exc_info=True)
                time.sleep(pause)
            else:
                self._tell(finished)
                return

    def _tell(self, ended: Run) -> None:
        announce(self._events, ended)
        self._followers.follow(ended)

    def _tell_end_by_others(self, claim: Claim) -> None:
        """The run went on without this attempt; or its end was written before, and only the answer was lost."""
        found = self._runs.get(claim.run.id)
        if found.attempt == claim.fence and (found.status.is_final or found.status is RunStatus.WAITING):
            self._tell(found)
        else:
            log.warning(
                "attempt %s of run #%s lost its lease; nothing was published", claim.fence, found.number
            )


class AttemptLog:
    """The log of one attempt on its way to the store and to whoever watches."""

    def __init__(self, logs: LogStore, events: EventStream, run: RunId, attempt: int, limit: int) -> None:
        self._logs = logs
        self._events = events
        self._run = run
        self._attempt = attempt
        self._limit = limit
        self._dropped = 0
        self._tail = b""
        #: Bytes that were kept.
        self.size = 0

    def write(self, data: bytes) -> None:
        kept = data[: max(0, self._limit - self.size)]
        self._dropped += len(data) - len(kept)
        if kept:
            self._append(kept)

    def flush(self) -> None:
        """Say at the end what was not kept."""
        if self._dropped:
            said, self._dropped = self._dropped, 0
            self._append(f"\n… {said:,} bytes dropped: a log is kept up to {self._limit:,} bytes\n".encode())

    def close(self) -> None:
        """Have all of it kept. A log that cannot be brought to the store costs its end, not the run's."""
        try:
            self._logs.close(self._run, self._attempt)
        except (ToolrunnerError, OSError):
            log.exception("the end of the log of run %s could not be kept", self._run)

    def tail(self) -> str:
        # PostgreSQL takes no NUL in a text.
        return self._tail.decode("utf-8", "replace").replace("\0", "�")

    def _append(self, data: bytes) -> None:
        self._logs.append(self._run, self._attempt, self.size, data)
        self._events.publish_log(self._run, self._attempt, self.size, data)
        self.size += len(data)
        self._tail = (self._tail + data)[-_TAIL:]


def _patiently(ask: Callable[[], T]) -> T:
    """What the database says, as soon as it says anything: that it is away is no fault of the run."""
    for pause in _PAUSES:
        try:
            return ask()
        except NotAvailable:
            log.warning("the database does not answer; it is asked again", exc_info=True)
            time.sleep(pause)
    return ask()


def _reached(progress: Progress, before: Progress | None, seconds: float) -> Progress:
    """With the time at which it came so far: what is said once more was so before."""
    stands = before is not None and (before.done, before.total) == (progress.done, progress.total)
    return replace(progress, reached=before.reached if before and stands else round(seconds, 1))


def _with_progress(run: Run, progress: Progress) -> Run:
    return replace(run, progress=progress)


def _failed(type_: str, message: str, hint: str | None) -> Outcome:
    return Outcome(
        status=RunStatus.FAILED, reason=Reason.ERROR, error=RunError(type=type_, message=message, hint=hint)
    )


def _failed_by_system(error: OSError) -> Outcome:
    where = f": {error.filename}" if error.filename else ""
    hint = (
        "Free some space, then press Retry."
        if error.errno in (28, 122)
        else "Press Retry when this is mended."
    )
    return _failed(type(error).__name__, f"{error.strerror or error}{where}. No result was kept.", hint)


def _storable(name: str) -> str:
    """File names may hold bytes that are no text; databases take only text."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "�")
