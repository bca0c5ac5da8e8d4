"""A system under test: what the harness asks of it, and may kill of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .history import Accepted


class NotAccepted(Exception):
    """The answer was no, or none: the same request is made again."""


@dataclass(frozen=True)
class Ending:
    """What the system says of a run when all is over."""

    run: Accepted
    #: None where the system does not know the run.
    status: str | None
    #: Numbers of the attempts that it tells of.
    attempts: Sequence[int] = ()
    #: Content of what was published, by name; None where the system has no such thing.
    published: Mapping[str, bytes] | None = field(default_factory=dict)
    #: Names whose content is not what its digest says.
    damaged: Collection[str] = ()
    #: Text of the log of each attempt; None where the system keeps none.
    logs: Mapping[int, str] | None = None


class Fleet(Protocol):
    name: str
    #: Pairs (kind, how often) and where processes of a kind are found.
    targets: Mapping[str, Callable[[], Sequence[int]]]
    weights: Mapping[str, int]

    def start(self) -> None: ...

    def keep_up(self) -> None:
        """Start again what nothing in the system itself watches, as an operator's service manager would."""

    def submit(self, key: str, tool: str, seconds: float) -> str:
        """The run's name there. Raises NotAccepted."""

    def unfinished(self) -> Collection[str]:
        """Names of accepted runs that have not ended. Raises NotAccepted where nobody answers."""

    def ending(self, run: Accepted) -> Ending: ...

    def leftovers(self) -> Sequence[str]:
        """What should not be there while all is quiet."""

    def stop(self) -> Sequence[str]:
        """End it; what it left behind."""
