"""Logs by line, compared with the plain reading of the same bytes."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from jupyter_toolrunner.core.ids import RunId
from jupyter_toolrunner.services.log_lines import LONGEST_LINE, LinePage, LogLines, shown
from jupyter_toolrunner.storage.logs import FolderLogStore

RUN = RunId("01run")


class Log:
    """A log in a folder, and what is asked of it."""

    def __init__(self, folder: Path) -> None:
        self.store = FolderLogStore(folder)
        self.lines = LogLines(self.store)
        self.size = 0

    def write(self, data: bytes) -> None:
        self.store.append(RUN, 1, self.size, data)
        self.size += len(data)

    def page(self, first: int, count: int = 500) -> LinePage:
        return self.lines.page(RUN, 1, first, count)

    def texts(self, first: int, count: int = 500) -> list[str]:
        return [line.text for line in self.page(first, count).lines]

    def found(self, text: str) -> list[int]:
        lines: list[int] = []
        offset: int | None = 0
        while offset is not None:
            part = self.lines.search(RUN, 1, text, offset)
            lines += part.lines
            assert part.next is None or part.next > offset
            offset = part.next
        return list(dict.fromkeys(lines))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_an_empty_log_has_no_lines(log: Log) -> None:
    assert (log.page(0).total, log.texts(0), log.texts(-5), log.found("x")) == (0, [], [], [])


def test_a_line_that_is_still_written_counts(log: Log) -> None:
    log.write(b"one\ntwo")
    assert (log.page(0).total, log.texts(0)) == (2, ["one", "two"])
    log.write(b"!\n")
    assert (log.page(0).total, log.texts(0)) == (2, ["one", "two!"])
    log.write(b"\n")
    assert (log.page(0).total, log.texts(0)) == (3, ["one", "two!", ""])


def test_lines_are_given_from_anywhere_also_from_the_end(log: Log) -> None:
    log.write(b"".join(b"line %d\n" % number for number in range(30_000)))
    assert log.texts(12_345, 2) == ["line 12345", "line 12346"]
    last = log.page(-3)
    assert (last.first, [line.text for line in last.lines]) == (
        29_997,
        ["line 29997", "line 29998", "line 29999"],
    )
    assert log.page(29_999).offset == log.size - len(b"line 29999\n")
    assert log.texts(30_000) == log.texts(99_999) == []


@pytest.mark.parametrize("chance", range(5))
def test_lines_are_those_of_a_plain_reading_whatever_their_lengths(log: Log, chance: int) -> None:
    rng = random.Random(chance)
    lengths = [rng.choice((0, 0, 1, 20, 500, 9_000, 200_000)) for _ in range(300)]
    expected = [
        bytes(rng.choice(b"abc ") for _ in range(min(length, 50))).ljust(length, b".") for length in lengths
    ]
    expected[-1] = expected[-1] or b"the end"
    whole = b"\n".join(expected)
    for start in range(0, len(whole), 777_777):
        log.write(whole[start : start + 777_777])
        log.page(0, 1)
    for first in (0, 1, 57, 150, 299):
        page = log.page(first, 40)
        assert page.total == len(expected)
        for line, wanted in zip(page.lines, expected[first : first + 40], strict=True):
            assert (line.text.encode(), line.more) == (
                wanted[:LONGEST_LINE],
                max(0, len(wanted) - LONGEST_LINE),
            )
        assert page.offset == len(b"".join(each + b"\n" for each in expected[:first]))


def test_search_finds_every_line_once_and_no_other(log: Log) -> None:
    rng = random.Random(1)
    words = ["alpha", "BETA", "gamma delta", "привет", "ÄRGER"]
    expected = [" ".join(rng.choices(words, k=rng.randrange(4))) for _ in range(60_000)]
    log.write("\n".join(expected).encode())
    for text in ("beta", "ПРИВЕТ", "ärger", "alpha beta", "nothing"):
        assert log.found(text) == [n for n, line in enumerate(expected) if text.lower() in line.lower()]


def test_search_goes_on_over_more_than_one_call(log: Log) -> None:
    line = b"x" * 999 + b"\n"
    log.write(b"needle\n" + line * 70_000 + b"needle")
    assert log.found("needle") == [0, 70_001]


def test_search_passes_over_what_only_steers_a_terminal(log: Log) -> None:
    log.write(b"\x1b[31mred\x1b[0mdish\nplain\n 10%\r 99%\rdone\n")
    assert log.found("reddish") == [0]
    assert log.found("31m") == []
    assert (log.found("done"), log.found("99%")) == ([2], [])


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (" 10%\r 20%", " 20%"),
        ("long line\rshort", "shortline"),
        ("one\r\n".rstrip("\n"), "one"),
        ("a\r\rb", "b"),
    ],
)
def test_a_carriage_return_goes_back_to_the_start_of_its_line(log: Log, written: str, left: str) -> None:
    assert shown(written) == left
    log.write(written.encode() + b"\nnext\n")
    assert log.texts(0) == [left, "next"]


def test_a_progress_bar_without_end_is_what_it_showed_last(log: Log) -> None:
    log.write(b"".join(b"%7d of many\r" % number for number in range(100_000)) + b"\nnext")
    assert log.texts(0) == ["  99999 of many", "next"]


def test_bytes_that_are_no_text_are_shown_as_such(log: Log) -> None:
    log.write(b"\xff\xfe\nnext\n")
    assert log.texts(0) == ["\ufffd\ufffd", "next"]


def test_a_million_lines_are_opened_and_searched_in_a_moment(log: Log) -> None:
    log.write(
        b"".join(
            b"2026-11-25 12:00:00 step %d: loss 0.123456, all is well so far\n" % n for n in range(1_000_000)
        )
    )
    started = time.perf_counter()
    assert log.texts(-1) == ["2026-11-25 12:00:00 step 999999: loss 0.123456, all is well so far"]
    assert log.texts(500_000, 1)[0].startswith("2026-11-25 12:00:00 step 500000:")
    opened = time.perf_counter() - started
    assert log.found("step 777777:") == [777_777]
    # Generous: on a quiet machine 0.1 s and 0.4 s.
    assert opened < 3
    assert time.perf_counter() - started < 15
