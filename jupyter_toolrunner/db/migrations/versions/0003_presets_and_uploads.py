"""Presets, the user's default among them, and uploads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "presets",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("shared", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_presets"),
        sa.UniqueConstraint("tool", "owner", "name", name="uq_presets_tool_owner_name"),
    )
    op.create_table(
        "preset_defaults",
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("preset", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("tool", "owner", name="pk_preset_defaults"),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_owner", "uploads", ["owner"])


def downgrade() -> None:
    for table in ("uploads", "preset_defaults", "presets"):
        op.drop_table(table)
