"""Which versions of tools the workers of each place can run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("seen_until", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("place", "source", name="pk_places"),
    )
    op.create_table(
        "offers",
        sa.Column("tool", sa.String(400), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("description", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("tool", "version", "place", "source", name="pk_offers"),
    )


def downgrade() -> None:
    op.drop_table("offers")
    op.drop_table("places")
