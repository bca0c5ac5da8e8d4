"""What runs left is freed by rules, and says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    for table in ("attempts", "artifacts"):
        op.add_column(table, sa.Column("freed_at", sa.DateTime(timezone=True)))
        op.add_column(table, sa.Column("freed_by", sa.Text))
    op.create_table(
        "leaving",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_leaving"),
    )
    op.create_table(
        "cleanings",
        sa.Column("number", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_cleanings"),
    )


def downgrade() -> None:
    op.drop_table("cleanings")
    op.drop_table("leaving")
    for table in ("attempts", "artifacts"):
        op.drop_column(table, "freed_by")
        op.drop_column(table, "freed_at")
