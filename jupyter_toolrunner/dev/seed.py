"""A lively database: some runs are made for real, in a place of their own, then told again as the work of weeks."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from ..client import Client, Run
from ..client.embedded import LocalTransport
from ..core.ids import Digest, RunId, ToolName, new_artifact_id, new_run_id
from ..core.runs import Reason, RunError, RunStatus
from ..core.settings import Settings
from ..db import tables
from ..db.engine import open_engine
from ..db.schema import upgrade
from ..db.tools import SqlToolStore
from ..storage.artifacts import FolderArtifactStore
from ..storage.logs import FolderLogStore
from ..storage.opening import open_storage

WEEKS = 5
_PEOPLE = ("olga", "sam", "ines")
_STATUSES = {
    RunStatus.SUCCEEDED: 84,
    RunStatus.CANCELED: 6,
    RunStatus.FAILED: 10,
}
_LOST = RunError(
    type="lost_worker",
    message="The worker was lost while it ran.",
    hint="Nothing of this attempt was published. Retry it.",
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A run that was made for real, and what it left."""

    run: Row
    attempt: Row
    artifacts: list[Row]
    log: bytes
    #: The example whose artifact it takes, by the name of the param.
    takes: Mapping[str, RunId]


def seed(count: int, settings: Settings | None = None, *, chance: int = 7) -> str:
    """Add so many runs to the database of the settings; returns what was done, in words."""
    settings = settings or Settings.from_environ()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_engine(settings.effective_database_url)
    upgrade(engine)
    with tempfile.TemporaryDirectory(prefix="toolrunner-seed-") as folder:
        workshop = Settings(data_dir=Path(folder), workers=2)
        examples = _made_for_real(workshop)
        _tell_again(examples, count, _Shelves(workshop, settings, engine), random.Random(chance))
    engine.dispose()
    return f"{count} runs of the past {WEEKS} weeks are in {settings.data_dir}"


# -- making examples ----------------------------------------------------------------------------------------------------


def _made_for_real(settings: Settings) -> list[Example]:
    with Client(LocalTransport(settings)) as client:
        submitted = list(_submit_all(client, settings.data_dir))
        made = [(run.wait(), takes) for run, takes in submitted]
    engine = open_engine(settings.effective_database_url)
    logs = FolderLogStore(settings.artifacts_dir)
    with engine.begin() as connection:
        examples = [_example(connection, logs, run, takes) for run, takes in made]
    engine.dispose()
    return examples


def _submit_all(client: Client, folder: Path) -> Iterator[tuple[Run, dict[str, RunId]]]:
    graphs = [
        client.submit("build_graph", source="packages"),
        client.submit("build_graph", source="packages", start=["jupyterlab"], optional=True),
        client.submit("build_graph", source="imports", package="tornado"),
        client.submit("build_graph", source="imports", package="httpx", outside=True),
    ]
    for graph in graphs:
        yield graph.wait(), {}
    for graph in graphs:
        for tool, params in _NEXT:
            chosen = graph.artifacts[-1]
            yield client.submit(tool, params, graph=chosen), {"graph": RunId(graph.id)}
    for params in _BROKEN:
        yield client.submit("build_graph", params), {}
    yield client.submit("calculate_pagerank", damping=0.999, max_iter=3, tol=1e-8), {}
    broken = folder / "edges.json"
    broken.write_text('{"nodes": [')
    yield client.submit("graph_visualizer", graph=broken), {}


_NEXT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("calculate_pagerank", {}),
    ("calculate_pagerank", {"damping": 0.5, "top": 10}),
    ("calculate_pagerank", {"reverse": True}),
    ("graph_visualizer", {"limit": 100}),
    ("graph_visualizer", {"theme": "dark", "labels": 60, "limit": 150}),
    ("graph_visualizer", {"layout": "circular", "color_by": "rank"}),
)
_BROKEN: tuple[dict[str, Any], ...] = (
    {"source": "links"},
    {"source": "links", "folder": "/srv/wiki"},
    {"source": "imports", "package": "no_such_package"},
)


def _example(connection: Connection, logs: FolderLogStore, run: Run, takes: dict[str, RunId]) -> Example:
    def rows(table: Any, column: Any) -> list[Row]:
        # What the database computes by itself is not given to it.
        kept = select(*(one for one in table.columns if one.computed is None)).where(column == run.id)
        return [dict(row._mapping) for row in connection.execute(kept)]  # noqa: SLF001

    return Example(
        run=rows(tables.runs, tables.runs.c.id)[0],
        attempt=rows(tables.attempts, tables.attempts.c.run)[0],
        artifacts=rows(tables.artifacts, tables.artifacts.c.run),
        log=logs.read(RunId(run.id), 1, 0, 2**20),
        takes=takes,
    )


# -- telling them again -------------------------------------------------------------------------------------------------


