"""What Alembic runs; the connection comes from `db.schema.upgrade` or, for a new revision, from the URL."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.tables import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True
    )
    with context.begin_transaction():
        context.run_migrations()


if given := context.config.attributes.get("connection"):
    _run(given)
else:
    with open_engine(Settings.from_environ().effective_database_url).begin() as opened:
        _run(opened)
