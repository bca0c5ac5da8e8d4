"""A database or a Redis that is away for a moment costs a moment: no run, and no worker."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any, cast

import pytest
from factories import a_run, a_tool
from rq.exceptions import StopRequested

from jupyter_toolrunner.core.errors import NotAvailable
from jupyter_toolrunner.core.ids import Digest, ToolName, WorkerId
from jupyter_toolrunner.core.ports import AttemptSpec, Claim, Outcome
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.core.tools import Delivery, Tool, ToolKind
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.offers import SqlOfferStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.tools import SqlToolStore
from jupyter_toolrunner.queue.redis import open_redis
from jupyter_toolrunner.queue.worker import RingWorker
from jupyter_toolrunner.runners.outcomes import Evidence, judge
from jupyter_toolrunner.services import work
from jupyter_toolrunner.services.lease import LeaseKeeper
from jupyter_toolrunner.services.offers import ToolsHere
from jupyter_toolrunner.services.sweep import LOST
from jupyter_toolrunner.services.versions import Versions
from jupyter_toolrunner.services.work import WorkService
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore
from jupyter_toolrunner.storage.logs import FolderLogStore

ME = WorkerId("here:1:worker-1")


class Nobody:
    """Listens to events, and has processes for nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_arguments, **_named: None

    #: What the next attempts come to.
    ends: tuple[Outcome, ...] = ()

    def run(self, _spec: AttemptSpec, **_options: Any) -> Outcome:
        end, *self.ends = (*self.ends, Outcome(status=RunStatus.SUCCEEDED))  # type: ignore[assignment]
        return end

    def environment(self, _tool: Any) -> dict[str, Any]:
        return {}


class LosesAnswers(SqlRunStore):
    """The connection breaks when the claim is committed, and before anybody hears of it."""

    broken = False

    def claim(self, worker: WorkerId, lease_seconds: float, *, expected: bool = False) -> Claim | None:
        claim = super().claim(worker, lease_seconds, expected=expected)
        if self.broken:
            self.broken = False
            raise NotAvailable("The database does not answer.")
        return claim


class AwayAtFirst(SqlToolStore):
    """Does not answer the first times."""

    times = 0

    def get(self, name: ToolName, version: Digest) -> Tool:
        if self.times:
            self.times -= 1
            raise NotAvailable("The database does not answer.")
        return super().get(name, version)


class Bench:
    def __init__(self, folder: Path) -> None:
        engine = open_engine(f"sqlite:///{folder / 'a.db'}")
        upgrade(engine)
        self.runs = LosesAnswers(engine)
        self.tools = AwayAtFirst(engine)
        self.tools.keep(a_tool())
        artifacts = FolderArtifactStore(folder / "artifacts")
        self.service = WorkService(
            worker=ME,
            tools=self.tools,
            versions=Versions(self.tools, artifacts),
            runs=self.runs,
            artifacts=artifacts,
            logs=FolderLogStore(folder / "artifacts"),
            events=cast(Any, Nobody()),
            followers=cast(Any, Nobody()),
            runner=cast(Any, Nobody()),
            keeper=LeaseKeeper(self.runs, 15.0, lambda _seconds: None),
            scratch=folder / "scratch",
            lease_seconds=15.0,
            log_limit=1 << 20,
        )

    def status(self, run: str) -> str:
        return self.runs.get(run).status.value


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("delivery", Delivery)
def test_a_claim_whose_answer_was_lost_is_taken_up_by_the_same_worker(
    bench: Bench, delivery: Delivery
) -> None:
    run, _ = bench.runs.insert(a_run(delivery=delivery), attempts=1)
    bench.runs.broken = True
    with pytest.raises(NotAvailable):
        bench.service.work_one()
    assert bench.status(run.id) == "running"
    assert bench.service.work_one()
    assert bench.status(run.id) == "succeeded"
    assert [attempt.number for attempt in bench.runs.get(run.id).attempts] == [1]


def test_a_worker_ends_what_an_earlier_one_of_its_name_has_left(bench: Bench) -> None:
    run, _ = bench.runs.insert(a_run())
    assert bench.runs.claim(ME, 15.0) is not None
    bench.service.work_one()
    assert bench.status(run.id) == "failed"


