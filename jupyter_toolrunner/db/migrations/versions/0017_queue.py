"""The queue as people use it: turns between owners, places, limits, holds; what workers say and are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

_QUEUED = sa.text("status = 'queued'")
_INDEXES = {
    "ix_runs_claim": ["owner", "tool", "version", "priority", "queue_place", "number"],
    "ix_runs_queue": ["owner", "priority", "queue_place", "number"],
}


def upgrade() -> None:
    op.add_column(
        "runs", sa.Column("queue_place", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    op.drop_index("ix_runs_claim", "runs")
    op.execute("UPDATE runs SET queue_place = number * 1024 WHERE status IN ('queued', 'waiting')")
    for name, columns in _INDEXES.items():
        op.create_index(name, "runs", columns, sqlite_where=_QUEUED, postgresql_where=_QUEUED)
    op.create_table(
        "queue_rules",
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("max_running", sa.Integer),
        sa.Column("held_by", sa.String(200)),
        sa.Column("held_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("tool", name="pk_queue_rules"),
    )
    op.create_table(
        "queue_turns",
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_queue_turns"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("python", sa.String(64), nullable=False),
        sa.Column("memory", sa.BigInteger),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("told", sa.String(8)),
        sa.Column("told_by", sa.String(200)),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def downgrade() -> None:
    for table in ("workers", "queue_turns", "queue_rules"):
        op.drop_table(table)
    for name in _INDEXES:
        op.drop_index(name, "runs")
    op.drop_column("runs", "queue_place")
    op.create_index(
        "ix_runs_claim",
        "runs",
        ["status", "priority", "number"],
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    )
