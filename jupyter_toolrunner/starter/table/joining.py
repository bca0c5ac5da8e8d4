"""Two tables side by side, by what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...authoring import progress
from .database import Database, TableError, quoted
from .reading import read
from .tables import Column, Reading, Table, count
from .writing import write

_KINDS = {
    "inner": "INNER JOIN",
    "left": "LEFT JOIN",
    "right": "RIGHT JOIN",
    "full": "FULL JOIN",
    "only matching": "SEMI JOIN",
    "only missing": "ANTI JOIN",
}
#: The result may have so many times the rows of the larger table before it is taken for a mistake.
_MOST_TIMES = 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """Columns of the left and the right table that must be equal."""

    left: Column
    right: Column

    @property
    def as_text(self) -> bool:
        """Where one side holds numbers and the other text, their texts are compared."""
        return self.left.is_text != self.right.is_text

    def sides(self) -> tuple[str, str]:
        """What is compared: of a number and a text how both are written shortest, so that 1.0 is 1."""
        left, right = self.values()
        with_numbers = self.as_text and (self.left.is_number or self.right.is_number)
        return (_shortest(left), _shortest(right)) if with_numbers else (left, right)

    def values(self) -> tuple[str, str]:
        """What they hold, of one type."""
        left, right = f"l.{self.left.sql}", f"r.{self.right.sql}"
        return (f"CAST({left} AS VARCHAR)", f"CAST({right} AS VARCHAR)") if self.as_text else (left, right)


def _shortest(value: str) -> str:
    """Without zeros at the end of a decimal, and the blanks around it; 007 and whatever is no number stay as they are."""
    whole = f"regexp_replace({value}, '^\\s*([+-]?\\d+)(\\.0*)?\\s*$', '\\1')"
    return f"regexp_replace({whole}, '^\\s*([+-]?\\d*\\.\\d*[1-9])0*\\s*$', '\\1')"


def join(
    left: Path | None,
    right: Path | None,
    how: Reading,
    *,
    on: Sequence[str],
    kind: str,
    suffix: str,
    format_: str,
) -> dict[str, Any]:
    """Write the joined table into the current folder, and tell what had no match."""
    if (left is None) != (right is None):
        raise TableError(f"{'left' if left is None else 'right'}: choose a table, or neither for the example")
    with Database() as database:
        one = read(database, left, how, name="one", example="moons.csv")
        other = read(database, right, how, name="other", example="planets.csv")
        pairs = _pairs(one, other, on, example=left is None)
        numbers = _numbers(database, one, other, pairs)
        _tell(one, other, pairs, numbers)
        file = write(database, _sql(one, other, pairs, kind, suffix), f"{one.title}.{other.title}", format_)
    rows = _rows(kind, numbers)
    print(f"{file}: {rows} rows")
    progress(10, 10, f"{rows} rows")
    return {
        "table": str(file),
        "rows": rows,
        "on": [f"{pair.left.name} = {pair.right.name}" for pair in pairs],
        "kind": kind,
        **numbers,
    }


def _pairs(one: Table, other: Table, on: Sequence[str], *, example: bool) -> list[Pair]:
    """What is said, ``name`` or ``left=right`` each; else the columns that both tables have."""
    said = [each for each in on if each.strip()] or (["planet=name"] if example else [])
    if not said:
        both = [name for name in one.names if name in other.names]
        if not both:
            raise TableError(
                f"on: {one.title} and {other.title} have no column of the same name; say which belong together, "
                f"such as {one.names[0]}={other.names[0]}"
            )
        print(f"Joined on what both have: {', '.join(both)}")
        said = [f"{name}" for name in both]
    return [_pair(one, other, each) for each in said]


def _pair(one: Table, other: Table, said: str) -> Pair:
    if said in one.names and said in other.names:
        return Pair(one.column(said, "on"), other.column(said, "on"))
    left, equals, right = said.partition("=")
    pair = Pair(one.column(left, "on"), other.column(right if equals else left, "on"))
    if pair.left.is_nested or pair.right.is_nested:
        raise TableError(f"on: {said!r} is of lists or objects, which cannot be compared")
    return pair


def _numbers(database: Database, one: Table, other: Table, pairs: Sequence[Pair]) -> dict[str, int]:
    """Rows on both sides, those without a match, and keys that come up more than once."""
    lefts, rights = zip(*(pair.sides() for pair in pairs), strict=True)
    progress(3, 10, "Looking at what belongs together")
    database.run(_keys("left_keys", lefts, "l", one))
    database.run(_keys("right_keys", rights, "r", other))
    same = " AND ".join(f"a.k{n} = b.k{n}" for n in range(len(pairs)))
    lacking = "SELECT coalesce(sum(n), 0) FROM {} a WHERE NOT EXISTS (SELECT 1 FROM {} b WHERE {})"
    matched = database.value(
        f"SELECT coalesce(sum(a.n::HUGEINT * b.n), 0) FROM left_keys a JOIN right_keys b ON {same}"
    )
    numbers = {
        "left_rows": count(database, one),
        "right_rows": count(database, other),
        "left_without_match": int(database.value(lacking.format("left_keys", "right_keys", same))),
        "right_without_match": int(database.value(lacking.format("right_keys", "left_keys", same))),
        "left_repeated_keys": int(database.value("SELECT count(*) FROM left_keys WHERE n > 1")),
        "right_repeated_keys": int(database.value("SELECT count(*) FROM right_keys WHERE n > 1")),
        "matches": int(matched),
    }
    if numbers["matches"] > _MOST_TIMES * max(numbers["left_rows"], numbers["right_rows"]):
        raise TableError(
            f"on: the tables would join to {numbers['matches']:,} rows, since their keys are repeated on both sides. "
            "Nothing was written: name more columns that belong together"
        )
    return numbers


def _rows(kind: str, numbers: dict[str, int]) -> int:
    """How many rows the join has, by what is known of its keys: it need not be made once more to be counted."""
    if kind == "only missing":
        return numbers["left_without_match"]
    if kind == "only matching":
        return numbers["left_rows"] - numbers["left_without_match"]
    left = numbers["left_without_match"] if kind in ("left", "full") else 0
    right = numbers["right_without_match"] if kind in ("right", "full") else 0
    return numbers["matches"] + left + right


def _keys(name: str, sides: Sequence[str], alias: str, table: Table) -> str:
    keys = ", ".join(f"{side} AS k{n}" for n, side in enumerate(sides))
    by = ", ".join(f"k{n}" for n in range(len(sides)))
    return f"CREATE TEMP TABLE {name} AS SELECT {keys}, count(*) AS n FROM {table.name} {alias} GROUP BY {by}"


def _tell(one: Table, other: Table, pairs: Sequence[Pair], numbers: dict[str, int]) -> None:
    for pair in pairs:
        if pair.as_text:
            print(
                f"{pair.left.name} holds {pair.left.type} and {pair.right.name} {pair.right.type}: "
                "they are compared as texts"
            )
    if numbers["left_repeated_keys"] and numbers["right_repeated_keys"]:
        print(
            f"Keys are repeated on both sides ({numbers['left_repeated_keys']} and {numbers['right_repeated_keys']}): "
            "their rows are joined each with each"
        )
    for side, table in (("left", one), ("right", other)):
        if lacking := numbers[f"{side}_without_match"]:
            print(f"{lacking} rows of {table.title} have no match")
    if not numbers["matches"]:
        print("Nothing matches: look whether the columns hold the same kind of values")


def _sql(one: Table, other: Table, pairs: Sequence[Pair], kind: str, suffix: str) -> str:
    condition = " AND ".join("{} = {}".format(*pair.sides()) for pair in pairs)
    columns = _columns(one, other, pairs, kind, suffix)
    return f"SELECT {columns} FROM {one.name} l {_KINDS[kind]} {other.name} r ON {condition}"


def _columns(one: Table, other: Table, pairs: Sequence[Pair], kind: str, suffix: str) -> str:
    """All of the left, then what the right adds; of columns that are equal by the join one is enough."""
    if kind.startswith("only"):
        return "l.*"
    same = {pair.left.name: pair for pair in pairs}
    parts = []
    for column in one.columns:
        pair = same.get(column.name)
        if pair is not None and kind in ("right", "full"):
            parts.append("coalesce({}, {}) AS {}".format(*pair.values(), column.sql))
        else:
            parts.append(f"l.{column.sql}")
    known = {pair.right.name for pair in pairs}
    taken = {column.name.casefold() for column in one.columns}
    for column in other.columns:
        if column.name in known:
            continue
        name = column.name
        while name.casefold() in taken:
            name += suffix or "_right"
        taken.add(name.casefold())
        parts.append(f"r.{column.sql} AS {quoted(name)}")
    return ", ".join(parts)
