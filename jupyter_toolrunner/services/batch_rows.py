"""The rows of a batch, in whichever of three ways they were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core import sweeps
from ..core.errors import InvalidParams, InvalidRequest, Problem
from ..core.params import check_names
from ..core.sheets import CellProblem, params_of

#: Rows of one batch.
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    #: The param that each column is; None for a column that is none.
    fields: Sequence[str | None]
    cells: Sequence[Sequence[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRows:
    """Exactly one of rows, table and sweep; `common` are values of all rows, before which those of a row go."""

    rows: Sequence[Mapping[str, Any]] | None = None
    table: Cells | None = None
    #: Values of each field, or what people write for them: `core.sweeps`.
    sweep: Mapping[str, str | Sequence[Any]] | None = None
    common: Mapping[str, Any] = field(default_factory=dict)


def read_rows(schema: Mapping[str, Any], asked: AskedRows) -> tuple[list[dict[str, Any]], list[CellProblem]]:
    """The params of each row, and what could not be read as params; nothing is checked beyond that.

    Raises InvalidRequest, InvalidParams for fields that the tool has not.
    """
    if sum(way is not None for way in (asked.rows, asked.table, asked.sweep)) != 1:
        raise InvalidRequest("A batch is asked for by either rows, or a table, or a sweep.", field="rows")
    problems: list[CellProblem] = []
    if asked.table is not None:
        check_names(schema, [name for name in asked.table.fields if name is not None])
        _check_count(len(asked.table.cells))
        rows, problems = params_of(schema, asked.table.fields, asked.table.cells)
    elif asked.sweep is not None:
        if not asked.sweep:
            raise InvalidRequest("No field is swept over.", field="sweep")
        rows = sweeps.rows_of(schema, asked.sweep, most=MOST_ROWS)
    else:
        rows = [dict(row) for row in asked.rows or ()]
    _check_count(len(rows))
    return [{**asked.common, **row} for row in rows] if asked.common else rows, problems


def refused(problems: Sequence[CellProblem]) -> InvalidParams:
    """The same as an error, its fields written as ``data row 3, depth``."""
    return InvalidParams(
        [
            Problem(
                f"data row {each.row}, {each.field}" if each.field else f"data row {each.row}", each.message
            )
            for each in problems
        ]
    )


def _check_count(rows: int) -> None:
    if not 0 < rows <= MOST_ROWS:
        raise InvalidRequest(
            "There is no row." if not rows else f"{rows:,} rows are too many for one request.",
            field="rows",
            hint=f"Send {MOST_ROWS:,} rows at most.",
        )
