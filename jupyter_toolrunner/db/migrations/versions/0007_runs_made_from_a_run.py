"""An index to find the runs that were made from a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MADE = sa.text("origin IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_runs_origin", "runs", ["origin"], sqlite_where=_MADE, postgresql_where=_MADE)


def downgrade() -> None:
    op.drop_index("ix_runs_origin", "runs")
