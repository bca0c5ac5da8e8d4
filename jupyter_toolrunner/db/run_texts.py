"""Runs that say some words, in an order: first those that may say them, then of these the ones that do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, select, text

from ..core.history import RunFilter, RunOrder, RunPlace, SortKey
from .dialect import AMONG, given_of
from .prepared import Prepared, within
from .run_queries import among
from .run_words import MayBe
from .tables import runs

#: Runs that are looked at together: at first about a page, then more, since most of them do not say it.
_FIRST, _MOST = 64, 512
#: Runs that may say it, up to which these lead, and not the other filters or the order.
_FEW = 5_000
_WORDS = (runs.c.number, runs.c.tool, runs.c.params, runs.c.note)
_TEXTS = {
    dialect: Prepared(select(*_WORDS).where(text(among.format("runs.number", "given", "BIGINT"))), _WORDS)
    for dialect, among in AMONG.items()
}

#: Reads number and sorted value of so many runs behind a place; of those with these numbers, where some are given.
Read = Callable[[RunPlace | None, int, Sequence[int] | None], Sequence[Row[Any]]]
Place = Callable[[Row[Any]], RunPlace]


@dataclass(frozen=True, slots=True)
class Looked:
    """Some runs that were looked at."""

    #: Those that say the words, in their order, each with its place.
    found: Sequence[tuple[int, RunPlace]]
    #: Where to look further; None where there is no more.
    following: RunPlace | None


def looked_at(
    connection: Connection,
    where: RunFilter,
    order: RunOrder,
    after: RunPlace | None,
    read: Read,
    place: Place,
) -> Iterator[Looked]:
    """All runs of the filter, some at a time."""
    may_be = MayBe(connection, where.words)
    others = replace(where, words=())
    few = not may_be.is_any and not others.chains and order.key is not SortKey.QUEUE
    if few and order.key is SortKey.NUMBER and (others.is_empty or may_be.count(_FEW) <= _FEW):
        yield from _by_number(connection, where, order, after, may_be)
    elif few and may_be.count(_FEW) <= _FEW:
        numbers = list(may_be.numbers(descending=True))
        yield from _in_order(connection, where, after, read, place, numbers)
    else:
        yield from _in_order(connection, where, after, read, place, None, may_be)


def _by_number(
    connection: Connection, where: RunFilter, order: RunOrder, after: RunPlace | None, may_be: MayBe
) -> Iterator[Looked]:
    behind = None if after is None else after.number
    numbers = may_be.numbers(descending=order.descending, behind=behind)
    others = replace(where, words=())
    many = _FIRST
    while some := list(islice(numbers, many)):
        said = _said(connection, where, some) if others.is_empty else None
        if said is None:
            fit = among(connection, others, some, "number")
            said = _said(connection, where, list(connection.execute(fit).scalars()))
        places = {number: RunPlace(order=str(order), value=number, number=number) for number in some}
        is_last = len(some) < many
        yield Looked(
            [(number, places[number]) for number in some if number in said],
            None if is_last else places[some[-1]],
        )
        if is_last:
            return
        many = min(_MOST, many * 2)
    yield Looked([], None)


def _in_order(
    connection: Connection,
    where: RunFilter,
    after: RunPlace | None,
    read: Read,
    place: Place,
    numbers: Sequence[int] | None,
    may_be: MayBe | None = None,
) -> Iterator[Looked]:
    many = _MOST if may_be is not None and not may_be.is_any else _FIRST
    while True:
        rows = read(after, many, numbers)
        said = _said(
            connection, where, [row.number for row in rows if may_be is None or may_be.has(row.number)]
        )
        after = place(rows[-1]) if len(rows) == many else None
        yield Looked([(row.number, place(row)) for row in rows if row.number in said], after)
        if after is None:
            return
        many = min(_MOST, many * 2)


def _said(connection: Connection, where: RunFilter, numbers: Sequence[int]) -> set[int]:
    """Those of these runs that say the words."""
    if not numbers:
        return set()
    given = {"given": given_of(connection.dialect.name, numbers)}
    return {
        run.number
        for run in within(connection).all(_TEXTS[connection.dialect.name], given)
        if where.says(run.tool, json.loads(run.params), run.note)
    }
