"""A scheduler with a clock of its own: each line on standard input is a time, and what is due by then is handled."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from factories import a_run

from jupyter_toolrunner.core.events import Event
from jupyter_toolrunner.core.runs import Run
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.schedules import SqlScheduleStore
from jupyter_toolrunner.services.scheduler import Scheduler


class Runs:
    """Makes the runs; the tools behind them are no matter here."""

    is_reading = False

    def prepare(self, name: str, params: Any, *, owner: str, priority: Any, reuse: bool) -> tuple[Run, int]:
        return a_run(tool=name, params=params, owner=owner, priority=priority), 1

    def take_up(self, run: Run) -> None: ...


class Events:
    def publish(self, event: Event) -> None: ...


def main(url: str) -> None:
    now = datetime.now(UTC)
    scheduler = Scheduler(
        schedules=SqlScheduleStore(open_engine(url)),
        runs=Runs(),  # type: ignore[arg-type]
        events=Events(),  # type: ignore[arg-type]
        now=lambda: now,
    )
    print("ready", flush=True)
    for line in sys.stdin:
        now = datetime.fromtimestamp(int(line), UTC)
        scheduler.tick()
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
