"""The client: tools and runs of one server, or of this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote
from uuid import uuid4

from ...api.schemas import (
    BatchShape,
    CleaningShape,
    CrewShape,
    DashboardShape,
    ForecastShape,
    Health,
    MoveAnswer,
    QueuePlaceShape,
    QueueRuleShape,
    QueueShape,
    RetentionShape,
    RulePreview,
    UploadShape,
    WorkerShape,
)
from ...core.after import Rule
from ...core.errors import Ambiguous, InvalidParams, InvalidRequest, NotFound
from ...core.runs import Priority, RunStatus
from ...core.schedules import CatchUp, RunCondition
from ..errors import raise_for
from ..notebooks import notebook_of
from ..params import encode_params, pieces_of
from ..rows import InvalidRows, rows_of
from ..rules import rule_json
from ..servers import place_of
from ..transport import AsyncTransport
from ..values import Preset, Tool, artifact_of, chosen_preset, read
from .batch import AsyncBatch
from .runs import AsyncArtifact, AsyncRun
from .schedules import AsyncSchedule

if TYPE_CHECKING:
    from ..rows import Source

#: Runs of one answer; longer lists are asked for in pages.
_PAGE = 100
#: Rows of a batch that are asked for together.
_ROWS = 500


class AsyncClient:
    """Tools and runs. ``connect_async()`` makes one; ``close()`` or ``async with`` gives back what it holds."""

    def __init__(self, transport: AsyncTransport) -> None:
        self.transport = transport

    async def health(self) -> Health:
        return read(Health, await self._get("health"))

    async def tools(self, query: str = "", *, category: str | None = None) -> list[Tool]:
        """The tools that match, best first; all of them without a query."""
        wanted = {"q": query, "category": category}
        return [read(Tool, item) for item in await self._get("tools", wanted)]

    async def tool(self, name: str, version: str | None = None) -> Tool:
        """By full name, or by a short name that is unambiguous; an earlier version by its beginning."""
        return read(Tool, await self._get(f"tools/{quote(name, safe='')}", {"version": version}))

    async def submit(
        self,
        tool: str | Tool,
        /,
        params: Mapping[str, Any] | None = None,
        *,
        preset: str | None = None,
        priority: Priority | str = Priority.DEFAULT,
        idempotency_key: str | None = None,
        version: str | None = None,
        after: Sequence[str | int | AsyncRun] = (),
        after_rule: Rule | str = Rule.ALL_SUCCEEDED,
        reuse: bool | None = None,
        **more: Any,
    ) -> AsyncRun:
        """Ask for one run; when this returns, the run is kept and will end, whatever fails.

        Params are given by name, or as ``params={…}`` where a name is taken by an option; they go before those of the
        preset. A path is sent as text, an artifact of another run or an upload as itself. The same idempotency key gives
        the same run. ``version`` runs the code of an earlier version, with its params: ``run.version`` of a run that had
        it, or the beginning of that.

        ``after`` are runs that it waits for: until all have succeeded, or as ``after_rule`` says. A param may be what
        another run will leave: ``run.output(name)`` for a file, ``run.outcome(path)`` for a value within its result.

        ``reuse=True`` takes the result of an earlier run that was the same, and ``False`` runs anew; else it is as the
        tool says. ``run.reused`` says whose result it is.
        """
        name = tool.name if isinstance(tool, Tool) else tool
        given = encode_params(_merged(params, more))
        body = {
            "tool": name,
            "params": given if preset is None else {**(await self.preset(name, preset)).params, **given},
            "priority": Priority(priority).value,
            **({} if version is None else {"version": version}),
            **({"after": [_run_name(run) for run in after], "rule": Rule(after_rule).value} if after else {}),
            **({} if reuse is None else {"reuse": reuse}),
        }
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        response = await self.transport.request("POST", "runs", json=body, headers=headers)
        raise_for(response)
        return AsyncRun(self.transport, response.json())

    async def earlier(
        self, tool: str | Tool, /, params: Mapping[str, Any] | None = None, **more: Any
    ) -> AsyncRun | None:
        """The run that was the same as one with these params would be, whose result that could take."""
        name = quote(tool.name if isinstance(tool, Tool) else tool, safe="")
        body = {"params": encode_params(_merged(params, more))}
        response = await self.transport.request("POST", f"tools/{name}/earlier", json=body)
        raise_for(response)
        found = response.json()["run"]
        return None if found is None else AsyncRun(self.transport, found)

    async def submit_all(
        self,
        tool: str | Tool,
        rows: Source,
        /,
        common: Mapping[str, Any] | None = None,
        *,
        preset: str | None = None,
        title: str = "",
        priority: Priority | str = Priority.DEFAULT,
        reuse: bool | None = None,
    ) -> AsyncBatch:
        """Ask for one run for each row of params: a list, a DataFrame, or the path of a CSV, Parquet or JSON file.

        ``common`` are values that all rows have; those of a row go before them, and they before those of the preset.
        All rows are checked first. Raises InvalidRows with every wrong cell; then nothing is run. ``reuse`` is as in
        `submit`.
        """
        found = tool if isinstance(tool, Tool) else await self.tool(tool)
        shared = dict((await self.preset(found, preset)).params) if preset is not None else {}
        shared.update(common or {})
        body = {
            "tool": found.name,
            "rows": rows_of(rows, found.params_schema, shared),
            "title": title or _title_of(rows),
            "priority": Priority(priority).value,
            **({} if reuse is None else {"reuse": reuse}),
        }
        headers = {"Idempotency-Key": str(uuid4())}
        response = await self.transport.request("POST", "batches", json=body, headers=headers)
        try:
            raise_for(response)
        except InvalidParams as error:
            # Only the server knows whether an artifact is there, or what a script's parser asks for beyond its schema.
            raise InvalidRows(error.problems) from error
        answer = response.json()
        return AsyncBatch(self.transport, answer["batch"], answer["runs"])

    async def sweep(
        self,
        tool: str | Tool,
        values: Mapping[str, Any],
        /,
        common: Mapping[str, Any] | None = None,
        *,
        preset: str | None = None,
        title: str = "",
        priority: Priority | str = Priority.DEFAULT,
        reuse: bool | None = None,
    ) -> AsyncBatch:
        """Ask for one run for each combination of the values of some params, such as ``{"k": range(2, 11, 2)}``.

        A text is read as in the form: ``"2..10 step 2"``, ``"a, b"``, ``"*"`` for all choices. ``common`` is as in
        `submit_all`. Raises InvalidParams with every value that is not valid; then nothing is run.
        """
        found = tool if isinstance(tool, Tool) else await self.tool(tool)
        shared = dict((await self.preset(found, preset)).params) if preset is not None else {}
        shared.update(common or {})
        given = {
            name: each if isinstance(each, str) else encode_params({name: list(each)})[name]
            for name, each in values.items()
        }
        body = {
            "tool": found.name,
            "sweep": given,
            "params": encode_params(shared),
            "title": title,
            "priority": Priority(priority).value,
            **({} if reuse is None else {"reuse": reuse}),
        }
        headers = {"Idempotency-Key": str(uuid4())}
        response = await self.transport.request("POST", "batches", json=body, headers=headers)
        raise_for(response)
        answer = response.json()
        return AsyncBatch(self.transport, answer["batch"], answer["runs"])

    async def forecast(
        self, tool: str | Tool, *, runs: int = 1, params: Mapping[str, Any] | None = None
    ) -> ForecastShape:
        """How long so many runs of a tool will take, learnt from its latest ones, those like these params first."""
        name = quote(tool.name if isinstance(tool, Tool) else tool, safe="")
        body = {"runs": runs, "params": None if params is None else encode_params(params)}
        response = await self.transport.request("POST", f"tools/{name}/forecast", json=body)
        raise_for(response)
        return read(ForecastShape, response.json())

    async def batch(self, batch: str | int) -> AsyncBatch:
        """By id or by number. Raises NotFound."""
        path = f"batches/{quote(str(batch), safe='')}"
        shape = await self._get(path)
        runs: list[Any] = []
        after: int | None = 0
        while after is not None:
            page = await self._get(f"{path}/rows", {"after": after, "limit": _ROWS})
            runs += [item["run"] for item in page["items"]]
            after = page["next"]
        return AsyncBatch(self.transport, shape, runs)

    async def batches(self, *, limit: int = 50) -> list[BatchShape]:
        """Newest first."""
        page = await self._get("batches", {"limit": limit})
        return [read(BatchShape, item) for item in page["items"]]

    async def run(self, run: str | int) -> AsyncRun:
        """By id or by number."""
        return AsyncRun(self.transport, await self._get(f"runs/{quote(str(run), safe='')}"))

    async def runs(
        self,
        *,
        tool: str | None = None,
        status: RunStatus | str | Iterable[RunStatus | str] | None = None,
        tags: Iterable[str] = (),
        owner: str | None = None,
        params: Iterable[str] = (),
        search: str | None = None,
        limit: int = 50,
    ) -> list[AsyncRun]:
        """Newest first: with all these tags, of an owner (``"me"``), with params like ``"damping>=0.9"``, with all words."""
        found: list[AsyncRun] = []
        asked = {
            "tool": tool,
            "status": _statuses(status),
            "tag": _listed(tags),
            "owner": owner,
            "param": _listed(params),
            "q": search,
        }
        cursor = None
        while len(found) < limit:
            # Where words are looked for, a page may have fewer than it was asked for.
            count = min(_PAGE, limit - len(found))
            page = await self._get("runs", {**asked, "limit": count, "cursor": cursor})
            found += [AsyncRun(self.transport, item) for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        return found

    async def presets(self, tool: str | Tool) -> list[Preset]:
        """Named params of a tool by name: one's own, shared ones, and files beside the tool."""
        wanted = {"tool": tool.name if isinstance(tool, Tool) else tool}
        return [read(Preset, item) for item in await self._get("presets", wanted)]

    async def preset(self, tool: str | Tool, name: str) -> Preset:
        """By name or id; one's own goes before others' of the same name. Raises NotFound, NotAvailable."""
        found = await self.presets(tool)
        return chosen_preset(found, name)

    async def schedules(
        self, query: str = "", *, tool: str | None = None, run: str | AsyncRun | None = None, limit: int = 100
    ) -> list[AsyncSchedule]:
        """When tools are run by themselves, what is due first first; ``run`` asks for the one that made it."""
        found: list[AsyncSchedule] = []
        made = run.id if isinstance(run, AsyncRun) else run
        while len(found) < limit:
            count = min(_PAGE, limit - len(found))
            wanted = {"q": query, "tool": tool, "run": made, "limit": count, "offset": len(found)}
            page = await self._get("schedules", wanted)
            found += [AsyncSchedule(self.transport, item) for item in page["items"]]
            if len(page["items"]) < count:
                break
        return found

    async def schedule(self, schedule: str) -> AsyncSchedule:
        """By id, or its beginning, or by a name: what one alone has. Raises NotFound, Ambiguous."""
        try:
            path = f"schedules/{quote(schedule, safe='')}"
            return AsyncSchedule(self.transport, await self._get(path))
        except NotFound:
            found = await self.schedules(schedule)
        named = [each for each in found if each.name == schedule] or [
            each for each in found if schedule and each.id.startswith(schedule)
        ]
        if not named:
            raise NotFound(
                f"There is no schedule with the name or id {schedule[:100]!r}.",
                hint="jupyter toolrunner schedule list shows the ids and names of all.",
            )
        if len(named) > 1:
            raise Ambiguous(
                f"{len(named)} schedules have the name {schedule[:100]!r}, or ids that begin so.",
                hint=f"Their ids are {', '.join(each.id for each in named)}",
            )
        return await named[0].refresh()

    async def add_schedule(
        self,
        tool: str | Tool,
        /,
        params: Mapping[str, Any] | None = None,
        *,
        cron: str | None = None,
        every: str | float | timedelta | None = None,
        at: datetime | str | None = None,
        after_run: str | int | AsyncRun | None = None,
        condition: RunCondition | str = RunCondition.ENDED,
        start: datetime | str | None = None,
        zone: str | None = None,
        name: str = "",
        catch_up: CatchUp | str = CatchUp.ONE,
        priority: Priority | str = Priority.DEFAULT,
    ) -> AsyncSchedule:
        """Have a tool run by itself while a server runs; one of cron, every, at and after_run is given.

        ``cron`` has five fields and is meant by the clock of ``zone``, that of this machine where it is left out; ``every``
        takes seconds, a timedelta or a text such as ``"90 min"``. ``catch_up`` says what becomes of due times that pass
        while no server runs: ``"skip"``, ``"one"`` or ``"all"``. Raises InvalidRequest, InvalidParams, NotFound.
        """
        run = after_run.id if isinstance(after_run, AsyncRun) else after_run
        body = {
            "tool": tool.name if isinstance(tool, Tool) else tool,
            "params": encode_params(params or {}),
            "rule": rule_json(
                cron=cron, every=every, at=at, after_run=run, condition=condition, start=start, zone=zone
            ),
            "name": name,
            "catch_up": CatchUp(catch_up).value,
            "priority": Priority(priority).value,
        }
        response = await self.transport.request("POST", "schedules", json=body)
        raise_for(response)
        return AsyncSchedule(self.transport, response.json())

    async def preview_schedule(
        self,
        *,
        cron: str | None = None,
        every: str | float | timedelta | None = None,
        at: datetime | str | None = None,
        start: datetime | str | None = None,
        zone: str | None = None,
    ) -> RulePreview:
        """What a rule means, in words, and its next ten firings; nothing is kept. Raises InvalidRequest."""
        rule = rule_json(cron=cron, every=every, at=at, start=start, zone=zone)
        response = await self.transport.request("POST", "schedules/preview", json=rule)
        raise_for(response)
        return read(RulePreview, response.json())

    async def queue(self, *, limit: int = 100, offset: int = 0, owner: str | None = None) -> QueueShape:
        """Holds, limits and whose runs wait, with some of these in the order in which they start.

        ``owner``: whose alone, ``"me"`` for one's own.
        """
        return read(QueueShape, await self._get("queue", {"limit": limit, "offset": offset, "owner": owner}))

    async def place(self, run: str | int | AsyncRun) -> QueuePlaceShape:
        """Where a run stands in the queue, and what it waits for beside a free worker. Raises NotFound."""
        path = f"runs/{quote(_id_of(run), safe='')}/place"
        return read(QueuePlaceShape, await self._get(path))

    async def hold(self, tool: str | Tool | None = None, *, note: str = "") -> QueueRuleShape:
        """Start nothing more of a tool, or nothing at all, until it is released; what runs goes on. Raises Conflict."""
        body = {"tool": tool.name if isinstance(tool, Tool) else tool, "note": note}
        return read(QueueRuleShape, await self._post("queue/hold", body))

    async def release(self, tool: str | Tool | None = None) -> QueueRuleShape:
        """Let runs of a tool, or of all, start again. Raises Conflict where nobody holds it."""
        body = {"tool": tool.name if isinstance(tool, Tool) else tool}
        return read(QueueRuleShape, await self._post("queue/release", body))

    async def retention(self) -> RetentionShape:
        """What is kept of ended runs, for how long, and what was freed of late."""
        return read(RetentionShape, await self._get("retention"))

    async def clean(self, *, dry_run: bool = True) -> CleaningShape:
        """Free the logs and artifacts that the rules of the configuration name; by itself only tell what that would be."""
        return read(CleaningShape, await self._post("retention/clean", {"dry_run": dry_run}))

    async def move(
        self,
        runs: Iterable[str | int | AsyncRun],
        to: str = "front",
        *,
        beside: str | int | AsyncRun | None = None,
    ) -> MoveAnswer:
        """Put runs that wait to the ``"front"`` or ``"end"`` of those of their owner, or ``"before"`` or ``"after"`` one.

        They keep the order that they have, and take the priority of where they come to; what cannot be moved is told in
        ``refused``. Raises InvalidRequest, NotFound, Conflict.
        """
        body = {
            "ids": [_id_of(run) for run in runs],
            "to": to,
            "beside": None if beside is None else _id_of(beside),
        }
        return read(MoveAnswer, await self._post("queue/move", body))

    async def workers(self) -> list[WorkerShape]:
        """Those of all machines, with what each does, takes and was told; one that was told to end is listed a while on."""
        return [read(WorkerShape, each) for each in await self._get("workers")]

    async def drain_worker(self, worker: str | WorkerShape) -> WorkerShape:
        """Have a worker finish its run, take no other, and end. By id, or by a name that is unambiguous.

        Raises NotFound, Ambiguous, Conflict.
        """
        return read(WorkerShape, await self._post(f"workers/{_worker_id(worker)}/drain", {}))

    async def stop_worker(self, worker: str | WorkerShape) -> WorkerShape:
        """End a worker now. Its run fails as ``lost_worker``, or is tried again where its tool is ``idempotent`` or
        ``transactional``. Raises NotFound, Ambiguous, Conflict.
        """
        return read(WorkerShape, await self._post(f"workers/{_worker_id(worker)}/stop", {}))

    async def crew(self) -> CrewShape:
        """How many workers the server's machine keeps up."""
        return read(CrewShape, await self._get("workers/scale"))

    async def scale_workers(self, workers: int) -> CrewShape:
        """Keep up so many workers on the server's machine; those that are too many finish their run first.

        Raises InvalidRequest, and Conflict where nobody keeps any up there.
        """
        return read(CrewShape, await self._post("workers/scale", {"workers": workers}))

    async def upload(self, path: str | Path) -> AsyncArtifact:
        """Bring a file of this machine to the server, as a value for a field; what no run uses goes after a week."""
        source = Path(path)
        size, digest = source.stat().st_size, sha256()
        shape = await self._upload("POST", "uploads", json={"name": source.name, "size": size})
        for offset, piece in pieces_of(source, shape.piece):
            digest.update(piece)
            await self._upload("PUT", f"uploads/{shape.id}", query={"offset": str(offset)}, content=piece)
        whole = {"digest": digest.hexdigest()}
        shape = await self._upload("POST", f"uploads/{shape.id}/finish", query=whole)
        return AsyncArtifact(self.transport, artifact_of(shape))

    async def _upload(self, method: str, path: str, **request: Any) -> UploadShape:
        response = await self.transport.request(method, path, **request)
        raise_for(response)
        return read(UploadShape, response.json())

    async def dashboards(self) -> list[DashboardShape]:
        """Notebooks that were published as pages."""
        return [read(DashboardShape, item) for item in await self._get("dashboards")]

    async def publish(
        self, notebook: str | Path | Mapping[str, Any], *, title: str = "", name: str = "", path: str = ""
    ) -> DashboardShape:
        """Show a notebook, a file or its content, as a page, with the results that it has now.

        ``path``: where it lies in the server's folder, for a live page to work beside it; known by itself where it is a file
        there, on this machine. Published again with its path, or under its ``name``, a page is replaced. Raises
        InvalidRequest, Conflict.
        """
        content = notebook if isinstance(notebook, Mapping) else notebook_of(Path(notebook))
        if not path and not isinstance(notebook, Mapping):
            path = place_of(Path(notebook), getattr(self.transport, "url", ""))
        body = {"notebook": content, "title": title, "name": name, "path": path}
        response = await self.transport.request("POST", "dashboards", json=body)
        raise_for(response)
        return read(DashboardShape, response.json())

    async def withdraw(self, name: str) -> None:
        """Take a page away; its notebook stays. Raises NotFound, Conflict, Forbidden."""
        raise_for(await self.transport.request("DELETE", f"dashboards/{quote(name, safe='')}"))

    async def close(self) -> None:
        await self.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Toolrunner {self.transport}>"

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        response = await self.transport.request("POST", path, json=body)
        raise_for(response)
        return response.json()

    async def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        given = {key: str(value) for key, value in (query or {}).items() if value not in (None, "")}
        response = await self.transport.request("GET", path, query=given)
        raise_for(response)
        return response.json()


