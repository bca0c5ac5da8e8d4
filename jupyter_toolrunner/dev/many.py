"""A history of very many runs, made up: to see and to measure how lists and searches bear it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine, insert

from ..core.ids import new_run_id
from ..core.runs import Priority, Reason, RunError, RunStatus
from ..core.tools import Delivery
from ..db import tables
from ..db.engine import open_engine
from ..db.run_index import RunIndex
from ..db.schema import upgrade

_BATCH = 5_000
_PEOPLE = ("anna", "olga", "sam", "ines", "jo")
#: Name, weight, seconds that it usually takes.
_TOOLS = (
    ("starter.calculate_pagerank", 50, 2.0),
    ("starter.build_graph", 25, 4.0),
    ("starter.graph_visualizer", 20, 9.0),
    ("box.weekly_report", 4, 50.0),
    ("box.once_a_year", 0.02, 600.0),
)
_ERRORS = (
    ("KeyError", "'threshold'"),
    ("ValueError", "k = 10 is over 9 features"),
    ("FileNotFoundError", "orders_2026.xlsx is not there"),
)


def many(count: int, url: str, *, chance: int = 7, days: int = 365, index: bool = True) -> str:
    """Add so many runs that have ended to the database; returns what was done, in words."""
    engine = open_engine(url)
    upgrade(engine)
    fill(engine, count, chance=chance, days=days)
    if index:
        follower = RunIndex(engine)
        while follower.fill(1000):
            pass
    engine.dispose()
    return f"{count} made-up runs of {days} days were added"


def fill(engine: Engine, count: int, *, chance: int = 7, days: int = 365) -> None:
    rows = _rows(count, random.Random(chance), days)
    while batch := list(islice(rows, _BATCH)):
        with engine.begin() as connection:
            connection.execute(insert(tables.runs), batch)
            connection.execute(insert(tables.attempts), [_attempt(row) for row in batch])


def _rows(count: int, chance: random.Random, days: int) -> Iterator[dict[str, Any]]:
    start = datetime.now(UTC) - timedelta(days=days)
    names, weights = [tool for tool, _, _ in _TOOLS], [weight for _, weight, _ in _TOOLS]
    usual = {tool: seconds for tool, _, seconds in _TOOLS}
    for number in range(count):
        created = start + timedelta(days=days) * ((number + chance.random()) / (count + 1))
        started = created + timedelta(seconds=chance.expovariate(2.0))
        (tool,) = chance.choices(names, weights)
        (status,) = chance.choices(("succeeded", "failed", "canceled"), (90, 7, 3))
        took = usual[tool] * chance.lognormvariate(0, 0.6)
        kind, message = chance.choice(_ERRORS)
        failed = status == RunStatus.FAILED
        yield {
            "id": new_run_id(),
            "tool": tool,
            "version": "f" * 64,
            "params": json.dumps(_params(tool, chance)),
            "status": status,
            "reason": Reason.ERROR.value if failed else None,
            "error": RunError(type=kind, message=message).to_json() if failed else None,
            "owner": chance.choice(_PEOPLE),
            "priority": Priority.DEFAULT.rank,
            "delivery": Delivery.AT_MOST_ONCE.value,
            "attempt": 1,
            "worker": "made-up:1:worker-1",
            "cancel_requested": status == RunStatus.CANCELED,
            "created_at": created,
            "queued_at": created,
            "started_at": started,
            "finished_at": started + timedelta(seconds=took),
        }


def _params(tool: str, chance: random.Random) -> dict[str, Any]:
    if tool == "starter.build_graph":
        return {"source": chance.choice(("packages", "imports", "links")), "optional": chance.random() < 0.3}
    if tool == "starter.graph_visualizer":
        return {"layout": chance.choice(("spring", "circular")), "limit": chance.randrange(50, 400, 10)}
    if tool == "box.weekly_report":
        return {"region": chance.choice(("North", "South", "Север")), "week": chance.randrange(1, 53)}
    return {
        "damping": round(chance.choice((0.85, 0.85, 0.85, chance.uniform(0.5, 0.99))), 2),
        "max_iter": chance.choice((100, 100, 50, chance.randrange(10, 1000))),
        "top": 20,
        "reverse": False,
        "note": f"trial {chance.randrange(100_000)}",
    }


def _attempt(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("status", "reason", "error", "worker", "started_at", "finished_at")
    return {"run": row["id"], "number": 1, **{name: row[name] for name in kept}}
