"""What history and events add to a run: ``python tests/bench/bench_events.py [--only NAME …] [--write]``.

From the submit to its end, by turns, on two products beside each other with a worker each. The one is as it is. The other
has what a run needs to be accepted, claimed, made and finished, its rows, artifact and log, and nothing for those who look:
no event and no live log are published, the triggers that count runs and the indices that only lists read are dropped, and
nobody follows behind to take runs into the tables for search.

The product has no switch for that: it is made here. So that both ends are learned of alike, either worker tells this
process by one command to Redis.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from unittest import mock

from redis import Redis
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import TOOL, Row, in_turns, main, row
from bench.telling_worker import ENDED

from jupyter_toolrunner import backend
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.tables import runs
from jupyter_toolrunner.queue.embedded import EmbeddedServices
from jupyter_toolrunner.services.product import Product

TESTS = Path(__file__).parents[1]
#: What claim, lease and back-off go by.
NEEDED = {"ix_runs_claim", "ix_runs_queue", "ix_runs_lease", "ix_runs_ready_at"}
GOAL = 1.05


@contextlib.contextmanager
def side(folder: Path, which: str) -> Iterator[tuple[Product, Redis]]:
    """The product in this process with a worker, ``with`` history and events or ``without``."""
    box = folder / "box"
    box.mkdir(parents=True)
    (box / "tools.py").write_text(TOOL)
    settings = Settings(data_dir=folder / "data", toolboxes=(str(box),), workers=0)
    services = EmbeddedServices(settings)
    services.ensure()
    with contextlib.ExitStack() as stack:
        stack.callback(services.close)
        with _nobody_behind() if which == "without" else contextlib.nullcontext():
            opened = backend.open_product(settings)
        stack.callback(opened.close)
        if which == "without":
            _drop_history(settings)
            stack.enter_context(mock.patch.object(opened.events, "publish"))
        worker = _worker(settings, which)
        stack.callback(worker.wait)
        stack.callback(worker.terminate)
        opened.catalog.refresh(wait=True)
        while not opened.health()["workers"] or opened.health()["queue"] != "ok":
            time.sleep(0.05)
        yield opened, Redis.from_url(settings.effective_redis_url)


def _nobody_behind() -> contextlib.AbstractContextManager[object]:
    return mock.patch.object(RunIndex, "start")


def _drop_history(settings: Settings) -> None:
    engine = open_engine(settings.effective_database_url)
    with engine.begin() as connection:
        named = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for (trigger,) in named.all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        for index in runs.indexes:
            if index.name not in NEEDED:
                index.drop(connection)
    engine.dispose()


def _worker(settings: Settings, which: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.telling_worker", which],
        env={
            **os.environ,
            **settings.to_environ(),
            "PYTHONPATH": str(TESTS),
            "TOOLRUNNER_LOG_LEVEL": "ERROR",
        },
    )


def one_run(opened: Product, redis: Redis, tool: str) -> float:
    """Seconds until the worker says that it has ended."""
    start = time.perf_counter()
    run = opened.runs.submit(tool, {}, owner="bench")
    told = redis.blpop([ENDED], 10)
    taken = time.perf_counter() - start
    assert told is not None
    assert told[1] == run.id.encode()
    return taken


def added(folder: Path, tool: str, what: str) -> list[Row]:
    with side(folder / "with", "with") as ours, side(folder / "without", "without") as theirs:
        with_, without = in_turns(
            partial(one_run, *ours, tool), partial(one_run, *theirs, tool), rounds=16, each=25, warm=25
        )
    return [row(what, with_, "without history and events", without, GOAL)]


BENCHES = {
    "fresh": partial(added, tool="noop", what="no-op function, history and events on, p50"),
    "warm": partial(added, tool="warm_noop", what="no-op function, warm process, history and events on, p50"),
}

if __name__ == "__main__":
    sys.exit(main(__doc__, BENCHES))
