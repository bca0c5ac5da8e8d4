"""Tables that people have: cells of text below a line of names, and which param of a tool each column is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import InvalidParams, InvalidRequest, Problem
from .params import named, option_reader


@dataclass(frozen=True, slots=True)
class Sheet:
    names: tuple[str, ...]
    #: Rows of as many cells; None where a cell is empty.
    cells: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """What is wrong with one value of many rows."""

    #: From 1; 0 for what concerns all of them.
    row: int
    #: The param; empty for the row as a whole.
    field: str
    message: str


def fields_of(
    names: Sequence[str], schema: Mapping[str, Any], titles: Mapping[str, Sequence[str]] | None = None
) -> list[str | None]:
    """Which param each column is: by name, else by title, whatever the case, spaces and signs; None where it is none.

    ``titles``: further titles of params, as those in other languages. Each param is one column at most, the first.
    """
    known: dict[str, str] = {}
    params = dict(named(schema))
    for name, prop in params.items():
        for said in (prop.get("title"), *(titles or {}).get(name, ())):
            if isinstance(said, str):
                known.setdefault(_plain(said), name)
    known |= {_plain(name): name for name in params}
    found: list[str | None] = []
    for name in names:
        field = name if name in params else known.get(_plain(name))
        found.append(None if field in found else field)
    return found


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def params_of(
    schema: Mapping[str, Any], fields: Sequence[str | None], cells: Sequence[Sequence[str | None]]
) -> tuple[list[dict[str, Any]], list[CellProblem]]:
    """The params of each row, read as the schema types them, and the cells that are none.

    An empty cell is a param that was not given. Raises InvalidRequest where a row has another number of cells than there
    are columns, or two columns are one param.
    """
    given = [field for field in fields if field is not None]
    if twice := next((field for field in given if given.count(field) > 1), None):
        raise InvalidRequest(f"Two columns are {twice}.", field="table.fields")
    readers = {field: option_reader(schema, field) for field in given}
    rows: list[dict[str, Any]] = []
    problems: list[CellProblem] = []
    for number, line in enumerate(cells, 1):
        if len(line) != len(fields):
            raise InvalidRequest(
                f"Data row {number} has {len(line)} cells, and there are {len(fields)} columns.",
                field="table.cells",
            )
        row: dict[str, Any] = {}
        for field, cell in zip(fields, line, strict=True):
            if field is None or cell is None or cell == "":
                continue
            try:
                row[field] = readers[field]([cell])
            except InvalidParams as error:
                problems += at_row(number, error.problems)
        rows.append(row)
    return rows, problems


def at_row(number: int, problems: Sequence[Problem]) -> list[CellProblem]:
    return [CellProblem(row=number, field=each.field, message=each.message) for each in problems]
