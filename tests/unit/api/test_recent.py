"""What a browser that comes back is sent, and when it is told to fetch instead."""

from __future__ import annotations

import pytest

from jupyter_toolrunner.api.recent import Message, RecentEvents

GAP: list[Message] = [{"type": "gap"}]


def remembered(*numbers: int, kept: int = 10, begun: str = "0-0") -> RecentEvents:
    recent = RecentEvents(kept)
    recent.begin((), begun)
    for number in numbers:
        recent.add(f"{number}-0/7-0", None, {"number": number})
    return recent


def numbers(messages: list[Message]) -> list[int]:
    return [message["number"] for message in messages]


@pytest.mark.parametrize(("last", "missed"), [("0-0/0-0", [5, 6]), ("5-0/3-0", [6]), ("6-0/7-0", [])])
def test_what_came_since_is_told(last: str, missed: list[int]) -> None:
    """Also of a stream that was empty when the browser left."""
    assert numbers(remembered(5, 6).since(last, "anna")) == missed


def test_where_older_events_were_forgotten_a_gap_is_told() -> None:
    recent = remembered(*range(1, 8), kept=3)
    assert numbers(recent.since("4-0", "anna")) == [5, 6, 7]
    assert recent.since("3-0", "anna") == GAP
    assert recent.since("0-0", "anna") == GAP


@pytest.mark.parametrize("last", ["9-0", "4-5", "no position", ""])
def test_of_a_position_that_this_stream_did_not_come_to_a_gap_is_told(last: str) -> None:
    assert remembered(5, 6, begun="4-0").since(last, "anna") == GAP


def test_a_stream_that_began_anew_knows_what_it_holds() -> None:
    recent = remembered(5, 6)
    recent.begin([("8-0", None, {"number": 8})], "8-0/1-0")
    assert recent.since("6-0", "anna") == GAP
    assert numbers(recent.since("8-0", "anna")) == []


def test_what_is_meant_for_one_user_is_told_to_no_other() -> None:
    recent = remembered(1)
    recent.add("2-0", "boris", {"number": 2})
    assert numbers(recent.since("0-0", "anna")) == [1]
    assert numbers(recent.since("0-0", "boris")) == [1, 2]
