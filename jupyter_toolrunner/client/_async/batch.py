"""Many runs of one tool, one for each row of params."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from ...api.schemas import BatchShape, ForecastShape
from ..errors import raise_for
from ..transport import AsyncTransport
from ..values import read
from .runs import AsyncRun

if TYPE_CHECKING:
    import pandas as pd


#: Rows that are asked for together.
_ROWS = 500
#: Seconds after which the server is asked again.
_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one row."""

    #: From 1, as in the table.
    row: int
    #: Number of its run.
    run: int
    status: str
    #: Why it did not succeed.
    error: str | None
    #: What the tool returned, as JSON; the names of its files where it gave those.
    result: Any
    #: From its start to its end.
    seconds: float | None


class AsyncBatch:
    """Runs in the order of their rows. Each ends by itself: one that fails stops no other."""

    def __init__(self, transport: AsyncTransport, shape: Any, runs: Sequence[Any]) -> None:
        self.transport = transport
        self.shape = read(BatchShape, shape)
        self.runs = tuple(AsyncRun(transport, run) for run in runs)

    @property
    def number(self) -> int:
        """What people say."""
        return self.shape.number

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[AsyncRun]:
        return iter(self.runs)

    async def finished(self) -> AsyncIterator[AsyncRun]:
        """Each run when it is final, in the order of the rows."""
        for run in self.runs:
            yield await run.wait()

    async def wait(self) -> Self:
        """Return when all are final, however they ended."""
        while not self.shape.final:
            await self.refresh(wait=_WAIT)
        await self._take_runs()
        return self

    async def cancel(self) -> Self:
        """Ask for the end of all that are not final."""
        await self._change("cancel")
        return self

    async def retry(self, *, code: str = "kept") -> int:
        """Have those that failed or were canceled run again; how many these are.

        ``code="now"``: new runs of the tool as it is now take their places; those that were there stay in the history.
        """
        return await self._change("retry", {"code": code})

    async def csv(self) -> bytes:
        """One table of what came of each row: its run, its params, and its result in columns."""
        response = await self.transport.request("GET", f"batches/{self.shape.id}/table")
        raise_for(response)
        return response.body

    async def _change(self, verb: str, query: Mapping[str, str] | None = None) -> int:
        response = await self.transport.request("POST", f"batches/{self.shape.id}/{verb}", query=query)
        raise_for(response)
        answer = response.json()
        self.shape = read(BatchShape, answer["batch"])
        await self._take_runs()
        done: int = answer["done"]
        return done

    async def _take_runs(self) -> None:
        """The runs as they are now: another one may have come into a row's place."""
        shapes: list[Any] = []
        after: int | None = 0
        while after is not None:
            page = await self._get("rows", {"after": after, "limit": _ROWS})
            shapes += [item["run"] for item in page["items"]]
            after = page["next"]
        self.runs = tuple(AsyncRun(self.transport, run) for run in shapes)

    async def outcomes(self) -> list[Outcome]:
        """What came of each row, once all are final."""
        await self.wait()
        found: list[Outcome] = []
        after: int | None = 0
        while after is not None:
            page = await self._get("outcomes", {"after": after, "limit": _ROWS})
            found += [await self._outcome(said) for said in page["items"]]
            after = page["next"]
        return found

    async def _outcome(self, said: Any) -> Outcome:
        result = said["result"]
        if said["large"] is not None:
            response = await self.transport.request("GET", f"artifacts/{said['large']}/content")
            raise_for(response)
            result = response.json()
        kept = {name: said[name] for name in ("row", "run", "status", "error", "seconds")}
        return Outcome(result=result, **kept)

    async def forecast(self) -> ForecastShape:
        """How long it is until all have ended."""
        return read(ForecastShape, await self._get("forecast"))

    async def _get(self, what: str, query: Mapping[str, int] | None = None) -> Any:
        asked = {name: str(value) for name, value in (query or {}).items()}
        response = await self.transport.request("GET", f"batches/{self.shape.id}/{what}", query=asked)
        raise_for(response)
        return response.json()

    async def refresh(self, *, wait: float = 0.0) -> Self:
        """Ask how many of its runs there are of each status, at the end of all or after so many seconds.

        The runs themselves stay as they are known.
        """
        query = {"wait": str(wait)} if wait else None
        response = await self.transport.request("GET", f"batches/{self.shape.id}", query=query)
        raise_for(response)
        self.shape = read(BatchShape, response.json())
        return self

    async def table(self) -> pd.DataFrame:
        """The same as a table, the results as text: JSON, where they are not text already."""
        import pandas as pd

        rows = [asdict(outcome) for outcome in await self.outcomes()]
        for row in rows:
            if row["result"] is not None and not isinstance(row["result"], str):
                row["result"] = json.dumps(row["result"], ensure_ascii=False)
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return f"<Batch of {len(self.runs)} runs>"
