"""Batches, as people ask for them: look, cancel what is left, retry what failed, one table of what came of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..core.batches import Batch
from ..core.errors import Conflict, ToolrunnerError
from ..core.ids import RunId
from ..core.ports import ArtifactStore, BatchStore
from ..core.runs import FINAL, Priority, Run, RunStatus
from .runs import RunService

_PAGE = 500
_AGAIN = frozenset({RunStatus.FAILED, RunStatus.CANCELED})
#: Bytes of a result that stands in a table; a larger one is named by its file.
_LONGEST_RESULT = 32_000
#: What makes a formula of a cell.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Keys of results that have columns of their own; where there are more, a result is one cell.
_MOST_COLUMNS = 200


class BatchService:
    def __init__(self, *, batches: BatchStore, runs: RunService, artifacts: ArtifactStore) -> None:
        self._batches = batches
        self._runs = runs
        self._artifacts = artifacts

    def submit(
        self,
        tool: str,
        rows: Sequence[dict[str, Any]],
        *,
        owner: str,
        title: str = "",
        priority: Priority = Priority.DEFAULT,
        idempotency_key: str | None = None,
    ) -> tuple[Batch, Sequence[Run]]:
        """Raises as `RunService.submit_all`."""
        runs = self._runs.submit_all(
            tool, rows, owner=owner, title=title, priority=priority, idempotency_key=idempotency_key
        )
        found = self._batches.of_run(runs[0].id)
        assert found is not None
        return found[0], runs

    def get(self, batch: str) -> Batch:
        """Raises NotFound."""
        return self._batches.get(batch)

    def of_run(self, run: RunId) -> tuple[Batch, int] | None:
        return self._batches.of_run(run)

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
        self._runs.check_code(self._runs.tool_version(found.tool, found.version))
        return self._each(batch, _AGAIN, self._runs.retry)

    def cancel(self, batch: str) -> tuple[Batch, int]:
        """End those that have not ended; how many these are."""
        return self._each(batch, frozenset(RunStatus) - FINAL, self._runs.cancel)

    def table(self, batch: str) -> Iterator[bytes]:
        """What came of each row, as CSV in UTF-8: row, run, status, error, seconds, the params, then the result.

        A result that is an object has a column for each of its keys; all columns are known before the first line is written.
        A text that a spreadsheet would take for a formula has an apostrophe before it. Raises NotFound.
        """
        found = self._batches.get(batch)
        schema = self._runs.tool_version(found.tool, found.version).params_schema
        params: dict[str, None] = dict.fromkeys(schema.get("properties", ()))
        results: dict[str, None] = {}
        for _, run in self._all(found):
            params.update(dict.fromkeys(run.params))
            results.update(dict.fromkeys(_columns_of(self._result(run))))
        in_one_cell = len(results) > _MOST_COLUMNS
        if in_one_cell:
            results = {"result": None}
        head = ["row", "run", "status", "error", "seconds", *params, *results]
        yield _line([_cell(name) for name in head])
        for row, run in self._all(found):
            result = self._result(run)
            cells = {"result": result} if in_one_cell else _columns_of(result)
            yield _line(
                [
                    row,
                    run.number,
                    run.status.value,
                    _cell(_error(run)),
                    _seconds(run),
                    *(_cell(run.params.get(name)) for name in params),
                    *(_cell(cells.get(name)) for name in results),
                ]
            )

    def _each(
        self, batch: str, statuses: frozenset[RunStatus], do: Callable[[str], object]
    ) -> tuple[Batch, int]:
        found = self._batches.get(batch)
        done = 0
        for _, run in self._all(found, statuses):
            try:
                do(run.id)
            except Conflict:  # it ended, or was retried, meanwhile
                continue
            done += 1
        return self._batches.get(found.id), done

    def _all(self, batch: Batch, statuses: frozenset[RunStatus] = frozenset()) -> Iterator[tuple[int, Run]]:
        after = 0
        while some := self._batches.rows(batch.id, limit=_PAGE, after=after, statuses=statuses):
            yield from some
            after = some[-1][0]

    def _result(self, run: Run) -> Any:
        """What the tool returned, as far as a table can hold it; else the names of its files."""
        for artifact in run.artifacts:
            is_json = artifact.metadata.get("result") and artifact.metadata.get("codec") == "json"
            if is_json and artifact.size <= _LONGEST_RESULT:
                try:
                    return json.loads(self._artifacts.path(artifact.digest).read_bytes())
                except (ToolrunnerError, OSError, ValueError, RecursionError):
                    break
        return ", ".join(artifact.name for artifact in run.artifacts) or None


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
