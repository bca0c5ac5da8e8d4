"""How long runs will take, as people ask: of one tool, before it runs and while it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..core import forecasts
from ..core.errors import InvalidRequest
from ..core.forecasts import Range, Work
from ..core.ids import Digest, RunId, ToolName
from ..core.params import complete
from ..core.ports import Catalog
from ..core.values import Params
from .outlook import QueueOutlook, one_of

#: Runs that are spoken of at most.
_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    tool: ToolName
    version: Digest
    #: Runs that wait, and those that run.
    runs: int
    workers: int
    #: Of one run that begins now; when the first that waits begins; until all have ended. None where nobody can say.
    one: Range | None
    start: Range | None
    whole: Range | None
    #: Succeeded runs that it was learnt from.
    learnt_from: int
    #: Whether these are of the same version of the tool.
    of_version: bool
    #: The param that durations depend on most, where the values were told.
    field: str | None

    @property
    def why_not(self) -> Literal["not enough data", "no workers", "the queue"] | None:
        if self.one is None:
            return "not enough data"
        if self.whole is not None:
            return None
        return "the queue" if self.workers else "no workers"

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.ForecastShape`."""
        return {**asdict(self), "why_not": self.why_not}


class ForecastService:
    def __init__(self, *, outlook: QueueOutlook, catalog: Catalog) -> None:
        self._outlook = outlook
        self._catalog = catalog

    def of_tool(
        self, name: str, runs: int = 1, *, owner: str, params: Mapping[str, Any] | None = None
    ) -> Forecast:
        """Of so many runs of a tool as it is now, with these values.

        Raises NotFound, Ambiguous, InvalidRequest, InvalidParams.
        """
        if not 0 < runs <= _MOST:
            raise InvalidRequest(f"A forecast is of 1 to {_MOST:,} runs.", field="runs")
        tool = self._catalog.find(name)
        rows = None if params is None else [complete(tool.params_schema, params)]
        return self.of_work(tool.name, tool.version, owner=owner, waiting=runs, rows=rows)

    def of_work(
        self,
        tool: ToolName,
        version: Digest,
        *,
        owner: str,
        waiting: int,
        rows: Sequence[Params] | None = None,
        running: Mapping[RunId, Params] | None = None,
        waiting_ahead: int | None = None,
    ) -> Forecast:
        """Of so many runs that wait, of which ``rows`` are some, and of those that run already.

        ``waiting_ahead`` as in `QueueOutlook.whole`.
        """
        known, running = self._outlook.experience(tool, version), running or {}
        works = known.works(rows, waiting) if rows else [Work(past=known.whole, runs=waiting)]
        of_running = [known.past(params) for params in running.values()]
        is_known = all(past.is_enough for past in (*(each.past for each in works if each.runs), *of_running))
        start, whole = None, None
        if is_known:
            start, whole = self._outlook.whole(
                tool,
                [each for each in works if each.runs],
                owner=owner,
                mine=frozenset(running),
                waiting_ahead=waiting_ahead,
            )
        any_one = [each for each in works if each.runs] or [Work(past=past, runs=1) for past in of_running]
        return Forecast(
            tool=tool,
            version=version,
            runs=waiting + len(running),
            workers=self._outlook.workers(),
            one=forecasts.of_one(one_of(any_one or works)) if is_known else None,
            start=start,
            whole=whole,
            learnt_from=len(known),
            of_version=known.of_version,
            field=known.field if rows else None,
        )
