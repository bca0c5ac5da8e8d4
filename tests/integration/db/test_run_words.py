"""Words are found in any run, whatever lies between the runs that say them, and without those that only seem to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from factories import a_run
from sqlalchemy import Engine, delete, func, insert, select, text, update

from jupyter_toolrunner.core.history import RunFilter, RunOrder, RunPlace, SortKey
from jupyter_toolrunner.core.ids import RunId
from jupyter_toolrunner.core.ports import RunEdit
from jupyter_toolrunner.core.runs import Params
from jupyter_toolrunner.db import prepared, run_texts
from jupyter_toolrunner.db.history import SqlRunHistory
from jupyter_toolrunner.db.run_index import RunIndex
from jupyter_toolrunner.db.run_words import SPAN, packed, unpacked
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import run_changes, run_index, run_words, runs

#: So that runs lie in three spans.
_NUMBERS = (7, 8, SPAN - 1, SPAN, 2 * SPAN - 1, 2 * SPAN + 5, 2 * SPAN + 6, 2 * SPAN + 7)


def _made(engine: Engine, params: dict[int, Params]) -> dict[int, RunId]:
    """Runs with these numbers."""
    store = SqlRunStore(engine)
    made = {}
    for number, given in params.items():
        run = store.insert(a_run(params=given))[0]
        with engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run.id).values(number=number + 1_000_000))
        made[number] = run.id
    with engine.begin() as connection:
        connection.execute(update(runs).values(number=runs.c.number - 1_000_000))
        # No run that was made comes to another number.
        connection.execute(delete(run_changes))
        connection.execute(insert(run_changes).from_select(["number"], select(runs.c.number)))
    return made


def _taken_in(engine: Engine, words: int = 2) -> None:
    while RunIndex(engine, words=words).fill():
        pass


def _found(engine: Engine, *words: str, order: RunOrder = RunOrder(), limit: int = 2) -> Iterator[int]:  # noqa: B008
    after: RunPlace | None = None
    while True:
        page = SqlRunHistory(engine).page(RunFilter(words=words), limit=limit, order=order, after=after)
        yield from (run.number for run in page.items)
        if (after := page.following) is None:
            return


@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("key", [SortKey.NUMBER, SortKey.CREATED])
def test_pages_go_over_all_spans(engine: Engine, key: SortKey, down: bool) -> None:
    _made(engine, {number: {"n": place, "of": "alphabet"} for place, number in enumerate(_NUMBERS)})
    order = RunOrder(key, down)
    expected = sorted(_NUMBERS, reverse=down)
    assert list(_found(engine, "phabe", order=order)) == expected
    _taken_in(engine)
    assert list(_found(engine, "phabe", order=order)) == expected
    assert list(_found(engine, "phabe", "n 3", order=order)) == [_NUMBERS[3]]
    assert list(_found(engine, "alphabets", order=order)) == []


@pytest.mark.parametrize("few", [0, 5_000])
def test_many_that_may_say_it_are_read_in_the_order_too(
    engine: Engine, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_texts, "_FEW", few)
    _made(engine, {number: {"of": "alphabet" if number % 2 else "number"} for number in _NUMBERS})
    _taken_in(engine)
    odd = [number for number in sorted(_NUMBERS, reverse=True) if number % 2]
    history = SqlRunHistory(engine)
    where = RunFilter(words=("alpha",), tools=frozenset({"box.tool"}))
    assert [run.number for run in history.page(where, limit=9).items] == odd
    assert [run.number for run in history.page(where, limit=9, order=RunOrder(SortKey.TOOL)).items] == odd
    assert history.count(where).runs == len(odd)


def test_what_only_seems_to_be_said_is_not_found(engine: Engine) -> None:
    # All grams of the word are there, and not one after the other.
    _made(engine, {1: {"of": "abc bcd"}, 2: {"of": "abcd"}})
    _taken_in(engine)
    assert list(_found(engine, "abcd")) == [2]


def test_a_note_that_is_written_later_is_found_at_once_and_its_old_words_are_not(engine: Engine) -> None:
    made = _made(engine, {number: {"of": "nothing"} for number in (1, 2, 3, 4)})
    _taken_in(engine)
    for note in ("first words", "other words", ""):
        SqlRunStore(engine).edit(made[2], RunEdit(note=note), by="anna")
        for _ in range(2):
            assert list(_found(engine, "first")) == ([2] if note == "first words" else [])
            assert list(_found(engine, "other")) == ([2] if note == "other words" else [])
            _taken_in(engine)


@pytest.mark.parametrize(
    "word", ["ß", "straße", "strasse", "'quoted'", "привет", "мир", "\U0001f600 smile", "", "0.9"]
)
def test_signs_of_every_kind_are_found_as_they_are_without_an_index(engine: Engine, word: str) -> None:
    params: list[Params] = [
        {"a": "Straße 'quoted' \"too\""},
        {"ПРИВЕТ": "Мир"},
        {"b": "x\U0001f600 smile\ud800 y\0z"},
        {"c": 0.90},
    ]
    _made(engine, dict(enumerate(params, 1)))
    before = list(_found(engine, word.casefold()))
    _taken_in(engine)
    assert list(_found(engine, word.casefold())) == before
    assert before


def test_words_of_an_older_database_are_found_before_and_while_they_are_taken_in(engine: Engine) -> None:
    _made(engine, {number: {"of": f"number{number % 3}"} for number in range(1, 31)})
    _taken_in(engine, words=99)
    expected = [number for number in range(30, 0, -1) if number % 3 == 1]
    index = RunIndex(engine, words=4)
    left = True
    while left:
        assert list(_found(engine, "number1", limit=50)) == expected
        left = bool(index.fill())
    with engine.connect() as connection:
        assert connection.execute(select(run_index.c.said)).scalar_one() == 28


def test_what_runs_said_goes_with_them(engine: Engine) -> None:
    _made(engine, {number: {"of": "alphabet"} for number in _NUMBERS})
    _taken_in(engine)
    with engine.begin() as connection:
        connection.execute(delete(runs).where(runs.c.number < SPAN))
    _taken_in(engine)
    with engine.connect() as connection:
        assert connection.execute(select(func.min(run_words.c.span))).scalar_one() == 1
    assert list(_found(engine, "alphabet")) == sorted(_NUMBERS, reverse=True)[:-3]


def test_rare_words_are_found_without_reading_the_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made(engine, {number: {"of": "needle" if number == 3 else "hay"} for number in range(1, 41)})
    _taken_in(engine, words=4)
    read: list[str] = []
    all_of = prepared.Transaction.all

    def noted(self: prepared.Transaction, statement: prepared.Prepared, given: prepared.Values) -> list[Any]:
        if "runs.note" in statement.compiled(engine.dialect, given).text:
            read.append(str(given["given"]))
        return all_of(self, statement, given)

    monkeypatch.setattr(prepared.Transaction, "all", noted)
    assert list(_found(engine, "needle", limit=50)) == [3]
    # Whether it says the word, and the run itself.
    assert read == ["[3]", "[3]"]


@pytest.mark.parametrize("many", [0, 1, 2, 100, SPAN // 8, SPAN // 8 + 1, SPAN // 2, SPAN])
def test_bitmaps_come_back_as_they_were(many: int) -> None:
    bits = sum(1 << place for place in random.Random(many).sample(range(SPAN), many))
    assert unpacked(packed(bits)) == bits
    assert len(packed(bits)) <= SPAN // 8


def test_the_plan_reads_the_index_by_its_key(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("so small a table PostgreSQL reads as a whole")
    with engine.connect() as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT gram, span, bits FROM run_words WHERE gram IN (1, 2) AND span BETWEEN 1 AND 9"
            )
        ).all()
    assert "USING INDEX" in plan[0][-1]
