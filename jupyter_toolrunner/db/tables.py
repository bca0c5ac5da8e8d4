"""The tables. Migrations are compared with them by a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    column,
    false,
    text,
)

from .clock import seconds_between

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

#: SQLite numbers rows by themselves only for plain INTEGER keys.
_Number = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """Times with their zone, in UTC, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None] | None:
        # Of a page of runs this is a good part of what reading it takes.
        return _utc if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def _utc(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(f"{kept}+00:00")


#: Every version of a tool that a run was made of.
tools = Table(
    "tools",
    metadata,
    Column("name", String(400), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("description", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    #: Digest of its files in the artifact store; null where they were not kept.
    Column("code", String(64)),
)

runs = Table(
    "runs",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String(26), nullable=False, unique=True),
    Column("tool", String(400), nullable=False),
    Column("version", String(64), nullable=False),
    #: ASCII-escaped JSON: a text that no database refuses, lone surrogates and NUL included.
    Column("params", Text, nullable=False),
    Column("status", String(12), nullable=False),
    Column("reason", String(16)),
    Column("error", JSON),
    Column("progress", JSON),
    Column("owner", String(200), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("delivery", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    #: Attempts that may still be made by themselves after one that was lost, or failed.
    Column("attempts_left", Integer, nullable=False, server_default=text("0")),
    Column("worker", String(200)),
    #: Unix seconds of the database's clock.
    Column("lease_until", Float),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("idempotency_key", String(200)),
    Column("request_digest", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    #: The tags of `run_tags` once more, so that whoever reads a run has them; null for none.
    Column("tags", JSON),
    Column("note", Text),
    #: Id of the run that this one was made from; that one may be gone.
    Column("origin", String(26)),
    #: Id of the run that its chain began with, however far back; null where it was made from none.
    Column("chain", String(26)),
    #: How often people changed tags, note, params or priority.
    Column("edits", Integer, nullable=False, server_default=text("0")),
    #: Seconds, made by the database.
    Column("duration", Float, Computed(seconds_between(column("started_at"), column("finished_at")))),
    #: When a run that waits is queued, in Unix seconds of the database's clock.
    Column("ready_at", Float),
    #: `core.after.After`; null where it waited for no other.
    Column("after", JSON(none_as_null=True)),
    #: Whether `awaited_runs` names it.
    Column("awaited", Boolean, nullable=False, server_default=false()),
    #: Where it stands among those of its owner and priority that wait: by its time at first, then where people put it.
    Column("queue_place", BigInteger, nullable=False, server_default=text("0")),
    #: `core.runs.Run.reuse`
    Column("reuse", Boolean),
    Column("reuse_key", String(64)),
    #: `core.runs.Reused`
    Column("reused", JSON(none_as_null=True)),
    UniqueConstraint("owner", "idempotency_key"),
    sqlite_autoincrement=True,
)
#: What the claim reads: from each owner's first run of a version to that of the next version, over all that lie between.
Index(
    "ix_runs_claim",
    runs.c.owner,
    runs.c.tool,
    runs.c.version,
    runs.c.priority,
    runs.c.queue_place,
    runs.c.number,
    sqlite_where=text("status = 'queued'"),
    postgresql_where=text("status = 'queued'"),
)
#: The order in which the runs of an owner wait.
Index(
    "ix_runs_queue",
    runs.c.owner,
    runs.c.priority,
    runs.c.queue_place,
    runs.c.number,
    sqlite_where=text("status = 'queued'"),
    postgresql_where=text("status = 'queued'"),
)
#: What the reaper reads.
Index(
    "ix_runs_lease",
    runs.c.status,
    runs.c.lease_until,
    sqlite_where=text("status = 'running'"),
    postgresql_where=text("status = 'running'"),
)
#: What is queued when its time has come: only those that wait for one.
Index(
    "ix_runs_ready_at",
    runs.c.ready_at,
    sqlite_where=text("ready_at IS NOT NULL"),
    postgresql_where=text("ready_at IS NOT NULL"),
)
#: What was made from a run: only the few that were made from another one.
Index(
    "ix_runs_origin",
    runs.c.origin,
    sqlite_where=text("origin IS NOT NULL"),
    postgresql_where=text("origin IS NOT NULL"),
)
#: The runs of a chain, but for the one that it began with, which has its id.
Index(
    "ix_runs_chain_number",
    runs.c.chain,
    runs.c.number,
    sqlite_where=text("chain IS NOT NULL"),
    postgresql_where=text("chain IS NOT NULL"),
)
#: `runs.after` by the run that is waited for.
awaited_runs = Table(
    "awaited_runs",
    metadata,
    Column("awaited", String(26), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("run", String(26), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    #: Whether the run still waits for it.
    Column("is_open", Boolean, nullable=False),
    Index("ix_awaited_runs_run", "run"),
    #: What the sweep reads.
    Index(
        "ix_awaited_runs_open",
        "awaited",
        sqlite_where=text("is_open"),
        postgresql_where=text("is_open"),
    ),
)
#: For what is the same, the run whose result is taken: see `reuse.py`.
reusable = Table(
    "reusable",
    metadata,
    #: `core.reuse.key_of`
    Column("key", String(64), primary_key=True),
    Column("run", String(26), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    #: Whether it can be taken; before that the run is under way, or did not succeed.
    Column("is_ready", Boolean, nullable=False),
    Index("ix_reusable_run", "run"),
)
#: What holds runs back.
queue_rules = Table(
    "queue_rules",
    metadata,
    #: Empty for the whole queue.
    Column("tool", String(400), primary_key=True),
    #: Runs of the tool at a time, as its policy says; null for any number.
    Column("max_running", Integer),
    #: Who holds it; null where nobody does.
    Column("held_by", String(200)),
    Column("held_at", UtcDateTime),
    Column("note", Text, nullable=False, server_default=text("''")),
)
#: When somebody's run was claimed last while others waited too: whose turn was long ago is the next.
queue_turns = Table(
    "queue_turns",
    metadata,
    Column("owner", String(200), primary_key=True),
    #: Counts up with each claim that is written down here.
    Column("turn", BigInteger, nullable=False),
)
#: What each worker says of itself, and what it was told to do.
workers = Table(
    "workers",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("host", String(255), nullable=False),
    #: `core.settings.Settings.place`
    Column("place", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("python", String(64), nullable=False),
    #: Bytes of it and of all processes below it.
    Column("memory", BigInteger),
    Column("started_at", UtcDateTime, nullable=False),
    #: Unix seconds of the database's clock.
    Column("seen_at", Float, nullable=False),
    #: ``drain`` or ``stop``, ``ended`` when it has obeyed; null where it works on.
    Column("told", String(8)),
    Column("told_by", String(200)),
    Column("told_at", UtcDateTime),
)

#: Toolboxes that people added to those of the configuration.
toolboxes = Table(
    "toolboxes",
    metadata,
    Column("path", String(1000), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

#: Where workers are that know their tools by a catalog of their own machine.
places = Table(
    "places",
    metadata,
    #: `core.settings.Settings.place`
    Column("place", String(64), primary_key=True),
    #: Of the catalog: each that runs there speaks for itself.
    Column("source", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    #: Unix seconds of the database's clock.
    Column("seen_until", Float, nullable=False),
)
#: The versions of tools that the workers of a place can run.
offers = Table(
    "offers",
    metadata,
    Column("tool", String(400), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("place", String(64), primary_key=True),
    Column("source", String(64), primary_key=True),
    #: The tool as it is there: its paths are those of that machine.
    Column("description", JSON, nullable=False),
    # No other index: a planner without statistics took it, and read all offers for each run that waits.
)

#: Runs that were asked for together, one for each row of a table.
batches = Table(
    "batches",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String(26), nullable=False, unique=True),
    Column("tool", String(400), nullable=False),
    Column("version", String(64), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("title", String(200), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
batch_rows = Table(
    "batch_rows",
    metadata,
    Column("batch", String(26), ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True),
    #: From 1.
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("run", String(26), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Index("ix_batch_rows_run", "run"),
)

#: Notebooks that were published as pages.
dashboards = Table(
    "dashboards",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("path", String(1000), nullable=False),
    #: Of the notebook's content in the artifact store.
    Column("digest", String(64), nullable=False),
    Column("live", Boolean, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)

#: Small state of a person's own: favourites, saved views.
preferences = Table(
    "preferences",
    metadata,
    Column("owner", String(200), primary_key=True),
    Column("key", String(100), primary_key=True),
    #: ASCII-escaped JSON, as the params of a run.
    Column("value", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

#: Who put which tag on which run; by tag, the newest runs are found first.
run_tags = Table(
    "run_tags",
    metadata,
    Column("run", String(26), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(60), primary_key=True),
    #: The run's number.
    Column("number", BigInteger, nullable=False),
    Column("added_by", String(200), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)
Index("ix_run_tags_tag_number", run_tags.c.tag, run_tags.c.number)

#: What runs are found by, beside `runs`: see `run_index.py`. What happens to a run touches none of these indexes.
run_facts = Table(
    "run_facts",
    metadata,
    #: The run's.
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("tool", String(400), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("status", String(12), nullable=False),
    Column("reason", String(16)),
    Column("priority", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("duration", Float),
    # What is asked for together; the runs of one of each are in their order. Most of what else is asked stands there too.
    Index("ix_run_facts_tool", "tool", "number", "duration"),
    Index("ix_run_facts_owner", "owner", "number", "duration"),
    Index("ix_run_facts_status", "status", "number", "duration"),
    Index("ix_run_facts_tool_status", "tool", "status", "number", "duration"),
    Index("ix_run_facts_owner_status", "owner", "status", "number", "duration"),
    Index("ix_run_facts_tool_owner", "tool", "owner", "number", "duration"),
    Index("ix_run_facts_tool_owner_status", "tool", "owner", "status", "number", "duration"),
    Index("ix_run_facts_created_at", "created_at", "number"),
    Index("ix_run_facts_started_at", "started_at", "number"),
    Index("ix_run_facts_duration", "duration", "number", "tool", "owner", "status"),
    Index("ix_run_facts_tool_duration", "tool", "duration", "number", "owner", "status"),
    Index(
        "ix_run_facts_reason",
        "reason",
        "number",
        "duration",
        sqlite_where=text("reason IS NOT NULL"),
        postgresql_where=text("reason IS NOT NULL"),
    ),
    #: The order in which those that wait are claimed.
    Index(
        "ix_run_facts_queue",
        "status",
        "priority",
        "number",
        "tool",
        "owner",
        sqlite_where=text("status = 'queued'"),
        postgresql_where=text("status = 'queued'"),
    ),
)
#: Runs that are other than `run_facts`, or what else is made of them, tells: triggers on `runs` write them down. On
#: PostgreSQL a run may stand there several times, and the key is a plain index: there no two who write wait for each other.
run_changes = Table(
    "run_changes",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
)
#: How many runs there are of each kind in `run_facts`.
run_counts = Table(
    "run_counts",
    metadata,
    Column("tool", String(400), primary_key=True),
    Column("owner", String(200), primary_key=True),
    Column("status", String(12), primary_key=True),
    Column("runs", BigInteger, nullable=False),
)
#: The lowest and the highest number of the runs that were made in an hour, which is counted from 1970 on.
run_hours = Table(
    "run_hours",
    metadata,
    Column("hour", _Number, primary_key=True, autoincrement=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)
#: How many runs of `run_facts` were made in each quarter of an hour, which is counted from 1970 on.
run_quarters = Table(
    "run_quarters",
    metadata,
    Column("quarter", _Number, primary_key=True, autoincrement=False),
    Column("status", String(12), primary_key=True),
    Column("runs", BigInteger, nullable=False),
)
#: Which runs may have a word: see `run_words.py`.
run_words = Table(
    "run_words",
    metadata,
    Column("gram", BigInteger, primary_key=True, autoincrement=False),
    Column("span", BigInteger, primary_key=True, autoincrement=False),
    Column("bits", LargeBinary, nullable=False),
)

#: Values of params, to find runs by them.
run_params = Table(
    "run_params",
    metadata,
    Column("name", String(200), primary_key=True),
    Column(
        "run", _Number, ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    #: `core.history.value_key`
    Column("value", Text, nullable=False),
    Column("number", Float),
    Index("ix_run_params_name_value_run", "name", "value", "run"),
    Index("ix_run_params_name_number_run", "name", "number", "run"),
    Index("ix_run_params_run", "run"),
    sqlite_with_rowid=False,
)
#: One row: the runs above `filled` up to `last`, of an older database, whose values are not kept yet; and the number up to
#: which `run_words` has runs.
run_index = Table(
    "run_index",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("filled", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False, server_default=text("0")),
    Column("said", BigInteger, nullable=False, server_default=text("0")),
)
#: Which tools have runs with a param of this name.
param_tools = Table(
    "param_tools",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("tool", String(400), primary_key=True),
)

environments = Table(
    "environments",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("description", JSON, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("run", String(26), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("status", String(12), nullable=False),
    Column("reason", String(16)),
    Column("error", JSON),
    Column("worker", String(200), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("log_size", BigInteger, nullable=False, server_default=text("0")),
    #: The end of the log, for search.
    Column("log_tail", Text),
    Column("environment", String(64)),
    #: When its log was freed, and by which rule.
    Column("freed_at", UtcDateTime),
    Column("freed_by", Text),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("run", String(26), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", String(200), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("metadata", JSON, nullable=False),
    #: When it was freed, and by which rule. Its content may be there still, as another one's.
    Column("freed_at", UtcDateTime),
    Column("freed_by", Text),
    #: When something was about to name it last: see `uses`.
    Column("used_at", UtcDateTime),
)
#: What is to be removed from the store, written down before anything is: a log as ``run/attempt``, a content by its digest.
leaving = Table(
    "leaving",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("key", String(64), primary_key=True),
)
#: What was freed, and when.
cleanings = Table(
    "cleanings",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    #: `core.retention.Cleaning`
    Column("summary", JSON, nullable=False),
)

#: Named params of a tool; those in files are not here.
presets = Table(
    "presets",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("tool", String(400), nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("shared", Boolean, nullable=False, server_default=false()),
    #: As in `runs`.
    Column("params", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("tool", "owner", "name"),
)

#: The preset that a user's form of a tool opens with; it may be one of a file.
preset_defaults = Table(
    "preset_defaults",
    metadata,
    Column("tool", String(400), primary_key=True),
    Column("owner", String(200), primary_key=True),
    Column("preset", String(64), nullable=False),
)

#: When tools are run by themselves.
schedules = Table(
    "schedules",
    metadata,
    Column("id", String(26), primary_key=True),
    #: Empty where nobody gave it one.
    Column("name", Text, nullable=False),
    Column("tool", String(400), nullable=False),
    #: As in `runs`; what was given, without defaults.
    Column("params", Text, nullable=False),
    Column("rule", JSON, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("catch_up", String(8), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    #: Unix seconds of the database's clock: the first due time that was not handled.
    Column("next_due", BigInteger),
    #: Id of the run whose end it waits for; only while it does.
    Column("waits_for", String(26)),
    Column("problem", Text),
    Column("edits", Integer, nullable=False, server_default=text("0")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
#: What every scheduler looks at each second: only those that something is to become of.
Index(
    "ix_schedules_next_due",
    schedules.c.next_due,
    schedules.c.id,
    sqlite_where=text("next_due IS NOT NULL"),
    postgresql_where=text("next_due IS NOT NULL"),
)
Index(
    "ix_schedules_waits_for",
    schedules.c.waits_for,
    sqlite_where=text("waits_for IS NOT NULL"),
    postgresql_where=text("waits_for IS NOT NULL"),
)
#: One row for each due time that was handled, however many schedulers there are.
schedule_firings = Table(
    "schedule_firings",
    metadata,
    Column("schedule", String(26), ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    #: Unix seconds.
    Column("due", BigInteger, primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("run", String(26)),
    Column("problem", Text),
    #: Due times right before it that passed without a run.
    Column("missed", Integer, nullable=False, server_default=text("0")),
    Column("fired_at", UtcDateTime, nullable=False),
)
Index(
    "ix_schedule_firings_run",
    schedule_firings.c.run,
    sqlite_where=text("run IS NOT NULL"),
    postgresql_where=text("run IS NOT NULL"),
)

#: Files that people bring along; their bytes lie in the artifact store.
uploads = Table(
    "uploads",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("owner", String(200), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    #: Null until all of it is here.
    Column("digest", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    #: Null until a run or a preset uses it.
    Column("used_at", UtcDateTime),
)
