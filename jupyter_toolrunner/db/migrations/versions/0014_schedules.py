"""Schedules, and what became of their due times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("rule", sa.JSON, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("catch_up", sa.String(8), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("next_due", sa.BigInteger),
        sa.Column("waits_for", sa.String(26)),
        sa.Column("problem", sa.Text),
        sa.Column("edits", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
    )
    _partial("ix_schedules_next_due", "schedules", ["next_due", "id"], "next_due IS NOT NULL")
    _partial("ix_schedules_waits_for", "schedules", ["waits_for"], "waits_for IS NOT NULL")
    op.create_table(
        "schedule_firings",
        sa.Column("schedule", sa.String(26), nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("run", sa.String(26)),
        sa.Column("problem", sa.Text),
        sa.Column("missed", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "due", name="pk_schedule_firings"),
        sa.ForeignKeyConstraint(
            ["schedule"], ["schedules.id"], name="fk_schedule_firings_schedule", ondelete="CASCADE"
        ),
    )
    _partial("ix_schedule_firings_run", "schedule_firings", ["run"], "run IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_table("schedule_firings")
    op.drop_table("schedules")
