"""Runs that take the results of earlier ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("reuse", sa.Boolean))
    op.add_column("runs", sa.Column("reuse_key", sa.String(64)))
    op.add_column("runs", sa.Column("reused", sa.JSON))
    op.create_table(
        "reusable",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("run", sa.String(26), nullable=False),
        sa.Column("is_ready", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_reusable_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_reusable"),
    )
    op.create_index("ix_reusable_run", "reusable", ["run"])


def downgrade() -> None:
    op.drop_table("reusable")
    op.drop_column("runs", "reused")
    op.drop_column("runs", "reuse_key")
    op.drop_column("runs", "reuse")
