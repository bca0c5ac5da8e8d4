"""What runs are found by follows them, a moment behind: see `run_facts.py`, `run_params.py` and `run_words.py`."""

from __future__ import annotations

import logging
import threading

from sqlalchemy import Connection, Engine, func, select, text

from . import run_facts, run_params, run_words
from .locks import AdvisoryLock

log = logging.getLogger(__name__)

#: Runs that are taken in one transaction: others write between two of them.
_BATCH = 100
#: Seconds between two looks: what happens to a run in that time is taken in once.
_EVERY = 1.0
#: Seconds between two batches, so that on SQLite those who wait to write come to it.
_BETWEEN = 0.005
_TAKE = {
    "sqlite": (
        "DELETE FROM run_changes WHERE number IN (SELECT number FROM run_changes ORDER BY number LIMIT :many) "
        "RETURNING number"
    ),
    # Those that somebody adds meanwhile stay, also of the same run.
    "postgresql": (
        "DELETE FROM run_changes WHERE ctid = ANY(ARRAY(SELECT ctid FROM run_changes LIMIT :many)) "
        "RETURNING number"
    ),
}


class RunIndex(threading.Thread):
    """Takes changed runs in. Any number of servers may: each batch is one transaction, and one takes at a time."""

    def __init__(self, engine: Engine, *, every: float = _EVERY, words: int = run_words.CHUNK) -> None:
        """``words``: of so many runs at once what they say is taken in."""
        super().__init__(name="run-index", daemon=True)
        self._engine = engine
        self._words = words
        self._every = every
        self._closing = threading.Event()

    def fill(self, batch: int = _BATCH) -> int:
        """Take one batch; so many runs were taken, 0 where there was nothing to take."""
        with self._engine.execution_options(read_only=True).begin() as connection:
            # Most looks find nothing, and a look disturbs nobody who writes.
            standing = run_facts.standing(connection)
            if not standing.has_changes and standing.old is None and standing.unsaid < self._words:
                return 0
        with self._engine.execution_options(relaxed=True).begin() as connection:
            if not _is_alone(connection):
                return 0
            if numbers := _take(connection, batch):
                run_words.refresh(connection, numbers)
                run_params.refresh(connection, numbers)
                run_facts.refresh(connection, numbers)
            if len(numbers) == batch:
                return batch
            rest = run_params.fill_old(connection, batch) or run_words.fill(connection, self._words)
        return max(len(numbers), rest)

    def run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                # What is less than a batch waits for the next look: while runs end there is always some, and to take them in
                # one by one would cost as much as the runs.
                while self.fill() >= _BATCH and not self._closing.wait(_BETWEEN):
                    pass
            except Exception:
                log.warning(
                    "changed runs could not be taken into the index; it is tried again", exc_info=True
                )

    def close(self) -> None:
        self._closing.set()


def _is_alone(connection: Connection) -> bool:
    """Until this transaction ends nobody else takes any; on SQLite nobody else writes at all."""
    if connection.dialect.name == "sqlite":
        return True
    return bool(
        connection.execute(
            select(func.pg_try_advisory_xact_lock(AdvisoryLock.HISTORY_INDEX.value))
        ).scalar_one()
    )


def _take(connection: Connection, many: int) -> list[int]:
    """Some of the changed runs; from here on they count as unchanged, as they are read after this."""
    taken = connection.execute(text(_TAKE[connection.dialect.name]), {"many": many}).scalars()
    return sorted(set(taken))
