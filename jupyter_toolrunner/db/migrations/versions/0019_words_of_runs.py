"""Runs are found by words without reading them, and counted for each quarter of an hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_QUARTER = {
    "sqlite": "CAST(strftime('%s', created_at) AS INTEGER) / 900",
    "postgresql": "CAST(floor(extract(epoch FROM created_at) / 900) AS BIGINT)",
}
_BEFORE = "tool, owner, status, reason, priority, created_at, started_at, finished_at, params"
_DO = {
    "sqlite": "BEGIN INSERT OR IGNORE INTO run_changes (number) VALUES (new.number); END",
    "postgresql": "FOR EACH ROW EXECUTE FUNCTION note_run()",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    # Words are looked for in notes too.
    _watch(dialect, f"{_BEFORE}, note")
    op.create_table(
        "run_quarters",
        sa.Column("quarter", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("runs", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("quarter", "status", name="pk_run_quarters"),
    )
    quarter = _QUARTER[dialect]
    op.execute(
        f"INSERT INTO run_quarters (quarter, status, runs) SELECT {quarter}, status, count(*) FROM run_facts "  # noqa: S608
        f"GROUP BY {quarter}, status"
    )
    op.create_table(
        "run_words",
        sa.Column("gram", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("span", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("gram", "span", name="pk_run_words"),
    )
    op.add_column("run_index", sa.Column("said", sa.BigInteger, server_default=sa.text("0"), nullable=False))


def _watch(dialect: str, columns: str) -> None:
    """Which columns' changes are written down."""
    op.execute("DROP TRIGGER runs_changed" + (" ON runs" if dialect == "postgresql" else ""))
    op.execute(f"CREATE TRIGGER runs_changed AFTER UPDATE OF {columns} ON runs {_DO[dialect]}")


def downgrade() -> None:
    op.drop_column("run_index", "said")
    op.drop_table("run_words")
    op.drop_table("run_quarters")
    _watch(op.get_bind().dialect.name, _BEFORE)
