"""Runs, as people and programs ask for them: submit, look, cancel, retry."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from ..core import params as core_params
from ..core.after import MOST_AWAITED, After, Rule
from ..core.artifacts import Artifact
from ..core.batches import Batch, checked_title
from ..core.errors import (
    Ambiguous,
    Conflict,
    InvalidParams,
    InvalidRequest,
    NotFound,
    Problem,
    ToolUnavailable,
    not_waiting,
)
from ..core.ids import RunId, ToolName, WorkerId, new_batch_id, new_run_id
from ..core.labels import checked_note, checked_tags
from ..core.ports import Catalog, Doorbell, EventStream, RunEdit, RunStore, ToolStore
from ..core.presets import secrets_of
from ..core.references import references
from ..core.retention import freed_sentence, numbers_in
from ..core.runs import Priority, Run, RunStatus
from ..core.sheets import CellProblem, at_row
from ..core.sweeps import title_of
from ..core.tools import Tool
from ..core.values import has_structure
from . import inputs
from .batch_rows import AskedRows, read_rows, refused
from .events import announce
from .followers import Followers
from .references import RESULT, later_fields, with_files, with_ids, with_what_is_left, without
from .reuse import KeysLook, ReuseKeys, wanted
from .versions import CodeFile, Versions

#: Seconds that a submit waits for a tool that may still be read.
_READING_PATIENCE = 10.0
#: Runs of one request of which each is told to whoever watches.
_ANNOUNCED = 100
T = TypeVar("T")


class RunService:
    """Everything that is asked of runs, in the name of an owner who was already let in."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        tools: ToolStore,
        versions: Versions,
        runs: RunStore,
        doorbell: Doorbell,
        events: EventStream,
        followers: Followers,
        keep_upload: Callable[[str], None] | None = None,
        reuse_keys: ReuseKeys | None = None,
    ) -> None:
        """``keep_upload``: told of each upload that a run uses, so that it stays.

        ``reuse_keys``: by which runs are found that were the same; without them only workers look for these.
        """
        self._reuse_keys = reuse_keys
        self._catalog = catalog
        self._tools = tools
        self._versions = versions
        self._runs = runs
        self._doorbell = doorbell
        self._events = events
        self._followers = followers
        self._keep_upload = keep_upload

    def submit(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        owner: str,
        priority: Priority = Priority.DEFAULT,
        idempotency_key: str | None = None,
        origin: str | None = None,
        version: str | None = None,
        after: Sequence[str] = (),
        rule: Rule = Rule.ALL_SUCCEEDED,
        reuse: bool | None = None,
    ) -> Run:
        """Accept a run: when this returns, it is committed, whether or not a worker can be reached.

        ``version``: an earlier one of the tool, or its beginning; its params are those of then.
        ``after``: runs, by id or number, that it waits for, beside those whose outputs its params name.
        ``reuse``: whether it may take the result of an earlier run that was the same; as the tool says where it is None.
        Raises NotFound, Ambiguous, ToolUnavailable, InvalidParams, InvalidRequest, Conflict.
        """
        params, named = with_ids(params, self._runs.get)
        asked = self._asked_after(after)
        awaited = _awaited(asked, named, rule)
        tool, made = self._new(name, params, owner, priority, origin, version, reuse)
        made = replace(made, after=awaited)
        run, _is_new = self._runs.insert(
            made,
            attempts=tool.policy.attempts,
            idempotency_key=idempotency_key,
            # What was asked: a run that the params name may have succeeded when the request is repeated.
            request_digest=_digest(tool, made.params, priority, version, After(rule, asked), reuse)
            if idempotency_key
            else None,
            # Before the disk has it: what a power cut takes back then was promised to nobody.
            committed=self.take_up,
        )
        return run

    def prepare(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        owner: str,
        priority: Priority,
        reuse: bool | None = None,
    ) -> tuple[Run, int]:
        """A run as `submit` would make it, for a transaction of somebody else's, with its attempts; then `take_up` it.

        Raises as `submit` does.
        """
        params = with_what_is_left(params, self._runs.get)
        tool, run = self._new(name, params, owner, priority, None, None, reuse)
        return run, tool.policy.attempts

    def take_up(self, run: Run) -> None:
        """A run was committed: tell everybody, and ring."""
        # Told first: a worker may finish the run before the ring returns, and old news must not come last.
        announce(self._events, run)
        if run.status is RunStatus.QUEUED:
            self._doorbell.ring(run.id)

    def check(self, name: str, params: Mapping[str, Any]) -> Tool:
        """The tool, where a run with these params would be accepted now; the files that they name stay.

        Raises as `submit` does.
        """
        tool = self.find(name)
        _check_usable(tool)
        self._keep_artifacts(tool, self._complete(tool, with_what_is_left(params, self._runs.get)))
        return tool

    @property
    def is_reading(self) -> bool:
        """Whether tools that are not known may still come."""
        return self._catalog.reading

    def _new(
        self,
        name: str,
        params: Mapping[str, Any],
        owner: str,
        priority: Priority,
        origin: str | None,
        version: str | None,
        reuse: bool | None = None,
    ) -> tuple[Tool, Run]:
        from_run = self._origin(origin)
        tool, complete = self._ready(name, version, lambda tool: self._complete(tool, params))
        self._keep_artifacts(tool, complete)
        return tool, self._new_run(tool, complete, owner, priority, from_run, self._look(), reuse)

    def _new_run(
        self,
        tool: Tool,
        params: Mapping[str, Any],
        owner: str,
        priority: Priority,
        origin: RunId | None,
        look: KeysLook | None,
        reuse: bool | None = None,
    ) -> Run:
        """``look``: one for all runs of a request. Raises InvalidRequest."""
        made = _new_run(tool, params, owner, priority, origin)
        takes = wanted(tool, reuse)
        if takes is None:
            return made
        return replace(made, reuse=takes, reuse_key=look.of(tool, params) if takes and look else None)

    def _look(self) -> KeysLook | None:
        return None if self._reuse_keys is None else self._reuse_keys.look(self._versions.is_of_now)

    def earlier(self, name: str, params: Mapping[str, Any]) -> tuple[Tool, Run | None]:
        """The tool, and the run whose result one with these params would take; nothing is kept. Raises as `submit`."""
        tool = self.find(name)
        _check_usable(tool)
        complete = self._complete(tool, with_ids(params, self._runs.get)[0])
        look = self._look()
        key = None if look is None or tool.policy.reuse is False else look.of(tool, complete)
        return tool, None if key is None else self._runs.earlier(key)

    def submit_all(
        self,
        name: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        owner: str,
        title: str = "",
        priority: Priority = Priority.DEFAULT,
        idempotency_key: str | None = None,
    ) -> Sequence[Run]:
        """Accept a batch: a run for each row of params, all of them or none; in the order of the rows.

        What is wrong in any row is told together, as the field ``data row 3, depth``; rows count from 1.
        Raises as `submit`, and InvalidRequest where there is no row, or more than `batch_rows.MOST_ROWS`.
        """
        return self.submit_rows(
            name,
            AskedRows(rows=rows),
            owner=owner,
            title=title,
            priority=priority,
            idempotency_key=idempotency_key,
        )

    def submit_rows(
        self,
        name: str,
        asked: AskedRows,
        *,
        owner: str,
        title: str = "",
        priority: Priority = Priority.DEFAULT,
        idempotency_key: str | None = None,
        reuse: bool | None = None,
    ) -> Sequence[Run]:
        """As `submit_all`, of rows that are written as a table or a sweep too."""
        tool, complete = self._ready(name, None, lambda tool: self._complete_all(tool, asked))
        for params in complete:
            self._keep_artifacts(tool, params)
        look = self._look()
        runs, are_new = self._runs.insert_all(
            [self._new_run(tool, params, owner, priority, None, look, reuse) for params in complete],
            batch=_new_batch(tool, len(complete), owner, checked_title(title) or _own_title(tool, asked)),
            attempts=tool.policy.attempts,
            idempotency_key=idempotency_key,
            request_digest=_digest(tool, complete, priority, None, reuse=reuse) if idempotency_key else None,
        )
        if are_new:
            self.take_up_all(runs)
        return runs

    def take_up_all(self, runs: Sequence[Run]) -> None:
        """Runs wait, of which some are here: tell everybody, and ring."""
        # Whoever watches has these at the top of the list, and counts the others.
        for run in runs[-_ANNOUNCED:]:
            announce(self._events, run)
        if runs:
            self._doorbell.ring_everybody(runs[0].id)

    def stop_all(self, runs: Sequence[Run]) -> None:
        """These were asked to end, or have ended: tell everybody, and the workers that have them."""
        for run in runs:
            announce(self._events, run)
            if run.status is RunStatus.RUNNING and run.worker is not None:
                self._doorbell.stop(run.id, WorkerId(run.worker))
            else:
                self._followers.follow(run)

    def retried_all(self, runs: Sequence[Run]) -> None:
        """These are tried again: tell everybody, ring, and have what failed for them wait for them again."""
        self.take_up_all(runs)
        for run in runs:
            self._followers.tell_waiting(run)

    def check_rows(
        self, name: str, asked: AskedRows
    ) -> tuple[Tool, Sequence[Mapping[str, Any]], list[CellProblem]]:
        """The params that runs of these rows would have, and what is wrong with any; nothing is kept.

        Raises as `submit_rows`.
        """
        tool = self.find(name)
        _check_usable(tool)
        rows, problems = self._checked(tool, asked)
        return tool, rows, problems

    def renewed(self, name: str, old: Sequence[Run], *, owner: str) -> tuple[Tool, dict[RunId, Run]]:
        """New runs, not kept yet, with the params of others, of the tool as it is now.

        Raises as `submit_rows`, where the tool takes these params no longer.
        """
        asked = AskedRows(rows=[run.params for run in old])
        tool, complete = self._ready(name, None, lambda tool: self._complete_all(tool, asked))
        for params in complete:
            self._keep_artifacts(tool, params)
        look = self._look()
        made = {
            run.id: self._new_run(tool, params, owner, run.priority, run.id, look)
            for run, params in zip(old, complete, strict=True)
        }
        return tool, made

    def _ready(self, name: str, version: str | None, complete: Callable[[Tool], T]) -> tuple[Tool, T]:
        """The tool, kept with its code, and what ``complete`` makes of the params for it."""
        tool = self.find(name) if version is None else self._earlier(name, version)
        _check_usable(tool)
        completed = complete(tool)
        if version is None and not (self._versions.is_of_now(tool) and self._versions.keep(tool)):
            # Its file was changed, and has not been read yet: the run is one of what it is now.
            self._catalog.refresh(wait=True, only=tool.name, timeout=_READING_PATIENCE)
            tool = self.find(name)
            _check_usable(tool)
            completed = complete(tool)
            self._versions.keep(tool, anyway=True)
        return tool, completed

    def _usable(self, artifact: str) -> Artifact:
        """Raises NotFound, also for one that was freed."""
        found, _made_by = self._runs.artifact(artifact)
        if sentence := freed_sentence(found.name, found.freed_at, found.freed_by):
            raise NotFound(sentence)
        return found

    def keep_artifact(self, artifact: str) -> str:
        """See that an artifact which a value names stays as long as it is wanted; its id. Raises NotFound."""
        _found, made_by = self._runs.artifact(artifact)
        if made_by is not None:
            self._runs.use_artifact(artifact)
        elif self._keep_upload is not None:
            self._keep_upload(artifact)
        return artifact

    def get(self, run: str) -> Run:
        return self._runs.get(run)

    def status(self, run: str) -> RunStatus:
        return self._runs.status(run)

    def tool_version(self, name: str, version: str) -> Tool:
        """A version that a run was made of, with its source. Raises NotFound, Conflict."""
        # A tool that is gone still has its versions, under its full name.
        with contextlib.suppress(NotFound, Ambiguous):
            name = self._catalog.find(name).name
        return self._versions.get(ToolName(name), version)

    def code(self, tool: Tool) -> Sequence[CodeFile]:
        """The files that a version runs, its own first."""
        return self._versions.code(tool)

    def _earlier(self, name: str, version: str) -> Tool:
        """Raises Conflict where it could not be run."""
        tool = self.tool_version(name, version)
        self.check_code(tool)
        return tool

    def check_code(self, tool: Tool) -> None:
        """Whether a version can be run: the worker decides; here one learns it before waiting. Raises Conflict."""
        self._versions.instead_of_now(tool)
        # Of what an earlier release kept nobody knows which files it ran.
        if not tool.code and self._has_changed(tool):
            raise Conflict(
                f"{tool.name} was changed since version {tool.version[:7]}, and what it ran then is not kept.",
                hint="Run again makes a new run of it as it is now; this one stays as it was.",
            )

    def _has_changed(self, tool: Tool) -> bool:
        try:
            return self._catalog.find(tool.name).version != tool.version
        except (NotFound, Ambiguous):
            return False

    def cancel(self, run: str) -> Run:
        """A queued run ends at once, a running one within two seconds. Raises NotFound, Conflict."""
        canceled = self._runs.request_cancel(self._runs.get(run).id)
        if canceled.status is RunStatus.RUNNING and canceled.worker is not None:
            announce(self._events, canceled)
            self._doorbell.stop(canceled.id, WorkerId(canceled.worker))
        else:
            announce(self._events, canceled)
            self._followers.follow(canceled)
        return canceled

    def retry(self, run: str) -> Run:
        """The same run waits for one more attempt, of the code that it was made of. Raises NotFound, Conflict."""
        found = self._runs.get(run)
        tool = self._tools.get(found.tool, found.version)
        self.check_code(tool)
        waiting = self._runs.requeue(found.id, attempts=tool.policy.attempts)
        self.take_up(waiting)
        self._followers.tell_waiting(waiting)
        return waiting

    def edit(self, run: str, changes: RunEdit, *, by: str) -> Run:
        """Change tags and note at any time, params and priority while the run waits.

        Params are checked against the version of the tool that the run was made of.
        Raises NotFound, InvalidRequest, InvalidParams, Conflict.
        """
        found = self._runs.get(run)
        checked = replace(
            changes,
            tags=None if changes.tags is None else checked_tags(changes.tags),
            add_tags=checked_tags(changes.add_tags),
            remove_tags=checked_tags(changes.remove_tags),
            note=None if changes.note is None else checked_note(changes.note) or "",
        )
        if checked.note:
            self._runs.use_of_numbers(numbers_in(checked.note))
        if changes.params is not None:
            if found.status not in (RunStatus.WAITING, RunStatus.QUEUED):
                raise not_waiting(found.number, found.status)
            tool = self._tools.get(found.tool, found.version)
            # A change of values changes nothing of what a run waits for.
            awaited = found.after.runs if found.after else ()
            given = with_what_is_left(changes.params, self._runs.get, awaited)
            checked = replace(checked, params=self._complete(tool, given))
            self._keep_artifacts(tool, checked.params or {})
        edited = self._runs.edit(found.id, checked, by=by)
        if found.status is RunStatus.WAITING and edited.status is RunStatus.QUEUED:
            # With other values it is not the same as the run whose result it waited for.
            self.take_up(edited)
        else:
            announce(self._events, edited)
        return edited

    def _origin(self, run: str | None) -> RunId | None:
        if run is None:
            return None
        try:
            return self._runs.get(run).id
        except NotFound:
            raise InvalidRequest(
                f"origin: there is no run {run[:50]!r}.",
                field="origin",
                hint="Leave it out where the run was not made from another one.",
            ) from None

    def _asked_after(self, after: Sequence[str]) -> tuple[RunId, ...]:
        """Raises InvalidRequest."""
        _check_awaited(len(after))
        return tuple(self._to_await(run).id for run in after)

    def _to_await(self, run: str) -> Run:
        try:
            return self._runs.get(run)
        except NotFound:
            raise InvalidRequest(
                f"after: there is no run {run[:50]!r}.", field="after", hint="Nothing was submitted."
            ) from None

    def find(self, name: str) -> Tool:
        """A tool that is just being read is waited for: a new server knows few. Raises NotFound, Ambiguous."""
        try:
            return self._catalog.find(name)
        except NotFound:
            if not self._catalog.reading:
                raise
        self._catalog.refresh(wait=True, only=name, timeout=_READING_PATIENCE)
        return self._catalog.find(name)

    def _complete(
        self,
        tool: Tool,
        params: Mapping[str, Any],
        complete_flat: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """``complete_flat``: `core.params.completer`, where there are many rows."""
        if not has_structure(params):
            complete = (complete_flat or core_params.completer(tool.params_schema))(params)
            if problems := tool.entry.problems(complete):
                raise _refused(problems, params)
            return complete
        later = later_fields(params)
        schema = without(tool.params_schema, later)
        known = {name: value for name, value in params.items() if name not in later}
        checked = inputs.check(with_files(known, schema), schema, self._usable)
        complete = core_params.complete(schema, checked)
        if problems := [each for each in tool.entry.problems(complete) if each.field not in later]:
            raise _refused(problems, params)
        # Artifacts stay what they are; the file is fetched where the run works.
        named = later | {name for name, value in known.items() if checked[name] != value}
        return {**complete, **{name: params[name] for name in named}}

    def _complete_all(self, tool: Tool, asked: AskedRows) -> list[dict[str, Any]]:
        """Raises InvalidParams with what is wrong in all rows."""
        complete, problems = self._checked(tool, asked)
        if problems:
            raise refused(problems)
        return complete

    def _checked(self, tool: Tool, asked: AskedRows) -> tuple[list[dict[str, Any]], list[CellProblem]]:
        rows, problems = read_rows(tool.params_schema, asked)
        unread = {(each.row, each.field) for each in problems}
        complete: list[dict[str, Any]] = []
        # Thousands of rows may name the same one.
        find = functools.cache(self._runs.get)
        complete_flat = core_params.completer(tool.params_schema)
        for number, params in enumerate(rows, 1):
            try:
                if has_structure(params):
                    complete.append(self._complete(tool, with_what_is_left(params, find)))
                else:
                    complete.append(self._complete(tool, params, complete_flat))
            except InvalidParams as error:
                # What could not be read is not missing too.
                found = at_row(number, error.problems)
                problems += [each for each in found if (each.row, each.field) not in unread]
                complete.append(params)
        return complete, sorted(problems, key=lambda each: each.row)

    def _keep_artifacts(self, tool: Tool, params: Mapping[str, Any]) -> None:
        """The last thing before the run is written: what is refused uses nothing. Raises InvalidParams."""
        if not has_structure(params):
            return
        inputs.check(params, tool.params_schema, self.keep_artifact)
        for field, reference in references(params):
            try:
                self._runs.use_output(reference.run, reference.output or RESULT)
            except NotFound as error:
                raise InvalidParams([Problem(field, error.message)]) from None


def _refused(problems: Sequence[Problem], params: Mapping[str, Any]) -> InvalidParams:
    """What the user gave is named before the defaults that cannot stand beside it."""
    return InvalidParams(sorted(problems, key=lambda problem: problem.field.split("[")[0] not in params))


def _new_run(
    tool: Tool, params: Mapping[str, Any], owner: str, priority: Priority, origin: RunId | None
) -> Run:
    return Run(
        id=new_run_id(),
        number=0,
        tool=tool.name,
        version=tool.version,
        params=params,
        status=RunStatus.QUEUED,
        owner=owner,
        priority=priority,
        delivery=tool.policy.delivery,
        created_at=datetime.now(UTC),
        origin=origin,
    )


def _own_title(tool: Tool, asked: AskedRows) -> str:
    """Of a sweep: what it goes over."""
    return title_of(asked.sweep, hidden=secrets_of(tool.params_schema)) if asked.sweep else ""


def _new_batch(tool: Tool, rows: int, owner: str, title: str) -> Batch:
    return Batch(
        id=new_batch_id(),
        number=0,
        tool=tool.name,
        version=tool.version,
        owner=owner,
        title=title,
        created_at=datetime.now(UTC),
        rows=rows,
        by_status={},
    )


def _check_usable(tool: Tool) -> None:
    if tool.error is not None:
        raise ToolUnavailable(
            f"{tool.name} cannot run: {tool.error.message}",
            hint=tool.error.hint or "Mend the file; the tool is read again by itself.",
        )


def _awaited(asked: Sequence[RunId], named: Sequence[Run], rule: Rule) -> After | None:
    """What a run waits for; those that its params name and that have succeeded are no reason to."""
    open_ones = [run.id for run in named if run.status is not RunStatus.SUCCEEDED]
    ids = tuple(dict.fromkeys([*asked, *open_ones]))
    _check_awaited(len(ids))
    return After(rule, ids) if ids else None


def _check_awaited(count: int) -> None:
    if count > MOST_AWAITED:
        raise InvalidRequest(
            f"A run waits for {MOST_AWAITED} others at most, not for {count:,}.",
            field="after",
            hint="Let one run wait for some of them, and this one for that run.",
        )


def _digest(
    tool: Tool,
    params: Any,
    priority: Priority,
    version: str | None,
    after: After | None = None,
    reuse: bool | None = None,
) -> str:
    said = [tool.name, params, priority.value, *([] if version is None else [tool.version])]
    if reuse is not None:
        said.append({"reuse": reuse})
    if after is not None and after.runs:
        said.append(after.to_json())
    request = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(request.encode()).hexdigest()
