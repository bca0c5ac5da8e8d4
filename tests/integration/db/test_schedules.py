"""Schedules in a database: changes, firings, and any number of schedulers that fire each due time exactly once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories import a_run, a_schedule
from sqlalchemy import Engine, func, select

from jupyter_toolrunner.core.errors import Conflict, NotFound
from jupyter_toolrunner.core.ids import ToolName, WorkerId
from jupyter_toolrunner.core.ports import Outcome as RunOutcome
from jupyter_toolrunner.core.ports import ScheduleFilter
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.core.schedules import (
    CatchUp,
    Firing,
    Outcome,
    Rule,
    RunCondition,
    Schedule,
    ScheduleState,
    steps,
)
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schedules import SqlScheduleStore
from jupyter_toolrunner.db.tables import runs, schedule_firings

START = datetime(2027, 12, 1, tzinfo=UTC)
PROCESS = Path(__file__).with_name("scheduler_process.py")
TESTS = PROCESS.parents[2]


@pytest.fixture
def schedules(engine: Engine) -> SqlScheduleStore:
    return SqlScheduleStore(engine)


def a_firing(schedule: Schedule, due: datetime, **changes: object) -> Firing:
    values: dict[str, object] = {
        "schedule": schedule.id,
        "due": due,
        "outcome": Outcome.FIRED,
        "fired_at": due + timedelta(seconds=1),
    }
    return Firing(**{**values, **changes})  # type: ignore[arg-type]


def fire(store: SqlScheduleStore, schedule: Schedule, following: datetime | None) -> Schedule | None:
    assert schedule.next_due is not None
    run = a_run()
    return store.fire(schedule, a_firing(schedule, schedule.next_due, run=run.id), following, run)[0]


def test_a_schedule_comes_back_as_it_was_kept(schedules: SqlScheduleStore) -> None:
    rule = Rule(cron="0 3 * * *", zone="Europe/Berlin")
    made = schedules.insert(
        a_schedule(rule=rule, params={"text": "a\0\ud800"}, catch_up=CatchUp.ALL, next_due=START)
    )
    assert schedules.get(made.id) == made


def test_one_that_is_not_there_is_not_found(schedules: SqlScheduleStore) -> None:
    for name in ("nothing", "", "\0", "é"):
        with pytest.raises(NotFound):
            schedules.get(name)


def test_the_database_has_a_clock(schedules: SqlScheduleStore) -> None:
    assert abs((schedules.now() - datetime.now(UTC)).total_seconds()) < 60


def test_what_is_due_first_comes_first_and_what_is_never_due_last(schedules: SqlScheduleStore) -> None:
    late = schedules.insert(a_schedule(name="late", next_due=START + timedelta(days=1)))
    paused = schedules.insert(a_schedule(name="paused", state=ScheduleState.PAUSED))
    soon = schedules.insert(a_schedule(name="soon", next_due=START, tool=ToolName("box.other")))
    found, total = schedules.page(ScheduleFilter(), limit=2)
    assert ([each.id for each in found], total) == ([soon.id, late.id], 3)
    assert [each.id for each in schedules.page(ScheduleFilter(), limit=2, offset=2)[0]] == [paused.id]
    assert [each.id for each in schedules.page(ScheduleFilter(text="OTHER"), limit=9)[0]] == [soon.id]
    assert [each.id for each in schedules.page(ScheduleFilter(state="paused"), limit=9)[0]] == [paused.id]
    assert schedules.page(ScheduleFilter(text="%"), limit=9)[1] == 0
    assert [each.id for each in schedules.page(ScheduleFilter(text=late.id[:-1]), limit=9)[0]] == [late.id]
    assert schedules.page(ScheduleFilter(text=late.id[1:]), limit=9)[1] == 0


def test_of_two_who_change_one_the_second_is_told(schedules: SqlScheduleStore) -> None:
    made = schedules.insert(a_schedule(next_due=START))
    changed = schedules.change(replace(made, name="mine"))
    with pytest.raises(Conflict):
        schedules.change(replace(made, name="yours"))
    assert schedules.get(made.id) == changed
    schedules.delete(made.id)
    with pytest.raises(NotFound):
        schedules.change(changed)


def test_a_firing_its_run_and_the_next_due_time_are_one(schedules: SqlScheduleStore, engine: Engine) -> None:
    made = schedules.insert(a_schedule(next_due=START))
    run = a_run()
    following = START + timedelta(days=1)
    firing = a_firing(made, START, run=run.id, missed=3)
    moved, kept = schedules.fire(made, firing, following, run)
    assert kept is not None
    assert kept.number == SqlRunStore(engine).get(run.id).number
    found = schedules.get(made.id)
    assert (found.next_due, found.last) == (following, firing)
    assert found.last_run is not None
    assert found.last_run.id == run.id
    assert [(each, of and of.id) for each, of in schedules.firings(made.id, limit=5)] == [(firing, run.id)]
    assert [each.id for each in schedules.page(ScheduleFilter(run=run.id), limit=5)[0]] == [made.id]
    assert moved is not None
    assert moved.next_due == following


def test_of_two_who_fire_one_does(schedules: SqlScheduleStore, engine: Engine) -> None:
    made = schedules.insert(a_schedule(next_due=START))
    assert fire(schedules, made, START + timedelta(days=1)) is not None
    assert fire(schedules, made, START + timedelta(days=1)) is None
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(runs)).scalar_one() == 1


def test_who_decided_by_an_older_state_fires_nothing(schedules: SqlScheduleStore) -> None:
    made = schedules.insert(a_schedule(next_due=START))
    schedules.change(replace(made, state=ScheduleState.PAUSED, next_due=None))
    assert fire(schedules, made, None) is None
    again = schedules.insert(a_schedule(next_due=START))
    schedules.change(replace(again, name="other"))
    assert fire(schedules, again, None) is None
    schedules.delete(again.id)
    assert fire(schedules, again, None) is None


def test_a_due_time_that_comes_again_is_over_and_the_schedule_goes_on(schedules: SqlScheduleStore) -> None:
    made = schedules.insert(a_schedule(next_due=START))
    assert fire(schedules, made, START + timedelta(days=1)) is not None
    # The clock was put back, and somebody changed the rule: it comes to the same moment.
    back = schedules.change(replace(schedules.get(made.id), next_due=START))
    run = a_run()
    moved, kept = schedules.fire(back, a_firing(back, START, run=run.id), START + timedelta(days=1), run)
    assert moved is not None
    assert (moved.next_due, kept) == (START + timedelta(days=1), None)
    assert len(schedules.firings(made.id, limit=5)) == 1


def test_the_end_of_a_run_is_seen(schedules: SqlScheduleStore, store: SqlRunStore) -> None:
    run, _ = store.insert(a_run())
    rule = Rule(after_run=run.id, condition=RunCondition.SUCCEEDED)
    made = schedules.insert(a_schedule(rule=rule))
    assert list(schedules.ended()) == []
    claim = store.claim(WorkerId("w"), 15)
    assert claim is not None
    store.finish(run.id, claim.fence, RunOutcome(status=RunStatus.SUCCEEDED), [])
    ((found, ended),) = schedules.ended()
    assert (found.id, ended.status) == (made.id, RunStatus.SUCCEEDED)
    new = a_run()
    assert ended.finished_at is not None
    moved, _ = schedules.fire(found, a_firing(found, ended.finished_at, run=new.id), None, new)
    assert moved is not None
    assert moved.state is ScheduleState.ENDED
    assert list(schedules.ended()) == []


def test_a_schedule_that_goes_leaves_its_runs(schedules: SqlScheduleStore, engine: Engine) -> None:
    made = schedules.insert(a_schedule(next_due=START))
    fire(schedules, made, START + timedelta(days=1))
    schedules.delete(made.id)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(runs)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(schedule_firings)).scalar_one() == 0


def test_many_that_are_due_are_read_in_pieces(schedules: SqlScheduleStore) -> None:
    made = [schedules.insert(a_schedule(next_due=START + timedelta(minutes=n // 3))) for n in range(10)]
    found: list[Schedule] = []
    last = None
    while piece := schedules.due(START + timedelta(days=1), limit=4, after=last):
        found += piece
        last = piece[-1]
    assert sorted(each.id for each in found) == sorted(each.id for each in made)
    assert schedules.next_due() == START
    assert schedules.due(START - timedelta(seconds=1), limit=4) == []


# -- five schedulers --------------------------------------------------------------------------------------------------

#: Each with the seconds between its due times, about.
RULES = [
    (Rule(cron="*/5 * * * *", zone="Europe/Berlin"), 300),
    (Rule(cron="30 * * * *", zone="Australia/Lord_Howe"), 3_600),
    (Rule(cron="*/10 1-3 * * *", zone="America/New_York"), 4_800),
    (Rule(cron="30 2 * * *", zone="Europe/Berlin"), 86_400),
    (Rule(cron="0 6 29 2 *", zone="UTC"), 86_400 * 366),
    (Rule(every=1_777, start=START), 1_777),
    (Rule(at=START + timedelta(hours=30)), 86_400 * 366),
]


class Fleet:
    """Schedulers in processes of their own, that may be killed in the middle of their work."""

    def __init__(self, url: str, count: int, dice: random.Random) -> None:
        self._url = url
        self._dice = dice
        self.kills = 0
        self._processes = [self._started() for _ in range(count)]
        for process in self._processes:
            self._heard(process)

    def tick(self, now: datetime, *, kill: bool) -> None:
        """All of them at once; one may die meanwhile, and another one comes in its place."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{int(now.timestamp())}\n")
            process.stdin.flush()
        if kill:
            place = self._dice.randrange(len(self._processes))
            timer = threading.Timer(self._dice.random() * 0.05, self._processes[place].kill)
            timer.start()
            timer.join()
            self._processes[place].communicate()
            self._processes[place] = self._started()
            self._heard(self._processes[place])
            self.kills += 1
        for n, process in enumerate(self._processes):
            if not (kill and n == place):
                assert self._heard(process) == "done", "a scheduler ended by itself"

    def close(self) -> None:
        for process in self._processes:
            process.communicate()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(PROCESS), self._url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        )

    def _heard(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline().strip()


def clocks(dice: random.Random, step: timedelta) -> Iterator[datetime]:
    """Time as a bad clock tells it: it stands still, runs, is put forward and back by an hour, and machines are off."""
    true = jump = timedelta()
    while True:
        true += step * dice.uniform(0.2, 1.8)
        if dice.random() < 0.02:
            true += timedelta(hours=3)
        if dice.random() < 0.05:
            jump = dice.choice([timedelta(hours=-1), timedelta(), timedelta(hours=1)])
        yield START + true + jump


def simulate(engine: Engine, *, due: int, step: timedelta, kills: float, seed: int) -> int:
    """Until so many times were due that each have a run of their own; how many there were."""
    dice = random.Random(seed)
    store = SqlScheduleStore(engine)
    made = [
        store.insert(a_schedule(rule=rule, catch_up=catch_up, next_due=rule.next_after(START)))
        for rule, catch_up in [
            *((rule, CatchUp.ALL) for rule, _ in RULES),
            *((RULES[n][0], catch_up) for n in (0, 3) for catch_up in (CatchUp.ONE, CatchUp.SKIP)),
        ]
    ]
    fleet = Fleet(engine.url.render_as_string(hide_password=False), 5, dice)
    latest, expected = START, 0
    for now in clocks(dice, step):
        fleet.tick(now, kill=dice.random() < kills)
        latest = max(latest, now)
        expected = sum(int((latest - START).total_seconds() / every) for _, every in RULES)
        if expected >= due:
            break
    # Whoever was killed last left nothing behind that is not made up for.
    fleet.tick(latest, kill=False)
    fleet.close()
    handled = [_check(store, engine, schedule, latest) for schedule in made]
    return sum(handled[: len(RULES)])


def _check(store: SqlScheduleStore, engine: Engine, schedule: Schedule, latest: datetime) -> int:
    """Each due time was handled once: by a run of its own, or as its policy says; how many there were."""
    assert schedule.next_due is not None
    due = list(schedule.rule.due_times(schedule.next_due, latest))
    found = [firing for firing, _ in store.firings(schedule.id, limit=10**7)][::-1]
    assert sum(1 + firing.missed for firing in found) == len(due), schedule.rule
    assert {firing.due for firing in found} <= set(due)
    if schedule.catch_up is CatchUp.ALL:
        assert [firing.due for firing in found] == due
    fired = [firing for firing in found if firing.outcome is Outcome.FIRED]
    if schedule.catch_up is not CatchUp.SKIP:
        assert fired == found
    with engine.connect() as connection:
        ids = [firing.run for firing in fired]
        rows = Counter(
            row.id
            for n in range(0, len(ids), 500)
            for row in connection.execute(select(runs.c.id).where(runs.c.id.in_(ids[n : n + 500])))
        )
    assert rows == Counter(ids)
    return len(due)


def _runs_and_firings(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        made = connection.execute(select(func.count()).select_from(runs)).scalar_one()
        fired = select(func.count()).where(schedule_firings.c.outcome == Outcome.FIRED.value)
        return made, connection.execute(fired).scalar_one()


def test_five_schedulers_fire_each_due_time_once(engine: Engine) -> None:
    simulate(engine, due=600, step=timedelta(minutes=40), kills=0.1, seed=1)
    made, fired = _runs_and_firings(engine)
    assert made == fired > 600


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_five_schedulers_and_a_hundred_thousand_due_times(engine: Engine) -> None:
    # Most of a year, with a leap day and both changes of clocks.
    due = simulate(engine, due=100_000, step=timedelta(hours=6), kills=0.05, seed=2)
    made, fired = _runs_and_firings(engine)
    assert made == fired
    assert due >= 100_000


def test_a_plan_made_twice_is_the_same() -> None:
    schedule = a_schedule(rule=RULES[0][0], catch_up=CatchUp.ALL, next_due=START)
    now = START + timedelta(hours=1)
    assert steps(schedule, now) == steps(schedule, now)
