"""What runs are found by stands in a table of its own, with its indexes; triggers write down which runs changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_FAILED, _QUEUED = sa.text("reason IS NOT NULL"), sa.text("status = 'queued'")
_COLUMNS = "number, tool, owner, status, reason, priority, created_at, started_at, duration"
#: Of `run_facts`, with the condition of those that are not of all rows.
_INDEXES = (
    ("tool", ("tool", "number", "duration"), None),
    ("owner", ("owner", "number", "duration"), None),
    ("status", ("status", "number", "duration"), None),
    ("tool_status", ("tool", "status", "number", "duration"), None),
    ("owner_status", ("owner", "status", "number", "duration"), None),
    ("tool_owner", ("tool", "owner", "number", "duration"), None),
    ("tool_owner_status", ("tool", "owner", "status", "number", "duration"), None),
    ("created_at", ("created_at", "number"), None),
    ("started_at", ("started_at", "number"), None),
    ("duration", ("duration", "number", "tool", "owner", "status"), None),
    ("tool_duration", ("tool", "duration", "number", "owner", "status"), None),
    ("reason", ("reason", "number", "duration"), _FAILED),
    ("queue", ("status", "priority", "number", "tool", "owner"), _QUEUED),
)
#: Of `runs`, as they were.
_BEFORE = (
    ("tool", "number"),
    ("owner", "number"),
    ("status", "number"),
    ("tool", "status", "number"),
    ("owner", "status", "number"),
    ("tool", "owner", "number"),
    ("tool", "owner", "status", "number"),
    ("tool", "duration", "number"),
    ("created_at", "number"),
    ("started_at", "number"),
    ("duration", "number"),
)

_CHANGED = "AFTER UPDATE OF tool, owner, status, reason, priority, created_at, started_at, finished_at, params ON runs"
_NOTE = "INSERT OR IGNORE INTO run_changes (number) VALUES"
_TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN {_NOTE} (new.number); END",
        f"CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN {_NOTE} (old.number); END",
        f"CREATE TRIGGER runs_changed {_CHANGED} BEGIN {_NOTE} (new.number); END",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION note_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'DELETE' THEN INSERT INTO run_changes (number) VALUES (old.number);
            ELSE INSERT INTO run_changes (number) VALUES (new.number); END IF;
            RETURN NULL; END $$""",
        "CREATE TRIGGER runs_counted AFTER INSERT OR DELETE ON runs FOR EACH ROW EXECUTE FUNCTION note_run()",
        f"CREATE TRIGGER runs_changed {_CHANGED} FOR EACH ROW EXECUTE FUNCTION note_run()",
    ),
}
_INTO = "INSERT INTO run_changes (tool, owner, status, runs) VALUES"
_OLD, _NEW = "(old.tool, old.owner, old.status, -1)", "(new.tool, new.owner, new.status, 1)"
_DIFFERS = "old.status <> new.status OR old.tool <> new.tool OR old.owner <> new.owner"
_COUNTED = "AFTER UPDATE OF tool, owner, status ON runs"
_TRIGGERS_BEFORE = {
    "sqlite": (
        f"CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN {_INTO} {_NEW}; END",
        f"CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN {_INTO} {_OLD}; END",
        f"CREATE TRIGGER runs_changed {_COUNTED} WHEN {_DIFFERS} BEGIN {_INTO} {_OLD}, {_NEW}; END",
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION count_runs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP <> 'INSERT' THEN {_INTO} {_OLD}; END IF;
            IF TG_OP <> 'DELETE' THEN {_INTO} {_NEW}; END IF;
            RETURN NULL; END $$""",
        "CREATE TRIGGER runs_counted AFTER INSERT OR DELETE ON runs FOR EACH ROW EXECUTE FUNCTION count_runs()",
        f"""CREATE TRIGGER runs_changed {_COUNTED} FOR EACH ROW WHEN ({_DIFFERS})
            EXECUTE FUNCTION count_runs()""",
    ),
}
_NO_TRIGGERS = {
    "sqlite": tuple(f"DROP TRIGGER runs_{name}" for name in ("added", "removed", "changed")),
    "postgresql": (
        "DROP TRIGGER runs_counted ON runs",
        "DROP TRIGGER runs_changed ON runs",
        "DROP FUNCTION {}()",
    ),
}
_HOUR = {
    "sqlite": "CAST(strftime('%s', created_at) AS INTEGER) / 3600",
    "postgresql": "CAST(floor(extract(epoch FROM created_at) / 3600) AS BIGINT)",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in _NO_TRIGGERS[dialect]:
        op.execute(statement.format("count_runs"))
    for columns in _BEFORE:
        # Not all of them are there in a database that was not at 0012 before.
        op.drop_index(f"ix_runs_{'_'.join(columns)}", "runs", if_exists=True)
    op.drop_index("ix_runs_reason_number", "runs", if_exists=True)
    op.create_table(
        "run_facts",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(16)),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("duration", sa.Float),
        sa.PrimaryKeyConstraint("number", name="pk_run_facts"),
    )
    op.execute(f"INSERT INTO run_facts ({_COLUMNS}) SELECT {_COLUMNS} FROM runs ORDER BY number")  # noqa: S608
    for name, indexed, which in _INDEXES:
        op.create_index(
            f"ix_run_facts_{name}", "run_facts", list(indexed), sqlite_where=which, postgresql_where=which
        )
    _count("run_facts")
    op.execute("DELETE FROM run_hours")
    hour = _HOUR[dialect]
    op.execute(
        f"INSERT INTO run_hours (hour, first, last) SELECT {hour}, min(number), max(number) FROM run_facts "  # noqa: S608
        f"GROUP BY {hour}"
    )
    op.add_column("run_index", sa.Column("last", sa.BigInteger, server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE run_index SET last = coalesce((SELECT max(number) FROM runs), 0)")
    op.drop_table("run_changes")
    key = [sa.PrimaryKeyConstraint("number", name="pk_run_changes")] if dialect == "sqlite" else []
    op.create_table("run_changes", sa.Column("number", _NUMBER, autoincrement=False, nullable=False), *key)
    if dialect != "sqlite":
        op.create_index("ix_run_changes_number", "run_changes", ["number"])
    for statement in _TRIGGERS[dialect]:
        op.execute(statement)


def _count(table: str) -> None:
    op.execute("DELETE FROM run_counts")
    op.execute(
        "INSERT INTO run_counts (tool, owner, status, runs) SELECT tool, owner, status, count(*) "  # noqa: S608
        f"FROM {table} GROUP BY tool, owner, status"
    )


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in _NO_TRIGGERS[dialect]:
        op.execute(statement.format("note_run"))
    # Values were kept of all runs up to one, and of none after it.
    op.execute(
        "UPDATE run_index SET filled = coalesce((SELECT max(number) FROM runs), 0) WHERE filled >= last"
    )
    op.execute(
        "UPDATE run_index SET filled = (SELECT min(number) - 1 FROM run_changes) "
        "WHERE filled >= (SELECT min(number) FROM run_changes)"
    )
    op.execute("DELETE FROM run_params WHERE run > (SELECT filled FROM run_index)")
    op.drop_column("run_index", "last")
    op.drop_table("run_changes")
    op.create_table(
        "run_changes",
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("runs", sa.BigInteger, nullable=False),
    )
    op.drop_table("run_facts")
    for columns in _BEFORE:
        op.create_index(f"ix_runs_{'_'.join(columns)}", "runs", list(columns))
    op.create_index(
        "ix_runs_reason_number", "runs", ["reason", "number"], sqlite_where=_FAILED, postgresql_where=_FAILED
    )
    _count("runs")
    for statement in _TRIGGERS_BEFORE[dialect]:
        op.execute(statement)
