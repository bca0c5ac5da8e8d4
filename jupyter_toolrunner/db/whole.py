"""One run with its attempts and artifacts: what is asked for more often than anything else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Text, bindparam, cast, or_, select

from ..core.artifacts import Artifact
from ..core.errors import NotFound
from ..core.runs import Run
from .prepared import Prepared, Transaction, Values
from .rows import artifact_of, attempt_of, run_of
from .tables import artifacts, attempts, environments, runs

_ASKED = or_(runs.c.id == bindparam("of_id"), runs.c.number == bindparam("of_number"))
RUN = Prepared(select(runs).where(_ASKED), runs.c)
STATUS = Prepared(select(runs.c.status).where(_ASKED), [runs.c.status])
ATTEMPTS = Prepared(
    select(attempts, cast(environments.c.description, Text).label("description"))
    .outerjoin(environments, environments.c.digest == attempts.c.environment)
    .where(attempts.c.run == bindparam("of_run"))
    .order_by(attempts.c.number),
    [*attempts.c, Column("description", Text)],
)
ARTIFACTS = Prepared(
    select(artifacts).where(artifacts.c.run == bindparam("of_run")).order_by(artifacts.c.id), artifacts.c
)
_ARTIFACT = Prepared(select(artifacts).where(artifacts.c.id == bindparam("asked")), artifacts.c)


def asked_for(run: str) -> Values:
    """What `RUN` and `STATUS` find it by: an id, or a number. Raises NotFound for what is neither."""
    # A database refuses what is no text.
    if not run.isascii() or "\0" in run:
        raise not_found(run)
    number = run.removeprefix("#")
    by_number = number.isdecimal() and len(number) < 19
    return {"of_id": None if by_number else run, "of_number": int(number) if by_number else None}


def not_found(run: str) -> NotFound:
    said = f"{run[:50]!a}" if not run.isascii() or "\0" in run else f"{run!r}"
    return NotFound(f"There is no run {said}.", hint="The list of runs shows the ones that exist.")


def whole_run(hot: Transaction, asked: Values) -> Run | None:
    row = hot.one(RUN, asked)
    if row is None:
        return None
    of_run = {"of_run": row.id}
    return whole_of(row, hot.all(ATTEMPTS, of_run), hot.all(ARTIFACTS, of_run))


def artifact_with_run(hot: Transaction, artifact: str) -> tuple[Artifact, Run] | None:
    """By id, with the run that made it."""
    row = hot.one(_ARTIFACT, {"asked": artifact})
    if row is None:
        return None
    return artifact_of(row), run_of(hot.one(RUN, {"of_id": row.run, "of_number": None}))


def whole_of(row: Any, tried: Iterable[Any], made: Iterable[Any]) -> Run:
    """Of the rows that were found."""
    return run_of(
        row,
        artifacts=_of_attempt(map(artifact_of, made), row.attempt),
        attempts=tuple(attempt_of(one, _environment(one.description)) for one in tried),
    )


@lru_cache(maxsize=50)
def _environment(text: str | None) -> Mapping[str, Any] | None:
    """Read once: it is most of what is kept of an attempt, and many have the same."""
    found: Mapping[str, Any] | None = None if text is None else json.loads(text)
    return found


def _of_attempt(made: Iterable[Artifact], attempt: int) -> tuple[Artifact, ...]:
    return tuple(one for one in made if one.attempt == attempt)
