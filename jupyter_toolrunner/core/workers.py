"""Workers: what each says of itself, and what it can be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .ids import WorkerId

#: Exit code of a worker that was told to end: whoever keeps workers up does not start it again.
TOLD_TO_END = 44
#: As many as one supervisor is asked to keep up.
MOST_WORKERS = 100


class Order(StrEnum):
    """What a worker is told; there is no way back from either, only from the first to the second."""

    #: Finish the run under way, take no other, then end.
    DRAIN = "drain"
    #: End now; what becomes of the run under way, its delivery class says.
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """As its row in the database has it."""

    id: WorkerId
    host: str
    #: `core.settings.Settings.place`
    place: str
    version: str
    python: str
    started_at: datetime
    #: Bytes of it and of all processes below it; None where that is not known yet.
    memory: int | None = None
    #: Seconds since it was heard of last, by the database's clock.
    silence: float = 0.0
    told: Order | None = None
    #: None where nobody told it through the database: its process got a signal.
    told_by: str | None = None
    told_at: datetime | None = None
    #: Whether it has obeyed, and is gone.
    has_ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The workers that the supervisor of this machine and data directory keeps up."""

    #: How many there shall be; None where nobody keeps any up.
    wanted: int | None
    #: How many its configuration says.
    configured: int = 0
    #: Those that are up, with those that are draining.
    up: int = 0


def name_of(worker: WorkerId) -> str:
    """What people call it, out of host, process and name."""
    return worker.split(":", 2)[-1]
