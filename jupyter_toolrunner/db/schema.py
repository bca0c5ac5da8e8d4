"""Bringing a database to the version that this code needs."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from ..core.errors import NotAvailable
from .copies import keep_copy, make_room
from .locks import AdvisoryLock

_log = logging.getLogger(__name__)

#: The newest migration; a test compares it with the folder of migrations.
HEAD = "0022"


def revision_of(engine: Engine) -> str | None:
    """The migration that the database is at; None for an empty one."""
    with engine.execution_options(read_only=True).begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(engine: Engine) -> bool:
    """Create or upgrade the tables; True if something was done.

    All steps are one transaction: whatever ends this process, the database is as it was or as it shall be. A copy of an
    SQLite file stays beside it. Raises NotAvailable where the database is newer than this code, or no copy can be kept.
    """
    if revision_of(engine) == HEAD:
        return False
    with waiting_their_turn(engine):
        found = revision_of(engine)
        if found == HEAD:
            return False
        if found is not None and found > HEAD:
            raise NotAvailable(
                f"The database is at version {found}, this program knows {HEAD} at most.",
                hint="Nothing was changed. Install a newer jupyter-toolrunner, or name another database.",
            )
        file = file_of(engine)
        if found is not None and file is not None:
            copy = keep_copy(file, found)
            _log.info(
                "the database is brought from version %s to %s; as it was it stays in %s", found, HEAD, copy
            )
        with engine.begin() as connection:
            migrate(connection, "head")
        if file is not None:
            make_room(file, HEAD)
    return True


def file_of(engine: Engine) -> Path | None:
    """Of a database in SQLite."""
    path = engine.url.database
    return Path(path) if engine.dialect.name == "sqlite" and path and path != ":memory:" else None


def migrate(connection: Connection, revision: str) -> None:
    """Bring the tables there, inside of the transaction that is open."""
    # Loading Alembic takes longer than a whole start without it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@contextmanager
def waiting_their_turn(engine: Engine) -> Iterator[None]:
    """Of several processes that would change the tables, one after the other."""
    if file := file_of(engine):
        with open(f"{file}.migrate", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    elif engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            _advisory(connection, "lock")
            try:
                yield
            finally:
                _advisory(connection, "unlock")
    else:
        yield


def _advisory(connection: Connection, verb: str) -> None:
    connection.execute(text(f"SELECT pg_advisory_{verb}({AdvisoryLock.UPGRADE.value})"))
    connection.commit()
