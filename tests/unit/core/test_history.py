"""Conditions on params, as people write them."""

from __future__ import annotations

import pytest

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.history import read_conditions, value_key, value_number, words_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("damping>=0.9", [("damping", ">=", "0.9")]),
        (" damping = 0.9 , source=packages", [("damping", "=", "0.9"), ("source", "=", "packages")]),
        ('name="a, b"', [("name", "=", "a, b")]),
        ('name="say ""hi"", now"', [("name", "=", 'say "hi", now')]),
        ("path=a=b", [("path", "=", "a=b")]),
        ("note!=", [("note", "!=", "")]),
        ("имя~Север", [("имя", "~", "Север")]),
        ("a<=1,b<2,c>3", [("a", "<=", "1"), ("b", "<", "2"), ("c", ">", "3")]),
    ],
)
def test_conditions_are_read_as_they_are_written(text: str, parts: list[tuple[str, str, str]]) -> None:
    assert [(one.name, one.comparison.value, one.value) for one in read_conditions(text)] == parts


@pytest.mark.parametrize("text", ["damping", "=3", "n>many", "a b=1", "n>nan"])
def test_what_is_no_condition_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_conditions(text)
    assert caught.value.field == "param"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        (0.9, "p=0.90"),
        (3, "p=3.0"),
        (3.0, "p=3"),
        ("0.90", "p=0.90"),
        (True, "p=true"),
        (None, "p=null"),
        ("North", "p=nOrTh"),
        ("Север", "p~евеР"),
        (["a", "b"], 'p~"a"'),
        ({"artifact": "01abc"}, "p=01abc"),
        (5, "p>4.9"),
        (5, "p<=5"),
    ],
)
def test_values_are_compared_as_one_reads_them(value: object, condition: str) -> None:
    assert read_conditions(condition)[0].holds({"p": value})


@pytest.mark.parametrize(
    ("value", "condition"), [(True, "p=1"), (True, "p>0"), ("5", "p>4"), (5, "p=6"), (5, "q=5"), (5, "q!=6")]
)
def test_values_of_other_kinds_are_not_taken_for_equal(value: object, condition: str) -> None:
    assert not read_conditions(condition)[0].holds({"p": value})


def test_a_number_too_large_for_the_database_is_only_a_text() -> None:
    assert value_number(10**400) is None
    assert value_key(10**400).startswith("1000")


def test_words_keep_commas_in_quotes() -> None:
    assert words_of('a,"b,c",,d') == ["a", "b,c", "d"]
