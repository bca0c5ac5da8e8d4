"""Batches, as people ask for them: look, cancel what is left, retry what failed, one table of what came of it."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.batches import Batch, BatchPlace, RowOutcome
from ..core.errors import InvalidParams, Problem, ToolrunnerError
from ..core.ids import RunId
from ..core.ports import ArtifactStore, BatchStore
from ..core.runs import FINAL, Priority, Run, RunStatus
from ..core.sheets import CellProblem, Sheet, fields_of
from ..core.tools import Tool
from .batch_rows import MOST_ROWS, AskedRows
from .forecasts import Forecast, ForecastService
from .runs import RunService
from .sheets import read_sheet

_PAGE = 500
_AGAIN = frozenset({RunStatus.FAILED, RunStatus.CANCELED})
#: Bytes of a result that stands in a table; a larger one is named by its file.
_LONGEST_RESULT = 32_000
#: Problems that one answer tells.
_MOST_TOLD = 1_000
#: Bytes of a table that are kept in memory while it is made.
_IN_MEMORY = 8 * 2**20
#: What makes a formula of a cell.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Keys of results that have columns of their own; where there are more, a result is one cell.
_MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRows:
    #: Runs that it would be.
    rows: int
    problems: Sequence[CellProblem]
    #: Problems beyond those.
    more: int
    forecast: Forecast


class BatchService:
    def __init__(
        self, *, batches: BatchStore, runs: RunService, artifacts: ArtifactStore, forecasts: ForecastService
    ) -> None:
        self._forecasts = forecasts
        self._batches = batches
        self._runs = runs
        self._artifacts = artifacts

    def submit(
        self,
        tool: str,
        asked: AskedRows,
        *,
        owner: str,
        title: str = "",
        priority: Priority = Priority.DEFAULT,
        idempotency_key: str | None = None,
        reuse: bool | None = None,
    ) -> tuple[Batch, Sequence[Run]]:
        """Raises as `RunService.submit_rows`."""
        runs = self._runs.submit_rows(
            tool,
            asked,
            owner=owner,
            title=title,
            priority=priority,
            idempotency_key=idempotency_key,
            reuse=reuse,
        )
        # A repeated request is answered with the runs of then, whose places others may have by now.
        found = self._batches.of_run(runs[0].id) or self._batches.of_chain(runs[0].chain or runs[0].id)
        assert found is not None
        return found[0], runs

    def check(self, tool: str, asked: AskedRows, *, owner: str) -> CheckedRows:
        """What `submit` would do, and how long that would take; nothing is kept. Raises NotFound, InvalidRequest."""
        found, rows, problems = self._runs.check_rows(tool, asked)
        return CheckedRows(
            rows=len(rows),
            problems=problems[:_MOST_TOLD],
            more=max(0, len(problems) - _MOST_TOLD),
            forecast=self._forecasts.of_work(
                found.name, found.version, owner=owner, waiting=len(rows), rows=rows
            ),
        )

    def sheet(self, tool: str, content: bytes, name: str) -> tuple[Sheet, list[str | None]]:
        """A table in a file, and which param each of its columns is. Raises NotFound, InvalidRequest, NotAvailable."""
        found = self._runs.find(tool)
        sheet = read_sheet(content, name, most=MOST_ROWS)
        return sheet, fields_of(sheet.names, found.params_schema, _titles(found))

    def get(self, batch: str) -> Batch:
        """Raises NotFound."""
        return self._batches.get(batch)

    def forecast(self, batch: str) -> Forecast:
        """How long it is until all of it has ended. Raises NotFound."""
        found = self._batches.get(batch)
        left = self._batches.under_way(found.id)
        return self._forecasts.of_work(
            found.tool,
            found.version,
            owner=found.owner,
            waiting=left.waiting,
            rows=left.some,
            running=left.running,
            waiting_ahead=left.ahead,
        )

    def of_run(self, run: RunId) -> tuple[Batch, int] | None:
        return self._batches.of_run(run)

    def place(self, run: RunId) -> BatchPlace | None:
        return self._batches.place(run)

    def newest(self, *, limit: int, before: int | None = None) -> Sequence[Batch]:
        return self._batches.newest(limit=limit, before=before)

    def rows(
        self, batch: str, *, limit: int, after: int = 0, statuses: frozenset[RunStatus] = frozenset()
    ) -> Sequence[tuple[int, Run]]:
        """Raises NotFound."""
        return self._batches.rows(self._batches.get(batch).id, limit=limit, after=after, statuses=statuses)

    def retry(self, batch: str) -> tuple[Batch, int]:
        """Have those that failed or were canceled run again; how many these are.

        Raises Conflict where the code that they ran is not kept.
        """
        found = self._batches.get(batch)
        tool = self._runs.tool_version(found.tool, found.version)
        self._runs.check_code(tool)
        done, told = self._batches.requeue(found.id, attempts=tool.policy.attempts)
        self._runs.retried_all(told)
        return self._batches.get(found.id), done

    def renew(self, batch: str, *, owner: str) -> tuple[Batch, int]:
        """Put new runs, of the tool as it is now, into the places of those that failed or were canceled, which stay.

        How many these are. Raises InvalidParams, with their rows, where the tool takes their params no longer.
        """
        found = self._batches.get(batch)
        rows = dict(self._all(found, _AGAIN))
        if not rows:
            return found, 0
        try:
            tool, made = self._runs.renewed(found.tool, list(rows.values()), owner=owner)
        except InvalidParams as error:
            raise _at_places(error, list(rows)) from error
        done = self._batches.replace(found.id, made, attempts=tool.policy.attempts)
        numbered = [run for _, run in self._all(found, frozenset(RunStatus) - FINAL)]
        self._runs.take_up_all(numbered)
        return self._batches.get(found.id), done

    def cancel(self, batch: str) -> tuple[Batch, int]:
        """End those that have not ended; how many these are."""
        found = self._batches.get(batch)
        done, told = self._batches.cancel(found.id)
        self._runs.stop_all(told)
        return self._batches.get(found.id), done

    def outcomes(
        self, batch: str, *, limit: int, after: int = 0, statuses: frozenset[RunStatus] = frozenset()
    ) -> Sequence[RowOutcome]:
        """What came of each row. Raises NotFound."""
        found = self.rows(batch, limit=limit, after=after, statuses=statuses)
        return [self._outcome(row, run) for row, run in found]

    def table(self, batch: str) -> Iterator[bytes]:
        """What came of each row, as CSV in UTF-8: row, run, status, error, seconds, the params, then the result.

        A result that is an object has a column for each of its keys; all columns are known before the first line is written.
        A text that a spreadsheet would take for a formula has an apostrophe before it. Raises NotFound.
        """
        found = self._batches.get(batch)
        schema = self._runs.tool_version(found.tool, found.version).params_schema
        params: dict[str, None] = dict.fromkeys(schema.get("properties", ()))
        results: dict[str, None] = {}
        # Read once, and kept aside: results are files, thousands of them.
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="ascii") as kept:
            for row, run in self._all(found):
                outcome = self._outcome(row, run)
                params.update(dict.fromkeys(outcome.params))
                results.update(dict.fromkeys(_columns_of(outcome.result)))
                kept.write(json.dumps(outcome.to_json()) + "\n")
            in_one_cell = len(results) > _MOST_COLUMNS
            if in_one_cell:
                results = {"result": None}
            head = ["row", "run", "status", "error", "seconds", *params, *results]
            yield _line([_cell(name) for name in head])
            kept.seek(0)
            for line in kept:
                said = json.loads(line)
                cells = {"result": said["result"]} if in_one_cell else _columns_of(said["result"])
                yield _line(
                    [
                        said["row"],
                        said["run"],
                        said["status"],
                        _cell(said["error"]),
                        said["seconds"],
                        *(_cell(said["params"].get(name)) for name in params),
                        *(_cell(cells.get(name)) for name in results),
                    ]
                )

    def _all(self, batch: Batch, statuses: frozenset[RunStatus] = frozenset()) -> Iterator[tuple[int, Run]]:
        after = 0
        while some := self._batches.rows(batch.id, limit=_PAGE, after=after, statuses=statuses):
            yield from some
            after = some[-1][0]

    def _outcome(self, row: int, run: Run) -> RowOutcome:
        result, large = self._result(run) if run.status is RunStatus.SUCCEEDED else (None, None)
        return RowOutcome(
            row=row,
            run=run.number,
            run_id=run.id,
            status=run.status,
            params=run.params,
            error=_error(run),
            seconds=_seconds(run),
            result=result,
            large=large,
        )

    def _result(self, run: Run) -> tuple[Any, str | None]:
        """What the tool returned, or the names of its files; then the artifact of a result that is too large."""
        large = None
        for artifact in run.artifacts:
            if artifact.metadata.get("result") and artifact.metadata.get("codec") == "json":
                large = artifact.id
                if artifact.size > _LONGEST_RESULT:
                    break
                try:
                    return json.loads(self._artifacts.path(artifact.digest).read_bytes()), None
                except (ToolrunnerError, OSError, ValueError, RecursionError):
                    break
        return ", ".join(artifact.name for artifact in run.artifacts) or None, large


def _at_places(error: InvalidParams, rows: Sequence[int]) -> InvalidParams:
    """The same of some rows of a batch, by the places that they have there."""

    def placed(field: str) -> str:
        head, comma, rest = field.partition(",")
        return f"data row {rows[int(head.removeprefix('data row ')) - 1]}{comma}{rest}"

    return InvalidParams([Problem(placed(each.field), each.message) for each in error.problems])


def _titles(tool: Tool) -> dict[str, list[str]]:
    """Titles of params in other languages."""
    found: dict[str, list[str]] = {}
    for texts in tool.translations.values():
        for name, said in dict(texts.get("params", {})).items():
            if isinstance(title := said.get("title"), str):
                found.setdefault(name, []).append(title)
    return found


def _columns_of(result: Any) -> dict[str, Any]:
    if result is None:
        return {}
    if isinstance(result, dict):
        return {f"result.{name}": value for name, value in result.items()}
    return {"result": result}


def _error(run: Run) -> str | None:
    if run.error is not None:
        return f"{run.error.type}: {run.error.message}"
    return run.reason.value if run.reason else None


def _seconds(run: Run) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 3)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULAS) and not _is_number(value) else value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | bool) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _line(cells: Sequence[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "backslashreplace")
