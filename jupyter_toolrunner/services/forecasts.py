"""How long runs will take, as people ask: of one tool, before it runs and while it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..core import forecasts
from ..core.errors import InvalidRequest
from ..core.forecasts import Past, Range, Work
from ..core.ids import Digest, ToolName
from ..core.ports import Catalog, RunHistory

#: Runs that are spoken of at most.
_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    tool: ToolName
    version: Digest
    #: Runs that wait, and those that run.
    runs: int
    workers: int
    #: Of one run that begins now, and until all have ended; None where nobody can say.
    one: Range | None
    whole: Range | None
    #: Succeeded runs that it was learnt from.
    learnt_from: int
    #: Whether these are of the same version of the tool.
    of_version: bool

    @property
    def why_not(self) -> str | None:
        if self.one is None:
            return "not enough data"
        return "no workers" if self.whole is None else None

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.ForecastShape`."""
        return {**asdict(self), "why_not": self.why_not}


class ForecastService:
    def __init__(self, *, history: RunHistory, catalog: Catalog, workers: Callable[[], int]) -> None:
        """``workers``: how many there are to take runs now."""
        self._history = history
        self._catalog = catalog
        self._workers = workers

    def of_tool(self, name: str, runs: int = 1) -> Forecast:
        """Of so many runs of a tool as it is now. Raises NotFound, Ambiguous, InvalidRequest."""
        if not 0 < runs <= _MOST:
            raise InvalidRequest(f"A forecast is of 1 to {_MOST:,} runs.", field="runs")
        tool = self._catalog.find(name)
        return self.of_work(tool.name, tool.version, waiting=runs)

    def of_work(
        self, tool: ToolName, version: Digest, *, waiting: int, running: Sequence[float] = ()
    ) -> Forecast:
        """``running``: seconds since each run that has a worker began."""
        past = self.past(tool, version)
        workers = self._workers()
        work = Work(past=past, runs=waiting, running=tuple(running))
        return Forecast(
            tool=tool,
            version=version,
            runs=waiting + len(running),
            workers=workers,
            one=forecasts.of_one(past),
            whole=forecasts.of_all([work], workers) if past.is_enough else None,
            learnt_from=len(past.seconds),
            of_version=past.of_version,
        )

    def past(self, tool: ToolName, version: Digest | None = None) -> Past:
        """What the latest runs of a tool took, those of this version where they are enough."""
        return forecasts.past_of(self._history.took(tool, limit=forecasts.LATEST), version)
