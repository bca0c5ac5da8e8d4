"""Whatever people, workers, sweeps and clocks do, in any order: the database says what a small model says.

Long: ``TOOLRUNNER_MODEL_STEPS=1000000 pytest -m soak tests/integration/db/test_life_of_runs.py``.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from factories import a_run, a_tool
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from jupyter_toolrunner.core.errors import Conflict, LeaseLost
from jupyter_toolrunner.core.events import Event
from jupyter_toolrunner.core.ids import RunId, ToolName, WorkerId
from jupyter_toolrunner.core.ports import Claim, Outcome, RunEdit
from jupyter_toolrunner.core.retries import Retry
from jupyter_toolrunner.core.runs import Priority, Reason, RunError, RunStatus
from jupyter_toolrunner.core.tools import Delivery, Policy, Tool
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.followers import SqlFollowerStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.tools import SqlToolStore
from jupyter_toolrunner.services.followers import Followers
from jupyter_toolrunner.services.retries import after_failure
from jupyter_toolrunner.services.sweep import STOPPED, Sweeper

STEPS = 200
#: Seconds, of which a test's own are too few to count.
LEASE, PAUSE, JUMP = 100_000.0, 50_000.0, 30_000.0
ATTEMPTS = 3
WAITS = (RunStatus.QUEUED, RunStatus.WAITING)
ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELED)
#: Runs that have not ended at most: with more, each is met too seldom to come to its last attempt.
OPEN = 4
#: As often as they shall come.
VERBS = (
    *("submit",) * 4,
    *("cancel", "retry", "edit"),
    *("claim",) * 4,
    *("finish",) * 4,
    *("renew", "give_up", "die", "come_back", "sweep", "sweep", "jump", "jump"),
)
ENDS = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.FAILED, RunStatus.CANCELED)
#: Two of this host, of which one knows whether they live, and one of another.
WORKERS = ("here:1:a", "here:2:b", "there:1:c")


def _tool(name: str, delivery: Delivery, *, retries: bool) -> Tool:
    retry = Retry(reasons=("error",), backoff=PAUSE, factor=2.0, max_backoff=4 * PAUSE, jitter=0.0)
    policy = Policy(delivery=delivery, max_attempts=ATTEMPTS, retry=retry if retries else None)
    return a_tool(name=ToolName(f"box.{name}"), policy=policy)


TOOLS = {
    "once": _tool("once", Delivery.AT_MOST_ONCE, retries=False),
    "again": _tool("again", Delivery.AT_MOST_ONCE, retries=True),
    "idempotent": _tool("idempotent", Delivery.IDEMPOTENT, retries=True),
    "transactional": _tool("transactional", Delivery.TRANSACTIONAL, retries=True),
}


@dataclass
class Known:
    """A run as the model has it."""

    id: RunId
    number: int
    tool: Tool
    priority: Priority
    params: dict[str, Any]
    attempts_left: int
    status: RunStatus = RunStatus.QUEUED
    reason: Reason | None = None
    attempt: int = 0
    worker: str | None = None
    cancel_requested: bool = False
    lease_until: float = 0.0
    ready_at: float = 0.0
    #: How each attempt ended; None for the one under way.
    attempts: list[RunStatus | None] = field(default_factory=list)

    def end(self, status: RunStatus, reason: Reason | None = None) -> None:
        self.status, self.reason = status, reason
        self.attempts[-1] = status

    def wait(self, now: float, failures: int, reason: Reason) -> None:
        self.status, self.reason = RunStatus.WAITING, reason
        self.ready_at = now + min(PAUSE * 2 ** (failures - 1), 4 * PAUSE)

    def lose(self, now: float) -> None:
        """The attempt under way was lost."""
        made = self.tool.policy.attempts - self.attempts_left
        self.attempts[-1] = RunStatus.FAILED
        if self.cancel_requested:
            self.status, self.reason = RunStatus.CANCELED, None
        elif self.tool.policy.delivery is Delivery.AT_MOST_ONCE or not self.attempts_left:
            self.status, self.reason = RunStatus.FAILED, Reason.LOST_WORKER
        elif made <= 1:
            self.status, self.reason = RunStatus.QUEUED, None
        else:
            self.wait(now, made - 1, Reason.LOST_WORKER)


class Silent:
    """Bell and events: hints, of which each may be lost, and here all are."""

    def ring(self, run: RunId) -> bool:
        return False

    def publish(self, event: Event) -> None:
        pass


class Life(RuleBasedStateMachine):
    """What may happen to runs."""

    #: Where each example begins with an empty database.
    fresh: Any

    def __init__(self) -> None:
        super().__init__()
        self.engine: Engine = type(self).fresh()
        self.store = SqlRunStore(self.engine)
        tools = SqlToolStore(self.engine)
        for tool in TOOLS.values():
            tools.keep(tool)
        self.alive = dict.fromkeys(WORKERS, True)
        silent: Any = Silent()
        self.sweeper = Sweeper(
            runs=self.store,
            tools=tools,
            doorbell=silent,
            events=silent,
            followers=Followers(SqlFollowerStore(self.engine), silent, silent.ring),
            is_alive=self.knows_alive,
        )
        self.runs: dict[RunId, Known] = {}
        self.keys: dict[str, tuple[str, RunId]] = {}
        #: Every claim that was ever made: those who hold old ones go on asking.
        self.claims: list[Claim] = []
        self.now = 0.0

    def teardown(self) -> None:
        self.engine.dispose()

    def knows_alive(self, worker: WorkerId) -> bool | None:
        return None if worker.startswith("there") else self.alive[worker]

    def known(self, number: int) -> Known:
        return list(self.runs.values())[-1 - number % len(self.runs)]

    def owned(self, claim: Claim) -> Known | None:
        """The run of a claim, while it is its owner's."""
        run = self.runs[claim.run.id]
        return run if run.status is RunStatus.RUNNING and run.attempt == claim.fence else None

    @rule(seed=st.integers(0, 2**64))
    def anything(self, seed: int) -> None:
        """One rule and dice: of many rules and values, Hypothesis tries some much more often than others."""
        dice = random.Random(seed)
        verb = dice.choice(VERBS)
        note(verb)
        number = dice.choice((dice.randrange(3), dice.randrange(3), dice.randrange(60)))
        worker, priority = dice.choice(WORKERS), dice.choice(list(Priority))
        if verb == "submit":
            if sum(run.status not in ENDED for run in self.runs.values()) < OPEN:
                self.submit(
                    dice.choice(list(TOOLS)), priority, dice.choice((None, *"xyz")), dice.choice("12")
                )
        elif verb in ("cancel", "retry", "edit"):
            if self.runs:
                self.edit(number, priority, str(seed)) if verb == "edit" else getattr(self, verb)(number)
        elif verb in ("renew", "give_up", "finish"):
            if self.claims:
                chosen = [dice.choice(ENDS)] if verb == "finish" else []
                getattr(self, verb)(number, *chosen)
        else:
            given: dict[str, list[Any]] = {
                "claim": [worker, dice.random() < 0.5],
                "jump": [dice.randrange(-2, 6)],
                "sweep": [],
            }
            getattr(self, verb)(*given.get(verb, [worker]))

    # -- people -----------------------------------------------------------------------------------------------------

    def submit(self, kind: str, priority: Priority, key: str | None, body: str) -> None:
        tool = TOOLS[kind]
        made = a_run(tool=tool.name, priority=priority, delivery=tool.policy.delivery, params={"body": body})
        asked: dict[str, Any] = {
            "attempts": tool.policy.attempts,
            "idempotency_key": key,
            "request_digest": body,
        }
        if key in self.keys and self.keys[key][0] != body:
            with pytest.raises(Conflict):
                self.store.insert(made, **asked)
            return
        run, is_new = self.store.insert(made, **asked)
        if key in self.keys:
            assert (run.id, is_new) == (self.keys[key][1], False)
            return
        assert is_new
        if key is not None:
            self.keys[key] = (body, run.id)
        self.runs[run.id] = Known(
            run.id, run.number, tool, priority, {"body": body}, attempts_left=tool.policy.attempts
        )

    def cancel(self, number: int) -> None:
        run = self.known(number)
        if run.status in (RunStatus.SUCCEEDED, RunStatus.FAILED):
            with pytest.raises(Conflict):
                self.store.request_cancel(run.id)
            return
        answered = self.store.request_cancel(run.id)
        if run.status in WAITS:
            run.status, run.reason, run.cancel_requested = RunStatus.CANCELED, None, True
        elif run.status is RunStatus.RUNNING:
            run.cancel_requested = True
        assert answered.status is run.status

    def retry(self, number: int) -> None:
        run = self.known(number)
        if run.status in (RunStatus.FAILED, RunStatus.CANCELED):
            run.attempts_left, run.cancel_requested = run.tool.policy.attempts, False
        elif run.status is not RunStatus.WAITING:
            with pytest.raises(Conflict):
                self.store.requeue(run.id, attempts=run.tool.policy.attempts)
            return
        self.store.requeue(run.id, attempts=run.tool.policy.attempts)
        run.status, run.reason = RunStatus.QUEUED, None

    def edit(self, number: int, priority: Priority, body: str) -> None:
        run = self.known(number)
        changes = RunEdit(params={"body": body}, priority=priority)
        if run.status not in WAITS:
            with pytest.raises(Conflict):
                self.store.edit(run.id, changes, by="anna")
            return
        self.store.edit(run.id, changes, by="anna")
        run.params, run.priority = {"body": body}, priority

    # -- workers ----------------------------------------------------------------------------------------------------

    def claim(self, worker: str, expected: bool) -> None:
        if not self.alive[worker]:
            return
        waiting = [run for run in self.runs.values() if run.status is RunStatus.QUEUED]
        claim = self.store.claim(WorkerId(worker), LEASE, expected=expected)
        if claim is None:
            assert not waiting
            return
        following = min(waiting, key=lambda run: (run.priority.rank, run.number))
        assert claim.run.id == following.id
        following.attempt += 1
        following.attempts_left -= 1
        following.attempts.append(None)
        following.status, following.reason, following.worker = RunStatus.RUNNING, None, worker
        following.lease_until = self.now + LEASE
        assert (claim.fence, dict(claim.run.params)) == (following.attempt, following.params)
        self.claims.append(claim)

    def renew(self, number: int) -> None:
        claim = self.claims[-1 - number % len(self.claims)]
        run = self.owned(claim)
        lease = self.store.renew(claim.run.id, claim.fence, LEASE)
        assert lease.held == (run is not None)
        if run is not None:
            assert lease.cancel_requested == run.cancel_requested
            run.lease_until = self.now + LEASE

    def finish(self, number: int, status: RunStatus) -> None:
        claim = self.claims[-1 - number % len(self.claims)]
        run = self.owned(claim)
        tool = self.runs[claim.run.id].tool
        reason = Reason.ERROR if status is RunStatus.FAILED else None
        error = RunError(type="ValueError", message="no") if reason else None
        outcome = Outcome(status=status, reason=reason, error=error)
        pause = after_failure(tool, claim.run, outcome)
        if run is None:
            with pytest.raises(LeaseLost):
                self.store.finish(claim.run.id, claim.fence, outcome, [], again_after=pause)
            return
        self.store.finish(run.id, claim.fence, outcome, [], again_after=pause)
        made = tool.policy.attempts - run.attempts_left
        again = tool.policy.retry is not None and status is RunStatus.FAILED
        run.end(status, reason)
        if again and run.attempts_left and not run.cancel_requested:
            run.wait(self.now, made, Reason.ERROR)

    def give_up(self, number: int) -> None:
        """A worker that was told to stop."""
        claim = self.claims[-1 - number % len(self.claims)]
        run = self.owned(claim)
        answered = self.store.lose(claim.run.id, claim.fence, STOPPED)
        assert (answered is None) == (run is None)
        if run is not None:
            made = run.tool.policy.attempts - run.attempts_left
            run.lose(self.now)
            if run.status is RunStatus.WAITING and made > 1:
                # It did not say when: at once.
                run.status, run.reason = RunStatus.QUEUED, None

    def die(self, worker: str) -> None:
        self.alive[worker] = False

    def come_back(self, worker: str) -> None:
        """Another process under this name; here, what the dead one held was found first."""
        if not self.alive[worker]:
            self.sweep()
            self.alive[worker] = True

    # -- the sweep, and clocks --------------------------------------------------------------------------------------

    def sweep(self) -> None:
        self.sweeper.sweep()
        for run in self.runs.values():
            if run.status is RunStatus.RUNNING:
                assert run.worker is not None
                alive = self.knows_alive(WorkerId(run.worker))
                if alive is False or (alive is None and run.lease_until < self.now):
                    run.lose(self.now)
            if run.status is RunStatus.WAITING and run.ready_at <= self.now:
                run.status, run.reason = RunStatus.QUEUED, None

    def jump(self, jumps: int) -> None:
        """As if the database's clock had been set: all that it kept lies elsewhere now."""
        self.now += jumps * JUMP
        with self.engine.begin() as connection:
            for column in ("lease_until", "ready_at"):
                moved = text(f"UPDATE runs SET {column} = {column} - :by WHERE {column} IS NOT NULL")
                connection.execute(moved, {"by": jumps * JUMP})

    # -- what holds -------------------------------------------------------------------------------------------------

    @invariant()
    def the_database_says_the_same(self) -> None:
        with self.engine.connect() as connection:
            columns = "id, status, reason, attempt, attempts_left, priority, cancel_requested"
            found = {row.id: row for row in connection.execute(text(f"SELECT {columns} FROM runs"))}
            tried = connection.execute(text("SELECT run, number, status FROM attempts ORDER BY run, number"))
            ends: dict[str, list[tuple[int, str]]] = {}
            for row in tried:
                ends.setdefault(row.run, []).append((row.number, row.status))
        assert set(found) == set(self.runs)
        for run in self.runs.values():
            row = found[run.id]
            there = (row.status, row.reason, row.attempt, row.attempts_left, row.priority)
            assert there == (
                run.status.value,
                run.reason and run.reason.value,
                run.attempt,
                run.attempts_left,
                run.priority.rank,
            )
            assert bool(row.cancel_requested) == run.cancel_requested
            assert ends.get(run.id, []) == [
                (number, (end or RunStatus.RUNNING).value) for number, end in enumerate(run.attempts, 1)
            ]


