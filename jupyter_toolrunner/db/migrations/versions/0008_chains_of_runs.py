"""The run that a chain of runs began with, to find and to count all that were made from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CHAINED = sa.text("chain IS NOT NULL")
#: Beside `runs`, so that this one is written once.
_CHAINED_RUNS = sa.text("CREATE TEMPORARY TABLE chained (id VARCHAR(26) PRIMARY KEY, chain VARCHAR(26))")


def upgrade() -> None:
    op.add_column("runs", sa.Column("chain", sa.String(26)))
    _fill(op.get_bind())
    op.create_index(
        "ix_runs_chain_number",
        "runs",
        ["chain", "number"],
        sqlite_where=_CHAINED,
        postgresql_where=_CHAINED,
    )


def _fill(connection: sa.Connection) -> None:
    """A run is made after the one that it was made from: read in their order, each finds the chain of that one."""
    chains: dict[str, str] = {}
    made = "SELECT id, origin FROM runs WHERE origin IS NOT NULL ORDER BY number"
    for run, origin in connection.execute(sa.text(made)):
        chains[run] = chains.get(origin, origin)
    if not chains:
        return
    connection.execute(_CHAINED_RUNS)
    rows = [{"id": run, "chain": chain} for run, chain in chains.items()]
    connection.execute(sa.text("INSERT INTO chained (id, chain) VALUES (:id, :chain)"), rows)
    connection.execute(
        sa.text("UPDATE runs SET chain = chained.chain FROM chained WHERE chained.id = runs.id")
    )
    connection.execute(sa.text("DROP TABLE chained"))


def downgrade() -> None:
    op.drop_index("ix_runs_chain_number", "runs")
    op.drop_column("runs", "chain")
