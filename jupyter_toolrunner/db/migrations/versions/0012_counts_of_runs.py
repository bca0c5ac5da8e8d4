"""Counts of runs that triggers keep, the numbers that runs of an hour have, and indexes of what is asked for together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_runs_tool_status_number", "runs", ("tool", "status", "number")),
    ("ix_runs_owner_status_number", "runs", ("owner", "status", "number")),
    ("ix_runs_tool_owner_number", "runs", ("tool", "owner", "number")),
    ("ix_runs_tool_owner_status_number", "runs", ("tool", "owner", "status", "number")),
    ("ix_runs_tool_duration_number", "runs", ("tool", "duration", "number")),
    ("ix_run_params_name_number_run", "run_params", ("name", "number", "run")),
)
_INTO = "INSERT INTO run_changes (tool, owner, status, runs) VALUES"
_OLD, _NEW = "(old.tool, old.owner, old.status, -1)", "(new.tool, new.owner, new.status, 1)"
_DIFFERS = "old.status <> new.status OR old.tool <> new.tool OR old.owner <> new.owner"
_CHANGED = "AFTER UPDATE OF tool, owner, status ON runs"
_TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN {_INTO} {_NEW}; END",
        f"CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN {_INTO} {_OLD}; END",
        f"CREATE TRIGGER runs_changed {_CHANGED} WHEN {_DIFFERS} BEGIN {_INTO} {_OLD}, {_NEW}; END",
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION count_runs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP <> 'INSERT' THEN {_INTO} {_OLD}; END IF;
            IF TG_OP <> 'DELETE' THEN {_INTO} {_NEW}; END IF;
            RETURN NULL; END $$""",
        "CREATE TRIGGER runs_counted AFTER INSERT OR DELETE ON runs FOR EACH ROW EXECUTE FUNCTION count_runs()",
        f"""CREATE TRIGGER runs_changed {_CHANGED} FOR EACH ROW WHEN ({_DIFFERS})
            EXECUTE FUNCTION count_runs()""",
    ),
}
_NO_TRIGGERS = {
    "sqlite": tuple(f"DROP TRIGGER runs_{name}" for name in ("added", "removed", "changed")),
    "postgresql": (
        "DROP TRIGGER runs_counted ON runs",
        "DROP TRIGGER runs_changed ON runs",
        "DROP FUNCTION count_runs()",
    ),
}
_HOUR = {
    "sqlite": "CAST(strftime('%s', created_at) AS INTEGER) / 3600",
    "postgresql": "CAST(floor(extract(epoch FROM created_at) / 3600) AS BIGINT)",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    # Those of `runs` are not made any more: 0013, which follows, does without them, and of many runs they take long.
    for name, table, columns in _INDEXES:
        if table != "runs":
            op.create_index(name, table, list(columns))
    op.create_table(
        "run_counts",
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("runs", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tool", "owner", "status", name="pk_run_counts"),
    )
    op.create_table(
        "run_changes",
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("runs", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "run_hours",
        sa.Column(
            "hour", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", name="pk_run_hours"),
    )
    op.create_table(
        "param_tools",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("tool", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("name", "tool", name="pk_param_tools"),
    )
    op.execute(
        "INSERT INTO run_counts (tool, owner, status, runs) "
        "SELECT tool, owner, status, count(*) FROM runs GROUP BY tool, owner, status"
    )
    hour = _HOUR[dialect]
    op.execute(
        f"INSERT INTO run_hours (hour, first, last) SELECT {hour}, min(number), max(number) FROM runs "  # noqa: S608
        f"WHERE number <= (SELECT filled FROM run_index WHERE id = 1) GROUP BY {hour}"
    )
    op.execute(
        "INSERT INTO param_tools (name, tool) SELECT DISTINCT run_params.name, runs.tool "
        "FROM run_params JOIN runs ON runs.number = run_params.run"
    )
    op.drop_column("run_index", "counted")
    for statement in _TRIGGERS[dialect]:
        op.execute(statement)


def downgrade() -> None:
    for statement in _NO_TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.add_column(
        "run_index", sa.Column("counted", sa.BigInteger, server_default=sa.text("0"), nullable=False)
    )
    op.execute("UPDATE run_index SET counted = (SELECT count(*) FROM runs WHERE number <= run_index.filled)")
    for table in ("param_tools", "run_hours", "run_changes", "run_counts"):
        op.drop_table(table)
    op.drop_index("ix_runs_reason_number", "runs")
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