def test_a_database_that_is_away_when_an_attempt_begins_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_PAUSES", (0.01, 0.01, 0.01))
    run, _ = bench.runs.insert(a_run())
    bench.tools = bench.service._tools = AwayAtFirst(bench.tools._engine)
    bench.tools.times = 3
    assert bench.service.work_one()
    assert bench.status(run.id) == "succeeded"


def test_what_a_run_has_made_is_kept_although_its_tool_is_offered_no_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_toolrunner.services.offers._REMEMBERED", 0.0)
    offers = SqlOfferStore(bench.tools._engine)
    offers.offer("here", "a", "host", [a_tool()], 60, all_are_known=True)
    bench.service._here = ToolsHere(offers, "here").find

    class TakesItBack(Nobody):
        def run(self, _spec: AttemptSpec, **options: Any) -> Outcome:
            offers.offer("here", "a", "host", [], 60, all_are_known=True)
            return super().run(_spec, **options)

    bench.service._runner = cast(Any, TakesItBack())
    run, _ = bench.runs.insert(a_run())
    assert bench.service.work_one()
    assert bench.status(run.id) == "succeeded"


def test_an_attempt_that_was_lost_while_its_worker_waited_is_not_started(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_LONG", 0.0)
    run, _ = bench.runs.insert(a_run())

    class LostMeanwhile(SqlToolStore):
        def get(self, name: ToolName, version: Digest) -> Tool:
            bench.runs.lose(run.id, 1, LOST)
            return super().get(name, version)

    class NeverStarts(Nobody):
        def run(self, _spec: AttemptSpec, **_options: Any) -> Outcome:
            raise AssertionError("it was started")

    bench.service._tools = LostMeanwhile(bench.tools._engine)
    bench.service._runner = cast(Any, NeverStarts())
    assert bench.service.work_one()
    ended = bench.runs.get(run.id)
    assert (ended.status.value, ended.reason and ended.reason.value) == ("failed", "lost_worker")


def _away(folder: Path) -> Any:
    return open_redis(f"unix://{folder / 'nobody'}", timeout=None)


def test_a_worker_goes_on_without_redis_and_without_its_database(tmp_path: Path) -> None:
    looks: list[float] = []

    def work_one(*, expected: bool = False) -> bool:
        looks.append(time.monotonic())
        if len(looks) == 2:
            raise NotAvailable("The database does not answer.")
        if len(looks) > 4:
            worker.on_signal(15, None)
        return False

    worker = RingWorker(_away(tmp_path), ME, work_one)
    worker.serve()
    assert len(looks) > 4


def test_a_worker_that_is_told_to_stop_while_it_goes_to_wait_does_not_wait(tmp_path: Path) -> None:
    worker = RingWorker(_away(tmp_path), ME, lambda *, expected=False: False)
    worker.on_signal(15, None)
    with pytest.raises(StopRequested), worker.waiting():
        raise AssertionError("it waits")


@pytest.mark.parametrize("exit_status", [None, signal.SIGKILL], ids=["its zygote", "it"])
@pytest.mark.parametrize("delivery", [Delivery.IDEMPOTENT, Delivery.TRANSACTIONAL])
def test_a_run_that_was_killed_is_made_again_where_it_may_be(
    bench: Bench, delivery: Delivery, exit_status: int | None
) -> None:
    gone = judge(Evidence(kind=ToolKind.FUNCTION, said=None, exit_status=exit_status, tail=b""))
    bench.service._runner.ends = (Outcome(status=gone.status, reason=gone.reason, error=gone.error),)  # type: ignore[attr-defined]
    run, _ = bench.runs.insert(a_run(delivery=delivery), attempts=3)
    bench.service.work_one()
    bench.runs.queue_ready()
    bench.service.work_one()
    assert bench.status(run.id) == "succeeded"
    assert len(bench.runs.get(run.id).attempts) == 2


def test_a_run_of_a_tool_that_may_run_once_fails_where_it_was_killed(bench: Bench) -> None:
    gone = judge(Evidence(kind=ToolKind.FUNCTION, said=None, exit_status=signal.SIGKILL, tail=b""))
    bench.service._runner.ends = (Outcome(status=gone.status, reason=gone.reason, error=gone.error),)  # type: ignore[attr-defined]
    run, _ = bench.runs.insert(a_run(delivery=Delivery.AT_MOST_ONCE), attempts=1)
    bench.service.work_one()
    assert not bench.service.work_one()
    ended = bench.runs.get(run.id)
    assert (ended.status.value, ended.error and ended.error.type) == ("failed", "killed (SIGKILL)")
