"""Tags and notes of runs, what a run was made from, and how often people changed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("tags", sa.JSON))
    op.add_column("runs", sa.Column("note", sa.Text))
    op.add_column("runs", sa.Column("origin", sa.String(26)))
    op.add_column("runs", sa.Column("edits", sa.Integer, server_default=sa.text("0"), nullable=False))
    op.create_table(
        "run_tags",
        sa.Column("run", sa.String(26), nullable=False),
        sa.Column("tag", sa.String(60), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("added_by", sa.String(200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run", "tag", name="pk_run_tags"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_run_tags_run", ondelete="CASCADE"),
    )
    op.create_index("ix_run_tags_tag_number", "run_tags", ["tag", "number"])


def downgrade() -> None:
    op.drop_table("run_tags")
    for column in ("edits", "origin", "note", "tags"):
        op.drop_column("runs", column)
