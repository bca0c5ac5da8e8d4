"""What may be written on a run."""

from __future__ import annotations

import pytest

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.core.labels import LONGEST_NOTE, MOST_TAGS, checked_note, checked_tags


def test_tags_are_trimmed_and_kept_once_in_the_order_given() -> None:
    assert checked_tags(["  for  the report ", "good", "for the report"]) == ("for the report", "good")


def test_letters_that_look_the_same_are_the_same_tag() -> None:
    assert checked_tags(["caf\u00e9", "cafe\u0301"]) == ("caf\u00e9",)


@pytest.mark.parametrize(
    "tag", ["", "   ", "x" * 61, "a,b", "a\0b", "a\u202eb", "\ud800", "a\x1b[31m"], ids=repr
)
def test_what_cannot_be_read_or_typed_is_no_tag(tag: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        checked_tags([tag])
    assert caught.value.field == "tags"


@pytest.mark.parametrize("tag", ["+1", "-x", "<b>", "Отчёт", "🙂", "a/b", '"'])
def test_every_other_text_is_a_tag(tag: str) -> None:
    assert checked_tags([tag]) == (tag,)


def test_a_run_has_not_endlessly_many_tags() -> None:
    with pytest.raises(InvalidRequest, match=f"{MOST_TAGS} tags at most"):
        checked_tags(str(number) for number in range(MOST_TAGS + 1))


def test_an_empty_note_is_none() -> None:
    assert checked_note(" \n ") is None
    assert checked_note(" two\nlines ") == "two\nlines"


@pytest.mark.parametrize("note", ["a\0", "\ud800", "x" * (LONGEST_NOTE + 1)], ids=["nul", "half", "long"])
def test_what_a_database_cannot_keep_is_no_note(note: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        checked_note(note)
    assert caught.value.field == "note"