class _Shelves:
    """Where the told runs go, with what they need from the workshop."""

    def __init__(self, workshop: Settings, settings: Settings, engine: Engine) -> None:
        self.engine = engine
        storage = open_storage(settings)
        self._logs, self._there = storage.logs, storage.artifacts
        self._here = FolderArtifactStore(workshop.artifacts_dir)
        self._source = open_engine(workshop.effective_database_url)
        self._tools = SqlToolStore(engine)

    def keep(self, example: Example) -> None:
        """The tool's version, the environment and the contents."""
        name, version = ToolName(example.run["tool"]), Digest(example.run["version"])
        self._tools.keep(SqlToolStore(self._source).get(name, version))
        for artifact in example.artifacts:
            self._there.put(self._here.path(artifact["digest"]))
        digest = example.attempt["environment"]
        with self._source.begin() as source, self.engine.begin() as target:
            kept = select(tables.environments).where(tables.environments.c.digest == digest)
            if digest and target.execute(kept).one_or_none() is None:
                target.execute(insert(tables.environments).values(dict(source.execute(kept).one()._mapping)))  # noqa: SLF001

    def put(self, run: Row, attempt: Row, artifacts: list[Row], log: bytes) -> None:
        self._logs.append(run["id"], 1, 0, log)
        self._logs.close(run["id"], 1)
        with self.engine.begin() as connection:
            connection.execute(insert(tables.runs).values(run))
            connection.execute(insert(tables.attempts).values(attempt))
            if artifacts:
                connection.execute(insert(tables.artifacts), artifacts)

    def close(self) -> None:
        self._source.dispose()


def _tell_again(examples: list[Example], count: int, shelves: _Shelves, chance: random.Random) -> None:
    for example in examples:
        shelves.keep(example)
    good = [example for example in examples if example.run["status"] == RunStatus.SUCCEEDED]
    bad = [example for example in examples if example.run["status"] == RunStatus.FAILED]
    #: The newest telling of each example, whose artifacts the next ones take.
    told: dict[str, list[Row]] = {}
    owner = examples[0].run["owner"]
    for created in _moments(count, chance):
        (status,) = chance.choices(list(_STATUSES), list(_STATUSES.values()))
        example = chance.choice(bad if status is RunStatus.FAILED and chance.random() < 0.8 else good)
        if any(source not in told for source in example.takes.values()):
            example = next(one for one in good if not one.takes)
        who = chance.choice(_PEOPLE) if chance.random() < 0.4 else owner
        artifacts = _tell(example, status, created, who, told, shelves, chance)
        if artifacts:
            told[example.run["id"]] = artifacts
    shelves.close()


def _moments(count: int, chance: random.Random) -> list[datetime]:
    """Mostly on working days and by day, oldest first, until some minutes ago."""
    now = datetime.now(UTC)
    found: list[datetime] = []
    while len(found) < count:
        moment = now - timedelta(minutes=3 + chance.random() * WEEKS * 7 * 24 * 60)
        by_day = 7 <= moment.hour < 18 and moment.weekday() < 5
        if by_day or chance.random() < 0.1:
            found.append(moment)
    return sorted(found)


def _tell(
    example: Example,
    status: RunStatus,
    created: datetime,
    owner: str,
    told: Mapping[str, list[Row]],
    shelves: _Shelves,
    chance: random.Random,
) -> list[Row]:
    ended = _ended(example, status)
    run_id = new_run_id()
    started = created + timedelta(seconds=chance.expovariate(2.0))
    took = (example.run["finished_at"] - example.run["started_at"]) * chance.lognormvariate(0, 0.5)
    times = {"started_at": started, "finished_at": started + took}
    outcome = {key: ended.run[key] for key in ("status", "reason", "error")}
    run = (
        ended.run
        | times
        | outcome
        | {"id": run_id, "owner": owner, "created_at": created, "queued_at": created}
    )
    run |= {"idempotency_key": None, "request_digest": None, "params": _params(ended, told)}
    del run["number"]
    attempt = ended.attempt | times | outcome | {"run": run_id, "log_size": len(ended.log)}
    artifacts = [one | {"id": new_artifact_id(), "run": run_id} for one in ended.artifacts]
    shelves.put(run, attempt, artifacts, ended.log)
    return artifacts


def _ended(example: Example, status: RunStatus) -> Example:
    """The example as it would have ended with this status."""
    if example.run["status"] == status:
        return example
    lost = status is RunStatus.FAILED
    ended = {
        "status": status.value,
        "reason": Reason.LOST_WORKER.value if lost else None,
        "error": _LOST.to_json() if lost else None,
        "cancel_requested": not lost,
    }
    half = example.log[: len(example.log) // 2]
    return replace(example, run=example.run | ended, artifacts=[], log=half[: half.rfind(b"\n") + 1])


def _params(example: Example, told: Mapping[str, list[Row]]) -> str:
    text: str = example.run["params"]
    for source in example.takes.values():
        made_for_real = _reference(text)
        text = text.replace(made_for_real, told[source][-1]["id"])
    return text


def _reference(params: str) -> str:
    values = json.loads(params).values()
    return next(str(value["artifact"]) for value in values if isinstance(value, dict) and "artifact" in value)
