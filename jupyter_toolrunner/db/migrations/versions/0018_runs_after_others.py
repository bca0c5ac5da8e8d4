"""Runs that wait for others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("after", sa.JSON))
    op.add_column("runs", sa.Column("awaited", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "awaited_runs",
        sa.Column("awaited", sa.String(26), nullable=False),
        sa.Column("run", sa.String(26), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["awaited"], ["runs.id"], name="fk_awaited_runs_awaited", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_awaited_runs_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("awaited", "run", name="pk_awaited_runs"),
    )
    op.create_index("ix_awaited_runs_run", "awaited_runs", ["run"])
    op.create_index(
        "ix_awaited_runs_open",
        "awaited_runs",
        ["awaited"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )


def downgrade() -> None:
    op.drop_table("awaited_runs")
    op.drop_column("runs", "awaited")
    op.drop_column("runs", "after")
