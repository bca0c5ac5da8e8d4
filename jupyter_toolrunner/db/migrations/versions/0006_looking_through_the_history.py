"""Looking through the history: duration of a run, order by times, values of params."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_SECONDS = {
    "sqlite": "((julianday(finished_at) - julianday(started_at)) * 86400.0)",
    "postgresql": "CAST(EXTRACT(epoch FROM finished_at - started_at) AS FLOAT)",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    computed = sa.Computed(_SECONDS[dialect], persisted=dialect == "postgresql")
    op.add_column("runs", sa.Column("duration", sa.Float, computed))
    for column in ("created_at", "started_at", "duration"):
        op.create_index(f"ix_runs_{column}_number", "runs", [column, "number"])
    op.create_table(
        "run_params",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("run", _NUMBER, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("number", sa.Float),
        sa.PrimaryKeyConstraint("name", "run", name="pk_run_params"),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name="fk_run_params_run", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_params_name_value_run", "run_params", ["name", "value", "run"])
    op.create_index("ix_run_params_run", "run_params", ["run"])
    op.create_table(
        "run_index",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("filled", sa.BigInteger, nullable=False),
        sa.Column("counted", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_index"),
    )
    op.execute("INSERT INTO run_index (id, filled, counted) VALUES (1, 0, 0)")


def downgrade() -> None:
    for table in ("run_index", "run_params"):
        op.drop_table(table)
    for column in ("created_at", "started_at", "duration"):
        op.drop_index(f"ix_runs_{column}_number", "runs")
    op.drop_column("runs", "duration")