@pytest.fixture
def fresh_sqlite(tmp_path: Path) -> Any:
    pattern = tmp_path / "pattern.db"
    engine = open_engine(f"sqlite:///{pattern}")
    upgrade(engine)
    engine.dispose()
    count = iter(range(10**9))

    def fresh() -> Engine:
        number = next(count)
        if number:
            for file in tmp_path.glob(f"{number - 1}.db*"):
                file.unlink()
        return open_engine(f"sqlite:///{shutil.copyfile(pattern, tmp_path / f'{number}.db')}")

    return fresh


@pytest.fixture
def fresh_postgres(postgres: str) -> Any:
    engine = open_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    upgrade(engine)
    engine.dispose()

    def fresh() -> Engine:
        engine = open_engine(postgres)
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE runs, tools, run_params RESTART IDENTITY CASCADE"))
        return engine

    return fresh


def live(fresh: Any, steps: int) -> None:
    machine = type("LifeHere", (Life,), {"fresh": staticmethod(fresh)})
    wanted = settings(
        max_examples=max(1, steps // STEPS),
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(machine, settings=wanted)


@pytest.fixture(autouse=True)
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """After losses too: of the product's own a test may take longer than they last."""
    pauses = Retry(backoff=PAUSE, factor=2.0, max_backoff=4 * PAUSE, jitter=0.0)
    monkeypatch.setattr("jupyter_toolrunner.services.retries._LOSS", pauses)


@pytest.mark.timeout(600)
def test_any_life_is_as_the_model_has_it(fresh_sqlite: Any) -> None:
    live(fresh_sqlite, 20_000)


@pytest.mark.timeout(600)
def test_any_life_is_as_the_model_has_it_on_postgresql(fresh_postgres: Any) -> None:
    live(fresh_postgres, 2_000)


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_any_long_life_is_as_the_model_has_it(request: pytest.FixtureRequest, kind: str) -> None:
    live(request.getfixturevalue(f"fresh_{kind}"), int(os.environ.get("TOOLRUNNER_MODEL_STEPS", "1000000")))
