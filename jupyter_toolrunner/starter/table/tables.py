"""Tables in files: how they are read, and their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..naming import likely
from .database import Database, TableError, quoted

EXAMPLES = Path(__file__).parents[1] / "examples" / "tables"
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL")
_TIMES = ("DATE", "TIMESTAMP")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person knows of a file that cannot be seen from it; empty where it can."""

    separator: str = ""
    encoding: str = ""
    sheet: str = ""
    skip_bad_rows: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    #: As DuckDB calls it.
    type: str

    @property
    def is_number(self) -> bool:
        return not self.is_nested and any(each in self.type for each in _NUMBERS)

    @property
    def is_text(self) -> bool:
        return self.type == "VARCHAR"

    @property
    def is_time(self) -> bool:
        return not self.is_nested and self.type.startswith(_TIMES)

    @property
    def has_zone(self) -> bool:
        return self.type == "TIMESTAMP WITH TIME ZONE"

    @property
    def is_nested(self) -> bool:
        return self.type.endswith("]") or self.type.startswith(("STRUCT", "MAP", "UNION", "JSON"))

    @property
    def sql(self) -> str:
        return quoted(self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the database."""

    #: Under which the database knows it.
    name: str
    #: What people call it: its file's name without the ending.
    title: str
    columns: tuple[Column, ...]
    #: Where text was kept as it is though it looks like numbers.
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def column(self, name: str, field: str) -> Column:
        """The column of this name; also where only the letters' case differs and no other fits. Raises TableError."""
        wanted = name.strip()
        exact = [each for each in self.columns if each.name == name] or [
            each for each in self.columns if each.name.casefold() == wanted.casefold()
        ]
        if len(exact) == 1:
            return exact[0]
        hint = likely(wanted, self.names)
        raise TableError(f"{field}: {self.title} has no column {wanted!r}; {hint}")

    def chosen(self, names: Sequence[str], field: str) -> list[Column]:
        """The columns of these names, each once, in this order."""
        return list(dict.fromkeys(self.column(name, field) for name in names if name.strip()))


def without_zones(columns: Sequence[Column], sql: str, form: str = "{} AT TIME ZONE 'UTC'") -> str:
    """The query with moments as they are in UTC: what Python would need one more library for."""
    zoned = [f"{form.format(each.sql)} AS {each.sql}" for each in columns if each.has_zone]
    return f"SELECT * REPLACE ({', '.join(zoned)}) FROM ({sql})" if zoned else sql


def count(database: Database, table: Table) -> int:
    return int(database.value(f"SELECT count(*) FROM {table.name}"))
