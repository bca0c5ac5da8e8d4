"""Rows of params: a list, a DataFrame, or a table in a file, checked as a whole before anything runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidParams, InvalidRequest, Problem, in_row
from ..core.params import check_names, complete, parse_option
from ..core.sheets import fields_of
from ..services.batch_rows import MOST_ROWS
from ..services.inputs import path_fields
from ..services.sheets import read_sheet
from .params import encode_params

if TYPE_CHECKING:
    import pandas as pd

    Source = str | Path | pd.DataFrame | Iterable[Mapping[str, Any]]

#: Problems that are told one by one.
_TOLD = 20


class InvalidRows(InvalidParams):
    """Some rows of params are not valid."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        lines = [f"  {each.field}: {each.message}" for each in problems[:_TOLD]]
        if len(problems) > _TOLD:
            lines.append(f"  and {len(problems) - _TOLD} more")
        self.args = ("\n".join(["The rows are not valid, and nothing was run:", *lines]),)


def rows_of(source: Source, schema: Mapping[str, Any], common: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The params of each row, valid, with those that all have. Raises InvalidRequest, InvalidRows.

    A file is CSV, a sheet of Excel, Parquet or a JSON list by its name; its columns may be named as the params or their
    titles are, in any case. An empty cell is a param that was not given. Text of a table is read as the schema says. A
    relative path of a file that is there becomes absolute.
    """
    rows = list(_checked_columns(_read(source, schema), schema))
    if not rows:
        raise InvalidRequest(
            "There is no row", field="rows", hint="Give a list of params, or a table with one line or more"
        )
    problems: list[Problem] = []
    whole = [_row(number, row, schema, common, problems) for number, row in enumerate(rows, 1)]
    if problems:
        raise InvalidRows(problems)
    return whole


def _row(
    number: int,
    row: Mapping[str, Any],
    schema: Mapping[str, Any],
    common: Mapping[str, Any],
    problems: list[Problem],
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    wrong: list[Problem] = []
    for name, value in {**common, **row}.items():
        try:
            given[name] = parse_option(schema, name, [value]) if isinstance(value, _Cell) else value
        except InvalidParams as error:
            wrong += error.problems
    files = set(path_fields(schema))
    given = {name: _found(value) if name in files else value for name, value in given.items()}
    try:
        given = encode_params(given)
        # A file of another run is a mapping, which the server looks into; here a text stands for it.
        complete(
            schema, {name: _stand_in(value) if name in files else value for name, value in given.items()}
        )
    except InvalidParams as error:
        known = {each.field for each in wrong}
        # What could not be read is not missing too.
        wrong += [each for each in error.problems if each.field not in known]
    problems += in_row(number, wrong)
    return given


def _found(value: Any) -> Any:
    if isinstance(value, list):
        return [_found(each) for each in value]
    return (
        Path(value)
        if isinstance(value, str) and value and "\0" not in value and Path(value).exists()
        else value
    )


def _stand_in(value: Any) -> Any:
    if isinstance(value, list):
        return [_stand_in(each) for each in value]
    return value["artifact"] if isinstance(value, Mapping) and set(value) == {"artifact"} else value


def _checked_columns(
    rows: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """A column that the tool has not is told once, not for each row."""
    known: set[str] = set()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise InvalidRows(
                in_row(number, [Problem("", f"is no mapping of params, but {type(row).__name__}")])
            )
        if new := [name for name in row if name not in known]:
            try:
                check_names(schema, new)
            except InvalidParams as error:
                raise InvalidRows(
                    [Problem(f"column {each.field}", each.message) for each in error.problems]
                ) from None
            known.update(new)
        yield row


# -- where they come from -------------------------------------------------------------------------------------------


class _Cell(str):
    """Text of a table in which everything is text."""

    __slots__ = ()


def _read(source: Source, schema: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if isinstance(source, str | Path):
        return _with_params(_read_file(Path(source).expanduser()), schema)
    if hasattr(source, "to_dict"):
        return _of_frame(source)
    return source


def _with_params(rows: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The columns of a file under the names of the params that they are, whatever their case and spaces."""
    rows = list(rows)
    if not all(isinstance(row, Mapping) for row in rows):
        return rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = dict(zip(names, fields_of(names, schema), strict=True))
    return [{found[name] or name: value for name, value in row.items()} for row in rows]


def _read_file(path: Path) -> Iterable[Mapping[str, Any]]:
    try:
        match path.suffix.lower():
            case ".csv" | ".tsv" | ".txt":
                return _of_csv(path)
            case ".xlsx" | ".xlsm":
                sheet = read_sheet(path.read_bytes(), path.name, most=MOST_ROWS)
                return [
                    {
                        name: _Cell(cell)
                        for name, cell in zip(sheet.names, line, strict=True)
                        if cell is not None
                    }
                    for line in sheet.cells
                ]
            case ".parquet" | ".pq":
                import pandas as pd

                return _of_frame(pd.read_parquet(path))
            case ".json":
                return _of_json(path)
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror or error}", field="rows") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(
            f"{path} is not text in UTF-8 (byte {error.start})", field="rows", hint="Save it in UTF-8"
        ) from error
    except (ValueError, csv.Error) as error:
        raise InvalidRequest(f"{path} cannot be read: {error}", field="rows") from error
    raise InvalidRequest(
        f"{path.name} is no table that is known here",
        field="rows",
        hint="Give a .csv, .xlsx, .parquet or .json file",
    )


def _of_csv(path: Path) -> list[dict[str, Any]]:
    """With commas, semicolons or tabs, whichever the first line has most of."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        lines = csv.reader(file, delimiter=max(",;\t", key=header.count), strict=True)
        names = next(lines, [])
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the column {twice[0]!r} stands twice")
        rows: list[dict[str, Any]] = []
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(names):
                raise ValueError(
                    f"line {lines.line_num} has {len(cells)} cells, and the first line {len(names)}"
                )
            rows.append({name: _Cell(cell) for name, cell in zip(names, cells, strict=True) if cell})
    return rows


def _of_frame(frame: Any) -> list[dict[str, Any]]:
    import pandas as pd

    def there(value: Any) -> bool:
        return not pd.api.types.is_scalar(value) or not pd.isna(value)

    columns = {str(name): [_plain(value) for value in frame[name].tolist()] for name in frame.columns}
    return [
        {name: values[index] for name, values in columns.items() if there(values[index])}
        for index in range(len(frame))
    ]


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _of_json(path: Path) -> list[Any]:
    rows = json.loads(path.read_text("utf-8-sig"))
    if not isinstance(rows, list):
        raise ValueError(f"it must hold a list of params, not {type(rows).__name__}")
    return rows
