"""Runs that wait for their next attempt, and the code of each version of a tool."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tools", sa.Column("code", sa.String(64)))
    op.add_column("runs", sa.Column("ready_at", sa.Float))
    waits = sa.text("ready_at IS NOT NULL")
    op.create_index("ix_runs_ready_at", "runs", ["ready_at"], sqlite_where=waits, postgresql_where=waits)


def downgrade() -> None:
    op.drop_index("ix_runs_ready_at", "runs")
    op.drop_column("runs", "ready_at")
    op.drop_column("tools", "code")
