"""Made from ``_async/batch.py`` by ``python -m jupyter_toolrunner.dev generate``; edit that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from ...api.schemas import BatchShape
from ...core.runs import RunStatus
from ..errors import raise_for
from ..transport import Transport
from ..values import read
from .runs import Run

if TYPE_CHECKING:
    import pandas as pd


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


class Batch:
    """Runs in the order of their rows. Each ends by itself: one that fails stops no other."""

    def __init__(self, transport: Transport, shape: Any, runs: Sequence[Any]) -> None:
        self.transport = transport
        self.shape = read(BatchShape, shape)
        self.runs = tuple(Run(transport, run) for run in runs)

    @property
    def number(self) -> int:
        """What people say."""
        return self.shape.number

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def finished(self) -> Iterator[Run]:
        """Each run when it is final, in the order of the rows."""
        for run in self.runs:
            yield run.wait()

    def wait(self) -> Self:
        """Return when all are final, however they ended."""
        for run in self.runs:
            run.wait()
        return self

    def cancel(self) -> Self:
        """Ask for the end of all that are not final."""
        self._change("cancel")
        return self

    def retry(self) -> int:
        """Have those that failed or were canceled run again; how many these are."""
        return self._change("retry")

    def csv(self) -> bytes:
        """One table of what came of each row: its run, its params, and its result in columns."""
        response = self.transport.request("GET", f"batches/{self.shape.id}/table")
        raise_for(response)
        return response.body

    def _change(self, verb: str) -> int:
        response = self.transport.request("POST", f"batches/{self.shape.id}/{verb}")
        raise_for(response)
        answer = response.json()
        self.shape = read(BatchShape, answer["batch"])
        for run in self.runs:
            run.refresh()
        done: int = answer["done"]
        return done

    def outcomes(self) -> list[Outcome]:
        """What came of each row, once all are final."""
        self.wait()
        return [_outcome(row, run) for row, run in enumerate(self.runs, 1)]

    def table(self) -> pd.DataFrame:
        """The same as a table, the results as text: JSON, where they are not text already."""
        import pandas as pd

        rows = [asdict(outcome) for outcome in self.outcomes()]
        for row in rows:
            if row["result"] is not None and not isinstance(row["result"], str):
                row["result"] = json.dumps(row["result"], ensure_ascii=False)
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return f"<Batch of {len(self.runs)} runs>"


def _outcome(row: int, run: Run) -> Outcome:
    shape = run.shape
    return Outcome(
        row=row,
        run=run.number,
        status=shape.status.value,
        error=_error(run),
        result=_result(run) if shape.status is RunStatus.SUCCEEDED else None,
        seconds=(shape.finished_at - shape.started_at).total_seconds()
        if shape.started_at and shape.finished_at
        else None,
    )


def _error(run: Run) -> str | None:
    if run.error is not None:
        return f"{run.error.type}: {run.error.message}"
    return run.reason.value if run.reason else None


def _result(run: Run) -> Any:
    artifacts = run.artifacts
    for artifact in artifacts:
        if artifact.metadata.get("result") and artifact.metadata["codec"] == "json":
            return json.loads(artifact.read())
    return ", ".join(artifact.name for artifact in artifacts) or None