def _listed(words: Iterable[str]) -> str:
    """As REST takes several: with commas between, those with a comma or a quote in double quotes."""
    return ",".join(
        '"{}"'.format(word.replace('"', '""')) if {",", '"'} & set(word) else word for word in words
    )


def _id_of(run: str | int | AsyncRun) -> str:
    return run.id if isinstance(run, AsyncRun) else str(run)


def _merged(params: Mapping[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    if params is not None and not isinstance(params, Mapping):
        raise InvalidRequest(
            "params is the mapping of all params", field="params", hint="submit(tool, params={'params': …})"
        )
    if twice := sorted(set(params or {}) & set(more)):
        raise InvalidRequest(f"{twice[0]} is given twice", field=twice[0])
    return {**(params or {}), **more}


def _run_name(run: str | int | AsyncRun) -> str:
    return run.id if isinstance(run, AsyncRun) else str(run)


def _title_of(rows: Source) -> str:
    if not isinstance(rows, str | Path):
        return ""
    return "".join(each for each in Path(rows).name if each.isprintable())[:200]


def _statuses(status: RunStatus | str | Iterable[RunStatus | str] | None) -> str | None:
    if status is None:
        return None
    return ",".join([status] if isinstance(status, str) else status)


def _worker_id(worker: str | WorkerShape) -> str:
    return quote(worker.id if isinstance(worker, WorkerShape) else worker, safe="")
