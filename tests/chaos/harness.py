"""Submits, kills, waits, checks."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from .checker import Finding, check
from .fleet import Fleet, NotAccepted
from .history import Accepted, History
from .nemesis import Nemesis
from .report import Report
from .scenario import ONCE, TOOLS, Scenario
from .toolbox.witness import FOLDER

log = logging.getLogger(__name__)


def execute(scenario: Scenario, make_fleet: Callable[[Scenario, History], Fleet]) -> Report:
    history = History(scenario.folder / "history")
    history.prepare()
    fleet = make_fleet(scenario, history)
    began = time.monotonic()
    with _environment(FOLDER, str(history.folder)):
        try:
            fleet.start()
            nemesis, drained, stuck = _storm(scenario, fleet, history)
            endings = [fleet.ending(run) for run in history.accepted.values()]
            findings = check(history, endings, stuck)
            findings += [Finding("left", text) for text in fleet.leftovers()]
        finally:
            left = fleet.stop()
    return Report(
        system=fleet.name,
        database=scenario.database,
        seed=scenario.seed,
        accepted=len(history.accepted),
        starts=sum(mark.what == "start" for mark in history.marks()),
        undone=_undone(history),
        statuses=Counter(str(ending.status) for ending in endings),
        kills=nemesis.kills,
        seconds=nemesis.last - began,
        drained=drained,
        allowed=scenario.allowed,
        findings=[*findings, *(Finding("left", text) for text in left)],
    )


def _undone(history: History) -> int:
    done = history.by_key("effect")
    return sum(run.tool not in ONCE and key not in done for key, run in history.accepted.items())


def _storm(scenario: Scenario, fleet: Fleet, history: History) -> tuple[Nemesis, float | None, set[str]]:
    """Kills while runs are accepted; then the seconds until all had ended, and those that were late."""
    nemesis = Nemesis(fleet, history, scenario.seed, scenario.pause)
    over = threading.Event()
    submitter = threading.Thread(target=_submit, args=(scenario, fleet, history, nemesis, over), daemon=True)
    keeper = threading.Thread(target=_keep_up, args=(fleet, over), daemon=True)
    keeper.start()
    submitter.start()
    try:
        while submitter.is_alive() or nemesis.count < scenario.kills:
            nemesis.strike()
        drained, stuck = _drain(scenario, fleet, history, nemesis.last)
    finally:
        over.set()
        keeper.join()
    return nemesis, drained, stuck


def _submit(
    scenario: Scenario, fleet: Fleet, history: History, nemesis: Nemesis, over: threading.Event
) -> None:
    """Asks until the answer is yes, and never for more than the fleet can start."""
    chances = random.Random(f"{scenario.seed} runs")
    for number in range(scenario.runs):
        key = f"{scenario.seed}-{number}"
        tool = chances.choices(list(TOOLS), list(TOOLS.values()))[0]
        seconds = round(chances.uniform(0.0, scenario.longest), 3)
        while not over.is_set():
            # Some runs are accepted for each kill, until the last one.
            ahead = number / scenario.runs > (nemesis.count + 1) / max(1, scenario.kills)
            try:
                if ahead or (scenario.waiting and len(fleet.unfinished()) >= scenario.waiting):
                    time.sleep(0.02)
                    continue
                history.accepted[key] = Accepted(key, fleet.submit(key, tool, seconds), tool)
                break
            except NotAccepted:
                time.sleep(0.05)


def _keep_up(fleet: Fleet, over: threading.Event) -> None:
    while not over.wait(0.05):
        try:
            fleet.keep_up()
        except Exception:
            log.exception("what was killed could not be started again")


def _drain(scenario: Scenario, fleet: Fleet, history: History, last: float) -> tuple[float | None, set[str]]:
    mine = {run.run for run in history.accepted.values()}
    late: set[str] | None = None
    while (waited := time.monotonic() - last) < scenario.patience + scenario.allowed:
        with contextlib.suppress(NotAccepted):
            left = mine & set(fleet.unfinished())
            if not left:
                return waited, late or set()
            if late is None and waited > scenario.allowed:
                late = left
        time.sleep(0.05)
    return None, late or set()


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
