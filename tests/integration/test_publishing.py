"""A folder that others see is changed last: when what a run left is kept, and only while the run is its worker's."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from factories import a_run, a_tool

from jupyter_toolrunner.core.artifacts import Output
from jupyter_toolrunner.core.errors import NotAvailable
from jupyter_toolrunner.core.ids import Digest, WorkerId
from jupyter_toolrunner.core.ports import AttemptSpec, EventStream, Outcome, Runner
from jupyter_toolrunner.core.runs import Run, RunStatus
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.tools import SqlToolStore
from jupyter_toolrunner.services.followers import Followers
from jupyter_toolrunner.services.lease import LeaseKeeper
from jupyter_toolrunner.services.versions import Versions
from jupyter_toolrunner.services.work import WorkService
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore
from jupyter_toolrunner.storage.logs import FolderLogStore
from jupyter_toolrunner.storage.measures import measure


class Nobody:
    """Listens to events."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_arguments, **_named: None


class Publishing:
    """A runner whose attempts leave a file and want to publish it."""

    def __init__(self, steps: list[str]) -> None:
        self._steps = steps
        self.meanwhile: Any = lambda spec: None

    def run(self, spec: AttemptSpec, **_options: Any) -> Outcome:
        path = spec.directory / "out.txt"
        path.write_text("out")
        self.meanwhile(spec)
        output = Output(name="out.txt", path=path, media_type="text/plain")
        return Outcome(status=RunStatus.SUCCEEDED, outputs=(output,), publish=self._publish)

    def prepare(self, _tool: Any) -> None:
        """There is no process to have ready."""

    def environment(self, _tool: Any) -> dict[str, Any]:
        return {}

    def _publish(self) -> Sequence[str]:
        self._steps.append("published")
        return ["state.txt could not be published: it is locked"]


class Store(FolderArtifactStore):
    def __init__(self, folder: Path, steps: list[str]) -> None:
        super().__init__(folder)
        self.steps = steps
        self.is_full = False

    def put(self, path: Path) -> tuple[Digest, int]:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.steps.append("kept")
        return super().put(path)


class Bench:
    def __init__(self, folder: Path) -> None:
        engine = open_engine(f"sqlite:///{folder / 'a.db'}")
        upgrade(engine)
        self.steps: list[str] = []
        self.runs = SqlRunStore(engine)
        self.runner = Publishing(self.steps)
        self.store = Store(folder / "artifacts", self.steps)
        self.logs = FolderLogStore(folder / "artifacts")
        tools = SqlToolStore(engine)
        tools.keep(a_tool())
        self.keeper = LeaseKeeper(self.runs, 15.0, lambda _seconds: None)
        self.service = WorkService(
            worker=WorkerId("here:1:worker-1"),
            tools=tools,
            versions=Versions(tools, self.store),
            runs=self.runs,
            artifacts=self.store,
            logs=self.logs,
            events=cast(EventStream, Nobody()),
            followers=cast(Followers, Nobody()),
            runner=cast(Runner, self.runner),
            keeper=self.keeper,
            scratch=folder / "scratch",
            lease_seconds=15.0,
            log_limit=1 << 20,
            measure=measure,
        )

    def made(self) -> Run:
        run, _ = self.runs.insert(a_run(), attempts=1)
        self.service.work_one()
        self.service.close()
        return self.runs.get(run.id)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_a_run_left_is_kept_before_anybody_sees_its_changes(bench: Bench) -> None:
    run = bench.made()
    assert run.status is RunStatus.SUCCEEDED
    assert bench.steps == ["kept", "published"]
    assert [artifact.metadata for artifact in run.artifacts] == [{"lines": 1}]
    assert b"state.txt could not be published" in bench.logs.read(run.id, 1, 0, 1000)


def test_a_run_whose_files_cannot_be_kept_changes_nothing(bench: Bench) -> None:
    bench.store.is_full = True
    run = bench.made()
    assert run.status is RunStatus.FAILED
    assert bench.steps == []


def test_a_run_that_belongs_to_another_attempt_by_now_changes_nothing(bench: Bench) -> None:
    from jupyter_toolrunner.services.sweep import STOPPED

    bench.runner.meanwhile = lambda spec: bench.runs.lose(spec.run, spec.attempt, STOPPED)
    run = bench.made()
    assert run.status is RunStatus.FAILED
    assert bench.steps == ["kept"]


def test_an_end_whose_answer_was_lost_is_told_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_toolrunner.services import work as module

    told: list[RunStatus] = []
    finish, answers = bench.runs.finish, iter([True])

    def losing(*given: Any, **named: Any) -> Run:
        ended = finish(*given, **named)
        if next(answers, False):
            raise ConnectionError("the answer was lost")
        return ended

    monkeypatch.setattr(module, "_PAUSES", (0.0,))
    monkeypatch.setattr(module, "announce", lambda _events, run: told.append(run.status))
    monkeypatch.setattr(bench.runs, "finish", losing)
    assert bench.made().status is RunStatus.SUCCEEDED
    assert told[-1:] == [RunStatus.SUCCEEDED]


@pytest.mark.parametrize("committed", [True, False])
def test_a_claim_whose_answer_was_lost_is_made_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    claim, answers = bench.runs.claim, iter([True])

    def losing(*given: Any, **named: Any) -> Any:
        loses = next(answers, False)
        claimed = claim(*given, **named) if committed or not loses else None
        if loses:
            raise NotAvailable
        return claimed

    monkeypatch.setattr(bench.runs, "claim", losing)
    run, _ = bench.runs.insert(a_run(), attempts=1)
    with pytest.raises(NotAvailable):
        bench.service.work_one()
    worked = [bench.service.work_one() for _ in range(2)]
    bench.service.close()
    assert worked == [True, False]
    ended = bench.runs.get(run.id)
    assert (ended.status, ended.attempt) == (RunStatus.SUCCEEDED, 1)
