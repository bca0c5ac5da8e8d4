"""Who takes part in the life of a run, each a process that may die at any point and is started again from the beginning."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from jupyter_toolrunner import worker
from jupyter_toolrunner.backend import open_product
from jupyter_toolrunner.core.errors import Conflict, NotAvailable
from jupyter_toolrunner.core.ports import RunEdit, ScheduleFilter
from jupyter_toolrunner.core.runs import Run, RunStatus
from jupyter_toolrunner.core.schedules import Schedule
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.tables import runs
from jupyter_toolrunner.queue.embedded import EmbeddedServices
from jupyter_toolrunner.queue.liveness import new_worker_id
from jupyter_toolrunner.services.batch_rows import AskedRows
from jupyter_toolrunner.services.product import Product
from jupyter_toolrunner.services.schedules import RuleRequest

#: Where a client writes what became of its runs, by name.
ENDINGS = "CHAOS_ENDINGS"
_PATIENCE = 60.0


def play(role: str) -> None:
    if role == "worker":
        worker.serve(Settings.from_environ(), new_worker_id("worker"))
        return
    settings = Settings.from_environ()
    product = open_product(settings, fires_schedules=True)
    try:
        ended = (open_first if role == PROLOGUE else STORIES[role])(product, settings)
    finally:
        product.close()
    found = Path(os.environ[ENDINGS])
    part = found.with_suffix(".part")
    part.write_text(json.dumps(ended))
    part.replace(found)


T = TypeVar("T")


def open_first(product: Product, _settings: Settings) -> dict[str, Any]:
    """The database is made and the toolbox read, which takes a while the first time."""
    product.catalog.refresh(wait=True)
    return {}


def succeed(product: Product, _settings: Settings) -> dict[str, Any]:
    """A run of each kind is submitted and ends; so does one of a table."""
    runs = [_submit(product, tool, seconds=0.0) for tool in ("publish", "script_again")]
    rows = [{"key": "again", "seconds": 0.0}]
    runs += product.runs.submit_all("chaos.again", rows, owner="somebody", idempotency_key="rows")
    return dict(_told(product, _ended(product, run)) for run in runs)


def put_back(product: Product, _settings: Settings) -> dict[str, Any]:
    """A script changes a file of its own folder."""
    return dict([_told(product, _ended(product, _submit(product, "count")))])


def change_minds(product: Product, settings: Settings) -> dict[str, Any]:
    """A run is labelled, renewed, canceled, retried, canceled again."""
    run = _submit(product, "again", seconds=60.0)
    product.runs.edit(run.id, RunEdit(add_tags=("seen",)), by="somebody")
    engine = open_engine(settings.effective_database_url)
    RunIndex(engine).fill()
    _until_renewed(product, engine, run)
    _cancel(product, run)
    if _now(product, run).attempt < 2:
        with contextlib.suppress(Conflict):
            product.runs.retry(run.id)
    _cancel(product, run)
    return dict([_told(product, _ended(product, run))])


def change_many_minds(product: Product, _settings: Settings) -> dict[str, Any]:
    """A batch is canceled, retried, canceled again, and its rows are given to new runs."""
    asked = AskedRows(rows=[{"key": "many", "seconds": 60.0}])
    batch, _ = product.batches.submit("chaos.again", asked, owner="somebody", idempotency_key="many")
    product.batches.cancel(batch.id)
    _ended_batch(product, batch.id)
    product.batches.retry(batch.id)
    product.batches.cancel(batch.id)
    _ended_batch(product, batch.id)
    product.batches.renew(batch.id, owner="somebody")
    product.batches.cancel(batch.id)
    _ended_batch(product, batch.id)
    ((_, run),) = product.batches.rows(batch.id, limit=9)
    return dict([_told(product, run)])


def _ended_batch(product: Product, batch: str) -> None:
    _until(lambda: product.batches.get(batch), lambda now: now.is_final)


def lose(product: Product, _settings: Settings) -> dict[str, Any]:
    """A worker is killed in the middle of a run."""
    run = _submit(product, "again", seconds=0.3)
    first = _until(lambda: _now(product, run), lambda now: now.attempt > 0)
    if first.attempt == 1 and first.status is RunStatus.RUNNING and first.worker is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(first.worker.split(":")[1]), signal.SIGKILL)
    return dict([_told(product, _ended(product, run))])


def try_again(product: Product, _settings: Settings) -> dict[str, Any]:
    """A run fails, waits for its time and is queued by itself."""
    return dict([_told(product, _ended(product, _submit(product, "falter")))])


def follow(product: Product, _settings: Settings) -> dict[str, Any]:
    """A run fails with the one that it waits for, and follows it when that is retried."""
    first = _submit(product, "again", seconds=0.5)
    given = {"key": "publish", "seconds": 0.0}
    follower = product.runs.submit(
        "chaos.publish", given, owner="somebody", idempotency_key="publish", after=[first.id]
    )
    if _now(product, first).attempt < 2:
        with contextlib.suppress(Conflict):
            product.runs.cancel(first.id)
        _ended(product, first)
        _ended(product, follower)
        with contextlib.suppress(Conflict):
            product.runs.retry(first.id)
    _ended(product, first)
    return dict(_told(product, _ended(product, run)) for run in (first, follower))


def take_again(product: Product, _settings: Settings) -> dict[str, Any]:
    """Of runs that are the same one is made: the second waits for it, the third finds its result when it begins."""
    given = {"key": "publish", "seconds": 0.3}
    first, second = (
        product.runs.submit("chaos.publish", given, owner="somebody", idempotency_key=key, reuse=True)
        for key in ("first", "second")
    )
    third = product.runs.submit(
        "chaos.publish", given, owner="somebody", idempotency_key="third", reuse=True, after=[first.id]
    )
    first, second, third = (_ended(product, run) for run in (first, second, third))
    for taken in (second, third):
        assert taken.reused is not None
        assert taken.reused.run == first.id
        assert {one.digest for one in taken.artifacts} == {one.digest for one in first.artifacts}
    return dict([_told(product, first)])


def by_itself(product: Product, _settings: Settings) -> dict[str, Any]:
    """A schedule fires; there is one run, however often its scheduler died."""
    known, _ = product.schedules.page(ScheduleFilter(), limit=9)
    schedule = known[0] if known else _schedule(product)
    deadline = time.monotonic() + _PATIENCE
    while not (made := product.schedules.firings(schedule.id, limit=9)):
        assert time.monotonic() < deadline, "the schedule did not fire"
        time.sleep(0.01)
    ((_, run),) = made
    assert run is not None
    assert product.history.total() == 1
    return dict([_told(product, _ended(product, run))])


def _schedule(product: Product) -> Schedule:
    soon = product.schedules.now() + timedelta(seconds=2)
    return product.schedules.add("chaos.publish", {"key": "publish"}, RuleRequest(at=soon), "somebody")


def keep_up(product: Product, settings: Settings) -> dict[str, Any]:
    """The services are started by a supervisor, as a server has it."""
    services = EmbeddedServices(settings)
    try:
        services.ensure()
        run = _submit(product, "publish", seconds=0.0)
        while not _now(product, run).status.is_final:
            services.ensure()
            time.sleep(0.05)
    finally:
        services.close()
    return dict([_told(product, _now(product, run))])


#: What is told before the curtain rises.
PROLOGUE = "open first"
STORIES: dict[str, Callable[[Product, Settings], dict[str, Any]]] = {
    "succeed": succeed,
    "put back": put_back,
    "change minds": change_minds,
    "change many minds": change_many_minds,
    "lose": lose,
    "try again": try_again,
    "follow": follow,
    "take again": take_again,
    "by itself": by_itself,
    "keep up": keep_up,
}


def _submit(product: Product, tool: str, **params: Any) -> Run:
    """The same run each time."""
    box = "states" if tool == "count" else "chaos"
    given = {"key": tool, **params} if box == "chaos" else {}
    return product.runs.submit(f"{box}.{tool}", given, owner="somebody", idempotency_key=tool)


def _until_renewed(product: Product, engine: Engine, run: Run) -> None:
    """Until its lease was renewed, or it goes on otherwise."""
    first = _until(lambda: _now(product, run), lambda now: now.status is not RunStatus.QUEUED)
    if first.status is not RunStatus.RUNNING:
        return
    begun = _lease_of(engine, run)
    _until(
        lambda: _now(product, run),
        lambda now: (
            (now.attempt, now.status) != (first.attempt, first.status) or _lease_of(engine, run) != begun
        ),
    )


def _lease_of(engine: Engine, run: Run) -> float | None:
    with engine.connect() as connection:
        until: float | None = connection.execute(
            select(runs.c.lease_until).where(runs.c.id == run.id)
        ).scalar_one()
    return until


def _cancel(product: Product, run: Run) -> None:
    _until(lambda: _now(product, run), lambda now: now.status is not RunStatus.QUEUED)
    with contextlib.suppress(Conflict):
        product.runs.cancel(run.id)
    _ended(product, run)


def _ended(product: Product, run: Run) -> Run:
    return _until(lambda: _now(product, run), lambda now: now.status.is_final)


def _now(product: Product, run: Run) -> Run:
    return product.runs.get(run.id)


def _until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(NotAvailable):
            if good(now := look()):
                return now
        time.sleep(0.01)
    raise TimeoutError(f"nothing came of it: {look()}")


def _told(product: Product, run: Run) -> tuple[str, dict[str, Any]]:
    content = {one.name: product.artifacts.path(one.digest).read_bytes().hex() for one in run.artifacts}
    return run.tool.partition(".")[2], {
        "id": run.id,
        "status": run.status.value,
        "error": run.error and run.error.to_json(),
        "attempts": [one.number for one in run.attempts],
        "published": content,
        "logs": {
            one.number: product.logs.read(run.id, one.number, 0, 1 << 20).decode() for one in run.attempts
        },
    }
